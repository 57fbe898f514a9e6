"""Driver binaries and I/O vectors: ``ErlDrvBinary``, ``ErlIOVec``."""

from __future__ import annotations

from typing import Any, final

from erts_emu.driver.errors import DriverMisuse
from erts_emu.terms.kinds import HEAP_BINARY_LIMIT, SubBinary


@final
class ErlDrvBinary:
    """A reference-counted block of bytes. ``orig_bytes`` may be written until the binary has been sent.

    The count is the emulator's business as in C: a driver changes it only through ``driver_binary_inc_refc`` and its
    relatives, and the emulator holds a reference for each element of a queue, and for each binary of more than 64 bytes
    that was sent as a term, until Python has no use for that term any more. Python keeps the memory of a binary that
    is still referred to; using one whose count reached 0 raises ``DriverMisuse``.
    """

    __slots__ = ("_lent", "_refc", "lender", "orig_bytes")

    def __init__(self, data: bytes | bytearray, lender: Any = None) -> None:
        self._refc = 1
        self._lent = 0  # those of the references that terms hold
        self.orig_bytes = bytearray(data)
        self.lender = lender
        """The binary of a compiled driver that this is a copy of."""

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

    def term(self, offset: int, length: int) -> bytes:
        """Return that part as a term, which holds a reference unless it is small. Raises as :meth:`slice`."""
        data = self.slice(offset, length)
        return SubBinary(data, Share(self), offset) if length > HEAP_BINARY_LIMIT else data


@final
class Share:
    """The reference that a term holds to a driver binary: given back when there is no such term any more."""

    __slots__ = ("binary",)

    def __init__(self, binary: ErlDrvBinary) -> None:
        self.binary = binary
        binary.take()
        binary._lent += 1

    def __del__(self) -> None:
        self.binary._lent -= 1
        self.binary.release()

    def __len__(self) -> int:
        return self.binary.orig_size


def lent_binary(whole: Any) -> ErlDrvBinary:
    """Return the driver binary that parts of *whole* lie in: see ``SubBinary``."""
    if isinstance(whole, Share):
        return whole.binary
    if isinstance(whole, bytes):
        return ErlDrvBinary(whole)
    return ErlDrvBinary(bytes(whole), lender=whole)


@final
class ErlIOVec:
    """A vector of byte blocks: ``iov[i]`` lies in ``binv[i]``, or in memory of its own where that is None.

    An element given to ``outputv`` in slot 0 is always empty: it is reserved for a header of the driver's. What lies in
    a larger binary begins at ``offsets[i]`` of it: in C, that is ``iov[i].iov_base - binv[i]->orig_bytes``.
    """

    __slots__ = ("binv", "iov", "offsets")

    def __init__(
        self,
        iov: list[bytes],
        binv: list[ErlDrvBinary | None] | None = None,
        offsets: list[int] | None = None,
    ) -> None:
        self.iov = iov
        self.binv: list[ErlDrvBinary | None] = [None] * len(iov) if binv is None else binv
        self.offsets = [0] * len(iov) if offsets is None else offsets

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
