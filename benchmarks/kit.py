"""The test kit: schedules and steps a second, and what it adds to a test."""

import resource
import subprocess
import sys
import time
from functools import partial

from benchmarks.model import Case, Figures, Metric, Target
from benchmarks.workbench import Workbench, fresh, rate
from erts_emu.driver import Driver, driver_async, driver_output
from erts_emu.ethread import SimulatedThreads
from erts_emu.testing import explore, explore_threads

ONE_TEST = """
import pytest
from erts_emu.driver import Driver, driver_output

class Echo(Driver):
    driver_name = "echo_drv"
    def output(self, buf):
        driver_output(self.port, buf)

pytestmark = pytest.mark.erts(driver=Echo)

@pytest.mark.parametrize("number", range({count}))
def test_it({fixture}number):
    {body}
"""


class Answers(Driver):
    """Answers each command, after a job."""

    driver_name = "answers_drv"

    def start(self, command: str) -> None:
        self.answered = 0

    def output(self, buf: bytes) -> None:
        driver_async(self.port, None, self.work, None, None)

    def work(self, data: object) -> None:
        """The job."""

    def ready_async(self, thread_data: object) -> None:
        self.answered += 1
        driver_output(self.port, bytes([self.answered]))


def two_ports_and_four_jobs(open_port) -> None:  # type: ignore[no-untyped-def]
    """The scenario of the target."""
    ports = [open_port(Answers), open_port(Answers)]
    for port in ports:
        port.command()
        port.command()
    for port in ports:
        if [port.receive(), port.receive()] != [b"\x01", b"\x02"]:
            raise RuntimeError("a port has answered something else")


def three_threads(layer: SimulatedThreads) -> None:
    """Threads that only synchronise."""
    counter = layer.atomic()
    mutex = layer.mutex("counter")

    def work() -> None:
        for _ in range(100):
            counter.add_read(1)
            mutex.acquire()
            mutex.release()

    threads = [layer.spawn(f"thread {number}", work) for number in range(3)]
    for thread in threads:
        thread.join()


def kit_cases(bench: Workbench) -> list[Case]:
    """Return the cases about the test kit."""
    return [schedules(bench), walk(bench), kit_test(bench)]


def _per_second_of_cpu(done: int, begun: float) -> float:
    return done / (time.process_time() - begun)


def schedules(bench: Workbench) -> Case:
    count = bench.sizes.schedules

    def run(strategy: str) -> Figures:
        begun = time.process_time()
        figures = rate(lambda: explore(two_ports_and_four_jobs, strategy=strategy, schedules=count).schedules, count)
        return {**figures, "cpu": _per_second_of_cpu(count, begun)}

    return Case(
        "schedules",
        "schedules of a scenario of two ports and four jobs, each on a fresh emulator",
        (Metric("rate", "1/s", "more"), Metric("cpu", "1/s of CPU", "more")),
        (fresh("random", partial(run, "random")), fresh("campaign", partial(run, "campaign"))),
        (Target("cpu", 1000, "at least"),),
    )


def walk(bench: Workbench) -> Case:
    count = bench.sizes.walks

    def run(strategy: str) -> Figures:
        begun = time.process_time()
        steps = explore_threads(three_threads, strategy=strategy, schedules=count).steps
        return {"cpu": _per_second_of_cpu(steps, begun)}

    return Case(
        "walk",
        "steps of three threads that only synchronise",
        (Metric("cpu", "1/s of CPU", "more"),),
        tuple(fresh(name, partial(run, name)) for name in ("walk", "random", "pct:3")),
        (Target("cpu", 300_000, "at least"),),
    )


def kit_test(bench: Workbench) -> Case:
    count = bench.sizes.kit_tests

    def seconds(fixture: str, body: str) -> float:
        """Return the processor time of a pytest with so many tests."""
        test = bench.folder() / "test_many.py"
        test.write_text(ONE_TEST.format(count=count, fixture=fixture, body=body))
        command = [sys.executable, "-m", "pytest", "-qq", "-p", "erts_emu.testing.plugin", "-p", "no:cacheprovider"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([*command, str(test)], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def both() -> Figures:
        used = seconds("port, ", "port.command(b'x'); assert port.receive() == b'x'")
        return {"cpu": (used - seconds("", "pass")) / count * 1e3}

    return Case(
        "kit_test",
        "what the fixture port, a command and an answer add to an empty test",
        (Metric("cpu", "ms of CPU", "less"),),
        (fresh("a test with a port", both),),
        (Target("cpu", 5, "at most"),),
        warmup=0,
    )
