"""Answers in capitals, from async jobs that keep their order. In Python; shout_drv.c is the same in C."""

from erts_emu.driver import (
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    Driver,
    DriverEntry,
    Pointer,
    driver_async,
    driver_async_port_key,
    driver_output,
    hookimpl,
)


class Shout(Driver):
    """One port."""

    driver_name = "shout_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def start(self, command: str) -> None:
        """Make the port's key: all its jobs go to one thread."""
        self.key = Pointer(driver_async_port_key(self.port))

    def output(self, buf: bytes) -> None:
        """Queue a job."""
        driver_async(self.port, self.key, self.work, bytearray(buf), None)

    @staticmethod
    def work(job: bytearray) -> None:
        """Do the work, on an async thread."""
        job[:] = job.upper()

    def ready_async(self, job: bytearray) -> None:
        """Send the answer."""
        driver_output(self.port, bytes(job))


@hookimpl
def driver_init() -> DriverEntry:
    """Announce the driver."""
    return Shout.entry()
