"""Async pool: each command is made upper case on an async thread. The twin of ``c/drivers/upper_drv.c``."""

from erts_emu import driver as api
from erts_emu.driver import ERL_DRV_FLAG_USE_PORT_LOCKING, Driver, DriverEntry, hookimpl


class Upper(Driver):
    driver_name = "upper_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def start(self, command):
        self.key = api.Pointer(api.driver_async_port_key(self.port))
        self.jobs = 0

    def output(self, buf):
        self.jobs += 1
        api.driver_async(self.port, self.key, self.invoke, bytearray(buf), None)

    @staticmethod
    def invoke(job):
        job[:] = bytes(job).upper()

    def ready_async(self, job):
        self.jobs -= 1
        api.driver_output(self.port, bytes(job))

    def control(self, command, buf):
        return b"s" if self.jobs else b"0"


@hookimpl
def driver_init() -> DriverEntry:
    return Upper.entry()
