"""Solution 6: a journal in the port's I/O queue, written by jobs."""

from erts_emu.driver import (
    Driver,
    driver_async,
    driver_deq,
    driver_enq,
    driver_pdl_create,
    driver_pdl_lock,
    driver_pdl_unlock,
    driver_peekq,
)


class Journal(Driver):
    """A journal."""

    driver_name = "journal_drv"

    def start(self, command: str) -> None:
        """Have the queue guarded by a lock that jobs may take."""
        pdl = driver_pdl_create(self.port)
        assert pdl is not None  # it would be if the port had one already
        self.pdl = pdl

    def output(self, buf: bytes) -> None:
        """Queue a job for a line."""
        driver_async(self.port, None, self.write, buf, None)

    def write(self, line: bytes) -> None:
        """Write a line, in a job."""
        driver_pdl_lock(self.pdl)
        driver_enq(self.port, line)
        driver_enq(self.port, b"\n")
        driver_pdl_unlock(self.pdl)

    def ready_async(self, line: bytes) -> None:
        """The line is written."""

    def control(self, command: int, buf: bytes) -> bytes:
        """Return what has been written."""
        driver_pdl_lock(self.pdl)
        data = b"".join(driver_peekq(self.port) or [])
        driver_deq(self.port, len(data))
        driver_pdl_unlock(self.pdl)
        return data
