"""Failing and exiting (OTP: ``driver_failure_term`` in ``io.c``).

All of it is synchronous: when such a function returns, the exit signals are out, queued data is thrown away, ``stop``
has run, and the handle is dead. A closing port terminates at once, without further signals. Inside ``stop`` nothing
happens.
"""

from __future__ import annotations

from typing import Any

from erts_emu.driver.api._port import STARTING, living
from erts_emu.driver.api.attributes import driver_mk_atom
from erts_emu.driver.errno_ids import errno_id
from erts_emu.driver.errors import DriverMisuse
from erts_emu.driver.handles import ErlDrvPort
from erts_emu.terms import Atom


def _failing(port: ErlDrvPort, function: str) -> Any:
    """The port that is to fail, or None if it is dead. Raises ``DriverMisuse`` where OTP crashes some moments later."""
    p = living(port, function)
    if p is not None and (p.state & STARTING or p.firing is not None):
        advice = (
            "return ERL_DRV_ERROR_GENERAL instead" if p.state & STARTING else "set a timer of 0 and fail in timeout"
        )
        callback = "start" if p.state & STARTING else "process_exit"
        raise DriverMisuse(f"{function}() inside {callback} crashes OTP: {advice}")
    return p


def driver_failure_atom(port: ErlDrvPort, string: str | bytes) -> int:
    """Fail the port with the atom *string* as exit reason [C]."""
    p = _failing(port, "driver_failure_atom")
    if p is None:
        return -1
    p.fail(driver_mk_atom(string))
    return 0


def driver_failure_posix(port: ErlDrvPort, error: int) -> int:
    """Fail the port with the name of an errno as exit reason, see ``erl_errno_id`` [C]."""
    p = _failing(port, "driver_failure_posix")
    if p is None:
        return -1
    p.fail(Atom(errno_id(error)))
    return 0


def driver_failure(port: ErlDrvPort, error: int) -> int:
    """Fail the port with an integer as exit reason; 0 is ``driver_failure_eof`` [C]."""
    if error == 0:
        return driver_failure_eof(port)
    p = _failing(port, "driver_failure")
    if p is None:
        return -1
    p.fail(error)
    return 0


def driver_failure_eof(port: ErlDrvPort) -> int:
    """Report the end of file: reason ``normal``, or only ``{Port, eof}`` if the port was opened with ``eof`` [C]."""
    p = _failing(port, "driver_failure_eof")
    if p is None:
        return -1
    p.fail(Atom("normal"), eof=True)
    return 0


def driver_exit(port: ErlDrvPort, error: int) -> int:
    """End the port with ``normal`` (0) or the name of an errno; the owner is unlinked first and told nothing [C]."""
    p = _failing(port, "driver_exit")
    if p is None:
        return -1
    p.unlink_owner()
    p.fail(Atom("normal" if error == 0 else errno_id(error)))
    return 0
