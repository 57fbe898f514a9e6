"""``erts-emu check FILE``: is this a loadable driver, and what is to be said about it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from erts_emu import Emulator
from erts_emu.driver import DriverEntry
from erts_emu.errors import DriverLoadError

_CALLBACKS: Final = (
    "init", "start", "stop", "output", "outputv", "control", "call", "ready_input", "ready_output", "ready_async",
    "timeout", "flush", "process_exit", "stop_select", "emergency_close", "finish",
)  # fmt: skip
_FLAGS: Final = {
    1: "ERL_DRV_FLAG_USE_PORT_LOCKING", 2: "ERL_DRV_FLAG_SOFT_BUSY", 4: "ERL_DRV_FLAG_NO_BUSY_MSGQ",
    8: "ERL_DRV_FLAG_USE_INIT_ACK",
}  # fmt: skip
_NEEDS: Final = {
    "driver_async": ("ready_async", "each job's free function is called instead"),
    "driver_set_timer": ("timeout", "the timer runs out without a word"),
    "driver_monitor_process": ("process_exit", "driver_monitor_process() returns -1"),
    "driver_enq": ("flush", "a closing port lingers until the queue is empty, and the driver is not told"),
    "driver_enqv": ("flush", "a closing port lingers until the queue is empty, and the driver is not told"),
    "driver_select": ("stop_select", "nobody closes a descriptor that was selected with ERL_DRV_USE"),
}
"""What a function is of little use without, and what happens then."""
_DEPRECATED: Final = {
    "driver_output_term": "erl_drv_output_term",
    "driver_send_term": "erl_drv_send_term",
    "driver_get_now": "erl_drv_monotonic_time and erl_drv_time_offset",
}


PATIENCE: Final = 10
"""Seconds that loading may take: a driver whose initialisation waits for ever is told from one that works."""


class _TooLong(BaseException):
    """The driver takes more than that. No ``Exception``: it is raised inside a callback, and no error of that."""


def check(file: str) -> int:
    """Look at *file*, load it into an emulator of its own, and print what there is to say; 1 if it does not load.

    Compiled drivers are loaded in a process of their own, so that what they do there is told, whatever it is.
    """
    name, kind = os.path.splitext(os.path.basename(file))
    if kind not in (".so", ".py"):
        print(f"{file}: a driver is NAME.so or NAME.py, where NAME is its driver_name")
        return 1
    if not os.path.exists(file):
        print(f"{file}: no such file")
        return 1
    used: tuple[str, ...] = ()
    if kind == ".so":
        problems, used = _look_into(file)
        if problems:
            print("\n".join(f"NO  {problem}" for problem in problems))
            return 1
    options: dict[str, Any] = {"threads": "simulated"} if kind == ".py" else {"isolate": True, "schedulers": 1}
    with Emulator(strict=False, lock_checker=False, **options) as emu:
        try:
            with _limited():
                entry = _load_and_unload(emu, os.path.dirname(os.path.abspath(file)), name)
        except DriverLoadError as error:
            print("\n".join(_load_problems(file, error)))
            return 1
        except _TooLong:
            print(f"NO  loading it takes more than {PATIENCE} s: its driver_init, init or finish does not return")
            return 1
        if emu.driver_errors:
            print(f"NO  {emu.driver_errors[0]}")
            return 1
        _describe(entry, used)
    return 0


def _load_and_unload(emu: Emulator, folder: str, name: str) -> DriverEntry:
    me = emu.attach(trap_exit=True)
    me.erl_ddll.load_driver(folder, name)
    driver = emu.ddll.find(name)
    assert driver is not None
    me.erl_ddll.try_unload(name, [("monitor", "pending")])
    me.receive()
    return driver.entry


@contextmanager
def _limited() -> Iterator[None]:
    """Raise ``_TooLong`` in the main thread if the body takes too long."""

    def give_up(number: int, frame: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _look_into(file: str) -> tuple[list[str], tuple[str, ...]]:
    """What is wrong with a shared object, and which functions of the API it uses."""
    from erts_emu.native import BridgeMissing, bridge
    from erts_emu.native.elf import NotSharedObject, read_shared_object

    try:
        found = read_shared_object(file)
    except NotSharedObject as error:
        return [str(error)], ()
    except OSError as error:
        return [f"{file}: {error.strerror}"], ()
    if not found.defined & {"driver_init", "_driver_init"}:
        if "nif_init" in found.defined:
            return ["no symbol driver_init: this is a NIF library, and no driver"], ()
        return ["no symbol driver_init: is DRIVER_INIT(NAME) missing, or its visibility hidden?"], ()
    try:
        bridge()
    except BridgeMissing as error:
        return [f"{error}: erts-emu doctor says what to install"], ()
    used = tuple(sorted(name for name in found.undefined if name.startswith(("driver_", "erl_drv_", "set_", "get_"))))
    return [], used


def _load_problems(file: str, error: DriverLoadError) -> Iterator[str]:
    """What to print of a load that has failed: each missing symbol on a line of its own."""
    if "undefined symbol" in str(error):
        from erts_emu.native import bridge
        from erts_emu.native.elf import missing_symbols

        missing = missing_symbols(file, bridge().has_symbol)
        yield from (f"NO  undefined symbol: {name}{_hint(name)}" for name in missing)
        if missing:
            return
    yield f"NO  {error}"


def _hint(name: str) -> str:
    if name == "dtrace_drvport_str":
        return " (declared in erl_driver.h, but OTP does not export it either)"
    if name.startswith(("ei_", "erl_")):
        return " (of erl_interface? link it in: -lei)"
    return ""


def _describe(entry: DriverEntry, used: tuple[str, ...]) -> None:
    version = f"{entry.major_version}.{entry.minor_version}"
    print(f"ok  driver {entry.driver_name!r} loads, initialises and unloads: {entry.source or 'Python'}")
    print(f"    version    {version} of the driver interface (this one is 3.3; 2.x and 3.0 to 3.3 load)")
    flags = [text for bit, text in _FLAGS.items() if entry.driver_flags & bit]
    print(f"    flags      {', '.join(flags) or 'none: one lock for all ports of the driver'}")
    # A compiled driver has a start in any case: the bridge's own.
    print(f"    callbacks  {', '.join(name for name in _CALLBACKS if getattr(entry, name) is not None)}")
    if used:
        print(f"    uses       {', '.join(used)}")
    for text in _advice(entry, used):
        print(f"--  {text}")


def _advice(entry: Any, used: tuple[str, ...]) -> Iterator[str]:
    """What a reviewer would say."""
    said: set[str] = set()
    for function, (callback, effect) in _NEEDS.items():
        if function in used and getattr(entry, callback) is None and callback not in said:
            said.add(callback)
            yield f"it calls {function}(), but has no {callback}: {effect}"
    if "driver_create_port" in used and not entry.driver_flags & 1:
        yield "driver_create_port() needs ERL_DRV_FLAG_USE_PORT_LOCKING: without it OTP hangs"
    for old, new in _DEPRECATED.items():
        if old in used:
            yield f"{old}() is deprecated: use {new}"
    if used and entry.stop is None and (entry.output or entry.outputv or entry.control or entry.call):
        yield "it has no stop: what start has allocated is never freed"
    if entry.output is not None and entry.outputv is not None:
        yield "it has output and outputv: outputv always wins"
    if (entry.major_version, entry.minor_version) < (3, 2) and entry.emergency_close is not None:
        yield "emergency_close is looked at from version 3.2 on"
