"""11. Finding a race with the explorer: the program of the lesson; README.md explains it."""

from collections.abc import Callable

from erts_emu.driver import Driver, driver_async, driver_output
from erts_emu.testing import CheckFailed, InterleavingFailed, PortUnderTest, Workbench, explore


class Tickets(Driver):
    """Sells one ticket. The selling is done in async jobs."""

    driver_name = "tickets_drv"

    def start(self, command: str) -> None:
        self.left = 1

    def output(self, buf: bytes) -> None:
        driver_async(self.port, None, self.sell, [buf], None)

    def sell(self, job: list[bytes]) -> None:
        if self.left > 0:
            self.left -= 1
            job.append(b"gets it")
        else:
            job.append(b"is too late")

    def ready_async(self, job: list[bytes]) -> None:
        driver_output(self.port, b" ".join(job))


def scenario(open_port: Callable[..., PortUnderTest]) -> None:
    port = open_port(Tickets)
    port.command(b"Ann")
    port.command(b"Bob")
    answers = sorted((port.receive(), port.receive()))
    assert answers in ([b"Ann gets it", b"Bob is too late"], [b"Ann is too late", b"Bob gets it"]), answers


def run_once() -> None:
    with Workbench(async_threads=2, checks=False) as bench:
        scenario(bench.open_port)
    print("it works")


run_once()

try:
    with Workbench(async_threads=2) as bench:
        scenario(bench.open_port)
except CheckFailed as failed:
    print(str(failed.findings[0]).partition(" at ")[0])


def find(driver_scenario: Callable[..., None]) -> str:
    try:
        explore(driver_scenario, schedules=1000, async_threads=2, allow=["data-race"])
    except InterleavingFailed as failed:
        for line in failed.report.splitlines():
            if "Tickets" in line:
                thread, operation, what = line.removeprefix("  >").split()[1:4]
                print(f"{thread}  {operation}  {what}")
        print(failed.__cause__)
        return failed.replay
    print("found nothing")
    return ""


replay = find(scenario)

for _ in range(2):
    try:
        explore(scenario, replay=replay, async_threads=2, allow=["data-race"])
    except InterleavingFailed as failed:
        print(type(failed.__cause__).__name__, "again")


class Mended(Tickets):
    """Sells in ready_async."""

    driver_name = "mended_drv"

    def sell(self, job: list[bytes]) -> None:
        pass

    def ready_async(self, job: list[bytes]) -> None:
        super().sell(job)
        super().ready_async(job)


def mended(open_port: Callable[..., PortUnderTest]) -> None:
    port = open_port(Mended)
    port.command(b"Ann")
    port.command(b"Bob")
    answers = sorted((port.receive(), port.receive()))
    assert answers in ([b"Ann gets it", b"Bob is too late"], [b"Ann is too late", b"Bob gets it"]), answers


result = explore(mended, strategy="preemptions:1", schedules=None, async_threads=2)
print("schedules with at most one preemption: all tried:", result.exhausted, "- failure:", result.failure)
