"""The page itself: its parts, which are files in ``page/``, put together with the data of one recording.

The page fetches nothing: a policy in its head forbids it. Whatever comes from a recording goes into JSON whose ``<``
are escaped, so that no text of a driver can end the element that holds it; the scripts make text nodes of it and
nothing else.
"""

from __future__ import annotations

import html
import json
import re
from functools import cache
from importlib.resources import files
from typing import Any, Final

from erts_emu.observe.timeline.columns import pack
from erts_emu.observe.timeline.model import TimelineModel
from erts_emu.trace import TRACEPOINTS

SCRIPTS: Final = (
    "decode", "recording", "state", "view", "layout", "colours", "canvas", "draw", "overview", "dom", "panels",
    "search", "app", "input", "main",
)  # fmt: skip
"""The scripts, in the order in which they stand in the page; they share one scope."""

_IN_SHORT: Final = {
    "driver_return": "a callback has returned, or raised",
    "lock_acquire": "a lock was taken",
    "lock_contended": "a lock was wanted that somebody else holds",
    "lock_release": "before a lock is given back",
    "queue_length": "a run queue has become longer or shorter",
}
"""What a reader of the page needs to know, where a tracepoint's own description says more."""


def page_of(model: TimelineModel, title: str, clock: str) -> str:
    """Return the page as one HTML text. With *clock* ``"simulated"`` it opens with one column for each step."""
    description, columns = pack(model)
    meta: dict[str, Any] = {
        "title": title,
        "summary": summary_of(model, clock),
        "axis": "steps" if clock == "simulated" else "time",
        "descriptions": {**TRACEPOINTS, **_IN_SHORT},
        **description,
    }
    parts = {
        "title": html.escape(title),
        "style": _style(),
        "meta": json.dumps(meta, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c"),
        "columns": columns.text(),
        "script": "\n".join(_part(f"{name}.js") for name in SCRIPTS),
    }
    return re.sub(r"@@(\w+)@@", lambda match: parts[match[1]], _part("page.html"))


def summary_of(model: TimelineModel, clock: str) -> str:
    """Return one line about a recording."""
    ports = sum(lane.group == "Ports" for lane in model.lanes)
    threads = sum(lane.thread >= 0 for lane in model.lanes)
    counts = ((len(model.steps), "step"), (len(model.jobs), "job"), (ports, "port"), (threads, "thread"))
    words = [f"{count:,} {word}{'' if count == 1 else 's'}" for count, word in counts]
    length = _duration(model.steps.time[-1] if model.steps else 0.0)
    return f"{', '.join(words)}; {length} of {'virtual' if clock == 'simulated' else 'real'} time"


def _duration(nanoseconds: float) -> str:
    return f"{nanoseconds / 1e9:.3f} s" if nanoseconds >= 1e9 else f"{nanoseconds / 1e6:.3f} ms"


def _style() -> str:
    return _part("style.css").replace("@@dark@@", _part("dark.css").rstrip())


@cache
def _part(name: str) -> str:
    return (files("erts_emu.observe.timeline") / "page" / name).read_text(encoding="utf-8")
