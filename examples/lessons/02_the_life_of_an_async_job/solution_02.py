"""Solution 2: count words on an async thread."""

from erts_emu.driver import Driver, driver_async, driver_output, erl_drv_sleep


def split_slowly(text: bytes) -> list[bytes]:
    """Take a text apart into words. Takes 50 ms."""
    erl_drv_sleep(50)
    return text.split()


class Words(Driver):
    """Answers each text with the number of its words, in decimal."""

    driver_name = "words_drv"

    def output(self, buf: bytes) -> None:
        """Queue a job for a text."""
        driver_async(self.port, None, self.count, [buf], None)

    def count(self, job: list[bytes]) -> None:
        """Put the words in the place of the text."""
        job[:] = split_slowly(job[0])

    def ready_async(self, job: list[bytes]) -> None:
        """Tell how many they are."""
        driver_output(self.port, b"%d" % len(job))
