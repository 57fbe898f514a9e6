"""A port's I/O queue: bytes that the driver has still to write (ERTS: ``erl_io_queue.c``).

The emulator keeps a closing port alive while this queue holds bytes. Whoever uses it holds the port lock or, if the
port has one, the port data lock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, Final, final

from erts_emu.driver.binaries import ErlDrvBinary, ErlIOVec

Element = tuple[bytes, ErlDrvBinary | None]
"""Of a compiled driver: a ``memoryview`` of a part of a driver binary, and that part, which takes and releases too."""
LARGE: Final = 1 << 16
"""Bytes from which on the rest of a block is no copy when its head is dropped, but a ``memoryview``: a block of many
megabytes that is written out bit by bit would be copied for each bit.
"""


@final
class IOQueue:
    """Byte blocks in order. An element with a binary holds one reference to it."""

    __slots__ = ("_elements", "size")

    def __init__(self) -> None:
        self._elements: deque[Element] = deque()
        self.size = 0

    def __repr__(self) -> str:
        return f"<IOQueue {self.size} bytes in {len(self._elements)} elements>"

    def append(self, data: bytes, binary: ErlDrvBinary | None = None) -> None:
        """Add a block at the tail, taking a reference to its binary. An empty block is left out."""
        if data:
            _take(binary)
            self._elements.append((data, binary))
            self.size += len(data)

    def push(self, elements: Iterable[Element]) -> None:
        """Add blocks at the head, keeping their order."""
        for data, binary in reversed(list(elements)):
            if data:
                _take(binary)
                self._elements.appendleft((data, binary))
                self.size += len(data)

    def drop(self, count: int) -> int:
        """Drop *count* bytes from the head; return the bytes left. The caller checks that there are so many."""
        self.size -= count
        while count:
            data, binary = self._elements.popleft()
            if len(data) > count:
                self._elements.appendleft((_rest(data, count), binary))
                break
            count -= len(data)
            _release(binary)
        return self.size

    def blocks(self) -> list[bytes]:
        """Return the blocks, head first."""
        return [data for data, _ in self._elements]

    def elements(self) -> list[Element]:
        """Return the elements, head first."""
        return list(self._elements)

    def vector(self) -> ErlIOVec:
        """Return the queue as an I/O vector."""
        return ErlIOVec(self.blocks(), [binary for _, binary in self._elements])

    def forget(self) -> None:
        """Take what is queued for nothing, since the driver has failed its port; ``stop`` can still look at it."""
        self.size = 0

    def clear(self) -> None:
        """Drop everything, with the references."""
        for _, binary in self._elements:
            _release(binary)
        self._elements.clear()
        self.size = 0


def elements_after(vector: ErlIOVec, skip: int) -> list[Element]:
    """Return *vector*'s elements without its first *skip* bytes, of which there are more.

    As in C, the element that *skip* ends in is cut in *vector* itself; and an empty one at the head goes even if
    nothing is skipped.
    """
    iov = vector.iov
    first = 0
    while True:
        length = len(iov[first])
        if length > skip:
            if skip:
                iov[first] = iov[first][skip:]
                vector.offsets[first] += skip
            break
        skip -= length
        first += 1
        if not skip:
            break
    return [(bytes(data), binary) for data, binary in zip(iov[first:], vector.binv[first:], strict=True)]


def _rest(data: Any, count: int) -> Any:
    return memoryview(data)[count:] if len(data) - count >= LARGE else data[count:]


def _take(binary: ErlDrvBinary | None) -> None:
    if binary is not None:
        binary.take()


def _release(binary: ErlDrvBinary | None) -> None:
    if binary is not None:
        binary.release()
