"""The house has floors: imports run downwards, drivers see the contract only, faces the public surface only."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "erts_emu"

FLOORS = {
    1: ["ethread", "terms", "trace", "logs", "errors"],
    2: ["thr_queue", "thr_progress", "locks", "msacc"],
    3: ["driver", "native"],
    4: [
        "async_pool", "check_io", "ddll", "job_batch", "library", "line_buffer", "names", "poll_set", "port",
        "port_options", "port_states", "port_task", "process", "scheduler", "signals", "timers",
    ],
    5: [
        "attached_process", "bifs", "bundled", "coroutine_process", "emulator", "erl_ddll", "match", "port_bifs",
        "port_info", "port_signals",
    ],
    6: ["cli", "observe", "shell", "testing"],
}  # fmt: skip
FLOOR_OF = {room: floor for floor, rooms in FLOORS.items() for room in rooms}

CORE_LIBRARIES = {"attrs", "pluggy", "structlog", "greenlet", "attr"}

PUBLIC = {
    "erts_emu",
    "erts_emu.__version__",
    "erts_emu.driver",
    "erts_emu.native",
    "erts_emu.native.elf",
    "erts_emu.terms",
    "erts_emu.errors",
    "erts_emu.ethread",
    "erts_emu.trace",
}


def runtime_imports(file: Path) -> Iterator[tuple[str, int]]:
    """Yield the modules that a file imports when it runs, with their lines; imports for types only are left out."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for_types = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and isinstance(block.test, ast.Name) and block.test.id == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "erts_emu":
                yield from ((f"erts_emu.{alias.name}", node.lineno) for alias in node.names)
            else:
                yield node.module, node.lineno


def room_of(module: str) -> str | None:
    """The room of a module of the package; None for other modules and for public names of the package itself."""
    parts = module.split(".")
    if parts[0] != "erts_emu" or len(parts) < 2:
        return None
    return parts[1] if parts[1] in FLOOR_OF or (PACKAGE / f"{parts[1]}.py").exists() else None


def modules() -> list[Path]:
    return [file for file in sorted(PACKAGE.rglob("*.py")) if "_bundled_drivers" not in file.parts]


def test_every_room_has_a_floor() -> None:
    rooms = {file.relative_to(PACKAGE).parts[0].removesuffix(".py") for file in modules()}
    assert rooms - set(FLOOR_OF) == {"__init__"}


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_run_downwards(file: Path) -> None:
    room = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    floor = FLOOR_OF.get(room, 7)
    upwards = [
        f"{file.name}:{line} imports {module} (floor {FLOOR_OF[target]})"
        for module, line in runtime_imports(file)
        if (target := room_of(module)) is not None and FLOOR_OF[target] > floor
    ]
    assert not upwards, upwards


@pytest.mark.parametrize(
    "file",
    [file for file in modules() if FLOOR_OF.get(file.relative_to(PACKAGE).parts[0].removesuffix(".py"), 7) <= 5],
    ids=lambda file: str(file.relative_to(PACKAGE)),
)
def test_the_core_needs_few_libraries(file: Path) -> None:
    foreign = {
        top
        for module, _ in runtime_imports(file)
        if (top := module.split(".")[0]) not in sys.stdlib_module_names and top != "erts_emu"
    }
    assert foreign <= CORE_LIBRARIES


@pytest.mark.parametrize("file", sorted((ROOT / "drivers").glob("*.py")), ids=lambda file: file.name)
def test_bundled_drivers_see_the_contract_only(file: Path) -> None:
    seen = {module for module, _ in runtime_imports(file) if module.startswith("erts_emu")}
    assert seen <= {"erts_emu.driver"}


@pytest.mark.parametrize(
    "file", sorted((PACKAGE / "cli").rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE))
)
def test_the_command_line_uses_the_public_surface_only(file: Path) -> None:
    import erts_emu

    public = PUBLIC | {f"erts_emu.{name}" for name in erts_emu.__all__}
    faces = ("erts_emu.cli", "erts_emu.shell", "erts_emu.observe")
    seen = {
        module for module, _ in runtime_imports(file) if module.startswith("erts_emu") and not module.startswith(faces)
    }
    assert seen <= public, seen - public


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_threads_time_and_chance_come_from_the_thread_layer(file: Path) -> None:
    rooms = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if FLOOR_OF.get(rooms, 7) > 5 or rooms == "ethread":
        return
    assert not {module for module, _ in runtime_imports(file)} & {"threading", "time", "random", "_thread"}
