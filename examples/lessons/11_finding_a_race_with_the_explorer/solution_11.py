"""Solution 11: a driver that computes nothing twice. Only callbacks, which hold the port's lock, use its attributes."""

from erts_emu.driver import Driver, driver_async, driver_output


class Squares(Driver):
    """Squares numbers."""

    driver_name = "squares_drv"

    def start(self, command: str) -> None:
        """Begin with nothing known."""
        self.known: dict[int, int] = {}
        self.waiting: dict[int, int] = {}
        self.computations = 0

    def output(self, buf: bytes) -> None:
        """Answer if the number is known; queue a job if it is new; else wait for the job under way."""
        number = int(buf)
        if number in self.known:
            driver_output(self.port, b"%d" % self.known[number])
        elif number in self.waiting:
            self.waiting[number] += 1
        else:
            self.waiting[number] = 1
            self.computations += 1
            driver_async(self.port, None, self.work, [number], None)

    def work(self, job: list[int]) -> None:
        """Compute, using nothing but the job's own data."""
        job.append(self.compute(job[0]))

    def compute(self, number: int) -> int:
        """Compute a square. Takes long."""
        return number * number

    def ready_async(self, job: list[int]) -> None:
        """Answer all who wait."""
        number, square = job
        self.known[number] = square
        for _ in range(self.waiting.pop(number)):
            driver_output(self.port, b"%d" % square)

    def control(self, command: int, buf: bytes) -> bytes:
        """Tell how many computations there were."""
        return bytes([self.computations])
