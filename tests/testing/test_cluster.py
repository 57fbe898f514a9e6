"""Exploring on a dask cluster: here one of two processes of this machine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import erts_emu
from erts_emu.testing import explore
from erts_emu.testing.cluster import NoCluster, _shards

TESTS = """
import pytest
from erts_emu.driver import *

class Counts(Driver):
    driver_name = "counts"
    def start(self, command):
        self.count = 0
    def output(self, buf):
        driver_async(self.port, None, self.work, None, None)
        self.count += 1
    def work(self, data):
        self.count += 1
    def ready_async(self, data):
        driver_output(self.port, bytes([self.count]))

pytestmark = [pytest.mark.erts(driver=Counts, allow=["data-race"]), pytest.mark.interleavings(schedules=101)]

def test_that_fails_on_some_schedules(port):
    port.command()
    assert port.receive() == b"\\x02"

def test_that_passes(port):
    port.command()
    assert port.receive() in (b"\\x01", b"\\x02")
"""


def pytest_in(folder, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(Path(erts_emu.__file__).parents[1])}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "erts_emu.testing.plugin", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.timeout(110)
def test_one_option_shares_the_schedules_out_and_one_report_tells_what_was_seen(tmp_path):
    pytest.importorskip("distributed", reason="dask.distributed is not installed: pip install 'erts_emu[cluster]'")
    (tmp_path / "test_shared_out.py").write_text(TESTS)
    ran = pytest_in(tmp_path, "--erts-cluster=local:2")
    assert "distributed." not in ran.stdout
    assert "1 failed, 1 passed" in ran.stdout, ran.stdout + ran.stderr
    assert "AssertionError: assert b'\\x01' == b'\\x02'" in ran.stdout
    explored = int(ran.stdout.partition("erts: ")[2].partition(" ")[0])
    assert explored > 101  # all of the test that passes, and some of the other
    # The failure was seen, shrunk and reported here, and can be seen again without a cluster.
    [replay] = {word for word in ran.stdout.split() if word.startswith("--erts-replay=sim1:")}
    again = pytest_in(tmp_path, replay, "-k", "fails")
    assert "assert b'\\x01' == b'\\x02'" in again.stdout, again.stdout


@pytest.mark.parametrize(("workers", "schedules"), [(1, 1), (2, 101), (3, 5), (4, 1000)])
def test_budgets_are_shared_out_to_the_last_schedule_with_a_seed_for_each(workers, schedules):
    shards = list(_shards(workers, "random", schedules, 60.0, 1000, 7))
    assert sum(shard.schedules for shard in shards) == schedules
    assert max(shard.schedules for shard in shards) - min(shard.schedules for shard in shards) <= 1
    assert [shard.seed for shard in shards] == list(range(7, 7 + len(shards)))
    assert sum(shard.seconds for shard in shards) == pytest.approx(60.0 * workers)


def test_strategies_that_know_no_seed_are_refused():
    with pytest.raises(NoCluster, match="preemptions:2 would do the same everywhere"):
        explore(lambda: None, cluster="local:2", strategy="preemptions:2")
