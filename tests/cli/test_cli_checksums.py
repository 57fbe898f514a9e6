"""The format of ``sha256sum``: compared with the real one, whatever a file is called."""

import hashlib
import os
import shutil
import subprocess
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erts_emu.cli.checksums import checksum_line
from erts_emu.cli.files import printable, regular_files

needs_sha256sum = pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")
names = st.binary(min_size=1, max_size=30).filter(lambda name: b"\0" not in name and b"/" not in name)
tricky = st.lists(st.sampled_from([b"\\", b"\n", b"\r", b"n", b" ", b"*", b"\xff"]), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (b"a", b"00ff  a\n"),
        (b"two  spaces", b"00ff  two  spaces\n"),
        (b"a\\b", b"\\00ff  a\\\\b\n"),
        (b"a\nb", b"\\00ff  a\\nb\n"),
        (b"a\rb", b"\\00ff  a\\rb\n"),
        (b"\\n\n", b"\\00ff  \\\\n\\n\n"),
    ],
)
def test_lines(path, line):
    assert checksum_line(path, b"\x00\xff") == line


@needs_sha256sum
@settings(deadline=None)  # each example starts a program
@given(st.lists(names | tricky.map(b"".join), min_size=1, max_size=10, unique=True))
def test_the_real_sha256sum_prints_the_same(found):
    paths = [b"./" + name for name in found if name not in (b".", b"..")]
    with tempfile.TemporaryDirectory() as folder:
        for number, path in enumerate(paths):
            with open(os.path.join(os.fsencode(folder), path), "wb") as file:
                file.write(b"%d" % number)
        theirs = subprocess.run([b"sha256sum", b"--", *paths], cwd=folder, capture_output=True, check=False).stdout
        lines = [checksum_line(path, hashlib.sha256(b"%d" % n).digest()) for n, path in enumerate(paths)]
        if paths:
            assert theirs == b"".join(lines)


def test_files_of_a_folder_come_before_those_of_its_folders(tmp_path):
    for name in ("b/z", "b/c/d", "a/y", "x", "c"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    top = os.fsencode(tmp_path)
    assert [path[len(top) + 1 :] for path in regular_files(top, pytest.fail)] == [b"c", b"x", b"a/y", b"b/z", b"b/c/d"]


def test_a_folder_that_vanishes_is_reported(tmp_path):
    missing = []
    assert list(regular_files(b"/no/such/folder", lambda *what: missing.append(what))) == []
    assert missing == [(b"/no/such/folder", "enoent")]


@pytest.mark.parametrize(
    ("path", "text"),
    [(b"plain", "plain"), (b"a\nb\x1b[1m", "a\\nb\\x1b[1m"), (b"\xff", "\\udcff"), ("☃".encode(), "☃")],
)
def test_what_is_shown_of_a_path(path, text):
    assert printable(path) == text
