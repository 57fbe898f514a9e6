"""Drivers' own mutexes, conditions and readers-writer locks, made of the emulator's (OTP: ``erl_drv_thread.c``).

They are scheduling points of a simulation, and with the lock checker on they take part in its order: of two names, the
one that is taken first anywhere comes first everywhere.
"""

from __future__ import annotations

import os
from typing import Any, NoReturn, final

from erts_emu.driver.errors import DriverMisuse
from erts_emu.driver.thread_record import UNKNOWN
from erts_emu.ethread import Condition, Mutex, RWLock


def fatal(function: str, error: int, problem: str) -> NoReturn:
    """Raise the ``DriverMisuse`` that stands for OTP's end with the same words."""
    raise DriverMisuse(f"Fatal error in {function}(): {os.strerror(error)} [{error}]: {problem}. OTP aborts here")


@final
class ErlDrvMutex:
    """A mutex. ``lock`` is None once it is destroyed."""

    __slots__ = ("lock", "name")

    def __init__(self, locks: Any, name: str | None) -> None:
        self.name = name or UNKNOWN
        self.lock: Mutex | None = locks.mutex(locks.own_name(self.name), None)

    def __repr__(self) -> str:
        return f"<ErlDrvMutex {self.name}{'' if self.lock else ' destroyed'}>"


@final
class ErlDrvRWLock:
    """A readers-writer lock. ``lock`` is None once it is destroyed."""

    __slots__ = ("lock", "name")

    def __init__(self, locks: Any, name: str | None) -> None:
        self.name = name or UNKNOWN
        self.lock: RWLock | None = locks.rwlock(locks.own_name(self.name))

    def __repr__(self) -> str:
        return f"<ErlDrvRWLock {self.name}{'' if self.lock else ' destroyed'}>"


@final
class ErlDrvCond:
    """A condition. It belongs to the mutex that its waiters come with; as long as nobody waits, to none.

    Needs that mutex: ``waiters``, ``mutex``, ``condition``.
    """

    __slots__ = ("_locks", "condition", "destroyed", "mutex", "name", "waiters")

    def __init__(self, locks: Any, name: str | None) -> None:
        self._locks = locks
        self.name = name or UNKNOWN
        self.mutex: ErlDrvMutex | None = None
        self.condition: Condition | None = None
        self.waiters = 0
        self.destroyed = False

    def __repr__(self) -> str:
        return f"<ErlDrvCond {self.name}{' destroyed' if self.destroyed else f' {self.waiters} waiters'}>"

    def bind(self, mutex: ErlDrvMutex) -> Condition:
        """Return the condition of the thread layer for *mutex*."""
        condition = self.condition
        if condition is None or self.mutex is not mutex:
            if self.waiters:
                raise DriverMisuse(
                    f"erl_drv_cond_wait() of {self!r} with {mutex!r}, but others wait with {self.mutex!r}"
                )
            self.mutex = mutex
            condition = self.condition = self._locks.condition(mutex.lock, self.name)
        return condition
