"""The process that an isolated driver lives in: ``python -m erts_emu.native.isolated CONTROL FILE NAME``.

It holds the bridge and the driver, and no emulator: what API functions need of one is asked for on the line.
"""

from __future__ import annotations

import itertools
import socket
import sys
from collections.abc import Callable
from contextvars import ContextVar
from multiprocessing.connection import Connection
from typing import Any, Final, final

from erts_emu.driver.binaries import ErlDrvBinary, ErlIOVec
from erts_emu.driver.context import current_emulator
from erts_emu.driver.entry import DriverEntry
from erts_emu.driver.handles import INVALID_PORT
from erts_emu.driver.world import DriverWorld
from erts_emu.ethread import RealThreads
from erts_emu.locks import Locks
from erts_emu.native import bridge, context_of, glue
from erts_emu.native.wire import Line, PortRef
from erts_emu.terms import PortId

_REMOTE: Final = (
    "driver_output", "driver_output2", "output_whole", "output_state", "output_blocks", "driver_failure_atom",
    "driver_failure_posix", "driver_failure", "driver_failure_eof", "driver_exit", "driver_deq", "driver_sizeq",
    "driver_async_port_key", "driver_connected", "driver_caller", "get_port_flags", "set_port_control_flags",
    "erl_drv_set_os_pid", "driver_lock_driver", "erl_drv_consume_timeslice", "set_busy_port", "busy_limits",
    "driver_set_timer", "driver_cancel_timer", "timer_left", "monitor_process", "demonitor_process",
    "monitored_process", "dead_mk_port", "owner_for_term", "receiver_for_term", "owner_for_output",
    "receiver_for_send", "deliver", "erl_drv_monotonic_time", "erl_drv_time_offset", "now", "thread_counts",
    "erl_drv_putenv", "getenv", "driver_pdl_create", "driver_pdl_lock", "driver_pdl_unlock", "driver_pdl_get_refc",
    "driver_pdl_inc_refc", "driver_pdl_dec_refc", "remove_driver",
)  # fmt: skip
"""What the emulator does; ports are told by their numbers, processes by their pids, data locks by numbers."""

_LOCAL: Final = (
    "driver_async", "async_with_key", "enqueue", "push", "elements", "driver_create_port", "init_ack", "driver_select",
)  # fmt: skip
"""What begins here."""

_line: ContextVar[Line] = ContextVar("erts_emu_line")


@final
class _Emulator:
    """As much of an emulator as the bridge needs here: threads, locks, and what belongs to threads."""

    halted = False
    async_pool = None  # jobs are the emulator's

    def __init__(self) -> None:
        self.layer = RealThreads()
        self.locks = Locks(self.layer, check=False, count=False)
        self.driver_world = DriverWorld(self.layer, self.locks)

    def spawn_thread(self, name: str, target: Callable[[], None]) -> Any:
        def run() -> None:
            bridge().report_crashes()
            current_emulator.set(self)
            target()

        return self.layer.spawn(name, run)

    def driver_raised(self, driver: str, callback: str, port: str, error: BaseException) -> None:
        _call("report", callback, port, str(error))


@final
class _PortState:
    """What the bridge asks a handle's port for."""

    __slots__ = ("_number",)

    def __init__(self, number: int) -> None:
        self._number = number

    @property
    def state(self) -> int:
        found: int = _call("state", PortRef(self._number))
        return found


@final
class _Handle:
    """Stands for an ``ErlDrvPort`` of the emulator."""

    __slots__ = ("_id", "_port", "number")

    def __init__(self, number: int, port_id: PortId) -> None:
        self.number = number
        self._id = port_id
        self._port = _PortState(number)


def _my_line() -> Line:
    line = _line.get(None)
    if line is None:
        line = _DRIVER.connect()
        _line.set(line)
    return line


def _call(name: str, *arguments: Any) -> Any:
    return _my_line().call(name, *(_sent(argument) for argument in arguments))


def _sent(value: Any) -> Any:
    if isinstance(value, _Handle):
        return PortRef(value.number)
    return PortRef(-1) if value is INVALID_PORT else value


@final
class _Driver:
    """The driver of this process. Dicts are used in single, atomic steps."""

    def __init__(self, control: socket.socket) -> None:
        self.emu = _Emulator()
        self._control = control
        self._entries: dict[int, DriverEntry] = {}
        self._ports: dict[int, Any] = {}
        self._jobs: dict[int, tuple[Any, Any, Any]] = {}
        self._parts: dict[int, Any] = {}
        self._numbers = itertools.count(1)
        self._driver: Any = None
        self._library = 0

    def __repr__(self) -> str:
        return f"<_Driver {len(self._ports)} ports, {len(self._jobs)} jobs>"

    def connect(self) -> Line:
        """Open a line for a thread of the driver's own."""
        mine, theirs = socket.socketpair()
        socket.send_fds(self._control, [b"t"], [theirs.fileno()])
        theirs.close()
        return Line(Connection(mine.detach()), self.handle)

    def accept(self) -> bool:
        """Take the next line of a thread of the emulator's. False: the emulator has let go."""
        data, descriptors, _, _ = socket.recv_fds(self._control, 1, 1)
        if not data:
            return False
        line = Line(Connection(descriptors[0]), self.handle)

        def serve() -> None:
            _line.set(line)
            line.serve()

        self.emu.spawn_thread("caller", serve)
        return True

    # --- what the emulator calls for ---

    def handle(self, line: Line, name: str, arguments: tuple[Any, ...]) -> Any:
        return getattr(self, f"do_{name}")(*arguments)

    def do_open(self, file: str) -> str | None:
        opened = bridge().open_library(file)
        if isinstance(opened, str):
            return opened
        self._library = opened
        return None

    def do_driver_init(self, name: str) -> Any:
        found = bridge().driver_init(context_of(self.emu), self._library, name)
        if not found:
            return found
        self._driver, entry = found
        self._entries[0] = entry
        return (bridge().entry_address(self._driver), *_described(entry))

    def do_memory(self) -> list[tuple[str, str, int]]:
        return [] if self._driver is None else bridge().blocks(self._driver)

    def do_objects(self) -> list[tuple[str, str, str]]:
        return [] if self._driver is None else bridge().objects(self._driver)

    def do_order_fault(self, function: str, nth: int, times: int) -> None:
        bridge().order_fault(context_of(self.emu), function, nth, times)

    def do_faults_made(self) -> list[str]:
        return list(bridge().faults_made(context_of(self.emu)))

    def do_start(self, entry: int, number: int, port_id: PortId, command: str) -> int | None:
        callback = self._entries[entry].start
        assert callback is not None
        started = callback(_Handle(number, port_id), command)
        if isinstance(started, int):
            return started
        self._ports[number] = started
        return None

    def do_callback(self, entry: int, name: str, number: int, *arguments: Any) -> Any:
        result = getattr(self._entries[entry], name)(self._ports[number], *arguments)
        if name == "stop":
            self._ports.pop(number, None)
        return result

    def do_driver_callback(self, entry: int, name: str, *arguments: Any) -> Any:
        return getattr(self._entries[entry], name)(*arguments)

    def do_outputv(
        self, entry: int, number: int, iov: list[bytes], binaries: list[bytes | None], offsets: list[int]
    ) -> None:
        made: dict[bytes, ErlDrvBinary] = {}
        binv = [None if data is None else made.setdefault(data, ErlDrvBinary(data)) for data in binaries]
        self.do_callback(entry, "outputv", number, ErlIOVec(iov, binv, offsets))

    def do_ready_async(self, entry: int, number: int, job: int) -> None:
        self.do_callback(entry, "ready_async", number, self._jobs.pop(job)[1])

    def do_run_job(self, job: int) -> None:
        invoke, data, _ = self._jobs[job]
        invoke(data)

    def do_free_job(self, job: int) -> None:
        _, data, free = self._jobs.pop(job)
        free(data)

    def do_release(self, part: int) -> None:
        self._parts.pop(part).release()

    # --- what needs more than being passed on ---

    def async_with_key(self, port: Any, key: int | None, invoke: Any, data: Any, free: Any) -> Any:
        job = next(self._numbers)
        self._jobs[job] = (invoke, data, free)
        number, key = _call("driver_async", port, key, job, free is not None)
        if number == -1:
            del self._jobs[job]
        return number, key

    def driver_async(self, port: Any, key: None, invoke: Any, data: Any, free: Any) -> int:
        number: int = self.async_with_key(port, key, invoke, data, free)[0]
        return number

    def driver_select(self, port: Any, event: int, mode: int, on: int) -> Any:
        if on and event >= 0:
            _my_line().send_descriptor(event)
        return _call("select", port, event, mode, on)

    def _put(self, function: str, port: Any, parts: list[Any]) -> Any:
        sent = []
        for part in parts:
            number = next(self._numbers)
            part.take()
            self._parts[number] = part
            sent.append((bytes(part), number))
        result = _call(function, port, sent)
        if result == -1:
            for _, number in sent:
                self.do_release(number)
        return result

    def enqueue(self, port: Any, parts: list[Any]) -> Any:
        return self._put("enqueue", port, parts)

    def push(self, port: Any, parts: list[Any]) -> Any:
        return self._put("push", port, parts)

    def elements(self, port: Any) -> Any:
        found = _call("elements", port)
        if found is None:
            return None
        parts = self._parts
        return [(memoryview(parts[number])[start:], parts[number]) for number, start in found]

    def driver_create_port(self, creator: Any, owner: Any, name: str, data: Any) -> Any:
        found = _call("create_port", creator, owner, name)
        if found is None:
            return INVALID_PORT
        number, port_id = found
        self._ports[number] = data
        return _Handle(number, port_id)

    def init_ack(self, port: Any, result: Any, error: int) -> Any:
        return _call("init_ack", port, result if isinstance(result, int) else None, error)

    def add_driver(self, entry: DriverEntry, address: int) -> None:
        self._entries[address] = entry
        _call("add_driver", address, _described(entry))


def _described(entry: DriverEntry) -> tuple[Any, ...]:
    from erts_emu.driver.entry import CALLBACK_PARAMETERS

    numbers = (entry.extended_marker, entry.major_version, entry.minor_version, entry.driver_flags)
    callbacks = [name for name in CALLBACK_PARAMETERS if getattr(entry, name) is not None]
    return (entry.driver_name.encode("utf-8", "surrogateescape"), numbers, callbacks)


def _remote(name: str) -> Callable[..., Any]:
    def function(*arguments: Any) -> Any:
        return _call(name, *arguments)

    return function


def main(control: int) -> None:
    """Serve the emulator at the other end of *control* until it lets go."""
    global _DRIVER  # noqa: PLW0603 -- one per process
    _DRIVER = _Driver(socket.socket(fileno=control))
    current_emulator.set(_DRIVER.emu)
    for name in _REMOTE:
        setattr(glue, name, _remote(name))
    for name in _LOCAL:
        setattr(glue, name, getattr(_DRIVER, name))
    glue.add_driver = _DRIVER.add_driver
    glue.monitor_words = lambda words: words  # type: ignore[assignment,return-value]
    bridge().report_crashes()
    while _DRIVER.accept():
        pass


_DRIVER: _Driver

if __name__ == "__main__":
    import os

    main(int(sys.argv[1]))
    os._exit(0)  # threads of the driver's may still run
