"""Timer and time (OTP: ``erl_hl_timer.c``, ``erl_time_sup.c``)."""

from __future__ import annotations

from erts_emu.driver.api._port import living
from erts_emu.driver.clock import NANOSECONDS, convert
from erts_emu.driver.constants import ERL_DRV_TIME_ERROR
from erts_emu.driver.context import emulator
from erts_emu.driver.handles import ErlDrvPort, Pointer
from erts_emu.driver.structs import ErlDrvNowData

# --- the port's timer ---


def driver_set_timer(port: ErlDrvPort, milliseconds: int) -> int:
    """Start or replace the port's only timer; ``timeout`` is called when it expires. 0: as soon as possible [C].

    Never inside this call; and no error if the driver has no ``timeout``.
    """
    p = living(port, "driver_set_timer")
    if p is None:
        return -1
    p.set_timer(milliseconds)
    return 0


def driver_cancel_timer(port: ErlDrvPort) -> int:
    """Stop the timer; an expiry that was not delivered yet is discarded too [C]."""
    p = living(port, "driver_cancel_timer")
    if p is None:
        return -1
    p.cancel_timer()
    return 0


def driver_read_timer(port: ErlDrvPort, time_left: Pointer[int]) -> int:
    """Store the milliseconds left, 0 if no timer runs [C]."""
    p = living(port, "driver_read_timer")
    if p is None:
        return -1
    time_left.value = p.timer_left()
    return 0


# --- time ---


def erl_drv_monotonic_time(time_unit: int) -> int:
    """Return Erlang's monotonic time; ``ERL_DRV_TIME_ERROR`` for a bad unit or on a thread without scheduler [S]."""
    emu = emulator("erl_drv_monotonic_time")
    if time_unit not in NANOSECONDS or emu.layer.tsd.scheduler is None:
        return ERL_DRV_TIME_ERROR
    return int(emu.driver_world.clock.monotonic()) // NANOSECONDS[time_unit]


def erl_drv_time_offset(time_unit: int) -> int:
    """Return what to add to monotonic time to get system time; the same errors [S]."""
    emu = emulator("erl_drv_time_offset")
    if time_unit not in NANOSECONDS or emu.layer.tsd.scheduler is None:
        return ERL_DRV_TIME_ERROR
    return int(emu.driver_world.clock.time_offset()) // NANOSECONDS[time_unit]


def erl_drv_convert_time_unit(value: int, from_unit: int, to_unit: int) -> int:
    """Convert, rounding down; ``ERL_DRV_TIME_ERROR`` for a bad unit [A]."""
    return convert(value, from_unit, to_unit)


def driver_get_now(now: ErlDrvNowData | None) -> int:
    """Fill *now* as ``erlang:now/0``: system time, and larger at each call. 0, or -1 for None; deprecated [C]."""
    if now is None:
        return -1
    microseconds = emulator("driver_get_now").driver_world.clock.now()
    seconds, now.microsecs = divmod(microseconds, 1_000_000)
    now.megasecs, now.secs = divmod(seconds, 1_000_000)
    return 0


def erl_drv_sleep(milliseconds: int) -> None:
    """Let time pass on the emulator's clock: use it in jobs in place of ``time.sleep``. Not in C's API [A]."""
    emulator("erl_drv_sleep").layer.sleep(milliseconds * 1_000_000)
