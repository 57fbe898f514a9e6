"""Signals to ports that nobody waits for: link, unlink, monitor, demonitor (ERTS: ``erts_port_link`` … in ``io.c``).

Each is executed at once if the port is free, else as a task. A port that is closing by then answers as one that
does not exist: ``noproc`` to a link or a monitor, nothing to the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from erts_emu.errors import NOPROC
from erts_emu.port_bifs import execute_at_once
from erts_emu.port_states import INVALID_LOOKUP
from erts_emu.port_task import NOT_IMMEDIATE, PARALLELISM, SIGNAL_REDS, PortTask
from erts_emu.signals import ExitSignal, MonitorDown
from erts_emu.terms import Atom, Reference

if TYPE_CHECKING:
    from erts_emu.port import Port
    from erts_emu.process import Process

_PORT: Final = Atom("port")


def link(process: Process, port: Port) -> None:
    """Let *port* know that *process* has linked itself to it."""
    pid = process.pid

    def refuse() -> None:
        port.emu.send_signal(port.id, pid, ExitSignal(port.id, NOPROC, by_link=True))

    _signal(process, port, "link", lambda: port.add_link(pid), refuse)


def unlink(process: Process, port: Port) -> None:
    """Let *port* know that *process* has dropped its link."""
    number = process.pid.number

    def drop() -> None:
        if port.links is not None:
            port.links.pop(number, None)

    _signal(process, port, "unlink", drop)


def monitor(process: Process, port: Port, reference: Reference, item: Any) -> None:
    """Let *process* know when *port* closes; *item* is how it called the port."""
    pid = process.pid

    def add() -> None:
        if port.monitored_by is None:
            port.monitored_by = {}
        port.monitored_by[reference] = (pid, item)

    def refuse() -> None:
        port.emu.send_signal(port.id, pid, MonitorDown(reference, _PORT, item, NOPROC))

    _signal(process, port, "monitor", add, refuse)


def demonitor(process: Process, port: Port, reference: Reference) -> None:
    """Forget a monitor."""
    _signal(process, port, "demonitor", lambda: port.forget_watcher(reference))


def _signal(
    process: Process, port: Port, kind: str, action: Callable[[], None], refuse: Callable[[], None] | None = None
) -> None:
    """Execute *action* under the port's lock, now or as a task; *refuse* instead if the port is closing by then."""

    def run() -> None:
        if not port.state & INVALID_LOOKUP:
            action()
        elif refuse is not None:
            refuse()

    process.fcalls -= SIGNAL_REDS
    if execute_at_once(port, NOT_IMMEDIATE | PARALLELISM, run):
        return
    if not port.schedule_task(PortTask(kind, run, SIGNAL_REDS, refuse, caller=process.pid)) and refuse is not None:
        refuse()
