"""Busy ports (OTP: ``io.c``, ``erl_port_task.c``): only commands wait; control, call, info and close go through."""

from __future__ import annotations

from erts_emu.driver.api._port import living
from erts_emu.driver.constants import ERL_DRV_BUSY_MSGQ_DISABLED
from erts_emu.driver.handles import ErlDrvPort, Pointer

_WORD = (1 << 64) - 1


def set_busy_port(port: ErlDrvPort, on: int) -> None:
    """Make senders of commands wait (non-zero), or let them go on (0), the first one last [C].

    Commands that are queued already are held back too, with whatever their senders ask for after them.
    """
    p = living(port, "set_busy_port")
    if p is not None:
        p.set_busy(bool(on))


def erl_drv_busy_msgq_limits(port: ErlDrvPort, low: Pointer[int] | None, high: Pointer[int] | None) -> None:
    """Set the limits of the bytes in queued commands, and store those that hold now [C].

    More bytes than *high* make senders wait, until there are fewer than *low*. ``ERL_DRV_BUSY_MSGQ_READ_ONLY`` (0), or
    None for a pointer, leaves a limit as it is. If they cross, *high* gives way to *low* unless it is given itself.
    ``ERL_DRV_BUSY_MSGQ_DISABLED`` for either ends the feature for good: that is what is stored from then on.
    """
    p = living(port, "erl_drv_busy_msgq_limits")
    if p is None:
        limits = (ERL_DRV_BUSY_MSGQ_DISABLED, ERL_DRV_BUSY_MSGQ_DISABLED)
    else:
        limits = p.message_queue_limits(*(0 if limit is None else limit.value & _WORD for limit in (low, high)))
    for limit, value in zip((low, high), limits, strict=True):
        if limit is not None:
            limit.value = value
