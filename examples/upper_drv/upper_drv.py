"""The driver upper_drv: turns text into upper case, on an async thread.

Protocol::

    port_command(Port, Text)     -> {Port, {data, UPPER}}, in the order of the commands
    port_control(Port, 1, [])    -> <<Commands:32>>
"""

from __future__ import annotations

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

COUNT = 1  # an operation of port_control
BADARG = -1


class Job:
    """What one job owns: nobody else touches it while the job is on its way."""

    def __init__(self, text: bytes) -> None:
        self.text = text


class UpperDrv(Driver):
    """One port. Its callbacks run under the port's lock; jobs must not touch it."""

    driver_name = "upper_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def start(self, command: str) -> None:
        """A port is opened."""
        self.commands = 0
        self.key = Pointer(driver_async_port_key(self.port))  # all jobs of a port on one thread: in order

    def output(self, buf: bytes) -> None:
        """A command: queue a job."""
        self.commands += 1
        driver_async(self.port, self.key, upper, Job(buf), discard)

    def ready_async(self, job: Job) -> None:
        """A job is done: answer."""
        driver_output(self.port, job.text)

    def control(self, command: int, buf: bytes) -> bytes | int:
        """Answer at once."""
        return self.commands.to_bytes(4, "big") if command == COUNT else BADARG


def upper(job: Job) -> None:
    """Do the work (``async_invoke``): on an async thread, without any lock."""
    job.text = job.text.upper()


def discard(job: Job) -> None:
    """The port was closed before the job was done (``async_free``): in C, free what the job owns."""
    job.text = b""


@hookimpl
def driver_init() -> DriverEntry:
    """Announce the driver."""
    return UpperDrv.entry()
