"""Compiled drivers in a process of their own, one for each load: a crash there is an error here.

Made for an emulator with ``isolate=True``. Calls cost a trip between processes; nothing else is different, but that a
driver's own descriptors are those of its process (``driver_select`` has them sent over).
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, Final, final

from erts_emu.driver.api._port import DEAD
from erts_emu.driver.context import current_emulator
from erts_emu.driver.entry import DriverEntry
from erts_emu.driver.errors import DriverError
from erts_emu.driver.handles import INVALID_PORT, TOMBSTONE, ErlDrvPort
from erts_emu.ethread import NANOSECONDS_PER_SECOND
from erts_emu.native import NativeLoadError, glue, open_error
from erts_emu.native.wire import Line, NoAnswer, OtherSideGone, PortRef
from erts_emu.terms import Atom, Pid

START: Final = 30.0
"""Seconds that a process may take to start, on a busy machine."""


class DriverCrashed(DriverError):
    """The process of an isolated driver has died. ``callback`` is what it was doing, ``signal`` the signal's name.

    All its ports fail with the reason ``{driver_crashed, Driver, Callback, Signal}``, in atoms.
    """

    def __init__(self, driver: str, callback: str, end: str, backtrace: str) -> None:
        super().__init__(f"driver {driver!r} crashed in {callback}: {end}" + (f"\n{backtrace}" if backtrace else ""))
        self.driver = driver
        self.callback = callback
        self.signal = end
        self.backtrace = backtrace
        self.exit_reason = (Atom("driver_crashed"), Atom(driver), Atom(callback), Atom(end))

    def __repr__(self) -> str:
        return f"DriverCrashed: {str(self).partition(chr(10))[0]}"


def _fail(port: Any, crash: DriverCrashed) -> None:
    """Fail a port whose driver has crashed, unless that has happened already. Called by a scheduler."""
    port.lock.acquire()
    if not port.state & DEAD:
        port.callback_raised(crash.callback, crash)
        port.callback_epilogue()
    port.lock.release()


def _of_the_driver(backtrace: str, file: str) -> str:
    """A crash report without the frames of the bridge and of what called it, and with lines of the driver's source."""
    lines = backtrace.splitlines()
    below = next((at for at, line in enumerate(lines) if "/_bridge." in line), len(lines))
    return "\n".join(_with_places(lines[:below], file))


_OFFSET: Final = re.compile(r"\[\+0x([0-9a-f]+)\]$")


def _with_places(lines: list[str], file: str) -> list[str]:
    """Add FILE:LINE to the frames of *file*, if it was compiled with ``-g`` and ``addr2line`` is installed."""
    tool = shutil.which("addr2line")
    frames = [at for at, line in enumerate(lines) if line.startswith(f"{file}(") and _OFFSET.search(line)]
    if tool is None or not frames:
        return lines
    # What is on the stack is where a call returns to: the call is before that. But for where it has crashed.
    offsets = [int(match[1], 16) - (at > 1) for at in frames if (match := _OFFSET.search(lines[at]))]
    command = [tool, "-e", file, *map(hex, offsets)]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout.splitlines()
    except (OSError, subprocess.TimeoutExpired):
        return lines
    for at, place in zip(frames, told, strict=False):
        if not place.startswith("??"):
            lines[at] += f" at {place.partition(' (')[0]}"
    return lines


@final
class _Data:
    """The drv_data of an isolated driver's port."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def __repr__(self) -> str:
        return f"<drv_data {self.number} of an isolated driver>"


@final
class _Part:
    """A part of a driver binary, in a port's queue. The driver's process holds the reference."""

    __slots__ = ("_library", "number", "size")

    def __init__(self, library: IsolatedLibrary, number: int, size: int) -> None:
        self._library = library
        self.number = number
        self.size = size

    def take(self) -> None:
        """The reference was taken where the binary is."""

    def release(self) -> None:
        """Drop the reference there."""
        self._library.tell("release", self.number)


@final
class IsolatedLibrary:
    """A driver in a process of its own; to the loader, a library like others. Dicts are used in atomic steps."""

    def __init__(self, where: str, emu: Any, name: str) -> None:
        self.where = where
        self._emu = emu
        self._name = name
        self._handles: dict[int, ErlDrvPort] = {-1: INVALID_PORT}
        self._numbers = itertools.count(1)
        self._locks: dict[int, Any] = {}
        self._descriptors: dict[int, int] = {}
        self._theirs: dict[int, int] = {}
        self._line: ContextVar[Line] = ContextVar("erts_emu_isolated_line")
        self._under_way: list[str] = []
        self._crash: DriverCrashed | None = None
        self._crash_mutex = emu.layer.mutex("isolated driver")
        self._closed = False
        self._patience: float | None = None if emu.isolate is True else float(emu.isolate)
        self._gave_up = ""
        self._orders = 0
        self._faults: list[str] = []
        self._control, theirs = socket.socketpair()
        self._crash_report, report = os.pipe()
        command = [sys.executable, "-m", "erts_emu.native.isolated", str(theirs.fileno())]
        environment = {
            **os.environ,
            "ERTS_EMU_CRASH_REPORT": str(report),
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),  # the same package, wherever this process is now
        }
        # A group of its own: the terminal's interrupts are for the emulator, which goes on, and the driver with it.
        self._process = subprocess.Popen(command, pass_fds=(theirs.fileno(), report), env=environment, process_group=0)
        theirs.close()
        os.close(report)
        emu.driver_world.at_halt.append(self.close)
        emu.driver_world.isolated.append(self)
        emu.spawn_thread(f"isolated {name}", self._accept)

    def __repr__(self) -> str:
        return f"<IsolatedLibrary {self.where} in process {self._process.pid}>"

    @property
    def process_id(self) -> int:
        """The number of the driver's process."""
        return self._process.pid

    # --- the loader's side ---

    def driver_init(self) -> DriverEntry:
        """Open the library there and call its ``driver_init``. Raises ``NativeLoadError``, ``DriverCrashed``."""
        problem = self.call("open", "open", self.where)
        if problem is not None:
            raise open_error(self.where, problem)
        found = self.call("driver_init", "driver_init", self._name)
        if found is None:
            raise NativeLoadError("no_driver_init", f"{self.where}: no symbol driver_init: is DRIVER_INIT missing?")
        if found is False:
            raise NativeLoadError("driver_init_failed", f"{self.where}: driver_init returned NULL")
        address, *described = found
        entry = self._entry(0, *described)
        self._emu.driver_world.native_entries[address] = entry
        return entry

    def _entry(self, key: int, name: bytes, numbers: tuple[int, int, int, int], callbacks: list[str]) -> DriverEntry:
        entry = glue.make_entry(name, numbers, {callback: self._callback(key, callback) for callback in callbacks})
        entry.source = self.where
        return entry

    def memory(self) -> list[tuple[str, str, int]]:
        """Return what the driver has in use, as ``NativeLibrary.memory``."""
        found: list[tuple[str, str, int]] = [] if self._crash is not None else self.call("memory", "memory")
        return found

    def objects(self) -> list[tuple[str, str, str]]:
        """Return the locks and threads that the driver has, as ``NativeLibrary.objects``."""
        found: list[tuple[str, str, str]] = [] if self._crash is not None else self.call("objects", "objects")
        return found

    # --- faults: see erts_emu.testing.faults ---

    def order_faults(self, orders: Sequence[tuple[str, int, int]]) -> None:
        """Let calls of API functions fail there, as the *orders* say that are new since the last time."""
        for order in orders[self._orders :]:
            self.tell("order_fault", *order)
        self._orders = len(orders)

    def faults_made(self) -> list[str]:
        """Return the functions that have failed; of a crashed driver, those that were asked for before."""
        if self._orders and self._crash is None and not self._closed:
            self._faults = self.call("faults_made", "faults_made")
        return self._faults

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(DriverCrashed):
            self.faults_made()
        self._closed = True
        if self.close in self._emu.driver_world.at_halt:
            self._emu.driver_world.at_halt.remove(self.close)
        try:
            self._control.shutdown(socket.SHUT_RDWR)  # both ends notice, threads that wait for it too
        except OSError:
            pass  # the process has ended before
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._crash_report >= 0:
            os.close(self._crash_report)
            self._crash_report = -1

    # --- callbacks ---

    def _callback(self, key: int, name: str) -> Any:
        if name == "start":
            return lambda port, command: self._start(key, port, command)
        if name == "stop_select":
            return lambda event, reserved: self._stop_select(key, event)
        if name == "finish":
            return lambda: None if self._crash else self.call(name, "driver_callback", key, name)
        if name == "init":
            return lambda *arguments: self.call(name, "driver_callback", key, name, *arguments)
        if name in ("ready_input", "ready_output"):
            return lambda data, event: self.call(name, "callback", key, name, data.number, self._theirs[event])
        if name == "outputv":
            return lambda data, ev: self._outputv(key, data, ev)
        if name == "ready_async":
            return lambda data, job: self.call(name, "ready_async", key, data.number, job)
        if name == "process_exit":
            return lambda data, monitor: self.call(
                name, "callback", key, name, data.number, glue.monitor_words(monitor)
            )
        if name == "stop":
            return lambda data: None if self._crash else self.call(name, "callback", key, name, data.number)
        return lambda data, *arguments: self.call(name, "callback", key, name, data.number, *arguments)

    def _start(self, key: int, port: ErlDrvPort, command: str) -> Any:
        number = next(self._numbers)
        self._handles[number] = port
        result = self.call("start", "start", key, number, port._id, command)
        return _Data(number) if result is None else result

    def _outputv(self, key: int, data: _Data, ev: Any) -> None:
        binaries = [None if binary is None else bytes(binary.orig_bytes) for binary in ev.binv]
        self.call("outputv", "outputv", key, data.number, list(ev.iov), binaries, ev.offsets)

    def _stop_select(self, key: int, event: int) -> None:
        theirs = self._theirs.pop(event, event)
        if self._descriptors.pop(theirs, None) is not None:
            os.close(event)
        self.call("stop_select", "driver_callback", key, "stop_select", theirs, None)

    def _do_select(self, line: Line, port: ErlDrvPort, event: int, mode: int, on: int) -> int:
        """``driver_select`` of a descriptor of the driver's process: what is selected is a duplicate of it here."""
        received, line.descriptor = line.descriptor, -1
        if received >= 0 and event in self._descriptors:
            os.close(received)
        elif received >= 0:
            self._descriptors[event] = received
            self._theirs[received] = event
        return glue.driver_select(port, self._descriptors.get(event, event), mode, on)

    def _run_job(self, job: int) -> None:
        self.call("async_invoke", "run_job", job)

    def _free_job(self, job: int) -> None:
        if self._crash is None:
            self.call("async_free", "free_job", job)

    # --- lines ---

    def call(self, doing: str, name: str, *arguments: Any) -> Any:
        """Have the driver's process do something, while *doing* a callback. Raises ``DriverCrashed``."""
        if self._crash is not None:
            raise self._crash
        self._under_way.append(doing)
        try:
            return self._my_line().call(name, *arguments, time_left=self._time_left(doing))
        except NoAnswer:
            self._gave_up = doing
            self._process.kill()
            raise self._crashed(doing) from None
        except (OtherSideGone, OSError) as error:
            if isinstance(error, OSError) and self._process.poll() is None:
                raise  # errno of a start that failed
            raise self._crashed(doing) from None
        finally:
            self._under_way.remove(doing)

    def _time_left(self, doing: str) -> Callable[[], float] | None:
        """Return what tells how long it may still take: jobs have all the time they need, a process some to start."""
        if self._patience is None or doing == "async_invoke":
            return None
        seconds = self._patience + START if doing == "open" else self._patience
        moment = self._emu.layer.monotonic
        deadline = moment() + int(seconds * NANOSECONDS_PER_SECOND)
        return lambda: max(0.0, (deadline - moment()) / NANOSECONDS_PER_SECOND)

    def tell(self, name: str, *arguments: Any) -> None:
        """Like ``call``, where it does not matter if there is nobody any more."""
        if self._crash is None:
            self.call(name, name, *arguments)

    def _my_line(self) -> Line:
        line = self._line.get(None)
        if line is None:
            mine, theirs = socket.socketpair()
            socket.send_fds(self._control, [b"t"], [theirs.fileno()])
            theirs.close()
            line = Line(Connection(mine.detach()), self._handle)
            self._line.set(line)
        return line

    def _accept(self) -> None:
        """Serve the lines of threads that the driver makes until its process ends; unasked, that is a crash."""
        emu = self._emu
        while True:
            try:
                data, descriptors, _, _ = socket.recv_fds(self._control, 1, 1)
            except OSError:
                data = b""
            if not data:
                if not self._closed:
                    self._fail_ports()
                return
            line = Line(Connection(descriptors[0]), self._handle)
            emu.spawn_thread(f"isolated thread of {self._name}", line.serve)

    def _fail_ports(self) -> None:
        """Have every port of the driver fail, each on its scheduler."""
        doing = self._under_way[-1:] or ["a thread of its own"]
        crash = self._crashed(doing[0])
        for handle in tuple(self._handles.values()):
            port = handle._port
            if handle is not INVALID_PORT and port is not TOMBSTONE:
                port.runq.schedule_misc_op(partial(_fail, port, crash))

    def _crashed(self, doing: str) -> DriverCrashed:
        self._crash_mutex.acquire()
        if self._crash is None:
            code = self._process.wait()
            end = signal.Signals(-code).name if code < 0 else f"exit status {code}"
            with open(self._crash_report, "rb", closefd=True) as report:
                text = _of_the_driver(report.read().decode("utf-8", "replace"), self.where)
            self._crash_report = -1
            if self._gave_up:
                doing, end = self._gave_up, f"no return within {self._patience:g} s"
            elif text.startswith("in "):  # several callbacks may have been under way
                doing = text[len("in ") : text.index(";")]
            self._crash = DriverCrashed(self._name, doing, end, text)
        self._crash_mutex.release()
        return self._crash

    # --- what the driver calls for ---

    def _handle(self, line: Line, name: str, arguments: tuple[Any, ...]) -> Any:
        if name == "select":
            arguments = (line, *arguments)
        found = [self._handles[argument] if isinstance(argument, PortRef) else argument for argument in arguments]
        own = getattr(self, f"_do_{name}", None)
        result = own(*found) if own is not None else getattr(glue, name)(*found)
        return result.pid if hasattr(result, "deliver") else result

    def _do_state(self, port: ErlDrvPort) -> int:
        state: int = port._port.state
        return state

    def _do_report(self, callback: str, port: str, text: str) -> None:
        self._emu.driver_raised(self._name, callback, port, DriverError(text))

    def _do_deliver(self, pid: Pid, term: Any) -> None:
        process = current_emulator.get().processes.get(pid)
        if process is not None:
            process.deliver(term)

    def _do_driver_async(self, port: ErlDrvPort, key: int | None, job: int, freed: bool) -> tuple[int, int]:
        free = self._free_job if freed else None
        if key is None:
            return glue.driver_async(port, None, self._run_job, job, free), 0
        return glue.async_with_key(port, key, self._run_job, job, free)

    def _parts(self, sent: list[tuple[bytes, int]]) -> list[tuple[Any, Any]]:
        return [(data, _Part(self, number, len(data))) for data, number in sent]

    def _do_enqueue(self, port: ErlDrvPort, sent: list[tuple[bytes, int]]) -> int:
        return glue.enqueue_elements(port, self._parts(sent))

    def _do_push(self, port: ErlDrvPort, sent: list[tuple[bytes, int]]) -> int:
        return glue.push_elements(port, self._parts(sent))

    def _do_elements(self, port: ErlDrvPort) -> list[tuple[int, int]] | None:
        found = glue.elements(port)
        return None if found is None else [(part.number, part.size - len(data)) for data, part in found]

    def _do_create_port(self, creator: ErlDrvPort, owner: Pid | None, name: str) -> tuple[int, Any] | None:
        number = next(self._numbers)
        handle = glue.driver_create_port(creator, owner, name, _Data(number))
        if handle is INVALID_PORT:
            return None
        self._handles[number] = handle
        return number, handle._id

    def _do_init_ack(self, port: ErlDrvPort, result: int | None, error: int) -> bool:
        data = port._port.drv_data if result is None else result
        return glue.init_ack(port, data, error)

    def _do_add_driver(self, address: int, described: tuple[Any, ...]) -> None:
        glue.add_driver(self._entry(address, *described), address)

    def _do_driver_pdl_create(self, port: ErlDrvPort) -> int | None:
        lock = glue.driver_pdl_create(port)
        if lock is None:
            return None
        number = next(self._numbers)
        self._locks[number] = lock
        return number

    def _do_driver_pdl_lock(self, lock: int) -> None:
        glue.driver_pdl_lock(self._locks[lock])

    def _do_driver_pdl_unlock(self, lock: int) -> None:
        glue.driver_pdl_unlock(self._locks[lock])

    def _do_driver_pdl_get_refc(self, lock: int) -> int:
        return glue.driver_pdl_get_refc(self._locks[lock])

    def _do_driver_pdl_inc_refc(self, lock: int) -> int:
        return glue.driver_pdl_inc_refc(self._locks[lock])

    def _do_driver_pdl_dec_refc(self, lock: int) -> int:
        return glue.driver_pdl_dec_refc(self._locks[lock])
