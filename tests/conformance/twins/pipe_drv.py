"""Select: commands go through a pipe. The twin of ``c/drivers/pipe_drv.c``."""

import os

from erts_emu import driver as api
from erts_emu.driver import ERL_DRV_FLAG_USE_PORT_LOCKING, Driver, DriverEntry, hookimpl


class Pipe(Driver):
    driver_name = "pipe_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def start(self, command):
        self.inner, self.outer = os.pipe()
        os.set_blocking(self.inner, False)
        api.driver_select(self.port, self.inner, api.ERL_DRV_READ | api.ERL_DRV_USE, 1)

    def stop(self):
        api.driver_select(self.port, self.inner, api.ERL_DRV_USE, 0)
        os.close(self.outer)

    @staticmethod
    def stop_select(event, reserved):
        os.close(event)

    def output(self, buf):
        os.write(self.outer, buf)

    def ready_input(self, event):
        try:
            data = os.read(event, 8)
        except BlockingIOError:
            return
        if data:
            api.driver_output(self.port, data)

    def ready_output(self, event):
        api.driver_select(self.port, event, api.ERL_DRV_WRITE, 0)
        api.driver_output(self.port, b"writable")

    def control(self, command, buf):
        if command > 2:
            return -1
        if command == 2:
            result = api.driver_select(self.port, self.outer, api.ERL_DRV_WRITE, 1)
        else:
            result = api.driver_select(self.port, self.inner, api.ERL_DRV_READ, command)
        return bytes((result,))


@hookimpl
def driver_init() -> DriverEntry:
    return Pipe.entry()
