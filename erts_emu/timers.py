"""Timers: one set a scheduler, fired by its loop (ERTS: ``erl_hl_timer.c``, ``time.c``).

ERTS keeps a wheel of millisecond slots; here a heap gives the same promises: a timer never fires early, timers fire
in the order of their deadlines, and those of one deadline in the order in which they were set.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import final

from erts_emu.ethread import NANOSECONDS_PER_MILLISECOND


@final
class Timer:
    """One set timer. ``deadline`` is on the thread layer's clock; ``action`` is None once it fired or was cancelled."""

    __slots__ = ("action", "deadline", "wheel")

    def __init__(self, wheel: TimerWheel, deadline: int, action: Callable[[], None]) -> None:
        self.wheel = wheel
        self.deadline = deadline
        self.action: Callable[[], None] | None = action

    def __repr__(self) -> str:
        return f"<Timer at {self.deadline} ns{'' if self.action else ', over'}>"

    def cancel(self) -> bool:
        """Withdraw the timer; False if it has fired or was cancelled before. Any thread."""
        pending = self.action is not None
        self.action = None
        self.wheel.cancelled += pending
        return pending


@final
class TimerWheel:
    """The timers of one scheduler. Private to the thread in that scheduler's seat, except ``cancelled``."""

    __slots__ = ("_sequence", "cancelled", "heap")

    def __init__(self) -> None:
        self.heap: list[tuple[int, int, Timer]] = []
        self._sequence = 0
        self.cancelled = 0

    def __repr__(self) -> str:
        return f"<TimerWheel {len(self.heap)} timers>"

    def set(self, deadline: int, action: Callable[[], None]) -> Timer:
        """Run *action* on this scheduler once the clock is at *deadline* (nanoseconds)."""
        timer = Timer(self, deadline, action)
        self._sequence += 1
        heapq.heappush(self.heap, (deadline, self._sequence, timer))
        if self.cancelled > 64 and self.cancelled * 2 > len(self.heap):
            self._sweep()
        return timer

    def next_deadline(self) -> int | None:
        """Return the earliest deadline, or None."""
        heap = self.heap
        while heap and heap[0][2].action is None:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def bump(self, now: int) -> int:
        """Fire what is due at *now*; return how many fired. Actions may set timers; those wait for the next bump."""
        heap = self.heap
        due: list[Timer] = []
        while heap and heap[0][0] <= now:
            due.append(heapq.heappop(heap)[2])
        fired = 0
        for timer in due:
            action = timer.action
            if action is not None:
                timer.action = None
                fired += 1
                action()
        return fired

    def _sweep(self) -> None:
        """Cancelled timers stay in the heap until their time: drop them when they are the majority."""
        self.heap = [item for item in self.heap if item[2].action is not None]
        heapq.heapify(self.heap)
        self.cancelled = 0


def deadline_after(now: int, milliseconds: int) -> int:
    """Return the deadline of a timer of *milliseconds* set at *now*, which fires never early."""
    return now + milliseconds * NANOSECONDS_PER_MILLISECOND
