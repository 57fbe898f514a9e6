"""Timer: a number of ticks. The twin of ``c/drivers/ticker_drv.c``."""

from erts_emu import driver as api
from erts_emu.driver import ERL_DRV_FLAG_USE_PORT_LOCKING, Driver, DriverEntry, hookimpl


class Ticker(Driver):
    driver_name = "ticker_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def start(self, command):
        self.period = self.left = self.done = 0

    def timeout(self):
        self.done += 1
        api.driver_output(self.port, b"tick %d" % self.done)
        self.left -= 1
        if self.left > 0:
            api.driver_set_timer(self.port, self.period)

    def control(self, command, buf):
        if command == 1:
            if len(buf) != 2:
                return -1
            self.period, self.left = buf
            self.done = 0
            result = api.driver_set_timer(self.port, self.period)
        elif command == 2:
            result = api.driver_cancel_timer(self.port)
        elif command == 3:
            left = api.Pointer(0)
            api.driver_read_timer(self.port, left)
            result = left.value > 0
        else:
            return -1
        return bytes((result,))


@hookimpl
def driver_init() -> DriverEntry:
    return Ticker.entry()
