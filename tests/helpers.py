"""What the tests of the emulator share: ways to run a scenario, and a few steps that most scenarios have.

A scenario is a function of a running emulator, ``scenario(emu)``. Its drivers are throw-away classes in its body, so
that each run has its own. What it asserts must hold on real threads and under every simulated schedule.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from erts_emu import Emulator
from erts_emu.driver import Driver
from erts_emu.ethread import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND, RealThreads, SeededRandom

Scenario = Callable[[Emulator], object]

SCHEDULES = int(os.environ.get("ERTS_EMU_SCHEDULES", "200"))
"""How many random schedules a scenario has to survive. Set the variable to look longer."""
PATIENCE = 20 * NANOSECONDS_PER_SECOND


def on_real_threads(scenario: Scenario, **options: Any) -> None:
    """Run *scenario* on OS threads: as they are, and with the lock checker and what there is without the bridge."""
    for threads, checked in (("real", False), (RealThreads(), True)):
        with Emulator(threads=threads, **{"lock_checker": checked, "strict": True, **options}) as emu:
            scenario(emu)


def in_order(scenario: Scenario, **options: Any) -> None:
    """Run *scenario* on simulated threads, each of which runs until it blocks."""
    with Emulator(threads="simulated", **options) as emu:
        scenario(emu)


def every_schedule(scenario: Scenario, n: int = SCHEDULES, **options: Any) -> None:
    """Run *scenario* under *n* seeded random schedules. A failure carries the line that shows it again."""
    for seed in range(n):
        emu = Emulator(threads="simulated", strategy=SeededRandom(seed), seed=seed, **options)
        try:
            with emu:
                scenario(emu)
        except BaseException as error:
            schedule = str(emu.schedule())
            error.add_note(f"seed {seed}; to see it again: Emulator(threads='simulated', replay={schedule!r})")
            raise


run_schedules = every_schedule


def schedules(run: Callable[..., None], n: int) -> dict[str, int]:
    """Options for *run*: *n* random schedules, where a test has parameters of its own that multiply them."""
    return {"n": max(min(n, SCHEDULES), SCHEDULES // 4)} if run is every_schedule else {}


everywhere = pytest.mark.parametrize(
    "run",
    [
        pytest.param(on_real_threads, id="real"),
        pytest.param(in_order, id="in_order"),
        pytest.param(every_schedule, id="random"),
    ],
)
"""Run a test on real threads, in order, and under many random schedules: its argument *run* takes the scenario."""

simulated = pytest.mark.parametrize(
    "run", [pytest.param(in_order, id="in_order"), pytest.param(every_schedule, id="random")]
)
"""Like ``everywhere``, for scenarios that need virtual time or an exact order."""


def open_port(me: Any, driver: type[Driver], *settings: Any) -> Any:
    """Load *driver* and open a port of it, with binaries."""
    me.erl_ddll.load(driver, driver.driver_name)
    return me.open_port(("spawn_driver", driver.driver_name), ["binary", *settings])


def received(me: Any, count: int) -> list[Any]:
    """The data of the next *count* messages of ports."""
    return [me.receive()[1][1] for _ in range(count)]


def until(emu: Emulator, condition: Callable[[], object]) -> None:
    """Let the emulator's time pass until *condition* holds. For threads that are no process of the emulator."""
    deadline = emu.layer.monotonic() + PATIENCE
    while not condition():
        assert emu.layer.monotonic() < deadline, "the condition has not come true"
        emu.layer.sleep(NANOSECONDS_PER_MILLISECOND)


class Log(list[Any]):
    """What happened, in order. Appending is atomic on every thread layer."""

    def of(self, *kinds: str) -> list[Any]:
        """The entries whose first element is one of *kinds*."""
        return [entry for entry in self if entry[0] in kinds]

    def position(self, entry: Any) -> int:
        """Where *entry* stands; it stands there once."""
        assert self.count(entry) == 1, f"{entry!r} happened {self.count(entry)} times: {self!r}"
        return self.index(entry)


def traced(emu: Emulator, *names: str) -> Log:
    """Return a log that grows by ``(name, fields)`` at each of the tracepoints *names*."""
    log = Log()
    emu.trace.subscribe(lambda name, fields: log.append((name, dict(fields))), *names)
    return log


class Gate:
    """A gate that one job waits at, on any thread layer, until somebody opens it."""

    def __init__(self, emu: Emulator) -> None:
        self._event = emu.layer.event("gate")
        self._open = False

    def open(self) -> None:
        """Let the waiting job through, now or later."""
        self._open = True
        self._event.set()

    def wait(self, data: object = None) -> None:
        """Wait until the gate is open: an ``async_invoke`` as it stands."""
        while not self._open:
            self._event.wait()
