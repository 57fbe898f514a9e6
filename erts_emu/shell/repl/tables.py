"""Tables as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

_ADDRESS: Final = re.compile(" at 0x[0-9a-f]+")
_NUMBER: Final = re.compile(r"-?[0-9.]+|")


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows below their heads, columns as wide as needed, numbers to the right. Without rows, the heads alone."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [list(heads), *texts]) for column in range(len(heads))]
    right = [bool(texts) and all(_NUMBER.fullmatch(row[column]) for row in texts) for column in range(len(heads))]

    def line(cells: Sequence[str]) -> str:
        parts = (
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(cells, widths, right, strict=True)
        )
        return "  ".join(parts).rstrip() + "\n"

    return "".join([line(list(heads)), *map(line, texts)])


def pairs(items: Iterable[tuple[str, object]]) -> str:
    """Names and values, one pair a line."""
    found = [(name, str(value)) for name, value in items]
    width = max((len(name) for name, _ in found), default=0)
    return "".join(f"{name.ljust(width)}  {value}\n" for name, value in found)


def described(value: object, longest: int) -> str:
    """A Python object in words: the same ones in each run, so without its address."""
    text = _ADDRESS.sub("", repr(value))
    return text if len(text) <= longest else f"{text[:longest]}..."
