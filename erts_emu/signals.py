"""Signals: what processes and ports send each other besides messages (ERTS: ``erl_proc_sig_queue.c``).

A signal stands in the receiver's queue between messages, and takes effect when the receiver fetches it: so everything
that one sender sends stays in order, and whoever asks a process something sees what its own earlier signals have done.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.errors import KILL, KILLED, NOPROC, NORMAL, ProcessExit
from erts_emu.terms import Atom, Pid, PortId, Reference

if TYPE_CHECKING:
    from erts_emu.process import Process

_EXIT: Final = Atom("EXIT")
_PROCESS: Final = Atom("process")
_SUSPENDED: Final = Atom("suspended")
_EXITED: Final = Atom("exited")


@final
class ExitSignal:
    """An exit signal, by a broken link or by ``exit/2``."""

    __slots__ = ("by_link", "reason", "sender")

    def __init__(self, sender: Pid | PortId, reason: Any, *, by_link: bool) -> None:
        self.sender = sender
        self.reason = reason
        self.by_link = by_link

    def take_effect(self, process: Process) -> None:
        """Become a message, end the process, or do nothing: a broken link that was dropped meanwhile is no news."""
        sender = self.sender
        by_link = self.by_link
        if by_link:
            links: dict[int, Any] = process.port_links if type(sender) is PortId else process.links
            if links.pop(sender.number, None) is None:
                return
        reason = self.reason
        if reason is KILL and not by_link:
            raise ProcessExit(KILLED)
        if process.trap_exit:
            process.messages.append((_EXIT, sender, reason))
        elif reason is not NORMAL or (not by_link and sender == process.pid):
            raise ProcessExit(reason)

    def after_exit(self, process: Process) -> None:
        """A dead process needs no exit signal."""


@final
class LinkSignal:
    """Another process has linked itself to the receiver."""

    __slots__ = ("sender",)

    def __init__(self, sender: Pid) -> None:
        self.sender = sender

    def take_effect(self, process: Process) -> None:
        process.links[self.sender.number] = self.sender

    def after_exit(self, process: Process) -> None:
        """The linker learns that there is nobody."""
        process.emu.send_signal(process.pid, self.sender, ExitSignal(process.pid, NOPROC, by_link=True))


@final
class UnlinkSignal:
    """Another process has dropped its link to the receiver."""

    __slots__ = ("sender",)

    def __init__(self, sender: Pid) -> None:
        self.sender = sender

    def take_effect(self, process: Process) -> None:
        process.links.pop(self.sender.number, None)

    def after_exit(self, process: Process) -> None:
        """Nothing is left to unlink."""


@final
class PortLinkDropped:
    """A port has dropped its link to the receiver without a word (``driver_exit``)."""

    __slots__ = ("port",)

    def __init__(self, port: PortId) -> None:
        self.port = port

    def take_effect(self, process: Process) -> None:
        process.port_links.pop(self.port.number, None)

    def after_exit(self, process: Process) -> None:
        """Nothing is left to unlink."""


@final
class PortLinked:
    """A port has linked itself to the receiver (``port_connect``)."""

    __slots__ = ("port",)

    def __init__(self, port: PortId) -> None:
        self.port = port

    def take_effect(self, process: Process) -> None:
        process.port_links[self.port.number] = self.port

    def after_exit(self, process: Process) -> None:
        """The port learns that its new owner is gone."""
        process.emu.ports.exit_signal_from_link(process.pid, self.port, NOPROC)


@final
class MonitorSignal:
    """Another process wants to know when the receiver exits; *item* is how it calls the receiver, if not by its pid."""

    __slots__ = ("item", "reference", "watcher")

    def __init__(self, reference: Reference, watcher: Pid | PortId, item: Any = None) -> None:
        self.reference = reference
        self.watcher = watcher
        self.item = item

    def take_effect(self, process: Process) -> None:
        item = process.pid if self.item is None else self.item
        process.monitored_by[self.reference] = (self.watcher, item)

    def after_exit(self, process: Process) -> None:
        """The watcher learns that there is nobody."""
        item = process.pid if self.item is None else self.item
        process.emu.send_signal(process.pid, self.watcher, MonitorDown(self.reference, _PROCESS, item, NOPROC))


@final
class DemonitorSignal:
    """Another process does not want to know any more."""

    __slots__ = ("reference",)

    def __init__(self, reference: Reference) -> None:
        self.reference = reference

    def take_effect(self, process: Process) -> None:
        process.monitored_by.pop(self.reference, None)

    def after_exit(self, process: Process) -> None:
        """Nothing is left to do."""


@final
class MonitorDown:
    """Something that the receiver monitors is down. Becomes a message if the monitor still exists."""

    __slots__ = ("item", "kind", "reason", "reference")

    def __init__(self, reference: Reference, kind: Atom, item: object, reason: Any) -> None:
        self.reference = reference
        self.kind = kind
        self.item = item
        self.reason = reason

    def take_effect(self, process: Process) -> None:
        monitor = process.monitors.pop(self.reference, None)
        if monitor is not None:
            process.drop_alias_of_monitor(self.reference)
            process.messages.append((monitor[1], self.reference, self.kind, self.item, self.reason))

    def after_exit(self, process: Process) -> None:
        """Nobody is left to be told."""


@final
class PortReply:
    """The answer to a request that the receiver sent to a port, or to a question to a process, and waits for."""

    __slots__ = ("reference", "result")

    def __init__(self, reference: Reference, result: Any) -> None:
        self.reference = reference
        self.result = result

    def take_effect(self, process: Process) -> None:
        if self.reference in process.replies:
            process.replies[self.reference] = self.result

    def after_exit(self, process: Process) -> None:
        """Nobody waits any more."""


@final
class Question:
    """Another process asks something about the receiver, and waits for the answer (``process_info/2``)."""

    __slots__ = ("asker", "gone", "question", "reference")

    def __init__(self, asker: Pid, reference: Reference, question: Callable[[Process], Any], gone: Any) -> None:
        self.asker = asker
        self.reference = reference
        self.question = question
        self.gone = gone

    def take_effect(self, process: Process) -> None:
        self._answer(process, self.question(process))

    def after_exit(self, process: Process) -> None:
        """The answer is what is said of a dead process."""
        self._answer(process, self.gone)

    def _answer(self, process: Process, answer: Any) -> None:
        process.emu.send_signal(process.pid, self.asker, PortReply(self.reference, answer))


@final
class AliasMessage:
    """A message that was sent to an alias of the receiver. It is lost if the alias is no more."""

    __slots__ = ("alias", "message")

    def __init__(self, alias: Reference, message: Any) -> None:
        self.alias = alias
        self.message = message

    def take_effect(self, process: Process) -> None:
        kind = process.aliases.get(self.alias)
        if kind is None:
            return
        if kind in ONCE:
            process.drop_alias(self.alias)
            if kind == "reply_demonitor":
                process.drop_monitor(self.alias)
        process.messages.append(self.message)

    def after_exit(self, process: Process) -> None:
        """It is lost."""


ONCE: Final = ("reply", "reply_demonitor")
"""The kinds of aliases that end with the first message."""


@final
class SuspendSignal:
    """Another process wants the receiver to stop until it is resumed; *reply* is told when it has stopped.

    *reply* is a function of what has happened: ``suspended`` or ``exited``.
    """

    __slots__ = ("reply", "suspender")

    def __init__(self, suspender: Pid, reply: Callable[[Atom], None] | None) -> None:
        self.suspender = suspender
        self.reply = reply

    def take_effect(self, process: Process) -> None:
        process.suspenders.add(self.suspender)
        process.fcalls = 0  # its time slice is over
        if self.reply is not None:
            process.to_confirm.append(partial(self.reply, _SUSPENDED))

    def after_exit(self, process: Process) -> None:
        """Whoever waits learns that there is nobody."""
        if self.reply is not None:
            self.reply(_EXITED)


@final
class ResumeSignal:
    """A process that had suspended the receiver lets it go on."""

    __slots__ = ("suspender",)

    def __init__(self, suspender: Pid) -> None:
        self.suspender = suspender

    def take_effect(self, process: Process) -> None:
        process.suspenders.discard(self.suspender)

    def after_exit(self, process: Process) -> None:
        """Nothing is left to resume."""


SIGNALS: Final = frozenset(
    (
        ExitSignal,
        LinkSignal,
        UnlinkSignal,
        PortLinkDropped,
        PortLinked,
        MonitorSignal,
        DemonitorSignal,
        MonitorDown,
        PortReply,
        Question,
        AliasMessage,
        SuspendSignal,
        ResumeSignal,
    )
)
