"""A readers-writer lock made of a mutex and a condition of any layer. Writers go first."""

from __future__ import annotations

from typing import final

from erts_emu.ethread.interface import Condition, Mutex


@final
class LayeredRWLock:
    """See :class:`erts_emu.ethread.interface.RWLock`.

    All fields need ``_mutex``, which is held only for the few steps of one operation.
    """

    __slots__ = ("_changed", "_mutex", "_readers", "_writer", "_writers_waiting", "name")

    def __init__(self, name: str, mutex: Mutex, changed: Condition) -> None:
        self.name = name
        self._mutex = mutex
        self._changed = changed
        self._readers = 0
        self._writer = False
        self._writers_waiting = 0

    def __repr__(self) -> str:
        state = "write-locked" if self._writer else f"{self._readers} readers"
        return f"<RWLock {self.name} {state}>"

    def rlock(self) -> None:
        self._mutex.acquire()
        while self._writer or self._writers_waiting:
            self._changed.wait()
        self._readers += 1
        self._mutex.release()

    def tryrlock(self) -> bool:
        self._mutex.acquire()
        free = not (self._writer or self._writers_waiting)
        self._readers += free
        self._mutex.release()
        return free

    def runlock(self) -> None:
        self._mutex.acquire()
        if not self._readers:
            self._mutex.release()
            raise RuntimeError(f"read-unlock of {self!r}")
        self._readers -= 1
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
        self._mutex.release()

    def tryrwlock(self) -> bool:
        self._mutex.acquire()
        free = not (self._writer or self._readers)
        if free:
            self._writer = True
        self._mutex.release()
        return free

    def rwunlock(self) -> None:
        self._mutex.acquire()
        if not self._writer:
            self._mutex.release()
            raise RuntimeError(f"write-unlock of {self!r}")
        self._writer = False
        self._changed.broadcast()
        self._mutex.release()
