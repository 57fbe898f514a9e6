"""Memory as ``driver_alloc`` gives it: counted, and noticed when it is used after its end."""

from __future__ import annotations

from typing import final

from attrs import frozen

from erts_emu.driver.errors import DriverMisuse
from erts_emu.ethread import Atomic, ThreadLayer


@final
@frozen
class MemoryStatistics:
    """The blocks in use at one moment, and the bytes in them."""

    blocks: int
    bytes: int


@final
class MemoryInUse:
    """What the drivers of one emulator have allocated and not freed. The counts are atomic."""

    def __init__(self, layer: ThreadLayer) -> None:
        self._blocks: Atomic = layer.atomic()
        self._bytes: Atomic = layer.atomic()

    def __repr__(self) -> str:
        return f"<MemoryInUse {self._bytes.value} bytes in {self._blocks.value} blocks>"

    def statistics(self) -> MemoryStatistics:
        """Return a snapshot."""
        return MemoryStatistics(self._blocks.value, self._bytes.value)

    def count(self, blocks: int, size: int) -> None:
        """Count blocks and bytes, negative ones if they are given back."""
        self._blocks.add_read(blocks)
        self._bytes.add_read(size)


@final
class ErlDrvBlock(bytearray):
    """One block: what C has a ``void*`` for. It counts as true even if it is empty, as a pointer does."""

    __slots__ = ("_in_use", "freed")

    def __init__(self, size: int, in_use: MemoryInUse | None) -> None:
        super().__init__(size)
        self.freed = False
        self._in_use = in_use
        if in_use is not None:
            in_use.count(1, size)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return f"<ErlDrvBlock {'freed' if self.freed else f'{len(self)} bytes'}>"

    def resize_to(self, size: int) -> None:
        """Cut the block or fill it up with zeros. Raises ``DriverMisuse`` if it was freed."""
        if self.freed:
            raise DriverMisuse("driver_realloc() of a block that was freed")
        if size < 0:
            raise OverflowError("a negative size is a huge one in C")
        old = len(self)
        self.extend(bytes(max(0, size - old)))
        del self[size:]
        if self._in_use is not None:
            self._in_use.count(0, size - old)

    def free(self) -> None:
        """End the block: its bytes are gone, and using them an index error. Raises ``DriverMisuse`` the second time."""
        if self.freed:
            raise DriverMisuse("driver_free() of a block that was freed")
        self.freed = True
        if self._in_use is not None:
            self._in_use.count(-1, -len(self))
        try:
            self.clear()
        except BufferError:
            pass  # somebody still holds a memoryview: as in C, nobody notices
