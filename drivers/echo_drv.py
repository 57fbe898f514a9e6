"""The smallest driver that is of use: whatever is sent to it comes back.

port_command(Port, Data)         -> {Port, {data, Data}}
port_control(Port, Op, Data)     -> Data
"""

from __future__ import annotations

from erts_emu.driver import Driver, DriverEntry, driver_output, hookimpl


class EchoDriver(Driver):
    """Sends back what it gets."""

    driver_name = "echo_drv"

    def output(self, buf: bytes) -> None:
        """Echo a command to the port's owner."""
        driver_output(self.port, buf)

    def control(self, command: int, buf: bytes) -> bytes:
        """Echo a control call to its caller."""
        return buf


@hookimpl
def driver_init() -> DriverEntry:
    """Announce the driver."""
    return EchoDriver.entry()
