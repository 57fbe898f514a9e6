"""Without a terminal the shell prints what ``erl`` prints, byte for byte but for process identifiers."""

import shutil
import subprocess
import sys

import pytest

from tests.repl.oracle import PROGRAM, SESSIONS, answer, recorded


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.stem)
def test_a_session_through_a_pipe(session):
    assert answer(PROGRAM, session) == recorded(session)


@pytest.mark.erl
@pytest.mark.skipif(shutil.which("erl") is None, reason="erl is not installed")
@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.stem)
def test_the_real_shell_still_says_so(session):
    assert answer(["erl"], session) == recorded(session)


def test_the_shell_starts_without_what_it_does_not_need_yet():
    program = "import sys; from erts_emu.cli import main; main([]); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], input=b"X = 1 + 2.\nb().\n", capture_output=True, check=True)
    loaded = set(done.stdout.decode().split())
    assert "erts_emu.shell.repl.shell" in loaded
    assert loaded.isdisjoint({"prompt_toolkit", "pygments", "attr", "structlog", "asyncio", "erts_emu.emulator"})
