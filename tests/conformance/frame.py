"""Running scenarios in both worlds, and the recordings of what ``erl`` printed."""

from __future__ import annotations

import importlib
import os
import pkgutil
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from erts_emu import Emulator

from .variants import build_for_emulator, build_for_erl
from .world import PRELUDE, EmulatorWorld, ErlWorld, World

HERE: Final = Path(__file__).parent
RECORDED: Final = HERE / "recorded"
ERL: Final = shutil.which("erl")
AVAILABLE: Final = ERL is not None and shutil.which("gcc") is not None


@frozen
class Scenario:
    """One scenario of a group; *options* are for the emulator."""

    group: str
    name: str
    steps: Callable[[World], None]
    options: dict[str, Any]


_SCENARIOS: list[Scenario] = []

HELD: Final[dict[str, Any]] = {"schedulers": 4, "work_stealing": False}
"""Options for scenarios in which a driver sleeps: the schedulers of main and of helpers go on."""


def scenario(**options: Any) -> Callable[[Callable[[World], None]], Any]:
    """Mark a function of a :class:`World` as a scenario of its module's group; *options* are for the emulator.

    Whatever the order in which threads run, the same lines have to come out.
    """

    def mark(steps: Callable[[World], None]) -> Callable[[World], None]:
        group = steps.__module__.rsplit(".", 1)[-1]
        _SCENARIOS.append(Scenario(group, steps.__name__, steps, options))
        return steps

    return mark


def scenarios() -> list[Scenario]:
    """All scenarios, group by group."""
    from . import scenarios as package

    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return sorted(_SCENARIOS, key=lambda each: each.group)


def groups() -> list[str]:
    """The names of all groups."""
    return sorted({each.group for each in scenarios()})


# --- the real erl ---


def script(group: str, names: Collection[str] | None = None) -> str:
    """The Erlang file that runs the scenarios of *group*, or those of *names*."""
    text = PRELUDE
    for each in scenarios():
        if each.group == group and (names is None or each.name in names):
            world = ErlWorld()
            each.steps(world)
            text += world.script(each.name)
    return text


class ErlHangs(RuntimeError):
    """``erl`` did not come to an end; *printed* is what it had printed by then."""

    def __init__(self, group: str, printed: str) -> None:
        super().__init__(f"erl did not come to an end on {group}:\n{printed[-3000:]}")
        self.printed = printed


def ask_erl(group: str, build: Path, names: Collection[str] | None = None) -> str:
    """Run a group's scenarios, or those of *names*, with ``erl`` and return what it printed. Raises ``ErlHangs``."""
    root = build_for_erl(build)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{group}.erl"
        file.write_text(script(group, names), encoding="utf-8")
        environment = {**os.environ, "PROBE_DIR": str(root), "PROBE_LOG": f"{folder}/log"}
        evaluate = f'case file:eval("{file}") of ok -> halt(0); E -> io:format("~p~n", [E]), halt(1) end.'
        command = [
            ERL or "erl",
            "-noshell",
            "+S",
            "16:16",
            "+scl",
            "false",
            "-kernel",
            "logger_level",
            "none",
            "-eval",
            evaluate,
        ]
        printed = Path(folder) / "printed"
        with printed.open("wb") as output:
            try:
                status = subprocess.run(command, env=environment, stdout=output, stderr=output, timeout=60).returncode
            except subprocess.TimeoutExpired:
                raise ErlHangs(group, printed.read_text(encoding="latin-1")) from None
        text = printed.read_text(encoding="latin-1")
        if status != 0:
            raise RuntimeError(f"erl ended with {status} on {group}:\n{text[-3000:]}")
        return text


def recorded(group: str) -> str:
    """What ``erl`` printed when the group was last recorded."""
    return (RECORDED / f"{group}.txt").read_text(encoding="utf-8")


def lines_of(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the scenarios of a group's output with their lines."""
    for part in text.split("== ")[1:]:
        name, *lines = part.splitlines()
        yield name, lines


def settled(group: str, ask: Callable[[Collection[str] | None], str], *, again: int = 3) -> str:
    """What ``ask(names)`` says of a group, the scenarios of which depend on time.

    What a busy machine has delayed comes out differently, and may even hang ``erl``. Such scenarios are asked for
    again, by themselves; a real difference stays.
    """
    want = dict(lines_of(recorded(group)))
    said: dict[str, list[str]] = {}
    late: Collection[str] | None = None
    for _ in range(1 + again):
        try:
            said.update(lines_of(ask(late)))
        except ErlHangs as hanging:
            said.update(lines_of(hanging.printed))
        late = [name for name in want if said.get(name) != want[name]]
        if not late:
            break
    return "".join(f"== {name}\n" + "".join(f"{line}\n" for line in lines) for name, lines in said.items())


# --- the emulator ---


@contextmanager
def _probe_environment(drivers: Path, log: Path) -> Iterator[None]:
    ours = {"PROBE_DIR": str(drivers), "PROBE_LOG": str(log)}
    old = {name: os.environ.get(name) for name in ours}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name, value in old.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def switching_often() -> Iterator[None]:
    """Let a Python thread that spins give way as often as an operating system would make it."""
    old = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    try:
        yield
    finally:
        sys.setswitchinterval(old)


def run_script(text: str, folder: Path, *options: str) -> int:
    """Run an Erlang script that uses the twins, as ``erts-emu run`` does in this very process; return its status."""
    from erts_emu.cli import main

    drivers = folder / "drivers"
    if not drivers.exists():
        build_for_emulator(drivers)
    file = folder / "script.erl"
    file.write_text(text, encoding="utf-8")
    with _probe_environment(drivers, folder / "log"), switching_often():
        return main(["+S", "8:8", "run", *options, str(file)])


@contextmanager
def _log_file(folder: Path) -> Iterator[Path]:
    log = folder / "log"
    old = os.environ.get("PROBE_LOG")
    os.environ["PROBE_LOG"] = str(log)
    try:
        yield log
    finally:
        if old is None:
            del os.environ["PROBE_LOG"]
        else:
            os.environ["PROBE_LOG"] = old


def ask_emulator(each: Scenario, folder: Path, *, drivers: Path | None = None, **options: Any) -> list[str]:
    """Run one scenario in a fresh emulator and return the lines; *drivers* are those of the twin, unless given."""
    if drivers is None:
        drivers = build_for_emulator(folder / "drivers")
    with _log_file(folder) as log:
        log.unlink(missing_ok=True)
        emu = Emulator(**{"threads": "simulated", "strict": False, **each.options, **options})
        try:
            world = EmulatorWorld(emu, drivers, log)
            each.steps(world)
            world.finish()
        except BaseException:
            emu.halt(flush=False)
            raise
        errors = list(emu.driver_errors)
        emu.halt(flush=False)
    if errors:
        raise errors[0]
    return world.lines
