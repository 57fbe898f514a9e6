"""The module ``os``."""

from __future__ import annotations

import os
import platform
import shutil
import time
from typing import Any, Final

from erts_emu.shell.lib._arguments import chars, refuse, text
from erts_emu.shell.lib.erlang_time import NATIVE, SECOND, convert, per_second
from erts_emu.shell.lib.filename import name_text
from erts_emu.shell.native import Library
from erts_emu.shell.operators import is_list
from erts_emu.shell.values import FALSE, TRUE, badarg
from erts_emu.terms.atoms import Atom

LIBRARY: Final = Library("os")


def _name(term: Any) -> str:
    name = _content(term)
    if "=" in name:
        raise badarg()
    return name


def _content(term: Any) -> str:
    """The characters of a deep list, as the operating system takes them."""
    pending, codes = [term], []
    while pending:
        part = pending.pop()
        if type(part) is list:
            pending += reversed(part)
        elif type(part) is int and 0 < part <= 0x10FFFF and not 0xD800 <= part < 0xE000 and part is not term:
            codes.append(chr(part))
        else:
            raise badarg()
    return "".join(codes)


def _from_environment(value: str) -> list[int]:
    """Characters of the environment: where it is no UTF-8, its bytes."""
    try:
        value.encode()
    except UnicodeEncodeError:
        value = os.fsencode(value).decode("latin-1")
    return chars(value)


def _variables(machine: Any) -> dict[str, str]:
    """The environment: the emulator's, which drivers see, too."""
    emulator = machine.session.emulator
    return dict(os.environ) if emulator is None else emulator.driver_world.environment.all()


@LIBRARY.context("getenv", 1, needs_process=False)
def _getenv(machine: Any, name: Any) -> Any:
    value = _variables(machine).get(_name(name))
    return FALSE if value is None else _from_environment(value)


@LIBRARY.context("getenv", 2, needs_process=False)
def _getenv_default(machine: Any, name: Any, default: Any) -> Any:
    value = _variables(machine).get(_name(name))
    return default if value is None else _from_environment(value)


@LIBRARY.context("getenv", 0, needs_process=False)
def _getenv_all(machine: Any) -> list[Any]:
    return [_from_environment(f"{name}={value}") for name, value in _variables(machine).items()]


@LIBRARY.context("env", 0, needs_process=False)
def _env(machine: Any) -> list[Any]:
    return [(_from_environment(name), _from_environment(value)) for name, value in _variables(machine).items()]


@LIBRARY.context("putenv")
def _putenv(machine: Any, name: Any, value: Any) -> Atom:
    content = _content(value)
    key = _name(name)
    if key:
        machine.session.emulator.driver_world.environment.put(key, content)
    return TRUE


@LIBRARY.context("unsetenv")
def _unsetenv(machine: Any, name: Any) -> Atom:
    key = _name(name)
    if key:
        machine.session.emulator.driver_world.environment.unset(key)
    return TRUE


@LIBRARY.plain("getpid")
def _getpid() -> list[int]:
    return chars(str(os.getpid()))


@LIBRARY.plain("type")
def _type() -> tuple[Atom, Atom]:
    family = "win32" if os.name == "nt" else "unix"
    return (Atom(family), Atom("nt" if family == "win32" else platform.system().lower()))


@LIBRARY.plain("version")
def _version() -> Any:
    parts = platform.release().split("-")[0].split(".")[:3]
    if not all(part.isdigit() for part in parts):
        return chars(platform.release())
    return (*map(int, parts), *([0] * (3 - len(parts))))


@LIBRARY.plain("system_time", 0, 1)
def _system_time(unit: Any = NATIVE) -> int:
    return convert(time.time_ns(), SECOND, per_second(unit))


@LIBRARY.plain("perf_counter", 0, 1)
def _perf_counter(unit: Any = NATIVE) -> int:
    return convert(time.perf_counter_ns(), SECOND, per_second(unit))


@LIBRARY.plain("timestamp")
def _timestamp() -> tuple[int, int, int]:
    seconds, rest = divmod(time.time_ns(), SECOND)
    return (*divmod(seconds, 1_000_000), rest // 1000)


@LIBRARY.plain("find_executable", 1, 2)
def _find_executable(name: Any, path: Any = None) -> Any:
    if isinstance(name, bytes):
        raise badarg()
    if not is_list(name) and type(name) is not Atom:
        refuse()
    if path is not None and not is_list(path):
        refuse()
    found = shutil.which(name_text(name), path=None if path is None else name_text(path))
    return FALSE if found is None else chars(found)


@LIBRARY.plain("cmd", 1, 2)
def _cmd(command: Any, _options: Any = None) -> list[int]:
    import subprocess

    line = command.name if type(command) is Atom else text(command)
    done = subprocess.run(["/bin/sh", "-c", line], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    try:
        return chars(done.stdout.decode())
    except UnicodeDecodeError:
        return chars(done.stdout.decode("latin-1"))
