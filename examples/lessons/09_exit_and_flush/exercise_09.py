"""Exercise 9: a log that loses nothing.

Each command is a piece of a log. Every 100 ms the driver writes what it has got to the disk, at most eight bytes at a
time. Put the pieces into the port's I/O queue, and let nothing be lost when the port is closed: the rest goes to the
disk at the same pace. A port that has nothing left to write closes at once.
"""

from erts_emu.driver import Driver, driver_set_timer

BLOCK = 8


class Log(Driver):
    """A log. The disk is a list of blocks."""

    driver_name = "log_drv"
    disk: list[bytes] = []  # noqa: RUF012 -- one disk for all ports

    def start(self, command: str) -> None:
        """Begin with nothing to write."""
        self.pending = b""

    def output(self, buf: bytes) -> None:
        """Keep a piece, and have it written later."""
        if not self.pending and buf:
            driver_set_timer(self.port, 100)
        self.pending += buf

    def timeout(self) -> None:
        """Write a block."""
        self.disk.append(self.pending[:BLOCK])
        self.pending = self.pending[BLOCK:]
        if self.pending:
            driver_set_timer(self.port, 100)
