"""In order: each thread runs until it blocks. One run, which is the same every time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

from erts_emu.ethread import SimThread
from erts_emu.testing.explorer.strategy import Exploration, in_order


@final
class InOrderRun(Exploration):
    """The schedule that tests run on when they do not explore."""

    name = "in order"

    def begin(self, run: int) -> bool:
        """There is one run."""
        return run == 0

    def next_thread(self, runnable: Sequence[SimThread], current: SimThread | None, step: int) -> SimThread:
        """Go on."""
        return in_order(runnable, current)
