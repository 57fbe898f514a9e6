"""What a process may call (ERTS: ``bif.c``), as coroutine functions: most return without ever suspending.

A :class:`~erts_emu.coroutine_process.CoroutineProcess` awaits them; an
:class:`~erts_emu.attached_process.AttachedProcess` has the same functions without ``await``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

from erts_emu import port_bifs, port_signals
from erts_emu.errors import (
    BADARG,
    NOPROC,
    Badarg,
    ErlangError,
    ErlangExit,
    ReceiveTimeout,
)
from erts_emu.ethread import NANOSECONDS_PER_SECOND
from erts_emu.match import ANY, matches
from erts_emu.port import Port
from erts_emu.port_bifs import NO_REPLY, Pending, Suspend
from erts_emu.port_options import name_of
from erts_emu.process import WAIT, WAITING, YIELD, Priority, Process, switch
from erts_emu.signals import (
    AliasMessage,
    DemonitorSignal,
    ExitSignal,
    LinkSignal,
    MonitorDown,
    MonitorSignal,
    PortReply,
    Question,
    ResumeSignal,
    SuspendSignal,
)
from erts_emu.terms import Atom, Pid, PortId, Reference
from erts_emu.terms.identifiers import LOCAL_NODE, node_name

if TYPE_CHECKING:
    from erts_emu.emulator import Body
    from erts_emu.erl_ddll import ErlDdll

T = TypeVar("T")

_NO_CONNECTION: Final = Atom("noconnection")
_DOWN: Final = Atom("DOWN")


class ProcessBifs(Process):
    """A process with everything it may call."""

    # --- receiving ---

    async def receive(self, pattern: Any = None, *, timeout: float | None = None) -> Any:
        """Take the first message that matches *pattern* (default: the first one) out of the queue.

        *timeout* is in seconds; raises ``ReceiveTimeout`` when it is over, 0 meaning at once.
        """
        inq = self.inq
        if inq:
            self.fetch()
        fcalls = self.fcalls = self.fcalls - 1
        if fcalls <= 0:
            await switch(YIELD)
        if pattern is None and timeout is None:
            messages = self.messages
            while not messages:
                await switch(WAIT)
                if inq:
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
        return await self.served(port_bifs.port_call, port, operation, term)

    async def port_connect(self, port: Any, pid: Pid) -> bool:
        """``port_connect/2``."""
        return bool(await self.served(port_bifs.port_connect, port, pid))

    async def port_info(self, port: Any, item: Any = None) -> Any:
        """``port_info/1,2``."""
        return await self.served(port_bifs.port_info, port, item)

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

    async def served(self, request: Callable[..., Any], *arguments: Any) -> Any:
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

    async def suspended_by(self, port: Port, function: tuple[str, str, int]) -> None:
        """Wait in *function* until *port* is not busy or gone. A sender starts anew, and may be suspended again."""
        self.suspended_in = function
        self.suspended_on = port
        if not port.suspend(self):
            self.suspended_on = None
            return
        while self.suspended_on is not None:
            self.fetch()
            if self.suspended_on is not None:
                await switch(WAIT)

    # --- messages and signals ---

    async def send(self, destination: Any, message: Any, *, nosuspend: bool = False, arity: int = 2) -> Any:
        """``Destination ! Message``: returns *message*, or False if *nosuspend* and the port is busy.

        *arity* is that of the function ``send`` which was called.
        """
        self.fcalls -= 1
        if self.fcalls <= 0:
            await switch(YIELD)
        target = self._resolve(destination)
        while isinstance(target, Port):
            result = port_bifs.send_to_port(self, target, message, nosuspend=nosuspend)
            if type(result) is not Suspend:
                return False if result == "nosuspend" else message
            await self.suspended_by(result.port, ("erlang", "send", arity))
        if target is not None:
            if (tracepoint := self.emu.trace.message_send) is not None:
                tracepoint(sender=self, receiver=target, message=message)
            target.deliver(AliasMessage(destination, message) if isinstance(destination, Reference) else message)
        return message

    def _resolve(self, destination: Any) -> Process | Port | None:
        if isinstance(destination, Pid):
            return self.emu.processes.get(destination)
        if isinstance(destination, PortId) and not destination.node:
            return self.emu.ports.lookup(destination)
        if isinstance(destination, Process):
            return destination
        if isinstance(destination, Reference):
            return self.emu.aliases.get(destination)
        if (named := _name_at_node(destination)) is not None:
            return self.emu.names.whereis(named[0]) if named[1] is LOCAL_NODE else None
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
        if other.node is not None and other.node.name is not LOCAL_NODE:
            self.deliver(ExitSignal(other, _NO_CONNECTION, by_link=False))
            return True
        if other == self.pid or (other.node is None and other.number in self.links):
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

    async def monitor(
        self, item: Any, *, kind: str | None = None, shown: Any = None, tag: Any = _DOWN, alias: str | None = None
    ) -> Reference:
        """``monitor/2,3`` on a process or a port: its end comes as ``{'DOWN', Ref, Type, Item, Reason}``.

        *kind* is ``"process"`` or ``"port"``, by default that of the identifier; a name needs it, and appears as
        ``{Name, Node}`` in the message. *tag* stands in the place of ``'DOWN'``, *shown* in that of the item. With
        *alias* (``explicit_unalias``, ``demonitor``, ``reply_demonitor``) the reference is an alias too.
        """
        if kind is None:
            kind = "process" if isinstance(item, Pid) else "port" if isinstance(item, PortId) else None
        if kind not in ("process", "port"):
            raise Badarg(f"a monitor watches a process or a port, not {item!r}", cause="badtype")
        target, named = self._monitored(item, kind)
        shown = named if shown is None else shown
        reference = self.emu.make_ref()
        if alias is not None:
            self.add_alias(reference, alias)
        if isinstance(target, Port) and kind == "port":
            self.monitors[reference] = (target.id, tag)
            port_signals.monitor(self, target, reference, shown)
        elif target is self and kind == "process":
            pass  # whoever monitors itself would never hear of it
        elif isinstance(target, Process) and kind == "process":
            self.monitors[reference] = (target.pid, tag)
            self.emu.send_signal(self.pid, target.pid, MonitorSignal(reference, self.pid, shown))
        else:
            self.monitors[reference] = (None, tag)
            far = kind == "process" and isinstance(item, Pid) and node_name(item) is not LOCAL_NODE
            self.deliver(MonitorDown(reference, Atom(kind), shown, _NO_CONNECTION if far else NOPROC))
        return reference

    def _monitored(self, item: Any, kind: str) -> tuple[Process | Port | None, Any]:
        """Return what *item* stands for, if that exists, and how a message about it calls it."""
        if isinstance(item, Pid) and kind == "process":
            return self.emu.processes.get(item), item
        if isinstance(item, PortId) and kind == "port" and not item.node:
            return self.emu.ports.lookup(item), item
        named = _name_at_node(item)
        if named is None and (name := name_of(item)) is not None:
            named = Atom(name), LOCAL_NODE
        if named is None or named[1] is not LOCAL_NODE:
            raise Badarg(f"a monitor watches a local {kind} or the name of one, not {item!r}")
        return self.emu.names.whereis(named[0]), named

    async def demonitor(self, reference: Reference, *, flush: bool = False, info: bool = False) -> bool:
        """``demonitor/2``. With *flush*, a ``'DOWN'`` that has come already is removed.

        With *info*, say whether there still was a monitor.
        """
        if not isinstance(reference, Reference):
            raise Badarg(f"not a reference: {reference!r}")
        target, _ = self.monitors.pop(reference, (None, None))
        self.drop_alias_of_monitor(reference)
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

    # --- aliases, suspension, questions ---

    async def alias(self, *, reply: bool = False) -> Reference:
        """``alias/0,1``: a reference that this process may be sent messages by; with *reply*, only the first one."""
        alias = self.emu.make_ref()
        self.add_alias(alias, "reply" if reply else "explicit_unalias")
        return alias

    async def unalias(self, alias: Reference) -> bool:
        """``unalias/1``. False if *alias* is none of this process'."""
        self.fetch()
        return self.drop_alias(alias)

    async def suspend_process(
        self, pid: Pid, *, unless_suspending: bool = False, notify: Callable[[Atom], None] | None = None
    ) -> bool:
        """``erlang:suspend_process/1,2``: another process goes on when it was resumed as often as suspended.

        Returns when it stands still; at once if *notify* is given, which is called then. Raises ``Badarg``.
        """
        target = None if pid == self.pid else self.emu.processes.get(pid)
        if target is None:
            if notify is None or pid == self.pid:
                raise Badarg(f"{pid} is no other living process")
            notify(BADARG)
            return True
        if unless_suspending and pid in self.suspending:
            return False
        before = self.suspending.get(pid, 0)
        self.suspending[pid] = before + 1
        if before:
            if notify is not None:
                notify(Atom("suspended"))
        elif notify is not None:
            self.emu.send_signal(self.pid, pid, SuspendSignal(self.pid, notify))
        elif await self._suspend_and_wait(pid) is not Atom("suspended"):
            del self.suspending[pid]
            raise Badarg(f"{pid} is no living process")
        return True

    async def _suspend_and_wait(self, pid: Pid) -> Any:
        reference = self.emu.make_ref()
        self.replies[reference] = NO_REPLY
        mine, emu = self.pid, self.emu

        def stopped(what: Atom) -> None:
            emu.send_signal(pid, mine, PortReply(reference, what))

        emu.send_signal(mine, pid, SuspendSignal(mine, stopped))
        return await self.reply_to(Pending(reference))

    async def resume_process(self, pid: Pid) -> bool:
        """``erlang:resume_process/1``. Raises ``Badarg`` unless this process has suspended it."""
        count = self.suspending.get(pid, 0)
        if not count or self.emu.processes.get(pid) is None:
            self.suspending.pop(pid, None)
            raise Badarg(f"{pid} was not suspended by {self.pid}")
        if count > 1:
            self.suspending[pid] = count - 1
        else:
            del self.suspending[pid]
            self.emu.send_signal(self.pid, pid, ResumeSignal(self.pid))
        return True

    async def is_process_alive(self, pid: Pid) -> bool:
        """``is_process_alive/1``, after what this process has sent to it before."""
        return bool(await self.ask(pid, lambda process: process.is_alive, False))

    async def ask(self, pid: Pid, question: Callable[[Process], Any], gone: Any) -> Any:
        """Return *question* of a process once it has taken note of this one's signals; *gone* if it does not live.

        A process that has nothing in its queue and waits is looked at directly, as ERTS does it.
        """
        target = self.emu.processes.get(pid)
        if target is None:
            return gone
        if target is self:
            self.fetch()
        elif target.answers and (target.inq or target.state is not WAITING):
            reference = self.emu.make_ref()
            self.replies[reference] = NO_REPLY
            self.emu.send_signal(self.pid, pid, Question(self.pid, reference, question, gone))
            return await self.reply_to(Pending(reference))
        return question(target) if target.is_alive else gone

    # --- names and others ---

    async def register(self, name: Atom | str, owner: Any) -> bool:
        """``register/2`` for a living process or an open port."""
        target: Process | Port | None
        if isinstance(owner, PortId):
            target = self.emu.ports.lookup(owner)
        else:
            target = self.emu.processes.get(owner) if isinstance(owner, Pid) else None
        if target is None:
            cause = "notalive" if isinstance(owner, Pid) and name_of(name) != "undefined" else "none"
            raise Badarg(f"{owner!r} is no living process or open port", cause=cause)
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
