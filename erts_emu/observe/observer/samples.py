"""What the face of an observer asks, and what it is answered. All of it can be pickled."""

from __future__ import annotations

from typing import Any, Literal, final

from attrs import frozen

from erts_emu.ethread.interface import LayerKind
from erts_emu.observe.observer.output import NOTHING_WRITTEN, Written
from erts_emu.port import PortStatistics

TableName = Literal["ports", "drivers", "processes", "async", "schedulers", "locks"]
Phase = Literal["starting", "running", "paused", "ended", "halted"]


@final
@frozen
class Question:
    """What is to be seen.

    The *limit* first rows of a table, sorted by the column *sort*, of those that contain *words*; none if *table* is
    None. *port* is the number of a port to look into; *follow* says to note its callbacks too, which costs its emulator
    time. *output_from* is how much of the output is known already.
    """

    table: TableName | None = "ports"
    sort: str = ""
    descending: bool = False
    words: str = ""
    limit: int = 500
    port: int | None = None
    follow: bool = False
    output_from: int = 0


@final
@frozen
class Order:
    """Something to do: ``step``, ``back``, ``go``, ``pause``, ``until`` a tracepoint, ``evaluate`` an expression."""

    name: str
    count: int = 1
    text: str = ""


@final
@frozen
class RunState:
    """How things stand with what is observed.

    ``steps`` counts the steps of a simulation, of which ``thread`` takes the next one: ``doing``. ``orders`` are the
    names of those that are obeyed.
    """

    title: str
    threads: LayerKind
    phase: Phase
    message: str = ""
    steps: int = 0
    thread: str = ""
    doing: str = ""
    orders: tuple[str, ...] = ()


@final
@frozen
class Totals:
    """Sums over the whole emulator. ``jobs_waiting`` stand in input queues, ``jobs_ready`` in ready queues."""

    ports: int = 0
    processes: int = 0
    drivers: int = 0
    schedulers: int = 0
    async_threads: int = 0
    jobs_submitted: int = 0
    jobs_waiting: int = 0
    jobs_ready: int = 0
    jobs_completed: int = 0


@final
@frozen
class PortEvent:
    """One moment in the life of a port: the step of a simulation, or nanoseconds since the observer came; who, what."""

    moment: int
    thread: str
    name: str
    detail: str


@final
@frozen
class PortLife:
    """A port that is looked into: how it is now, None if it has gone; and the last of what has happened to it."""

    now: PortStatistics | None
    events: tuple[PortEvent, ...]
    noted: int
    """How many events there were, those that are forgotten included."""


@final
@frozen
class Sample:
    """An answer. ``at`` and ``cost`` are nanoseconds, of a clock that always runs and of the emulator's process.

    ``matching`` rows contain the words asked for, of ``existing`` ones; ``rows`` are the first of them. ``clock`` is
    the emulator's. ``accounts`` and ``counts_locks`` say what the emulator was made to measure.
    """

    at: int
    cost: int
    clock: int
    run: RunState
    totals: Totals
    table: TableName | None = None
    rows: tuple[Any, ...] = ()
    matching: int = 0
    existing: int = 0
    port: PortLife | None = None
    written: Written = NOTHING_WRITTEN
    accounts: bool = False
    counts_locks: bool = False
