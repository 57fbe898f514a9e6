"""Threads and thread-specific data (OTP: ``erl_drv_thread.c``), on the emulator's thread layer.

They are threads of a simulation like the emulator's own.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any, NoReturn

from erts_emu.driver.context import emulator
from erts_emu.driver.errors import CALLBACK_FAILURES, DriverMisuse
from erts_emu.driver.handles import Pointer
from erts_emu.driver.structs import ErlDrvThreadOpts
from erts_emu.driver.thread_locks import fatal
from erts_emu.driver.thread_record import UNKNOWN, ErlDrvTid, current_thread

# --- threads ---


class _ThreadExit(BaseException):
    """Unwinds a thread that calls ``erl_drv_thread_exit``. Not an ``Exception``: nothing in between is to stop it."""

    def __init__(self, result: Any) -> None:
        super().__init__(result)
        self.result = result


def erl_drv_thread_opts_create(name: str | None) -> ErlDrvThreadOpts:
    """Make options for a thread. The only one, the stack size, has no effect here [A]."""
    return ErlDrvThreadOpts()


def erl_drv_thread_opts_destroy(opts: ErlDrvThreadOpts | None) -> None:
    """Destroy options. Raises ``DriverMisuse`` for None [A]."""
    if opts is None:
        fatal("erl_drv_thread_opts_destroy", errno.EINVAL, "it was given NULL")


def erl_drv_thread_create(
    name: str | None,
    tid: Pointer[Any],
    func: Callable[[Any], Any],
    arg: Any,
    opts: ErlDrvThreadOpts | None,
) -> int:
    """Start a thread that calls ``func(arg)``, and store its identifier in *tid*; 0, or an errno [A].

    What *func* raises is reported as an error of the driver's; the thread's result is None then.
    """
    if tid is None or not callable(func):
        raise DriverMisuse(f"erl_drv_thread_create({name!r}, {tid!r}, {func!r}): it needs a Pointer and a function")
    emu = emulator("erl_drv_thread_create")
    record = ErlDrvTid(name or UNKNOWN, made_by_driver=True)

    def life() -> Any:
        try:
            return func(arg)
        except _ThreadExit as end:
            return end.result

    checker = emu.locks.checker
    checked_life = life if checker is None else checker.guarded(life, f"the function of thread {record.name}")

    def run() -> None:
        tsd = emu.layer.tsd
        tsd.driver_thread = record
        tsd.name = record.name
        try:
            record.result = checked_life()
        except CALLBACK_FAILURES as error:
            emu.driver_raised(f"thread {record.name}", "its function", "no port", error)

    try:
        record.thread = emu.spawn_thread(record.name, run)
    except RuntimeError:  # the system has no more threads
        return errno.EAGAIN
    tid.value = record
    return 0


def erl_drv_thread_join(tid: ErlDrvTid | None, result: Pointer[Any] | None) -> int:
    """Wait for the end of a thread and store what it returned; 0, or an errno [A].

    ``EINVAL`` for a thread that drivers did not make, ``EDEADLK`` for the calling one. Once for each thread: OTP has
    forgotten it then, and here a second time raises ``DriverMisuse``.
    """
    if tid is None:
        raise DriverMisuse("erl_drv_thread_join(NULL) crashes OTP")
    if not tid.made_by_driver:
        return errno.EINVAL
    if tid is current_thread(emulator("erl_drv_thread_join")):
        return errno.EDEADLK
    if tid.joined:
        raise DriverMisuse(f"erl_drv_thread_join() of {tid!r}, which was joined before")
    tid.joined = True
    tid.thread.join()
    if result is not None:
        result.value = tid.result
    return 0


def erl_drv_thread_exit(result: Any) -> NoReturn:
    """End the calling thread with *result*. Raises ``DriverMisuse`` on a thread that drivers did not make [A]."""
    if not current_thread(emulator("erl_drv_thread_exit")).made_by_driver:
        fatal("erl_drv_thread_exit", errno.EACCES, "the calling thread was not made by erl_drv_thread_create()")
    raise _ThreadExit(result)


def erl_drv_thread_self() -> ErlDrvTid:
    """Return the calling thread's identifier; every thread has one [A]."""
    return current_thread(emulator("erl_drv_thread_self"))


def erl_drv_equal_tids(tid1: ErlDrvTid | None, tid2: ErlDrvTid | None) -> int:
    """Non-zero if both are the same thread. Raises ``DriverMisuse`` for None [A]."""
    if tid1 is None or tid2 is None:
        fatal("erl_drv_equal_tids", errno.EINVAL, "it was given NULL")
    return int(tid1 is tid2)


def erl_drv_thread_name(tid: ErlDrvTid | None) -> str | None:
    """Return a thread's name; ``"unknown"`` if it has none or was not made by drivers; None for None [A]."""
    return None if tid is None else tid.name


# --- thread-specific data ---


def erl_drv_tsd_key_create(name: str | None, key: Pointer[int] | None) -> int:
    """Store in *key* the lowest number that is no key yet, from 1 on; return 0 [A].

    A value that a thread has left behind under that number is there again.
    """
    if key is None:
        fatal("erl_drv_tsd_key_create", errno.EINVAL, "it was given NULL")
    key.value = emulator("erl_drv_tsd_key_create").driver_world.tsd_keys.create(name or UNKNOWN)
    return 0


def erl_drv_tsd_key_destroy(key: int) -> None:
    """Give a key back; values are not touched. Raises ``DriverMisuse`` for an unknown key [A]."""
    if not emulator("erl_drv_tsd_key_destroy").driver_world.tsd_keys.destroy(key):
        fatal("erl_drv_tsd_key_destroy", errno.EINVAL, f"{key!r} is no key")


def erl_drv_tsd_set(key: int, data: Any) -> None:
    """Store the calling thread's value. Raises ``DriverMisuse`` for an unknown key [A]."""
    _values(key, "erl_drv_tsd_set")[key] = data


def erl_drv_tsd_get(key: int) -> Any:
    """Return the calling thread's value, None if it has set none. Raises ``DriverMisuse`` for an unknown key [A]."""
    return _values(key, "erl_drv_tsd_get").get(key)


def _values(key: int, function: str) -> dict[int, Any]:
    emu = emulator(function)
    if not emu.driver_world.tsd_keys.exists(key):
        fatal(function, errno.EINVAL, f"{key!r} is no key")
    return current_thread(emu).values
