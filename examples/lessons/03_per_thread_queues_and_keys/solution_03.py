"""Solution 3: a bank whose bookings are done on async threads, in order for each account."""

from erts_emu.driver import Driver, Pointer, driver_async, driver_output, erl_drv_sleep


class Bank(Driver):
    """Does bookings."""

    driver_name = "bank_drv"

    def output(self, buf: bytes) -> None:
        """Queue a booking."""
        account, milliseconds, text = buf.split(maxsplit=2)
        driver_async(self.port, Pointer(int(account)), self.book, (int(milliseconds), text), None)

    def book(self, job: tuple[int, bytes]) -> None:
        """Do a booking."""
        erl_drv_sleep(job[0])

    def ready_async(self, job: tuple[int, bytes]) -> None:
        """Tell that it is done."""
        driver_output(self.port, job[1])
