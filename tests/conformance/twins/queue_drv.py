"""I/O queue: a timer takes a few bytes at a time and sends them. The twin of ``c/drivers/queue_drv.c``."""

from erts_emu import driver as api
from erts_emu.driver import ERL_DRV_FLAG_USE_PORT_LOCKING, Driver, DriverEntry, hookimpl


class Queue(Driver):
    driver_name = "queue_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def start(self, command):
        self.step = 4
        self.closing = False

    def output(self, buf):
        api.driver_enq(self.port, buf)
        api.driver_set_timer(self.port, 1)

    def timeout(self):
        blocks = api.driver_peekq(self.port)
        if not blocks:
            return
        part = bytes(blocks[0][: self.step])
        api.driver_output(self.port, part)
        api.driver_deq(self.port, len(part))
        if api.driver_sizeq(self.port) > 0:
            api.driver_set_timer(self.port, 0 if self.closing else 1)

    def flush(self):
        self.closing = True
        api.driver_set_timer(self.port, 0)

    def control(self, command, buf):
        if command == 1:
            result = api.driver_sizeq(self.port)
        elif command == 2:
            result = len(api.driver_peekq(self.port))
        elif command == 3:
            result = api.driver_pushq(self.port, buf)
        elif command == 4:
            result = api.driver_deq(self.port, buf[0])
        elif command == 5:
            result = self.step = buf[0]
        else:
            return -1
        return bytes((result & 255,))


@hookimpl
def driver_init() -> DriverEntry:
    return Queue.entry()
