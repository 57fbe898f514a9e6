"""The drivers of the property test: one class per way to treat a command, in two versions each.

Whatever a driver is asked to do, it notes in its :class:`Record`, which outlives emulator and port. A command's data
starts with its number, 4 bytes; a driver sends the data back to its owner, now or later.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field

from erts_emu.driver import (
    ERL_DRV_FLAG_SOFT_BUSY,
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    INVALID_PORT,
    PORT_CONTROL_FLAG_BINARY,
    Driver,
    ErlDrvBinary,
    ErlDrvMonitor,
    Pointer,
    driver_alloc_binary,
    driver_async,
    driver_async_port_key,
    driver_caller,
    driver_connected,
    driver_create_port,
    driver_deq,
    driver_enq_bin,
    driver_exit,
    driver_failure_atom,
    driver_free_binary,
    driver_lock_driver,
    driver_mk_port,
    driver_monitor_process,
    driver_output,
    driver_pdl_create,
    driver_pdl_lock,
    driver_pdl_unlock,
    driver_peekq,
    driver_set_timer,
    driver_sizeq,
    set_busy_port,
    set_port_control_flags,
)
from erts_emu.ethread import NANOSECONDS_PER_SECOND
from erts_emu.terms import PortId

BUSY, FREE, FAIL, EXIT, DRAIN, CHILD, MONITOR, LOCK, VERSION = range(1, 10)
LONG = 2 * NANOSECONDS_PER_SECOND + 377
"""How long a long job takes: longer than the emulator is left alone between two commands."""


@define(eq=False)
class Job:
    """One async job, and how often each of its functions has run."""

    number: int
    driver: str
    long: bool
    invoked: int = 0
    ready: int = 0
    freed: int = 0

    @property
    def ended(self) -> int:
        """How often the result was consumed: once, at the end."""
        return self.ready + self.freed


@define(eq=False)
class Record:
    """What all drivers have done."""

    got: dict[PortId, list[tuple[Any, int]]] = field(factory=dict)
    """By port: the caller and number of each command, in the order in which the driver got them."""
    sent: dict[tuple[PortId, Any], list[int]] = field(factory=dict)
    """By port and owner: the numbers sent to that owner, in order."""
    jobs: list[Job] = field(factory=list)
    binaries: list[ErlDrvBinary] = field(factory=list)
    monitors: list[tuple[Recording, Any, ErlDrvMonitor]] = field(factory=list)
    fired: list[ErlDrvMonitor] = field(factory=list)
    started: list[Recording] = field(factory=list)
    stopped: list[Recording] = field(factory=list)
    children: list[tuple[PortId, Any, str]] = field(factory=list)
    finished: list[str] = field(factory=list)


class Recording(Driver):
    """What the drivers have in common. Touched under the lock of the port, as any driver."""

    record: Record
    emu: Any
    version = 1
    lingering = False
    serial = 0

    def start(self, command: str) -> None:
        self.opened()

    def opened(self) -> None:
        set_port_control_flags(self.port, PORT_CONTROL_FLAG_BINARY)
        self.id = driver_mk_port(self.port)
        self.record.started.append(self)

    @classmethod
    def finish(cls) -> None:
        cls.record.finished.append(f"{cls.driver_name} {cls.version}")

    def stop(self) -> None:
        self.record.stopped.append(self)

    def output(self, buf: bytes) -> None:
        number = int.from_bytes(buf[:4])
        self.record.got.setdefault(self.id, []).append((driver_caller(self.port), number))
        self.treat(number, buf)

    def treat(self, number: int, buf: bytes) -> None:
        self.send_back(buf)

    def send_back(self, buf: bytes) -> None:
        if not self.lingering:  # a closing port's output is discarded
            self.record.sent.setdefault((self.id, driver_connected(self.port)), []).append(int.from_bytes(buf[:4]))
        driver_output(self.port, buf)

    def flush(self) -> None:
        self.lingering = True
        driver_set_timer(self.port, 3)

    def timeout(self) -> None:
        set_busy_port(self.port, 0)
        self.drain()

    def drain(self) -> None:
        """Take everything out of the I/O queue and send it back."""
        self.take_queue(driver_pdl_lock)
        blocks = driver_peekq(self.port) or ()
        driver_deq(self.port, driver_sizeq(self.port))
        self.take_queue(driver_pdl_unlock)
        for block in blocks:
            self.send_back(block)

    def take_queue(self, change: Callable[[Any], object]) -> None:
        """Lock or unlock what guards the I/O queue."""

    def process_exit(self, monitor: ErlDrvMonitor) -> None:
        self.record.fired.append(monitor)

    def control(self, command: int, buf: bytes) -> bytes | int:
        if command in (BUSY, FREE):
            set_busy_port(self.port, command == BUSY)
        elif command == FAIL:
            driver_failure_atom(self.port, "broken")
        elif command == EXIT:
            driver_exit(self.port, 0)
        elif command == DRAIN:
            self.drain()
        elif command == LOCK:
            driver_lock_driver(self.port)
        elif command == VERSION:
            return self.version.to_bytes(1)
        elif command == MONITOR:
            monitor = ErlDrvMonitor()
            caller = driver_caller(self.port)
            if driver_monitor_process(self.port, caller, monitor) == 0:
                self.record.monitors.append((self, caller, monitor))
        elif command == CHILD:
            return self.create_child()
        return b""

    def create_child(self) -> bytes | int:
        return -1


class Echo(Recording):
    """Sends back at once; makes more ports."""

    driver_name = "echo"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def create_child(self) -> bytes | int:
        child = type(self)()
        owner = driver_caller(self.port)
        child.port = driver_create_port(self.port, owner, "child", child)
        if child.port is INVALID_PORT:
            return -1
        child.opened()
        self.record.children.append((child.id, owner, self.driver_name))
        return child.id.number.to_bytes(4)


class Jobs(Recording):
    """Sends back what an async job has seen: in order of the jobs of a key. All ports share the driver's lock."""

    driver_name = "jobs"

    def start(self, command: str) -> None:
        self.opened()
        self.key = Pointer(driver_async_port_key(self.port))

    def treat(self, number: int, buf: bytes) -> None:
        job = Job(number, self.driver_name, long=buf[4:5] == b"L")
        self.record.jobs.append(job)
        binary = driver_alloc_binary(len(buf))
        binary.orig_bytes[:] = buf
        self.record.binaries.append(binary)
        if driver_async(self.port, self.key, self.invoke, (job, binary), self.free) < 0:
            raise AssertionError("a job was refused inside output")

    def invoke(self, data: tuple[Job, ErlDrvBinary]) -> None:
        job, _ = data
        job.invoked += 1
        if job.long:
            self.emu.layer.sleep(LONG)

    def ready_async(self, thread_data: tuple[Job, ErlDrvBinary]) -> None:
        job, binary = thread_data
        job.ready += 1
        self.send_back(bytes(binary.orig_bytes))
        driver_free_binary(binary)

    @staticmethod
    def free(data: tuple[Job, ErlDrvBinary]) -> None:
        job, binary = data
        job.freed += 1
        driver_free_binary(binary)


class Moody(Recording):
    """Gets busy by itself at every third command, until its timer fires; takes forced commands all the same."""

    driver_name = "moody"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING | ERL_DRV_FLAG_SOFT_BUSY

    def treat(self, number: int, buf: bytes) -> None:
        self.serial += 1
        self.send_back(buf)
        if self.serial % 3 == 0:
            set_busy_port(self.port, 1)
            driver_set_timer(self.port, 2)


class Keeper(Recording):
    """Keeps commands in its I/O queue until it is told to drain it, or until the port has been closing for a moment."""

    driver_name = "keeper"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def start(self, command: str) -> None:
        self.opened()
        self.pdl = driver_pdl_create(self.port)

    def take_queue(self, change: Callable[[Any], object]) -> None:
        change(self.pdl)

    def treat(self, number: int, buf: bytes) -> None:
        binary = driver_alloc_binary(len(buf))
        binary.orig_bytes[:] = buf
        self.record.binaries.append(binary)
        driver_pdl_lock(self.pdl)
        driver_enq_bin(self.port, binary, 0, len(buf))
        driver_pdl_unlock(self.pdl)
        driver_free_binary(binary)


KINDS: tuple[type[Recording], ...] = (Echo, Jobs, Moody, Keeper)


def versions(kind: type[Recording], record: Record, emu: Any) -> list[type[Recording]]:
    """Two images of a driver, as two files would hold them."""
    return [type(kind.__name__, (kind,), {"version": version, "record": record, "emu": emu}) for version in (1, 2)]
