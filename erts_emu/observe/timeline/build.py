"""From the events of a recording to the model of the page, in one pass.

Threads interleave as they were recorded. On real threads an event may be written down a little later than
one that it caused on another thread (a job can be taken before its putting is recorded): whatever comes late
is taken as it is, and counts never become negative.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final, Literal, Protocol, final

from erts_emu.observe.timeline.model import NEVER, NOBODY, Job, Kind, Lane, Row, Section, Series, Slice, TimelineModel

_DEEPEST: Final = 255
_GONE: Final = "gone"
"""The state of a port that has left the table while its jobs are in flight."""
_UNKNOWN: Final = "unknown"
"""What ERTS calls a thread that it knows nothing of."""
_FIRST_SCHEDULER: Final = 1
"""Where jobs complete that a thread without scheduler has submitted."""
RUN_QUEUES, THREAD_QUEUES, READY_QUEUES, LOCKS, REFERENCES, PORTS = (
    "Run queues", "Thread queues", "Ready queues", "Locks", "Reference counts", "Ports",
)  # fmt: skip
SCHEDULERS, ASYNC_THREADS, OTHER_THREADS = "Schedulers", "Async threads", "Other threads"

_KINDS: Final[Mapping[str, Kind]] = {
    "output": Kind.COMMAND, "outputv": Kind.COMMAND, "control": Kind.COMMAND, "call": Kind.COMMAND,
    "init": Kind.LIFE, "start": Kind.LIFE, "stop": Kind.LIFE, "flush": Kind.LIFE, "finish": Kind.LIFE,
    "ready_input": Kind.IO, "ready_output": Kind.IO, "timeout": Kind.IO, "ready_async": Kind.READY,
}  # fmt: skip


_ValueKind = Literal["number", "quiet", "text"]
_Value = tuple[str, str, _ValueKind]
"""Key, label and kind of a series."""


class AnyEvent(Protocol):
    """One event, as ``Recording.events()`` yields them."""

    @property
    def time_ns(self) -> int:
        """When, in nanoseconds."""

    @property
    def thread(self) -> str:
        """On which thread."""

    @property
    def name(self) -> str:
        """The tracepoint."""

    @property
    def fields(self) -> Mapping[str, Any]:
        """What it tells."""


@final
class _Running:
    """What one thread is doing: its lane, the slices that have not ended, the lock that it waits for."""

    __slots__ = ("lane", "stack", "waiting")

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self.stack: list[tuple[str, Slice, Slice | None]] = []
        self.waiting: tuple[str, Slice] | None = None


class AnyRecording(Protocol):
    """What the timeline needs of a recording; :class:`erts_emu.observe.Recording` is one."""

    @property
    def clock(self) -> str:
        """``"real"`` or ``"simulated"``."""

    @property
    def schedulers(self) -> Sequence[str]:
        """The schedulers' names."""

    @property
    def async_threads(self) -> Sequence[str]:
        """The async threads' names."""

    @property
    def ports(self) -> Mapping[str, tuple[str, str]]:
        """The ports that were seen, each with its name and its driver's."""

    def events(self) -> Iterable[AnyEvent]:
        """Return the events in order of time."""


def build_model(recording: AnyRecording) -> TimelineModel:
    """Work out what the page shows of *recording*."""
    builder = _Builder(recording.schedulers, recording.async_threads)
    for event in recording.events():
        builder.add(event)
    return builder.finish(recording.ports)


@final
class _Builder:
    """The model as far as it has got."""

    def __init__(self, schedulers: Sequence[str], async_threads: Sequence[str]) -> None:
        self.model = TimelineModel()
        self._first_time: int | None = None
        self._last = ("", "")
        self._begun: set[str] = set()
        self._lengths: dict[str, Series] = {}
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._threads: dict[str, _Running] = {}
        self._jobs: dict[int, int] = {}
        self._holds: dict[tuple[str, str], Slice] = {}
        self._busy: dict[str, Slice] = {}
        self._port_names: dict[int, str] = {}
        self._port_lanes: dict[str, Lane] = {}
        self._opened: set[str] = set()
        self._sections = {title: Section(title) for title in (
            RUN_QUEUES, THREAD_QUEUES, READY_QUEUES, LOCKS, REFERENCES, PORTS,
        )}  # fmt: skip
        self._handlers: dict[str, Callable[[int, _Running, Mapping[str, Any]], None]] = {
            "driver_return": self._callback_returns,
            "driver_async_invoke": self._invoke,
            "driver_async_invoke_return": self._invoke_returns,
            "driver_async_free": self._free,
            "driver_async_free_return": self._free_returns,
            "driver_ready_async": self._ready_async,
            "driver_references": self._driver_references,
            "pdl_references": self._pdl_references,
            "driver_async": self._put,
            "aio_pool_get": self._get,
            "aio_ready": self._ready,
            "aio_done": self._done,
            "queue_length": self._queue_length,
            "port_scheduled": self._port_scheduled,
            "port_unscheduled": self._port_unscheduled,
            "process_scheduled": self._process_scheduled,
            "process_unscheduled": self._process_unscheduled,
            "port_open": self._port_open,
            "port_exit": self._port_exit,
            "port_terminate": self._port_terminate,
            "port_busy": self._port_busy,
            "port_not_busy": self._port_not_busy,
            "lock_acquire": self._lock_acquire,
            "lock_contended": self._lock_contended,
            "lock_release": self._lock_release,
        }
        for name in schedulers:
            self._thread(name)
            self._queue(f"run_queue {_number_of(name)}").set(0, 0)
            if async_threads:
                self._queue(f"ready {_number_of(name)}").set(0, 0)
        for name in async_threads:
            self._thread(name)
            self._queue(name).set(0, 0)

    # --- one event ---

    def add(self, event: AnyEvent) -> None:
        """Take the next event."""
        if self._belongs_to_a_step(event):
            return
        name, fields = event.name, event.fields
        steps = self.model.steps
        step = len(steps.time)
        if self._first_time is None:
            self._first_time = event.time_ns
        running = self._threads.get(event.thread) or self._thread(event.thread)
        if running.waiting is not None and name != "lock_acquire":
            self._end_waiting(step, running)  # it only tried
        steps.time.append(event.time_ns - self._first_time)
        steps.thread.append(running.lane.thread)
        running.lane.steps.append(step)
        steps.keep(name, fields, self.model.texts)
        steps.job.append(self._job_of(fields))
        depth = len(running.stack)
        handler = self._handlers.get(name)
        if handler is not None:
            handler(step, running, fields)
        elif name.startswith("driver_"):
            self._callback(step, running, name.removeprefix("driver_"), fields)
        steps.row.append(min(max(depth, len(running.stack), 1) - 1, _DEEPEST))
        if (lane := self._port_lanes.get(fields.get("port", ""))) is not None:
            lane.steps.append(step)

    def _belongs_to_a_step(self, event: AnyEvent) -> bool:
        """Take an event that is no step of its own: a length that a job's step changes, or what there was at first."""
        fields = event.fields
        if event.name == "queue_length" and not str(fields["queue"]).startswith("run_queue"):
            self._length_of_job_queue(event)
            return True
        self._last = (event.thread, event.name)
        return not self.model.steps and self._beginning(event.name, fields)

    def _beginning(self, name: str, fields: Mapping[str, Any]) -> bool:
        """Before the first step: take what a recording tells of the begin, once for each queue and driver."""
        what = str(fields.get("queue") or fields.get("driver"))
        if name not in ("queue_length", "driver_references") or what in self._begun:
            return False
        self._begun.add(what)
        if name == "queue_length":
            self._queue(what).set(0, int(fields["length"]))
        else:
            self._references(0, f"driver {what}", int(fields["count"]))
        return True

    def _length_of_job_queue(self, event: AnyEvent) -> None:
        queue, length = str(event.fields["queue"]), int(event.fields["length"])
        of_next = queue.startswith("ready") and self._last != (event.thread, "driver_async_invoke_return")
        step = max(0, len(self.model.steps) - (not of_next))
        series = self._queue(queue)
        if queue.startswith("ready") and length > series.last:
            self._moved_to_ready_queue(step, event.fields)
        series.set(step, length)

    def _moved_to_ready_queue(self, step: int, fields: Mapping[str, Any]) -> None:
        index = self._jobs.get(fields.get("moved", 0))
        if index is not None:
            self.model.jobs[index].done = step

    def finish(self, ports: Mapping[str, tuple[str, str]]) -> TimelineModel:
        """Return the model: lanes in the order of the page, jobs in the order in which they were put."""
        model = self.model
        for port, (_, driver) in ports.items():
            self._describe(port, driver)
        groups = {group: position for position, group in enumerate((SCHEDULERS, ASYNC_THREADS, OTHER_THREADS, "Ports"))}
        for lane in self._lanes.values():
            if lane.busy:
                lane.rows.append(lane.busy)
        lanes = [lane for lane in self._lanes.values() if lane.rows or lane.charts or lane.steps or lane.life]
        model.lanes = sorted(lanes, key=lambda lane: (groups.get(lane.group, len(groups)), *_natural(lane.label)))
        order = sorted(range(len(model.jobs)), key=lambda index: model.jobs[index].put)
        places = {index: place for place, index in enumerate(order)}
        model.jobs = [model.jobs[index] for index in order]
        for slice_ in model.slices():
            if slice_.job != NOBODY:
                slice_.job = places[slice_.job]
        for step, job in enumerate(model.steps.job):
            if job != NOBODY:
                model.steps.job[step] = places[job]
        model.sections = list(self._sections.values())
        for section in model.sections:
            section.rows = dict(sorted(section.rows.items(), key=lambda item: _natural(item[0])))
        return model

    def _describe(self, port: str, driver: str) -> None:
        """Name a port's driver; if the recording does not tell of its opening, it was open before."""
        self._port_lane(port).note = driver
        if port not in self._opened and self.model.steps:
            lane = self._port_lane(port)
            lane.life = (NOBODY, NOBODY if lane.life is None else lane.life[1])
            self._port_row(port).values[0].set_at_first("open")

    # --- lanes and rows of the panel ---

    def _lane(self, group: str, label: str, note: str = "") -> Lane:
        lane = self._lanes.get((group, label))
        if lane is None:
            lane = self._lanes[group, label] = Lane(group, label, note)
        return lane

    def _thread(self, name: str) -> _Running:
        group = ASYNC_THREADS if name.startswith("async_") else SCHEDULERS if "scheduler" in name else OTHER_THREADS
        lane = self._lane(group, name, "outside" if name == _UNKNOWN else "")
        lane.thread = self.model.texts.number(name)
        running = self._threads[name] = _Running(lane)
        return running

    def _row(self, title: str, key: str, *values: _Value, queue: str = "") -> Row:
        """The row *key* of a section; *values* are those of a new one."""
        rows = self._sections[title].rows
        row = rows.get(key)
        if row is None:
            texts = self.model.texts
            series = [
                Series(name, label, texts if kind == "text" else None, kind == "quiet") for name, label, kind in values
            ]
            row = rows[key] = Row(key, key, series, queue)
        return row

    def _chart(self, lane: Lane, series: Series) -> None:
        if series not in lane.charts:
            lane.charts.append(series)

    # --- slices of threads ---

    def _begin(self, step: int, running: _Running, what: str, label: str, kind: Kind, port: object) -> Slice:
        texts = self.model.texts
        port_text = texts.number(port) if isinstance(port, str) else NOBODY
        job = self.model.steps.job[step]
        slice_ = Slice(step, texts.number(label), kind, port_text, job)
        row = max(len(running.stack), running.lane.free_row(step))
        running.lane.put(slice_, row)
        copy = None
        if isinstance(port, str) and kind not in (Kind.RUN, Kind.INVOKE):
            lane = self._port_lane(port)
            copy = Slice(step, slice_.label, kind, port_text, job)
            lane.put(copy, lane.free_row(step))
        running.stack.append((what, slice_, copy))
        return slice_

    def _end(self, step: int, running: _Running, what: str) -> None:
        """End the innermost slice called *what*, and all inside it; nothing if the recording began inside it."""
        if not any(name == what for name, _, _ in running.stack):
            return
        while True:
            name, slice_, copy = running.stack.pop()
            slice_.end = step
            if copy is not None:
                copy.end = step
            if name == what:
                return

    def _callback(self, step: int, running: _Running, callback: str, fields: Mapping[str, Any]) -> None:
        port = fields.get("port")
        if callback == "start":
            self._opened.add(str(port))
        self._begin(step, running, callback, callback, _KINDS.get(callback, Kind.OTHER), port)

    def _callback_returns(self, step: int, running: _Running, fields: Mapping[str, Any]) -> None:
        self._end(step, running, str(fields.get("callback")))

    def _port_scheduled(self, step: int, running: _Running, fields: Mapping[str, Any]) -> None:
        self._begin(step, running, "port", str(fields.get("port")), Kind.RUN, fields.get("port"))

    def _port_unscheduled(self, step: int, running: _Running, _fields: Mapping[str, Any]) -> None:
        self._end(step, running, "port")

    def _process_scheduled(self, step: int, running: _Running, fields: Mapping[str, Any]) -> None:
        self._begin(step, running, "process", str(fields.get("process")), Kind.RUN, None)

    def _process_unscheduled(self, step: int, running: _Running, _fields: Mapping[str, Any]) -> None:
        self._end(step, running, "process")

    # --- jobs ---

    def _job_of(self, fields: Mapping[str, Any]) -> int:
        number = fields.get("job")
        if isinstance(number, int) and number > 0:
            index = self._jobs.get(number)
            if index is None:
                index = self._jobs[number] = len(self.model.jobs)
                self.model.jobs.append(Job(number))
            return index
        return NOBODY

    def _job(self, step: int) -> Job | None:
        index = self.model.steps.job[step]
        return None if index == NOBODY else self.model.jobs[index]

    def _put(self, step: int, running: _Running, fields: Mapping[str, Any]) -> None:
        job = self._job(step)
        if job is None:
            return
        job.put = step
        port = str(fields.get("port"))
        job.port = self.model.texts.number(port)
        self._port_names[job.port] = port
        job.thread = _number_of(str(fields.get("async_thread")))
        group, name = running.lane.group, running.lane.label
        job.scheduler = _number_of(name) if group == SCHEDULERS else _FIRST_SCHEDULER
        series = self._port_row(port).values[1]
        series.add(step, 1)
        self._chart(self._port_lane(port), series)

    def _get(self, step: int, _running: _Running, fields: Mapping[str, Any]) -> None:
        if (job := self._job(step)) is not None:
            job.get = step
            job.thread = _number_of(str(fields.get("async_thread")))

    def _invoke(self, step: int, running: _Running, fields: Mapping[str, Any]) -> None:
        job = self._job(step)
        if job is None:
            return
        job.invoke = step
        self._thread_queue(running.lane.label).values[1].set(step, f"job {job.number}")
        self._begin(step, running, "invoke", f"invoke {job.number}", Kind.INVOKE, fields.get("port"))

    def _invoke_returns(self, step: int, running: _Running, _fields: Mapping[str, Any]) -> None:
        self._end(step, running, "invoke")
        if self._job(step) is not None:
            self._thread_queue(running.lane.label).values[1].set(step, "")

    def _ready(self, step: int, running: _Running, _fields: Mapping[str, Any]) -> None:
        if (job := self._job(step)) is not None:
            job.ready = step
            job.scheduler = _number_of(running.lane.label)

    def _ready_async(self, step: int, running: _Running, fields: Mapping[str, Any]) -> None:
        job = self._job(step)
        label = "ready_async"
        if job is not None:
            job.end = step
            label = f"ready_async {job.number}"
        self._begin(step, running, "ready_async", label, Kind.READY, fields.get("port"))

    def _free(self, step: int, running: _Running, fields: Mapping[str, Any]) -> None:
        job = self._job(step)
        label = "async_free"
        if job is not None:
            label = f"async_free {job.number}"
            if job.end == NEVER:
                job.end, job.freed = step, True
        self._begin(step, running, "async_free", label, Kind.FREE, fields.get("port"))

    def _free_returns(self, step: int, running: _Running, _fields: Mapping[str, Any]) -> None:
        self._end(step, running, "async_free")

    def _done(self, step: int, _running: _Running, _fields: Mapping[str, Any]) -> None:
        job = self._job(step)
        if job is not None and job.put != NEVER:
            state, jobs = self._port_row(self._port_names[job.port]).values
            jobs.add(step, -1)
            if not jobs.last and state.last == self.model.texts.number(_GONE):
                state.set(step, "")

    # --- lengths of queues, and reference counts ---

    def _thread_queue(self, thread: str) -> Row:
        length: _Value = ("length", "queued", "number")
        return self._row(THREAD_QUEUES, thread, length, ("runs", "runs", "text"), queue=f"t{_number_of(thread)}")

    def _queue(self, queue: str) -> Series:
        """The length of a queue: ``run_queue N``, ``ready N``, or an async thread's name."""
        if (known := self._lengths.get(queue)) is not None:
            return known
        number = _number_of(queue)
        if queue.startswith("run_queue"):
            lane = self._lane(SCHEDULERS, f"scheduler {number}")
            row = self._row(RUN_QUEUES, lane.label, ("length", "runnable", "number"))
        elif queue.startswith("ready"):
            lane = self._lane(SCHEDULERS, f"scheduler {number}")
            row = self._row(READY_QUEUES, lane.label, ("length", "ready", "number"), queue=f"r{number}")
        else:
            lane = self._lane(ASYNC_THREADS, queue)
            row = self._thread_queue(queue)
        self._chart(lane, row.values[0])
        self._lengths[queue] = row.values[0]
        return row.values[0]

    def _queue_length(self, step: int, _running: _Running, fields: Mapping[str, Any]) -> None:
        self._queue(str(fields["queue"])).set(step, int(fields["length"]))

    def _driver_references(self, step: int, _running: _Running, fields: Mapping[str, Any]) -> None:
        self._references(step, f"driver {fields.get('driver')}", int(fields["count"]))

    def _pdl_references(self, step: int, _running: _Running, fields: Mapping[str, Any]) -> None:
        self._references(step, f"port data lock of {fields.get('port')}", int(fields["count"]))

    def _references(self, step: int, what: str, count: int) -> None:
        kind: _ValueKind = "number" if what.startswith("driver") else "quiet"
        self._row(REFERENCES, what, ("count", "", kind)).values[0].set(step, count)

    # --- ports ---

    def _port_lane(self, port: str) -> Lane:
        lane = self._port_lanes.get(port)
        if lane is None:
            lane = self._port_lanes[port] = self._lane("Ports", port)
        return lane

    def _port_row(self, port: str) -> Row:
        return self._row(PORTS, port, ("state", "", "text"), ("jobs", "jobs in flight", "quiet"))

    def _port_state(self, step: int, port: object, state: str) -> None:
        if isinstance(port, str):
            self._port_row(port).values[0].set(step, state)

    def _port_open(self, step: int, _running: _Running, fields: Mapping[str, Any]) -> None:
        port = str(fields.get("port"))
        self._opened.add(port)
        lane = self._port_lane(port)
        lane.life = (lane.rows[0][0].begin if lane.rows else step, NOBODY)
        self._port_state(step, port, "open")

    def _port_exit(self, step: int, _running: _Running, fields: Mapping[str, Any]) -> None:
        self._port_state(step, fields.get("port"), "closing")

    def _port_terminate(self, step: int, _running: _Running, fields: Mapping[str, Any]) -> None:
        port = str(fields.get("port"))
        lane = self._port_lane(port)
        lane.life = (lane.life[0] if lane.life else NOBODY, step)
        self._port_state(step, port, _GONE if self._port_row(port).values[1].last else "")
        self._end_busy(step, port)

    def _port_busy(self, step: int, _running: _Running, fields: Mapping[str, Any]) -> None:
        port = str(fields.get("port"))
        if port in self._busy:
            return
        texts = self.model.texts
        slice_ = self._busy[port] = Slice(step, texts.number("busy"), Kind.BUSY, texts.number(port))
        self._port_lane(port).busy.append(slice_)
        self._port_state(step, port, "busy")

    def _port_not_busy(self, step: int, _running: _Running, fields: Mapping[str, Any]) -> None:
        port = str(fields.get("port"))
        state = self._port_row(port).values[0]
        if self._end_busy(step, port) and state.last == self.model.texts.number("busy"):
            state.set(step, "open")

    def _end_busy(self, step: int, port: str) -> bool:
        slice_ = self._busy.pop(port, None)
        if slice_ is not None:
            slice_.end = step
        return slice_ is not None

    # --- locks ---

    def _lock_row(self, lock: str) -> Row:
        return self._row(LOCKS, lock, ("holder", "", "text"), ("waiting", "waiting", "quiet"))

    def _lock_contended(self, step: int, running: _Running, fields: Mapping[str, Any]) -> None:
        lock = _lock_of(fields)
        lane = self._lane("Locks", lock)
        slice_ = Slice(step, running.lane.thread, Kind.WAITING)
        lane.put(slice_, lane.free_row(step, 1))
        running.waiting = (lock, slice_)
        self._lock_row(lock).values[1].add(step, 1)

    def _end_waiting(self, step: int, running: _Running) -> None:
        assert running.waiting is not None
        lock, slice_ = running.waiting
        slice_.end = step
        running.waiting = None
        self._lock_row(lock).values[1].add(step, -1)

    def _lock_acquire(self, step: int, running: _Running, fields: Mapping[str, Any]) -> None:
        lock = _lock_of(fields)
        if running.waiting is not None:
            self._end_waiting(step, running)
        lane = self._lane("Locks", lock)
        slice_ = self._holds[lane.label, running.lane.label] = Slice(step, running.lane.thread, Kind.HELD)
        lane.put(slice_, lane.free_row(step))
        lane.steps.append(step)
        self._holder(step, lock)

    def _lock_release(self, step: int, running: _Running, fields: Mapping[str, Any]) -> None:
        lock = _lock_of(fields)
        slice_ = self._holds.pop((lock, running.lane.label), None)
        if slice_ is not None:
            slice_.end = step
            self._lane("Locks", lock).steps.append(step)
            self._holder(step, lock)

    def _holder(self, step: int, lock: str) -> None:
        holders = [thread for held, thread in self._holds if held == lock]
        self._lock_row(lock).values[0].set(step, ", ".join(holders))


def _lock_of(fields: Mapping[str, Any]) -> str:
    """Return a lock's class and, if there are several of its class, which one it is."""
    name = fields.get("name")
    return f"{fields['lock']} {name}" if name else str(fields["lock"])


@cache
def _number_of(name: str) -> int:
    """Return the number at the end of a name such as ``async_3`` or ``scheduler 1``."""
    digits = re.search(r"\d+$", name)
    return int(digits[0]) if digits else NOBODY


def _natural(text: str) -> tuple[str | int, ...]:
    """A key that sorts ``async_2`` before ``async_10``."""
    return tuple(int(piece) if index % 2 else piece for index, piece in enumerate(re.split(r"(\d+)", text)))
