"""The command is run as its users run it: as a program."""

import os
import shutil
import subprocess
import sys

import pytest

import erts_emu as package

PACKAGES = os.path.dirname(os.path.dirname(package.__file__))
PROGRAM = [sys.executable, "-m", "erts_emu.cli"]


@pytest.fixture
def environment():
    """The environment of the program: the package under test, and nothing that would stand for flags."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ERL_")}
    return {**kept, "COLUMNS": "120", "PYTHONPATH": PACKAGES}


@pytest.fixture
def erts_emu(environment):
    """Run ``erts-emu`` to its end: ``erts_emu("demo", "digest", …)``."""

    def erts_emu(*arguments, cwd=None, env=(), under=()):
        return subprocess.run(
            [*under, *PROGRAM, *arguments],
            capture_output=True,
            encoding="utf-8",
            errors="backslashreplace",
            timeout=90,
            cwd=cwd,
            env={**environment, **dict(env)},
            check=False,
        )

    return erts_emu


@pytest.fixture
def powerless():
    """What to run a program under so that no file mode is ignored: root's programs have to give up that power."""
    if os.geteuid() != 0:
        return ()
    if shutil.which("setpriv") is None:
        pytest.skip("root may read everything, and there is no setpriv")
    return ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


@pytest.fixture
def started(environment):
    """Start ``erts-emu`` in the background; it is killed if the test leaves it running."""
    running = []

    def started(*arguments, **options):
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        running.append(subprocess.Popen([*PROGRAM, *arguments], env=environment, **options))
        return running[-1]

    yield started
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def tree(tmp_path):
    """A folder with files of all kinds of names and sizes; returns it, and the contents by relative path."""
    folder = tmp_path / "tree"
    contents = {
        b"plain": b"content",
        b"empty": b"",
        b"large": os.urandom(3 * 1024 * 1024 + 1),
        b"with space": b"1",
        b"line\nbreak": b"2",
        b"back\\slash": b"3",
        b"carriage\rreturn": b"4",
        b"\\leading": b"5",
        "ümläut ☃".encode(): b"6",
        b"\xff not utf-8 \xfe": b"7",
        b"-dash": b"8",
        b"*star": b"9",
        b"below/deeper/file": b"10",
        b"below/.hidden": b"11",
        b"new\nline folder/file": b"12",
    }
    for name, content in contents.items():
        path = os.path.join(os.fsencode(folder), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
    os.symlink(b"plain", os.fsencode(folder) + b"/link to a file")
    os.symlink(b"below", os.fsencode(folder) + b"/link to a folder")
    os.symlink(b".", os.fsencode(folder) + b"/below/loop")
    os.symlink(b"nowhere", os.fsencode(folder) + b"/broken link")
    os.mkfifo(folder / "pipe")
    return folder, contents
