"""File descriptors (OTP: ``erl_check_io.c``)."""

from __future__ import annotations

from erts_emu.driver.api._port import living
from erts_emu.driver.handles import ErlDrvPort


def driver_select(port: ErlDrvPort, event: int, mode: int, on: int) -> int:
    """Start (*on* = 1) or stop telling the port when a descriptor is readable or writable [C].

    *mode* is a sum of ``ERL_DRV_READ``, ``ERL_DRV_WRITE``, and ``ERL_DRV_USE``: set while the descriptor is in use.
    ``ERL_DRV_USE`` off ends all events and has ``stop_select`` called, which may close it. A negative descriptor: -1.
    """
    p = living(port, "driver_select")
    if p is None:
        return -1
    return int(p.emu.check_io.select(p, event, mode, on=bool(on)))
