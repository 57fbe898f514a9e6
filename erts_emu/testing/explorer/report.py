"""What a reader gets of a failure: what failed, the steps around the switches, and the line that shows it again."""

from __future__ import annotations

import linecache
import os
import sys
from collections import Counter
from types import FrameType, TracebackType
from typing import Any, Final, NamedTuple, final

from erts_emu.ethread import (
    DeadlockError,
    SimCondition,
    SimThread,
    SimulationOver,
    StepLimitExceeded,
    Strategy,
    Waitable,
)
from erts_emu.testing.explorer.engine import DEFAULT_STEPS, Failure, Program, kind_of, replay_once
from erts_emu.testing.explorer.layer import ClockedMutex, ExploredThreads, drivers_see

_BETWEEN: Final = ("erts_emu.ethread", "erts_emu.testing", "erts_emu.locks", "erts_emu.trace")
"""Modules that say nothing about where a step comes from."""
AROUND: Final = 2
MOST_SWITCHES: Final = 6
LAST: Final = 4
MOST_ROWS: Final = 60
LIVELOCK_STEPS: Final = 1000
LIVELOCK_LINES: Final = 4
LIVELOCK_ROWS: Final = 20


class Row(NamedTuple):
    """One step. ``concerns_driver``: it is about something that drivers see; ``chosen``: a choice of the schedule."""

    step: int
    thread: str
    operation: str
    resource: str
    line: str
    concerns_driver: bool
    chosen: bool


@final
class TracedThreads(ExploredThreads):
    """Explored threads that write every step down, with its source line. For the one run that is reported."""

    __slots__ = ("_looked_up_to", "_waits", "rows", "waiting")

    def __init__(self, strategy: Strategy, *, seed: int = 0, step_limit: int | None = None) -> None:
        self.rows: list[Row] = []
        self.waiting: list[str] = []
        self._waits: dict[int, tuple[str, Waitable, str]] = {}
        self._looked_up_to = 0
        super().__init__(strategy, seed=seed, step_limit=step_limit)

    def block(self, resource: Waitable, deadline: int | None = None) -> bool:
        """Note where, and block. If the simulation ends meanwhile, that is the moment to report."""
        me = self.current
        self._waits[me.number] = (me.name, resource, _line())
        try:
            woken = super().block(resource, deadline)
        except SimulationOver:
            self.waiting = self.waiting or self._who_waits()
            raise
        del self._waits[me.number]
        return woken

    def stop_exploring(self) -> None:
        """The run has failed: write down who waits for a lock or a condition."""
        if self.failed_at is None:
            self.waiting = self.waiting or self._who_waits()
        super().stop_exploring()

    def _who_waits(self) -> list[str]:
        return [
            f"{name} waits for {_label(resource)} ({resource.holders()}) at {line}"
            for _, (name, resource, line) in sorted(self._waits.items())
            if isinstance(resource, ClockedMutex | SimCondition)
        ]

    def point(self, operation: str, resource: object) -> None:
        """Take the step, then write it down: as soon as it is taken, and not when it was announced.

        Not while exploring pauses, or after the failure.
        """
        super().point(operation, resource)
        if self.failed_at is not None or not self._preempts:
            return
        choices = [step for step in self._choices if self._looked_up_to < step <= self.steps]
        self._looked_up_to = self.steps
        row = Row(
            self.steps, self.current.name, operation, _label(resource), _line(), drivers_see(resource), bool(choices)
        )
        self.rows.append(row)


def _label(resource: Any) -> str:
    label = getattr(resource, "label", None)
    if label is not None:
        return str(label)
    if isinstance(resource, SimThread):
        return f"thread {resource.name}"
    name = getattr(resource, "name", None)
    if name is not None:
        return str(name)
    kind = type(resource).__name__.lower()
    return next((known for known in ("atomic", "queue", "condition", "event") if known in kind), kind.strip("_"))


def _line() -> str:
    """The innermost line of code that is not the emulator's, or else the innermost outside the thread layer."""
    frame: FrameType | None = sys._getframe(2)
    fallback = ""
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        if not module.startswith("erts_emu."):
            if module.startswith(("_pytest.", "pluggy.")) or module == "threading":
                break
            return f"{_short(frame.f_code.co_filename)}:{frame.f_lineno} in {frame.f_code.co_name}"
        if not fallback and not module.startswith(_BETWEEN):
            fallback = f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno} in {frame.f_code.co_name}"
        frame = frame.f_back
    return fallback


def _short(file: str) -> str:
    relative = os.path.relpath(file)
    return file if relative.startswith("..") else relative


def describe(program: Program, failure: Failure, *, steps: int = DEFAULT_STEPS) -> str:
    """Return the report of *failure*. The program is run once more to write its steps down."""
    again, layer = replay_once(program, failure.schedule, maker=TracedThreads, steps=steps)
    assert isinstance(layer, TracedThreads)
    lines = [f"schedule number {failure.run + 1} fails: {kind_of(failure.error)}", f"  {_headline(failure.error)}", ""]
    if again is None or kind_of(again) != failure.kind:
        lines += [
            "Replayed, the same schedule did not fail in this way: the scenario depends on something outside the",
            "emulator's thread layer (time, random numbers, the order of a set, state left behind by an earlier run).",
            "",
        ]
    if layer.waiting:
        lines += ["who waits when it fails:", *(f"  {line}" for line in layer.waiting), ""]
    rows = layer.rows
    if isinstance(failure.error, StepLimitExceeded):
        lines += ["who runs when it is given up:", *(f"  {line}" for line in _who_runs(rows)), ""]
        rows = _before_it_turns(rows)
    lines += _table(rows)
    lines += ["", "to see it again:", f"  --erts-replay={failure.schedule}"]
    return "\n".join(lines)


def _who_runs(rows: list[Row]) -> list[str]:
    """Say of each thread what it does again and again: a livelock is a loop in which nobody gets any further."""
    last = rows[-LIVELOCK_STEPS:]
    described = []
    for thread, steps in Counter(row.thread for row in last).most_common():
        doing = Counter((row.operation, row.resource, row.line) for row in last if row.thread == thread)
        described.append(f"{thread} takes {steps} of the last {len(last)} steps:")
        described += [
            f"  {count} x {operation} {resource} at {line}"
            for (operation, resource, line), count in doing.most_common(LIVELOCK_LINES)
        ]
    return described


def _before_it_turns(rows: list[Row]) -> list[Row]:
    """The steps of a livelock up to some after the last choice: from there on they are all the same."""
    last = max((index for index, row in enumerate(rows) if row.chosen), default=0)
    return rows[: last + LIVELOCK_ROWS]


def _headline(error: BaseException) -> str:
    text = str(error).split("\nto see it again")[0].strip()
    if isinstance(error, DeadlockError):
        text = text.splitlines()[0]  # who waits for whom is told below, with the lines that matter
    name = type(error).__name__
    return (f"{name}: {text}" if text else name).replace("\n", "\n  ") + _raised_at(error.__traceback__)


def _raised_at(traceback: TracebackType | None) -> str:
    """The innermost line of the traceback that is not the emulator's, with its source."""
    found = ""
    while traceback is not None:
        frame = traceback.tb_frame
        if not str(frame.f_globals.get("__name__", "")).startswith("erts_emu."):
            file = frame.f_code.co_filename
            source = linecache.getline(file, traceback.tb_lineno).strip()
            found = f"\n    at {_short(file)}:{traceback.tb_lineno}: {source}"
        traceback = traceback.tb_next
    return found


def _table(rows: list[Row]) -> list[str]:
    """Rows near the last few choices, rows that concern the driver from there on, and the end; the rest is counted."""
    chosen = [index for index, row in enumerate(rows) if row.chosen]
    wanted: set[int] = set()
    for index in chosen[-MOST_SWITCHES:]:
        wanted |= set(range(max(0, index - AROUND), min(len(rows), index + AROUND + 1)))
    first = min(wanted, default=0)
    wanted |= {index for index, row in enumerate(rows) if row.concerns_driver and index >= first}
    wanted |= set(range(max(0, len(rows) - LAST), len(rows)))
    if not wanted:
        return []
    count = "one place" if len(chosen) == 1 else f"{len(chosen)} places"
    heading = (
        f"at {count} (>) the schedule leaves the usual order:"
        if chosen
        else "the schedule is the usual one, each thread running until it blocks:"
    )
    shown = [("", "step", "thread", "operation", "object", "line")]
    previous = -1
    for index in sorted(wanted)[-MOST_ROWS:]:
        if index != previous + 1:
            shown.append(("", "", f"… {index - previous - 1} steps", "", "", ""))
        row = rows[index]
        shown.append((">" if row.chosen else "", str(row.step), row.thread, row.operation, row.resource, row.line))
        previous = index
    widths = [max(len(line[column]) for line in shown) for column in range(5)]
    return [heading] + [
        ("  " + "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[5]])).rstrip()
        for line in shown
    ]
