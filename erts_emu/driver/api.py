"""The driver API: functions with C's names and argument order, so that OTP's manual pages apply word for word.

Where C passes a buffer and its length, ``bytes`` carry both. A pointer that a function writes through is a
:class:`Pointer`. Thread rules, as in ``reference``: **A** any thread; **P** a thread that holds the port data lock, or,
if the port has none, a callback of the port; **C** only inside a callback of the port.

An invalid or dead port gives the result that OTP gives. A *stale* handle, kept after the callback in which its
port died, raises ``StalePortHandle``. With the lock checker on, a call without the lock that OTP demands raises
``LockNotHeld``.
"""

from __future__ import annotations

import errno as errno_names
import os
from collections.abc import Callable
from typing import Any

from erts_emu.driver.binaries import ErlDrvBinary, ErlIOVec
from erts_emu.driver.context import emulator
from erts_emu.driver.errors import DriverMisuse
from erts_emu.driver.handles import ErlDrvMonitor, ErlDrvPort, Pointer
from erts_emu.driver.ioqueue import elements_after
from erts_emu.driver.pdl import ErlDrvPDL
from erts_emu.terms import Atom, Pid, PortId

# Port states, as in ``erts_emu.port``, which lives a floor above.
_DEAD = 0x0B00
_CLOSING = 0x0020


# --- output to the owner ---


def driver_output(port: ErlDrvPort, buf: bytes | None) -> int:
    """Send *buf* to the owner as ``{Port, {data, Data}}``. 0; also if the owner is dead or the port closing [C].

    The data is a list of bytes, or a binary if the port was opened with ``binary``. None is C's NULL buffer: ``[]``.
    """
    p = port._port
    state = p.state
    if p.checker is not None:
        p.checker.require(p.lock, "driver_output")
    if state & 0x0BA8:  # dead, closing, line mode or binary: the rare ones, and the simple case of binary
        if state & _DEAD:
            return int(p.dead(-1, "driver_output", port))
        if state & _CLOSING:
            return 0
        if state & 0x0080 or buf is None:
            p.output_from_driver(b"", buf)
            return 0
        p.bytes_in += len(buf)
        p.deliver_data(bytes(buf))
        return 0
    p.output_from_driver(b"", buf)
    return 0


def driver_output2(port: ErlDrvPort, hbuf: bytes, buf: bytes | None) -> int:
    """Like ``driver_output``, with the bytes of *hbuf* as list elements in front [C]."""
    p = port._port
    if p.state & _DEAD:
        return int(p.dead(-1, "driver_output2", port))
    if p.checker is not None:
        p.checker.require(p.lock, "driver_output2")
    if not p.state & _CLOSING:
        p.output_from_driver(bytes(hbuf), buf)
    return 0


def driver_output_binary(port: ErlDrvPort, hbuf: bytes, binary: ErlDrvBinary, offset: int, length: int) -> int:
    """Send a part of a driver binary, whole even in line mode. The driver keeps its reference [C]."""
    p = port._port
    if p.state & _DEAD:
        return int(p.dead(-1, "driver_output_binary", port))
    if p.checker is not None:
        p.checker.require(p.lock, "driver_output_binary")
    if not p.state & _CLOSING:
        p.output_whole(bytes(hbuf), [binary.slice(offset, length)])
    return 0


def driver_outputv(port: ErlDrvPort, hbuf: bytes, ev: ErlIOVec, skip: int) -> int:
    """Send a vector without its first *skip* bytes, whole even in line mode [C]."""
    p = port._port
    if p.state & _DEAD:
        return int(p.dead(-1, "driver_outputv", port))
    if p.checker is not None:
        p.checker.require(p.lock, "driver_outputv")
    if not p.state & _CLOSING:
        blocks = [data for data, _ in elements_after(ev, skip)]
        p.output_whole(bytes(hbuf), blocks)
    return 0


def driver_vec_to_buf(ev: ErlIOVec, length: int) -> bytes:
    """Return up to *length* bytes of *ev*: what C copies into its buffer [A]."""
    return b"".join(ev.iov)[:length]


# --- failing ---


def _failing(port: ErlDrvPort, function: str) -> Any:
    p = port._port
    if p.state & _DEAD:
        p.dead(-1, function, port)
        return None
    if p.checker is not None:
        p.checker.require(p.lock, function)
    return p


def driver_failure_atom(port: ErlDrvPort, string: str) -> int:
    """Fail the port with the atom *string* as exit reason. ``stop`` has run when this returns [C]."""
    p = _failing(port, "driver_failure_atom")
    if p is None:
        return -1
    p.fail(Atom(string))
    return 0


def driver_failure_posix(port: ErlDrvPort, error: int) -> int:
    """Fail the port with the name of an errno as exit reason [C]."""
    p = _failing(port, "driver_failure_posix")
    if p is None:
        return -1
    p.fail(Atom(erl_errno_id(error)))
    return 0


def driver_failure(port: ErlDrvPort, error: int) -> int:
    """Fail the port with an integer as exit reason; 0 is ``driver_failure_eof`` [C]."""
    if error == 0:
        return driver_failure_eof(port)
    p = _failing(port, "driver_failure")
    if p is None:
        return -1
    p.fail(error)
    return 0


def driver_failure_eof(port: ErlDrvPort) -> int:
    """Report the end of file: reason ``normal``, or only ``{Port, eof}`` if the port was opened with ``eof`` [C]."""
    p = _failing(port, "driver_failure_eof")
    if p is None:
        return -1
    p.fail(Atom("normal"), eof=True)
    return 0


def driver_exit(port: ErlDrvPort, error: int) -> int:
    """End the port with ``normal`` (0) or the name of an errno; the owner is unlinked first and told nothing [C]."""
    p = _failing(port, "driver_exit")
    if p is None:
        return -1
    p.unlink_owner()
    p.fail(Atom("normal" if error == 0 else erl_errno_id(error)))
    return 0


def erl_errno_id(error: int) -> str:
    """Return the lower-case name of an errno, or ``"unknown"`` [A]."""
    return errno_names.errorcode.get(error, "unknown").lower()


# --- driver binaries ---


def driver_alloc_binary(size: int) -> ErlDrvBinary | None:
    """Return a binary of *size* zero bytes with count 1, or None if that is impossible [A]."""
    if size < 0:
        return None
    try:
        return ErlDrvBinary(bytearray(size))
    except (MemoryError, OverflowError):
        return None


def driver_realloc_binary(binary: ErlDrvBinary | None, size: int) -> ErlDrvBinary | None:
    """Resize *binary* in place, keeping its contents and count; None allocates a new one [A]."""
    if binary is None:
        return driver_alloc_binary(size)
    grow = size - binary.orig_size
    if grow > 0:
        binary.orig_bytes.extend(bytes(grow))
    else:
        del binary.orig_bytes[size:]
    return binary


def driver_free_binary(binary: ErlDrvBinary | None) -> None:
    """Drop one reference. Raises ``DriverMisuse`` if there was none left [A]."""
    if binary is None:
        return
    if binary._refc <= 0:
        raise DriverMisuse(f"driver_free_binary() of {binary!r}, which is free already")
    binary._refc -= 1


def driver_binary_get_refc(binary: ErlDrvBinary) -> int:
    """Return the reference count [A]."""
    return binary._refc


def driver_binary_inc_refc(binary: ErlDrvBinary) -> int:
    """Add a reference; return the new count [A]."""
    binary._refc += 1
    return binary._refc


def driver_binary_dec_refc(binary: ErlDrvBinary) -> int:
    """Drop a reference without ever freeing; return the new count [A]."""
    binary._refc -= 1
    return binary._refc


# --- the I/O queue ---


def _queue(port: ErlDrvPort, function: str) -> Any:
    """The port whose queue is to be used, or None if it is dead. With a PDL, that is the lock to hold."""
    p = port._port
    if p.state & _DEAD:
        p.dead(-1, function, port)
        return None
    if p.checker is not None:
        p.checker.require(p.lock if p.pdl is None else p.pdl.mutex, function)
    return p


def driver_enq(port: ErlDrvPort, buf: bytes) -> int:
    """Copy *buf* to the tail of the port's queue [P]."""
    p = _queue(port, "driver_enq")
    if p is None:
        return -1 if buf else 0
    p.io_queue().append(bytes(buf))
    return 0


def driver_pushq(port: ErlDrvPort, buf: bytes) -> int:
    """Copy *buf* to the head of the port's queue [P]."""
    p = _queue(port, "driver_pushq")
    if p is None:
        return -1 if buf else 0
    p.io_queue().push([(bytes(buf), None)])
    return 0


def driver_enq_bin(port: ErlDrvPort, binary: ErlDrvBinary, offset: int, length: int) -> int:
    """Put a part of *binary* at the tail of the queue; adds a reference [P]."""
    p = _queue(port, "driver_enq_bin")
    if p is None:
        return -1 if length else 0
    p.io_queue().append(binary.slice(offset, length), binary)
    return 0


def driver_pushq_bin(port: ErlDrvPort, binary: ErlDrvBinary, offset: int, length: int) -> int:
    """Put a part of *binary* at the head of the queue; adds a reference [P]."""
    p = _queue(port, "driver_pushq_bin")
    if p is None:
        return -1 if length else 0
    p.io_queue().push([(binary.slice(offset, length), binary)])
    return 0


def driver_enqv(port: ErlDrvPort, ev: ErlIOVec, skip: int) -> int:
    """Put *ev* without its first *skip* bytes at the tail of the queue; adds references [P]."""
    p = _queue(port, "driver_enqv")
    if p is None:
        return -1
    for data, binary in elements_after(ev, skip):
        p.io_queue().append(data, binary)
    return 0


def driver_pushqv(port: ErlDrvPort, ev: ErlIOVec, skip: int) -> int:
    """Put *ev* without its first *skip* bytes at the head of the queue, in order; adds references [P].

    OTP corrupts the queue if *ev* has elements without a binary; here they are copied.
    """
    p = _queue(port, "driver_pushqv")
    if p is None:
        return -1
    p.io_queue().push(elements_after(ev, skip))
    return 0


def driver_deq(port: ErlDrvPort, size: int) -> int:
    """Drop *size* bytes from the head; return the bytes left, or -1 without change if there are fewer [P]."""
    p = _queue(port, "driver_deq")
    if p is None or size > p.queue_size:
        return -1
    return int(p.io_queue().drop(size))


def driver_sizeq(port: ErlDrvPort) -> int:
    """Return the bytes in the queue [P]."""
    p = _queue(port, "driver_sizeq")
    return -1 if p is None else int(p.queue_size)


def driver_peekq(port: ErlDrvPort) -> list[bytes] | None:
    """Return the queue's blocks without taking them: C's array and its length. None on a dead port [P]."""
    p = _queue(port, "driver_peekq")
    if p is None:
        return None
    blocks: list[bytes] = p.io_queue().blocks()
    return blocks


def driver_peekqv(port: ErlDrvPort) -> ErlIOVec | None:
    """Return the queue as a vector without taking anything. None on a dead port [P]."""
    p = _queue(port, "driver_peekqv")
    if p is None:
        return None
    vector: ErlIOVec = p.io_queue().vector()
    return vector


# --- timer and time ---


def driver_set_timer(port: ErlDrvPort, milliseconds: int) -> int:
    """Start or replace the port's only timer; ``timeout`` is called when it expires. 0: as soon as possible [C]."""
    p = _failing(port, "driver_set_timer")
    if p is None:
        return -1
    p.set_timer(milliseconds)
    return 0


def driver_cancel_timer(port: ErlDrvPort) -> int:
    """Stop the timer; an expiry that was not delivered yet is discarded too [C]."""
    p = _failing(port, "driver_cancel_timer")
    if p is None:
        return -1
    p.cancel_timer()
    return 0


def driver_read_timer(port: ErlDrvPort, time_left: Pointer[int]) -> int:
    """Store the milliseconds left, 0 if no timer runs [C]."""
    p = _failing(port, "driver_read_timer")
    if p is None:
        return -1
    time_left.value = p.timer_left()
    return 0


# --- file descriptors ---


def driver_select(port: ErlDrvPort, event: int, mode: int, on: int) -> int:
    """Start (*on* = 1) or stop telling the port when a descriptor is readable or writable [C].

    *mode* is a sum of ``ERL_DRV_READ``, ``ERL_DRV_WRITE``, and ``ERL_DRV_USE``: set while the descriptor is in use.
    ``ERL_DRV_USE`` off ends all events and has ``stop_select`` called, which may close it.
    """
    p = _failing(port, "driver_select")
    if p is None:
        return -1
    return int(p.emu.check_io.select(p, event, mode, on=bool(on)))


# --- async jobs ---


def driver_async(
    port: ErlDrvPort,
    key: Pointer[int] | None,
    async_invoke: Callable[[Any], object],
    async_data: Any,
    async_free: Callable[[Any], object] | None,
) -> int:
    """Run ``async_invoke(async_data)`` on a thread of the async pool. Returns the job's number, or -1 on a dead port [C].

    With a *key*, the thread is ``key.value`` modulo the pool's size, and ``key.value`` becomes that; jobs of one thread run in
    order. Without, threads take turns. When the job is done, ``ready_async(drv_data, async_data)`` is called on the
    scheduler that called ``driver_async``; if the driver has none, or the port is gone, ``async_free(async_data)`` instead.
    -1 leaves *async_data* with the caller.
    """
    p = port._port
    if p.state & _DEAD:
        return int(p.dead(-1, "driver_async", port))
    if p.checker is not None:
        p.checker.require(p.lock, "driver_async")
    emu = p.emu
    number: int = emu.async_pool.submit(p, key, async_invoke, async_data, async_free, emu.layer.tsd.scheduler)
    return number


def driver_async_port_key(port: ErlDrvPort) -> int:
    """Return a key derived from the port's number: different ports spread over the threads. 0 on a dead port [C]."""
    p = port._port
    if p.state & _DEAD:
        return int(p.dead(0, "driver_async_port_key", port))
    if p.checker is not None:
        p.checker.require(p.lock, "driver_async_port_key")
    return int(p.id.number & 0xFFFFFFFF)


# --- the port data lock ---


def driver_pdl_create(port: ErlDrvPort) -> ErlDrvPDL | None:
    """Make the port's data lock, with count 1. None if it has one, or the port is dead [C]."""
    p = _failing(port, "driver_pdl_create")
    if p is None:
        return None
    pdl: ErlDrvPDL | None = p.create_pdl()
    return pdl


def driver_pdl_lock(pdl: ErlDrvPDL) -> None:
    """Take the lock, and a reference to it [A]."""
    pdl.lock()


def driver_pdl_unlock(pdl: ErlDrvPDL) -> None:
    """Give the lock and the reference back [A]."""
    pdl.unlock()


def driver_pdl_get_refc(pdl: ErlDrvPDL) -> int:
    """Return the reference count [A]."""
    return pdl.refc.read()


def driver_pdl_inc_refc(pdl: ErlDrvPDL) -> int:
    """Add a reference; return the new count [A]."""
    return pdl.inc_refc()


def driver_pdl_dec_refc(pdl: ErlDrvPDL) -> int:
    """Drop a reference; return the new count; at 0 the lock is destroyed [A]."""
    return pdl.dec_refc()


# --- busy ports, attributes, identity ---


def set_busy_port(port: ErlDrvPort, on: int) -> None:
    """Make senders of commands wait (non-zero) or go on (0) [C]."""
    p = _failing(port, "set_busy_port")
    if p is not None:
        p.set_busy(bool(on))


def set_port_control_flags(port: ErlDrvPort, flags: int) -> None:
    """With ``PORT_CONTROL_FLAG_BINARY``, replies of control are binaries, from the call under way on [C]."""
    p = _failing(port, "set_port_control_flags")
    if p is not None:
        p.control_flags = flags


def get_port_flags(port: ErlDrvPort) -> int:
    """Return ``PORT_FLAG_BINARY`` and ``PORT_FLAG_LINE`` as the port was opened; 0 during start [C]."""
    p = _failing(port, "get_port_flags")
    return 0 if p is None else int(p.port_flags())


def driver_mk_port(port: ErlDrvPort) -> PortId | None:
    """Return the port's term; None (NIL) on a dead port [C]."""
    p = _failing(port, "driver_mk_port")
    return None if p is None else p.id


def driver_mk_atom(string: str) -> Atom:
    """Return an atom; more than 255 characters are cut [A]."""
    return Atom(string[:255])


def driver_connected(port: ErlDrvPort) -> Pid | None:
    """Return the owner's pid, even if that process is dead; None on a dead port [C]."""
    p = _failing(port, "driver_connected")
    return None if p is None else p.connected


def driver_caller(port: ErlDrvPort) -> Pid | None:
    """Return who caused the callback: in start, output, outputv, control and call. None elsewhere [C]."""
    p = _failing(port, "driver_caller")
    return None if p is None else p.caller


def erl_drv_set_os_pid(port: ErlDrvPort, pid: int) -> None:
    """Set what ``port_info(Port, os_pid)`` tells; negative means ``undefined`` [C]."""
    p = _failing(port, "erl_drv_set_os_pid")
    if p is not None:
        p.os_pid = pid if pid >= 0 else None


def driver_lock_driver(port: ErlDrvPort) -> int:
    """Keep the port's driver loaded for ever. -1 for a driver that was not loaded dynamically [C]."""
    p = _failing(port, "driver_lock_driver")
    if p is None or p.driver.handle is None:
        return -1
    p.emu.ddll.lock_driver(p.driver.handle)
    return 0


# --- process monitors ---


def driver_monitor_process(port: ErlDrvPort, process: Pid, monitor: ErlDrvMonitor) -> int:
    """Have ``process_exit`` called when *process* ends. 1 if it is dead, -1 if there is no such callback [P]."""
    p = _queue(port, "driver_monitor_process")
    if p is None or p.driver.process_exit is None:
        return -1
    return int(p.monitor_process(process, monitor))


def driver_demonitor_process(port: ErlDrvPort, monitor: ErlDrvMonitor) -> int:
    """Drop a monitor. 1 if there is none (any more) [P]."""
    p = _queue(port, "driver_demonitor_process")
    if p is None:
        return -1
    return int(p.demonitor_process(monitor))


def driver_get_monitored_process(port: ErlDrvPort, monitor: ErlDrvMonitor) -> Pid | None:
    """Return the monitored process; None if the monitor is gone [P]."""
    p = _queue(port, "driver_get_monitored_process")
    if p is None or not p.driver_monitors:
        return None
    entry = p.driver_monitors.get(monitor._reference)
    return None if entry is None else entry[0]


def driver_compare_monitors(monitor1: ErlDrvMonitor, monitor2: ErlDrvMonitor) -> int:
    """0 if both are the same monitor, else below or above 0 [A]."""
    words1 = monitor1._reference.words if monitor1._reference is not None else ()
    words2 = monitor2._reference.words if monitor2._reference is not None else ()
    return (words1 > words2) - (words1 < words2)


# --- the rest ---


def driver_system_info() -> dict[str, Any]:
    """Return what C's ``ErlDrvSysInfo`` says [A]."""
    from erts_emu.driver.constants import ERL_DRV_EXTENDED_MAJOR_VERSION, ERL_DRV_EXTENDED_MINOR_VERSION

    emu = emulator("driver_system_info")
    return {
        "driver_major_version": ERL_DRV_EXTENDED_MAJOR_VERSION,
        "driver_minor_version": ERL_DRV_EXTENDED_MINOR_VERSION,
        "erts_version": "13.1.5",
        "otp_release": "25",
        "thread_support": 1,
        "smp_support": 1,
        "async_threads": emu.async_pool.size,
        "scheduler_threads": len(emu.schedulers),
        "nif_major_version": 2,
        "nif_minor_version": 16,
        "dirty_scheduler_support": 1,
    }


def erl_drv_getenv(key: str) -> str | None:
    """Return an environment variable, or None [A]."""
    return os.environ.get(key)


def erl_drv_sleep(milliseconds: int) -> None:
    """Let time pass on the emulator's clock: use it in jobs in place of ``time.sleep``. Not in C's API [A]."""
    emulator("erl_drv_sleep").layer.sleep(milliseconds * 1_000_000)
