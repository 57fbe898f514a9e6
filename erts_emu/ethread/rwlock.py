"""A readers-writer lock made of a mutex and a condition of any layer. Writers go first."""

from __future__ import annotations

from collections.abc import Callable
from typing import final

from erts_emu.ethread.interface import Condition, Mutex


@final
class LayeredRWLock:
    """See :class:`erts_emu.ethread.interface.RWLock`.

    All fields need ``_mutex``, which is held only for the few steps of one operation. *who* tells the calling
    thread's name, for reports of who holds the lock; without it nobody is noted.
    """

    __slots__ = ("_changed", "_held_by", "_mutex", "_readers", "_who", "_writer", "_writers_waiting", "name")

    def __init__(self, name: str, mutex: Mutex, changed: Condition, who: Callable[[], str] | None = None) -> None:
        self.name = name
        self._who = who
        self._held_by: list[str] = []
        self._mutex = mutex
        self._changed = changed
        self._readers = 0
        self._writer = False
        self._writers_waiting = 0

    def __repr__(self) -> str:
        state = "write-locked" if self._writer else f"{self._readers} readers"
        return f"<RWLock {self.name} {state}>"

    def holders(self) -> str:
        """Say who holds the lock, for the deadlock report."""
        return f"held by {', '.join(self._held_by)}" if self._held_by else "free"

    def _taken(self, name: str) -> None:
        self._held_by.append(name)

    def _given_back(self, name: str) -> None:
        if name in self._held_by:
            self._held_by.remove(name)

    def rlock(self) -> None:
        self._mutex.acquire()
        while self._writer or self._writers_waiting:
            self._changed.wait()
        self._readers += 1
        if self._who is not None:
            self._taken(self._who())
        self._mutex.release()

    def tryrlock(self) -> bool:
        self._mutex.acquire()
        free = not (self._writer or self._writers_waiting)
        if free:
            self._readers += 1
            if self._who is not None:
                self._taken(self._who())
        self._mutex.release()
        return free

    def runlock(self) -> None:
        self._mutex.acquire()
        if not self._readers:
            self._mutex.release()
            raise RuntimeError(f"read-unlock of {self!r}")
        self._readers -= 1
        if self._who is not None:
            self._given_back(self._who())
        if self._readers == 0 and self._writers_waiting:
            self._changed.broadcast()
        self._mutex.release()

    def rwlock(self) -> None:
        self._mutex.acquire()
        self._writers_waiting += 1
        while self._writer or self._readers:
            self._changed.wait()
        self._writers_waiting -= 1
        self._writer = True
        if self._who is not None:
            self._taken(self._who())
        self._mutex.release()

    def tryrwlock(self) -> bool:
        self._mutex.acquire()
        free = not (self._writer or self._readers)
        if free:
            self._writer = True
            if self._who is not None:
                self._taken(self._who())
        self._mutex.release()
        return free

    def rwunlock(self) -> None:
        self._mutex.acquire()
        if not self._writer:
            self._mutex.release()
            raise RuntimeError(f"write-unlock of {self!r}")
        self._writer = False
        if self._who is not None:
            self._given_back(self._who())
        self._changed.broadcast()
        self._mutex.release()
