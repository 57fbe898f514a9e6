"""What the bridge calls: the driver API in the form in which C can call it.

A name without a definition here is the function of :mod:`erts_emu.driver` itself. The others differ in how results come
back where C has pointers, or do their part of what the C code does in several steps. Words, handles and pointers are
C's business: here are terms, ``ErlDrvPort`` objects and bytes.
"""

from __future__ import annotations

from typing import Any, Final, NoReturn

from erts_emu.driver.api._port import CLOSING, DEAD, living, with_queue
from erts_emu.driver.api.async_jobs import driver_async, driver_async_port_key
from erts_emu.driver.api.attributes import (
    driver_caller,
    driver_connected,
    driver_lock_driver,
    driver_mk_atom,
    erl_drv_consume_timeslice,
    erl_drv_set_os_pid,
    get_port_flags,
    set_port_control_flags,
)
from erts_emu.driver.api.busy import erl_drv_busy_msgq_limits, set_busy_port
from erts_emu.driver.api.data_lock import (
    driver_pdl_create,
    driver_pdl_dec_refc,
    driver_pdl_get_refc,
    driver_pdl_inc_refc,
    driver_pdl_lock,
    driver_pdl_unlock,
)
from erts_emu.driver.api.environment import erl_drv_putenv
from erts_emu.driver.api.events import driver_select
from erts_emu.driver.api.failure import (
    driver_exit,
    driver_failure,
    driver_failure_atom,
    driver_failure_eof,
    driver_failure_posix,
)
from erts_emu.driver.api.locks import (
    erl_drv_cond_broadcast,
    erl_drv_cond_create,
    erl_drv_cond_destroy,
    erl_drv_cond_signal,
    erl_drv_cond_wait,
    erl_drv_mutex_create,
    erl_drv_mutex_destroy,
    erl_drv_mutex_lock,
    erl_drv_mutex_trylock,
    erl_drv_mutex_unlock,
    erl_drv_rwlock_create,
    erl_drv_rwlock_destroy,
    erl_drv_rwlock_rlock,
    erl_drv_rwlock_runlock,
    erl_drv_rwlock_rwlock,
    erl_drv_rwlock_rwunlock,
    erl_drv_rwlock_tryrlock,
    erl_drv_rwlock_tryrwlock,
)
from erts_emu.driver.api.monitors import (
    driver_demonitor_process,
    driver_get_monitored_process,
    driver_monitor_process,
)
from erts_emu.driver.api.output import driver_output, driver_output2
from erts_emu.driver.api.ports import add_driver_entry, driver_create_port, erl_drv_init_ack, remove_driver_entry
from erts_emu.driver.api.queue import driver_deq, driver_sizeq
from erts_emu.driver.api.system import erl_errno_id
from erts_emu.driver.api.threads import (
    erl_drv_thread_create,
    erl_drv_thread_join,
    erl_drv_thread_self,
    erl_drv_tsd_get,
    erl_drv_tsd_key_create,
    erl_drv_tsd_key_destroy,
    erl_drv_tsd_set,
)
from erts_emu.driver.api.time import (
    driver_cancel_timer,
    driver_get_now,
    driver_read_timer,
    driver_set_timer,
    erl_drv_monotonic_time,
    erl_drv_time_offset,
)
from erts_emu.driver.binaries import ErlDrvBinary
from erts_emu.driver.context import current_emulator, emulator
from erts_emu.driver.entry import DriverEntry
from erts_emu.driver.errors import BadDriverEntry, DriverMisuse
from erts_emu.driver.external_shape import has_external_shape
from erts_emu.driver.handles import INVALID_PORT, TOMBSTONE, ErlDrvMonitor, ErlDrvPort, Pointer
from erts_emu.driver.pdl import ErlDrvPDL
from erts_emu.driver.structs import ErlDrvNowData
from erts_emu.driver.thread_record import current_thread
from erts_emu.terms import Atom, BadExternal, Pid, PortId, Reference, binary_to_term, list_with_tail, map_from_pairs
from erts_emu.terms.kinds import SubBinary

__all__ = [
    "INVALID_PORT", "TOMBSTONE", "Atom", "DriverMisuse", "Pid", "PortId", "driver_async", "driver_async_port_key",
    "driver_caller", "driver_cancel_timer", "driver_connected", "driver_create_port", "driver_deq", "driver_exit",
    "driver_failure", "driver_failure_atom", "driver_failure_eof", "driver_failure_posix", "driver_lock_driver",
    "driver_mk_atom", "driver_output", "driver_output2", "driver_pdl_create", "driver_pdl_dec_refc",
    "driver_pdl_get_refc", "driver_pdl_inc_refc", "driver_pdl_lock", "driver_pdl_unlock", "driver_select",
    "driver_set_timer", "driver_sizeq", "erl_drv_cond_broadcast", "erl_drv_cond_create", "erl_drv_cond_destroy",
    "erl_drv_cond_signal", "erl_drv_cond_wait", "erl_drv_consume_timeslice", "erl_drv_monotonic_time",
    "erl_drv_mutex_create", "erl_drv_mutex_destroy", "erl_drv_mutex_lock", "erl_drv_mutex_trylock",
    "erl_drv_mutex_unlock", "erl_drv_putenv", "erl_drv_rwlock_create", "erl_drv_rwlock_destroy",
    "erl_drv_rwlock_rlock", "erl_drv_rwlock_runlock", "erl_drv_rwlock_rwlock", "erl_drv_rwlock_rwunlock",
    "erl_drv_rwlock_tryrlock", "erl_drv_rwlock_tryrwlock", "erl_drv_set_os_pid", "erl_drv_thread_self",
    "erl_drv_time_offset", "erl_drv_tsd_get", "erl_drv_tsd_key_destroy", "erl_drv_tsd_set", "erl_errno_id",
    "get_port_flags", "has_external_shape", "list_with_tail", "set_busy_port", "set_port_control_flags",
]  # fmt: skip

_NO_REFERENCE: Final = (0, 0, 0)
_ERRNO: Final = -2


# --- handles, errors, entries ---


def no_port(function: str, value: int) -> NoReturn:
    """Raise the error of a handle that leads nowhere."""
    raise DriverMisuse(
        f"{function}() was called with the ErlDrvPort {value:#x}, which is no port, or one that has gone: a handle is "
        "valid until the callback in which its port died has returned"
    )


def adopt(emu: Any) -> None:
    """Have the calling thread, which Python has not started, work for *emu*."""
    current_emulator.set(emu)


def report_foreign(emu: Any, function: str, error: BaseException) -> None:
    """Report an error on a thread that no callback will return on."""
    emu.driver_raised("?", function, "a thread of its own", error)


def make_entry(name: bytes | None, numbers: tuple[int, int, int, int], callbacks: dict[str, Any]) -> DriverEntry:
    """Make the driver entry of a compiled driver. Raises ``BadDriverEntry`` without a name."""
    if not name:
        raise BadDriverEntry("a compiled driver", None, "driver_name", "must not be NULL or empty")
    marker, major, minor, flags = numbers
    return DriverEntry(
        driver_name=name.decode("utf-8", "surrogateescape"),
        extended_marker=marker,
        major_version=major,
        minor_version=minor,
        driver_flags=flags,
        compiled=True,
        **callbacks,
    )


def binary_bytes(binary: ErlDrvBinary) -> bytes:
    """Return all bytes of a binary."""
    return bytes(binary.orig_bytes)


def shared_binary(part: Any, offset: int, length: int) -> bytes:
    """Return a term of some bytes of *part*, which holds a reference to a driver binary for as long as there is one."""
    return SubBinary(memoryview(part)[offset : offset + length], part, offset)


# --- output ---


def output_whole(port: ErlDrvPort, header: bytes | None, block: bytes) -> int:
    """``driver_output_binary``, with the bytes taken out of the binary."""
    return output_blocks(port, header, [block], "driver_output_binary")


def output_state(port: ErlDrvPort) -> int | None:
    """Return None if the port takes output, or the result of ``driver_outputv`` otherwise."""
    p = living(port, "driver_outputv")
    if p is None:
        return -1
    return 0 if p.state & CLOSING else None


def output_blocks(port: ErlDrvPort, header: bytes | None, blocks: list[bytes], function: str = "driver_outputv") -> int:
    """``driver_outputv``, with the elements that are left after skipping."""
    p = living(port, function)
    if p is None:
        return -1
    if not p.state & CLOSING:
        p.output_whole(header or b"", blocks)
    return 0


# --- terms: who gets them. A process, None if it is gone, or the result as a number ---


def _receiver(emu: Any, pid: Pid | None, port: Any) -> Any:
    """Find the process; *port* is the one that sends, if anybody has looked at it."""
    process = emu.processes.get(pid) if pid is not None else None
    if process is None or not process.is_alive:
        return None
    if port is not None and (tracepoint := emu.trace.port_send) is not None:
        tracepoint(port=port, process=pid)
    return process


def _open_port(emu: Any, port: PortId | None) -> Any:
    p = None if port is None else emu.ports.table.get(port.number)
    if p is None or p.state & DEAD:
        return -1
    return 0 if p.state & CLOSING else p


def owner_for_term(port: PortId | None) -> Any:
    """``erl_drv_output_term``."""
    emu = emulator("erl_drv_output_term")
    p = _open_port(emu, port)
    return p if isinstance(p, int) else _receiver(emu, p.connected, p)


def receiver_for_term(port: PortId | None, receiver: Pid | None) -> Any:
    """``erl_drv_send_term``."""
    emu = emulator("erl_drv_send_term")
    p = _open_port(emu, port)
    return p if isinstance(p, int) else _receiver(emu, receiver, p)


def owner_for_output(port: ErlDrvPort) -> Any:
    """``driver_output_term``."""
    p = living(port, "driver_output_term")
    if p is None:
        return -1
    return 0 if p.state & CLOSING else _receiver(p.emu, p.connected, p)


def receiver_for_send(port: ErlDrvPort, receiver: Pid | None) -> Any:
    """``driver_send_term``: on a thread that is no scheduler's, nobody looks at the port."""
    emu = emulator("driver_send_term")
    p = None
    if emu.layer.tsd.scheduler is not None:
        p = living(port, "driver_send_term")
        if p is None:
            return -1
        if p.state & CLOSING:
            return 0
    return _receiver(emu, receiver, p)


def deliver(process: Any, term: Any) -> None:
    """Send *term*."""
    process.deliver(term)


def decode(data: bytes) -> tuple[Any] | None:
    """Decode external format; None if it is none."""
    try:
        return (binary_to_term(data),)
    except BadExternal:
        return None


def make_map(parts: list[Any]) -> Any:
    """Make a map of keys and values in turn; None if there is a key twice."""
    made = map_from_pairs(zip(parts[::2], parts[1::2], strict=True))
    return made if 2 * len(made) == len(parts) else None


# --- the queue. Elements are parts of driver binaries, with a view of their bytes ---


def enqueue(port: ErlDrvPort, parts: list[Any]) -> int:
    """Put *parts* at the tail of the port's queue."""
    return enqueue_elements(port, [(memoryview(part), part) for part in parts])


def push(port: ErlDrvPort, parts: list[Any]) -> int:
    """Put *parts* at the head of the port's queue, in order."""
    return push_elements(port, [(memoryview(part), part) for part in parts])


def enqueue_elements(port: ErlDrvPort, elements: list[tuple[Any, Any]]) -> int:
    """``driver_enqv``, with elements as they stand in the queue."""
    p = with_queue(port, "driver_enq")
    if p is None:
        return -1
    queue = p.io_queue()
    for data, part in elements:
        queue.append(data, part)
    return 0


def push_elements(port: ErlDrvPort, elements: list[tuple[Any, Any]]) -> int:
    """``driver_pushqv``, with elements as they stand in the queue."""
    p = with_queue(port, "driver_pushq")
    if p is None:
        return -1
    p.io_queue().push(elements)
    return 0


def elements(port: ErlDrvPort) -> list[tuple[Any, Any]] | None:
    """Return the elements of the port's queue; None on a dead port."""
    p = with_queue(port, "driver_peekq")
    return None if p is None else p.io_queue().elements()


def dead_mk_port(port: ErlDrvPort) -> None:
    """``driver_mk_port`` of a dead port."""
    port._port.dead(None, "driver_mk_port", port)


def keep_pdl(pdl: Any, record: object) -> None:
    """Keep what C knows of a port data lock for as long as there is the lock (isolated: its number, for ever)."""
    records = emulator("driver_pdl_create").driver_world.native_pdls
    records[pdl] = record
    if isinstance(pdl, ErlDrvPDL):
        pdl.when_destroyed(lambda: records.pop(pdl, None))


# --- where C has pointers ---


def open_bundle(port: ErlDrvPort, count: int) -> tuple[int, Any] | None:
    """Begin a bundle of up to *count* jobs: the first one's number, and the core's ``JobBundle``. None: not now."""
    p = port._port
    emu = p.emu
    bundle = emu.async_pool.open_bundle(p, emu.layer.tsd.scheduler, count)
    return None if bundle is None else (bundle.first, bundle)


def close_bundle(bundle: Any, unused: int) -> None:
    """End a bundle; so many of its numbers have not been used."""
    bundle.pool.close_bundle(bundle, unused)


def async_with_key(port: ErlDrvPort, key: int, invoke: Any, data: Any, free: Any) -> tuple[int, int]:
    """``driver_async`` with a key: the job's number, and the key as it is then."""
    pointer = Pointer(key)
    return driver_async(port, pointer, invoke, data, free), pointer.value


def busy_limits(port: ErlDrvPort, low: int | None, high: int | None) -> tuple[int, int]:
    """``erl_drv_busy_msgq_limits``: the limits; those for which there is no pointer mean nothing."""
    pointers = [None if limit is None else Pointer(limit) for limit in (low, high)]
    erl_drv_busy_msgq_limits(port, *pointers)
    first, second = (0 if pointer is None else pointer.value for pointer in pointers)
    return first, second


def timer_left(port: ErlDrvPort) -> int:
    """``driver_read_timer``: the milliseconds, or -1."""
    left = Pointer(0)
    return -1 if driver_read_timer(port, left) else left.value


def now() -> tuple[int, int, int]:
    """``driver_get_now``."""
    moment = ErlDrvNowData()
    driver_get_now(moment)
    return moment.megasecs, moment.secs, moment.microsecs


def thread_create(name: str | None, func: Any, arg: Any) -> tuple[int, Any]:
    """``erl_drv_thread_create``: the errno, and the thread's identifier."""
    tid: Pointer[Any] = Pointer(None)
    return erl_drv_thread_create(name, tid, func, arg, None), tid.value


def thread_join(tid: Any) -> tuple[int, Any]:
    """``erl_drv_thread_join``: the errno, and the thread's result."""
    result: Pointer[Any] = Pointer(None)
    return erl_drv_thread_join(tid, result), result.value


def tsd_key_create(name: str | None) -> int:
    """``erl_drv_tsd_key_create``: the key."""
    key = Pointer(0)
    erl_drv_tsd_key_create(name, key)
    return key.value


def getenv(key: bytes) -> bytes | None:
    """Return a variable of the emulator's environment."""
    found = emulator("erl_drv_getenv").driver_world.environment.get(key.decode("utf-8", "surrogateescape"))
    return None if found is None else found.encode("utf-8", "surrogateescape")


def set_dl_error(text: bytes) -> None:
    """Keep the linker's message of a failed ``driver_dl_sym``."""
    current_thread(emulator("driver_dl_sym")).dl_error = text.decode("utf-8", "surrogateescape")


def dl_error() -> bytes | None:
    """``driver_dl_error``; None if there is nothing to tell."""
    text = current_thread(emulator("driver_dl_error")).dl_error
    return None if text is None else text.encode("utf-8", "surrogateescape")


def thread_counts() -> tuple[int, int]:
    """Return the numbers of async threads and schedulers."""
    emu = emulator("driver_system_info")
    return emu.async_pool.size, len(emu.schedulers)


def init_ack(port: ErlDrvPort, result: Any, error: int) -> bool:
    """``erl_drv_init_ack``, with the errno. True if *result*, a drv_data object, takes the place of start's result."""
    p = living(port, "erl_drv_init_ack")
    if p is None or p.acknowledge is None:
        return False
    failed = isinstance(result, int)
    erl_drv_init_ack(port, OSError(error, "erl_drv_init_ack") if result == _ERRNO else result)
    return not failed


# --- monitors: C keeps the words of the reference ---


def _monitor(words: tuple[int, ...]) -> ErlDrvMonitor:
    monitor = ErlDrvMonitor()
    if words != _NO_REFERENCE:
        monitor._reference = Reference(words)
    return monitor


def monitor_words(monitor: ErlDrvMonitor) -> tuple[int, ...]:
    """Return the words that C keeps of a monitor."""
    return _NO_REFERENCE if monitor._reference is None else monitor._reference.words


def monitor_process(port: ErlDrvPort, process: Pid | None) -> tuple[int, tuple[int, ...]]:
    """``driver_monitor_process``: its result, and the monitor's words."""
    monitor = ErlDrvMonitor()
    return driver_monitor_process(port, process, monitor), monitor_words(monitor)


def demonitor_process(port: ErlDrvPort, words: tuple[int, ...]) -> int:
    """``driver_demonitor_process``."""
    return driver_demonitor_process(port, _monitor(words))


def monitored_process(port: ErlDrvPort, words: tuple[int, ...]) -> Pid | None:
    """``driver_get_monitored_process``."""
    return driver_get_monitored_process(port, _monitor(words))


# --- the driver list: C knows entries by their addresses ---


def add_driver(entry: DriverEntry, address: int) -> None:
    """``add_driver_entry``."""
    emulator("add_driver_entry").driver_world.native_entries[address] = entry
    add_driver_entry(entry)


def remove_driver(address: int) -> int:
    """``remove_driver_entry``."""
    entry = emulator("remove_driver_entry").driver_world.native_entries.get(address)
    return 0 if entry is None else remove_driver_entry(entry)
