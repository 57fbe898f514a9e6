"""``python -m tests.lessons.record [NN ...]``: write what is printed into the texts of the lessons, and their programs.

The tests compare with what is written here, so read the difference before you commit it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.lessons import texts
from tests.repl.conftest import Talk
from tests.transcripts import blocks_of


def record(page: str, lesson: texts.Lesson) -> str:
    """Return *page* with what its blocks print now."""
    changes = []
    os.chdir(lesson.folder)
    for line, block, printed in texts.printed_by_cells(page, str(lesson.page)):
        if block is not None:
            changes.append((block.start, block.end, printed))
        elif printed:
            sys.exit(f"{lesson}:{line}: this prints, and no text block follows:\n{printed}")
    os.chdir(texts.ROOT)
    with tempfile.TemporaryDirectory() as folder:
        for block, text in texts.printed_by_commands(page, Path(folder)):
            changes.append((block.start, block.end, text))
    for block in blocks_of(page):
        if block.language == "erlang session":
            talk = Talk()
            talk.shell.console.width = 120
            changes.append((block.start, block.end, texts.printed_by_session(block, talk)))
            talk.close()
    for start, end, text in sorted(changes, reverse=True):
        page = page[:start] + text + page[end:]
    return page


def main(names: list[str]) -> None:
    """Record the lessons of these numbers, or all."""
    for lesson in texts.ALL:
        if names and lesson.number not in names:
            continue
        page = lesson.page.read_text(encoding="utf-8")
        lesson.file("lesson").write_text(texts.script_of(page), encoding="utf-8")
        page = record(page, lesson)
        lesson.page.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
