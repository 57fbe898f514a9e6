"""Exploring on many processes and machines: a dask cluster runs shards of a campaign, each with a seed of its own.

Needs the extra ``erts_emu[cluster]``. Workers import the scenario's module, so on other machines it has to be where it
is here; the entries of ``sys.path`` are sent along. What the shards have seen becomes one result, and the first failure
is run again here, shrunk and reported as always.
"""

from __future__ import annotations

import functools
import logging
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, final

from attrs import evolve, frozen

from erts_emu.ethread import Schedule
from erts_emu.testing.explorer.engine import Failure, Result, explore_threads, replay_once
from erts_emu.testing.scenario import Scenario, program_of

SHARDS_A_WORKER: Final = 4
"""More than one, so that little is left to do once a shard has failed."""
SEEDED: Final = ("campaign", "random", "walk", "pct")
"""Strategies that do something else with another seed. The others would do the same in every shard."""

_ONE_AT_A_TIME: Final = threading.Lock()
"""The kit changes a driver's module while it runs: one shard in each process."""


class NoCluster(RuntimeError):
    """The cluster cannot be used; the message says what to do."""


class FailedElsewhere(AssertionError):
    """What failed on a worker and not here; the message is the worker's."""


@final
@frozen
class Shard:
    """A part of a campaign: which, with what budgets."""

    seed: int
    strategy: str
    schedules: int
    seconds: float | None
    steps: int


@final
@frozen
class Outcome:
    """What a shard has seen, in a form that travels."""

    worker: str
    result: Result
    failed_on: str | None
    failure: str


def explore_on_cluster(
    scenario: Scenario,
    cluster: str,
    *,
    strategy: str,
    schedules: int,
    seconds: float | None,
    steps: int,
    seed: int,
    given: Mapping[str, Any] | None,
    **options: Any,
) -> Result:
    """Run *scenario* on *schedules* schedules, on the workers of *cluster*; return what all of them have seen.

    *cluster* is the address of a dask scheduler, or ``"local:N"`` for N processes of this machine, which then serve
    until this one ends. The result's failure, if there is one, has been seen here too, unless its error is
    ``FailedElsewhere``. Raises ``NoCluster``.
    """
    if strategy.partition(":")[0] not in SEEDED:
        raise NoCluster(f"a cluster takes the strategies {', '.join(SEEDED)}: {strategy} would do the same everywhere")
    begun = time.perf_counter()
    client = _client(cluster)
    shards = _shards(max(1, len(client.nthreads())), strategy, schedules, seconds, steps, seed)
    futures = [
        client.submit(run_shard, scenario, dict(given or {}), options, shard, sys.path.copy(), pure=False)
        for shard in shards
    ]
    outcomes = []
    for future in _as_they_end(futures):
        outcomes.append(future.result())
        if outcomes[-1].failed_on is not None:
            client.cancel(futures)
            break
    merged = _merged(outcomes, time.perf_counter() - begun)
    failed = outcomes[-1]
    if failed.failed_on is None:
        return merged
    return evolve(merged, failure=_seen_here(scenario, given, options, failed, merged, steps))


def _shards(
    workers: int, strategy: str, schedules: int, seconds: float | None, steps: int, seed: int
) -> Iterator[Shard]:
    """Share the budgets out."""
    count = min(workers * SHARDS_A_WORKER, schedules)
    for number in range(count):
        share = schedules // count + (number < schedules % count)
        yield Shard(seed + number, strategy, share, None if seconds is None else seconds * workers / count, steps)


@functools.cache
def _client(cluster: str) -> Any:
    """Connect to a cluster, or start one: once in a process, which closes it at its end."""
    try:
        import distributed
    except ImportError as error:
        raise NoCluster("a cluster needs dask.distributed: pip install 'erts_emu[cluster]'") from error
    library: Any = distributed  # it is typed in parts
    logging.getLogger("distributed").setLevel(logging.WARNING)  # pytest would show each step of it with a failure
    kind, _, number = cluster.partition(":")
    if kind == "local":
        if number and not number.isdecimal():
            raise NoCluster(f"{cluster!r}: local:N starts N processes")
        local = library.LocalCluster(
            n_workers=int(number) if number else None, threads_per_worker=1, processes=True, dashboard_address=":0"
        )
        return library.Client(local)
    try:
        return library.Client(cluster, timeout=10)
    except (OSError, ValueError) as error:
        raise NoCluster(f"no dask scheduler answers at {cluster!r}: {error}") from error


def _as_they_end(futures: list[Any]) -> Iterator[Any]:
    import distributed

    library: Any = distributed
    yield from library.as_completed(futures)


# --- on a worker ---


def run_shard(
    scenario: Scenario, given: Mapping[str, Any], options: dict[str, Any], shard: Shard, path: list[str]
) -> Outcome:
    """Run a shard: called on a worker."""
    import os
    import platform

    sys.path += [entry for entry in path if entry not in sys.path and Path(entry).exists()]
    with _ONE_AT_A_TIME:
        result = explore_threads(
            program_of(scenario, given, **options),
            strategy=shard.strategy, schedules=shard.schedules, seconds=shard.seconds, steps=shard.steps,
            seed=shard.seed,
        )  # fmt: skip
    failure = result.failure
    return Outcome(
        f"{platform.node()}:{os.getpid()}",
        evolve(result, failure=None),  # its error may not travel: the schedule tells as much
        None if failure is None else str(failure.schedule),
        "" if failure is None else f"{type(failure.error).__name__}: {failure.error}",
    )


# --- here again ---


def _merged(outcomes: list[Outcome], seconds: float) -> Result:
    results = [outcome.result for outcome in outcomes]
    workers = len({outcome.worker for outcome in outcomes})
    return Result(
        f"{results[0].strategy} on {workers} workers",
        sum(result.schedules for result in results),
        sum(result.redundant for result in results),
        sum(result.steps for result in results),
        seconds,
        exhausted=False,
        failure=None,
    )


def _seen_here(
    scenario: Scenario, given: Mapping[str, Any] | None, options: dict[str, Any], failed: Outcome, merged: Result,
    steps: int,
) -> Failure:  # fmt: skip
    """Run the schedule that has failed on a worker again."""
    assert failed.failed_on is not None
    schedule = Schedule.parse(failed.failed_on)
    error, layer = replay_once(program_of(scenario, given, **options), schedule, steps=steps)
    if error is None:
        error = FailedElsewhere(f"on worker {failed.worker}, and not here: {failed.failure}")
        return Failure(error, schedule, merged.schedules - 1)
    return Failure(error, layer.failed_at or layer.schedule(), merged.schedules - 1)
