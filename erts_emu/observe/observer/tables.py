"""The tables: which columns there are, what stands in them, and by what they are sorted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, final

from attrs import frozen

from erts_emu.observe.observer.samples import TableName

if TYPE_CHECKING:
    from erts_emu.terms import Pid

Cell = Any


@final
@frozen
class Column:
    """One column: ``value`` of a view to sort by, ``text`` to read; numbers stand to the right."""

    key: str
    heading: str
    value: Callable[[Any], Any]
    text: Callable[[Any], str]
    number: bool = False


@final
@frozen
class Table:
    """One table: its columns, and what tells its rows apart."""

    name: TableName
    title: str
    row_key: Callable[[Any], str]
    columns: tuple[Column, ...]

    def column(self, key: str) -> Column:
        """The column that *key* names; the first, if there is none of that name."""
        return next((column for column in self.columns if column.key == key), self.columns[0])


def grouped(number: int) -> str:
    """A number that can be read: ``1,234,567``."""
    return f"{number:,}"


def size(number: int) -> str:
    """Bytes, in four or five characters."""
    if number < 10_000:
        return str(number)
    value, unit = number / 1024, "K"
    for larger in ("M", "G"):
        if value >= 1000:
            value, unit = value / 1024, larger
    return f"{value:.1f}{unit}" if value < 100 else f"{value:.0f}{unit}"


def _words(things: Iterable[object]) -> str:
    return " ".join(map(str, things))


def _number(key: str, heading: str, value: Callable[[Any], int], text: Callable[[int], str] = grouped) -> Column:
    return Column(key, heading, value, lambda view: text(value(view)), number=True)


def _text(key: str, heading: str, text: Callable[[Any], str]) -> Column:
    return Column(key, heading, text, text)


def _pid(pid: Pid) -> tuple[int, int]:
    return (pid.serial, pid.number)


def _contention(lock: Any) -> float:
    return float(lock.collisions / lock.tries) if lock.tries else 0.0


PORTS: Final = Table(
    "ports",
    "Ports",
    lambda port: str(port.id.number),
    (
        Column("id", "Port", lambda port: port.id.number, lambda port: str(port.id)),
        _text("driver", "Driver", lambda port: port.driver),
        Column("owner", "Owner", lambda port: _pid(port.owner), lambda port: str(port.owner)),
        _text("state", "State", lambda port: _words(port.states) or "open"),
        _number("queue", "Queue", lambda port: port.queue_bytes, size),
        _number("tasks", "Tasks", lambda port: len(port.tasks) + port.held_commands),
        _number("in", "In", lambda port: port.bytes_in, size),
        _number("out", "Out", lambda port: port.bytes_out, size),
        _text("lock", "Lock", lambda port: f"{port.locking}{' held' if port.locked else ''}"),
        _text("name", "Name", lambda port: port.registered_name or port.name),
    ),
)

DRIVERS: Final = Table(
    "drivers",
    "Drivers",
    lambda driver: f"{driver.name} {driver.status}",
    (
        _text("name", "Driver", lambda driver: driver.name),
        _text("status", "Status", lambda driver: driver.status),
        _number("ports", "Ports", lambda driver: driver.ports),
        _number("references", "References", lambda driver: driver.references),
        _text("users", "Users", lambda driver: _words(driver.users)),
        _text("locking", "Locking", lambda driver: driver.locking),
        _text("callbacks", "Callbacks", lambda driver: _words(driver.callbacks)),
        _text("path", "From", lambda driver: driver.path),
    ),
)

PROCESSES: Final = Table(
    "processes",
    "Processes",
    lambda process: str(process.pid),
    (
        Column("pid", "Pid", lambda process: _pid(process.pid), lambda process: str(process.pid)),
        _text("name", "Name", lambda process: process.name or process.label),
        _text("state", "State", lambda process: process.state),
        _number("messages", "Msgs", lambda process: process.messages),
        _text("waits", "Waits for", lambda process: "" if process.waits_for is None else str(process.waits_for)),
        _number("scheduler", "Runs on", lambda process: process.scheduler),
        _text("priority", "Priority", lambda process: process.priority),
        _number("monitors", "Monitors", lambda process: process.monitors),
        _text("links", "Links", lambda process: _words(process.links)),
    ),
)

ASYNC: Final = Table(
    "async",
    "Async",
    lambda thread: thread.name,
    (
        Column("name", "Thread", lambda thread: (len(thread.name), thread.name), lambda thread: thread.name),
        _text("state", "State", lambda thread: thread.state or ""),
        _number("queued", "Queued", lambda thread: thread.queued),
        _number("longest", "Longest", lambda thread: thread.longest_queue),
        _number("jobs", "Jobs done", lambda thread: thread.jobs),
        _number("spent", "Spent cells", lambda thread: thread.spent),
    ),
)

SCHEDULERS: Final = Table(
    "schedulers",
    "Schedulers",
    lambda scheduler: str(scheduler.id),
    (
        _number("id", "No", lambda scheduler: scheduler.id),
        _text("state", "State", lambda scheduler: "offline" if not scheduler.online else scheduler.state or ""),
        _text("runs", "Runs", lambda scheduler: "" if scheduler.running is None else str(scheduler.running)),
        _number("ready", "Ready", lambda scheduler: scheduler.ready_queue),
        _number("processes", "Procs", lambda scheduler: scheduler.processes),
        _number("ports", "Ports", lambda scheduler: scheduler.ports),
        _number("jobs", "Jobs", lambda scheduler: scheduler.ready_jobs),
        _number("reductions", "Reductions", lambda scheduler: scheduler.reductions),
        _number("turns", "Turns", lambda scheduler: scheduler.turns),
        _number("sleeps", "Sleeps", lambda scheduler: scheduler.sleeps),
        _number("stolen", "Stolen", lambda scheduler: scheduler.stolen),
        _number("misc", "Misc", lambda scheduler: scheduler.misc),
        _number("timers", "Timers", lambda scheduler: scheduler.timers),
        _text("aux", "Aux work", lambda scheduler: _words(scheduler.aux_work)),
    ),
)

LOCKS: Final = Table(
    "locks",
    "Locks",
    lambda lock: f"{lock.name}:{lock.ident}",
    (
        _text("name", "Lock class", lambda lock: lock.name),
        _text("ident", "Of", lambda lock: lock.ident),
        _number("tries", "Tries", lambda lock: lock.tries),
        _number("collisions", "Collisions", lambda lock: lock.collisions),
        Column("contention", "Contention", _contention, lambda lock: f"{_contention(lock):.2%}", number=True),
        _text("held", "Now", lambda lock: "held" if lock.held else ""),
        _text("type", "Kind", lambda lock: lock.type),
    ),
)


TABLES: Final[dict[TableName, Table]] = {
    table.name: table for table in (PORTS, DRIVERS, PROCESSES, ASYNC, SCHEDULERS, LOCKS)
}
FIRST_SORT: Final[dict[TableName, tuple[str, bool]]] = {"locks": ("collisions", True)}
"""By what a table is sorted before anybody has chosen, and whether downwards; by its first column otherwise."""


def arranged(table: Table, views: list[Any], *, sort: str, descending: bool, words: str) -> list[Any]:
    """The views whose row contains each of *words*, in whatever case, in order."""
    wanted = words.lower().split()
    if wanted:
        views = [view for view in views if _contains(table, view, wanted)]
    return sorted(views, key=table.column(sort).value, reverse=descending)


def _contains(table: Table, view: Any, wanted: list[str]) -> bool:
    line = " ".join(column.text(view) for column in table.columns).lower()
    return all(word in line for word in wanted)
