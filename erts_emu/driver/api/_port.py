"""From a handle to the port behind it, with the checks that most functions share."""

from __future__ import annotations

from typing import Any, Final

from erts_emu.driver.errors import NotAPortHandle
from erts_emu.driver.handles import ErlDrvPort

# Port states, as in ``erts_emu.port_states``, which lives a floor above.
DEAD: Final = 0x0B00
CLOSING: Final = 0x0020
STARTING: Final = 0x8000


def living(port: ErlDrvPort, function: str) -> Any:
    """Return the port for a function of thread code C, or None if it is dead."""
    try:
        p = port._port
    except AttributeError:
        raise NotAPortHandle(function, port) from None
    if p.state & DEAD:
        p.dead(None, function, port)
        return None
    if p.checker is not None:
        p.checker.require(p.lock, function)
    return p


def with_queue(port: ErlDrvPort, function: str) -> Any:
    """Return the port for a function of thread code P, or None if it is dead. With a PDL, that is the lock to hold."""
    try:
        p = port._port
    except AttributeError:
        raise NotAPortHandle(function, port) from None
    if p.state & DEAD:
        p.dead(None, function, port)
        return None
    if p.checker is not None:
        pdl = p.pdl
        p.checker.require(p.lock if pdl is None else pdl.mutex, function)
    return p
