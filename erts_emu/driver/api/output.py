"""Output to the owner (OTP: ``io.c``)."""

from __future__ import annotations

from typing import Final

from erts_emu.driver.api._port import CLOSING, DEAD, living
from erts_emu.driver.binaries import ErlDrvBinary, ErlIOVec
from erts_emu.driver.errors import DriverMisuse, NotAPortHandle
from erts_emu.driver.handles import ErlDrvPort
from erts_emu.driver.ioqueue import elements_after
from erts_emu.terms import Atom
from erts_emu.terms.kinds import HEAP_BINARY_LIMIT

_DATA: Final = Atom("data")


def driver_output(port: ErlDrvPort, buf: bytes | None) -> int:
    """Send *buf* to the owner as ``{Port, {data, Data}}``. 0; also if the owner is dead or the port closing [C].

    The data is a list of bytes, or a binary if the port was opened with ``binary``. None is C's NULL buffer: ``[]``.
    """
    try:
        p = port._port
    except AttributeError:
        raise NotAPortHandle("driver_output", port) from None
    state = p.state
    if p.checker is not None:
        p.checker.require(p.lock, "driver_output")
    if state & 0x0BA8:  # dead, closing, line mode or binary: the rare ones, and the simple case of binary
        if state & DEAD:
            return int(p.dead(-1, "driver_output", port))
        if state & CLOSING:
            return 0
        if state & 0x0080 or buf is None:
            p.output_from_driver(b"", buf)
            return 0
        p.bytes_in += len(buf)
        if (tracepoint := p.emu.trace.port_send) is not None:
            tracepoint(port=p, process=p.connected)
        p.owner.deliver((p.id, (_DATA, buf if type(buf) is bytes else bytes(buf))))
        return 0
    p.output_from_driver(b"", buf)
    return 0


def driver_output2(port: ErlDrvPort, hbuf: bytes | None, buf: bytes | None) -> int:
    """Like ``driver_output``, with the bytes of *hbuf* as list elements in front [C].

    In line mode they stand in front of each line that this call completes, and are lost if there is none.
    """
    p = living(port, "driver_output2")
    if p is None:
        return -1
    if not p.state & CLOSING:
        p.output_from_driver(bytes(hbuf or b""), buf)
    return 0


def driver_output_binary(port: ErlDrvPort, hbuf: bytes | None, binary: ErlDrvBinary, offset: int, length: int) -> int:
    """Send a part of a driver binary, whole even in line mode. The driver keeps its reference [C].

    Raises ``DriverMisuse`` if the part lies outside the binary: OTP does not look.
    """
    p = living(port, "driver_output_binary")
    if p is None:
        return -1
    if not p.state & CLOSING:
        p.output_whole(bytes(hbuf or b""), [binary.term(offset, length)])
    return 0


def driver_outputv(port: ErlDrvPort, hbuf: bytes | None, ev: ErlIOVec, skip: int) -> int:
    """Send a vector without its first *skip* bytes, whole even in line mode [C].

    As in C, the element of *ev* that *skip* ends in is cut for good. Of empty elements only leading ones are left out:
    those among the skipped bytes, and one if nothing is skipped.
    """
    if ev.size <= skip:
        return driver_output2(port, hbuf, None)
    p = living(port, "driver_outputv")
    if p is None:
        return -1
    if not p.state & CLOSING:
        p.output_whole(bytes(hbuf or b""), _as_terms(ev, skip))
    return 0


def _as_terms(ev: ErlIOVec, skip: int) -> list[bytes]:
    """The elements after the first *skip* bytes. Large ones hold a reference to the binary they lie in."""
    left = elements_after(ev, skip)
    first = len(ev.offsets) - len(left)
    return [_as_term(data, binary, ev.offsets[first + i]) for i, (data, binary) in enumerate(left)]


def _as_term(data: bytes, binary: ErlDrvBinary | None, offset: int) -> bytes:
    """A binary that the driver has put into the vector itself may lie anywhere: then the term is a copy."""
    if binary is None or len(data) <= HEAP_BINARY_LIMIT or not binary.orig_bytes.startswith(data, offset):
        return data
    return binary.term(offset, len(data))


def driver_vec_to_buf(ev: ErlIOVec, buf: bytearray | memoryview) -> int:
    """Copy from the head of *ev* as much as *buf* holds; return the bytes copied [A]."""
    if not isinstance(buf, bytearray | memoryview):
        raise DriverMisuse(f"driver_vec_to_buf() writes to its buffer: give it a bytearray, not {type(buf).__name__}")
    data = b"".join(ev.iov)[: len(buf)]
    buf[: len(data)] = data
    return len(data)
