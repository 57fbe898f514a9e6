"""Solution 7: no more than four jobs under way."""

from erts_emu.driver import Driver, driver_async, driver_output, erl_drv_sleep, set_busy_port

MOST = 4


class Kitchen(Driver):
    """Cooks each order in an async job."""

    driver_name = "kitchen_drv"

    def start(self, command: str) -> None:
        """Open the kitchen."""
        self.orders = 0

    def output(self, buf: bytes) -> None:
        """Take an order."""
        self.orders += 1
        if self.orders == MOST:
            set_busy_port(self.port, True)
        driver_async(self.port, None, self.cook, buf, None)

    def cook(self, order: bytes) -> None:
        """Cook, on an async thread."""
        erl_drv_sleep(10)

    def ready_async(self, order: bytes) -> None:
        """Serve."""
        self.orders -= 1
        if self.orders == MOST - 1:
            set_busy_port(self.port, False)
        driver_output(self.port, order)
