"""Where each async job is: a table kept by listening to the tracepoints that jobs pass."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, final

if TYPE_CHECKING:
    from erts_emu.async_pool import AsyncJob
    from erts_emu.trace import Trace

_PASSED: Final = (
    "aio_pool_put", "aio_pool_get", "driver_async_invoke", "aio_ready", "driver_ready_async", "driver_async_free",
    "aio_ready_batch",
)  # fmt: skip


@final
class JobRecord:
    """One job: what it is for, and its station."""

    __slots__ = ("number", "port", "station", "thread")

    def __init__(self, number: int, port: str, thread: str, station: str) -> None:
        self.number = number
        self.port = port
        self.thread = thread
        self.station = station


@final
class JobTable:
    """The jobs under way in one emulator. Any thread adds to it; each job is changed by whoever has it."""

    def __init__(self, trace: Trace) -> None:
        self._jobs: dict[AsyncJob, JobRecord] = {}
        self._completing: dict[str, AsyncJob] = {}
        trace.subscribe(self._passed, *_PASSED)

    def __repr__(self) -> str:
        return f"<JobTable, {len(self._jobs)} jobs>"

    def all(self) -> list[JobRecord]:
        """The jobs under way, oldest first."""
        return sorted(self._jobs.values(), key=lambda record: record.number)

    def running_on(self, thread: str) -> JobRecord | None:
        """The job that an async thread has taken and not brought back."""
        return next((job for job in self.all() if job.thread == thread and job.station in _WITH_A_THREAD), None)

    def _passed(self, name: str, fields: Mapping[str, Any]) -> None:
        if name == "aio_ready_batch":
            self._drop(f"scheduler {fields['scheduler'].id}")
            return
        if name == "driver_ready_async":
            self._completes(fields["port"].emu.layer.tsd.name, "ready_async is running")
            return
        job: AsyncJob = fields["job"]
        if name == "aio_pool_put":
            self._jobs[job] = JobRecord(job.async_id, str(job.port), fields["thread"].name, QUEUED)
            return
        record = self._jobs.get(job)
        if record is None:
            return  # the record that ends a thread, or a job from before the table
        if name == "aio_pool_get":
            record.station = TAKEN
        elif name == "driver_async_invoke":
            record.station = INVOKED
        elif name == "aio_ready":
            scheduler = f"scheduler {fields['scheduler'].id}"
            self._drop(scheduler)
            self._completing[scheduler] = job
            record.station = f"{scheduler} completes it"
        elif name == "driver_async_free":
            record.station = "async_free is running"

    def _completes(self, scheduler: str, station: str) -> None:
        job = self._completing.get(scheduler)
        if job is not None and job in self._jobs:
            self._jobs[job].station = station

    def _drop(self, scheduler: str) -> None:
        job = self._completing.pop(scheduler, None)
        if job is not None:
            self._jobs.pop(job, None)


QUEUED: Final = "in the input queue"
TAKEN: Final = "taken"
INVOKED: Final = "async_invoke is running"
_WITH_A_THREAD: Final = (TAKEN, INVOKED)
