"""Real threads: OS threads and the interpreter's own locks, with next to nothing in between.

What is hot here is written for that: a mutex is the bare interpreter lock, a lock-free list is a
``deque``, and a thread event touches a lock only if somebody sleeps on it. ``threading.Condition``
and its relatives do their locking in Python code and are kept off.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, final

from erts_emu.ethread.interface import (
    NANOSECONDS_PER_SECOND,
    Condition,
    LayerKind,
    Mutex,
    Pollable,
    RWLock,
    ThreadSpecificData,
)
from erts_emu.ethread.rwlock import LayeredRWLock

_allocate_lock = threading.Lock


class _LocalData(ThreadSpecificData, threading.local):
    """Thread-specific data of OS threads: class attributes are the defaults of every thread."""


@final
class RealThreads:
    """The layer of real threads. Any number of emulators may use one each in the same process."""

    kind: LayerKind = "real"

    def __init__(self, seed: int | None = None) -> None:
        self.random = random.Random(seed)
        self.tsd: ThreadSpecificData = _LocalData()

    def __repr__(self) -> str:
        return "<RealThreads>"

    def spawn(self, name: str, target: Callable[[], None]) -> RealThread:
        return RealThread(name, target)

    def mutex(self, name: str) -> Mutex:
        return _allocate_lock()

    def condition(self, mutex: Mutex, name: str) -> Condition:
        return RealCondition(mutex)

    def rwlock(self, name: str) -> RWLock:
        mutex = self.mutex(name)
        return LayeredRWLock(name, mutex, RealCondition(mutex))

    def event(self, name: str) -> RealEvent:
        return RealEvent(name)

    def atomic(self, value: int = 0) -> RealAtomic:
        return RealAtomic(value)

    def queue(self) -> deque[Any]:
        return deque()

    def monotonic(self) -> int:
        return time.monotonic_ns()

    def sleep(self, duration: int) -> None:
        time.sleep(duration / NANOSECONDS_PER_SECOND)

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

    def join(self) -> None:
        self._thread.join()


@final
class RealEvent:
    """A thread event: three states as in ERTS (ON, OFF, OFF with a waiter), a bell for the third.

    The waiter announces itself by leaving one token; whoever takes the token rings the bell, so
    that two setters never ring twice. Both sides write first and read second: either the setter
    sees the token or the waiter sees the event ON.
    """

    __slots__ = ("_bell", "_on", "_tokens", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._on = False
        self._tokens: deque[None] = deque()
        self._bell = _allocate_lock()
        self._bell.acquire()

    def __repr__(self) -> str:
        state = "ON" if self._on else "OFF_WAITER" if self._tokens else "OFF"
        return f"<ThreadEvent {self.name} {state}>"

    def set(self) -> None:
        self._on = True
        if self._tokens:
            try:
                self._tokens.pop()
            except IndexError:
                return  # another setter took the token, and rings
            self._bell.release()

    def reset(self) -> None:
        self._on = False

    def wait(self, timeout: int | None = None) -> None:
        if self._on:
            return
        self._tokens.append(None)
        if not self._on:
            if timeout is None:
                rung = self._bell.acquire()
            else:
                rung = self._bell.acquire(True, min(timeout / NANOSECONDS_PER_SECOND, threading.TIMEOUT_MAX))
            if rung:
                return
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


@final
class RealAtomic:
    """An atomic integer. Python has no atomic add that holds on every build: a private lock makes one."""

    __slots__ = ("_acquire", "_release", "_value")

    def __init__(self, value: int) -> None:
        lock = _allocate_lock()
        self._acquire = lock.acquire
        self._release = lock.release
        self._value = value

    def __repr__(self) -> str:
        return f"<Atomic {self._value}>"

    def read(self) -> int:
        return self._value

    def set(self, value: int, /) -> None:
        self._acquire()
        self._value = value
        self._release()

    def add_read(self, amount: int, /) -> int:
        self._acquire()
        value = self._value = self._value + amount
        self._release()
        return value

    def read_bor(self, mask: int, /) -> int:
        self._acquire()
        old = self._value
        self._value = old | mask
        self._release()
        return old

    def read_band(self, mask: int, /) -> int:
        self._acquire()
        old = self._value
        self._value = old & mask
        self._release()
        return old

    def cmpxchg(self, new: int, expected: int, /) -> int:
        self._acquire()
        old = self._value
        if old == expected:
            self._value = new
        self._release()
        return old
