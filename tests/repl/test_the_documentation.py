"""The transcripts in the documentation of the shell are what the shell prints."""

import re
from pathlib import Path

import pytest

from tests.repl.oracle import TOP
from tests.transcripts import blocks_of, exchanges

PAGE = TOP / "docs" / "shell.md"
SESSIONS = [b.text for b in blocks_of(PAGE.read_text(encoding="utf-8")) if b.language == "erlang session"]


def without_lines(text):
    return re.sub(r"\.py:\d+", ".py", text)


@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session.partition("\n")[0][3:40])
def test_a_transcript(session, talk, monkeypatch):
    monkeypatch.chdir(TOP)
    talk.shell.console.width = 120
    for command, printed in exchanges(session):
        assert without_lines(talk(command)) == without_lines(printed), command


def test_every_command_is_explained(talk):
    page = PAGE.read_text(encoding="utf-8")
    missing = [name for name in talk.shell.commands.names() if f"`{name}(" not in page]
    assert not missing


def test_the_page_has_its_sessions():
    assert len(SESSIONS) >= 5
    assert Path(PAGE).exists()
