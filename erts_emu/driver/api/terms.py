"""Sending terms (OTP: ``driver_deliver_term`` in ``io.c``).

A message is the bare term, built by a small program, the *spec*: see :mod:`erts_emu.driver.term_spec`. All functions
return 1 if the term was delivered, 0 if there is nobody to deliver it to (or the port is closing: then nobody looks at
the spec), and -1 if the spec is malformed or the port dead. They check the port first, then the spec's syntax, then the
receiver, and then the values: a NaN for a dead receiver is 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from erts_emu.driver.api._port import CLOSING, DEAD, living
from erts_emu.driver.context import emulator
from erts_emu.driver.handles import ErlDrvPort
from erts_emu.driver.term_spec import SpecError, build, is_well_formed
from erts_emu.terms import Pid, PortId


def erl_drv_output_term(port: PortId | None, spec: Sequence[Any]) -> int:
    """Send the term that *spec* builds to the owner of *port*, a term of ``driver_mk_port`` [A]."""
    emu = emulator("erl_drv_output_term")
    p = _open_port(emu, port)
    return p if isinstance(p, int) else _deliver(emu, p.connected, spec, p)


def erl_drv_send_term(port: PortId | None, receiver: Pid | None, spec: Sequence[Any]) -> int:
    """Send the term that *spec* builds to a process, on behalf of *port*, a term of ``driver_mk_port`` [A]."""
    emu = emulator("erl_drv_send_term")
    p = _open_port(emu, port)
    return p if isinstance(p, int) else _deliver(emu, receiver, spec, p)


def driver_output_term(port: ErlDrvPort, spec: Sequence[Any]) -> int:
    """Like ``erl_drv_output_term``, with the port's handle; deprecated [C]."""
    p = living(port, "driver_output_term")
    if p is None:
        return -1
    return 0 if p.state & CLOSING else _deliver(p.emu, p.connected, spec, p)


def driver_send_term(port: ErlDrvPort, receiver: Pid | None, spec: Sequence[Any]) -> int:
    """Like ``erl_drv_send_term``, with the port's handle; deprecated [A].

    On a thread that is no scheduler's, OTP does not look at *port* at all, and nor does this.
    """
    emu = emulator("driver_send_term")
    p = None
    if emu.layer.tsd.scheduler is not None:
        p = living(port, "driver_send_term")
        if p is None:
            return -1
        if p.state & CLOSING:
            return 0
    return _deliver(emu, receiver, spec, p)


def _open_port(emu: Any, port: object) -> Any:
    """Return the port, or the result that a dead (-1) or closing one (0) gives."""
    p = emu.ports.table.get(port.number) if isinstance(port, PortId) else None
    if p is None or p.state & DEAD:
        return -1
    return 0 if p.state & CLOSING else p


def _deliver(emu: Any, receiver: object, spec: Sequence[Any], port: Any) -> int:
    """Deliver to *receiver*; *port* is the one that sends, if anybody has looked at it."""
    if not is_well_formed(spec):
        return -1
    process = emu.processes.get(receiver) if isinstance(receiver, Pid) else None
    if process is None or not process.is_alive:
        return 0
    try:
        term = build(spec)
    except SpecError:
        return -1
    if port is not None and (tracepoint := emu.trace.port_send) is not None:
        tracepoint(port=port, process=receiver)
    process.deliver(term)
    return 1
