"""Numbers as pictures: microstate bars, gauges, rates over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.text import Text

MICROSTATE_COLOURS: Final[Mapping[str, str]] = {
    "port": "#7aa2f7",
    "emulator": "#9ece6a",
    "aux": "#e0af68",
    "check_io": "#bb9af7",
    "gc": "#f7768e",
    "other": "#7dcfff",
    "sleep": "#565f89",
}
"""In the order in which the parts of a bar stand; what is idle comes last."""
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_HEIGHTS: Final = "▁▂▃▄▅▆▇█"


def shares(before: Mapping[Any, int], now: Mapping[Any, int]) -> dict[str, float]:
    """What part of the time between two snapshots each state had; nothing if no time has passed."""
    spent = {state: max(0, now[state] - before.get(state, 0)) for state in now}
    whole = sum(spent.values())
    return {state: part / whole for state, part in spent.items()} if whole else {}


def microstate_bar(parts: Mapping[str, float], width: int) -> Text:
    """A bar of coloured parts, *width* cells wide: largest remainders get the cells that rounding leaves."""
    text = Text(no_wrap=True)
    if not parts:
        return text.append("·" * width, "#3b4261")
    exact = {state: parts.get(state, 0.0) * width for state in MICROSTATE_COLOURS}
    cells = {state: int(part) for state, part in exact.items()}
    left = width - sum(cells.values())
    for state in sorted(exact, key=lambda name: exact[name] - cells[name], reverse=True)[:left]:
        cells[state] += 1
    for state, colour in MICROSTATE_COLOURS.items():
        text.append(("░" if state == "sleep" else "█") * cells[state], colour)
    return text


def legend(states: Sequence[str] = tuple(MICROSTATE_COLOURS)) -> Text:
    """What the colours of a microstate bar mean."""
    text = Text("  ", no_wrap=True)
    for state in states:
        text.append("░ " if state == "sleep" else "█ ", MICROSTATE_COLOURS[state]).append(f"{state}  ", "dim")
    return text


def gauge(share: float, width: int, colour: str) -> Text:
    """A horizontal bar, filled to *share*."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    bar = "█" * full + (_EIGHTHS[rest] if rest else "")
    return Text(no_wrap=True).append(bar, colour).append("·" * (width - len(bar)), "#3b4261")


def sparkline(values: Sequence[float], width: int, colour: str) -> Text:
    """The last *width* values as columns of one line, the highest of them full."""
    shown = list(values)[-width:]
    top = max(shown, default=0.0)
    marks = "".join(_HEIGHTS[min(7, int(value / top * 8))] if top and value else "▁" for value in shown)
    return Text(no_wrap=True).append("▁" * (width - len(marks)), "#3b4261").append(marks, colour)
