"""From a command's data to what ``output`` and ``outputv`` get (ERTS: ``io_list_to_vec`` and its relatives)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from erts_emu.driver.binaries import ErlDrvBinary, ErlIOVec, lent_binary
from erts_emu.terms import Bitstring, ImproperList, NotIodata, iolist_to_bytes
from erts_emu.terms.kinds import HEAP_BINARY_LIMIT, SubBinary

PACKING_ELEMENTS: Final = 16
PACKED_BINARY_LIMIT: Final = 256


def command_bytes(data: Any) -> bytes:
    """Return the bytes of *data*, an iolist, for ``output`` and ``control``. Raises ``NotIodata``.

    As in ERTS, a bitstring of fewer than 8 bits is empty iodata here; ``command_vector`` takes none at all.
    """
    try:
        return iolist_to_bytes(data)
    except NotIodata as error:
        if not isinstance(error.value, Bitstring):
            raise
        return iolist_to_bytes(_without_loose_bits(data))


def _without_loose_bits(data: Any) -> list[Any]:
    """Flatten *data*, and leave out bitstrings without a whole byte."""
    flat = []
    todo = [data]
    while todo:
        item = todo.pop()
        if isinstance(item, list):
            todo.extend(reversed(item))
        elif isinstance(item, ImproperList):
            todo.extend(_tail_first(item))
        elif not isinstance(item, Bitstring) or item.bit_size >= 8:
            flat.append(item)
    return flat


def _tail_first(item: ImproperList) -> list[Any]:
    """The parts of an improper list, the last one first. Raises ``NotIodata``: a byte is no tail."""
    if isinstance(item.tail, int):
        raise NotIodata(item.tail, "an integer is the tail of a list")
    return [item.tail, *reversed(item.elements)]


def command_vector(data: Any) -> ErlIOVec:
    """Return the vector of *data*, an iolist. Slot 0 is empty: it is the driver's to put a header in.

    Neighbouring small parts share one common binary; binaries of more than 64 bytes are elements of their own, unless
    that makes 16 elements or more: then those below 256 bytes join the common binary too. A part of a larger
    binary, and what a driver has sent, lies in the binary that it is a part of. An empty binary is an element only
    where it is all there is. Raises ``NotIodata``.
    """
    parts = list(_parts(data))
    # An empty part makes no element, but where it parts large ones it is counted as one.
    elements_at_most = sum(1 for part in _merged(parts, HEAP_BINARY_LIMIT))
    if isinstance(data, list | ImproperList):
        parts = [part for part in parts if part]
    if elements_at_most >= PACKING_ELEMENTS:
        elements = _merged(parts, PACKED_BINARY_LIMIT - 1)
    else:
        elements = _merged(parts, HEAP_BINARY_LIMIT)
    iov: list[bytes] = [b""]
    binv: list[ErlDrvBinary | None] = [None]
    offsets = [0]
    blocks = list(elements)
    common = b"".join(block for block, shared in blocks if shared)
    common_binary = ErlDrvBinary(common) if common else None
    used = 0
    lent: dict[int, ErlDrvBinary] = {}
    for block, shared in blocks:
        iov.append(block)
        if shared:
            binv.append(common_binary if block else None)
            offsets.append(used)
            used += len(block)
            continue
        whole, offset = (block.whole, block.offset) if isinstance(block, SubBinary) else (block, 0)
        if id(whole) not in lent:  # the same binary, twice in one command, is one driver binary
            lent[id(whole)] = lent_binary(whole)
        binv.append(lent[id(whole)])
        offsets.append(offset)
    return ErlIOVec(iov, binv, offsets)


def _merged(parts: list[bytes], limit: int) -> Iterator[tuple[bytes, bool]]:
    """Yield ``(block, in the common binary)``: runs of parts up to *limit* bytes are joined."""
    run: list[bytes] = []
    for part in parts:
        if len(part) <= limit:
            run.append(part)
            continue
        if run:
            yield b"".join(run), True
            run = []
        yield part, False
    if run:
        yield b"".join(run), True


def _parts(data: Any) -> Iterator[bytes]:
    """Yield the binaries of an iolist and the runs of bytes between them, in order."""
    if not isinstance(data, list | ImproperList):  # in particular, a byte is none outside a list
        yield iolist_to_bytes(data)
        return
    todo: list[Any] = [data]
    run = bytearray()
    while todo:
        item = todo.pop()
        if isinstance(item, int) and not isinstance(item, bool) and 0 <= item <= 255:
            run.append(item)
        elif isinstance(item, list):
            todo.extend(reversed(item))
        elif isinstance(item, ImproperList):
            todo.extend(_tail_first(item))
        else:
            block = iolist_to_bytes(item)
            if run:
                yield bytes(run)
                run.clear()
            yield block
    if run:
        yield bytes(run)
