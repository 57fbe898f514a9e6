"""The pytest plugin, as a project that uses it sees it: each test runs a small test file in a pytest of its own."""

from pathlib import Path

import pytest

pytest_plugins = "pytester"

DRIVERS = """
import pytest
from erts_emu.driver import *

class Echo(Driver):
    driver_name = "echo"
    def output(self, buf):
        driver_output(self.port, buf)
    def control(self, command, buf):
        return bytes([command])

class Broken(Driver):
    driver_name = "broken"
    def output(self, buf):
        raise ZeroDivisionError("in output")

class Leaky(Driver):
    driver_name = "leaky"
    def output(self, buf):
        driver_alloc(100)
"""


@pytest.fixture
def outcome(pytester, monkeypatch):
    """Run a test file that begins with ``DRIVERS``."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # others would be imported anew for each test

    def run(body, *arguments):
        pytester.makepyfile(DRIVERS + body)
        return pytester.runpytest_inprocess(
            "-p", "erts_emu.testing.plugin", "-p", "no:cacheprovider", "-W", "error", "--strict-markers", *arguments
        )

    return run


def test_a_driver_is_loaded_used_and_unloaded_by_fixtures(outcome):
    outcome("""
def test_it(driver, open_port, emu):
    loaded = driver(Echo)
    port = open_port(loaded)
    port.command(b"hello")
    assert port.receive() == b"hello"
    assert port.control(7) == [7]
    assert emu.layer.kind == "simulated"
    loaded.unload()
    assert not port.is_open and emu.ddll.loaded_drivers() == []

@pytest.mark.erts(driver=Echo, async_threads=3)
def test_port(port, emu):
    port.command(b"x")
    assert port.receive() == b"x" and emu.async_pool.size == 3

def test_real(real_emu, open_port):
    port = open_port(Echo)
    port.command(b"hello")
    assert port.receive() == b"hello"
    assert real_emu.layer.kind == "real"

def test_clock(virtual_clock):
    virtual_clock.advance(3600)
    assert virtual_clock.now >= 3600
""").assert_outcomes(passed=4)


def test_a_callback_that_raises_fails_the_test_with_its_own_traceback(outcome):
    result = outcome("""
def test_it(open_port):
    open_port(Broken).command(b"")
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            '*raise ZeroDivisionError("in output")*',
            "*ZeroDivisionError: in output*",
            "*DriverCallbackError: driver 'broken': output of #Port<0.5> raised ZeroDivisionError: in output (at *",
        ]
    )


def test_a_failing_test_also_tells_what_callbacks_raised_before(outcome):
    result = outcome("""
def test_it(open_port):
    port = open_port(Broken)
    port.command(b"")
    port.receive()
""")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*ReceiveTimeout*", "*before that, driver 'broken': output of #Port<0.5> raised *"])


def test_a_leak_fails_the_test_unless_it_is_allowed(outcome):
    result = outcome("""
def test_leaks(open_port):
    open_port(Leaky).command(b"")

@pytest.mark.erts(allow=["memory"])
def test_allowed(open_port):
    open_port(Leaky).command(b"")

@pytest.mark.erts(checks=False)
def test_unchecked(open_port):
    open_port(Leaky).command(b"")
""")
    result.assert_outcomes(failed=1, passed=2)
    result.stdout.fnmatch_lines(["*passed, but the driver has broken one rule*", "*[[]memory]*100 bytes*"])


def test_a_report_shows_no_frames_of_the_kit(outcome):
    result = outcome("""
def test_leaks(open_port):
    open_port(Leaky).command(b"")
""")
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*erts_emu/testing/*")


@pytest.mark.parametrize(
    ("option", "said"),
    [("--erts-replay=sim1:0:96", "a schedule has four parts"), ("--erts-strategy=pct:deep", "no strategy is called")],
)
def test_a_misspelt_option_ends_the_run_before_it_begins(pytester, monkeypatch, option, said):
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    result = pytester.runpytest_subprocess("-p", "erts_emu.testing.plugin", option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {option.partition('=')[0]}: *{said}*"])


def test_wrong_use_is_an_error_with_advice(outcome):
    result = outcome("""
def test_no_driver(port):
    pass

@pytest.mark.erts(3)
def test_argument(emu):
    pass
""")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*put @pytest.mark.erts(driver=...) at the test*", "*takes keyword arguments only*"])


def test_a_session_without_driver_tests_imports_no_emulator(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    pytester.makepyfile("""
import sys
def test_it():
    assert "erts_emu.emulator" not in sys.modules and "erts_emu.testing.workbench" not in sys.modules
""")
    result = pytester.runpytest_subprocess("-p", "erts_emu.testing.plugin", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)


RACY = """
class Racy(Driver):
    driver_name = "racy"
    def start(self, command):
        self.count = 0
    def output(self, buf):
        driver_async(self.port, None, self.work, None, None)
        self.count += 1
    def work(self, job):
        self.count += 1
    def ready_async(self, job):
        driver_output(self.port, bytes([self.count]))

pytestmark = pytest.mark.erts(driver=Racy, allow=["data-race"])
"""


def test_a_marked_test_runs_on_many_schedules_and_its_report_replays_it(outcome):
    body = f"""
{RACY}
@pytest.mark.interleavings(schedules=300)
@pytest.mark.parametrize("last", [2])
def test_count(port, last):
    port.command()
    assert port.receive()[-1] == last

@pytest.mark.interleavings(schedules=20)
def test_fine(port):
    port.command()
    port.receive()

def test_by_hand(explore):
    def scenario(port):
        port.command()
        port.receive()
    assert explore(scenario, schedules=5).schedules == 5
"""
    result = outcome(body)
    result.assert_outcomes(failed=1, passed=2)
    result.stdout.fnmatch_lines(
        ["*InterleavingFailed*schedule number * fails: AssertionError*", "*--erts-replay=sim1:*"]
    )
    line = next(line for line in result.outlines if "--erts-replay=sim1:" in line)
    again = outcome(body, "-k", "count", line.split()[-1])
    again.assert_outcomes(failed=1, deselected=2)
    again.stdout.fnmatch_lines(["*AssertionError*", f"*{line.split()[-1]}*"])
    outcome(body, "-k", "count", "--erts-schedules=1").assert_outcomes(passed=1, deselected=2)


def test_a_fixture_that_uses_the_emulator_of_a_marked_test_is_refused_with_advice(outcome):
    result = outcome("""
@pytest.fixture
def me(emu):
    return emu.attach()

@pytest.mark.interleavings
def test_it(me):
    pass
""")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*runs on many schedules, with a fresh emulator for each*"])


def test_shards_explore_with_seeds_of_their_own_and_are_added_up(outcome):
    result = outcome(
        """
seeds = []

@pytest.mark.interleavings(schedules=10, strategy="random")
@pytest.mark.parametrize("text", [b"a", b"b"])
def test_it(open_port, text, emu):
    port = open_port(Echo)
    port.command(text)
    assert port.receive() == text
""",
        "--erts-shards=3",
        "-v",
    )
    result.assert_outcomes(passed=6)
    result.stdout.fnmatch_lines(["*test_it*shard2*", "erts: 60 schedules explored in 6 tests"])


def test_the_recording_of_a_test_that_fails_is_saved_and_the_report_says_where(outcome, pytester):
    result = outcome("""
@pytest.mark.erts(driver=Echo)
def test_good(port, recording):
    port.command(b"x")
    names = [event.name for event in recording.events()]
    assert "driver_output" in names and "driver_start" in names

def test_bad(driver, open_port, recording):
    open_port(driver(Echo)).command(b"x")
    assert False
""")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.re_match_lines([r"saved as (.*test_bad\.etrace)", "to look at it: erts-emu trace .*test_bad.html"])
    [saved] = pytester.path.parent.rglob("test_bad.etrace")
    from erts_emu import Recording

    assert "driver_output" in [event.name for event in Recording.load(saved).events()]
    assert not list(pytester.path.parent.rglob("test_good.etrace"))


def test_a_test_on_many_schedules_is_not_recorded_but_says_what_to_do(outcome):
    result = outcome("""
@pytest.mark.interleavings(schedules=2)
def test_it(emu, recording):
    pass
""")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*write 'with emu.record() as recording' in the test*"])
