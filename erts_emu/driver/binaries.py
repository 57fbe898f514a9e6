"""Driver binaries and I/O vectors: ``ErlDrvBinary``, ``ErlIOVec``."""

from __future__ import annotations

from typing import Final, final

from erts_emu.driver.errors import DriverMisuse

HEAP_BINARY_LIMIT: Final = 64
"""Bytes up to which data is copied rather than shared."""


@final
class ErlDrvBinary:
    """A reference-counted block of bytes. ``orig_bytes`` may be written until the binary has been sent.

    The count is the emulator's business as in C: a driver changes it only through ``driver_binary_inc_refc`` and its
    relatives. Python keeps the memory of a binary that is still referred to; using one whose count
    reached 0 raises ``DriverMisuse``.
    """

    __slots__ = ("_refc", "orig_bytes")

    def __init__(self, data: bytes | bytearray) -> None:
        self._refc = 1
        self.orig_bytes = bytearray(data)

    def __repr__(self) -> str:
        return f"<ErlDrvBinary {len(self.orig_bytes)} bytes, refc {self._refc}>"

    @property
    def orig_size(self) -> int:
        """The size in bytes."""
        return len(self.orig_bytes)

    def take(self) -> None:
        """Add a reference, for an element of a queue."""
        self._refc += 1

    def release(self) -> None:
        """Drop such a reference."""
        self._refc -= 1

    def slice(self, offset: int, length: int) -> bytes:
        """Return *length* bytes from *offset*. Raises ``DriverMisuse`` outside the binary or after its free."""
        if self._refc <= 0:
            raise DriverMisuse(f"{self!r} was freed and is used again")
        if offset < 0 or length < 0 or offset + length > len(self.orig_bytes):
            raise DriverMisuse(f"{length} bytes from offset {offset} are outside {self!r}")
        return bytes(memoryview(self.orig_bytes)[offset : offset + length])


@final
class ErlIOVec:
    """A vector of byte blocks: ``iov[i]`` lies in ``binv[i]``, or in memory of its own where that is None.

    An element given to ``outputv`` in slot 0 is always empty: it is reserved for a header of the driver's.
    """

    __slots__ = ("binv", "iov")

    def __init__(self, iov: list[bytes], binv: list[ErlDrvBinary | None] | None = None) -> None:
        self.iov = iov
        self.binv: list[ErlDrvBinary | None] = [None] * len(iov) if binv is None else binv

    def __repr__(self) -> str:
        return f"<ErlIOVec {self.vsize} elements, {self.size} bytes>"

    @property
    def vsize(self) -> int:
        """The number of elements."""
        return len(self.iov)

    @property
    def size(self) -> int:
        """The number of bytes in all elements."""
        return sum(map(len, self.iov))
