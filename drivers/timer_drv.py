"""Ticks, once or again and again: what a port's timer can do.

Protocol. Integers are big-endian and unsigned; open the port with ``binary``::

    port_control(Port, 1, <<Ms:32>>)      tick once, Ms milliseconds from now
    port_control(Port, 2, <<Ms:32>>)      tick every Ms milliseconds; 0 raises badarg
    port_control(Port, 3, [])             stop ticking
    port_control(Port, 4, [])             only ask

        -> {Port, {data, <<Tick:32>>}}    for each tick; they count from 1 after each 1 and 2

Each reply is <<Left:32>>, the milliseconds until the next tick as they were before the call: 0 if none was due.

What there is to learn: a port has one timer, so 1 and 2 replace what was set before; it fires once, so that a
periodic tick sets it anew; ``stop`` need not cancel it. A timer never fires early, but late if the emulator is
busy: a period is kept by setting it to the moment that the next tick is due at, not to a period from now.
"""

from __future__ import annotations

from typing import Final

from erts_emu.driver import (
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    ERL_DRV_NSEC,
    PORT_CONTROL_FLAG_BINARY,
    Driver,
    DriverEntry,
    Pointer,
    driver_cancel_timer,
    driver_output,
    driver_read_timer,
    driver_set_timer,
    erl_drv_monotonic_time,
    hookimpl,
    set_port_control_flags,
)

ONCE: Final = 1
EVERY: Final = 2
CANCEL: Final = 3
READ: Final = 4
BADARG: Final = -1
NS_PER_MS: Final = 1_000_000


class TimerDriver(Driver):
    """One port with its timer. ``period`` is 0 unless the ticks are periodic; ``due`` is when they are, in ns."""

    driver_name = "timer_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def start(self, command: str) -> None:
        """Open a port; what follows the driver's name is ignored."""
        set_port_control_flags(self.port, PORT_CONTROL_FLAG_BINARY)
        self.period = 0
        self.due = 0
        self.ticks = 0

    def control(self, command: int, buf: bytes) -> bytes | int:
        """Set, cancel or read the timer; reply with what was left."""
        left = Pointer(0)
        driver_read_timer(self.port, left)
        if not self._obey(command, buf):
            return BADARG
        return left.value.to_bytes(4)

    def _obey(self, command: int, buf: bytes) -> bool:
        if command in (ONCE, EVERY):
            return len(buf) == 4 and self._set(int.from_bytes(buf), periodic=command == EVERY)
        if command == CANCEL:
            driver_cancel_timer(self.port)
        return command in (CANCEL, READ)

    def _set(self, milliseconds: int, *, periodic: bool) -> bool:
        if periodic and not milliseconds:
            return False  # such a port would never let go of its scheduler
        self.period = milliseconds if periodic else 0
        self.due = erl_drv_monotonic_time(ERL_DRV_NSEC) + milliseconds * NS_PER_MS
        self.ticks = 0
        driver_set_timer(self.port, milliseconds)
        return True

    def timeout(self) -> None:
        """Tick. If the next tick is due already, it comes as soon as others have had their turn."""
        self.ticks += 1
        if self.period:
            self.due += self.period * NS_PER_MS
            left = self.due - erl_drv_monotonic_time(ERL_DRV_NSEC)
            driver_set_timer(self.port, max(0, -(-left // NS_PER_MS)))
        driver_output(self.port, self.ticks.to_bytes(4))


@hookimpl
def driver_init() -> DriverEntry:
    """Announce the driver."""
    return TimerDriver.entry()
