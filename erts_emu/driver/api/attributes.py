"""A port's attributes and identity (OTP: ``io.c``)."""

from __future__ import annotations

from typing import Any, Final

from erts_emu.driver.api._port import living
from erts_emu.driver.handles import ErlDrvPort
from erts_emu.terms import Atom, Pid, PortId

driver_term_nil: Final = None
"""The term word of NIL, which functions return where there is no pid or port."""

_CONTEXT_REDS: Final = 4000
_REDS_PER_PERCENT: Final = 40
_CALLBACK_REDS: Final = 40  # which the calling process is charged before the callback


def driver_mk_port(port: ErlDrvPort) -> PortId | None:
    """Return the port's term; None (NIL) on a dead port [C]."""
    p = living(port, "driver_mk_port")
    return None if p is None else p.id


def driver_mk_atom(string: str | bytes) -> Atom:
    """Return an atom, of bytes in Latin-1; more than 255 characters are cut [A]."""
    return Atom((string.decode("latin-1") if isinstance(string, bytes) else string)[:255])


def driver_mk_term_nil() -> None:
    """Return the value of ``driver_term_nil``: None [A]."""
    return driver_term_nil


def driver_connected(port: ErlDrvPort) -> Pid | None:
    """Return the owner's pid, even if that process is dead; None (NIL) on a dead port [C]."""
    p = living(port, "driver_connected")
    return None if p is None else p.connected


def driver_caller(port: ErlDrvPort) -> Pid | None:
    """Return who caused the callback: in start, output, outputv, control, call. None (NIL) elsewhere [C].

    For ``Port ! {Owner, …}`` that is who has sent it, whatever the tuple says.
    """
    p = living(port, "driver_caller")
    return None if p is None else p.caller


def get_port_flags(port: ErlDrvPort) -> int:
    """Return ``PORT_FLAG_BINARY`` and ``PORT_FLAG_LINE`` as the port was opened; 0 during start [C]."""
    p = living(port, "get_port_flags")
    return 0 if p is None else int(p.port_flags())


def set_port_control_flags(port: ErlDrvPort, flags: int) -> None:
    """With ``PORT_CONTROL_FLAG_BINARY``, replies of control are binaries, from the call under way on [C]."""
    p = living(port, "set_port_control_flags")
    if p is not None:
        p.control_flags = flags


def erl_drv_set_os_pid(port: ErlDrvPort, pid: int) -> None:
    """Set what ``port_info(Port, os_pid)`` tells; negative means ``undefined`` [C]."""
    p = living(port, "erl_drv_set_os_pid")
    if p is not None:
        p.os_pid = pid if pid >= 0 else None


def driver_lock_driver(port: ErlDrvPort) -> int:
    """Keep the port's driver loaded for ever. -1 for a driver that was not loaded dynamically [C]."""
    p = living(port, "driver_lock_driver")
    if p is None or p.driver.handle is None:
        return -1
    p.emu.ddll.lock_driver(p.driver.handle)
    return 0


def erl_drv_consume_timeslice(port: ErlDrvPort, percent: int) -> int:
    """Use up 1 to 100 percent of the time slice; 1 if it is used up now, 0 if the driver may go on [C].

    It is the time slice of the process that called, or of the port, which starts its tasks with 30 percent used.
    """
    p = living(port, "erl_drv_consume_timeslice")
    if p is None:
        return -1
    reds = _REDS_PER_PERCENT * min(max(percent, 1), 100)
    scheduler = p.emu.layer.tsd.scheduler
    process = p.emu.processes.get(p.caller) if p.caller is not None else None
    if process is not None and not (scheduler is not None and scheduler.current_port is p):
        return _consume_callers(process, reds)
    p.reds = min(p.reds + reds, _CONTEXT_REDS)
    return int(p.reds == _CONTEXT_REDS)


def _consume_callers(process: Any, reds: int) -> int:
    left = max(0, process.fcalls + _CALLBACK_REDS - reds)
    process.fcalls = left - _CALLBACK_REDS
    return int(left == 0)
