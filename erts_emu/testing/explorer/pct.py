"""PCT: priorities that change at few random places, with a bound on the chance to find a bug.

Each thread gets a random priority; always the runnable one of highest priority goes on. At d-1 random steps the running
thread falls behind all others. A bug that needs d ordered events among n threads in k steps is then found with a chance
of at least 1/(n * k**(d-1)) in every run (Burckhardt, Kothari, Musuvathi, Nagarakatte: A Randomized Scheduler with
Probabilistic Guarantees of Finding Bugs, ASPLOS 2010).
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Final, final

from erts_emu.ethread import SimThread
from erts_emu.testing.explorer.layer import MAY_BLOCK, ExploredThreads, can_go_on
from erts_emu.testing.explorer.strategy import Exploration

_FIRST_GUESS: Final = 100
_PATIENCE: Final = 500
"""Steps in a row after which a thread is taken to wait for another in a loop: it falls behind, or it would for ever."""


@final
class PCT(Exploration):
    """PCT with *depth* d >= 1. The number of steps, k, is the most that a run has had so far.

    Where the layer asks to focus, k counts the steps that drivers can see, and priorities change only there.
    """

    name = "pct"

    def __init__(self, seed: int = 0, *, depth: int = 3) -> None:
        if depth < 1:
            raise ValueError(f"the depth of PCT is a positive integer, not {depth!r}")
        self.depth = depth
        self.steps = _FIRST_GUESS
        self.driver_steps = 0
        self._layer: ExploredThreads
        self._seed = seed
        self._random = random.Random()
        self._priorities: dict[int, float] = {}
        self._changes: dict[int, int] = {}
        self._running: SimThread | None = None
        self._since = 0

    def begin(self, run: int) -> bool:
        """There are runs without end."""
        self._random.seed(f"{self._seed}/{run}")
        self._priorities = {}
        places = sorted(self._random.randint(1, self.driver_steps or self.steps) for _ in range(self.depth - 1))
        self._changes = {step: -number for number, step in enumerate(places, 1)}
        return True

    def attach(self, layer: ExploredThreads) -> None:
        """Look at the counters of the run that begins."""
        self._layer = layer

    def next_thread(self, runnable: Sequence[SimThread], current: SimThread | None, step: int) -> SimThread:
        """Choose the one of highest priority, after the running one may have lost its own."""
        priorities = self._priorities
        for thread in runnable:
            if thread.number not in priorities:
                priorities[thread.number] = self._random.random()
        if self._changes and current is not None:
            now = self._layer.driver_steps if self.driver_steps else step
            for place in [place for place in self._changes if place <= now]:
                priorities[current.number] = self._changes.pop(place)
        chosen = None
        highest = -math.inf
        for thread in runnable:
            priority = priorities[thread.number]
            if priority > highest and (thread.operation not in MAY_BLOCK or can_go_on(thread)):
                chosen, highest = thread, priority
        if chosen is None:
            chosen = max(runnable, key=lambda thread: priorities[thread.number])
        if chosen is not self._running:
            self._running, self._since = chosen, step
        elif step - self._since > _PATIENCE:
            priorities[chosen.number] = min(priorities.values()) - 1
        return chosen

    def ended(self, layer: ExploredThreads, *, redundant: bool) -> None:
        """Learn how long runs are."""
        if layer.focus:
            self.driver_steps = max(self.driver_steps, layer.driver_steps)
        self.steps = layer.steps if self.steps == _FIRST_GUESS else max(self.steps, layer.steps)
