"""Solution 9: a log that loses nothing."""

from erts_emu.driver import Driver, driver_deq, driver_enq, driver_peekq, driver_set_timer, driver_sizeq

BLOCK = 8


class Log(Driver):
    """A log. The disk is a list of blocks."""

    driver_name = "log_drv"
    disk: list[bytes] = []  # noqa: RUF012 -- one disk for all ports

    def output(self, buf: bytes) -> None:
        """Keep a piece, and have it written later."""
        if driver_sizeq(self.port) == 0 and buf:
            driver_set_timer(self.port, 100)
        driver_enq(self.port, buf)

    def timeout(self) -> None:
        """Write a block."""
        block = b"".join(driver_peekq(self.port) or [])[:BLOCK]
        self.disk.append(block)
        driver_deq(self.port, len(block))
        if driver_sizeq(self.port):
            driver_set_timer(self.port, 100)

    def flush(self) -> None:
        """The port is closed: the timer goes on until the queue is empty."""
