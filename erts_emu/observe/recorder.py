"""The recorder: probes on an emulator's tracepoints that write records of 32 bytes.

What can be worked out afterwards is not written: the lengths of thread queues and ready queues, the references that
jobs hold, the begin of ready_async. So one async job costs five records, from which a reader gets some fifteen events.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.observe.recording import Recording
from erts_emu.observe.records import (
    ASYNC_LANES,
    CALLBACKS,
    OTHER_LANES,
    SERIAL_SHIFT,
    Code,
    Tables,
)
from erts_emu.observe.tape import StoredTape, Tape, make_tape
from erts_emu.terms import NotATerm, Pid, PortId, format_w

if TYPE_CHECKING:
    from erts_emu import Emulator
    from erts_emu.trace import Tracepoint

NUMBERS: Final = {name: number for number, name in enumerate(CALLBACKS)}
_LONGEST_REASON: Final = 200


@final
class Recorder:
    """Records one emulator, from ``start`` to ``stop`` or as a context manager that gives the recording.

    Works on real and on simulated threads, on an emulator at rest or at work. The recording can be read at any time,
    also while it grows. Probes run on the recorded threads; the records are in the order in which they were written.
    With real threads the native bridge writes the records, where it is installed and *compiled* is true.
    """

    def __init__(self, emulator: Emulator, *, compiled: bool = True) -> None:
        self._emulator = emulator
        self._compiled = compiled
        self._layer: Any = emulator.layer
        self._tables = Tables()
        self._strings: dict[str, int] = {}
        self._others: dict[str, int] = {}
        self._locks: dict[Any, int] = {}
        self._adding = threading.Lock()
        self._attached: list[tuple[str, Tracepoint]] = []
        self._started = False
        self._tape: Tape = StoredTape(b"")
        self.recording = Recording(self._tables, self._tape)

    def __repr__(self) -> str:
        return f"<Recorder {'running' if self._attached else 'stopped'}, {len(self.recording)} records>"

    def __enter__(self) -> Recording:
        self.start()
        return self.recording

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Begin, once. Raises ``RuntimeError`` if the recorder has been started before."""
        if self._started:
            raise RuntimeError("a recorder records once: make another one")
        self._started = True
        callbacks = dict(NUMBERS)
        if self._emulator.async_pool.size:
            del callbacks["ready_async"]  # a job says so itself; without threads there are no jobs
        self._tape, frequent = make_tape(self._layer, self._compiled, self._lane, self._string, callbacks)
        self.recording._tape = self._tape
        self._describe()
        for name, probe in (self._probes() | frequent).items():
            self._emulator.trace.attach(name, probe)
            self._attached.append((name, probe))

    def stop(self) -> None:
        """Record no more. Idempotent."""
        while self._attached:
            self._emulator.trace.detach(*self._attached.pop())
        self._tape.close()

    # --- what there is at the beginning ---

    def _describe(self) -> None:
        emulator = self._emulator
        tables = self._tables
        tables.clock = emulator.layer.kind
        tables.observed_locks = emulator.locks.observes
        tables.async_threads = emulator.async_pool.size
        tables.schedulers = len(emulator.schedulers)
        tables.lanes.update({scheduler.id: scheduler.name for scheduler in emulator.schedulers})
        for thread in emulator.async_pool.threads:
            tables.lanes[ASYNC_LANES + thread.number] = thread.name
            self._others[thread.name] = ASYNC_LANES + thread.number
        for scheduler in emulator.schedulers:
            tables.run_queues[scheduler.id] = scheduler.runq.length
        for driver in list(emulator.ddll.drivers):
            self._driver(driver)
            if driver.handle is not None:
                tables.references[driver.name] = driver.handle.refc
        for port in emulator.ports.all():
            self._port(port)
        for process in list(emulator.processes):
            self._process(process)

    def _driver(self, driver: Any) -> str:
        name: str = driver.name
        self._tables.shared_locks.setdefault(name, driver.lock is not None)
        return name

    def _port(self, port: Any) -> int:
        number: int = port.id.number
        if number not in self._tables.ports:
            self._tables.ports[number] = (port.name, self._driver(port.driver))
        return number

    def _process(self, process: Any) -> int:
        number = _pid_number(process.pid)
        if number not in self._tables.processes:
            self._tables.processes[number] = process.label
        return number

    def _string(self, text: str) -> int:
        number = self._strings.get(text)
        return self._add(self._strings, text, self._tables.strings, text) if number is None else number

    def _reason(self, reason: Any) -> int:
        return self._string(_reason_text(reason))

    def _lock(self, lock: Any) -> int:
        number = self._locks.get(lock)
        if number is None:
            entry = (lock.name, "" if lock.ident is None else str(lock.ident))
            number = self._add(self._locks, lock, self._tables.locks, entry)
        return number

    def _add(self, known: dict[Any, int], key: Hashable, table: list[Any], entry: Any) -> int:
        """Give the next number of a table to *key*, unless another thread has just done so."""
        with self._adding:
            number = known.get(key)
            if number is None:
                number = known[key] = len(table)
                table.append(entry)
            return number

    def _other_lane(self, name: str) -> int:
        lane = self._others.get(name)
        if lane is None:
            with self._adding:
                lane = self._others.setdefault(name, OTHER_LANES + len(self._others))
                self._tables.lanes[lane] = name
        return lane

    def _lane(self) -> int:
        """The lane of the calling thread."""
        tsd = self._layer.tsd
        scheduler = tsd.scheduler
        if scheduler is not None:
            number: int = scheduler.id
            return number
        return self._other_lane(tsd.name)

    # --- the probes, but for the most frequent ones, which come with the tape ---

    def _probes(self) -> dict[str, Tracepoint]:
        return self._driver_probes() | self._port_probes() | self._process_probes() | self._counting_probes()

    def _driver_probes(self) -> dict[str, Tracepoint]:
        put = self._tape.put
        lane = self._lane

        def driver_start(port: Any, driver: Any) -> None:
            put(Code.CALLBACK, lane(), NUMBERS["start"], self._port(port))

        def of_driver(number: int) -> Tracepoint:
            def probe(driver: Any, **_: Any) -> None:
                put(Code.CALLBACK, lane(), number, -1 - self._string(self._driver(driver)))

            return probe

        def driver_async_free(job: Any, data: Any) -> None:
            put(Code.FREE, lane(), *_freed(job))

        def driver_async_free_return(job: Any) -> None:
            put(Code.FREE_RETURN, lane(), *_freed(job))

        return {
            "driver_start": driver_start,
            "driver_async_free": driver_async_free,
            "driver_async_free_return": driver_async_free_return,
            **{f"driver_{name}": of_driver(NUMBERS[name]) for name in ("init", "finish", "stop_select")},
        }

    def _port_probes(self) -> dict[str, Tracepoint]:
        put = self._tape.put
        lane = self._lane

        def port_open(port: Any, driver: Any, process: Any) -> None:
            put(Code.PORT_OPEN, lane(), self._port(port), self._process(process))

        def port_exit(port: Any, reason: Any) -> None:
            put(Code.PORT_EXIT, lane(), port.id.number, self._reason(reason))

        def port_connect(port: Any, process: Any) -> None:
            put(Code.PORT_CONNECT, lane(), port.id.number, _pid_number(process))

        def port_alone(code: int) -> Tracepoint:
            def probe(port: Any) -> None:
                put(code, lane(), port.id.number, 0)

            return probe

        return {
            "port_open": port_open,
            "port_exit": port_exit,
            "port_connect": port_connect,
            "port_busy": port_alone(Code.PORT_BUSY),
            "port_not_busy": port_alone(Code.PORT_NOT_BUSY),
            "port_terminate": port_alone(Code.PORT_TERMINATE),
        }

    def _process_probes(self) -> dict[str, Tracepoint]:
        put = self._tape.put
        lane = self._lane

        def process_spawn(process: Any) -> None:
            put(Code.PROCESS_SPAWN, lane(), self._process(process), 0)

        def process_exit(process: Any, reason: Any) -> None:
            put(Code.PROCESS_EXIT, lane(), self._process(process), self._reason(reason))

        def process_scheduled(process: Any, scheduler: Any) -> None:
            put(Code.PROCESS_SCHEDULED, scheduler.id, self._process(process), 0)

        def process_unscheduled(process: Any, scheduler: Any) -> None:
            put(Code.PROCESS_UNSCHEDULED, scheduler.id, self._process(process), 0)

        def message_send(sender: Any, receiver: Any, message: Any) -> None:
            put(Code.MESSAGE_SEND, lane(), self._process(sender), self._process(receiver))

        return {
            "process_spawn": process_spawn,
            "process_exit": process_exit,
            "process_scheduled": process_scheduled,
            "process_unscheduled": process_unscheduled,
            "message_send": message_send,
        }

    def _counting_probes(self) -> dict[str, Tracepoint]:
        put = self._tape.put
        lane = self._lane

        def driver_references(handle: Any, count: int) -> None:
            put(Code.DRIVER_REFERENCES, lane(), self._string(handle.name), count)

        def pdl_references(pdl: Any, count: int) -> None:
            put(Code.PDL_REFERENCES, lane(), pdl.port.number, count)

        def of_lock(code: int) -> Tracepoint:
            def probe(lock: Any) -> None:
                put(code, lane(), self._lock(lock), 0)

            return probe

        return {
            "driver_references": driver_references,
            "pdl_references": pdl_references,
            "lock_acquire": of_lock(Code.LOCK_ACQUIRE),
            "lock_contended": of_lock(Code.LOCK_CONTENDED),
            "lock_release": of_lock(Code.LOCK_RELEASE),
        }


def _pid_number(pid: Pid) -> int:
    return pid.number | pid.serial << SERIAL_SHIFT


def _freed(job: Any) -> tuple[int, int]:
    """The numbers of a job, or of a port that has run one without async threads."""
    port: PortId = getattr(job, "port", None) or job.id
    return getattr(job, "async_id", 0), port.number


def _reason_text(reason: Any) -> str:
    try:
        text = format_w(reason)
    except NotATerm:
        text = repr(reason)
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}..."
