"""The bridge and the drivers of these tests, compiled when they are first needed."""

from __future__ import annotations

import fcntl
import functools
import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Final

import erts_emu
from erts_emu import native

HERE: Final = Path(__file__).parent
PACKAGE: Final = Path(erts_emu.__file__).parent
REQUIRED: Final = os.environ.get("ERTS_EMU_REQUIRE_ERL") == "1"


def _build_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("_bridge_build", PACKAGE / "native" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUILD: Final = _build_module()
HEADERS: Final[Path] = BUILD.HEADERS


def _cache() -> Path:
    """A folder for what is compiled, which later runs find again."""
    folder = HERE.parents[1] / "build" / "tests-native"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass  # a checkout that may not be written to
    folder = Path(tempfile.gettempdir()) / f"erts_emu-{os.getuid()}-tests-native"
    folder.mkdir(exist_ok=True)
    return folder


@contextmanager
def _locked(name: str) -> Iterator[Path]:
    """Give a folder of the cache to one process at a time."""
    folder = _cache() / name
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _digest(files: list[Path], *more: str) -> str:
    digest = hashlib.sha256(repr(more).encode())
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _bridge_sources() -> list[Path]:
    return [*BUILD.SOURCES.glob("*.[ch]"), *BUILD.HEADERS.glob("*.h"), Path(BUILD.__file__)]


@functools.cache
def bridge_problem() -> str | None:
    """Have a bridge that is as new as its sources; None, or why there is none."""
    try:
        key = _digest(_bridge_sources(), sys.implementation.cache_tag if BUILD.FREE_THREADED else "abi3")
        with _locked(f"bridge-{key}") as folder:
            target = folder / BUILD.file_name()
            if not target.exists():
                BUILD.build(folder, options=("-O1", "-g"))
    except BUILD.CannotBuild as error:
        return str(error)
    os.environ[native.LOCATION] = str(target)
    return None


def compile_driver(source: Path, *options: str, name: str | None = None) -> Path:
    """Compile a driver with the package's own header; return the folder that holds ``NAME.so``."""
    name = name or source.stem
    with _locked(f"{name}-{_digest([source, HEADERS / 'erl_driver.h'], *options)}") as folder:
        target = folder / f"{name}.so"
        if not target.exists():
            command = [*BUILD.find_compiler(), "-shared", "-fPIC", "-g", "-Wall", f"-I{HEADERS}", *options, source]
            subprocess.run([*command, "-o", f"{target}.new"], check=True)
            os.replace(f"{target}.new", target)
    return folder


def compile_together(
    name: str, sources: list[Path], headers: Path, *options: str, included: Sequence[Path] = ()
) -> Path:
    """Compile each of *sources* into one folder, with the ``erl_driver.h`` in *headers*; return the folder.

    They may include the files *included*.
    """
    warnings = ("-Wall", "-Wno-deprecated-declarations")
    command = [*BUILD.find_compiler(), "-shared", "-fPIC", "-g", *warnings, f"-I{headers}", *options]
    with _locked(
        f"{name}-{_digest([*sources, *included, headers / 'erl_driver.h'], str(headers), *options)}"
    ) as folder:
        for source in sources:
            target = folder / f"{source.stem}.so"
            if not target.exists():
                subprocess.run([*command, source, "-o", f"{target}.new"], check=True)
                os.replace(f"{target}.new", target)
    return folder


def cached_folder(name: str, *sources: Path) -> Path:
    """A folder of the cache for other programs' results, new whenever *sources* change."""
    folder = _cache() / f"{name}-{_digest(list(sources))}"
    folder.mkdir(exist_ok=True)
    return folder
