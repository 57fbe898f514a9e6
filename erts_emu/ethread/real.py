"""Real threads: OS threads and the interpreter's own locks, with next to nothing in between.

What is hot here is written for that: a mutex is the bare interpreter lock, a lock-free list is a
``deque``, and a thread event touches a lock only if somebody sleeps on it. ``threading.Condition``
and its relatives do their locking in Python code and are kept off.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final, final

from erts_emu.ethread.interface import (
    NANOSECONDS_PER_SECOND,
    Atomic,
    Condition,
    LayerKind,
    Mutex,
    Pollable,
    RWLock,
    ThreadEvent,
    ThreadSpecificData,
)
from erts_emu.ethread.rwlock import LayeredRWLock

SPINS: Final = 3
"""How often a thread gives its processor away before it sleeps: most answers come that soon, and cost no wake-up."""

_allocate_lock = threading.Lock
_sched_yield: Callable[[], None] = getattr(os, "sched_yield", lambda: time.sleep(0))


class _LocalData(ThreadSpecificData, threading.local):
    """Thread-specific data of OS threads: class attributes are the defaults of every thread."""


@final
class RealThreads:
    """The layer of real threads. Any number of emulators may use one each in the same process."""

    kind: LayerKind = "real"
    spins = True

    def __init__(self, seed: int | None = None, event: Callable[[str], ThreadEvent] | None = None) -> None:
        """*event* makes thread events: those of the native bridge know when the interpreter lock is free."""
        self._event = RealEvent if event is None else event
        self.random = random.Random(seed)
        self.tsd: ThreadSpecificData = _LocalData()
        self._time_offset = time.time_ns() - time.monotonic_ns()
        self._atomic: type[GilAtomic | LockedAtomic] = GilAtomic if _runs_without_interruption() else LockedAtomic

    def __repr__(self) -> str:
        return "<RealThreads>"

    def spawn(self, name: str, target: Callable[[], None]) -> RealThread:
        return RealThread(name, target)

    def mutex(self, name: str, ident: object = None) -> Mutex:
        return _allocate_lock()

    def condition(self, mutex: Any, name: str) -> Condition:
        return RealCondition(mutex)

    def rwlock(self, name: str) -> RWLock:
        mutex = self.mutex(name)
        return LayeredRWLock(name, mutex, RealCondition(mutex))

    def event(self, name: str) -> ThreadEvent:
        return self._event(name)

    def atomic(self, value: int = 0) -> Atomic:
        return self._atomic(value)

    def queue(self) -> deque[Any]:
        return deque()

    def monotonic(self) -> int:
        return time.monotonic_ns()

    def time_offset(self) -> int:
        return self._time_offset

    def sleep(self, duration: int) -> None:
        time.sleep(duration / NANOSECONDS_PER_SECOND)

    def compute(self, duration: int) -> None:
        """Nothing: the time has passed, and the operating system lets others run."""

    def wait_for_io(self, poll_set: Pollable) -> list[tuple[int, int]]:
        return poll_set.poll(None)

    def wake_io(self) -> None:
        """Nothing: the poll set's own wake is enough."""

    def close(self) -> None:
        """Nothing is left to do: the emulator has joined its threads."""


@final
class RealThread:
    """An OS thread. Daemonic, so that a job that never ends cannot keep the interpreter from exiting."""

    __slots__ = ("_thread", "name")

    def __init__(self, name: str, target: Callable[[], None]) -> None:
        self.name = name
        self._thread = threading.Thread(target=target, name=name, daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        return f"<RealThread {self.name}>"

    def join(self, timeout: int | None = None) -> bool:
        self._thread.join(None if timeout is None else timeout / NANOSECONDS_PER_SECOND)
        return not self._thread.is_alive()


@final
class RealEvent:
    """A thread event: three states as in ERTS (ON, OFF, OFF with a waiter), a bell for the third.

    The waiter announces itself by leaving one token; whoever takes the token rings the bell, so
    that two setters never ring twice. Both sides write first and read second: either the setter
    sees the token or the waiter sees the event ON.
    """

    __slots__ = ("_bell", "_tokens", "name", "on")

    def __init__(self, name: str) -> None:
        self.name = name
        self.on = False
        self._tokens: deque[None] = deque()
        self._bell = _allocate_lock()
        self._bell.acquire()

    def __repr__(self) -> str:
        state = "ON" if self.on else "OFF_WAITER" if self._tokens else "OFF"
        return f"<ThreadEvent {self.name} {state}>"

    def set(self) -> None:
        self.on = True
        if self._tokens:
            try:
                self._tokens.pop()
            except IndexError:
                return  # another setter took the token, and rings
            self._bell.release()

    def reset(self) -> None:
        self.on = False

    def spin(self, *owed: ThreadEvent) -> bool:
        for event in owed:
            event.set()
        for _ in range(SPINS):
            if self.on:
                return True
            _sched_yield()
        return self.on

    def wait(self, timeout: int | None = None) -> None:
        if self.on:
            return
        self._tokens.append(None)
        rung = False
        try:
            if not self.on:
                rung = self._sleep(timeout)
        finally:  # also when a KeyboardInterrupt ends the sleep
            if not rung:
                self._take_token_back()

    def _sleep(self, timeout: int | None) -> bool:
        if timeout is None:
            return self._bell.acquire()
        return self._bell.acquire(True, min(timeout / NANOSECONDS_PER_SECOND, threading.TIMEOUT_MAX))

    def _take_token_back(self) -> None:
        try:
            self._tokens.pop()
        except IndexError:
            self._bell.acquire()  # a setter has taken the token and is about to ring


@final
class RealCondition:
    """A condition variable: one sleeping lock a waiter. Its fields need the mutex."""

    __slots__ = ("_mutex", "_sleepers")

    def __init__(self, mutex: Mutex) -> None:
        self._mutex = mutex
        self._sleepers: deque[threading.Lock] = deque()

    def wait(self, timeout: int | None = None) -> bool:
        sleeper = _allocate_lock()
        sleeper.acquire()
        self._sleepers.append(sleeper)
        self._mutex.release()
        try:
            if timeout is None:
                return sleeper.acquire()
            return sleeper.acquire(True, timeout / NANOSECONDS_PER_SECOND)
        finally:
            self._mutex.acquire()
            if sleeper in self._sleepers:
                self._sleepers.remove(sleeper)

    def signal(self) -> None:
        if self._sleepers:
            self._sleepers.popleft().release()

    def broadcast(self) -> None:
        while self._sleepers:
            self._sleepers.popleft().release()


def _runs_without_interruption() -> bool:
    """Say whether a few bytecodes in a row are never interrupted by another Python thread.

    CPython with a global interpreter lock gives it up only at calls and backward jumps.
    """
    has_gil = getattr(sys, "_is_gil_enabled", None)
    return sys.implementation.name == "cpython" and (has_gil is None or bool(has_gil()))


@final
class GilAtomic:
    """An atomic integer under the global interpreter lock.

    No method here calls anything or jumps backwards between reading and writing, so none can be interrupted there.
    """

    __slots__ = ("value",)

    def __init__(self, value: int) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"<Atomic {self.value}>"

    def read(self) -> int:
        return self.value

    def set(self, value: int, /) -> None:
        self.value = value

    def add_read(self, amount: int, /) -> int:
        value = self.value = self.value + amount
        return value

    def read_bor(self, mask: int, /) -> int:
        old = self.value
        self.value = old | mask
        return old

    def read_band(self, mask: int, /) -> int:
        old = self.value
        self.value = old & mask
        return old

    def cmpxchg(self, new: int, expected: int, /) -> int:
        old = self.value
        if old == expected:
            self.value = new
        return old


@final
class LockedAtomic:
    """An atomic integer where Python threads run in parallel: a private lock makes each method one step."""

    __slots__ = ("_acquire", "_release", "value")

    def __init__(self, value: int) -> None:
        lock = _allocate_lock()
        self._acquire = lock.acquire
        self._release = lock.release
        self.value = value

    def __repr__(self) -> str:
        return f"<Atomic {self.value}>"

    def read(self) -> int:
        return self.value

    def set(self, value: int, /) -> None:
        self._acquire()
        self.value = value
        self._release()

    def add_read(self, amount: int, /) -> int:
        self._acquire()
        value = self.value = self.value + amount
        self._release()
        return value

    def read_bor(self, mask: int, /) -> int:
        self._acquire()
        old = self.value
        self.value = old | mask
        self._release()
        return old

    def read_band(self, mask: int, /) -> int:
        self._acquire()
        old = self.value
        self.value = old & mask
        self._release()
        return old

    def cmpxchg(self, new: int, expected: int, /) -> int:
        self._acquire()
        old = self.value
        if old == expected:
            self.value = new
        self._release()
        return old
