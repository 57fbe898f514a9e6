"""The pytest plugin: fixtures, markers and options of the test kit. It imports the emulator only for tests that use it.

Where the package is not installed (entry point ``pytest11``), load it with ``-p erts_emu.testing.plugin``.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from erts_emu import Emulator
    from erts_emu.testing.workbench import PortUnderTest, VirtualClock, Workbench

_MARKERS: Final = (
    "erts(*, driver, allow, checks, **options): the emulator of the test: driver for the fixture port, rules that the "
    "driver may break, and every option of Emulator (async_threads, schedulers, threads, seed, …)",
)
_BENCH: Final = pytest.StashKey["Workbench"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("erts", "tests of Erlang drivers (erts_emu)")
    group.addoption("--erts-replay", metavar="SCHEDULE", help="run on the schedule that a failure report ends with")


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers."""
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """End the workbench inside the call: what a driver has done wrong fails the test, and is no error in teardown."""
    try:
        result = yield
    except BaseException as error:
        if (bench := item.stash.get(_BENCH, None)) is not None:
            bench.abandon(error)
        raise
    if (bench := item.stash.get(_BENCH, None)) is not None:
        bench.finish()
    return result


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The options of the nearest ``erts`` marker over those of the farther ones."""
    options: dict[str, Any] = {}
    for marker in request.node.iter_markers("erts"):
        if marker.args:
            raise pytest.UsageError(f"{request.node.nodeid}: the marker erts takes keyword arguments only")
        options = {**marker.kwargs, **options}
    return options


def _make_bench(request: pytest.FixtureRequest, **fixed: Any) -> Workbench:
    from erts_emu.testing.workbench import Workbench

    options = {**_options(request), **fixed}
    options.pop("driver", None)
    replay = request.config.getoption("--erts-replay")
    if replay is not None and options.get("threads", "simulated") == "simulated":
        options["replay"] = replay
    return Workbench(**options)


@pytest.fixture
def erts_bench(request: pytest.FixtureRequest) -> Generator[Workbench, None, None]:
    """The workbench behind the other fixtures: an emulator, a process, the checks."""
    real = "real_emu" in request.fixturenames
    bench = _make_bench(request, **({"threads": "real"} if real else {}))
    request.node.stash[_BENCH] = bench
    yield bench
    bench.abandon()


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
    under_test = _options(request).get("driver")
    if under_test is None:
        raise pytest.UsageError(
            f"{request.node.nodeid} uses the fixture port, but no marker says of which driver: put "
            "@pytest.mark.erts(driver=...) at the test, its class or its module, or use open_port"
        )
    loaded = erts_bench.driver(*under_test) if isinstance(under_test, tuple) else erts_bench.driver(under_test)
    return loaded.open()


@pytest.fixture
def virtual_clock(erts_bench: Workbench) -> VirtualClock:
    """The emulator's clock: ``now``, ``advance(seconds)``."""
    return erts_bench.clock
