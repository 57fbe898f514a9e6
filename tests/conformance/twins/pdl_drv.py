"""Port data lock: async jobs put bytes into the port's own queue. The twin of ``c/drivers/pdl_drv.c``."""

from erts_emu import driver as api
from erts_emu.driver import ERL_DRV_FLAG_USE_PORT_LOCKING, Driver, DriverEntry, hookimpl


class DataLock(Driver):
    driver_name = "pdl_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def start(self, command):
        self.pdl = api.driver_pdl_create(self.port)

    def invoke(self, byte):
        api.driver_pdl_lock(self.pdl)
        api.driver_enq(self.port, bytes((byte,)))
        api.driver_pdl_unlock(self.pdl)

    def output(self, buf):
        key = api.Pointer(1)
        for byte in buf:
            api.driver_async(self.port, key, self.invoke, byte, None)

    def ready_async(self, byte):
        api.driver_pdl_lock(self.pdl)
        blocks = api.driver_peekq(self.port)
        if blocks:
            api.driver_output(self.port, bytes(blocks[0][:1]))
            api.driver_deq(self.port, 1)
        api.driver_pdl_unlock(self.pdl)

    def control(self, command, buf):
        if command == 1:
            result = api.driver_pdl_get_refc(self.pdl)
        elif command == 2:
            api.driver_pdl_lock(self.pdl)
            result = api.driver_sizeq(self.port)
            api.driver_pdl_unlock(self.pdl)
        elif command == 3:
            result = api.driver_pdl_create(self.port) is None
        else:
            return -1
        return bytes((result,))


@hookimpl
def driver_init() -> DriverEntry:
    return DataLock.entry()
