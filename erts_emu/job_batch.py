"""Batches and bundles: jobs of compiled drivers, many at a time, so that they need the interpreter lock less often.

ERTS has nothing of the kind, and needs nothing: to it, a job's beginning and its end cost one queue operation each.
Here they cost the interpreter lock, for which the threads compete.

A **batch** is run. An async thread may run up to 32 jobs in one stay outside the lock. Nobody can tell: what the batch
has finished is posted by whoever comes first, the async thread at the end of the batch, or a scheduler, in each of its
turns and before it sleeps. A scheduler that sleeps gets no batches, and one that is about to sleep ends those that are
under way after the job that they are in.

A **bundle** is queued. A callback that queues many jobs puts them together from the fourth on. Nobody can tell that
either: the jobs go to the pool when the callback returns or calls another function that needs the lock, or when an
async thread would fall asleep otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, final

from erts_emu.driver.errors import CALLBACK_FAILURES

if TYPE_CHECKING:
    from erts_emu.async_pool import AsyncJob, AsyncPool
    from erts_emu.port import Port
    from erts_emu.scheduler import Scheduler


BATCH_AT_MOST: Final = 32
"""How many jobs one batch has."""


class BundleKeeper(Protocol):
    """Keeps the bundles of callbacks that are under way. Any thread."""

    def bundle_jobs(self, threads: int, /) -> None:
        """From now on, bundle jobs for so many async threads, which may all be asleep."""

    def take_bundle(self) -> tuple[JobBundle, list[tuple[int, int, Any, Any]]] | None:
        """Take the jobs of one bundle: of each its number, its thread from 0, its data and its free function."""

    def falls_asleep(self, thread: int, /) -> bool:
        """Note that an async thread falls asleep; False: it may not, for there are bundled jobs."""

    def is_awake(self, thread: int, /) -> None:
        """Note that an async thread does not sleep any more."""


class BatchRunner(Protocol):
    """Runs the invoke functions of some jobs."""

    def run(self) -> None:
        """Run them in order, until one raises or somebody is in a hurry."""

    def finished(self) -> int:
        """Return how many have been run. Any thread."""

    def hurry(self) -> int:
        """Have ``run`` return after the job that it is in; return how many have been run. Any thread."""


@final
class JobBundle:
    """Jobs that one callback of *port* queues one after the other, with numbers from *first* to *last*."""

    __slots__ = ("first", "last", "pool", "port", "scheduler")

    def __init__(self, pool: AsyncPool, port: Port, scheduler: Scheduler | None, first: int, last: int) -> None:
        self.pool = pool
        self.port = port
        self.scheduler = scheduler
        self.first = first
        self.last = last

    def __repr__(self) -> str:
        return f"<JobBundle of {self.port!r}>"


@final
class JobBatch:
    """Some jobs of one async thread and one scheduler.

    ``_posted`` needs ``_mutex``, under which jobs are posted, and so in order.
    """

    __slots__ = ("_jobs", "_mutex", "_posted", "runner")

    def __init__(self, jobs: list[AsyncJob], pool: AsyncPool) -> None:
        self._jobs = jobs
        self._mutex = pool.emu.layer.mutex("job batch")
        self._posted = 0
        self.runner: BatchRunner = pool.make_runner([job.async_data for job in jobs])

    def __repr__(self) -> str:
        return f"<JobBatch {self.runner.finished()} of {len(self._jobs)} jobs run>"

    def run(self) -> int:
        """Run the jobs and post them; return how many were run. The async thread only."""
        try:
            self.runner.run()
        except CALLBACK_FAILURES as error:
            count = self.runner.finished()
            self._jobs[count].failure = error
            count += 1
        else:
            count = self.runner.finished()
        self.post(count)
        return count

    def post(self, count: int) -> None:
        """Put the first *count* jobs into the ready queue, but for those that are there. Any thread."""
        self._mutex.acquire()
        start = self._posted
        if start < count:
            self._posted = count
            self._jobs[start].ready.add_all(self._jobs[start:count])
        self._mutex.release()
