"""Busy ports: a gate that is shut and opened. The twin of ``c/drivers/gate_drv.c``."""

from erts_emu import driver as api
from erts_emu.driver import ERL_DRV_FLAG_USE_PORT_LOCKING, Driver, DriverEntry, hookimpl


class Gate(Driver):
    driver_name = "gate_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING | api.ERL_DRV_FLAG_SOFT_BUSY

    def start(self, command):
        self.room = -1
        self.passed = 0

    def output(self, buf):
        self.passed += 1
        api.driver_output(self.port, buf)
        if self.room > 0:
            self.room -= 1
            if self.room == 0:
                api.set_busy_port(self.port, 1)

    def timeout(self):
        api.set_busy_port(self.port, 0)

    def control(self, command, buf):
        if command in (1, 2):
            api.set_busy_port(self.port, command == 1)
        elif command == 3:
            self.room = buf[0]
        elif command == 4:
            return bytes((self.passed,))
        elif command == 5:
            api.driver_set_timer(self.port, buf[0])
        else:
            return -1
        return b""


@hookimpl
def driver_init() -> DriverEntry:
    return Gate.entry()
