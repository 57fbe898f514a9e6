"""Uniform random walk: a thread is chosen in proportion to the steps it still has before it.

With exact numbers every interleaving is equally likely: choosing uniformly at each step instead lets short threads end
early in almost every run. The numbers are those of the runs before, so they are estimates if runs differ.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import final

from erts_emu.ethread import SimThread
from erts_emu.testing.explorer.layer import ExploredThreads
from erts_emu.testing.explorer.strategy import Exploration, in_order


@final
class RandomWalk(Exploration):
    """Weighted choices; the first run is in order, to count."""

    name = "random walk"

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._random = random.Random()
        self._expected: dict[int, float] = {}
        self._taken: dict[int, int] = {}
        self._counting = True

    def begin(self, run: int) -> bool:
        """There are runs without end."""
        self._random.seed(f"{self._seed}/{run}")
        self._counting = not self._expected
        return True

    def attach(self, layer: ExploredThreads) -> None:
        """Look at the counters of the run that begins."""
        self._taken = layer.taken

    def next_thread(self, runnable: Sequence[SimThread], current: SimThread | None, step: int) -> SimThread:
        """Choose one."""
        if self._counting:
            return in_order(runnable, current)
        expected, taken = self._expected, self._taken
        # A thread at a point has counted that step already, but not taken it.
        weights = [max(0.5, expected.get(thread.number, 1.0) - taken.get(thread.number, 0) + 1) for thread in runnable]
        aim = self._random.random() * sum(weights)
        for thread, weight in zip(runnable, weights, strict=True):
            aim -= weight
            if aim < 0:
                return thread
        return runnable[-1]

    def ended(self, layer: ExploredThreads, *, redundant: bool) -> None:
        """Learn how many steps each thread takes."""
        for number, steps in layer.taken.items():
            before = self._expected.get(number)
            self._expected[number] = float(steps) if before is None else before + (steps - before) / 8
