"""What a strategy of the explorer is: it chooses threads, and it learns from run to run."""

from __future__ import annotations

from collections.abc import Sequence

from erts_emu.ethread import SimThread, SimulationOver
from erts_emu.testing.explorer.layer import ExploredThreads


class RunIsRedundant(SimulationOver):
    """Raised by a strategy that sees that the run cannot show anything new. The run counts as redundant."""

    def __init__(self) -> None:
        super().__init__("this schedule is equivalent to one that was run before")


class NotDeterministic(SimulationOver):
    """The scenario did something else although the schedule was the same."""

    def __init__(self, step: int, expected: str, found: str) -> None:
        super().__init__(
            f"the same schedule led to something else at step {step}: expected {expected}, found {found}. The scenario "
            "depends on something outside the emulator's thread layer: time, random numbers, the order of a set, state "
            "that an earlier run has left behind"
        )


class Exploration:
    """The base of strategies. ``observes``: it needs to know what every step touches.

    Before each run ``begin`` is asked whether there is one; during the run ``next_thread``; after it ``ended`` tells
    how many steps it had. The strategy's random choices must come from the seed that it was made with.
    """

    name = "?"
    observes = False
    preempts = True

    def begin(self, run: int) -> bool:
        """Prepare run number *run*, from 0; False if everything has been tried."""
        return True

    def attach(self, layer: ExploredThreads) -> None:
        """The layer of the run that begins."""

    def next_thread(self, runnable: Sequence[SimThread], current: SimThread | None, step: int) -> SimThread:
        """Choose the thread that goes on; see :class:`erts_emu.ethread.Strategy`."""
        raise NotImplementedError

    def ended(self, layer: ExploredThreads, *, redundant: bool) -> None:
        """The run has ended. Raises ``NotDeterministic`` if it ended where it should not have."""


def in_order(runnable: Sequence[SimThread], current: SimThread | None) -> SimThread:
    """Choose as if there were no strategy: go on, or else take the thread that has been runnable longest."""
    return runnable[0] if current is None else current
