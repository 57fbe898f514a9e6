"""Exercise 2: count words on an async thread.

This driver counts in output, where the scheduler has to wait for it. Count in an async job instead, and answer from
ready_async. The slow part is split_slowly; leave it as it is, but call it in the job.
"""

from erts_emu.driver import Driver, driver_output, erl_drv_sleep


def split_slowly(text: bytes) -> list[bytes]:
    """Take a text apart into words. Takes 50 ms."""
    erl_drv_sleep(50)
    return text.split()


class Words(Driver):
    """Answers each text with the number of its words, in decimal."""

    driver_name = "words_drv"

    def output(self, buf: bytes) -> None:
        """Count the words of a text."""
        words = split_slowly(buf)
        driver_output(self.port, b"%d" % len(words))
