"""Exercise 11: a driver that computes nothing twice, and has a race.

A command is a number; the answer is its square, computed in a job and kept. When the same number comes again, while its
job is under way or later, no second computation must begin: computations counts them.

Mend it. The squares are still to be computed in jobs, by compute.
"""

from erts_emu.driver import Driver, driver_async, driver_output


class Squares(Driver):
    """Squares numbers."""

    driver_name = "squares_drv"

    def start(self, command: str) -> None:
        """Begin with nothing known."""
        self.known: dict[int, int] = {}
        self.computations = 0

    def output(self, buf: bytes) -> None:
        """Queue a job for a number."""
        driver_async(self.port, None, self.work, [int(buf)], None)

    def work(self, job: list[int]) -> None:
        """Look the number up, or compute it."""
        if job[0] not in self.known:
            self.known = {**self.known, job[0]: self.compute(job[0])}
            self.computations += 1
        job.append(self.known[job[0]])

    def compute(self, number: int) -> int:
        """Compute a square. Takes long."""
        return number * number

    def ready_async(self, job: list[int]) -> None:
        """Answer."""
        driver_output(self.port, b"%d" % job[1])

    def control(self, command: int, buf: bytes) -> bytes:
        """Tell how many computations there were."""
        return bytes([self.computations])
