"""``erts-emu demo digest``: run as a program on real files, and checked with the real ``sha256sum``."""

import errno
import fcntl
import hashlib
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import termios
import time

import pytest

from erts_emu import Emulator, bundled_drivers
from erts_emu.cli.checksums import checksum_line

needs_sha256sum = pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not installed")


def table(answer):
    """The report as a dictionary; lines without a name continue the one before."""
    found = {}
    name = ""
    for line in answer.stdout.splitlines():
        name = line[:12].strip() or name
        found.setdefault(name, []).append(line[13:])
    return found


def number(text):
    return int(text.split()[0].replace(",", ""))


def test_every_regular_file_has_a_digest(erts_emu, tree):
    folder, contents = tree
    answer = erts_emu("demo", "digest", str(folder))
    assert answer.returncode == 0
    found = table(answer)
    assert found["digests"] == [f"{len(contents)} (sha256)"]
    assert number(found["bytes"][0]) == sum(map(len, contents.values()))
    jobs = [number(found[f"async_{n}"][0]) for n in range(1, 5)]
    assert sum(jobs) == len(contents)
    assert min(jobs) >= 1
    assert "async_5" not in found
    assert re.fullmatch(r"\d+ batches, \d+\.\d jobs per batch", found["ready"][0])
    assert "unreadable" not in found
    assert answer.stderr == f"{len(contents)} files below {folder}: sha256, 4 async threads, 64 ports\n"


@needs_sha256sum
@pytest.mark.parametrize(
    "arguments",
    [[], ["--threads", "1"], ["--ports", "1"], ["--ports", "300"], ["+A", "8", "+S", "4", "+spp", "true"]],
    ids=" ".join,
)
def test_sha256sum_checks_the_output(erts_emu, tree, tmp_path, arguments):
    folder, contents = tree
    sums = tmp_path / "sums"
    answer = erts_emu("demo", "digest", str(folder), "--output", str(sums), *arguments)
    assert answer.returncode == 0, answer.stderr
    check = subprocess.run(["sha256sum", "-c", "--strict", str(sums)], capture_output=True, check=False)
    assert check.returncode == 0, check.stderr
    assert check.stdout.count(b": OK\n") == len(contents)


@needs_sha256sum
def test_the_output_is_what_sha256sum_itself_would_say(erts_emu, tree):
    folder, _ = tree
    assert erts_emu("demo", "digest", ".", "--output", "../sums", cwd=folder).returncode == 0
    files = subprocess.run(["find", ".", "-type", "f", "-print0"], cwd=folder, capture_output=True, check=True).stdout
    theirs = subprocess.run(["xargs", "-0", "sha256sum"], cwd=folder, input=files, capture_output=True, check=True)
    ours = (folder.parent / "sums").read_bytes()
    assert sorted(ours.splitlines()) == sorted(theirs.stdout.splitlines())
    assert erts_emu("demo", "digest", ".", "--output", "../again", "--ports", "3", cwd=folder).returncode == 0
    assert (folder.parent / "again").read_bytes() == ours  # in the same order, however many ports there are


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha512", "blake2b", "sha3_256"])
def test_other_algorithms(erts_emu, tree, tmp_path, algorithm):
    folder, contents = tree
    sums = tmp_path / "sums"
    answer = erts_emu("demo", "digest", str(folder), "--output", str(sums), "--algorithm", algorithm)
    assert table(answer)["digests"] == [f"{len(contents)} ({algorithm})"]
    expected = {
        checksum_line(os.path.join(os.fsencode(folder), name), hashlib.new(algorithm, content).digest())
        for name, content in contents.items()
    }
    assert set(sums.read_bytes().splitlines(keepends=True)) == expected


def test_the_default_is_the_library_of_this_python(erts_emu, environment, tmp_path):
    """With a library of our own: the real one is large."""
    library = tmp_path / "lib"
    library.mkdir()
    (library / "module.py").write_text("pass\n")
    custom = tmp_path / "sitecustomize.py"
    custom.write_text(f"import sysconfig\nsysconfig.get_path = lambda name: {str(library)!r}\n")
    answer = erts_emu("demo", "digest", env={"PYTHONPATH": f"{tmp_path}:{environment['PYTHONPATH']}"})
    assert answer.stderr.startswith(f"1 files below {library}: ")
    assert table(answer)["bytes"] == ["5"]


def test_a_single_file_will_do(erts_emu, tree):
    folder, _ = tree
    answer = erts_emu("demo", "digest", str(folder / "plain"))
    assert answer.returncode == 0
    assert table(answer)["digests"] == ["1 (sha256)"]


def test_an_empty_folder(erts_emu, tmp_path):
    (tmp_path / "empty").mkdir()
    sums = tmp_path / "sums"
    answer = erts_emu("demo", "digest", str(tmp_path / "empty"), "--output", str(sums))
    assert answer.returncode == 0
    assert table(answer)["digests"] == ["0 (sha256)"]
    assert sums.read_bytes() == b""


def test_many_files(erts_emu, tmp_path):
    """More than can be under way at once, so that most wait for an answer to make room."""
    folder = tmp_path / "many"
    folder.mkdir()
    for n in range(2000):
        (folder / f"{n}").write_bytes(b"%d" % n)
    sums = tmp_path / "sums"
    answer = erts_emu("demo", "digest", str(folder), "--output", str(sums), "--ports", "16")
    assert table(answer)["digests"] == ["2,000 (sha256)"]
    assert 1 <= int(table(answer)["async_1"][0].split()[-1]) <= 512 // 16 * 4
    for line in sums.read_text().splitlines():
        digest, path = line.split("  ")
        assert hashlib.sha256(os.path.basename(path).encode()).hexdigest() == digest


# --- what goes wrong ---


def test_unreadable_files_and_folders_are_listed(erts_emu, powerless, tree, tmp_path):
    folder, contents = tree
    sums = tmp_path / "sums"
    locked = folder / "locked folder"
    locked.mkdir()
    for path in (folder / "secret", folder / "se\ncret", locked / "hidden"):
        path.write_bytes(b"secret")
    for path in (folder / "secret", folder / "se\ncret", locked):
        path.chmod(0)
    answer = erts_emu("demo", "digest", str(folder), "--output", str(sums), under=powerless)
    locked.chmod(0o755)
    assert answer.returncode == 1
    found = table(answer)
    assert found["digests"] == [f"{len(contents)} (sha256)"]
    assert found["unreadable"][0] == "3"
    assert sorted(found["unreadable"][1:]) == [
        f"eacces  {locked}",
        f"eacces  {folder}/se\\ncret",
        f"eacces  {folder}/secret",
    ]
    assert len(sums.read_bytes().splitlines()) == len(contents)


def test_a_file_that_cannot_be_read_makes_the_status_1(erts_emu):
    """A regular file that root may open and cannot read."""
    answer = erts_emu("demo", "digest", "/proc/self/mem")
    assert answer.returncode == 1
    assert table(answer)["unreadable"] == ["1", "eio  /proc/self/mem"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["/no/such/folder"], "cannot read /no/such/folder: No such file or directory"),
        (["."], ""),
        ([".", "--threads", "0"], "--threads must be between 1 and 1024, not 0"),
        ([".", "--threads", "1025"], "--threads must be between 1 and 1024, not 1025"),
        ([".", "--ports", "0"], "--ports must be between 1 and 65533 (see +Q), not 0"),
        ([".", "--ports", "1022", "+Q", "1024"], "--ports must be between 1 and 1021 (see +Q), not 1022"),
        ([".", "--algorithm", "rot13"], "there is no algorithm 'rot13'"),
        ([".", "--algorithm", "shake_128"], "there is no algorithm 'shake_128' with a digest of its own size"),
        ([".", "--output", "/no/such/folder/sums"], "cannot write '/no/such/folder/sums': No such file or directory"),
        ([".", "--output", "."], "cannot write '.': Is a directory"),
    ],
)
def test_what_is_refused_before_any_work_is_done(erts_emu, tmp_path, arguments, complaint):
    answer = erts_emu("demo", "digest", *arguments, cwd=tmp_path)
    if not complaint:
        assert answer.returncode == 0
        return
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"erts-emu: {complaint}")
    assert answer.stdout == ""


def test_as_many_ports_as_there_are(erts_emu, tree):
    folder, contents = tree
    answer = erts_emu("demo", "digest", str(folder), "--ports", "1021", "+Q", "1024")
    assert answer.returncode == 0
    assert table(answer)["digests"] == [f"{len(contents)} (sha256)"]


@needs_sha256sum
def test_the_output_may_lie_in_the_folder_and_be_old(erts_emu, tree):
    folder, contents = tree
    (folder / "SUMS").write_text("old\n" * 10_000)
    answer = erts_emu("demo", "digest", ".", "--output", "SUMS", cwd=folder)
    assert table(answer)["digests"] == [f"{len(contents)} (sha256)"]
    check = subprocess.run(["sha256sum", "-c", "--quiet", "--strict", "SUMS"], cwd=folder, check=False)
    assert check.returncode == 0


def test_the_output_may_be_no_file(erts_emu, tree):
    folder, contents = tree
    answer = erts_emu("demo", "digest", str(folder), "--output", "/dev/stderr")
    assert answer.stderr.count("\n") >= len(contents)
    assert answer.returncode == 0
    assert os.path.islink("/dev/stderr")


# --- threads ---


@pytest.mark.parametrize(
    ("arguments", "variables", "threads"),
    [
        ([], {}, 4),
        (["+A", "3"], {}, 3),
        (["+A", "0"], {}, 1),
        (["--threads", "2"], {}, 2),
        (["+A", "3", "--threads", "2"], {}, 2),
        ([], {"ERL_THREAD_POOL_SIZE": "5"}, 5),
        (["+A", "3"], {"ERL_THREAD_POOL_SIZE": "5"}, 3),
    ],
)
def test_the_number_of_threads(erts_emu, tree, arguments, variables, threads):
    folder, _ = tree
    found = table(erts_emu("demo", "digest", str(folder), *arguments, env=variables))
    assert [name for name in found if name.startswith("async_")] == [f"async_{n}" for n in range(1, threads + 1)]


# --- Ctrl-C and terminals ---


@pytest.fixture
def endless(tmp_path):
    """A folder whose digests take much longer than the tests below wait."""
    folder = tmp_path / "endless"
    folder.mkdir()
    for n in range(8):
        with open(folder / f"{n}", "wb") as file:
            file.truncate(40 * 1024**3)
    return folder


def wait_for(stream, text):
    """Read from *stream* until *text* has come."""
    received = b""
    while text not in received:
        block = os.read(stream.fileno(), 4096)
        assert block, received
        received += block


def test_ctrl_c_ends_it_cleanly(started, endless, tmp_path):
    sums = tmp_path / "sums"
    sums.write_text("as it was\n")
    process = started("demo", "digest", str(endless), "--output", str(sums))
    wait_for(process.stderr, b"64 ports")
    time.sleep(0.3)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=20)
    assert time.monotonic() - began < 10
    assert process.returncode == 130
    assert stdout.splitlines()[0].startswith(b"interrupted  8 files are left")
    assert b"async_4" in stdout
    assert stderr.strip() == b""
    assert sums.read_text() == "as it was\n"


def test_ctrl_c_again_does_not_wait(started, endless):
    process = started("demo", "digest", str(endless))
    wait_for(process.stderr, b"64 ports")
    time.sleep(0.3)
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(0.01)
    assert process.returncode in (130, -signal.SIGINT, 1)


def test_a_reader_that_goes_away(started, tree):
    folder, _ = tree
    process = started("demo", "digest", str(folder))
    process.stdout.close()
    stderr = process.stderr.read()
    process.wait(20)
    assert process.returncode == 1
    assert b"Traceback" not in stderr
    assert b"Exception ignored" not in stderr


def read(terminal):
    """Read from a terminal; its end is an error."""
    try:
        return os.read(terminal, 4096)
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        return b""


def test_a_bar_on_a_terminal(started, tree):
    folder, contents = tree
    terminal, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
    process = started("demo", "digest", str(folder), stderr=side)
    os.close(side)
    shown = b"".join(iter(lambda: read(terminal), b""))
    os.close(terminal)
    stdout = process.communicate(timeout=20)[0]
    assert process.returncode == 0
    assert f"{len(contents)}/{len(contents)}".encode() in shown
    assert b"\x1b[" not in stdout
    assert stdout.startswith(b"digests")


def test_nothing_of_the_driver_is_special_to_the_command(tree):
    """The same job, written by hand: what the command does, anybody can do."""
    folder, contents = tree
    with Emulator(async_threads=4) as emu, emu.attach() as me:
        me.erl_ddll.load_driver(bundled_drivers(), "digest_drv")
        port = me.open_port(("spawn_driver", "digest_drv"), ["binary"])
        me.port_command(port, os.fsencode(folder / "plain"))
        assert me.receive(timeout=20)[1][1][13:] == hashlib.sha256(contents[b"plain"]).digest()
