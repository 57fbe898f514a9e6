"""Recorded calls and what ``erl`` answered: a file for each module, a line for a call and one for its answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

FOLDER = Path(__file__).with_name("corpus")
FILES = sorted(FOLDER.glob("*.txt"))


def read(path: Path) -> Iterator[tuple[str, str]]:
    """The calls of a file with their answers."""
    lines = path.read_text("utf-8").split("\n")
    return zip(lines[:-1:2], lines[1::2], strict=True)


def write(path: Path, answered: list[tuple[str, str]]) -> None:
    """Put calls and answers into a file."""
    path.write_text("".join(f"{call}\n{answer}\n" for call, answer in answered), "utf-8", newline="\n")
