"""Exercise 3: a bank whose bookings are done on async threads.

A command is b"ACCOUNT MILLISECONDS TEXT": a booking on the account with that number, which takes so long. When it is
done its text is sent to the owner.

Bookings of one account have to be done in the order of their commands. Those of accounts 0, 1, 2 and 3 must not wait
for each other: the bank has four async threads.
"""

from erts_emu.driver import Driver, driver_async, driver_output, erl_drv_sleep


class Bank(Driver):
    """Does bookings."""

    driver_name = "bank_drv"

    def output(self, buf: bytes) -> None:
        """Queue a booking."""
        _account, milliseconds, text = buf.split(maxsplit=2)
        driver_async(self.port, None, self.book, (int(milliseconds), text), None)

    def book(self, job: tuple[int, bytes]) -> None:
        """Do a booking."""
        erl_drv_sleep(job[0])

    def ready_async(self, job: tuple[int, bytes]) -> None:
        """Tell that it is done."""
        driver_output(self.port, job[1])
