"""What a process may call, and the processes that run it: coroutines, and attached Python threads.

:class:`ProcessBifs` has the BIFs as coroutine functions: most return without ever suspending. A
:class:`CoroutineProcess` awaits them; an :class:`AttachedProcess` has the same functions without ``await``, and
drives them from its own Python thread, sitting in a scheduler's seat meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final, NoReturn, Self, TypeVar, final

from erts_emu import port_bifs, port_signals
from erts_emu.driver.context import current_emulator
from erts_emu.errors import (
    NOPROC,
    NORMAL,
    Badarg,
    ErlangError,
    ErlangExit,
    ErlangThrow,
    ProcessExit,
    ProcessExited,
    ReceiveTimeout,
)
from erts_emu.ethread import NANOSECONDS_PER_SECOND
from erts_emu.match import ANY, matches
from erts_emu.port import Port
from erts_emu.port_bifs import NO_REPLY, Pending, Suspend
from erts_emu.port_options import name_of
from erts_emu.process import (
    CONTEXT_REDS,
    RUNNABLE,
    RUNNING,
    WAIT,
    YIELD,
    DemonitorSignal,
    ExitSignal,
    LinkSignal,
    MonitorDown,
    MonitorSignal,
    Priority,
    Process,
    switch,
)
from erts_emu.terms import Atom, Pid, PortId, Reference

if TYPE_CHECKING:
    from erts_emu.emulator import Body, Emulator
    from erts_emu.erl_ddll import AttachedErlDdll, ErlDdll
    from erts_emu.scheduler import Scheduler

T = TypeVar("T")

NODE: Final = Atom("nonode@nohost")
"""The only node there is."""
_DOWN: Final = Atom("DOWN")


class ProcessBifs(Process):
    """A process with everything it may call."""

    # --- receiving ---

    async def receive(self, pattern: Any = None, *, timeout: float | None = None) -> Any:
        """Take the first message that matches *pattern* (default: the first one) out of the queue.

        *timeout* is in seconds; raises ``ReceiveTimeout`` when it is over, 0 meaning at once.
        """
        if self.inq:
            self.fetch()
        self.fcalls -= 1
        if self.fcalls <= 0:
            await switch(YIELD)
        if pattern is None and timeout is None:
            messages = self.messages
            while not messages:
                await switch(WAIT)
                if self.inq:
                    self.fetch()
            return messages.popleft()
        return await self._receive(ANY if pattern is None else pattern, timeout)

    async def _receive(self, pattern: Any, timeout: float | None) -> Any:
        timer = None
        self.timed_out = False
        seen = 0
        try:
            while True:
                self.fetch()
                messages = self.messages
                while seen < len(messages):
                    message = messages[seen]
                    if matches(pattern, message):
                        del messages[seen]
                        return message
                    seen += 1
                if self.timed_out or (timeout is not None and timeout <= 0):
                    raise ReceiveTimeout(f"no message matched {pattern!r} within {timeout} s")
                if timer is None and timeout is not None:
                    timer = self._wake_after(timeout)
                await switch(WAIT)
        finally:
            if timer is not None:
                timer.cancel()

    def _wake_after(self, seconds: float) -> Any:
        def expire() -> None:
            self.timed_out = True
            self.wake()

        emu = self.emu
        deadline = emu.layer.monotonic() + int(seconds * NANOSECONDS_PER_SECOND)
        return emu.current_scheduler().timers.set(deadline, expire)

    async def sleep(self, seconds: float) -> None:
        """Let time pass (``timer:sleep``); messages wait."""
        try:
            await self.receive(_never, timeout=seconds)
        except ReceiveTimeout:
            return

    async def let_others_run(self) -> None:
        """Give the rest of the time slice away (``erlang:yield``)."""
        await switch(YIELD)

    # --- ports ---

    async def open_port(self, port_name: Any, settings: Any = ()) -> PortId:
        """``open_port/2``; see :func:`erts_emu.port_bifs.open_port`."""
        if self.fcalls <= 0:
            await switch(YIELD)
        result = port_bifs.open_port(self, port_name, list(settings) if isinstance(settings, tuple) else settings)
        return await self.reply_to(result) if isinstance(result, Pending) else result

    port_command = port_bifs.port_command
    port_control = port_bifs.port_control
    port_close = port_bifs.port_close

    async def port_call(self, port: Any, operation: int, term: Any) -> Any:
        """``port_call/3``."""
        if self.fcalls <= 0:
            await switch(YIELD)
        return await self._served(port_bifs.port_call, port, operation, term)

    async def port_connect(self, port: Any, pid: Pid) -> bool:
        """``port_connect/2``."""
        return bool(await self._served(port_bifs.port_connect, port, pid))

    async def port_info(self, port: Any, item: Any = None) -> Any:
        """``port_info/1,2``."""
        return await self._served(port_bifs.port_info, port, item)

    async def port_set_data(self, port: Any, data: Any) -> bool:
        """``port_set_data/2``."""
        port_bifs.port_data(self, port).data = data
        return True

    async def port_get_data(self, port: Any) -> Any:
        """``port_get_data/1``: ``undefined`` until something is set."""
        return port_bifs.port_data(self, port).data

    async def ports(self) -> list[PortId]:
        """``erlang:ports/0``."""
        return [port.id for port in self.emu.ports.all()]

    async def _served(self, request: Callable[..., Any], *arguments: Any) -> Any:
        """Make a synchronous request and return its result. What the port has sent meanwhile has arrived by then."""
        try:
            result = request(self, *arguments)
        except ErlangError:
            self.fetch()
            raise
        if type(result) is Pending:
            return await self.reply_to(result)
        if self.inq:
            self.fetch()
        return result

    async def reply_to(self, pending: Pending) -> Any:
        """Wait for the reply to a scheduled request; raise it if it is an exception."""
        replies = self.replies
        while replies[pending.reference] is NO_REPLY:
            self.fetch()
            if replies[pending.reference] is NO_REPLY:
                await switch(WAIT)
        result = replies.pop(pending.reference)
        if isinstance(result, ErlangError):
            raise result
        return result

    async def suspended_by(self, port: Port) -> None:
        """Wait until *port* is not busy or gone. A sender starts anew then, and may be suspended again."""
        self.suspended_on = port
        if not port.suspend(self):
            self.suspended_on = None
            return
        while self.suspended_on is not None:
            self.fetch()
            if self.suspended_on is not None:
                await switch(WAIT)

    # --- messages and signals ---

    async def send(self, destination: Any, message: Any, *, nosuspend: bool = False) -> Any:
        """``Destination ! Message``: returns *message*, or False if *nosuspend* and the port is busy."""
        self.fcalls -= 1
        if self.fcalls <= 0:
            await switch(YIELD)
        target = self._resolve(destination)
        while isinstance(target, Port):
            result = port_bifs.send_to_port(self, target, message, nosuspend=nosuspend)
            if type(result) is not Suspend:
                return False if result == "nosuspend" else message
            await self.suspended_by(result.port)
        if target is not None:
            if (tracepoint := self.emu.trace.message_send) is not None:
                tracepoint(sender=self, receiver=target, message=message)
            target.deliver(message)
        return message

    def _resolve(self, destination: Any) -> Process | Port | None:
        if isinstance(destination, Pid):
            return self.emu.processes.get(destination)
        if isinstance(destination, PortId) and not destination.node:
            return self.emu.ports.lookup(destination)
        if isinstance(destination, Process):
            return destination
        if (named := _name_at_node(destination)) is not None:
            return self.emu.names.whereis(named[0]) if named[1] is NODE else None
        name = name_of(destination)
        owner = self.emu.names.whereis(Atom(name)) if name is not None else None
        if owner is None:
            raise Badarg(f"nobody is called {destination!r}")
        return owner

    async def exit_signal(self, target: Pid | PortId, reason: Any) -> bool:
        """``exit/2``: send an exit signal. A port closes whatever the reason."""
        reason = Atom(reason) if isinstance(reason, str) else reason
        if isinstance(target, PortId):
            port = self.emu.ports.lookup(target)
            if port is not None:
                port_bifs.exit_port(self, port, reason)
            return True
        process = self.emu.processes.get(target)
        if process is not None:
            process.deliver(ExitSignal(self.pid, reason, by_link=False))
        return True

    def exit_now(self, reason: Any) -> NoReturn:
        """``exit/1``: end this process."""
        raise ErlangExit(Atom(reason) if isinstance(reason, str) else reason)

    async def link(self, other: Pid | PortId) -> bool:
        """``link/1``. Linking to nobody raises ``noproc``, or is an exit message if the process traps exits."""
        if isinstance(other, PortId):
            return self._link_port(other)
        if not isinstance(other, Pid):
            raise Badarg(f"link takes a pid or a port identifier, not {other!r}")
        if other == self.pid or other.number in self.links:
            return True
        process = self.emu.processes.get(other)
        if process is None:
            return self._no_such_link(other)
        self.links[other.number] = other
        self.emu.send_signal(self.pid, other, LinkSignal(self.pid))
        return True

    def _link_port(self, other: PortId) -> bool:
        if other.number in self.port_links and not other.node:
            return True
        port = self.emu.ports.lookup(other)
        if port is None:
            return self._no_such_link(other)
        self.port_links[other.number] = other
        port_signals.link(self, port)
        return True

    def _no_such_link(self, other: Pid | PortId) -> bool:
        if not self.trap_exit:
            raise ErlangError(NOPROC, f"{other} does not exist")
        self.deliver((Atom("EXIT"), other, NOPROC))
        return True

    async def unlink(self, other: Pid | PortId) -> bool:
        """``unlink/1``: no exit signal of that link arrives once this has returned."""
        if isinstance(other, Pid):
            self.unlink_process(other)
        elif not isinstance(other, PortId):
            raise Badarg(f"unlink takes a pid or a port identifier, not {other!r}")
        elif not other.node and self.port_links.pop(other.number, None) is not None:
            port = self.emu.ports.lookup(other)
            if port is not None:
                port_signals.unlink(self, port)
        return True

    async def monitor(self, item: Any, *, kind: str | None = None, shown: Any = None, tag: Any = _DOWN) -> Reference:
        """``monitor/2,3`` on a process or a port: its end comes as ``{'DOWN', Ref, Type, Item, Reason}``.

        *kind* is ``"process"`` or ``"port"``, by default that of the identifier; a name needs it, and appears as
        ``{Name, Node}`` in the message. *tag* stands in the place of ``'DOWN'``, *shown* in that of the item.
        """
        if kind is None:
            kind = "process" if isinstance(item, Pid) else "port" if isinstance(item, PortId) else None
        if kind not in ("process", "port"):
            raise Badarg(f"a monitor watches a process or a port, not {item!r}", cause="badtype")
        target, named = self._monitored(item, kind)
        shown = named if shown is None else shown
        reference = self.emu.make_ref()
        if isinstance(target, Port) and kind == "port":
            self.monitors[reference] = (target.id, tag)
            port_signals.monitor(self, target, reference, shown)
        elif isinstance(target, Process) and kind == "process":
            self.monitors[reference] = (target.pid, tag)
            self.emu.send_signal(self.pid, target.pid, MonitorSignal(reference, self.pid, shown))
        else:
            self.monitors[reference] = (None, tag)
            self.deliver(MonitorDown(reference, Atom(kind), shown, NOPROC))
        return reference

    def _monitored(self, item: Any, kind: str) -> tuple[Process | Port | None, Any]:
        """Return what *item* stands for, if that exists, and how a message about it calls it."""
        if isinstance(item, Pid) and kind == "process" and not item.node:
            return self.emu.processes.get(item), item
        if isinstance(item, PortId) and kind == "port" and not item.node:
            return self.emu.ports.lookup(item), item
        named = _name_at_node(item)
        if named is None and (name := name_of(item)) is not None:
            named = Atom(name), NODE
        if named is None or named[1] is not NODE:
            raise Badarg(f"a monitor watches a local {kind} or the name of one, not {item!r}")
        return self.emu.names.whereis(named[0]), named

    async def demonitor(self, reference: Reference, *, flush: bool = False, info: bool = False) -> bool:
        """``demonitor/2``. With *flush*, a ``'DOWN'`` that has come already is removed.

        With *info*, say whether there still was a monitor.
        """
        if not isinstance(reference, Reference):
            raise Badarg(f"not a reference: {reference!r}")
        target, _ = self.monitors.pop(reference, (None, None))
        if isinstance(target, Pid):
            process = self.emu.processes.get(target)
            if process is not None:
                process.deliver(DemonitorSignal(reference))
        elif target is not None:
            port = self.emu.ports.lookup(target)
            if port is not None:
                port_signals.demonitor(self, port, reference)
        if flush and target is None:
            self.fetch()
            down = next((m for m in self.messages if matches((ANY, reference, ANY, ANY, ANY), m)), None)
            if down is not None:
                self.messages.remove(down)
        return target is not None or not info

    # --- names and others ---

    async def register(self, name: Atom | str, owner: Any) -> bool:
        """``register/2`` for a living process or an open port."""
        target: Process | Port | None
        if isinstance(owner, PortId):
            target = self.emu.ports.lookup(owner)
        else:
            target = self.emu.processes.get(owner) if isinstance(owner, Pid) else None
        if target is None:
            raise Badarg(f"{owner!r} is no living process or open port")
        self.emu.names.register(Atom(name) if isinstance(name, str) else name, target)
        return True

    async def unregister(self, name: Atom | str) -> bool:
        """``unregister/1``."""
        self.emu.names.unregister(Atom(name) if isinstance(name, str) else name)
        return True

    async def whereis(self, name: Atom | str) -> Pid | PortId | None:
        """``whereis/1``; None where Erlang says ``undefined``."""
        owner = self.emu.names.whereis(Atom(name) if isinstance(name, str) else name)
        return None if owner is None else owner.pid if isinstance(owner, Process) else owner.id

    async def spawn(self, body: Body, *args: Any, link: bool = False, priority: Priority = "normal") -> Pid:
        """``spawn/1``, ``spawn_link/1``: run the coroutine ``body(process, *args)`` as a process."""
        return self.emu.spawn(body, *args, priority=priority, link=self if link else None).pid

    @property
    def erl_ddll(self) -> ErlDdll:
        """The functions of the module ``erl_ddll``."""
        from erts_emu.erl_ddll import ErlDdll

        return ErlDdll(self)


def _never(message: object) -> bool:
    return False


def _name_at_node(term: Any) -> tuple[Atom, Atom] | None:
    """``{Name, Node}``, if *term* is that."""
    if isinstance(term, tuple) and len(term) == 2:
        name, node = name_of(term[0]), name_of(term[1])
        if name is not None and node is not None:
            return Atom(name), Atom(node)
    return None


@final
class CoroutineProcess(ProcessBifs):
    """A process whose code is a coroutine function that gets the process as its first argument."""

    __slots__ = ("_coroutine", "_failure", "_result")

    def __init__(
        self,
        emu: Emulator,
        home: Scheduler,
        body: Callable[..., Coroutine[Any, Any, Any]],
        args: tuple[Any, ...],
        *,
        priority: Priority,
        trap_exit: bool,
    ) -> None:
        label = getattr(body, "__qualname__", repr(body))
        self._coroutine = body(self, *args)
        if not isinstance(self._coroutine, Coroutine):
            raise TypeError(f"a process runs a coroutine function (async def), and {label} returned none")
        super().__init__(emu, home.runq, label=label, priority=priority)
        self.trap_exit = trap_exit
        self.state = RUNNABLE
        self._result: Any = None
        self._failure: BaseException | None = None

    def run_slice(self, scheduler: Scheduler) -> None:
        if self.emu.halting:
            return  # processes run no more; what is left of them ends with the emulator
        self.state = RUNNING
        self.fcalls = CONTEXT_REDS
        try:
            if self.inq:
                self.fetch()
            request = self._coroutine.send(None)
        except StopIteration as end:
            self._result = end.value
            self.exit(NORMAL)
        except ProcessExit as end:
            self._end(end.reason)
        except ErlangError as error:
            self._failure = error
            self._end(_exit_reason(error), crash=error if not isinstance(error, ErlangExit) else None)
        except Exception as error:  # noqa: BLE001 -- a process that crashes takes nobody else with it
            self._failure = error
            self._end((Atom("python_exception"), Atom(type(error).__name__), str(error).encode()), crash=error)
        else:
            if request is YIELD or not self.prepare_wait():
                self.state = RUNNABLE
                scheduler.runq.enqueue_process(self)

    def _end(self, reason: Any, crash: BaseException | None = None) -> None:
        self._coroutine.close()
        if crash is not None:
            from erts_emu.logs import logger

            logger().error("process_crashed", pid=str(self.pid), label=self.label, exc_info=crash)
        self.exit(reason)

    def abandon(self) -> None:
        try:
            self._coroutine.close()
        except ValueError:
            return  # it runs on a thread that is stuck in it, and has been left behind

    def outcome(self) -> Any:
        """Return what the coroutine returned. Raises what it raised, or ``ProcessExited``."""
        if self._failure is not None:
            raise self._failure
        if self.exit_reason is not NORMAL:
            raise ProcessExited(self.pid, self.exit_reason)
        return self._result


def _exit_reason(error: ErlangError) -> Any:
    if isinstance(error, ErlangExit):
        return error.reason
    if isinstance(error, ErlangThrow):
        return ((Atom("nocatch"), error.reason), [])
    return (error.reason, [])


@final
class ThreadProcess(ProcessBifs):
    """The process side of an attached Python thread: its turn is granted, and its own thread takes it."""

    __slots__ = ("event", "granted")
    bound = True

    def __init__(self, emu: Emulator, home: Scheduler, *, label: str, trap_exit: bool) -> None:
        self.event = emu.layer.event(label)  # first: it may refuse the calling thread
        super().__init__(emu, home.runq, label=label)
        self.trap_exit = trap_exit
        self.granted = False

    def run_slice(self, scheduler: Scheduler) -> None:
        self.state = RUNNING
        self.fcalls = CONTEXT_REDS
        self.granted = True
        self.event.set()


@final
class AttachedProcess:
    """A Python thread that has made itself a process: the BIFs as plain blocking functions.

    Use it on the thread that attached, one call at a time; as a context manager it detaches at the end. While
    a call runs, the thread has the seat of its scheduler. A call of a process that an exit signal has
    ended raises ``ProcessExited``.
    """

    def __init__(self, emu: Emulator, home: Scheduler, *, label: str, trap_exit: bool) -> None:
        self.emu = emu
        self.scheduler = home
        self.process = ThreadProcess(emu, home, label=label, trap_exit=trap_exit)

    def __repr__(self) -> str:
        return f"<AttachedProcess {self.pid}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.detach()

    @property
    def pid(self) -> Pid:
        """The process identifier (``self()``)."""
        return self.process.pid

    @property
    def trap_exit(self) -> bool:
        """Whether exit signals become messages (``process_flag(trap_exit, …)``)."""
        return self.process.trap_exit

    @trap_exit.setter
    def trap_exit(self, value: bool) -> None:
        self.process.trap_exit = value

    def detach(self, reason: Any = NORMAL) -> None:
        """End the process, with its links as usual. Harmless when it has ended already."""
        if self.process.is_alive and not self.emu.halted:
            self.scheduler.enter()
            self.process.exit(Atom(reason) if isinstance(reason, str) else reason)
            self.scheduler.leave()

    # --- driving coroutines from a thread ---

    def drive(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a BIF to its end. While it has to wait, this thread runs the scheduler's turns."""
        process = self.process
        if not process.is_alive:
            coroutine.close()
            raise ProcessExited(process.pid, process.exit_reason)
        emu = self.emu
        if emu.halted:
            coroutine.close()
            emu.check_running()
        if current_emulator.get(None) is not emu:
            current_emulator.set(emu)
        scheduler = self.scheduler
        scheduler.enter()
        try:
            if process.fcalls <= 0:
                process.fcalls = CONTEXT_REDS
                scheduler.turn()
            while True:
                request = coroutine.send(None)
                if request is YIELD:
                    process.fcalls = CONTEXT_REDS
                    scheduler.turn()
                elif process.prepare_wait():
                    self._wait_for_turn()
        except StopIteration as end:
            result: T = end.value
            return result
        except ProcessExit as end:
            coroutine.close()
            process.exit(end.reason)
            raise ProcessExited(process.pid, end.reason) from None
        finally:
            if process.is_alive:
                process.state = RUNNING  # a KeyboardInterrupt ends a wait too
            scheduler.leave()

    def _wait_for_turn(self) -> None:
        process = self.process
        scheduler = self.scheduler
        process.granted = False
        while not process.granted:
            if not scheduler.turn() and not process.granted:
                scheduler.wait(process.event)
                if self.emu.halted:
                    self.emu.check_running()

    def let_work(self, seconds: float) -> None:
        """Let the emulator work for a moment."""
        self.sleep(seconds)

    def wait_for(self, process: Process) -> Any:
        """Wait until *process* has exited; return its exit reason."""
        reference = self.monitor(process.pid)
        down = self.receive((_DOWN, reference, ANY, ANY, ANY))
        return down[4]

    # --- the BIFs ---

    def receive(self, pattern: Any = None, *, timeout: float | None = None) -> Any:
        """See :meth:`ProcessBifs.receive`."""
        return self.drive(self.process.receive(pattern, timeout=timeout))

    def flush(self) -> list[Any]:
        """Take all messages out of the queue and return them."""
        received = []
        while True:
            try:
                received.append(self.receive(timeout=0))
            except ReceiveTimeout:
                return received

    def sleep(self, seconds: float) -> None:
        """See :meth:`ProcessBifs.sleep`."""
        self.drive(self.process.sleep(seconds))

    def open_port(self, port_name: Any, settings: Any = ()) -> PortId:
        """See :func:`erts_emu.port_bifs.open_port`."""
        return self.drive(self.process.open_port(port_name, settings))

    def port_command(self, port: Any, data: Any, *, force: bool = False, nosuspend: bool = False) -> bool:
        """See :meth:`ProcessBifs.port_command`."""
        return self.drive(self.process.port_command(port, data, force=force, nosuspend=nosuspend))

    def port_control(self, port: Any, operation: int, data: Any) -> Any:
        """See :meth:`ProcessBifs.port_control`."""
        return self.drive(self.process.port_control(port, operation, data))

    def port_call(self, port: Any, operation: int, term: Any) -> Any:
        """See :meth:`ProcessBifs.port_call`."""
        return self.drive(self.process.port_call(port, operation, term))

    def port_close(self, port: Any) -> bool:
        """See :meth:`ProcessBifs.port_close`."""
        return self.drive(self.process.port_close(port))

    def port_connect(self, port: Any, pid: Pid) -> bool:
        """See :meth:`ProcessBifs.port_connect`."""
        return self.drive(self.process.port_connect(port, pid))

    def port_info(self, port: Any, item: Any = None) -> Any:
        """See :meth:`ProcessBifs.port_info`."""
        return self.drive(self.process.port_info(port, item))

    def port_set_data(self, port: Any, data: Any) -> bool:
        """See :meth:`ProcessBifs.port_set_data`."""
        return self.drive(self.process.port_set_data(port, data))

    def port_get_data(self, port: Any) -> Any:
        """See :meth:`ProcessBifs.port_get_data`."""
        return self.drive(self.process.port_get_data(port))

    def ports(self) -> list[PortId]:
        """See :meth:`ProcessBifs.ports`."""
        return self.drive(self.process.ports())

    def send(self, destination: Any, message: Any, *, nosuspend: bool = False) -> Any:
        """See :meth:`ProcessBifs.send`."""
        return self.drive(self.process.send(destination, message, nosuspend=nosuspend))

    def exit_signal(self, target: Pid | PortId, reason: Any) -> bool:
        """See :meth:`ProcessBifs.exit_signal`."""
        return self.drive(self.process.exit_signal(target, reason))

    def link(self, other: Pid | PortId) -> bool:
        """See :meth:`ProcessBifs.link`."""
        return self.drive(self.process.link(other))

    def unlink(self, other: Pid | PortId) -> bool:
        """See :meth:`ProcessBifs.unlink`."""
        return self.drive(self.process.unlink(other))

    def monitor(self, item: Any, *, kind: str | None = None, shown: Any = None, tag: Any = _DOWN) -> Reference:
        """See :meth:`ProcessBifs.monitor`."""
        return self.drive(self.process.monitor(item, kind=kind, shown=shown, tag=tag))

    def demonitor(self, reference: Reference, *, flush: bool = False, info: bool = False) -> bool:
        """See :meth:`ProcessBifs.demonitor`."""
        return self.drive(self.process.demonitor(reference, flush=flush, info=info))

    def register(self, name: Atom | str, owner: Any) -> bool:
        """See :meth:`ProcessBifs.register`."""
        return self.drive(self.process.register(name, owner))

    def unregister(self, name: Atom | str) -> bool:
        """See :meth:`ProcessBifs.unregister`."""
        return self.drive(self.process.unregister(name))

    def whereis(self, name: Atom | str) -> Pid | PortId | None:
        """See :meth:`ProcessBifs.whereis`."""
        return self.drive(self.process.whereis(name))

    def spawn(self, body: Body, *args: Any, link: bool = False, priority: Priority = "normal") -> Pid:
        """See :meth:`ProcessBifs.spawn`."""
        return self.drive(self.process.spawn(body, *args, link=link, priority=priority))

    @property
    def erl_ddll(self) -> AttachedErlDdll:
        """The functions of the module ``erl_ddll``."""
        from erts_emu.erl_ddll import AttachedErlDdll

        return AttachedErlDdll(self)
