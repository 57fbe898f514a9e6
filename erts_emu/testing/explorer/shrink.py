"""Shrinking: the same failure with as few switches of threads as possible.

A switch is described by what the thread that is left has done, and not by the step of the whole run, so that it keeps
its meaning when another switch is taken out.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final, final

from erts_emu.ethread import Schedule, SimThread
from erts_emu.testing.explorer.engine import DEFAULT_STEPS, Failure, Program, kind_of, replay_once, run_once
from erts_emu.testing.explorer.layer import ExploredThreads
from erts_emu.testing.explorer.strategy import Exploration, in_order

Switch = tuple[int | None, int, int]
"""The thread that runs (None: it has blocked), the steps taken by all threads that matter, the thread that goes on."""

DEFAULT_RUNS: Final = 300


@final
class _Recorder(Exploration):
    """Replays a schedule by its steps and writes down its switches."""

    def __init__(self, schedule: Schedule) -> None:
        self._choices = schedule.choices
        self.switches: list[Switch] = []
        self._layer: ExploredThreads
        self._blocked: dict[int, int] = {}

    def attach(self, layer: ExploredThreads) -> None:
        self._layer = layer

    def next_thread(self, runnable: Sequence[SimThread], current: SimThread | None, step: int) -> SimThread:
        usual = in_order(runnable, current)
        number = self._choices.get(step)
        chosen = usual if number is None else next((t for t in runnable if t.number == number), usual)
        if chosen is not usual:
            self.switches.append((*_place(self._layer, current, usual), chosen.number))
        return chosen


@final
class _Lenient(Exploration):
    """Makes the given switches where their places are met, and passes over those that cannot be made."""

    def __init__(self, switches: Sequence[Switch]) -> None:
        self._switches = {switch[:2]: switch[2] for switch in switches}
        self._layer: ExploredThreads

    def attach(self, layer: ExploredThreads) -> None:
        self._layer = layer

    def next_thread(self, runnable: Sequence[SimThread], current: SimThread | None, step: int) -> SimThread:
        usual = in_order(runnable, current)
        number = self._switches.get(_place(self._layer, current, usual))
        if number is None:
            return usual
        return next((thread for thread in runnable if thread.number == number), usual)


def _place(layer: ExploredThreads, current: SimThread | None, usual: SimThread) -> tuple[int | None, int]:
    """Where a choice is made: the thread that runs and its steps; if it has blocked, the one that would be next."""
    if current is not None:
        return current.number, layer.taken_by(current)
    return None, usual.number * 1_000_000 + layer.taken_by(usual)


def shrink(
    program: Program,
    failure: Failure,
    *,
    runs: int = DEFAULT_RUNS,
    seconds: float = 10.0,
    steps: int = DEFAULT_STEPS,
) -> Failure:
    """Return *failure* or one of the same kind with fewer switches. At most about *runs* runs and *seconds*.

    What is left is shrunk again as long as that helps: without the others, a switch may be called by another name.
    """
    deadline = time.perf_counter() + seconds
    best = failure
    while True:
        shorter = _shrink_once(program, best, runs // 2, deadline, steps)
        if len(shorter.schedule.choices) >= len(best.schedule.choices):
            return best
        best = shorter


def _shrink_once(program: Program, failure: Failure, runs: int, deadline: float, steps: int) -> Failure:
    recorder = _Recorder(failure.schedule)
    layer = ExploredThreads(recorder, seed=failure.schedule.seed, step_limit=steps)
    recorder.attach(layer)
    run_once(program, layer)
    switches: list[Switch] = recorder.switches
    best = failure
    size = max(1, len(switches) // 2)
    left = runs
    while switches and left > 0 and time.perf_counter() < deadline:
        position = 0
        removed = False
        while position < len(switches) and left > 0 and time.perf_counter() < deadline:
            candidate = switches[:position] + switches[position + size :]
            left -= 1
            shorter = _try(program, candidate, failure, steps)
            if shorter is None:
                position += size
            else:
                switches, best, removed = candidate, shorter, True
        if size == 1 and not removed:
            break
        size = max(1, size // 2)
    return best


def _try(program: Program, switches: Sequence[Switch], failure: Failure, steps: int) -> Failure | None:
    """Run with *switches* only; the failure if it is of the same kind and comes again when it is replayed."""
    strategy = _Lenient(switches)
    layer = ExploredThreads(strategy, seed=failure.schedule.seed, step_limit=steps)
    strategy.attach(layer)
    error = run_once(program, layer)
    if error is None or kind_of(error) != failure.kind:
        return None
    schedule = layer.failed_at or layer.schedule()
    again, _ = replay_once(program, schedule, steps=steps)
    if again is None or kind_of(again) != failure.kind:
        return None
    return Failure(again, schedule, failure.run)
