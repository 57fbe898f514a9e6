"""The guide's steps do what it says: from a racy driver to a fixed one."""

import re
from pathlib import Path

import pytest

pytest_plugins = "pytester"

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "testing.md").read_text(encoding="utf-8"), re.DOTALL)
FIRST, EXPLORED, FIX, BY_HAND = BLOCKS[:4]


def body_of(block):
    return block[block.index("@pytest.mark.erts") :]


@pytest.fixture
def run(pytester, monkeypatch):
    """Run a test file with the plugin."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(text):
        pytester.makepyfile(test_count=text)
        return pytester.runpytest_inprocess("-p", "erts_emu.testing.plugin", "-p", "no:cacheprovider")

    return run


def test_the_first_test_finds_the_race(run):
    result = run(FIRST)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*[[]data-race] driver 'count_drv': Count#1.count is read on one thread, *"])


def test_exploring_shows_the_harm(run):
    result = run(FIRST.replace(body_of(FIRST), EXPLORED))
    result.assert_outcomes(failed=1)
    report = str(result.stdout)
    for pattern in (
        r"schedule number \d+ fails: AssertionError",
        r"at test_count\.py:\d+: assert port\.receive\(\) == b",
        r"at .* \(>\) the schedule leaves the usual order:",
        r"async_1 +start +job 1",
        r"async_1 +get +Count#1\.count +test_count\.py:\d+ in work",
        r"async_1 +put +Count#1\.count +test_count\.py:\d+ in work",
        r"main +put +Count#1\.count +test_count\.py:\d+ in output",
        r"--erts-replay=sim1:\d+:\d+:\+\d+t\d+",
    ):
        assert re.search(pattern, report), pattern


def test_the_fix_passes_both(run):
    driver, test = (
        FIRST[: FIRST.index("    def work")],
        EXPLORED.replace(', allow=["data-race"]', "").replace("1000", "100"),
    )
    result = run(f"{driver}{FIX}\n\n{body_of(FIRST)}\n\n{test.replace('test_a_', 'test_explored_a_')}")
    result.assert_outcomes(passed=2)


def test_the_same_works_without_pytest(run, capsys):
    driver, fixed = FIRST[: FIRST.index("    def work")], FIX
    namespace = {}
    exec(compile(driver + fixed + BY_HAND.replace("1000", "20"), "guide", "exec"), {"__name__": "guide", **namespace})
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == r"b'\x02'"
    assert printed[1].startswith("campaign: 20 schedules")
