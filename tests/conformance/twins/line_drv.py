"""Output in the forms of open_port. The twin of ``c/drivers/line_drv.c``."""

from erts_emu import driver as api
from erts_emu.driver import ERL_DRV_FLAG_USE_PORT_LOCKING, Driver, DriverEntry, hookimpl


class Line(Driver):
    driver_name = "line_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def control(self, command, buf):
        port = self.port
        api.set_port_control_flags(port, api.PORT_CONTROL_FLAG_BINARY if command >= 10 else 0)
        if command % 10 == 0:
            api.driver_output(port, buf)
        elif command % 10 == 1:
            api.driver_output2(port, b"H", buf)
        elif command % 10 == 2:
            for byte in buf:
                api.driver_output(port, bytes((byte,)))
        elif command % 10 == 3:
            api.driver_failure_eof(port)
        return b"ok"


@hookimpl
def driver_init() -> DriverEntry:
    return Line.entry()
