"""The I/O queue of a port (OTP: ``erl_io_queue.c``).

It keeps a closing port alive while it holds bytes. Binaries put into it gain a reference for each element.
"""

from __future__ import annotations

from erts_emu.driver.api._port import with_queue
from erts_emu.driver.binaries import ErlDrvBinary, ErlIOVec
from erts_emu.driver.handles import ErlDrvPort, Pointer
from erts_emu.driver.ioqueue import IOQueue, elements_after


def driver_enq(port: ErlDrvPort, buf: bytes) -> int:
    """Copy *buf* to the tail of the port's queue [P]."""
    p = with_queue(port, "driver_enq")
    if p is None:
        return -1 if buf else 0
    p.io_queue().append(bytes(buf))
    return 0


def driver_pushq(port: ErlDrvPort, buf: bytes) -> int:
    """Copy *buf* to the head of the port's queue [P]."""
    p = with_queue(port, "driver_pushq")
    if p is None:
        return -1 if buf else 0
    p.io_queue().push([(bytes(buf), None)])
    return 0


def driver_enq_bin(port: ErlDrvPort, binary: ErlDrvBinary, offset: int, length: int) -> int:
    """Put a part of *binary* at the tail of the queue; adds a reference [P]."""
    p = with_queue(port, "driver_enq_bin")
    if p is None:
        return -1 if length else 0
    p.io_queue().append(binary.slice(offset, length), binary)
    return 0


def driver_pushq_bin(port: ErlDrvPort, binary: ErlDrvBinary, offset: int, length: int) -> int:
    """Put a part of *binary* at the head of the queue; adds a reference [P]."""
    p = with_queue(port, "driver_pushq_bin")
    if p is None:
        return -1 if length else 0
    p.io_queue().push([(binary.slice(offset, length), binary)])
    return 0


def driver_enqv(port: ErlDrvPort, ev: ErlIOVec, skip: int) -> int:
    """Put *ev* without its first *skip* bytes at the tail of the queue; adds references [P].

    As in C, the element of *ev* that *skip* ends in is cut for good.
    """
    p = with_queue(port, "driver_enqv")
    if p is None:
        return -1
    if ev.size > skip:
        for data, binary in elements_after(ev, skip):
            p.io_queue().append(data, binary)
    return 0


def driver_pushqv(port: ErlDrvPort, ev: ErlIOVec, skip: int) -> int:
    """Put *ev* without its first *skip* bytes at the head of the queue, in order; adds references [P].

    OTP corrupts the queue if *ev* has elements without a binary; here they are copied. *ev* is cut as by
    ``driver_enqv``.
    """
    p = with_queue(port, "driver_pushqv")
    if p is None:
        return -1
    if ev.size > skip:
        p.io_queue().push(elements_after(ev, skip))
    return 0


def driver_deq(port: ErlDrvPort, size: int) -> int:
    """Drop *size* bytes from the head; return the bytes left, or -1 without change if there are fewer [P]."""
    p = with_queue(port, "driver_deq")
    if p is None or size > p.queue_size:
        return -1
    return int(p.io_queue().drop(size))


def driver_sizeq(port: ErlDrvPort) -> int:
    """Return the bytes in the queue [P]."""
    p = with_queue(port, "driver_sizeq")
    return -1 if p is None else int(p.queue_size)


def driver_peekq(port: ErlDrvPort, vlen: Pointer[int] | None = None) -> list[bytes] | None:
    """Return the queue's blocks without taking them; store their number in *vlen* [P].

    The list knows its length, so that *vlen* may be left out. On a dead port the result is None and the number -1. What
    ``driver_deq`` has left of a large block is a ``memoryview``, and no copy.
    """
    p = with_queue(port, "driver_peekq")
    blocks: list[bytes] | None = None if p is None else p.io_queue().blocks()
    if vlen is not None:
        vlen.value = -1 if blocks is None else len(blocks)
    return blocks


def driver_peekqv(port: ErlDrvPort, ev: ErlIOVec) -> int:
    """Fill *ev* with a view of the queue, without taking anything; return the bytes in it [P].

    On a dead port the result is -1, and *ev* stays as it is.
    """
    p = with_queue(port, "driver_peekqv")
    if p is None:
        return -1
    queue: IOQueue = p.io_queue()
    view = queue.vector()
    ev.iov, ev.binv, ev.offsets = view.iov, view.binv, view.offsets
    return queue.size
