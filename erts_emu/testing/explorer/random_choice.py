"""Random choice: at every step each runnable thread is as likely as the others."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import final

from erts_emu.ethread import SimThread
from erts_emu.testing.explorer.strategy import Exploration


@final
class RandomChoice(Exploration):
    """Uniform choices. Cheap, and good at bugs that need many switches; bad at those that need long runs of one thread.

    Run *n* depends on the seed and on *n* alone.
    """

    name = "random"

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._random = random.Random()
        self._draw = self._random.random

    def begin(self, run: int) -> bool:
        """There are runs without end."""
        self._random.seed(f"{self._seed}/{run}")
        return True

    def next_thread(self, runnable: Sequence[SimThread], current: SimThread | None, step: int) -> SimThread:
        """Choose one."""
        draw = self._draw
        if len(runnable) == 2:  # most choices; the same as below
            return runnable[draw() >= 0.5]
        return runnable[int(draw() * len(runnable))]
