"""A failure is found, shrunk, shown and replayed."""

import itertools
import subprocess
import sys

import pytest

from erts_emu.driver import Driver, driver_async, driver_output
from erts_emu.ethread import DeadlockError
from erts_emu.testing import InterleavingFailed, explore, explore_program, explore_threads
from tests.testing.programs import together


class Racy(Driver):
    """Counts commands and jobs; the job counts without a lock."""

    driver_name = "racy"

    def start(self, command):
        self.count = 0

    def output(self, buf):
        self.count += 1
        driver_async(self.port, None, self.work, None, None)

    def work(self, job):
        self.count += 1

    def ready_async(self, job):
        driver_output(self.port, b"done")

    def control(self, command, buf):
        return bytes([self.count])


def counts_to_four(open_port):
    port = open_port(Racy)
    port.command()
    port.command()
    port.receive()
    port.receive()
    assert port.control(0) == [4]


def failing(scenario, **options):
    with pytest.raises(InterleavingFailed) as caught:
        explore(scenario, **options)
    return caught.value


def test_a_lost_update_is_found_and_its_report_leads_to_it():
    failed = failing(counts_to_four, allow=["data-race"])
    assert isinstance(failed.__cause__, AssertionError)
    lines = failed.report.splitlines()
    assert lines[0].startswith("schedule number ")
    assert any(line.split()[:3] == ["step", "thread", "operation"] for line in lines)
    table = [line for line in lines if "Racy#1.count" in line]
    assert any(" get " in line and "in output" in line for line in table)
    assert any(" put " in line and "in work" in line and "async_1" in line for line in table)
    assert any(line.lstrip().startswith(">") for line in lines)
    assert f"  --erts-replay={failed.replay}" in lines


def test_a_lost_update_needs_few_switches_after_shrinking():
    failed = failing(counts_to_four, allow=["data-race"], strategy="random")
    assert failed.replay.count("t") <= 4
    assert failing(counts_to_four, allow=["data-race"], strategy="random", shrinking=False).replay.count("t") > 10


def test_the_replay_line_shows_the_failure_every_time():
    failed = failing(counts_to_four, allow=["data-race"])
    for _ in range(20):
        again = failing(counts_to_four, allow=["data-race"], replay=failed.replay)
        assert type(again.__cause__) is type(failed.__cause__)
        assert again.replay == failed.replay


def test_a_race_on_an_attribute_fails_the_test_on_any_schedule():
    failed = failing(counts_to_four, strategy="in order")
    assert "[data-race] driver 'racy': Racy#1.count is read on one thread, and written on another" in failed.report


def test_a_deadlock_is_a_failure_of_the_program():
    def program(layer):
        one, two = layer.mutex("one"), layer.mutex("two")

        def take(first, second):
            first.acquire()
            second.acquire()
            second.release()
            first.release()

        together(layer, lambda: take(one, two), lambda: take(two, one))

    with pytest.raises(InterleavingFailed, match=r"(?s)fails: deadlock.*held by t1.*--erts-replay=sim1:") as caught:
        explore_program(program, strategy="reduced")
    assert isinstance(caught.value.__cause__, DeadlockError)


def test_a_thread_that_never_ends_is_a_livelock():
    def program(layer):
        number = layer.atomic()
        together(layer, lambda: [number.read() for _ in itertools.count()])

    result = explore_threads(program, strategy="random", steps=500)
    assert result.failure.kind == "livelock"


def test_what_differs_from_run_to_run_is_noticed_at_once():
    outside = itertools.count()

    def program(layer):
        number = layer.atomic()
        together(layer, lambda: [number.read() for _ in range(next(outside) % 3 + 1)], number.read)

    result = explore_threads(program, strategy="random")
    assert type(result.failure.error).__name__ == "NotDeterministic"
    assert "depends on something outside the emulator's thread layer" in str(result.failure.error)


def test_what_differs_later_is_noticed_by_the_exhaustive_strategy():
    runs = itertools.count()

    def program(layer):
        number = layer.atomic()
        together(layer, number.read if next(runs) < 4 else lambda: number.set(1), number.read, number.read)

    result = explore_threads(program, strategy="exhaustive")
    assert type(result.failure.error).__name__ == "NotDeterministic"
    assert result.failure.run == 3


def test_a_failure_that_does_not_come_again_is_said_to():
    outside = itertools.count()

    def program(layer):
        layer.atomic().read()
        assert next(outside) != 3

    with pytest.raises(InterleavingFailed, match="the same schedule did not fail in this way"):
        explore_program(program, strategy="random")


def test_budgets_are_kept():
    def program(layer):
        number = layer.atomic()
        together(layer, number.read, number.read)

    assert explore_threads(program, strategy="random", schedules=7).schedules == 7
    assert explore_threads(program, strategy="random", schedules=None, seconds=0.0).schedules == 0


def test_a_scenario_names_what_it_takes():
    with pytest.raises(TypeError, match=r"nobody offers database"):
        explore(lambda database: None)
    with pytest.raises(TypeError, match=r"needs driver="):
        explore(lambda port: None)

    def scenario(port, me, x):
        port.command(x)
        port.receive()

    assert explore(scenario, given={"x": b""}, driver=Racy, schedules=3, allow=["data-race"]).schedules == 3


class Polite(Driver):
    """Two jobs, each of which lets the other go first, for ever on some schedules."""

    driver_name = "polite"

    def start(self, command):
        self.wants = 0

    def output(self, buf):
        for me in (1, 2):
            driver_async(self.port, None, self.work, me, None)

    def work(self, me):
        self.wants |= me
        while self.wants & (3 - me):
            self.wants &= ~me
            self.wants |= me
        self.wants &= ~me

    def ready_async(self, me):
        driver_output(self.port, b"done")


def test_a_livelock_is_reported_with_what_runs_for_ever():
    def both_end(open_port):
        port = open_port(Polite)
        port.command()
        port.receive()
        port.receive()

    with pytest.raises(InterleavingFailed) as failed:
        explore(both_end, steps=2000, allow=["data-race"], async_threads=2, strategy="random", shrinking=False)
    report = failed.value.report
    assert "fails: livelock" in report
    _, _, runs = report.partition("who runs when it is given up:")
    assert "of the last 1000 steps" in runs.splitlines()[1]
    assert "Polite#1.wants" in runs.splitlines()[2]
    assert len(report.splitlines()) < 100  # and not every turn of the loop
    with pytest.raises(InterleavingFailed, match="livelock"):
        explore(both_end, steps=2000, allow=["data-race"], async_threads=2, replay=failed.value.replay)


def test_exploring_leaves_the_log_as_it_was():
    """In a process of its own: the tests have configured structlog."""
    program = (
        "import structlog\nfrom erts_emu.testing import explore\n"
        "assert explore(lambda emu: None, schedules=2).schedules\nprint(structlog.is_configured())\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
