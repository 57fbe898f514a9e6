"""Mutexes, conditions and readers-writer locks (OTP: ``erl_drv_thread.c``).

A wrong use that ends OTP raises ``DriverMisuse`` with the same words; so does one that OTP does not notice.
"""

from __future__ import annotations

import errno
from typing import Final

from erts_emu.driver.context import emulator
from erts_emu.driver.errors import DriverMisuse
from erts_emu.driver.thread_locks import ErlDrvCond, ErlDrvMutex, ErlDrvRWLock, fatal
from erts_emu.ethread import Condition, Mutex, RWLock

EBUSY: Final = errno.EBUSY


# --- mutexes ---


def erl_drv_mutex_create(name: str | None) -> ErlDrvMutex:
    """Make a mutex [A]."""
    return ErlDrvMutex(emulator("erl_drv_mutex_create").locks, name)


def _mutex(mutex: ErlDrvMutex | None, function: str) -> Mutex:
    lock = None if mutex is None else mutex.lock
    if lock is None:
        fatal(function, errno.EINVAL, "it was given NULL" if mutex is None else f"{mutex!r}")
    return lock


def erl_drv_mutex_destroy(mutex: ErlDrvMutex | None) -> None:
    """Destroy a mutex. Raises ``DriverMisuse`` if it is locked [A]."""
    lock = _mutex(mutex, "erl_drv_mutex_destroy")
    assert mutex is not None
    if not lock.acquire(False):
        fatal("erl_drv_mutex_destroy", EBUSY, f"{mutex!r} is locked")
    lock.release()
    mutex.lock = None
    emulator("erl_drv_mutex_destroy").locks.forget(lock)


def erl_drv_mutex_trylock(mutex: ErlDrvMutex | None) -> int:
    """Take a mutex if it is free: 0, else ``EBUSY``, also if the calling thread itself has it [A]."""
    return 0 if _mutex(mutex, "erl_drv_mutex_trylock").acquire(False) else EBUSY


def erl_drv_mutex_lock(mutex: ErlDrvMutex | None) -> None:
    """Take a mutex. It is not recursive [A]."""
    _mutex(mutex, "erl_drv_mutex_lock").acquire()


def erl_drv_mutex_unlock(mutex: ErlDrvMutex | None) -> None:
    """Give a mutex back [A]."""
    lock = _mutex(mutex, "erl_drv_mutex_unlock")
    if not lock.locked():
        raise DriverMisuse(f"erl_drv_mutex_unlock() of {mutex!r}, which nobody has locked")
    lock.release()


def erl_drv_mutex_name(mutex: ErlDrvMutex | None) -> str | None:
    """Return the name, ``"unknown"`` if it got none; None for None [A]."""
    return None if mutex is None else mutex.name


# --- conditions ---


def erl_drv_cond_create(name: str | None) -> ErlDrvCond:
    """Make a condition [A]."""
    return ErlDrvCond(emulator("erl_drv_cond_create").locks, name)


def _cond(cond: ErlDrvCond | None, function: str) -> ErlDrvCond:
    if cond is None or cond.destroyed:
        fatal(function, errno.EINVAL, "it was given NULL" if cond is None else f"{cond!r}")
    return cond


def erl_drv_cond_destroy(cond: ErlDrvCond | None) -> None:
    """Destroy a condition. Raises ``DriverMisuse`` if threads wait for it [A]."""
    cond = _cond(cond, "erl_drv_cond_destroy")
    if cond.waiters:
        fatal("erl_drv_cond_destroy", EBUSY, f"{cond!r}")
    cond.destroyed = True


def erl_drv_cond_signal(cond: ErlDrvCond | None) -> None:
    """Wake one of the waiting threads, if there is one; with or without the mutex [A]."""
    condition = _cond(cond, "erl_drv_cond_signal").condition
    if condition is not None:
        _wake(condition, everybody=False)


def erl_drv_cond_broadcast(cond: ErlDrvCond | None) -> None:
    """Wake every waiting thread; with or without the mutex [A]."""
    condition = _cond(cond, "erl_drv_cond_broadcast").condition
    if condition is not None:
        _wake(condition, everybody=True)


def _wake(condition: Condition, *, everybody: bool) -> None:
    try:
        condition.broadcast() if everybody else condition.signal()
    except IndexError:
        pass  # without the mutex: another thread has woken the last one at the same time


def erl_drv_cond_wait(cond: ErlDrvCond | None, mutex: ErlDrvMutex | None) -> None:
    """Give *mutex* back, wait to be woken, take it again. A thread may wake without a signal [A]."""
    cond = _cond(cond, "erl_drv_cond_wait")
    lock = _mutex(mutex, "erl_drv_cond_wait")
    assert mutex is not None
    checker = emulator("erl_drv_cond_wait").locks.checker
    if checker is not None:
        checker.require(lock, "erl_drv_cond_wait")
    elif not lock.locked():
        raise DriverMisuse(f"erl_drv_cond_wait() with {mutex!r}, which nobody has locked")
    condition = cond.bind(mutex)
    cond.waiters += 1
    try:
        condition.wait()
    finally:
        cond.waiters -= 1


def erl_drv_cond_name(cond: ErlDrvCond | None) -> str | None:
    """Return the name, ``"unknown"`` if it got none; None for None [A]."""
    return None if cond is None else cond.name


# --- readers-writer locks ---


def erl_drv_rwlock_create(name: str | None) -> ErlDrvRWLock:
    """Make a readers-writer lock [A]."""
    return ErlDrvRWLock(emulator("erl_drv_rwlock_create").locks, name)


def _rwlock(rwlock: ErlDrvRWLock | None, function: str) -> RWLock:
    lock = None if rwlock is None else rwlock.lock
    if lock is None:
        fatal(function, errno.EINVAL, "it was given NULL" if rwlock is None else f"{rwlock!r}")
    return lock


def erl_drv_rwlock_destroy(rwlock: ErlDrvRWLock | None) -> None:
    """Destroy a lock. Raises ``DriverMisuse`` if it is locked, for reading or writing [A]."""
    lock = _rwlock(rwlock, "erl_drv_rwlock_destroy")
    assert rwlock is not None
    if not lock.tryrwlock():
        fatal("erl_drv_rwlock_destroy", EBUSY, f"{rwlock!r} is locked")
    lock.rwunlock()
    rwlock.lock = None
    emulator("erl_drv_rwlock_destroy").locks.forget(lock)


def erl_drv_rwlock_tryrlock(rwlock: ErlDrvRWLock | None) -> int:
    """Take a lock for reading if no writer has it: 0, else ``EBUSY`` [A]."""
    return 0 if _rwlock(rwlock, "erl_drv_rwlock_tryrlock").tryrlock() else EBUSY


def erl_drv_rwlock_rlock(rwlock: ErlDrvRWLock | None) -> None:
    """Take a lock for reading [A]."""
    _rwlock(rwlock, "erl_drv_rwlock_rlock").rlock()


def erl_drv_rwlock_runlock(rwlock: ErlDrvRWLock | None) -> None:
    """Give a read lock back [A]."""
    _rwlock(rwlock, "erl_drv_rwlock_runlock").runlock()


def erl_drv_rwlock_tryrwlock(rwlock: ErlDrvRWLock | None) -> int:
    """Take a lock for writing if nobody has it: 0, else ``EBUSY`` [A]."""
    return 0 if _rwlock(rwlock, "erl_drv_rwlock_tryrwlock").tryrwlock() else EBUSY


def erl_drv_rwlock_rwlock(rwlock: ErlDrvRWLock | None) -> None:
    """Take a lock for writing [A]."""
    _rwlock(rwlock, "erl_drv_rwlock_rwlock").rwlock()


def erl_drv_rwlock_rwunlock(rwlock: ErlDrvRWLock | None) -> None:
    """Give the write lock back [A]."""
    _rwlock(rwlock, "erl_drv_rwlock_rwunlock").rwunlock()


def erl_drv_rwlock_name(rwlock: ErlDrvRWLock | None) -> str | None:
    """Return the name, ``"unknown"`` if it got none; None for None [A]."""
    return None if rwlock is None else rwlock.name
