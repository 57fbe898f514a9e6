"""From records to events: what the recorder left out is worked out here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, final

from erts_emu.observe.recording import BadRecording, Event
from erts_emu.observe.records import (
    CALLBACKS,
    LANE_MASK,
    LANE_SHIFT,
    PORT_MASK,
    RECORD,
    SCHEDULER_SHIFT,
    SERIAL_SHIFT,
    STEP_SHIFT,
    THREAD_SHIFT,
    Code,
    Tables,
)

_HOLDERS: Final = ("port_lock", "driver_lock")
"""The lock classes of which one is held in a callback of a port."""

Found = list[tuple[str, dict[str, Any]]]


def decode(tables: Tables, records: bytes) -> Iterator[Event]:
    """Yield the events of *records*, in their order.

    Times never go back: a real thread may lose its turn between reading the clock and writing the record. Raises
    ``BadRecording`` where a record makes no sense.
    """
    decoder = _Decoder(tables, _completed(records))
    lanes = tables.lanes
    start = lanes.get(1, "scheduler 1")
    for name, fields in decoder.beginning():
        yield Event(0, start, name, fields)
    latest = 0
    for index, (time, head, a, b) in enumerate(RECORD.iter_unpack(records)):
        latest = max(latest, time)
        lane = head >> LANE_SHIFT & LANE_MASK
        step = head >> STEP_SHIFT
        try:
            thread = lanes[lane]
            found = decoder.events(index, head & 0xFF, lane, a, b)
        except (KeyError, IndexError) as error:
            raise BadRecording(f"record {index} is damaged: head {head:#x}, a {a}, b {b}") from error
        for name, fields in found:
            yield Event(latest, thread, name, fields, step)


def _completed(records: bytes) -> set[int]:
    """Find the records that begin jobs whose ready_async was called: the later record DONE says so."""
    completed = set()
    latest: dict[int, int] = {}
    for index, (_, head, _, b) in enumerate(RECORD.iter_unpack(records)):
        code = head & 0xFF
        lane = head >> LANE_SHIFT & LANE_MASK
        if code == Code.DONE and b & 1:
            completed.add(latest.pop(lane, -1))
        if code == Code.READY or (code == Code.DONE and b > 1):
            latest[lane] = index
    return completed


@final
class _Decoder:
    """Follows queues, reference counts and locks through the records."""

    def __init__(self, tables: Tables, completed: set[int]) -> None:
        self._tables = tables
        self._completed = completed
        self._queues: dict[str, int] = {}
        self._references = dict(tables.references)
        self._jobs: dict[int, int] = {}
        """Job to what its record ASYNC has as b: its port, its thread, its scheduler."""
        self._completing: dict[int, dict[str, Any]] = {}
        self._waiting: dict[int, dict[str, Any]] = {}
        self._replying: dict[int, int] = {}
        self._held: dict[int, list[tuple[str, str]]] = {}
        self._decoders: dict[int, Callable[[Found, int, int, int, int], None]] = {
            Code.ASYNC: self._async,
            Code.INVOKE: self._invoke,
            Code.INVOKE_RETURN: self._invoke_return,
            Code.READY: self._ready,
            Code.DONE: self._done,
            Code.FREE: self._free,
            Code.FREE_RETURN: self._free_return,
            Code.CALLBACK: self._callback,
            Code.CALLBACK_RETURN: self._callback_return,
            Code.PORT_EXIT: self._port_exit,
            Code.PROCESS_EXIT: self._process_exit,
            Code.MESSAGE_SEND: self._message_send,
            Code.RUN_QUEUE_LENGTH: self._run_queue_length,
            Code.DRIVER_REFERENCES: self._driver_references,
            Code.PDL_REFERENCES: self._pdl_references,
            Code.LOCK_ACQUIRE: self._lock_acquire,
            Code.LOCK_CONTENDED: self._lock_contended,
            Code.LOCK_RELEASE: self._lock_release,
            Code.READY_BATCH: self._ready_batch,
        }
        for code in (Code.PORT_OPEN, Code.PORT_CONNECT, Code.PORT_SEND):
            self._decoders[code] = self._port_and_process(code.name.lower())
        for code in (
            Code.PORT_TERMINATE, Code.PORT_BUSY, Code.PORT_NOT_BUSY, Code.PORT_SCHEDULED, Code.PORT_UNSCHEDULED,
        ):  # fmt: skip
            self._decoders[code] = self._of_port(code.name.lower())
        for code in (Code.PROCESS_SPAWN, Code.PROCESS_SCHEDULED, Code.PROCESS_UNSCHEDULED):
            self._decoders[code] = self._of_process(code.name.lower())

    def beginning(self) -> Found:
        """What there was when the recording began."""
        found: Found = [
            ("queue_length", {"queue": f"run_queue {number}", "length": length})
            for number, length in self._tables.run_queues.items()
        ]
        found += [
            ("driver_references", {"driver": driver, "count": count}) for driver, count in self._references.items()
        ]
        return found

    def events(self, index: int, code: int, lane: int, a: int, b: int) -> Found:
        """The events of one record."""
        found: Found = []
        self._decoders[code](found, index, lane, a, b)
        return found

    # --- texts ---

    def _driver_of(self, port: int) -> str:
        known = self._tables.ports.get(port)
        return "" if known is None else known[1]

    def _port_fields(self, port: int) -> dict[str, Any]:
        return {"port": _port_text(port), "driver": self._driver_of(port)}

    def _job_fields(self, job: int) -> dict[str, Any]:
        """Of a job that was asked for before the recording began, the port is not known."""
        known = self._jobs.get(job)
        port = {"port": "", "driver": ""} if known is None else self._port_fields(known & PORT_MASK)
        return {"job": job, **port}

    # --- async jobs ---

    def _count(self, found: Found, queue: str, change: int, job: int) -> None:
        length = self._queues[queue] = max(0, self._queues.get(queue, 0) + change)
        found.append(("queue_length", {"queue": queue, "length": length, "moved": job}))

    def _home(self, job: int, default: int) -> int:
        """The scheduler in whose ready queue a job is put."""
        known = self._jobs.get(job)
        return default if known is None else known >> SCHEDULER_SHIFT

    def _async(self, found: Found, _index: int, _lane: int, job: int, b: int) -> None:
        thread = b >> THREAD_SHIFT & 0xFFFF
        self._jobs[job] = b
        fields = self._job_fields(job)
        driver = fields["driver"]
        if driver in self._references:
            self._references[driver] += 1
            found.append(("driver_references", {"driver": driver, "count": self._references[driver]}))
        queue = f"async_{thread}"
        found.append(("driver_async", {**fields, "async_thread": queue}))
        self._count(found, queue, 1, job)

    def _invoke(self, found: Found, _index: int, lane: int, job: int, b: int) -> None:
        fields = self._job_fields(job)
        thread = self._tables.lanes[lane]
        found.append(("aio_pool_get", {**fields, "async_thread": thread}))
        self._count(found, thread, -1, job)
        found.append(("driver_async_invoke", fields))

    def _invoke_return(self, found: Found, _index: int, lane: int, job: int, _b: int) -> None:
        found.append(("driver_async_invoke_return", self._job_fields(job)))
        if self._tables.observed_locks:
            self._replying[lane] = job  # it stands in the ready queue when that one's lock is given back
        else:
            self._count(found, f"ready {self._home(job, 1)}", 1, job)

    def _ready(self, found: Found, index: int, lane: int, job: int, _b: int) -> None:
        fields = self._job_fields(job)
        queue = f"ready {self._home(job, lane)}"
        for thread in [thread for thread, replied in self._replying.items() if replied == job]:
            del self._replying[thread]  # taken before its thread has given the lock back
            self._count(found, queue, 1, job)
        self._count(found, queue, -1, job)
        found.append(("aio_ready", fields))
        if index not in self._completed:
            return
        if self._tables.observed_locks:
            self._waiting[lane] = fields  # for the port's lock: ready_async begins when that is taken
        else:
            self._take(found, lane, self._jobs.get(job, 0) & PORT_MASK)
            found.append(("driver_ready_async", fields))
            self._completing[lane] = fields

    def _done(self, found: Found, index: int, lane: int, job: int, b: int) -> None:
        fields = self._completing.pop(lane, None)
        if fields is not None:
            found.append(("driver_return", {"callback": "ready_async", **fields}))
            self._give_back(found, lane)
        found.append(("aio_done", {**self._job_fields(job), "completed": bool(b & 1)}))
        self._jobs.pop(job, None)
        if b > 1:
            self._ready(found, index, lane, b >> 1, 0)

    def _free(self, found: Found, _index: int, _lane: int, job: int, port: int) -> None:
        found.append(("driver_async_free", {"job": job, **self._port_fields(port)}))

    def _free_return(self, found: Found, _index: int, _lane: int, job: int, port: int) -> None:
        found.append(("driver_async_free_return", {"job": job, **self._port_fields(port)}))

    def _ready_batch(self, found: Found, _index: int, _lane: int, scheduler: int, jobs: int) -> None:
        found.append(("aio_ready_batch", {"scheduler": f"scheduler {scheduler}", "jobs": jobs}))

    # --- callbacks ---

    def _callback(self, found: Found, _index: int, lane: int, callback: int, b: int) -> None:
        name = CALLBACKS[callback]
        if b < 0:
            found.append((f"driver_{name}", {"callback": name, "driver": self._tables.strings[-1 - b]}))
            return
        self._take(found, lane, b)
        if name == "ready_async":  # without async threads: of no job
            found.append(("driver_ready_async", {"job": 0, **self._port_fields(b)}))
        else:
            found.append((f"driver_{name}", {"callback": name, **self._port_fields(b)}))

    def _callback_return(self, found: Found, _index: int, lane: int, callback: int, b: int) -> None:
        name = CALLBACKS[callback]
        if b < 0:
            found.append(("driver_return", {"callback": name, "driver": self._tables.strings[-1 - b]}))
            return
        job = {"job": 0} if name == "ready_async" else {}
        found.append(("driver_return", {"callback": name, **job, **self._port_fields(b)}))
        self._give_back(found, lane)

    # --- the locks of ports, where their events were not recorded ---

    def _take(self, found: Found, lane: int, port: int) -> None:
        """A callback of a port begins: its lock is held. Callbacks nest."""
        if self._tables.observed_locks:
            return
        driver = self._driver_of(port)
        shared = self._tables.shared_locks.get(driver, False)
        lock = ("driver_lock", driver) if shared else ("port_lock", _port_text(port))
        held = self._held.setdefault(lane, [])
        if lock not in held:
            found.append(("lock_acquire", {"lock": lock[0], "name": lock[1]}))
        held.append(lock)

    def _give_back(self, found: Found, lane: int) -> None:
        held = self._held.get(lane)
        if held:
            lock = held.pop()
            if lock not in held:
                found.append(("lock_release", {"lock": lock[0], "name": lock[1]}))

    # --- ports and processes ---

    def _of_port(self, name: str) -> Callable[[Found, int, int, int, int], None]:
        def decoder(found: Found, _index: int, _lane: int, port: int, _b: int) -> None:
            found.append((name, self._port_fields(port)))

        return decoder

    def _port_and_process(self, name: str) -> Callable[[Found, int, int, int, int], None]:
        def decoder(found: Found, _index: int, _lane: int, port: int, process: int) -> None:
            found.append((name, {**self._port_fields(port), "process": _process_text(process)}))

        return decoder

    def _of_process(self, name: str) -> Callable[[Found, int, int, int, int], None]:
        def decoder(found: Found, _index: int, _lane: int, process: int, _b: int) -> None:
            label = self._tables.processes.get(process, "")
            found.append((name, {"process": _process_text(process), "label": label}))

        return decoder

    def _port_exit(self, found: Found, _index: int, _lane: int, port: int, reason: int) -> None:
        found.append(("port_exit", {**self._port_fields(port), "reason": self._tables.strings[reason]}))

    def _process_exit(self, found: Found, _index: int, _lane: int, process: int, reason: int) -> None:
        found.append(("process_exit", {"process": _process_text(process), "reason": self._tables.strings[reason]}))

    def _message_send(self, found: Found, _index: int, _lane: int, sender: int, receiver: int) -> None:
        found.append(("message_send", {"sender": _process_text(sender), "receiver": _process_text(receiver)}))

    # --- counts and locks ---

    def _run_queue_length(self, found: Found, _index: int, _lane: int, scheduler: int, length: int) -> None:
        found.append(("queue_length", {"queue": f"run_queue {scheduler}", "length": length}))

    def _driver_references(self, found: Found, _index: int, _lane: int, driver: int, count: int) -> None:
        name = self._tables.strings[driver]
        self._references[name] = count
        found.append(("driver_references", {"driver": name, "count": count}))

    def _pdl_references(self, found: Found, _index: int, _lane: int, port: int, count: int) -> None:
        found.append(("pdl_references", {"port": _port_text(port), "count": count}))

    def _lock_event(self, lock: int) -> dict[str, Any]:
        kind, name = self._tables.locks[lock]
        return {"lock": kind, "name": name}

    def _lock_acquire(self, found: Found, _index: int, lane: int, lock: int, _b: int) -> None:
        fields = self._lock_event(lock)
        found.append(("lock_acquire", fields))
        if fields["lock"] in _HOLDERS and lane in self._waiting:
            job = self._completing[lane] = self._waiting.pop(lane)
            found.append(("driver_ready_async", job))

    def _lock_contended(self, found: Found, _index: int, _lane: int, lock: int, _b: int) -> None:
        found.append(("lock_contended", self._lock_event(lock)))

    def _lock_release(self, found: Found, _index: int, lane: int, lock: int, _b: int) -> None:
        fields = self._lock_event(lock)
        job = self._completing.get(lane)
        if job is not None and fields["name"] in (job["port"], job["driver"]) and fields["lock"] in _HOLDERS:
            found.append(("driver_return", {"callback": "ready_async", **self._completing.pop(lane)}))
        if fields["lock"] == "async_enq_mtx" and (replied := self._replying.pop(lane, None)) is not None:
            self._count(found, f"ready {self._home(replied, 1)}", 1, replied)
        found.append(("lock_release", fields))


def _port_text(number: int) -> str:
    return f"#Port<0.{number}>"


def _process_text(number: int) -> str:
    return f"<0.{number & (1 << SERIAL_SHIFT) - 1}.{number >> SERIAL_SHIFT}>"
