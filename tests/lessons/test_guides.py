"""The guides: what their texts show is what happens."""

import re

import pytest

from tests.lessons import texts
from tests.transcripts import blocks_of, cells_of

each_guide = pytest.mark.parametrize("guide", texts.GUIDES, ids=lambda guide: guide.stem)


@each_guide
def test_the_code_in_the_text_prints_what_the_text_says(guide):
    for line, block, printed in texts.printed_by_cells(guide.read_text(encoding="utf-8"), str(guide)):
        assert printed == ("" if block is None else block.text), f"line {line}"


@each_guide
def test_the_commands_in_the_text_print_what_the_text_says(guide, tmp_path):
    for block, printed in texts.printed_by_commands(guide.read_text(encoding="utf-8"), tmp_path):
        assert printed == block.text, f"line {block.line}"


@each_guide
def test_the_sessions_in_the_text_print_what_the_text_says(guide, talking, monkeypatch):
    monkeypatch.chdir(texts.ROOT)
    for block in blocks_of(guide.read_text(encoding="utf-8")):
        if block.language == "erlang session":
            talk = talking()
            talk.shell.console.width = 120
            assert texts.printed_by_session(block, talk) == block.text, f"line {block.line}"


def test_every_output_on_the_pages_is_compared():
    for guide in texts.GUIDES:
        page = guide.read_text(encoding="utf-8")
        printed = [cell.printed for cell in cells_of(page)]
        assert all(block in printed for block in blocks_of(page) if block.language == "text")


def test_the_quick_start_installs_as_the_readme_does():
    page = texts.GUIDES[0].read_text(encoding="utf-8")
    first = next(block.text for block in blocks_of(page) if block.language == "sh")
    readme = (texts.ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(r"<!-- command: main job -->\n```sh\n" + re.escape(first.strip()), readme)
