"""Vectors: what outputv gets, and what is made of it. The twin of ``c/drivers/vector_drv.c``."""

from erts_emu import driver as api
from erts_emu.driver import ERL_DRV_FLAG_USE_PORT_LOCKING, Driver, DriverEntry, hookimpl


class Vector(Driver):
    driver_name = "vector_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def start(self, command):
        self.mode = 0

    def control(self, command, buf):
        self.mode = command
        return b""

    def outputv(self, ev):
        if self.mode == 0:
            api.driver_outputv(self.port, b"", ev, 0)
        elif self.mode == 1:
            api.driver_outputv(self.port, b"head:", ev, 2)
        elif self.mode == 2:
            api.driver_output(self.port, b"%d bytes" % ev.size)
        elif self.mode == 3:
            copy = bytearray(256)
            size = api.driver_vec_to_buf(ev, copy)
            api.driver_output2(self.port, b"h", bytes(copy[:size]))
        elif self.mode == 4:
            binary = api.driver_alloc_binary(ev.size)
            api.driver_vec_to_buf(ev, binary.orig_bytes)
            api.driver_output_binary(self.port, b"<", binary, 1, ev.size - 2)
            api.driver_free_binary(binary)
        else:
            api.driver_enqv(self.port, ev, 1)
            total = sum(map(len, api.driver_peekq(self.port)))
            api.driver_output(self.port, b"queued %d" % total)
            api.driver_deq(self.port, total)


@hookimpl
def driver_init() -> DriverEntry:
    return Vector.entry()
