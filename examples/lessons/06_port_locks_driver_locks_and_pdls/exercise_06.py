"""Exercise 6: a journal in the port's I/O queue, written by jobs.

Each command is a line. A job puts it into the queue, in two pieces: the line and its end. A control call returns what
is in the queue, and empties it. Use a port data lock, so that jobs may use the queue, and so that lines stay in one
piece.
"""

from erts_emu.driver import Driver, driver_async, driver_deq, driver_enq, driver_peekq


class Journal(Driver):
    """A journal."""

    driver_name = "journal_drv"

    def output(self, buf: bytes) -> None:
        """Queue a job for a line."""
        driver_async(self.port, None, self.write, buf, None)

    def write(self, line: bytes) -> None:
        """Write a line, in a job."""
        driver_enq(self.port, line)
        driver_enq(self.port, b"\n")

    def ready_async(self, line: bytes) -> None:
        """The line is written."""

    def control(self, command: int, buf: bytes) -> bytes:
        """Return what has been written."""
        data = b"".join(driver_peekq(self.port) or [])
        driver_deq(self.port, len(data))
        return data
