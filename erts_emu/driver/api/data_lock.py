"""The port data lock (OTP: ``io.c``).

It guards a port's queue and process monitors, which threads without the port lock may use then.
"""

from __future__ import annotations

from erts_emu.driver.api._port import living
from erts_emu.driver.handles import ErlDrvPort
from erts_emu.driver.pdl import ErlDrvPDL


def driver_pdl_create(port: ErlDrvPort) -> ErlDrvPDL | None:
    """Make the port's data lock, with count 1. None if it has one, or the port is dead [C]."""
    p = living(port, "driver_pdl_create")
    if p is None:
        return None
    pdl: ErlDrvPDL | None = p.create_pdl()
    return pdl


def driver_pdl_lock(pdl: ErlDrvPDL) -> None:
    """Take the lock, and a reference to it [A]."""
    pdl.lock()


def driver_pdl_unlock(pdl: ErlDrvPDL) -> None:
    """Give the lock and the reference back [A]."""
    pdl.unlock()


def driver_pdl_get_refc(pdl: ErlDrvPDL) -> int:
    """Return the reference count [A]."""
    return pdl.refc.read()


def driver_pdl_inc_refc(pdl: ErlDrvPDL) -> int:
    """Add a reference; return the new count [A]."""
    return pdl.inc_refc()


def driver_pdl_dec_refc(pdl: ErlDrvPDL) -> int:
    """Drop a reference; return the new count; at 0 the lock is destroyed [A]."""
    return pdl.dec_refc()
