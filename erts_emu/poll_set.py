"""The set of watched file descriptors: epoll where there is one, else poll (ERTS: ``erl_poll.c``).

A descriptor that has been reported is disarmed until ``update`` arms it again.
"""

from __future__ import annotations

import os
import select
from typing import Final, final

READABLE: Final = 1
WRITABLE: Final = 2
_MAX_EVENTS: Final = 512
_HAS_EPOLL: Final = hasattr(select, "epoll")


@final
class PollSet:
    """Descriptors and the events each waits for. ``update`` and ``wake`` may be called while another thread polls."""

    def __init__(self) -> None:
        self._wanted: dict[int, int] = {}
        self._always_ready: set[int] = set()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._epoll = select.epoll() if _HAS_EPOLL else None
        if self._epoll is not None:
            self._epoll.register(self._wake_read, select.EPOLLIN)

    def __repr__(self) -> str:
        return f"<PollSet {self._wanted}>"

    def __len__(self) -> int:
        return len(self._wanted)

    def update(self, fd: int, events: int) -> None:
        """Report *events* of *fd* once; 0 reports nothing. Raises ``OSError`` for a bad descriptor."""
        known = fd in self._wanted
        if events:
            self._wanted[fd] = events
        else:
            self._wanted.pop(fd, None)
            self._always_ready.discard(fd)
        if self._epoll is None:
            self.wake()
        else:
            self._update_epoll(fd, events, known=known)

    def _update_epoll(self, fd: int, events: int, *, known: bool) -> None:
        assert self._epoll is not None
        if not events:
            if known:
                self._unregister(fd)
            return
        mask = select.EPOLLONESHOT
        if events & READABLE:
            mask |= select.EPOLLIN
        if events & WRITABLE:
            mask |= select.EPOLLOUT
        try:
            self._epoll.register(fd, mask)
        except FileExistsError:
            self._epoll.modify(fd, mask)
        except PermissionError:
            self._always_ready.add(fd)  # a regular file: epoll refuses it, because it is always ready
            self.wake()

    def _unregister(self, fd: int) -> None:
        assert self._epoll is not None
        try:
            self._epoll.unregister(fd)
        except OSError:
            pass  # closed already, or a regular file: either way epoll does not know it

    def poll(self, timeout: float | None) -> list[tuple[int, int]]:
        """Wait up to *timeout* seconds (None: for ever); return ``(fd, events)``, and disarm what is returned."""
        if self._always_ready:
            timeout = 0
        ready = self._poll_epoll(timeout) if self._epoll is not None else self._poll(timeout)
        for fd in list(self._always_ready):
            ready.append((fd, self._wanted.get(fd, 0)))
            self._always_ready.discard(fd)
        result = []
        for fd, events in sorted(ready):
            wanted = self._wanted.get(fd, 0)
            if wanted & events:
                self._wanted[fd] = 0
                result.append((fd, wanted & events))
        return result

    def _poll_epoll(self, timeout: float | None) -> list[tuple[int, int]]:
        assert self._epoll is not None
        found = []
        for fd, mask in self._epoll.poll(-1 if timeout is None else timeout, _MAX_EVENTS):
            if fd == self._wake_read:
                self._drain()
            else:
                found.append((fd, _events(mask, select.EPOLLIN, select.EPOLLOUT)))
        return found

    def _poll(self, timeout: float | None) -> list[tuple[int, int]]:
        poller = select.poll()
        poller.register(self._wake_read, select.POLLIN)
        for fd, wanted in list(self._wanted.items()):
            mask = (select.POLLIN if wanted & READABLE else 0) | (select.POLLOUT if wanted & WRITABLE else 0)
            if mask:
                poller.register(fd, mask)
        found = []
        for fd, mask in poller.poll(None if timeout is None else timeout * 1000):
            if fd == self._wake_read:
                self._drain()
            else:
                found.append((fd, _events(mask, select.POLLIN, select.POLLOUT)))
        return found

    def _drain(self) -> None:
        try:
            os.read(self._wake_read, 4096)
        except BlockingIOError:
            pass  # somebody else has drained it

    def wake(self) -> None:
        """Let a thread that polls return."""
        try:
            os.write(self._wake_write, b"!")
        except BlockingIOError:
            pass  # full: it will wake all the same

    def close(self) -> None:
        """Close the set's own descriptors."""
        if self._epoll is not None:
            self._epoll.close()
        os.close(self._wake_read)
        os.close(self._wake_write)


def _events(mask: int, readable: int, writable: int) -> int:
    """Errors and hang-ups trigger whatever is waited for."""
    if mask & ~(readable | writable):
        return READABLE | WRITABLE
    return (READABLE if mask & readable else 0) | (WRITABLE if mask & writable else 0)
