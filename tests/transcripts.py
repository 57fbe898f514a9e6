"""Texts with code in them: what the fenced blocks of a Markdown page say, and running it.

- A ``python`` block is run in the order of the page, in one namespace; a ``text`` block right behind it is
  what it prints.
- A ``console`` block is a transcript of a shell: lines after ``$ `` are commands, the others what they print.
- An ``erlang session`` block is a transcript of the shell of ``erts-emu``: commands after ``1> ``, ``2> ``, ….
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import frozen

_FENCE: Final = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_BETWEEN: Final = "\x1e"


@frozen
class Block:
    """A fenced block: its language, its text, where in the page the text begins and ends, and its line."""

    language: str
    text: str
    start: int
    end: int
    line: int


def blocks_of(page: str) -> list[Block]:
    """The fenced blocks of a page."""
    return [
        Block(found[1].strip(), found[2], *found.span(2), page.count("\n", 0, found.start(2)) + 1)
        for found in _FENCE.finditer(page)
    ]


@frozen
class Cell:
    """A block of Python with the block of what it prints, if there is one."""

    code: Block
    printed: Block | None


def cells_of(page: str) -> list[Cell]:
    """The Python of a page."""
    blocks = blocks_of(page)
    cells = []
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        if block.language == "python":
            beside = following is not None and page[block.end : following.start].split() == ["```", "```text"]
            cells.append(Cell(block, following if beside else None))
    return cells


def run_cells(page: str, name: str) -> Iterator[tuple[Cell, str]]:
    """Run the Python of a page, block by block; yield each with what it has printed. *name* stands in tracebacks."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells_of(page):
        code = compile("\n" * (cell.code.line - 1) + cell.code.text, name, "exec")
        with contextlib.redirect_stdout(io.StringIO()) as stream:
            exec(code, namespace)
        yield cell, stream.getvalue()


def exchanges(session: str, prompt: str = r"\d+> ") -> list[tuple[str, str]]:
    """The commands of a transcript, each with what is printed after it."""
    parts = re.split(rf"^{prompt}", session, flags=re.MULTILINE)[1:]
    return [(command, printed) for command, _, printed in (part.partition("\n") for part in parts)]


def run_commands(commands: list[str], folder: Path, environment: Mapping[str, str]) -> list[str]:
    """Give *commands* to one shell that starts in *folder*; return what each has printed, errors included."""
    script = "".join(f"{command}\nprintf '{_BETWEEN}'\n" for command in commands)
    done = subprocess.run(
        ["bash", "-c", script],
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=100,
    )
    printed = done.stdout.split(_BETWEEN)
    assert len(printed) == len(commands) + 1, f"the shell has stopped: {done.stdout}"
    return printed[:-1]
