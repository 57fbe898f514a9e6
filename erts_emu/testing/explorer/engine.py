"""The engine: run a program on one schedule after the other, until one fails or the budget is spent."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Protocol, final

from attrs import frozen

from erts_emu.ethread import DeadlockError, Replay, Schedule, SimulatedThreadCrashed, StepLimitExceeded, Strategy
from erts_emu.testing.explorer.campaign import strategy_from
from erts_emu.testing.explorer.layer import ExploredThreads, ObservedThreads
from erts_emu.testing.explorer.strategy import Exploration, NotDeterministic, RunIsRedundant

DEFAULT_SCHEDULES: Final = 1000
DEFAULT_STEPS: Final = 200_000
"""Steps after which a run counts as one that never ends."""

YOUNG_OBJECTS: Final = 8_000
"""How many objects an exploration makes before it looks for garbage: many runs' worth that still fit a cache."""

Program = Callable[[ExploredThreads], object]
"""What is explored: a function of a thread layer. It must do the same whenever the schedule is the same."""


class LayerMaker(Protocol):
    """A kind of simulated threads."""

    def __call__(self, strategy: Strategy, *, seed: int, step_limit: int | None) -> ExploredThreads:
        """Make one for one run."""


@final
@frozen
class Failure:
    """A run that failed: its error, its schedule, and how many runs came before it."""

    error: BaseException
    schedule: Schedule
    run: int

    @property
    def kind(self) -> str:
        """What tells this failure from others, whatever the schedule."""
        return kind_of(self.error)


@final
@frozen
class Result:
    """What an exploration has seen. ``exhausted``: the strategy had nothing left to try."""

    strategy: str
    schedules: int
    redundant: int
    steps: int
    seconds: float
    exhausted: bool
    failure: Failure | None

    def __str__(self) -> str:
        rate = self.schedules / self.seconds if self.seconds else 0.0
        extent = "all of them" if self.exhausted else "budget spent"
        verdict = f"failed at number {self.failure.run + 1}" if self.failure else f"no failure, {extent}"
        redundant = f" (and {self.redundant} redundant)" if self.redundant else ""
        return f"{self.strategy}: {self.schedules} schedules{redundant}, {self.steps} steps, {rate:.0f}/s: {verdict}"


def explore_threads(
    program: Program,
    *,
    strategy: str | Exploration = "campaign",
    schedules: int | None = DEFAULT_SCHEDULES,
    seconds: float | None = None,
    steps: int = DEFAULT_STEPS,
    seed: int = 0,
) -> Result:
    """Run *program* on up to *schedules* schedules, for at most *seconds*, each of at most *steps* steps.

    Stops at the first failure, which is in the result and not raised. Budgets of runs and of time are looked at between
    runs. With ``schedules=None`` the strategy decides when it has seen everything. The first run is repeated, to see
    whether the program is deterministic.
    """
    with _collecting_less():
        return _explore(program, strategy_from(strategy, seed), schedules, seconds, steps, seed)


@contextmanager
def _collecting_less() -> Iterator[None]:
    """Have cyclic garbage collected less often: each run leaves an emulator behind, and its own objects die young."""
    before = gc.get_threshold()
    if 0 < before[0] < YOUNG_OBJECTS:
        gc.set_threshold(YOUNG_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _explore(
    program: Program, exploration: Exploration, schedules: int | None, seconds: float | None, steps: int, seed: int
) -> Result:
    maker: LayerMaker = ObservedThreads if exploration.observes else ExploredThreads
    begun = time.perf_counter()
    run = completed = redundant = taken = 0
    failure = None
    exhausted = False
    while failure is None and (schedules is None or run < schedules):
        if seconds is not None and time.perf_counter() - begun > seconds:
            break
        if not exploration.begin(run):
            exhausted = True
            break
        layer = maker(exploration, seed=seed, step_limit=steps)
        exploration.attach(layer)
        error = run_once(program, layer)
        was_redundant = isinstance(error, RunIsRedundant)
        if error is not None and not was_redundant:
            failure = Failure(error, layer.failed_at or layer.schedule(), run)
        elif run == 0 and not was_redundant:
            failure = _twice(program, layer, steps)
        try:
            exploration.ended(layer, redundant=was_redundant)
        except NotDeterministic as odd:
            failure = Failure(odd, layer.schedule(), run)
        completed += not was_redundant
        redundant += was_redundant
        taken += layer.steps
        run += 1
    return Result(exploration.name, completed, redundant, taken, time.perf_counter() - begun, exhausted, failure)


def _twice(program: Program, layer: ExploredThreads, steps: int) -> Failure | None:
    """Repeat the first run: if it is not the same, no schedule that is found could be relied upon."""
    schedule = layer.schedule()
    error, again = replay_once(program, schedule, steps=steps)
    if error is None and again.taken == layer.taken:
        return None
    found = f"{again.steps} steps" if error is None else repr(error)
    return Failure(NotDeterministic(min(layer.steps, again.steps), f"{layer.steps} steps", found), schedule, 0)


def run_once(program: Program, layer: ExploredThreads) -> BaseException | None:
    """Run *program* on *layer*; return what it raised. Skipping the test and interrupts go through."""
    try:
        program(layer)
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        if type(error).__name__ == "Skipped":
            raise
        layer.stop_exploring()
        return error
    finally:
        layer.close()
    return None


def replay_once(
    program: Program, schedule: Schedule, *, maker: LayerMaker = ExploredThreads, steps: int = DEFAULT_STEPS
) -> tuple[BaseException | None, ExploredThreads]:
    """Run *program* on a recorded schedule; return what it raised, and the layer."""
    layer = maker(Replay(schedule), seed=schedule.seed, step_limit=steps)
    return run_once(program, layer), layer


def kind_of(error: BaseException) -> str:
    """Name the kind of a failure, so that shrinking does not end at another one."""
    if isinstance(error, SimulatedThreadCrashed) and error.__cause__ is not None:
        return f"thread crashed: {kind_of(error.__cause__)}"
    if isinstance(error, DeadlockError):
        return "deadlock"
    if isinstance(error, StepLimitExceeded):
        return "livelock"
    findings = getattr(error, "findings", None)
    if findings is not None:
        return "checks: " + ", ".join(sorted({finding.rule for finding in findings}))
    callback = getattr(error, "callback", None)
    cause = error.__cause__
    return f"{type(error).__name__} {callback or ''} {type(cause).__name__ if cause is not None else ''}".strip()
