"""Strategies: which simulated thread runs next.

A strategy answers one question (:meth:`Strategy.next_thread`), asked before every synchronisation step
and whenever the running thread blocks. A new strategy is one small class.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, final

from erts_emu.ethread.errors import ReplayDivergence
from erts_emu.ethread.schedule import Schedule

if TYPE_CHECKING:
    from erts_emu.ethread.simulated import SimThread


class Strategy(Protocol):
    """Chooses the next thread. ``preempts`` False promises never to leave a thread that can go on."""

    preempts: bool

    def next_thread(self, runnable: Sequence[SimThread], current: SimThread | None, step: int) -> SimThread:
        """Choose from *runnable*, longest runnable first; *current* is None if the running thread blocked.

        What each is about to do stands in its ``operation`` and ``resource``.
        """


@final
class InOrder:
    """Run each thread until it blocks, then the one that has been runnable longest. The default."""

    preempts = False

    def next_thread(self, runnable: Sequence[SimThread], current: SimThread | None, step: int) -> SimThread:
        return runnable[0] if current is None else current


@final
class SeededRandom:
    """Choose uniformly at every step. Runs with the same seed are the same."""

    preempts = True

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def next_thread(self, runnable: Sequence[SimThread], current: SimThread | None, step: int) -> SimThread:
        if len(runnable) == 1:
            return runnable[0]
        return runnable[int(self._random.random() * len(runnable))]


@final
class Replay:
    """Repeat the choices of a recorded schedule; in between, go on in order."""

    preempts = True

    def __init__(self, schedule: Schedule) -> None:
        self._choices = schedule.choices

    def next_thread(self, runnable: Sequence[SimThread], current: SimThread | None, step: int) -> SimThread:
        number = self._choices.get(step)
        if number is None:
            return runnable[0] if current is None else current
        for thread in runnable:
            if thread.number == number:
                return thread
        raise ReplayDivergence(step, number, [thread.name for thread in runnable])
