"""What a recording is made of: records of 32 bytes, and the tables that say what their numbers stand for.

A record is four little-endian signed 64-bit words::

    time    nanoseconds since the recording began
    head    bits 0-7: the code; bits 8-23: the lane; bits 24-62: the step (simulated threads only)
    a, b    what the code says

A *lane* is a number for the thread: a scheduler's own number for whoever holds its seat, ``ASYNC_LANES`` + N for the
async thread N, and numbers from ``OTHER_LANES`` on for all other threads, by name. ``docs/recording.md`` describes
the file.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from enum import IntEnum
from typing import Any, Final, final

from attrs import Factory, define

RECORD: Final = struct.Struct("<4q")
LANE_SHIFT: Final = 8
STEP_SHIFT: Final = 24
LANE_MASK: Final = 0xFFFF
ASYNC_LANES: Final = 2048
OTHER_LANES: Final = 4096
SERIAL_SHIFT: Final = 32
"""A process is its number, and its serial above this bit."""
THREAD_SHIFT: Final = 32
SCHEDULER_SHIFT: Final = 48
PORT_MASK: Final = 0xFFFFFFFF


class Code(IntEnum):
    """The codes of records. In brackets: what *a* and *b* are."""

    ASYNC = 1  # job; port | async thread << 32 | scheduler of the ready queue << 48
    INVOKE = 2  # job; 0
    INVOKE_RETURN = 3  # job; 0
    READY = 4  # job; 0
    DONE = 5  # job; bit 0: ready_async was called; above: the next job, if its READY follows at once and has no record
    FREE = 6  # job; port
    FREE_RETURN = 7  # job; port
    CALLBACK = 8  # callback: an index in CALLBACKS; port, or -1 - string of the driver's name
    CALLBACK_RETURN = 9  # the same
    PORT_OPEN = 10  # port; process
    PORT_EXIT = 11  # port; string of the reason
    PORT_TERMINATE = 12  # port; 0
    PORT_CONNECT = 13  # port; process
    PORT_BUSY = 14  # port; 0
    PORT_NOT_BUSY = 15  # port; 0
    PORT_SEND = 16  # port; process
    PORT_SCHEDULED = 17  # port; 0
    PORT_UNSCHEDULED = 18  # port; 0
    PROCESS_SPAWN = 19  # process; 0
    PROCESS_EXIT = 20  # process; string of the reason
    PROCESS_SCHEDULED = 21  # process; 0
    PROCESS_UNSCHEDULED = 22  # process; 0
    MESSAGE_SEND = 23  # sender; receiver
    RUN_QUEUE_LENGTH = 24  # scheduler; length
    DRIVER_REFERENCES = 25  # string of the driver's name; count
    PDL_REFERENCES = 26  # port; count
    LOCK_ACQUIRE = 27  # lock; 0
    LOCK_CONTENDED = 28  # lock; 0
    LOCK_RELEASE = 29  # lock; 0
    READY_BATCH = 30  # scheduler; jobs


CALLBACKS: Final = (
    "init", "start", "stop", "output", "ready_input", "ready_output", "finish", "control", "timeout", "outputv",
    "ready_async", "flush", "call", "process_exit", "stop_select",
)  # fmt: skip
"""The callbacks, in the order of ``ErlDrvEntry``."""


@final
@define
class Tables:
    """What the numbers in records stand for."""

    clock: str = "real"
    """``"real"``: monotonic time. ``"simulated"``: virtual time, and records carry steps."""
    observed_locks: bool = False
    """True if the recording has the events of all locks; else those of port and driver locks are worked out."""
    async_threads: int = 0
    schedulers: int = 0
    lanes: dict[int, str] = Factory(dict)
    strings: list[str] = Factory(list)
    locks: list[tuple[str, str]] = Factory(list)
    """Lock class and instance."""
    ports: dict[int, tuple[str, str]] = Factory(dict)
    """Port number to the port's name and its driver's."""
    processes: dict[int, str] = Factory(dict)
    """Process to its label."""
    shared_locks: dict[str, bool] = Factory(dict)
    """Driver name to whether its ports share the driver's lock."""
    references: dict[str, int] = Factory(dict)
    """Driver name to the reference count of its handle when the recording began."""
    run_queues: dict[int, int] = Factory(dict)
    """Scheduler to the length of its run queue when the recording began."""

    def as_json(self) -> dict[str, Any]:
        """Return the tables as what JSON can hold."""
        return {name: getattr(self, name) for name in _FIELDS}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Tables:
        """Make tables of what ``as_json`` gave. Raises ``KeyError``, ``TypeError`` or ``ValueError``."""
        tables = cls(**{name: data[name] for name in _FIELDS})
        tables.locks = [(str(kind), str(ident)) for kind, ident in tables.locks]
        tables.ports = {int(number): (str(name), str(driver)) for number, (name, driver) in tables.ports.items()}
        for name in ("lanes", "processes", "run_queues"):
            setattr(tables, name, {int(number): value for number, value in getattr(tables, name).items()})
        return tables


_FIELDS: Final = (
    "clock", "observed_locks", "async_threads", "schedulers", "lanes", "strings", "locks", "ports", "processes",
    "shared_locks", "references", "run_queues",
)  # fmt: skip
