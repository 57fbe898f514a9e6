"""Uniform random walk: a thread is chosen in proportion to the steps it still has before it.

With exact numbers every interleaving is equally likely: choosing uniformly at each step instead lets short threads end
early in almost every run. The numbers are those of the runs before, so they are estimates if runs differ.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final, final

from erts_emu.ethread import SimThread
from erts_emu.testing.explorer.layer import ExploredThreads
from erts_emu.testing.explorer.strategy import Exploration, in_order

_LEAST: Final = 0.5
"""How a thread weighs that has taken more steps than it used to."""
_UNKNOWN: Final = 2.0
"""What is expected of a thread that no run before has had: one step, and that it stands before."""


@final
class RandomWalk(Exploration):
    """Weighted choices; the first run is in order, to count."""

    name = "random walk"

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._random = random.Random()
        self._expected: dict[int, float] = {}
        self._until: dict[int, float] = {}
        self._layer: ExploredThreads
        self._counting = True

    def begin(self, run: int) -> bool:
        """There are runs without end."""
        self._random.seed(f"{self._seed}/{run}")
        self._counting = not self._expected
        # A thread at a point has counted that step already, but not taken it.
        self._until = {number: steps + 1 for number, steps in self._expected.items()}
        return True

    def attach(self, layer: ExploredThreads) -> None:
        """Look at the counters of the run that begins."""
        self._layer = layer

    def next_thread(self, runnable: Sequence[SimThread], current: SimThread | None, step: int) -> SimThread:
        """Choose one."""
        if self._counting:
            return in_order(runnable, current)
        until, taken_by = self._until, self._layer.taken_by
        total = 0.0
        places = []
        for thread in runnable:
            number = thread.number
            weight = until.get(number, _UNKNOWN) - taken_by(thread)
            total += weight if weight > _LEAST else _LEAST
            places.append(total)
        aim = self._random.random() * total
        for thread, place in zip(runnable, places, strict=True):
            if aim < place:
                return thread
        return runnable[-1]

    def ended(self, layer: ExploredThreads, *, redundant: bool) -> None:
        """Learn how many steps each thread takes."""
        for number, steps in layer.taken.items():
            before = self._expected.get(number)
            self._expected[number] = float(steps) if before is None else before + (steps - before) / 8
