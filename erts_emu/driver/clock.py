"""Erlang's time as drivers see it (OTP: ``erl_time_sup.c``): monotonic time, its offset to system time, ``now``."""

from __future__ import annotations

from typing import Final, final

from erts_emu.driver.constants import ERL_DRV_MSEC, ERL_DRV_NSEC, ERL_DRV_SEC, ERL_DRV_TIME_ERROR, ERL_DRV_USEC
from erts_emu.ethread import Mutex, ThreadLayer

NANOSECONDS: Final = {ERL_DRV_SEC: 1_000_000_000, ERL_DRV_MSEC: 1_000_000, ERL_DRV_USEC: 1_000, ERL_DRV_NSEC: 1}
"""The nanoseconds of each time unit."""


def convert(value: int, from_unit: int, to_unit: int) -> int:
    """Convert between time units, rounding down; ``ERL_DRV_TIME_ERROR`` if there is no such unit."""
    if from_unit not in NANOSECONDS or to_unit not in NANOSECONDS:
        return ERL_DRV_TIME_ERROR
    return value * NANOSECONDS[from_unit] // NANOSECONDS[to_unit]


@final
class Clock:
    """The clock of one emulator, on that of its thread layer. Times are nanoseconds.

    Needs ``_lock`` (class ``get_time``): ``_last_now``.
    """

    def __init__(self, layer: ThreadLayer, lock: Mutex) -> None:
        self._lock = lock
        self._last_now = 0
        self.monotonic = layer.monotonic
        self.time_offset = layer.time_offset

    def __repr__(self) -> str:
        return f"<Clock {self.monotonic()} + {self.time_offset()}>"

    def system_time(self) -> int:
        """Nanoseconds since 1970."""
        return self.monotonic() + self.time_offset()

    def now(self) -> int:
        """Microseconds since 1970, or more: each call gives a larger number."""
        self._lock.acquire()
        self._last_now = max(self._last_now + 1, self.system_time() // 1000)
        now = self._last_now
        self._lock.release()
        return now
