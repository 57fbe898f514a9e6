"""Process monitors (OTP: ``io.c``). If the port has a data lock, these functions take it themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from erts_emu.driver.api._port import DEAD
from erts_emu.driver.errors import DriverMisuse, NotAPortHandle
from erts_emu.driver.handles import ErlDrvMonitor, ErlDrvPort
from erts_emu.terms import Pid


@contextmanager
def _monitors_of(port: ErlDrvPort, function: str) -> Iterator[Any]:
    """Give the port, with its data lock taken if it has one, or None if it is dead."""
    try:
        p = port._port
    except AttributeError:
        raise NotAPortHandle(function, port) from None
    if p.state & DEAD:
        p.dead(None, function, port)
        yield None
        return
    pdl = p.pdl
    if pdl is None:
        if p.checker is not None:
            p.checker.require(p.lock, function)
        yield p
        return
    pdl.lock()
    try:
        yield p
    finally:
        pdl.unlock()


def driver_monitor_process(port: ErlDrvPort, process: Pid | None, monitor: ErlDrvMonitor) -> int:
    """Have ``process_exit`` called when *process* ends. 1 if it is dead, -1 if there is no such callback [P]."""
    with _monitors_of(port, "driver_monitor_process") as p:
        if p is None or p.driver.process_exit is None:
            return -1
        return int(p.monitor_process(process, monitor)) if isinstance(process, Pid) else 1


def driver_demonitor_process(port: ErlDrvPort, monitor: ErlDrvMonitor) -> int:
    """Drop a monitor. 1 if there is none (any more) [P].

    Raises ``DriverMisuse`` for the very monitor that ``process_exit`` is being called for: OTP crashes then.
    """
    with _monitors_of(port, "driver_demonitor_process") as p:
        if p is None:
            return -1
        if p.firing is not None and p.firing == monitor._reference:
            raise DriverMisuse(
                "driver_demonitor_process() of the monitor for which process_exit is called crashes OTP: it goes anyway"
            )
        return int(p.demonitor_process(monitor))


def driver_get_monitored_process(port: ErlDrvPort, monitor: ErlDrvMonitor) -> Pid | None:
    """Return the monitored process; None (NIL) if the monitor is gone [P]."""
    with _monitors_of(port, "driver_get_monitored_process") as p:
        if p is None or not p.driver_monitors:
            return None
        entry = p.driver_monitors.get(monitor._reference)
        return None if entry is None else entry[0]


def driver_compare_monitors(monitor1: ErlDrvMonitor, monitor2: ErlDrvMonitor) -> int:
    """0 if both are the same monitor, else below or above 0 [A]."""
    words1 = monitor1._reference.words if monitor1._reference is not None else ()
    words2 = monitor2._reference.words if monitor2._reference is not None else ()
    return (words1 > words2) - (words1 < words2)
