"""Write what is printed into the texts, and the programs of the lessons: ``python -m tests.lessons.record [NAME ...]``.

A name is the number of a lesson, or that of a guide, such as quick_start.

The tests compare with what is written here, so read the difference before you commit it.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from tests.lessons import texts
from tests.native.building import bridge_problem
from tests.repl.conftest import Talk
from tests.transcripts import blocks_of


def record(file: Path) -> None:
    """Write what the blocks of a page print now into it."""
    page = file.read_text(encoding="utf-8")
    changes = []
    os.chdir(file.parent)
    for line, block, printed in texts.printed_by_cells(page, str(file)):
        if block is not None:
            changes.append((block.start, block.end, printed))
        elif printed:
            sys.exit(f"{file}:{line}: this prints, and no text block follows:\n{printed}")
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
    file.write_text(page, encoding="utf-8")


def main(names: list[str]) -> None:
    """Record the lessons of these numbers and the guides of these names, or all."""
    bridge_problem()  # has one built that is as new as its sources, for lesson 12
    for lesson in texts.ALL:
        if not names or lesson.number in names:
            script = texts.script_of(lesson.page.read_text(encoding="utf-8"))
            lesson.file("lesson").write_text(script, encoding="utf-8")
            record(lesson.page)
    for guide in texts.GUIDES:
        if not names or guide.stem in names:
            record(guide)


if __name__ == "__main__":
    main(sys.argv[1:])
