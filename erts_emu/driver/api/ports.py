"""Opening ports, and the driver list (OTP: ``io.c``)."""

from __future__ import annotations

from typing import Any

from erts_emu.driver.api._port import DEAD, living
from erts_emu.driver.context import emulator
from erts_emu.driver.entry import DriverEntry, validate
from erts_emu.driver.errors import DriverMisuse, NotAPortHandle
from erts_emu.driver.handles import INVALID_PORT, ErlDrvPort
from erts_emu.terms import Pid


def driver_create_port(creator: ErlDrvPort, owner: Pid | None, name: str, drv_data: Any) -> ErlDrvPort:
    """Make another port of the same driver, linked to *owner*; ``start`` is not called [C, S].

    ``INVALID_PORT`` if that is impossible: dead creator, thread without scheduler, no such process, a driver that is
    being unloaded by force, full port table. The new port's lock is held until the callback under way has ended.
    Raises ``DriverMisuse`` without ``ERL_DRV_FLAG_USE_PORT_LOCKING``: OTP waits for itself for ever then.
    """
    try:
        p = creator._port
    except AttributeError:
        raise NotAPortHandle("driver_create_port", creator) from None
    if p.state & DEAD:
        dead: ErlDrvPort = p.dead(INVALID_PORT, "driver_create_port", creator)
        return dead
    emu = p.emu
    if emu.layer.tsd.scheduler is None:
        return INVALID_PORT
    if p.checker is not None:
        p.checker.require(p.lock, "driver_create_port")
    process = emu.processes.get(owner) if isinstance(owner, Pid) else None
    if process is None or not process.is_alive:
        return INVALID_PORT
    if p.driver.lock is not None:
        raise DriverMisuse(
            f"driver_create_port() in driver {p.driver.name!r} without ERL_DRV_FLAG_USE_PORT_LOCKING: OTP takes the "
            "driver's lock, which the callback holds, and hangs"
        )
    port = p.create_port(process, name, drv_data)
    handle: ErlDrvPort = INVALID_PORT if port is None else port.handle
    return handle


def erl_drv_init_ack(port: ErlDrvPort, res: Any) -> None:
    """Let the open_port that waits return, with ``ERL_DRV_FLAG_USE_INIT_ACK`` [C].

    *res* becomes the *drv_data*, or says, like a result of start, that opening failed: -1, -3, or an ``OSError``
    where C has -2 and errno. Inside start it is too early, and the call is lost; a second one is too.
    """
    p = living(port, "erl_drv_init_ack")
    if p is not None:
        p.init_acked(res)


def _driver_list(function: str) -> Any:
    emu = emulator(function)
    callback = emu.layer.tsd.callback
    if callback is not None:
        raise DriverMisuse(f"{function}() inside {callback}, while the driver list is locked: OTP waits for itself")
    return emu.ddll


def add_driver_entry(de: DriverEntry) -> None:
    """Add a driver as if it were linked in statically; ``init`` is called, and if it fails, nothing is added [C].

    Versions are not checked. A driver that is added later hides one of the same name.
    """
    _driver_list("add_driver_entry").add_static(validate(de, "add_driver_entry"))


def remove_driver_entry(de: DriverEntry) -> int:
    """Remove a driver; ``finish`` is not called. 0 if it is unknown, -1 if it was loaded dynamically, else 1 [C]."""
    return int(_driver_list("remove_driver_entry").remove_static(de))
