"""The pytest plugin: fixtures, markers and options of the test kit. It imports the emulator only for tests that use it.

Where the package is not installed (entry point ``pytest11``), load it with ``-p erts_emu.testing.plugin``.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from erts_emu import Emulator, Recording
    from erts_emu.testing.workbench import PortUnderTest, VirtualClock, Workbench

_MARKERS: Final = (
    "erts(*, driver, allow, checks, **options): the emulator of the test: driver for the fixture port, rules that the "
    "driver may break, and every option of Emulator (async_threads, schedulers, threads, seed, …)",
    "interleavings(*, strategy, schedules, seconds, steps, seed): run the test on many schedules, each with a fresh "
    "emulator; a failure is shrunk, and reported with the line that shows it again",
)
_EXPLORED: Final = "erts_schedules"
_RECORDING: Final = pytest.StashKey["Recording"]()
_RECORDED: Final = pytest.StashKey[tuple["Recording", "Path"]]()
"""The recording, and where it goes if the test fails."""
_BENCH: Final = pytest.StashKey["Workbench"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("erts", "tests of Erlang drivers (erts_emu)")
    group.addoption("--erts-replay", metavar="SCHEDULE", help="run on the schedule that a failure report ends with")
    group.addoption("--erts-schedules", type=int, metavar="N", help="schedules for each test that explores")
    group.addoption("--erts-seconds", type=float, metavar="S", help="seconds for each test that explores")
    group.addoption("--erts-seed", type=int, metavar="N", help="seed of the strategies, and of simulated emulators")
    group.addoption(
        "--erts-strategy", metavar="NAME",
        help="campaign, random, walk, pct[:DEPTH], preemptions[:N], delays[:N], exhaustive, reduced",
    )  # fmt: skip
    group.addoption(
        "--erts-cluster", metavar="WHERE",
        help="share the schedules of each test that explores out over a dask cluster: the address of its scheduler, or "
        "local:N for N processes (needs erts_emu[cluster])",
    )  # fmt: skip
    group.addoption(
        "--erts-shards", type=int, default=1, metavar="N",
        help="make N tests of each test with the marker interleavings, with seeds of their own: pytest -n spreads them",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    _check_options(config)


def _check_options(config: pytest.Config) -> None:
    """Refuse what is misspelt before any test runs."""
    replay, strategy = config.getoption("--erts-replay"), config.getoption("--erts-strategy")
    try:
        if replay is not None:
            from erts_emu.ethread import Schedule

            Schedule.parse(replay)
        if strategy is not None:
            from erts_emu.testing.explorer.campaign import strategy_from

            strategy_from(strategy)
    except ValueError as error:
        raise pytest.UsageError(f"--erts-{'replay' if strategy is None else 'strategy'}: {error}") from None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make shards of a test that runs on many schedules."""
    shards = metafunc.config.getoption("--erts-shards")
    if shards > 1 and metafunc.definition.get_closest_marker("interleavings") is not None:
        metafunc.fixturenames.append("erts_shard")
        metafunc.parametrize("erts_shard", range(shards), ids=lambda number: f"shard{number}", indirect=True)


@pytest.fixture
def erts_shard(request: pytest.FixtureRequest) -> int:
    """Which shard of a test this is, from 0."""
    number: int = getattr(request, "param", 0)
    return number


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Generator[None, None, None]:
    """Tell how much was explored, over all shards and workers."""
    yield
    explored = [
        value
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, value in getattr(report, "user_properties", ())
        if name == _EXPLORED and getattr(report, "when", "") == "call"
    ]
    if explored:
        terminalreporter.write_line(f"erts: {sum(explored)} schedules explored in {len(explored)} tests")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """End the workbench inside the call: what a driver has done wrong fails the test, and is no error in teardown."""
    __tracebackhide__ = True
    try:
        result = yield
        if (bench := item.stash.get(_BENCH, None)) is not None:
            bench.finish()
    except BaseException as error:
        if (bench := item.stash.get(_BENCH, None)) is not None:
            bench.abandon(error)
        raise
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """Save the recording of a test that has failed, and say where."""
    report = yield
    if report.when == "call" and report.failed and (recorded := item.stash.get(_RECORDED, None)) is not None:
        recording, file = recorded
        recording.save(file)
        report.sections.append(
            ("recording", f"saved as {file}\nto look at it: erts-emu trace {file} -o {file.with_suffix('.html')}")
        )
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test with the marker ``interleavings`` on many schedules."""
    if not _explores(pyfuncitem):
        return None
    from erts_emu.testing.scenario import OFFERED

    __tracebackhide__ = True
    arguments = pyfuncitem._fixtureinfo.argnames
    given = {name: pyfuncitem.funcargs[name] for name in arguments if name not in OFFERED}
    result: Any = None
    options = {**_options(pyfuncitem), **_kwargs(pyfuncitem, "interleavings"), **_from_command_line(pyfuncitem.config)}
    shard = pyfuncitem.funcargs.get("erts_shard", 0)
    options["seed"] = options.get("seed", 0) + shard
    from erts_emu.testing.exploring import InterleavingFailed

    try:
        result = _explore(pyfuncitem.obj, given=given, **options)
    except InterleavingFailed as failed:
        result = failed.result
        raise
    finally:
        if result is not None:
            pyfuncitem.user_properties.append((_EXPLORED, result.schedules))
    return True


def _explore(*args: Any, **kwargs: Any) -> Any:
    from erts_emu.testing.exploring import explore as run

    __tracebackhide__ = True
    return run(*args, **kwargs)


def _explores(item: pytest.Item) -> bool:
    return item.get_closest_marker("interleavings") is not None


def _from_command_line(config: pytest.Config) -> dict[str, Any]:
    names = ("replay", "schedules", "seconds", "seed", "strategy", "cluster")
    values = {name: config.getoption(f"--erts-{name}") for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _options(item: pytest.Item) -> dict[str, Any]:
    return _kwargs(item, "erts")


def _kwargs(item: pytest.Item, name: str) -> dict[str, Any]:
    """The arguments of the nearest marker over those of the farther ones."""
    options: dict[str, Any] = {}
    for marker in item.iter_markers(name):
        if marker.args:
            raise pytest.UsageError(f"{item.nodeid}: the marker {name} takes keyword arguments only")
        options = {**marker.kwargs, **options}
    return options


class _EachRun:
    """Stands for a bench in a test that gets a fresh one for each schedule."""

    def __init__(self, test: str) -> None:
        self._test = test

    def __getattr__(self, name: str) -> Any:
        if name in ("emu", "driver", "open_port", "clock"):
            return self
        raise pytest.UsageError(
            f"{self._test} runs on many schedules, with a fresh emulator for each: what uses the emulator has to stand "
            "in the test itself, and not in a fixture"
        )


@pytest.fixture
def erts_bench(request: pytest.FixtureRequest) -> Generator[Any, None, None]:
    """The workbench behind the other fixtures: an emulator, a process, the checks."""
    item: pytest.Item = request.node
    if _explores(item):
        yield _EachRun(item.nodeid)
        return
    from erts_emu.testing.workbench import Workbench

    options = _options(item)
    options.pop("driver", None)
    if "real_emu" in request.fixturenames:
        options["threads"] = "real"
    if options.get("threads", "simulated") == "simulated":
        given = _from_command_line(item.config)
        options |= {name: given[name] for name in ("replay", "seed") if name in given}
    bench = Workbench(**options)
    item.stash[_BENCH] = bench
    if "recording" in request.fixturenames:  # from the first moment, whichever fixture is set up first
        with bench.emu.record() as item.stash[_RECORDING]:
            yield bench
    else:
        yield bench
    bench.abandon()


@pytest.fixture
def explore(request: pytest.FixtureRequest) -> Any:
    """``explore(scenario, **options)`` runs a function on many schedules; see ``erts_emu.testing.explore``."""
    item: pytest.Item = request.node

    def run(scenario: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        return _explore(scenario, **{**_options(item), **options, **_from_command_line(item.config)})

    return run


@pytest.fixture
def emu(erts_bench: Workbench) -> Emulator:
    """A fresh simulated emulator with all checks on; the marker ``erts`` shapes it."""
    return erts_bench.emu


@pytest.fixture
def real_emu(erts_bench: Workbench) -> Emulator:
    """A fresh emulator on real threads. The other fixtures of the test use it too."""
    return erts_bench.emu


@pytest.fixture
def driver(erts_bench: Workbench) -> Any:
    """``driver(DriverClass)`` or ``driver(folder, name)`` loads a driver; it is unloaded and checked at the end."""
    return erts_bench.driver


@pytest.fixture
def open_port(erts_bench: Workbench) -> Any:
    """``open_port(driver, *settings)`` opens a port of a loaded driver, or of a driver class."""
    return erts_bench.open_port


@pytest.fixture
def port(request: pytest.FixtureRequest, erts_bench: Workbench) -> PortUnderTest:
    """An open port of the driver that the marker names: ``@pytest.mark.erts(driver=DriverClass)``."""
    item: pytest.Item = request.node
    under_test = _options(item).get("driver")
    if under_test is None:
        raise pytest.UsageError(
            f"{request.node.nodeid} uses the fixture port, but no marker says of which driver: put "
            "@pytest.mark.erts(driver=...) at the test, its class or its module, or use open_port"
        )
    if _explores(item):
        return erts_bench.emu  # type: ignore[return-value]  # the stand-in
    loaded = erts_bench.driver(*under_test) if isinstance(under_test, tuple) else erts_bench.driver(under_test)
    return loaded.open()


@pytest.fixture
def recording(request: pytest.FixtureRequest, erts_bench: Workbench, tmp_path: Path) -> Recording:
    """What every thread of the emulator does, from its boot on; saved if the test fails: the report says where."""
    if _explores(request.node):
        raise pytest.UsageError(
            f"{request.node.nodeid} runs on many schedules: to record the one that fails, write "
            "'with emu.record() as recording' in the test, and run it with --erts-replay"
        )
    recorded: Recording = request.node.stash[_RECORDING]
    request.node.stash[_RECORDED] = (recorded, tmp_path / f"{request.node.originalname}.etrace")
    return recorded


@pytest.fixture
def virtual_clock(erts_bench: Workbench) -> VirtualClock:
    """The emulator's clock: ``now``, ``advance(seconds)``."""
    return erts_bench.clock
