"""The strategy of simulated threads that are moved by hand."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import FrameType
from typing import TYPE_CHECKING, Final, NamedTuple, final

if TYPE_CHECKING:
    from erts_emu.ethread import SimulatedThreads
    from erts_emu.ethread.simulated import SimThread

_WITHIN: Final = ("erts_emu.ethread", "erts_emu.locks")
"""The packages whose frames say nothing about where a thread stands."""
_MAIN: Final = 0


class Step(NamedTuple):
    """One step: the thread that took it, and what it did."""

    thread: str
    what: str


class Walk(NamedTuple):
    """What came of letting threads go on: the steps, the last of them, and why it ended."""

    steps: int
    last: list[Step]
    ended: str


@final
class ByHand:
    """Lets the others go on only when the main thread says so, and while it cannot go on itself.

    A step of a thread is one operation on something that threads share.
    """

    preempts = True

    def __init__(self) -> None:
        self._walking = False
        self._budget = 0
        self._taken = 0
        self._only: str | None = None
        self._stopped = False
        self._kept = 0
        self._steps: list[Step] = []
        self._places: dict[SimThread, str] = {}

    def __repr__(self) -> str:
        return f"<ByHand, {self._taken} steps taken>"

    # --- the strategy ---

    def next_thread(self, runnable: Sequence[SimThread], current: SimThread | None, step: int) -> SimThread:
        """Choose who goes on."""
        main = next((thread for thread in runnable if thread.number == _MAIN), None)
        if current is not None and current.number != _MAIN:
            self._places[current] = place(sys._getframe(1))
        if main is None:
            return self._go(runnable[0] if current is None else current)
        if not self._walking or self._taken >= self._budget or self._stopped:
            return main
        if current is not None and current is not main and self._may(current):
            return self._go(current)
        other = next((thread for thread in runnable if thread is not main and self._may(thread)), None)
        return main if other is None else self._go(other)

    def _may(self, thread: SimThread) -> bool:
        return self._only is None or thread.name == self._only

    def _go(self, thread: SimThread) -> SimThread:
        if self._walking:
            self._taken += 1
            if self._kept:
                self._steps.append(Step(thread.name, self.position(thread)))
                del self._steps[: -self._kept]
        self._places.pop(thread, None)
        return thread

    def position(self, thread: SimThread) -> str:
        """What a thread that may go on does next."""
        shared = thread.resource is not thread
        return doing(thread.operation, thread.resource, shared=shared) + self._places.get(thread, "")

    # --- what the main thread does ---

    def stop(self) -> None:
        """End the walk with the step that is being taken."""
        self._stopped = True

    def walk(
        self,
        layer: SimulatedThreads,
        budget: int,
        *,
        until: int | None = None,
        only: str | None = None,
        keep: int = 0,
        idle: bool = True,
    ) -> Walk:
        """Let other threads take up to *budget* steps; *only* that of one name, if it is given.

        When none of them can go on, time passes: up to *until* (nanoseconds on the layer's clock), or not at all; if
        not *idle*, only as far as somebody waits for it.
        Keep the last *keep* steps. Called by the main thread, which must hold nothing.
        """
        self._walking, self._budget, self._taken, self._only = True, budget, 0, only
        self._stopped, self._kept, self._steps = False, keep, []
        try:
            ended = self._walk(layer, until, idle=idle)
        finally:
            self._walking = False
        return Walk(self._taken, self._steps, ended)

    def _walk(self, layer: SimulatedThreads, until: int | None, *, idle: bool) -> str:
        while True:
            layer.point("let others go on", self)
            if self._stopped:
                return "stopped"
            if self._taken >= self._budget:
                return "enough"
            if until is None or layer.now >= until:
                return "nobody can go on" if until is None else "in time"
            due = min((thread.deadline for thread in layer.threads if thread.deadline is not None), default=None)
            if due is None and not idle:
                return "nobody can go on"
            layer.sleep(max(0, min(until, until if due is None else due) - layer.now))


def doing(operation: str, resource: object, *, shared: bool = True) -> str:
    """What a thread does as soon as it is chosen. A resource that it shares with nobody else has no name."""
    return f"{operation} {resource!r}" if shared else operation


def place(frame: FrameType | None, within: tuple[str, ...] = _WITHIN) -> str:
    """Where a thread stands: the innermost frame, from *frame* on, outside the packages *within*."""
    while frame is not None and frame.f_globals.get("__name__", "").startswith(within):
        frame = frame.f_back
    if frame is None:
        return ""
    file = frame.f_code.co_filename.rpartition("/")[2]
    return f" in {frame.f_code.co_qualname} ({file}:{frame.f_lineno})"
