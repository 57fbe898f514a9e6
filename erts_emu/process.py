"""Processes: identity, queue, links, monitors, aliases, suspension, exit (ERTS: ``erl_process.c``).

What a process *executes* is up to subclasses: a coroutine (:mod:`erts_emu.coroutine_process`), or a Python thread that
attached itself. Here is what both have in common, and what other threads do to a process: put a message or a
signal into its incoming queue, and wake it.

Messages and signals (:mod:`erts_emu.signals`) share one queue, so that everything one sender sends stays in order.
Signals take effect when the receiver fetches them.
"""

from __future__ import annotations

import types
from collections import deque
from collections.abc import Callable, Generator
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, final

from attrs import frozen

from erts_emu.signals import SIGNALS, DemonitorSignal, ExitSignal, MonitorDown, ResumeSignal, UnlinkSignal
from erts_emu.terms import Atom, Pid, PortId, Reference

if TYPE_CHECKING:
    from erts_emu.emulator import Emulator
    from erts_emu.scheduler import RunQueue, Scheduler

CONTEXT_REDS: Final = 4000
"""The reductions of one time slice."""

Priority = Literal["max", "high", "normal", "low"]

_PROCESS: Final = Atom("process")


class ProcessState(Enum):
    """Where a process is in its life."""

    RUNNABLE = "runnable"
    RUNNING = "running"
    WAITING = "waiting"
    EXITING = "exiting"


RUNNABLE: Final = ProcessState.RUNNABLE
RUNNING: Final = ProcessState.RUNNING
WAITING: Final = ProcessState.WAITING
EXITING: Final = ProcessState.EXITING


WAIT: Final = object()
"""What a process gives to :func:`switch` to go to sleep until it is woken."""
YIELD: Final = object()
"""What it gives when its time slice is over."""


@types.coroutine
def switch(request: object) -> Generator[object, None, None]:
    """Give control back to whoever runs the process."""
    yield request


@final
@frozen
class ProcessStatistics:
    """A process at one moment.

    ``state`` is as ``process_info`` has it, ``waits_for`` the busy port whose sender it is, ``messages`` counts what it
    has not fetched as well, ``scheduler`` is where it runs next.
    """

    pid: Pid
    name: str
    label: str
    state: str
    waits_for: PortId | None
    messages: int
    links: tuple[Pid | PortId, ...]
    monitors: int
    monitored_by: int
    priority: Priority
    trap_exit: bool
    scheduler: int


class Signal(Protocol):
    """What is not a message: takes effect in the receiving process."""

    def take_effect(self, process: Process) -> None:
        """Act on *process*, in its own context."""


class Process:
    """A process of an emulator.

    Any thread: ``inq``. Needs ``_status_lock``: transitions of ``state``, ``_woken``. Private to the process itself
    while it runs: everything else.
    """

    __slots__ = (
        "_status_lock", "_woken", "aliases", "dictionary", "emu", "exit_reason", "fcalls", "inq", "label", "links",
        "messages", "monitored_by", "monitors", "name", "parked", "pid", "port_links", "port_table", "priority",
        "replies", "runq", "state", "suspended_in", "suspended_on", "suspenders", "suspending", "timed_out",
        "to_confirm", "trap_exit", "used_ddll",
    )  # fmt: skip

    def __init__(self, emu: Emulator, runq: RunQueue, *, label: str, priority: Priority = "normal") -> None:
        self.emu = emu
        self.runq = runq
        self.label = label
        self.priority: Priority = priority
        self.state = RUNNING
        self._woken = False
        self.parked = -1
        self._status_lock = emu.locks.mutex("proc_status", None)
        self.inq: deque[Any] = emu.layer.queue()
        self.messages: deque[Any] = deque()
        self.port_table = emu.ports.table
        self.links: dict[int, Pid] = {}
        self.port_links: dict[int, PortId] = {}
        self.monitors: dict[Reference, tuple[Pid | PortId | None, Any]] = {}
        self.monitored_by: dict[Reference, tuple[Pid | PortId, Any]] = {}
        self.replies: dict[Reference, Any] = {}
        self.dictionary: dict[Any, Any] = {}
        self.name: Atom | None = None
        self.trap_exit = False
        self.timed_out = False
        self.suspended_on: object = None
        self.suspended_in: tuple[str, str, int]  # the function, while it is suspended
        self.aliases: dict[Reference, str] = {}
        self.suspenders: set[Pid] = set()
        self.suspending: dict[Pid, int] = {}
        self.to_confirm: list[Callable[[], None]] = []
        self.exit_reason: Any = None
        self.used_ddll = False
        self.fcalls = CONTEXT_REDS
        self.pid = emu.processes.add(self)

    def __repr__(self) -> str:
        return f"<Process {self.pid} {self.label} {self.state.value}>"

    bound = False
    """True for a process that cannot move to another scheduler."""

    answers = True
    """Whether it will take note of signals by itself."""

    @property
    def is_alive(self) -> bool:
        """False once the process has started to exit."""
        return self.state is not EXITING

    def statistics(self) -> ProcessStatistics:
        """Return a snapshot. Any thread; takes nothing, and is no step."""
        busy: Any = self.suspended_on
        return ProcessStatistics(
            pid=self.pid,
            name="" if self.name is None else self.name.name,
            label=self.label,
            state=self.state.value if busy is None else "suspended",
            waits_for=None if busy is None else busy.id,
            messages=len(self.messages) + len(self.inq),
            links=(*self.links.copy().values(), *self.port_links.copy().values()),
            monitors=len(self.monitors),
            monitored_by=len(self.monitored_by),
            priority=self.priority,
            trap_exit=self.trap_exit,
            scheduler=self.runq.scheduler.id,
        )

    # --- what a scheduler does ---

    def run_slice(self, scheduler: Scheduler) -> None:
        """Let the process run until it waits or its reductions are used up."""
        raise NotImplementedError

    # --- what any thread does ---

    def deliver(self, item: object) -> None:
        """Put a message or signal into the queue and wake the process if it waits.

        The process, about to wait, sets its state first and looks at the queue second; here it is the other
        way round. So one of the two sees the other.
        """
        self.inq.append(item)
        if self.state is WAITING:
            self.wake()

    def wake(self) -> None:
        """Make the process runnable if it waits; if it is about to wait, make it look once more."""
        self._status_lock.acquire()
        if self.state is WAITING:
            self.state = RUNNABLE
            self._status_lock.release()
            self.runq.enqueue_process(self)
            return
        self._woken = True
        self._status_lock.release()

    # --- what the process itself does ---

    def prepare_wait(self) -> bool:
        """Go from RUNNING to WAITING. False if something has come in meanwhile: then it is still RUNNING."""
        self.parked = len(self.messages)
        self._status_lock.acquire()
        self.state = WAITING
        if self.inq or self._woken:
            self._woken = False
            self.state = RUNNING
            self._status_lock.release()
            return False
        self._status_lock.release()
        return True

    def fetch(self) -> None:
        """Move what came in to the message queue; let signals take effect. Raises ``ProcessExit``."""
        inq = self.inq
        messages = self.messages
        while inq:
            item: Any = inq.popleft()
            if type(item) in SIGNALS:
                item.take_effect(self)
            else:
                messages.append(item)

    def link_port(self, port: PortId) -> None:
        """Note a link to a port."""
        self.port_links[port.number] = port

    def unlink_process(self, other: Pid) -> None:
        """Drop the link to another process."""
        if other.node is None and self.links.pop(other.number, None) is not None:
            self.emu.send_signal(self.pid, other, UnlinkSignal(self.pid))

    def apparent_state(self) -> ProcessState:
        """The state that others see: who takes note of a signal without having got a message is still waiting."""
        return WAITING if self.state is RUNNING and self.parked == len(self.messages) else self.state

    # --- aliases ---

    def add_alias(self, alias: Reference, kind: str) -> None:
        """Let messages to *alias* reach this process."""
        self.aliases[alias] = kind
        self.emu.aliases[alias] = self

    def drop_alias(self, alias: Reference) -> bool:
        """Let no more messages come through *alias*. False if it was no alias of this process."""
        if self.aliases.pop(alias, None) is None:
            return False
        self.emu.aliases.pop(alias, None)
        return True

    def drop_alias_of_monitor(self, reference: Reference) -> None:
        """A monitor has ended: so does its alias, unless it was made to stay."""
        if self.aliases.get(reference) in ("demonitor", "reply_demonitor"):
            self.drop_alias(reference)

    def drop_monitor(self, reference: Reference) -> Pid | PortId | None:
        """End a monitor; return what it watched, or None."""
        target, _ = self.monitors.pop(reference, (None, None))
        if isinstance(target, PortId):
            self.emu.ports.watcher_gone(self.pid, target, reference)
        elif target is not None:
            self.emu.send_signal(self.pid, target, DemonitorSignal(reference))
        return target

    # --- suspension by other processes ---

    def is_held(self) -> bool:
        """Whether the process may not go on. Confirms what it has been suspended for. Called in its own context."""
        while self.to_confirm:
            self.to_confirm.pop()()
        return bool(self.suspenders)

    # --- the end ---

    def exit(self, reason: Any) -> None:
        """End the process: tell everybody that asked to be told. Called in its own context, once."""
        self._status_lock.acquire()
        self.state = EXITING
        self._status_lock.release()
        self.exit_reason = reason
        emu = self.emu
        if (tracepoint := emu.trace.process_exit) is not None:
            tracepoint(process=self, reason=reason)
        emu.processes.remove(self)
        if self.name is not None:
            emu.names.unregister_process(self)
        self._drain()
        self.inq = NOWHERE
        for port in list(self.port_links.values()):
            emu.ports.exit_signal_from_link(self.pid, port, reason)
        for pid in list(self.links.values()):
            emu.send_signal(self.pid, pid, ExitSignal(self.pid, reason, by_link=True))
        for reference, (watcher, item) in list(self.monitored_by.items()):
            emu.send_signal(self.pid, watcher, MonitorDown(reference, _PROCESS, item, reason))
        for reference in list(self.monitors):
            self.drop_monitor(reference)
        for alias in list(self.aliases):
            self.drop_alias(alias)
        for pid in self.suspending:
            emu.send_signal(self.pid, pid, ResumeSignal(self.pid))
        self.monitors.clear()
        self.port_links.clear()
        self.links.clear()
        self.monitored_by.clear()
        self.messages.clear()
        emu.locks.forget(self._status_lock)
        emu.process_exited(self)

    def abandon(self) -> None:
        """The emulator has halted: let go of whatever the process executes."""

    def _drain(self) -> None:
        """Answer signals that came in too late, so that nobody waits for a dead process."""
        inq = self.inq
        while inq:
            item: Any = inq.popleft()
            if type(item) in SIGNALS:
                item.after_exit(self)


@final
class _Nowhere(deque[Any]):
    """The incoming queue of a process that is gone: always empty. Signals are answered by whoever sent them."""

    def append(self, item: Any, /) -> None:
        """Lose *item*."""


NOWHERE: Final = _Nowhere()


@final
class _Nobody:
    """The owner of a port that was given to a dead process."""

    def deliver(self, item: object) -> None:
        """Lose *item*."""


NOBODY: Final[Any] = _Nobody()


@final
class ProcessTable:
    """All processes of one emulator, by pid number (ERTS: the process table and ``reg_tab``)."""

    FIRST_NUMBER: Final = 80

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._next = self.FIRST_NUMBER
        self._table: dict[int, Process] = {}

    def __repr__(self) -> str:
        return f"<ProcessTable {len(self._table)} processes>"

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Any:
        return iter(list(self._table.values()))

    def statistics(self) -> list[ProcessStatistics]:
        """Return a snapshot of every process, oldest first."""
        return [process.statistics() for process in self._table.copy().values()]

    def add(self, process: Process) -> Pid:
        """Give *process* a pid. Raises ``SystemLimit``."""
        from erts_emu.errors import SystemLimit

        if len(self._table) >= self.limit:
            raise SystemLimit(f"the process table holds its maximum of {self.limit} processes (+P)")
        number = self._next
        self._next += 1
        self._table[number] = process
        return Pid(number & 0xFFFFFFF, number >> 28)

    def get(self, pid: Pid) -> Process | None:
        """Return the living process that *pid* names, or None."""
        return None if pid.node else self._table.get(pid.number | pid.serial << 28)

    def remove(self, process: Process) -> None:
        """Forget a process that exits."""
        self._table.pop(process.pid.number | process.pid.serial << 28, None)
