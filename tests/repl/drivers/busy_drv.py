"""Echoes what it is sent; control 1 makes its port busy, control 0 ends that."""

from __future__ import annotations

from erts_emu.driver import Driver, DriverEntry, driver_output, hookimpl, set_busy_port


class Busy(Driver):
    """One port."""

    driver_name = "busy_drv"

    def output(self, buf: bytes) -> None:
        driver_output(self.port, bytes(buf))

    def control(self, command: int, buf: bytes) -> bytes:
        set_busy_port(self.port, command)
        return b""


@hookimpl
def driver_init() -> DriverEntry:
    return Busy.entry()
