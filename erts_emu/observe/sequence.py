"""Message-sequence diagrams: the life of one async job, and the life of one port.

A :class:`Diagram` is what there is to draw; :mod:`erts_emu.observe.sequence_svg` and ``sequence_mermaid`` draw it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal, final

from attrs import Factory, define, frozen

from erts_emu.observe.recording import Event, Recording

Kind = Literal["process", "port", "queue", "thread"]

PORT_LIMIT: Final = 100
"""The rows of a port's diagram; what happened later is only counted."""
MESSAGES: Final = 3
"""The messages of one callback that are drawn in a job's diagram; the others are counted."""
_BESIDE: Final = frozenset(("driver_return", "lock_acquire", "lock_release", "port_send"))
"""What belongs to a job's picture although it names no job, while its thread is at that job."""
_ASKED_FOR: Final = frozenset(("start", "output", "outputv", "control", "call"))
"""The callbacks that a process asks for. All others the emulator calls on its own."""


@final
@frozen
class Lifeline:
    """A column: who takes part."""

    key: str
    title: str
    subtitle: str
    kind: Kind


@final
@frozen
class Row:
    """Something that happens, at one height of the diagram.

    ``message``: from *source* to *target*; ``begin`` and ``end`` of an activity on *source*, or with kind ``lock`` and
    ``unlock`` of holding a lock; ``remark`` and ``note``: words beside and on *source*; ``gone``: the end of *source*;
    ``more``: a line of text.
    """

    kind: Literal["message", "begin", "end", "lock", "unlock", "remark", "note", "gone", "more"]
    when: str
    source: str = ""
    target: str = ""
    text: str = ""
    detail: str = ""


@final
@define
class Diagram:
    """What there is to draw."""

    title: str
    subtitle: str
    lifelines: list[Lifeline]
    rows: list[Row] = Factory(list)


class NotRecorded(LookupError):
    """The recording has no such job or port; the message says which there are."""


class _Life:
    """What jobs and ports have in common: they are pictures."""

    def diagram(self) -> Diagram:
        """Return what there is to draw."""
        raise NotImplementedError

    def svg(self) -> str:
        """Return the diagram as an SVG image: self-contained, in the reader's light or dark scheme."""
        from erts_emu.observe.sequence_svg import svg_of

        return svg_of(self.diagram())

    def mermaid(self) -> str:
        """Return the diagram as Mermaid text."""
        from erts_emu.observe.sequence_mermaid import mermaid_of

        return mermaid_of(self.diagram())

    def _repr_svg_(self) -> str:
        return self.svg()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"image/svg+xml": self.svg(), "text/plain": repr(self)}


@final
class JobLife(_Life):
    """One async job in a recording, from ``driver_async`` to the end of ready_async."""

    def __init__(self, recording: Recording, number: int) -> None:
        self.number = number
        self._clock = recording.clock
        self._events = list(_around_job(recording.events(), number))
        asked = next((event for event in self._events if event.name == "driver_async"), None)
        if asked is None:
            raise NotRecorded(f"no job {number} was asked for in this recording: {_known_jobs(recording)}")
        self.port: str = asked.fields["port"]
        self.driver: str = asked.fields["driver"]
        self.async_thread: str = asked.fields["async_thread"]
        self.scheduler = asked.thread
        self.owner = _owner(recording.events(), self.port)

    def __repr__(self) -> str:
        return f"<Job {self.number} of {self.port} {self.driver}, {len(self._events)} events>"

    @property
    def events(self) -> tuple[Event, ...]:
        """What concerns the job: its stations, and the callbacks that asked for it and got its result."""
        return tuple(self._events)

    def diagram(self) -> Diagram:
        return _JobDrawing(self, self._events, self._clock).draw()


@final
class PortLife(_Life):
    """One port in a recording: its callbacks, jobs and messages, from start to stop."""

    def __init__(self, recording: Recording, port: str) -> None:
        if port not in recording.ports:
            known = ", ".join(recording.ports) or "none"
            raise NotRecorded(f"no port {port} in this recording: there are {known}")
        self.port = port
        self.name, self.driver = recording.ports[port]
        self._clock = recording.clock
        self._events = [event for event in recording.events() if _concerns_port(event, port)]
        self.owner = _owner(self._events, port)

    def __repr__(self) -> str:
        return f"<Life of {self.port} {self.driver}, {len(self._events)} events>"

    @property
    def events(self) -> tuple[Event, ...]:
        """What concerns the port."""
        return tuple(self._events)

    def diagram(self) -> Diagram:
        return _PortDrawing(self, self._events, self._clock).draw()


def _known_jobs(recording: Recording) -> str:
    numbers = recording.jobs
    if not numbers:
        return "there are none"
    return f"the {len(numbers)} that were have numbers from {min(numbers)} to {max(numbers)}"


def _owner(events: Iterable[Event], port: str) -> str:
    """The process that a port belongs to, as far as the recording tells."""
    for event in events:
        if event.name in ("port_open", "port_connect", "port_send") and event.fields["port"] == port:
            found: str = event.fields["process"]
            return found
    return ""


def _is_callback(event: Event) -> bool:
    return event.name == "driver_ready_async" or (event.name != "driver_return" and "callback" in event.fields)


def _around_job(events: Iterable[Event], number: int) -> Iterator[Event]:
    """Yield the events of a job, those of the callback that asks for it, and what ready_async does.

    Of the two threads that hold the port's lock for it, everything in between belongs to it, too, as far as it is about
    this job or this port.
    """
    before: dict[str, list[Event]] = {}
    inside: set[str] = set()
    for event in events:
        thread = event.thread
        about = event.fields.get("job", event.fields.get("moved"))
        if about == number:
            if event.name == "driver_async":
                yield from before.get(thread, ())
            yield event
            if event.name in ("driver_async", "driver_ready_async", "aio_ready"):
                inside.add(thread)
            elif event.name == "aio_done":
                inside.discard(thread)
        elif thread in inside:
            if about is None and (event.name in _BESIDE or _is_callback(event)):
                yield event
            if event.name == "lock_release" and event.fields["lock"] in ("port_lock", "driver_lock"):
                inside.discard(thread)
        else:
            _remember(before, event)


def _remember(before: dict[str, list[Event]], event: Event) -> None:
    """Keep, for each thread, what has happened since it took a port's lock."""
    if event.name == "lock_acquire" and event.fields["lock"] in ("port_lock", "driver_lock"):
        before[event.thread] = [event]
    elif event.name == "lock_release" and event.fields["lock"] in ("port_lock", "driver_lock"):
        before.pop(event.thread, None)
    elif event.thread in before and (_is_callback(event) or event.name in ("driver_return", "driver_references")):
        before[event.thread].append(event)


def _concerns_port(event: Event, port: str) -> bool:
    fields = event.fields
    return fields.get("port") == port or (event.name.startswith("lock_") and fields["name"] == port)


class _Drawing:
    """Collects rows."""

    def __init__(self, clock: str) -> None:
        self.simulated = clock == "simulated"
        self.rows: list[Row] = []
        self.first: int | None = None
        self.now = ""

    def moment(self, event: Event) -> None:
        """From now on rows happen when *event* does: microseconds since the first, or the step."""
        if self.first is None:
            self.first = event.time_ns
        self.now = f"step {event.step}" if self.simulated else duration(event.time_ns - self.first)

    def message(self, source: str, target: str, text: str, detail: str = "") -> None:
        self.rows.append(Row("message", self.now, source, target, text, detail))

    def begin(self, where: str, text: str = "", detail: str = "") -> None:
        self.rows.append(Row("begin", self.now, where, text=text, detail=detail))

    def end(self, where: str) -> None:
        self.rows.append(Row("end", self.now, where))

    def note(self, where: str, text: str) -> None:
        self.rows.append(Row("note", self.now, where, text=text))

    def lock(self, where: str, *, taken: bool) -> None:
        self.rows.append(Row("lock" if taken else "unlock", self.now, where))


@final
class _JobDrawing(_Drawing):
    """Draws one job: process, port, input queue, async thread, ready queue."""

    def __init__(self, job: JobLife, events: list[Event], clock: str) -> None:
        super().__init__(clock)
        self.job = job
        self.events = events
        self.references = ""
        self.sent = 0
        self.moments: dict[str, int] = {}

    def draw(self) -> Diagram:
        for event in self.events:
            self.moment(event)
            self.moments.setdefault(event.name, event.time_ns)
            self._row(event)
        job = self.job
        number = job.scheduler.rsplit(" ", 1)[-1]
        lifelines = [
            Lifeline("process", job.owner or "process", "owner", "process"),
            Lifeline("port", job.port, job.driver, "port"),
            Lifeline("input", "input queue", f"of {job.async_thread}", "queue"),
            Lifeline("thread", job.async_thread, "async thread", "thread"),
            Lifeline("ready", "ready queue", f"of scheduler {number}", "queue"),
        ]
        return Diagram(f"Async job {job.number} of {job.port}", self._summary(), lifelines, self.rows)

    def _summary(self) -> str:
        if self.simulated:
            return f"{self.job.driver}, on simulated threads: the numbers are steps"
        stations = ("driver_async", "driver_async_invoke", "driver_async_invoke_return", "aio_ready")
        if not all(name in self.moments for name in stations):
            return self.job.driver
        asked, invoked, returned, ready = (self.moments[name] for name in stations)
        waited, worked, stood = (duration(t) for t in (invoked - asked, returned - invoked, ready - returned))
        return f"{self.job.driver}: {waited} in the input queue, {worked} at work, {stood} in the ready queue"

    def _row(self, event: Event) -> None:
        fields = event.fields
        name = event.name
        if name == "lock_acquire" and fields["lock"] in ("port_lock", "driver_lock"):
            self.lock("port", taken=True)
        elif name == "lock_release" and fields["lock"] in ("port_lock", "driver_lock"):
            self.lock("port", taken=False)
        elif name == "driver_references":
            self._count(fields["count"])
        elif name == "driver_async":
            self.message("port", "input", f"driver_async, job {fields['job']}", self.references)
            self.references = ""
        elif name == "aio_pool_get":
            self.message("input", "thread", "takes the job")
        elif name == "driver_async_invoke":
            self.begin("thread", "async_invoke", "holds no lock")
        elif name == "driver_async_invoke_return":
            self.end("thread")
        elif name == "queue_length":
            self._queue(fields["queue"], fields["length"])
        elif name == "aio_ready":
            self.message("ready", "port", "finished job", f"{event.thread}, aux work")
        elif name == "port_send":
            self.sent += 1
            if self.sent <= MESSAGES:
                self.message("port", "process", "message to the owner")
        elif name == "driver_async_free":
            self.begin("port", "async_free", event.thread)
        elif name in ("driver_async_free_return", "driver_return"):
            if self.sent > MESSAGES:
                self.note("port", f"{_counted(self.sent - MESSAGES, 'more message')}")
            self.sent = 0
            self.end("port")
        elif _is_callback(event):
            self._callback(event)

    def _callback(self, event: Event) -> None:
        callback = event.fields.get("callback", "ready_async")
        if callback in _ASKED_FOR:
            self.message("process", "port", callback, f"on {event.thread}")
            self.begin("port")
        else:
            self.begin("port", callback, f"on {event.thread}")

    def _count(self, count: int) -> None:
        if any(row.text.startswith("driver_async") for row in self.rows):
            self.note("port", f"driver references: {count}")
        else:
            self.references = f"driver references: {count}"

    def _queue(self, queue: str, length: int) -> None:
        jobs = "empty" if length == 0 else f"{length} job{'' if length == 1 else 's'}"
        if queue.startswith("ready") and not any(row.target == "ready" for row in self.rows):
            self.message("thread", "ready", "done", "async_enq_mtx")
        if queue.startswith("ready"):
            self.note("ready", jobs)
        elif queue == self.job.async_thread:
            self.note("input", jobs)


@final
class _PortDrawing(_Drawing):
    """Draws one port: its owner, itself, and the async threads that work for it."""

    def __init__(self, port: PortLife, events: list[Event], clock: str) -> None:
        super().__init__(clock)
        self.port = port
        self.events = events
        self.homes: dict[int, str] = {}

    def draw(self) -> Diagram:
        threads = sorted({event.thread for event in self.events if event.name == "driver_async_invoke"}, key=_by_number)
        for index, event in enumerate(self.events):
            if len(self.rows) >= PORT_LIMIT:
                left = len(self.events) - index
                self.rows.append(Row("more", "", text=f"and {left} more events"))
                break
            self.moment(event)
            self._row(event)
        lifelines = [
            Lifeline("process", self.port.owner or "process", "owner", "process"),
            Lifeline("port", self.port.port, self.port.driver, "port"),
            *(Lifeline(thread, thread, "async thread", "thread") for thread in threads),
        ]
        jobs = sum(event.name == "driver_async" for event in self.events)
        callbacks = sum(map(_is_callback, self.events))
        return Diagram(
            f"The life of {self.port.port}",
            f"{self.port.driver}: {_counted(callbacks, 'callback')}, {_counted(jobs, 'async job')}",
            lifelines,
            self.rows,
        )

    def _row(self, event: Event) -> None:
        fields = event.fields
        name = event.name
        if name == "lock_acquire" and fields["lock"] == "port_lock":
            self.lock("port", taken=True)
        elif name == "lock_release" and fields["lock"] == "port_lock":
            self.lock("port", taken=False)
        elif name == "lock_contended" and fields["lock"] == "port_lock":
            self.note("port", f"{event.thread} waits for the lock")
        elif name == "driver_async":
            self.homes[fields["job"]] = fields["async_thread"]
            self.rows.append(Row("remark", self.now, "port", text=f"driver_async, job {fields['job']}"))
        elif name == "driver_async_invoke":
            self.message("port", event.thread, f"job {fields['job']}")
            self.begin(event.thread)
        elif name == "driver_async_invoke_return":
            self.end(event.thread)
        elif name == "driver_ready_async":
            home = self.homes.get(fields["job"], "")
            self.message(home or "port", "port", f"ready_async, job {fields['job']}", f"on {event.thread}")
            self.begin("port")
        elif name in ("driver_return", "driver_async_free_return"):
            self.end("port")
        elif _is_callback(event):
            self._callback(event)
        else:
            self._event(event)

    def _callback(self, event: Event) -> None:
        callback = event.fields["callback"]
        if callback in _ASKED_FOR:
            self.message("process", "port", callback, f"on {event.thread}")
            self.begin("port")
        else:
            self.begin("port", callback, f"on {event.thread}")

    def _event(self, event: Event) -> None:
        fields = event.fields
        name = event.name
        if name == "port_send":
            self.message("port", "process", "message" if fields["process"] == self.port.owner else fields["process"])
        elif name == "port_exit":
            self.note("port", f"exit: {fields['reason']}")
        elif name == "port_terminate":
            self.rows.append(Row("gone", self.now, "port"))
        elif name == "port_connect":
            self.note("port", f"new owner {fields['process']}")
        elif name == "pdl_references":
            self.note("port", f"port data lock references: {fields['count']}")
        elif name == "driver_async_free":
            self.begin("port", f"async_free, job {fields['job']}", f"on {event.thread}")
        elif name in ("port_busy", "port_not_busy", "port_open"):
            self.note("port", _STATES[name])


_STATES: Final = {"port_busy": "busy", "port_not_busy": "busy no more", "port_open": "open"}


def _by_number(thread: str) -> tuple[int, str]:
    digits = thread.rsplit("_", 1)[-1]
    return (int(digits) if digits.isdecimal() else 0, thread)


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def duration(nanoseconds: int) -> str:
    """A duration for people: about three figures, and a unit."""
    if nanoseconds < 1000:
        return f"{nanoseconds} ns"
    value, unit = nanoseconds / 1000, "µs"
    for larger in ("ms", "s"):
        if value >= 1000:
            value, unit = value / 1000, larger
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:.{digits}f} {unit}"
