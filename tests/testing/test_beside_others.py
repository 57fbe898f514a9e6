"""The kit beside other plugins: hypothesis inside a test, xdist around it, warnings as errors everywhere."""

import os
import subprocess
import sys
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import erts_emu
from erts_emu.driver import Driver, driver_async, driver_output
from erts_emu.testing import Workbench, explore


class Adds(Driver):
    """Answers each command with the sum of all so far, after a job."""

    driver_name = "adds"

    def start(self, command):
        self.sum = 0

    def output(self, buf):
        driver_async(self.port, None, lambda data: None, buf, None)

    def ready_async(self, buf):
        self.sum += sum(buf)
        driver_output(self.port, str(self.sum).encode())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(commands=st.lists(st.binary(max_size=4), max_size=5), threads=st.integers(1, 3))
def test_hypothesis_gives_each_example_a_bench_of_its_own(commands, threads):
    with Workbench(async_threads=threads) as bench:
        port = bench.open_port(Adds)
        for command in commands:
            port.command(command)
        answers = [int(port.receive()) for _ in commands]
        assert answers == sorted(answers)
        assert answers[-1:] == [sum(map(sum, commands))][: len(answers)]


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(commands=st.lists(st.binary(min_size=1, max_size=2), min_size=1, max_size=3))
def test_hypothesis_and_the_explorer_together(commands):
    def scenario(open_port):
        port = open_port(Adds)
        for command in commands:
            port.command(command)
        assert int([port.receive() for _ in commands][-1]) == sum(map(sum, commands))

    assert explore(scenario, schedules=6, async_threads=2).schedules == 6


TESTS = """
import pytest
from hypothesis import given, settings, strategies as st
from erts_emu.driver import *
from erts_emu.testing import Workbench

class Echo(Driver):
    driver_name = "echo"
    def output(self, buf):
        driver_output(self.port, buf)

@pytest.mark.erts(driver=Echo)
@pytest.mark.interleavings(schedules=5)
def test_explored(port):
    port.command(b"x")
    assert port.receive() == b"x"

@settings(max_examples=5, deadline=None)
@given(st.binary())
def test_given(data):
    with Workbench() as bench:
        port = bench.open_port(Echo)
        port.command(data)
        assert port.receive() == data
"""


def test_two_workers_share_the_shards_with_warnings_as_errors(tmp_path):
    (tmp_path / "test_shared.py").write_text(TESTS)
    environment = {**os.environ, "PYTHONPATH": str(Path(erts_emu.__file__).parents[1])}
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-W", "error", "-p", "erts_emu.testing.plugin"]
    ran = subprocess.run(
        [*command, "-n", "2", "--erts-shards=3", "-p", "no:cacheprovider"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "4 passed" in ran.stdout, ran.stdout + ran.stderr
    assert "erts: 15 schedules explored in 3 tests" in ran.stdout
