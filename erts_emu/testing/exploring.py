"""Exploring a scenario: the engine, shrinking and the report, put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from erts_emu.ethread import Schedule
from erts_emu.testing.explorer.engine import (
    DEFAULT_SCHEDULES,
    DEFAULT_STEPS,
    Failure,
    Program,
    Result,
    explore_threads,
    replay_once,
)
from erts_emu.testing.explorer.report import describe
from erts_emu.testing.explorer.shrink import shrink
from erts_emu.testing.explorer.strategy import Exploration
from erts_emu.testing.scenario import Scenario, program_of

SHRINK_SECONDS: Final = 10.0


class InterleavingFailed(AssertionError):
    """A schedule was found on which the scenario fails. The failure itself is the ``__cause__``.

    ``replay`` is the schedule that shows it again, ``report`` what was printed, ``result`` what the exploration did.
    """

    def __init__(self, report: str, replay: str, result: Result | None) -> None:
        super().__init__(report)
        self.report = report
        self.replay = replay
        self.result = result


def explore(
    scenario: Scenario,
    *,
    strategy: str | Exploration = "campaign",
    schedules: int | None = DEFAULT_SCHEDULES,
    seconds: float | None = None,
    steps: int = DEFAULT_STEPS,
    seed: int = 0,
    replay: str | None = None,
    shrinking: bool = True,
    given: Mapping[str, Any] | None = None,
    cluster: str | None = None,
    **options: Any,
) -> Result:
    """Run *scenario* on many schedules, each on a fresh workbench made with *options*.

    The scenario takes by name what it needs: ``emu``, ``driver``, ``open_port``, ``port``, ``virtual_clock``, ``me``.
    See :func:`explore_threads` for *strategy* and the budgets. With *replay*, only that schedule is run. *cluster* has
    the schedules shared out: see :mod:`erts_emu.testing.cluster`.

    Raises ``InterleavingFailed`` at the first failure, shrunk and with its report.
    """
    __tracebackhide__ = True
    program = program_of(scenario, given, **options)
    if cluster is not None and replay is None:
        from erts_emu.testing.cluster import explore_on_cluster

        result = explore_on_cluster(
            scenario, cluster, strategy=str(strategy), schedules=schedules or DEFAULT_SCHEDULES, seconds=seconds,
            steps=steps, seed=seed, given=given, **options,
        )  # fmt: skip
        return _reported(program, result, shrinking=shrinking, steps=steps)
    return explore_program(
        program, strategy=strategy, schedules=schedules, seconds=seconds, steps=steps, seed=seed, replay=replay,
        shrinking=shrinking,
    )  # fmt: skip


def explore_program(
    program: Program,
    *,
    strategy: str | Exploration = "campaign",
    schedules: int | None = DEFAULT_SCHEDULES,
    seconds: float | None = None,
    steps: int = DEFAULT_STEPS,
    seed: int = 0,
    replay: str | None = None,
    shrinking: bool = True,
) -> Result:
    """As :func:`explore`, for a function of a thread layer."""
    __tracebackhide__ = True
    if replay is not None:
        return _replay(program, replay, steps)
    result = explore_threads(program, strategy=strategy, schedules=schedules, seconds=seconds, steps=steps, seed=seed)
    return _reported(program, result, shrinking=shrinking, steps=steps)


def _reported(program: Program, result: Result, *, shrinking: bool, steps: int) -> Result:
    """Return *result*, or raise its failure, shrunk and with its report."""
    __tracebackhide__ = True
    if result.failure is not None:
        failure = result.failure
        if shrinking:
            failure = shrink(program, failure, seconds=SHRINK_SECONDS, steps=steps)
        raise _failed(program, failure, result, steps) from failure.error
    return result


def _replay(program: Program, replay: str, steps: int) -> Result:
    __tracebackhide__ = True
    schedule = Schedule.parse(replay)
    error, layer = replay_once(program, schedule, steps=steps)
    if error is not None:
        failure = Failure(error, layer.failed_at or layer.schedule(), 0)
        raise _failed(program, failure, None, steps) from error
    return Result("replay", 1, 0, layer.steps, 0.0, exhausted=True, failure=None)


def _failed(program: Program, failure: Failure, result: Result | None, steps: int) -> InterleavingFailed:
    report = describe(program, failure, steps=steps)
    return InterleavingFailed(report if result is None else f"{report}\n\n{result}", str(failure.schedule), result)
