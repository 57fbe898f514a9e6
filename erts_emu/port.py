"""Ports: state, callbacks, output to the owner, links, closing (ERTS: ``io.c``).

A port connects a driver with the process that owns it. All its callbacks run under its lock, which is the
driver's own lock unless the driver asked for port-level locking, so that at most one of them runs at a time.

A port dies in two phases. Its links and monitors are told at once; if its I/O queue holds data and nobody
said ``kill``, the port then lingers (CLOSING) until the driver has emptied the queue; then ``stop`` runs and
the port leaves the table. Its structure is freed two thread-progress steps later.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import IntFlag
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, final

from attrs import frozen

from erts_emu.driver.binaries import ErlIOVec
from erts_emu.driver.constants import (
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    PORT_CONTROL_FLAG_BINARY,
    PORT_FLAG_BINARY,
    PORT_FLAG_LINE,
)
from erts_emu.driver.errors import CALLBACK_FAILURES
from erts_emu.driver.handles import TOMBSTONE, ErlDrvMonitor, ErlDrvPort
from erts_emu.driver.ioqueue import IOQueue
from erts_emu.driver.pdl import ErlDrvPDL
from erts_emu.errors import KILL, KILLED, NORMAL, SystemLimit
from erts_emu.line_buffer import LineBuffer
from erts_emu.port_states import (
    BINARY_IO,
    CLOSING,
    CONNECTED,
    EXITING,
    FREE,
    INVALID_DRIVER_LOOKUP,
    INVALID_LOOKUP,
    LINEBUF_IO,
    NEEDS_EPILOGUE,
    PORT_SPECIFIC_LOCK,
    SEND_CLOSED,
    SOFT_EOF,
    STARTING,
    XPORTS,
    PortState,
)
from erts_emu.port_task import (
    BUSY,
    BUSY_PORT,
    BUSY_PORT_Q,
    EXIT,
    HAVE_NS_TASKS,
    PARALLELISM,
    PortTask,
    PortTasks,
    TaskFlags,
)
from erts_emu.port_task import (
    EXITING as TASKS_EXITING,
)
from erts_emu.process import Process
from erts_emu.signals import DemonitorSignal, ExitSignal, MonitorDown, MonitorSignal, PortLinkDropped, PortLinked
from erts_emu.terms import Atom, Pid, PortId, Reference

if TYPE_CHECKING:
    from erts_emu.ddll import LoadedDriver
    from erts_emu.emulator import Emulator
    from erts_emu.locks import LockChecker
    from erts_emu.port_options import PortSettings
    from erts_emu.scheduler import RunQueue
    from erts_emu.timers import Timer


DRIVER_RAISED: Final = Atom("driver_raised")
"""The exit reason of a port whose driver raised an exception: there is no such thing in C."""
_DATA: Final = Atom("data")
_MODES: Final = BINARY_IO | LINEBUF_IO
_CLOSED: Final = Atom("closed")
_EOF: Final = Atom("eof")
_PORT: Final = Atom("port")
_PROCESS: Final = Atom("process")
_UNUSUAL: Final = CLOSING | EXITING | SOFT_EOF
_IMMEDIATE_TYPES: Final = (Atom, Pid, PortId)
_SMALL: Final = 1 << 59


@final
@frozen
class PortStatistics:
    """A port at one moment.

    ``states`` are the words for what is unusual about it (busy, closing, …), ``locked`` says whether somebody holds its
    lock, ``command_bytes`` are in queued commands, ``queue_bytes`` in the I/O queue. ``pdl_references`` counts those to
    its port data lock, ``timer_due`` is when its timer fires, on the layer's clock; None where there is none.
    """

    id: PortId
    name: str
    driver: str
    owner: Pid
    registered_name: str
    states: tuple[str, ...]
    flags: tuple[str, ...]
    task_flags: tuple[str, ...]
    locking: str
    locked: bool
    queue_bytes: int
    tasks: tuple[str, ...]
    held_commands: int
    command_bytes: int
    bytes_in: int
    bytes_out: int
    suspended: tuple[Pid, ...]
    links: tuple[Pid, ...]
    monitored_by: tuple[Pid, ...]
    driver_monitors: tuple[Pid, ...]
    pdl_references: int | None
    timer_due: int | None


@final
class Port(PortTasks):
    """One port. Attributes not set in ``__init__`` start with the class's values: 100,000 ports are kept lean.

    Constant: ``id``, ``handle``, ``emu``, ``driver``, ``name``, ``lock``, ``sched_lock``.
    Needs ``lock``: everything else but the task queue (see :class:`PortTasks`) and, while the port has a ``pdl``,
    ``ioq`` and the driver's process monitors, which need the port data lock.
    """

    id: PortId
    state: int
    drv_data: Any
    tflags: int
    _tasks: deque[PortTask] | None = None
    links: dict[int, Pid] | None = None
    monitored_by: dict[Reference, tuple[Pid, object]] | None
    driver_monitors: dict[Reference, tuple[Pid, Any]] | None = None
    suspended: list[Process] | None
    ioq: IOQueue | None
    pdl: ErlDrvPDL | None
    line_buffer: LineBuffer | None = None
    timer: Timer | None
    timeout_task: PortTask | None
    registered_name: Atom | None = None
    data: Any = Atom("undefined")
    caller: Pid | None = None
    control_flags: int
    bytes_in = 0
    bytes_out = 0
    os_pid: int | None = None
    children: list[Port] | None = None
    acknowledge: Callable[[Any], bool] | None = None
    firing: Reference | None = None
    _structure_refs = 1

    def __init__(self, emu: Emulator, driver: LoadedDriver, name: str, owner: Process, runq: RunQueue) -> None:
        self.emu = emu
        self.driver = driver
        self.name = name
        self.owner: Process = owner
        self.connected: Pid = owner.pid
        self.runq = runq
        # Read at every command or at every close: an instance's attribute costs a fourth of what its class's does.
        self.tflags = 0
        self.control_flags = 0
        self.drv_data = self.ioq = self.pdl = self.timer = self.timeout_task = self.monitored_by = self.suspended = None
        self.id = port_id = emu.ports.new_id()
        self.handle = ErlDrvPort(self, port_id)
        self.sched_lock = emu.locks.mutex("port_sched_lock", port_id)
        if driver.flags & ERL_DRV_FLAG_USE_PORT_LOCKING:
            self.lock = emu.locks.mutex("port_lock", port_id)
            self.state = CONNECTED | PORT_SPECIFIC_LOCK
        else:
            assert driver.lock is not None
            self.lock = driver.lock
            self.state = CONNECTED
        self.checker: LockChecker | None = emu.locks.checker

    def __repr__(self) -> str:
        flags = PortState(self.state).name or "0"
        return f"<Port {self.id} {self.name!r} {flags.lower()}>"

    @property
    def gone(self) -> bool:
        """True once the port has left the table: no callback may run any more."""
        return bool(self.state & INVALID_DRIVER_LOOKUP)

    def statistics(self) -> PortStatistics:
        """Return a snapshot. Any thread: it takes no lock, is no step, and each part of it is of its own moment."""
        timer = self.timer
        ioq, queued, pdl = self.ioq, self._msgq, self.pdl
        return PortStatistics(
            id=self.id,
            name=self.name,
            driver=self.driver.name,
            owner=self.connected,
            registered_name="" if self.registered_name is None else self.registered_name.name,
            states=self._unusual_states(),
            flags=_names_of(PortState, self.state),
            task_flags=_names_of(TaskFlags, self.tflags),
            locking="port" if self.state & PORT_SPECIFIC_LOCK else "driver",
            locked=self.lock.locked(),
            queue_bytes=0 if ioq is None else ioq.size,
            tasks=tuple(task.kind for task in tuple(self._tasks or ()) if task.is_scheduled),
            held_commands=len(self._held or ()),
            command_bytes=queued.size if queued else 0,
            bytes_in=self.bytes_in,
            bytes_out=self.bytes_out,
            suspended=tuple(process.pid for process in tuple(self.suspended or ())),
            links=tuple((self.links or {}).copy().values()),
            monitored_by=tuple(pid for pid, _ in (self.monitored_by or {}).copy().values()),
            driver_monitors=tuple(pid for pid, _ in (self.driver_monitors or {}).copy().values()),
            pdl_references=None if pdl is None else pdl.refc.value,
            timer_due=None if timer is None or timer.action is None else timer.deadline,
        )

    def _unusual_states(self) -> tuple[str, ...]:
        state, tflags = self.state, self.tflags
        if not state & _UNUSUAL and not tflags & BUSY:
            return ()
        words = (
            ("busy", tflags & BUSY_PORT), ("busy-queue", tflags & BUSY_PORT_Q), ("closing", state & CLOSING),
            ("exiting", state & EXITING), ("eof", state & SOFT_EOF),
        )  # fmt: skip
        return tuple(word for word, flag in words if flag)

    # --- callbacks; the caller holds the lock ---

    def start(self, settings: PortSettings, *, parallelism: bool) -> Any:
        """Call the driver's start and, on success, give the other options effect. Returns what start returned."""
        driver = self.driver
        if parallelism:
            self.tflags |= PARALLELISM
        if (tracepoint := self.emu.trace.driver_start) is not None:
            tracepoint(port=self, driver=driver)
        try:
            if driver.start is not None:
                self.caller = self.connected
                self.state |= STARTING
                result = driver.start(self.handle, self.name)
                self.state &= ~STARTING
                self.caller = None
                if isinstance(result, int) and -3 <= result <= -1:
                    return result
                self.drv_data = result
        finally:
            if (tracepoint := self.emu.trace.driver_return) is not None:
                tracepoint(driver=driver, callback="start", port=self)
        if settings.binary:
            self.state |= BINARY_IO
        if settings.eof:
            self.state |= SOFT_EOF
        if settings.line is not None:
            self.state |= LINEBUF_IO
            self.line_buffer = LineBuffer(settings.line)
        return self

    def output(self, caller: Pid, data: bytes) -> None:
        """Give the driver a command's data, flat."""
        driver = self.driver
        trace = self.emu.trace
        self.caller = caller
        self.bytes_out += len(data)
        callback = driver.output
        if callback is not None:
            if (tracepoint := trace.driver_output) is not None:
                tracepoint(port=self, driver=driver, data=data)
            try:
                kept = callback(self.drv_data, data)
                if kept is not None and driver.compiled:
                    # The only output, which comes when the callback returns. Here is the simple case without a call.
                    if self.state & _MODES == BINARY_IO:
                        self.bytes_in += len(kept)
                        if (tracepoint := trace.port_send) is not None:
                            tracepoint(port=self, process=self.connected)
                        self.owner.deliver((self.id, (_DATA, kept)))
                    else:
                        self.output_from_driver(b"", kept)
            except CALLBACK_FAILURES as error:  # a driver's error fails its port, nothing else
                self.callback_raised("output", error)
            if (tracepoint := trace.driver_return) is not None:
                tracepoint(driver=driver, callback="output", port=self)
        self.caller = None
        if self.state & NEEDS_EPILOGUE:
            self.callback_epilogue()

    def outputv(self, caller: Pid, vector: ErlIOVec) -> None:
        """Give the driver a command's data as a vector."""
        driver = self.driver
        self.caller = caller
        self.bytes_out += vector.size
        if (tracepoint := self.emu.trace.driver_outputv) is not None:
            tracepoint(port=self, driver=driver, vector=vector)
        assert driver.outputv is not None
        try:
            driver.outputv(self.drv_data, vector)
        except CALLBACK_FAILURES as error:  # as in output
            self.callback_raised("outputv", error)
        if (tracepoint := self.emu.trace.driver_return) is not None:
            tracepoint(driver=driver, callback="outputv", port=self)
        self.caller = None
        if self.state & NEEDS_EPILOGUE:
            self.callback_epilogue()

    def ready_async(self, data: Any) -> bool:
        """Give the driver the result of an async job; False if it has no ready_async. Ends with the epilogue."""
        callback = self.driver.ready_async
        if callback is not None:
            if (tracepoint := self.emu.trace.driver_ready_async) is not None:
                tracepoint(port=self, process=self.connected, name=self.name, data=data)
            try:
                callback(self.drv_data, data)
            except CALLBACK_FAILURES as error:  # as in output
                self.callback_raised("ready_async", error)
            if (tracepoint := self.emu.trace.driver_return) is not None:
                tracepoint(driver=self.driver, callback="ready_async", port=self)
        if self.state & NEEDS_EPILOGUE:
            self.callback_epilogue()
        return callback is not None

    def async_failed(self, error: BaseException) -> None:
        """The invoke function of one of this port's jobs raised *error*."""
        self.callback_raised("async_invoke", error)
        self.callback_epilogue()

    def call_back(self, name: str, *args: Any) -> None:
        """Call one of the callbacks that need no result: ready_input, ready_output, timeout, flush, stop."""
        callback = getattr(self.driver, name)
        if callback is None:
            return
        tracepoint = getattr(self.emu.trace, f"driver_{name}")
        if tracepoint is not None:
            tracepoint(port=self, driver=self.driver)
        try:
            callback(self.drv_data, *args)
        except CALLBACK_FAILURES as error:  # as in output
            self.callback_raised(name, error)
        if (tracepoint := self.emu.trace.driver_return) is not None:
            tracepoint(driver=self.driver, callback=name, port=self)

    def callback_raised(self, callback: str, error: BaseException) -> None:
        """A callback raised: report it once, and fail the port."""
        self.emu.driver_raised(self.driver.name, callback, str(self.id), error)
        if callback != "stop":
            self.fail(getattr(error, "exit_reason", None) or DRIVER_RAISED)

    def callback_epilogue(self) -> None:
        """End a callback: ports it made are set free, and a closing port whose queue has run empty terminates."""
        if self.state & XPORTS:
            self._release_children()
        if self.state & CLOSING and not self.state & EXITING and not self.queue_size:
            self.terminate()

    # --- ports that the driver makes ---

    def create_port(self, owner: Process, name: str, drv_data: Any) -> Port | None:
        """Make another port of the same driver, linked to *owner*; None if the driver or the table takes no more.

        Its lock stays taken until the callback under way has ended, so that the driver may use it there and then.
        """
        emu = self.emu
        driver = self.driver
        handle = driver.handle
        emu.ddll.lock.rlock()
        accepted = handle is None or handle.accepts_ports
        if accepted and handle is not None:
            handle.reference_referenced()
            driver.port_opened()
        emu.ddll.lock.runlock()
        if not accepted:
            return None
        try:
            port = Port(emu, driver, name, owner, self.runq)
        except SystemLimit:
            driver.port_closed()
            if handle is not None:
                handle.dereference()
            return None
        taken = port.lock.acquire(False)
        assert taken
        port.tflags = self.tflags & PARALLELISM
        port.drv_data = drv_data
        emu.ports.add(port)
        port.add_link(owner.pid)
        owner.deliver(PortLinked(port.id))
        if self.children is None:
            self.children = []
        self.children.append(port)
        self.state |= XPORTS
        if (tracepoint := emu.trace.port_open) is not None:
            tracepoint(port=port, driver=driver, process=owner)
        return port

    def _release_children(self) -> None:
        children, self.children = self.children, None
        self.state &= ~XPORTS
        for port in reversed(children or ()):
            port.callback_epilogue()
            port.lock.release()

    # --- output to the owner ---

    def deliver_data(self, data: Any) -> None:
        """Send ``{Port, {data, Data}}`` to the owner; a dead owner loses it."""
        if (tracepoint := self.emu.trace.port_send) is not None:
            tracepoint(port=self, process=self.connected)
        self.owner.deliver((self.id, (_DATA, data)))

    def output_from_driver(self, header: bytes, data: bytes | None) -> None:
        """Format and deliver what driver_output and driver_output2 were given."""
        self.bytes_in += len(header) + len(data or b"")
        if self.state & LINEBUF_IO:
            assert self.line_buffer is not None
            for kind, line in self.line_buffer.feed(data or b""):
                self.deliver_data((kind, self._with_header(header, line)))
        elif data is None:
            self.deliver_data(list(header))
        else:
            self.deliver_data(self._with_header(header, data))

    def output_whole(self, header: bytes, blocks: list[bytes]) -> None:
        """Deliver what driver_output_binary and driver_outputv were given: line mode does not apply."""
        self.bytes_in += len(header) + sum(map(len, blocks))
        if not self.state & BINARY_IO or not blocks:
            self.deliver_data(list(header + b"".join(blocks)))
            return
        elements: list[Any] = [*header, *blocks]
        tail = elements.pop()
        if not elements:
            self.deliver_data(tail)
            return
        from erts_emu.terms import ImproperList

        self.deliver_data(ImproperList(tuple(elements), tail))

    def _with_header(self, header: bytes, data: bytes) -> Any:
        if not self.state & BINARY_IO:
            return list(header + data)
        if not header:
            return data
        from erts_emu.terms import ImproperList

        return ImproperList(tuple(header), data)

    # --- failing ---

    def fail(self, reason: Any, *, eof: bool = False) -> None:
        """The driver ends the port (``driver_failure*``): queued data is thrown away, flush is not called.

        In ``stop`` nothing is left to end, but *eof* still tells the owner, unless the port was lingering: ERTS does
        not survive that.
        """
        if self.state & EXITING and (self.state & CLOSING or not eof):
            return
        if self.acknowledge is not None:
            self.acknowledge(self)
        if eof:
            self._flush_line_buffer()
            if self.state & SOFT_EOF and not self.state & CLOSING:
                self.owner.deliver((self.id, _EOF))
                return
        if self.state & EXITING:
            return
        if self.state & CLOSING:
            self.terminate()  # stop may still see what is queued
        else:
            if self.ioq is not None:
                self.ioq.forget()
            self.exit(reason)

    def _flush_line_buffer(self) -> None:
        if self.line_buffer is not None:
            for kind, line in self.line_buffer.flush():
                self.deliver_data((kind, self._with_header(b"", line)))

    def forget_watcher(self, reference: Reference) -> None:
        """Drop a monitor of the port."""
        if self.monitored_by is not None:
            self.monitored_by.pop(reference, None)

    def unlink_owner(self) -> None:
        """Drop the link to the owner, who is told nothing (``driver_exit``)."""
        if self.links and self.links.pop(self.connected.number, None) is not None:
            self.owner.deliver(PortLinkDropped(self.id))

    # --- closing ---

    def exit(self, reason: Any, *, send_closed: bool = False) -> bool:
        """Close the port (ERTS: ``erts_do_exit_port``); False if it is closing already. The caller holds the lock."""
        if self.state & INVALID_LOOKUP:
            return False
        emu = self.emu
        if self.acknowledge is not None:
            self.acknowledge(self)
        self.state |= EXITING | (SEND_CLOSED if send_closed else 0)
        if self.tflags & BUSY_PORT:
            self.set_busy(False)
        if self.registered_name is not None:
            emu.names.unregister_port(self)
        if (tracepoint := emu.trace.port_exit) is not None:
            tracepoint(port=self, reason=reason)
        self._tell_everybody(KILLED if reason is KILL else reason)
        if self.ioq is not None and self.ioq.size and reason is not KILL:
            self.state = self.state & ~EXITING | CLOSING
            self.set_tflags(TASKS_EXITING)  # from now on requests are tasks, even if the port looks free
            self.call_back("flush")
            if not self.gone and not self.queue_size:
                self.terminate()
        else:
            self.terminate()
        return True

    def _tell_everybody(self, reason: Any) -> None:
        """Exit signals to the links, then DOWN to the monitors."""
        links, self.links = self.links, None
        if links:
            emu = self.emu
            for pid in links.values():
                signal = ExitSignal(self.id, reason, by_link=True)
                if pid is self.connected:
                    self.owner.deliver(signal)
                else:
                    emu.send_signal(self.id, pid, signal)
        if self.driver_monitors:
            self._drop_driver_monitors()
        monitors = self.monitored_by
        if monitors:
            self.monitored_by = None
            # A reason that is not an immediate term makes ERTS build the message with the atom "process".
            kind = _PORT if _is_immediate(reason) else _PROCESS
            for reference, (watcher, item) in monitors.items():
                self.emu.send_signal(self.id, watcher, MonitorDown(reference, kind, item, reason))

    def terminate(self) -> None:
        """Call stop and leave the port table; the structure lives on for two thread-progress steps."""
        emu = self.emu
        driver = self.driver
        self.state |= EXITING
        if self.timer is not None or self.timeout_task is not None:
            self.cancel_timer()
        if driver.stop is not None:
            self.call_back("stop")
        handle = driver.handle
        if handle is not None:
            handle.ports.add_read(-1)
        if self.ioq is not None:
            self._clear_queue()
        self.line_buffer = None
        pdl, self.pdl = self.pdl, None
        if pdl is not None:
            pdl.give_up()
        emu.ports.remove(self)
        state = self.state = self.state & ~(CONNECTED | EXITING | CLOSING) | FREE
        if state & SEND_CLOSED:
            self.owner.deliver((self.id, _CLOSED))
        self.abort_tasks()
        if (tracepoint := emu.trace.port_terminate) is not None:
            tracepoint(port=self)
        emu.schedule_later_op(Port._release_structure, self)

    def _release_structure(self) -> None:
        """Drop one reference to the structure; the last one frees it, and with it the hold on the driver."""
        if self._structure_refs > 1:  # a port data lock may be dropped by another thread at the same time
            self.sched_lock.acquire()
            self._structure_refs -= 1
            left = self._structure_refs
            self.sched_lock.release()
            if left:
                return
        self._structure_refs = 0
        self.handle._port = TOMBSTONE
        self.drv_data = None
        if self.emu.locks.observes:
            self._forget_locks()
        handle = self.driver.handle
        if handle is not None:
            handle.dereference()

    def _forget_locks(self) -> None:
        self.emu.locks.forget(self.sched_lock)
        if self.state & PORT_SPECIFIC_LOCK:
            self.emu.locks.forget(self.lock)

    def abandon(self) -> None:
        """Forget a port whose start failed: no stop, no signals, only the number stays used."""
        self.cancel_timer()
        if self.ioq is not None:
            self._clear_queue()
        self.driver.port_closed()
        pdl, self.pdl = self.pdl, None
        if pdl is not None:
            pdl.give_up()
        self.emu.ports.remove(self)
        self.state = self.state & ~CONNECTED | FREE
        self.abort_tasks()
        self.emu.schedule_later_op(Port._release_structure, self)

    # --- the I/O queue ---

    @property
    def queue_size(self) -> int:
        """The bytes in the I/O queue, which keep a closing port alive."""
        return self.ioq.size if self.ioq is not None else 0

    def io_queue(self) -> IOQueue:
        """Return the I/O queue, making it on first use."""
        if self.ioq is None:
            self.ioq = IOQueue()
        return self.ioq

    def _clear_queue(self) -> None:
        if self.ioq is None:
            return
        if self.pdl is not None:
            self.pdl.lock()
            self.ioq.clear()
            self.pdl.unlock()
        else:
            self.ioq.clear()

    def create_pdl(self) -> ErlDrvPDL | None:
        """Make the port data lock; None if there is one."""
        if self.pdl is not None:
            return None
        emu = self.emu
        self.sched_lock.acquire()
        self._structure_refs += 1
        self.sched_lock.release()
        mutex = emu.locks.mutex("port_data_lock", self.id)

        def destroyed() -> None:
            emu.locks.forget(mutex)
            self._release_structure()

        self.pdl = ErlDrvPDL(self.id, mutex, emu.layer.atomic(1), destroyed, emu.trace)
        return self.pdl

    # --- timer ---

    def set_timer(self, milliseconds: int) -> None:
        """Start or replace the port's timer. 0 queues the task at once."""
        from erts_emu.timers import deadline_after

        self.cancel_timer()
        emu = self.emu
        if milliseconds <= 0:
            self._timed_out()
            return
        wheel = emu.current_scheduler().timers
        self.timer = wheel.set(deadline_after(emu.layer.monotonic(), milliseconds), self._timed_out)

    def _timed_out(self) -> None:
        task = PortTask("timeout", self._run_timeout)
        self.timeout_task = task
        self.schedule_task(task)

    def _run_timeout(self) -> None:
        self.timer = None
        self.timeout_task = None
        if not self.gone:
            self.call_back("timeout")

    def cancel_timer(self) -> None:
        """Stop the timer; an expiry that was not delivered yet is discarded too."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        if self.timeout_task is not None:
            self.timeout_task.cancel()
            self.timeout_task = None

    def timer_left(self) -> int:
        """The milliseconds until the timer fires, rounded up; 0 if there is none."""
        if self.timer is None or self.timer.action is None:
            return 0
        return max(0, -(-(self.timer.deadline - self.emu.layer.monotonic()) // 1_000_000))

    # --- busy ---

    def set_busy(self, busy: bool) -> None:
        """Make senders of commands wait, or let them go on (``set_busy_port``)."""
        trace = self.emu.trace
        if busy:
            if not self.tflags & BUSY_PORT:
                self.set_tflags(BUSY_PORT)
                if self.tflags & HAVE_NS_TASKS:
                    self.refuse_tasks()
                if (tracepoint := trace.port_busy) is not None:
                    tracepoint(port=self)
            return
        if self.tflags & BUSY_PORT:
            self.clear_tflags(BUSY_PORT)
            if (tracepoint := trace.port_not_busy) is not None:
                tracepoint(port=self)
            if not self.tflags & BUSY_PORT_Q:
                self.resume_suspended()

    def suspend(self, process: Process) -> bool:
        """Note that *process* waits for the port to be not busy; False if it is not busy (any more). Any thread."""
        self.sched_lock.acquire()
        wait = bool(self.tflags & BUSY) and not self.tflags & EXIT
        if wait:
            if self.suspended is None:
                self.suspended = []
            self.suspended.append(process)
        self.sched_lock.release()
        return wait

    def resume_suspended(self, *, in_turn: bool = True) -> None:
        """Wake the suspended senders; *in_turn*, the one that has waited longest comes last."""
        self.sched_lock.acquire()
        suspended, self.suspended = self.suspended, None
        self.sched_lock.release()
        if suspended:
            for process in [*suspended[1:], suspended[0]] if in_turn else suspended:
                process.suspended_on = None
                process.wake()

    # --- links and monitors ---

    def init_acked(self, result: Any) -> None:
        """The driver says how opening went (``erl_drv_init_ack``); nobody waits for a second answer."""
        acknowledge = self.acknowledge
        if acknowledge is None:
            return
        self.acknowledge = None
        if acknowledge(result):
            self.drv_data = result
        else:
            self.fail(NORMAL)

    def add_link(self, pid: Pid) -> None:
        """Link *pid*."""
        if self.links is None:
            self.links = {}
        self.links[pid.number] = pid

    def link_broken(self, pid: Pid, reason: Any) -> None:
        """A linked process has ended: only the owner's normal end closes the port."""
        linked = self.links is not None and self.links.pop(pid.number, None) is not None
        if linked and (reason is not NORMAL or pid == self.connected):
            self.exit(reason)

    def monitor_process(self, pid: Pid, monitor: ErlDrvMonitor) -> int:
        """Watch a process for the driver; 1 if it is dead."""
        emu = self.emu
        process = emu.processes.get(pid)
        if process is None:
            return 1
        monitor._reference = reference = emu.make_ref()
        if self.driver_monitors is None:
            self.driver_monitors = {}
        self.driver_monitors[reference] = (pid, monitor)
        emu.send_signal(self.id, pid, MonitorSignal(reference, self.id))
        return 0

    def demonitor_process(self, monitor: ErlDrvMonitor) -> int:
        """Stop watching; 1 if there is no such monitor."""
        entry = (self.driver_monitors or {}).pop(monitor._reference, None)
        if entry is None:
            return 1
        self.emu.send_signal(self.id, entry[0], DemonitorSignal(monitor._reference))
        return 0

    def _drop_driver_monitors(self) -> None:
        if (pdl := self.pdl) is not None:
            pdl.lock()
        monitors, self.driver_monitors = self.driver_monitors, None
        if pdl is not None:
            pdl.unlock()
        for reference, (pid, _) in (monitors or {}).items():
            self.emu.send_signal(self.id, pid, DemonitorSignal(reference))

    def monitor_fired(self, down: MonitorDown) -> None:
        """A process that the driver monitors has ended: call process_exit, on any thread (``erts_fire_port_monitor``).

        If the port is free that is done at once, before what else the process's end has in store for the port.
        """

        def run() -> None:
            if self.state & INVALID_LOOKUP or self.driver_monitors is None:
                return
            monitor = self.driver_monitors.get(down.reference)
            if monitor is not None:
                self.firing = down.reference
                self.call_back("process_exit", monitor[1])
                self.firing = None
                if self.driver_monitors is not None:
                    self.driver_monitors.pop(down.reference, None)

        if not self.lock.acquire(False):
            self.schedule_task(PortTask("process_exit", run))
            return
        run()
        if self.state & NEEDS_EPILOGUE:
            self.callback_epilogue()
        self.lock.release()

    # --- replies ---

    def port_flags(self) -> int:
        """What ``get_port_flags`` returns."""
        state = self.state
        return (PORT_FLAG_BINARY if state & BINARY_IO else 0) | (PORT_FLAG_LINE if state & LINEBUF_IO else 0)

    def control_reply(self, reply: Any) -> Any:
        """Turn what control returned into the term of port_control."""
        if reply is None:
            return []
        if self.control_flags & PORT_CONTROL_FLAG_BINARY:
            return bytes(reply)
        return list(bytes(reply))

    def dead(self, result: Any, function: str, handle: ErlDrvPort) -> Any:
        """Answer an API call on this port after it died: the structure still exists, so this is no error."""
        return result


@lru_cache(maxsize=256)
def _names_of(kind: type[IntFlag], flags: int) -> tuple[str, ...]:
    """The names of the flags that are set, in the order of their bits."""
    return tuple(str(flag.name).lower() for flag in kind if flag & flags)


def _is_immediate(term: Any) -> bool:
    if isinstance(term, int) and not isinstance(term, bool):
        return -_SMALL <= term < _SMALL
    return isinstance(term, _IMMEDIATE_TYPES) or term == []


def slot_index(number: int, size: int) -> int:
    """The table slot of a port number: neighbouring numbers are spread over eight cache lines."""
    lines = size // 8
    return ((number % lines) << 3) + ((number // lines) & 7) if lines else number % size


@final
class PortTable:
    """All ports of one emulator (ERTS: the port table). Numbers only grow; a port takes slot number mod size.

    A dict's single operations are atomic; ``_slots`` and ``_next`` need ``_lock`` (class ``port_table``).
    """

    FIRST_NUMBER: Final = 5
    SYSTEM_NUMBERS: Final = (0, 3, 4)
    """The forker, and the ports behind standard input and output: they do not exist here, but take room."""

    def __init__(self, emu: Emulator, size: int) -> None:
        self.emu = emu
        self.size = size
        self._lock = emu.locks.mutex("port_table", None)
        self._next = self.FIRST_NUMBER
        self._slots: set[int] = {number % size for number in self.SYSTEM_NUMBERS}
        self.table: dict[int, Port] = {}

    def __repr__(self) -> str:
        return f"<PortTable {len(self.table)} ports>"

    def __len__(self) -> int:
        return len(self.table)

    def new_id(self) -> PortId:
        """Take the next number whose slot is free. Raises ``SystemLimit`` if there is none."""
        self._lock.acquire()
        slots = self._slots
        size = self.size
        if len(slots) >= size:
            self._lock.release()
            from erts_emu.errors import SystemLimit

            raise SystemLimit(f"the port table holds its maximum of {size} ports (+Q)")
        number = self._next
        while number % size in slots:
            number += 1
        slots.add(number % size)
        self._next = number + 1 & 0xFFFFFFF
        self._lock.release()
        return PortId(number)

    def add(self, port: Port) -> None:
        """Make *port* visible."""
        self.table[port.id.number] = port

    def remove(self, port: Port) -> None:
        """Forget *port*; its slot may be used again."""
        number = port.id.number
        self.table.pop(number, None)
        self._lock.acquire()
        self._slots.discard(number % self.size)
        self._lock.release()
        if not self.table and self.emu.halting:
            self.emu.async_pool.stop_completing()

    def lookup_for_driver(self, port_id: PortId) -> Port | None:
        """Return the port unless it is gone. A closing or exiting one is found."""
        port = self.table.get(port_id.number)
        return None if port is None or port.state & INVALID_DRIVER_LOOKUP or port_id.node else port

    def lookup(self, port_id: PortId) -> Port | None:
        """Return the port if it takes signals: neither gone nor closing, nor of another node."""
        port = self.table.get(port_id.number)
        return None if port is None or port.state & INVALID_LOOKUP or port_id.node else port

    def all(self) -> list[Port]:
        """Return the ports, slot by slot; lingering ones included."""
        numbers = sorted(self.table.copy(), key=lambda number: slot_index(number, self.size))
        return [port for port in map(self.table.get, numbers) if port is not None]

    def statistics(self, first: int | None = None) -> list[PortStatistics]:
        """Return snapshots of all ports, or of the *first* so many, oldest first; lingering ones too. Takes no lock."""
        return [port.statistics() for port in list(self.table.copy().values())[:first]]

    def find_statistics(self, number: int) -> PortStatistics | None:
        """Return a snapshot of one port, by the number in its identifier; None if it has gone."""
        port = self.table.get(number)
        return None if port is None else port.statistics()

    def exit_signal_from_link(self, pid: Pid, port_id: PortId, reason: Any) -> None:
        """A process that was linked to the port has ended. Always a task, never executed at once."""
        port = self.lookup(port_id)
        if port is not None:
            port.schedule_task(PortTask("exit", lambda: port.link_broken(pid, reason), caller=pid))

    def watcher_gone(self, pid: Pid, port_id: PortId, reference: Reference) -> None:
        """A process that monitored the port has ended."""
        port = self.lookup(port_id)
        if port is not None:
            port.schedule_task(PortTask("demonitor", lambda: port.forget_watcher(reference), caller=pid))
