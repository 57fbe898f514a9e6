"""Recordings as folded stacks, the input of flame-graph programs: a line for each stack, with what it took.

``scheduler 1;process <0.80.0> worker;output shout_drv 4711``: nanoseconds, or thousandths of steps with simulated
threads, spent there and not further inside.
"""

from __future__ import annotations

from collections import Counter

from erts_emu.observe.recording import Recording
from erts_emu.observe.slices import Slice, positions, slices


def folded_stacks(recording: Recording) -> str:
    """Return the lines, sorted; those that took no time are left out."""
    placed = list(positions(recording))
    last = placed[-1][0] if placed else 0
    totals: Counter[str] = Counter()
    stacks: dict[str, list[tuple[Slice, str]]] = {}
    for each in slices(placed):
        stack = stacks.setdefault(each.thread, [])
        del stack[each.depth :]
        outer = stack[-1][1] if stack else each.thread
        path = f"{outer};{_frame(each)}"
        took = (last if each.end is None else each.end) - each.begin
        totals[path] += took
        if stack:
            totals[outer] -= took
        stack.append((each, path))
    return "".join(f"{path} {took}\n" for path, took in sorted(totals.items()) if took > 0)


def _frame(each: Slice) -> str:
    driver = each.fields.get("driver", "")
    name = each.name if each.kind in ("callback", "job") else f"{each.kind} {each.name}"
    return f"{name} {driver}".strip().replace(";", ",")
