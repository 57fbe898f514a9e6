"""Solution 1: a driver that answers each command with its length."""

from erts_emu.driver import Driver, driver_output


class Length(Driver):
    """Answers with the number of bytes, in decimal."""

    driver_name = "length_drv"

    def start(self, command: str) -> None:
        """Begin to count: once for each port."""
        self.total = 0

    def output(self, buf: bytes) -> None:
        """Answer a command."""
        self.total += len(buf)
        driver_output(self.port, b"%d" % len(buf))

    def stop(self) -> None:
        """Say how much it was."""
        print(self.total)
