"""The architecture picture: the floors of the house, as the tests enforce them, with each room's counterpart in ERTS.

``python docs/tools/architecture.py`` writes ``docs/architecture.svg``; on the site each room leads to its page.
``architecture_svg()`` reads the floors from ``tests/architecture/test_floors.py`` and the counterparts from the table
in ``docs/tour.md``, so that the picture cannot say anything else.
"""

from __future__ import annotations

import ast
import re
from html import escape
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
FLOORS_FILE: Final = ROOT / "tests" / "architecture" / "test_floors.py"
PICTURE: Final = ROOT / "docs" / "architecture.svg"
NAMES: Final = {6: "faces", 5: "whole", 4: "parts", 3: "driver contract", 2: "lock-free parts", 1: "ground"}

_WIDTH: Final = 1000
_LABEL: Final = 150
_ROOM: Final = 200
_HEIGHT: Final = 46
_GAP: Final = 8
_STYLE: Final = (
    "text{font-family:sans-serif;font-size:13px;fill:#1a1a2e}.small{font-size:10px;fill:#555}.floor{fill:#eef1f8;"
    "stroke:#c5cce0}.room{fill:#fff;stroke:#7986cb}a:hover .room{fill:#e8eaf6}.name{font-weight:bold}"
)


def floors() -> dict[int, list[str]]:
    """The rooms on each floor, from the test that enforces them."""
    for node in ast.parse(FLOORS_FILE.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "FLOORS":
            found: dict[int, list[str]] = ast.literal_eval(node.value)
            return found
    raise LookupError(f"{FLOORS_FILE} has no FLOORS")


def counterparts() -> dict[str, str]:
    """What stands in ERTS for each room, from the table in the tour."""
    table = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8").partition("## ")[0]
    found = {}
    for row in re.findall(r"^\|.*\|$", table, re.MULTILINE)[2:]:
        _, rooms, _, counterpart = (cell.strip() for cell in row.strip("|").split("|"))
        names = [room.strip("/") for room in re.findall(r"`([\w/]+)`", rooms)]
        files = [part.strip() for part in counterpart.replace("`", "").split(",")]
        # As many files as rooms: in the same order. Otherwise all stand for all.
        found |= dict(zip(names, files if len(files) == len(names) else [", ".join(files)] * len(names), strict=True))
    return found


def architecture_svg(pages: dict[str, str] | None = None) -> str:
    """Draw the house; *pages* are the addresses of the rooms' pages."""
    erts = counterparts()
    parts: list[str] = []
    y = _GAP
    for floor, rooms in sorted(floors().items(), reverse=True):
        columns = (_WIDTH - _LABEL) // (_ROOM + _GAP)
        height = -(-len(rooms) // columns) * (_HEIGHT + _GAP) + _GAP
        parts.append(f'<rect class="floor" x="4" y="{y}" width="{_WIDTH - 8}" height="{height}" rx="6"/>')
        parts.append(f'<text class="name" x="18" y="{y + 24}">{floor} {NAMES[floor]}</text>')
        for number, room in enumerate(rooms):
            x = _LABEL + number % columns * (_ROOM + _GAP)
            top = y + _GAP + number // columns * (_HEIGHT + _GAP)
            parts.append(_room(room, x, top, erts.get(room, ""), (pages or {}).get(room)))
        y += height + _GAP
    title = "The house: imports run downwards only"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {y}" role="img" aria-label="{title}">'
        f"<title>{title}</title><style>{_STYLE}</style>{''.join(parts)}</svg>\n"
    )


def _room(room: str, x: int, y: int, counterpart: str, page: str | None) -> str:
    shown = counterpart if len(counterpart) < 36 else counterpart[:33] + "…"
    box = (
        f'<rect class="room" x="{x}" y="{y}" width="{_ROOM}" height="{_HEIGHT}" rx="4"/>'
        f'<text class="name" x="{x + 10}" y="{y + 20}">{escape(room)}</text>'
        f'<text class="small" x="{x + 10}" y="{y + 36}">{escape(shown)}</text>'
    )
    if page is None:
        return box
    return f'<a href="{escape(page)}">{box}</a>'


def main() -> None:
    """Write the picture."""
    PICTURE.write_text(architecture_svg(), encoding="utf-8")
    print(PICTURE)


if __name__ == "__main__":
    main()
