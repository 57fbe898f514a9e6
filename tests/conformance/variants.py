"""The drivers that scenarios load: variants of one probe, in folders, compiled for ``erl`` and written in Python."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import Factory, frozen

from .twin import CALLBACKS, probe_entry

HERE: Final = Path(__file__).parent


@frozen
class Variant:
    """A build of the probe: what the macros of ``probe.c`` and the arguments of ``probe_entry`` say."""

    version: str = ""
    flags: int = 0
    nulls: tuple[str, ...] = ("outputv",)
    init: int = 0
    name: str | None = None
    """The name in the entry, if it is not the file's."""
    fields: Mapping[str, int] = Factory(dict)
    """``extended_marker``, ``major_version``, ``minor_version``."""
    spoiled: str = ""
    """``null_entry``, ``no_driver_init``, or ``garbage``: not a driver at all."""


ALL_NULL: Final = CALLBACKS

VARIANTS: Final[Mapping[str, Mapping[str, Variant]]] = {
    "v1": {
        "probe": Variant(),
        "probe_v": Variant(nulls=()),
        "probe_pl": Variant(flags=1),
        "probe_soft": Variant(flags=2),
        "probe_free": Variant(flags=4),
        "probe_ack": Variant(flags=8),
        "probe_bare": Variant(nulls=ALL_NULL),
        "probe_noasync": Variant(nulls=("outputv", "ready_async")),
        "probe_noflush": Variant(nulls=("outputv", "flush")),
        "probe_silent": Variant(nulls=("outputv", "output", "process_exit", "timeout")),
        "fdrv": Variant(version="v1"),
        "gdrv": Variant(version="g"),
        "pdrv": Variant(version="p"),
        "badname": Variant(name="otherdrv"),
        "badmarker": Variant(fields={"extended_marker": 0}),
        "major0": Variant(fields={"major_version": 0}),
        "major1": Variant(fields={"major_version": 1}),
        "major2": Variant(fields={"major_version": 2, "minor_version": 99}),
        "major4": Variant(fields={"major_version": 4}),
        "minor4": Variant(fields={"minor_version": 4}),
        "initfail": Variant(init=-1),
        "initseven": Variant(init=7),
        "nullentry": Variant(spoiled="null_entry"),
        "noinit": Variant(spoiled="no_driver_init"),
        "garbage": Variant(spoiled="garbage"),
    },
    "v2": {"fdrv": Variant(version="v2")},
    "bad": {"fdrv": Variant(version="bad", init=1)},
}


def build_for_erl(root: Path, include: Path | None = None) -> Path:
    """Compile every variant into folders of *root*, against OTP's header unless *include* has another.

    Does nothing if they are there.
    """
    done = root / "done"
    root.mkdir(parents=True, exist_ok=True)
    with (root / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists():
            return root
        compilers = []
        for folder, name, variant in _all():
            target = root / folder / f"{name}.so"
            target.parent.mkdir(exist_ok=True)
            if variant.spoiled == "garbage":
                target.write_text("this is no shared object\n" * 100)
                continue
            compilers.append(subprocess.Popen([*_compiler(include), *_macros(name, variant), "-o", target]))
            if len(compilers) == 4:
                _wait(compilers)
        _wait(compilers)
        done.touch()
    return root


def _wait(compilers: list[subprocess.Popen[bytes]]) -> None:
    for compiler in compilers:
        if compiler.wait() != 0:
            raise RuntimeError(f"gcc failed: {compiler.args!r}")
    compilers.clear()


def _compiler(include: Path | None) -> list[Any]:
    if include is None:
        include = Path(shutil.which("erl") or "").resolve().parent.parent / "usr" / "include"
    return ["gcc", "-shared", "-fPIC", "-w", f"-I{include}", HERE / "c" / "probe.c"]


def _macros(file: str, variant: Variant) -> list[str]:
    nulls = sum(1 << CALLBACKS.index(callback) for callback in variant.nulls)
    macros = {
        "NAME": f'"{variant.name or file}"',
        "VERSION": f'"{variant.version}"',
        "FLAGS": variant.flags,
        "NULLS": nulls,
        "INIT": variant.init,
        **{_MACROS[field]: value for field, value in variant.fields.items()},
    }
    if variant.spoiled:
        macros[variant.spoiled.upper()] = 1
    return [f"-D{name}={value}" for name, value in macros.items()]


_MACROS: Final = {"extended_marker": "MARKER", "major_version": "MAJOR", "minor_version": "MINOR"}


def build_for_emulator(root: Path) -> Path:
    """Write every variant as a Python plugin into folders of *root*."""
    for folder, name, variant in _all():
        target = root / folder / f"{name}.py"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_plugin(name, variant))
    return root


def _plugin(name: str, variant: Variant) -> str:
    if variant.spoiled == "garbage":
        return "this is no Python\n"
    if variant.spoiled == "no_driver_init":
        return "# no driver_init\n"
    arguments = {
        "name": variant.name or name,
        "version": variant.version,
        "flags": variant.flags,
        "nulls": variant.nulls,
        "init": variant.init,
        **variant.fields,
    }
    shown = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    result = "None" if variant.spoiled == "null_entry" else "entry"
    return (
        f"from erts_emu.driver import hookimpl\nfrom {probe_entry.__module__} import probe_entry\n\n\n"
        f"@hookimpl\ndef driver_init():\n    entry = probe_entry({shown})\n    return {result}\n"
    )


def _all() -> list[tuple[str, str, Variant]]:
    return [(folder, name, variant) for folder, files in VARIANTS.items() for name, variant in files.items()]
