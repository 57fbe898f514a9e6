"""Without a terminal the shell prints what ``erl`` prints, byte for byte but for process identifiers."""

import shutil

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
