"""What a recorder writes to: records of 32 bytes, in the order in which they are written.

On real threads, where the native bridge is installed, the tape and its most frequent probes are written in C
(``native/c/tape.c``): the same records at a small part of the cost.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol, final

from erts_emu.native import BridgeMissing, bridge
from erts_emu.observe.records import (
    ASYNC_LANES,
    LANE_SHIFT,
    RECORD,
    SCHEDULER_SHIFT,
    SERIAL_SHIFT,
    STEP_SHIFT,
    THREAD_SHIFT,
    Code,
)

if TYPE_CHECKING:
    from erts_emu.trace import Tracepoint

OTHER_CALLBACKS: Final = frozenset(("init", "start", "finish", "stop_select"))
"""The callbacks whose beginnings are recorded in Python: they are rare."""


class Tape(Protocol):
    """The two kinds of tapes."""

    def put(self, code: int, lane: int, a: int, b: int, /) -> None:
        """Write a record. Any thread."""

    def records(self) -> bytes:
        """Return a copy of the records so far."""

    def close(self) -> None:
        """No more will come: let go of the recorder."""

    def __len__(self) -> int:
        """The number of records."""


@final
class PythonTape:
    """A tape for any kind of threads; with simulated ones, records carry the step."""

    def __init__(self, layer: Any) -> None:
        self._buffer = buffer = bytearray()
        self._lock = threading.Lock()
        extend = buffer.extend
        pack = RECORD.pack
        now = time.monotonic_ns if layer.kind == "real" else layer.monotonic  # without the layer's call in between
        began = now()
        lock = self._lock

        def put_at_step(code: int, lane: int, a: int, b: int) -> None:
            extend(pack(now() - began, code | lane << LANE_SHIFT | layer.steps << STEP_SHIFT, a, b))

        def put(code: int, lane: int, a: int, b: int) -> None:
            extend(pack(now() - began, code | lane << LANE_SHIFT, a, b))

        def put_alone(code: int, lane: int, a: int, b: int) -> None:
            with lock:
                put(code, lane, a, b)

        self.put: Callable[[int, int, int, int], None] = put
        if layer.kind == "simulated":
            self.put = put_at_step
        elif not _has_global_lock():
            self.put = put_alone

    def __repr__(self) -> str:
        return f"<PythonTape of {len(self)} records>"

    def __len__(self) -> int:
        return len(self._buffer) // RECORD.size

    def records(self) -> bytes:
        with self._lock:
            return bytes(self._buffer)

    def close(self) -> None:
        """Nothing is held."""


def _has_global_lock() -> bool:
    """Say whether a call of a method of ``bytearray`` is one step to all other threads."""
    is_enabled = getattr(sys, "_is_gil_enabled", None)
    return is_enabled is None or bool(is_enabled())


@final
class StoredTape:
    """A tape that is full: records out of a file, or none."""

    def __init__(self, records: bytes) -> None:
        self._records = records

    def __repr__(self) -> str:
        return f"<StoredTape of {len(self)} records>"

    def __len__(self) -> int:
        return len(self._records) // RECORD.size

    def put(self, code: int, lane: int, a: int, b: int, /) -> None:
        """Raise ``TypeError``: nothing can be added."""
        raise TypeError("a stored tape takes no records")

    def records(self) -> bytes:
        return self._records

    def close(self) -> None:
        """Nothing is held."""


def make_tape(
    layer: Any, compiled: bool, lane: Callable[[], int], string: Callable[[str], int], callbacks: dict[str, int]
) -> tuple[Tape, dict[str, Tracepoint]]:
    """Return a tape for a thread layer, its time 0 being now, and the probes of the most frequent tracepoints.

    *lane* gives the lane of the calling thread, *string* the number of a text, *callbacks* the numbers of the callbacks
    that are to be recorded.
    """
    if compiled and layer.kind == "real":
        try:
            tape = bridge().Tape(lane, string, callbacks)
        except (BridgeMissing, AttributeError):  # none, or one that was built before there were tapes
            pass
        else:
            return tape, _probes_in_c(tape, callbacks)
    slow = PythonTape(layer)
    return slow, _probes(slow.put, lane, string, callbacks)


def _probes_in_c(tape: Any, callbacks: dict[str, int]) -> dict[str, Tracepoint]:
    shapes = {
        "driver_async": ("asked", Code.ASYNC),
        "driver_async_invoke": ("begin", Code.INVOKE),
        "driver_async_invoke_return": ("end", Code.INVOKE_RETURN),
        "aio_ready": ("ready", Code.READY),
        "aio_done": ("done", Code.DONE),
        "driver_return": ("returned", Code.CALLBACK_RETURN),
        "port_send": ("port_and_pid", Code.PORT_SEND),
        "port_scheduled": ("of_port", Code.PORT_SCHEDULED),
        "port_unscheduled": ("of_port", Code.PORT_UNSCHEDULED),
        "run_queue_length": ("of_scheduler", Code.RUN_QUEUE_LENGTH),
        "aio_ready_batch": ("of_scheduler", Code.READY_BATCH),
        "seat_taken": ("seat_taken", 0),
        "seat_left": ("seat_left", 0),
    }
    probes = {name: tape.probe(shape, int(code), 0) for name, (shape, code) in shapes.items()}
    for name in callbacks.keys() - OTHER_CALLBACKS:
        probes[f"driver_{name}"] = tape.probe("callback", int(Code.CALLBACK), callbacks[name])
    return probes


def _probes(
    put: Callable[[int, int, int, int], None],
    lane: Callable[[], int],
    string: Callable[[str], int],
    callbacks: dict[str, int],
) -> dict[str, Tracepoint]:
    # Plain integers in the functions' own reach: to look one up in an enumeration takes as long as the rest.
    asked, invoke, invoked, ready, done = map(int, (Code.ASYNC, Code.INVOKE, Code.INVOKE_RETURN, Code.READY, Code.DONE))
    begin, end, sends = int(Code.CALLBACK), int(Code.CALLBACK_RETURN), int(Code.PORT_SEND)

    def driver_async(job: Any, thread: Any, scheduler: Any) -> None:
        home = 1 if scheduler is None else scheduler.id
        b = job.port.number | thread.number << THREAD_SHIFT | home << SCHEDULER_SHIFT
        put(asked, lane(), job.async_id, b)

    def driver_async_invoke(job: Any, thread: Any) -> None:
        put(invoke, ASYNC_LANES + thread.number, job.async_id, 0)

    def driver_async_invoke_return(job: Any, thread: Any) -> None:
        put(invoked, ASYNC_LANES + thread.number, job.async_id, 0)

    def aio_ready(job: Any, scheduler: Any) -> None:
        put(ready, scheduler.id, job.async_id, 0)

    def aio_done(job: Any, scheduler: Any, completed: bool) -> None:
        put(done, scheduler.id, job.async_id, completed)

    def driver_return(driver: Any, callback: str, port: Any) -> None:
        if callback in callbacks:
            what = -1 - string(driver.name) if port is None else port.id.number
            put(end, lane(), callbacks[callback], what)

    def port_send(port: Any, process: Any) -> None:
        put(sends, lane(), port.id.number, process.number | process.serial << SERIAL_SHIFT)

    def port_scheduled(port: Any, scheduler: Any) -> None:
        put(Code.PORT_SCHEDULED, scheduler.id, port.id.number, 0)

    def port_unscheduled(port: Any, scheduler: Any) -> None:
        put(Code.PORT_UNSCHEDULED, scheduler.id, port.id.number, 0)

    def run_queue_length(scheduler: Any, length: int) -> None:
        put(Code.RUN_QUEUE_LENGTH, lane(), scheduler.id, length)

    def aio_ready_batch(scheduler: Any, jobs: int) -> None:
        put(Code.READY_BATCH, scheduler.id, scheduler.id, jobs)

    def of_callback(number: int) -> Tracepoint:
        def probe(port: Any, **_: Any) -> None:
            put(begin, lane(), number, port.id.number)

        return probe

    probes = {probe.__name__: probe for probe in (
        driver_async, driver_async_invoke, driver_async_invoke_return, aio_ready, aio_done, driver_return, port_send,
        port_scheduled, port_unscheduled, run_queue_length, aio_ready_batch,
    )}  # fmt: skip
    return probes | {f"driver_{name}": of_callback(callbacks[name]) for name in callbacks.keys() - OTHER_CALLBACKS}
