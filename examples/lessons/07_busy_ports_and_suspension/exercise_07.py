"""Exercise 7: no more than four jobs under way.

Each command is a job of 10 ms. Use set_busy_port so that never more than four are queued or running, and so that all
commands are carried out in the end.
"""

from erts_emu.driver import Driver, driver_async, driver_output, erl_drv_sleep


class Kitchen(Driver):
    """Cooks each order in an async job."""

    driver_name = "kitchen_drv"

    def output(self, buf: bytes) -> None:
        """Take an order."""
        driver_async(self.port, None, self.cook, buf, None)

    def cook(self, order: bytes) -> None:
        """Cook, on an async thread."""
        erl_drv_sleep(10)

    def ready_async(self, order: bytes) -> None:
        """Serve."""
        driver_output(self.port, order)
