"""The dynamic driver loader (ERTS: ``erl_bif_ddll.c``): driver list, handles, users, unloading, reloading, monitors.

A dynamically loaded driver has a :class:`DriverHandle`, whose reference count holds it in memory: one for each user
(one successful load call of a process), each port, each async job in flight, each ``driver_lock_driver``. When the
count reaches 0, a misc operation is scheduled; if nobody has come back by the time it runs, the driver is
removed: ``finish``, library closed, monitors told. The status says what else is under way::

    OK --last user gone--> UNLOAD -----------refc 0--> removed
     |                     FORCE_UNLOAD (ports killed, no new ones)
     +--reload granted---> RELOAD / FORCE_RELOAD --refc 0--> old image removed, new one loaded -> OK
     +--driver_lock_driver-> PERMANENT, for ever
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, final

from attrs import define, frozen

from erts_emu.driver.constants import ERL_DRV_FLAG_USE_PORT_LOCKING
from erts_emu.driver.entry import DriverEntry, version_accepted
from erts_emu.driver.errors import CALLBACK_FAILURES, BadDriverEntry, DriverError
from erts_emu.errors import Badarg
from erts_emu.library import CompiledLibrary, Library, LibraryError, open_library
from erts_emu.msacc import accounted
from erts_emu.terms import Atom, Pid, Reference

if TYPE_CHECKING:
    from erts_emu.emulator import Emulator
    from erts_emu.ethread import Mutex
    from erts_emu.process import Process

_OK: Final = Atom("ok")
_ERROR: Final = Atom("error")
_UP: Final = Atom("UP")
_DOWN: Final = Atom("DOWN")
_DRIVER: Final = Atom("driver")
DRIVER_UNLOADED: Final = Atom("driver_unloaded")

FIRST_OPEN_ERROR: Final = -10

_PORT_CALLBACKS: Final = (
    "start", "stop", "output", "outputv", "control", "call", "ready_input", "ready_output", "ready_async", "timeout",
    "flush", "process_exit",
)  # fmt: skip
_CALLBACKS: Final = (*_PORT_CALLBACKS, "stop_select", "emergency_close")
"""The callbacks that are called for a port: their time is a port's, and they return with the locks they came with."""


class Status(IntEnum):
    """What is under way with a handle (``ERL_DE_*``)."""

    OK = 0
    UNLOAD = 1
    FORCE_UNLOAD = 2
    RELOAD = 3
    FORCE_RELOAD = 4
    PERMANENT = 5


_RELOADING: Final = (Status.RELOAD, Status.FORCE_RELOAD)
_FORCED: Final = (Status.FORCE_UNLOAD, Status.FORCE_RELOAD)
_UNLOADING: Final = (Status.UNLOAD, Status.FORCE_UNLOAD)


class Awaiting(IntEnum):
    """Why a process stands in a handle's list: as a user, or waiting for something."""

    LOADED = 0
    UNLOAD = 1
    UNLOAD_ONLY = 2
    LOAD = 3


@define(eq=False)
class ProcEntry:
    """One process's entry. ``counted`` is False for a user while a reload is pending."""

    process: Process
    awaiting: Awaiting
    reference: Reference | None = None
    counted: bool = True


@final
@frozen
class DriverStatistics:
    """A driver at one moment. ``locking`` is ``port`` or ``driver``; counts are 0 for a static driver."""

    name: str
    status: str
    ports: int
    references: int
    users: tuple[Pid, ...]
    locking: str
    path: str
    callbacks: tuple[str, ...]


@final
class LoadedDriver:
    """A driver in the driver list (``erts_driver_t``): the entry's callbacks, copied, and the driver's lock.

    Everything is constant after loading, but for what callbacks are wrapped in.
    """

    def __init__(self, emu: Emulator, entry: DriverEntry, handle: DriverHandle | None) -> None:
        self.emu = emu
        self.trace = emu.trace
        self.entry = entry
        self.handle = handle
        self.name = entry.driver_name
        self.flags = entry.driver_flags
        self.compiled = entry.compiled
        self.lock: Mutex | None = None
        if not entry.driver_flags & ERL_DRV_FLAG_USE_PORT_LOCKING:
            self.lock = emu.locks.mutex("driver_lock", entry.driver_name)
        self.start = entry.start
        self.stop = entry.stop
        self.output = entry.output
        self.outputv = entry.outputv
        self.control = entry.control
        self.call = entry.call
        self.ready_input = entry.ready_input
        self.ready_output = entry.ready_output
        self.ready_async = entry.ready_async
        self.timeout = entry.timeout
        self.flush = entry.flush
        self.process_exit = entry.process_exit
        self.stop_select = entry.stop_select
        self.emergency_close = entry.emergency_close
        self._callbacks = tuple(getattr(entry, name) for name in _PORT_CALLBACKS)
        if emu.msacc_enabled or emu.locks.checker is not None:
            self.wrap_callbacks()

    def wrap_callbacks(self) -> None:
        """Have callbacks accounted for and checked as the emulator is set to. Those under way are not affected."""
        emu = self.emu
        for name, callback in zip(_PORT_CALLBACKS, self._callbacks, strict=True):
            if callback is None:
                continue
            wrapped = accounted(emu.layer, callback) if emu.msacc_enabled else callback
            if emu.locks.checker is not None:
                wrapped = emu.locks.checker.guarded(wrapped, name)
            setattr(self, name, wrapped)

    def __repr__(self) -> str:
        kind = "static" if self.handle is None else self.handle.status.name.lower()
        return f"<LoadedDriver {self.name} {kind}>"

    def statistics(self) -> DriverStatistics:
        """Return a snapshot. Any thread; takes nothing, and is no step."""
        handle = self.handle
        return DriverStatistics(
            name=self.name,
            status="static" if handle is None else handle.status.name.lower().replace("_", " "),
            ports=0 if handle is None else handle.ports.value,
            references=0 if handle is None else handle.references.value,
            users=() if handle is None else tuple(entry.process.pid for entry in handle.users()),
            locking="port" if self.lock is None else "driver",
            path="" if handle is None else str(handle.path),
            callbacks=tuple(name for name in _CALLBACKS if getattr(self, name) is not None),
        )

    def port_opened(self) -> None:
        """Count a port; its structure holds a reference to the handle."""
        if self.handle is not None:
            self.handle.ports.add_read(1)

    def port_closed(self) -> None:
        """A port has called stop."""
        if self.handle is not None:
            self.handle.ports.add_read(-1)


@final
class DriverHandle:
    """A dynamically loaded driver (``DE_Handle``).

    ``references`` and ``ports`` (open ones) are atomic. Everything else needs the driver list's lock for writing.
    """

    def __init__(self, ddll: Ddll, name: str, path: object, *, kill_ports: bool) -> None:
        self._ddll = ddll
        self._trace = ddll.emu.trace
        self.name = name
        self.path = path
        self.kill_ports = kill_ports
        self.status = Status.OK
        self.library: Library | CompiledLibrary | None = None
        self.driver: LoadedDriver | None = None
        self.procs: list[ProcEntry] = []
        self.reload_path: object = None
        self.reload_kill_ports = False
        layer = ddll.emu.layer
        self.references = layer.atomic()
        self.ports = layer.atomic()

    def __repr__(self) -> str:
        return f"<DriverHandle {self.name} {self.status.name} refc {self.refc} ports {self.port_count}>"

    @property
    def refc(self) -> int:
        """The reference count."""
        return self.references.read()

    @property
    def port_count(self) -> int:
        """The ports between open and stop."""
        return self.ports.read()

    def reference_referenced(self) -> None:
        """Add a reference on behalf of somebody who holds one already; needs no lock."""
        count = self.references.add_read(1)
        if (tracepoint := self._trace.driver_references) is not None:
            tracepoint(handle=self, count=count)

    def reference(self) -> None:
        """Add a reference. At 0 an unload is scheduled already, and gets a reference of its own to drop."""
        count = self.references.add_read(1)
        if count == 1:
            count = self.references.add_read(1)
        if (tracepoint := self._trace.driver_references) is not None:
            tracepoint(handle=self, count=count)

    def dereference(self, count: int = 1) -> None:
        """Drop *count* references; the last of all has a scheduler look at the handle. Any thread."""
        left = self.references.add_read(-count)
        if (tracepoint := self._trace.driver_references) is not None:
            tracepoint(handle=self, count=left)
        if left == 0:
            self._ddll.emu.schedule_misc_op(self._no_more_references)

    def _no_more_references(self) -> None:
        """The scheduled operation: unload, or go on with a reload, unless somebody has come back."""
        self._ddll.no_more_references(self)

    # --- users and waiters ---

    def users(self) -> list[ProcEntry]:
        """The entries of users, newest first."""
        return [entry for entry in self.procs if entry.awaiting is Awaiting.LOADED]

    def add_entry(self, entry: ProcEntry) -> None:
        """Add an entry in front: newest first."""
        self.procs.insert(0, entry)
        entry.process.used_ddll = True

    def notify(self, kinds: Iterable[Awaiting], tag: Atom, what: Any) -> None:
        """Tell the waiting processes of some kinds, newest first, and drop their entries."""
        kinds = tuple(kinds)
        for entry in [entry for entry in self.procs if entry.awaiting in kinds]:
            self.procs.remove(entry)
            entry.process.deliver((tag, entry.reference, _DRIVER, Atom(self.name), what))

    @property
    def accepts_ports(self) -> bool:
        """Say whether ports may be opened: not while the existing ones are being killed."""
        return self.status not in _FORCED


@final
class Ddll:
    """The driver list and the loader's operations, which all lock the list for writing (``driver_list``)."""

    def __init__(self, emu: Emulator) -> None:
        self.emu = emu
        self.lock = emu.locks.rwlock("driver_list")
        self.drivers: list[LoadedDriver] = []
        self.taints: list[Atom] = []
        self.last_error = ""
        self._open_errors: dict[str, int] = {}
        self._serial = 0

    def __repr__(self) -> str:
        return f"<Ddll {[driver.name for driver in self.drivers]}>"

    def statistics(self) -> list[DriverStatistics]:
        """Return a snapshot of every driver, in the order of loading. Takes nothing."""
        return [driver.statistics() for driver in self.drivers.copy()]

    # --- looking up ---

    def find(self, name: str) -> LoadedDriver | None:
        """Return the newest driver called *name*. The caller holds the list's lock."""
        for driver in self.drivers:
            if driver.name == name:
                return driver
        return None

    def reference_for_open(self, name: str) -> LoadedDriver | None:
        """Return the driver that ``open_port`` is to use, with a reference and a counted port, or None."""
        self.lock.rlock()
        found = None
        for driver in self.drivers:
            if driver.name == name:
                handle = driver.handle
                if handle is not None:
                    if handle.status in _FORCED:
                        continue
                    handle.reference()
                    handle.ports.add_read(1)
                found = driver
                break
        self.lock.runlock()
        return found

    # --- loading ---

    def try_load(self, process: Process, path: object, name: str, options: LoadOptions) -> Any:
        """``erl_ddll:try_load/3``: returns its term. *path* may also be a plugin object or ``ENTRY_POINTS``."""
        if isinstance(path, os.PathLike):
            path = os.fspath(path)
        if isinstance(path, str):
            path = path.rstrip("/\\") if path.strip("/\\") else ""
        self.last_error = ""
        self.lock.rwlock()
        try:
            return self._try_load(process, path, name, options)
        finally:
            self.lock.rwunlock()

    def _try_load(self, process: Process, path: object, name: str, options: LoadOptions) -> Any:
        driver = self.find(name)
        if driver is None:
            if options.reload:
                return (_ERROR, Atom("not_loaded"))
            return self._first_load(process, path, name, options)
        handle = driver.handle
        if handle is None:
            return (_ERROR, Atom("linked_in_driver"))
        if handle.status is Status.PERMANENT:
            return (_ERROR, Atom("permanent"))
        if options.reload:
            return self._try_reload(process, handle, path, options)
        return self._load_again(process, handle, path, options)

    def _first_load(self, process: Process, path: object, name: str, options: LoadOptions) -> Any:
        handle = DriverHandle(self, name, path, kill_ports=options.kill_ports)
        try:
            self._load_file(handle)
        except LibraryError as error:
            return (_ERROR, self._error_term(error))
        handle.add_entry(ProcEntry(process, Awaiting.LOADED))
        handle.reference_referenced()
        return (_OK, Atom("loaded"))

    def _load_again(self, process: Process, handle: DriverHandle, path: object, options: LoadOptions) -> Any:
        reloading = handle.status in _RELOADING
        wanted = (handle.reload_path, handle.reload_kill_ports) if reloading else (handle.path, handle.kill_ports)
        if (path, options.kill_ports) != wanted:
            return (_ERROR, Atom("inconsistent"))
        if reloading:
            handle.add_entry(ProcEntry(process, Awaiting.LOADED, counted=False))
            return (_OK, Atom("pending_driver"), self._add_monitor(process, handle, Awaiting.LOAD))
        if handle.status in _UNLOADING:
            handle.status = Status.OK
            handle.notify((Awaiting.UNLOAD,), _UP, Atom("unload_cancelled"))
        handle.add_entry(ProcEntry(process, Awaiting.LOADED))
        handle.reference()
        return (_OK, Atom("already_loaded"))

    def _try_reload(self, process: Process, handle: DriverHandle, path: object, options: LoadOptions) -> Any:
        if handle.status in _UNLOADING:
            return (_ERROR, Atom("not_loaded_by_this_process"))
        if handle.status in _RELOADING:
            return (_ERROR, Atom("pending_reload"))
        users = handle.users()
        mine = [entry for entry in users if entry.process is process]
        alone = len(users) == 1 and len(mine) == 1
        if options.reload == "pending_driver" and not alone:
            return (_ERROR, Atom("pending_process"))
        if options.kill_ports != handle.kill_ports:
            return (_ERROR, Atom("inconsistent"))
        if not mine:
            return (_ERROR, Atom("not_loaded_by_this_process"))
        handle.reload_path = path
        handle.reload_kill_ports = options.kill_ports
        handle.status = Status.FORCE_RELOAD if handle.kill_ports else Status.RELOAD
        result = Atom("pending_driver" if options.reload == "pending_driver" else "pending_process")
        reference = self._add_monitor(process, handle, Awaiting.LOAD) if options.monitor else None
        # The caller's use is dropped and taken anew, and so becomes the newest.
        handle.procs.remove(mine[0])
        handle.procs.insert(0, mine[0])
        for entry in users:
            entry.counted = False
        # A transient reference, as everywhere: the count may not reach 0 before the ports are killed.
        handle.reference()
        for _ in users:
            handle.dereference()
        if handle.status is Status.FORCE_RELOAD:
            self._kill_ports(handle)
        handle.dereference()
        return (_OK, result) if reference is None else (_OK, result, reference)

    def _load_file(self, handle: DriverHandle) -> None:
        """Open the library, check the entry, add the driver, call init. After a ``LibraryError`` nothing is left."""
        self._serial += 1
        library = open_library(handle.path, handle.name, self._serial, self.emu)
        try:
            entry = self._checked_entry(library, handle.name)
            driver = LoadedDriver(self.emu, entry, handle)
            self._add_driver(driver)
        except LibraryError:
            library.close()
            raise
        handle.library = library
        handle.driver = driver

    def _checked_entry(self, library: Library | CompiledLibrary, name: str) -> DriverEntry:
        try:
            with self.calling("driver_init"):
                entry = library.driver_init()
        except BadDriverEntry as error:
            raise LibraryError("driver_init_failed", str(error)) from error
        if not version_accepted(entry):
            raise LibraryError(
                "driver_incorrect_version",
                f"{library.where}: driver {entry.driver_name!r} has marker {entry.extended_marker & 0xFFFFFFFF:#x} and "
                f"version {entry.major_version}.{entry.minor_version}; accepted are 2.x and 3.0 to 3.3",
            )
        if entry.driver_name != name:
            raise LibraryError(
                "bad_driver_name",
                f"{library.where}: the entry's driver_name is {entry.driver_name!r}, but {name!r} was to be loaded",
            )
        return entry

    def _add_driver(self, driver: LoadedDriver) -> None:
        self.drivers.insert(0, driver)
        if Atom(driver.name) not in self.taints:
            self.taints.append(Atom(driver.name))
        if (tracepoint := self.emu.trace.driver_init) is not None:
            tracepoint(driver=driver)
        init = driver.entry.init
        if init is None:
            if (tracepoint := self.emu.trace.driver_return) is not None:
                tracepoint(driver=driver, callback="init", port=None)
            return
        try:
            with self.calling("init"):
                result = init()
            problem = f"returned {result!r}, not 0" if result not in (0, None) else ""
            cause: BaseException | None = None
        except CALLBACK_FAILURES as error:  # becomes the load error
            told = f"{type(error).__name__}: {error}" if isinstance(error, DriverError) else repr(error)
            problem, cause = f"raised {told}", error
        if (tracepoint := self.emu.trace.driver_return) is not None:
            tracepoint(driver=driver, callback="init", port=None)
        if problem:
            self.drivers.remove(driver)
            raise LibraryError("driver_init_failed", f"driver {driver.name!r}: init {problem}") from cause

    @contextmanager
    def calling(self, callback: str) -> Iterator[None]:
        """Note that the calling thread is in a callback that is called with the driver list locked."""
        tsd = self.emu.layer.tsd
        tsd.callback = callback
        try:
            yield
        finally:
            tsd.callback = None

    # --- unloading ---

    def try_unload(self, process: Process, name: str, options: UnloadOptions) -> Any:
        """``erl_ddll:try_unload/2``: returns its term."""
        self.last_error = ""
        self.lock.rwlock()
        try:
            return self._try_unload(process, name, options)
        finally:
            self.lock.rwunlock()

    def _try_unload(self, process: Process, name: str, options: UnloadOptions) -> Any:
        driver = self.find(name)
        if driver is None:
            return (_ERROR, Atom("not_loaded"))
        handle = driver.handle
        if handle is None:
            return (_ERROR, Atom("linked_in_driver"))
        if handle.status is Status.PERMANENT:
            return (_ERROR, Atom("permanent"))
        users = handle.users()
        mine = next((entry for entry in users if entry.process is process), None)
        if users and mine is None:
            return (_ERROR, Atom("not_loaded_by_this_process"))
        handle.reference()
        try:
            if mine is not None:
                self._remove_user(handle, mine)
            if handle.users():
                if options.monitor == "pending":
                    return (_OK, Atom("pending_process"), self._add_monitor(process, handle, Awaiting.UNLOAD))
                return (_OK, Atom("pending_process"))
            self._start_unload(handle, kill_ports=options.kill_ports or handle.kill_ports)
            if options.monitor:
                return (_OK, Atom("pending_driver"), self._add_monitor(process, handle, Awaiting.UNLOAD))
            return (_OK, Atom("pending_driver"))
        finally:
            handle.dereference()

    @staticmethod
    def _remove_user(handle: DriverHandle, entry: ProcEntry) -> None:
        handle.procs.remove(entry)
        if entry.counted:
            handle.dereference()

    def _start_unload(self, handle: DriverHandle, *, kill_ports: bool) -> None:
        """Nobody uses the driver any more."""
        if handle.status in _RELOADING:
            handle.notify((Awaiting.LOAD,), _DOWN, Atom("load_cancelled"))
        handle.status = Status.UNLOAD
        if kill_ports and handle.port_count > 0:
            handle.status = Status.FORCE_UNLOAD
            self._kill_ports(handle)

    def _kill_ports(self, handle: DriverHandle) -> None:
        """Fail every port of the driver, in the order of the table. The list's lock is free meanwhile."""
        self.lock.rwunlock()
        for port in self.emu.ports.all():
            if port.driver.handle is handle:
                port.lock.acquire()
                if not port.gone:
                    port.fail(DRIVER_UNLOADED)
                port.lock.release()
        self.lock.rwlock()

    def no_more_references(self, handle: DriverHandle) -> None:
        """The count reached 0 some time ago: unload or reload, unless there are references again."""
        self.lock.rwlock()
        try:
            if handle.refc > 0 and handle.references.add_read(-1) > 0:
                return
            self._remove_driver(handle)
            handle.notify((Awaiting.UNLOAD, Awaiting.UNLOAD_ONLY), _DOWN, Atom("unloaded"))
            if handle.status in _RELOADING:
                self._finish_reload(handle)
        finally:
            self.lock.rwunlock()

    def _remove_driver(self, handle: DriverHandle) -> None:
        driver = handle.driver
        assert driver is not None
        assert handle.library is not None
        self.drivers.remove(driver)
        trace = self.emu.trace
        if (tracepoint := trace.driver_finish) is not None:
            tracepoint(driver=driver)
        finish = driver.entry.finish
        if finish is not None:
            try:
                with self.calling("finish"):
                    finish()
            except CALLBACK_FAILURES as error:  # reported; the driver goes all the same
                self.emu.driver_raised(driver.name, "finish", "the driver", error)
        if (tracepoint := trace.driver_return) is not None:
            tracepoint(driver=driver, callback="finish", port=None)
        handle.library.close()
        handle.library = None
        if driver.lock is not None:
            self.emu.locks.forget(driver.lock)

    def _finish_reload(self, handle: DriverHandle) -> None:
        handle.path = handle.reload_path
        handle.kill_ports = handle.reload_kill_ports
        try:
            self._load_file(handle)
        except LibraryError as error:
            handle.notify((Awaiting.LOAD,), _DOWN, (Atom("load_failure"), self._error_term(error)))
            handle.procs.clear()
            return
        handle.status = Status.OK
        for entry in handle.users():
            entry.counted = True
            handle.reference_referenced()
        handle.notify((Awaiting.LOAD,), _UP, Atom("loaded"))

    def process_died(self, process: Process) -> None:
        """A process that has used the loader is gone: it uses and awaits nothing any more.

        Every driver without users is looked at again, even one that this process never used.
        """
        self.lock.rwlock()
        try:
            for driver in list(self.drivers):
                if driver not in self.drivers:
                    continue  # it has been removed while the list was free, to kill ports of another
                handle = driver.handle
                if handle is not None and handle.status is not Status.PERMANENT:
                    self._forget_process(handle, process)
        finally:
            self.lock.rwunlock()

    def _forget_process(self, handle: DriverHandle, process: Process) -> None:
        handle.reference()
        for entry in [entry for entry in handle.procs if entry.process is process]:
            if entry.awaiting is Awaiting.LOADED:
                self._remove_user(handle, entry)
            else:
                handle.procs.remove(entry)
        if not handle.users():
            self._start_unload(handle, kill_ports=handle.kill_ports)
        handle.dereference()

    # --- monitors, permanence, static drivers ---

    def _add_monitor(self, process: Process, handle: DriverHandle, awaiting: Awaiting) -> Reference:
        reference = self.emu.make_ref()
        handle.add_entry(ProcEntry(process, awaiting, reference))
        return reference

    def monitor(self, process: Process, name: str, shown: Any, when: str) -> Reference:
        """``erl_ddll:monitor(driver, {Name, When})``. *shown* is the name as given, for an immediate answer."""
        self.lock.rwlock()
        try:
            driver = self.find(name)
            handle = None if driver is None else driver.handle
            answer: tuple[Atom, Any] | None = None
            awaiting = {"unloaded": Awaiting.UNLOAD, "unloaded_only": Awaiting.UNLOAD_ONLY}.get(when, Awaiting.LOAD)
            if driver is None:
                answer = (_DOWN, Atom("unloaded"))
            elif handle is None or handle.status is Status.PERMANENT:
                answer = (_UP, Atom("permanent"))
            elif when == "loaded" and handle.status is Status.OK:
                answer = (_UP, Atom("loaded"))
            elif when == "loaded" and handle.status in _UNLOADING:
                answer = (_DOWN, Atom("load_cancelled"))
            if answer is None:
                assert handle is not None
                return self._add_monitor(process, handle, awaiting)
            reference = self.emu.make_ref()
            process.deliver((answer[0], reference, _DRIVER, shown, answer[1]))
            return reference
        finally:
            self.lock.rwunlock()

    def demonitor(self, process: Process, reference: Reference) -> bool:
        """``erl_ddll:demonitor/1``: true in any case; only the monitor's own process can drop it."""
        self.lock.rwlock()
        for driver in self.drivers:
            if driver.handle is not None:
                driver.handle.procs = [
                    entry
                    for entry in driver.handle.procs
                    if not (entry.reference == reference and entry.process is process)
                ]
        self.lock.rwunlock()
        return True

    def lock_driver(self, handle: DriverHandle) -> None:
        """``driver_lock_driver``: the driver stays for ever; its users are freed, its waiters told."""
        self.lock.rwlock()
        handle.reference_referenced()
        if handle.status is not Status.PERMANENT:
            handle.status = Status.PERMANENT
            for kind in (Awaiting.LOAD, Awaiting.UNLOAD, Awaiting.UNLOAD_ONLY):
                handle.notify((kind,), _UP, Atom("permanent"))
            for entry in handle.users():
                self._remove_user(handle, entry)
        self.lock.rwunlock()

    def add_static(self, entry: DriverEntry) -> LoadedDriver | None:
        """``add_driver_entry``: behaves as linked in; no version check; None if init refused."""
        self.lock.rwlock()
        driver = LoadedDriver(self.emu, entry, None)
        try:
            self._add_driver(driver)
        except LibraryError:
            return None
        finally:
            self.lock.rwunlock()
        return driver

    def remove_static(self, entry: DriverEntry) -> int:
        """``remove_driver_entry``: 1 removed, 0 unknown, -1 dynamically loaded. ``finish`` is not called."""
        self.lock.rwlock()
        try:
            for driver in self.drivers:
                if driver.entry is entry:
                    if driver.handle is not None:
                        return -1
                    self.drivers.remove(driver)
                    return 1
            return 0
        finally:
            self.lock.rwunlock()

    # --- information ---

    def loaded_drivers(self) -> list[str]:
        """The names of all drivers, oldest first."""
        self.lock.rwlock()
        names = [driver.name for driver in reversed(self.drivers)]
        self.lock.rwunlock()
        return names

    def info(self, name: str, item: str) -> Any:
        """``erl_ddll:info/2``. Raises ``Badarg`` for an unknown driver or item."""
        self.lock.rwlock()
        try:
            driver = self.find(name)
            if driver is None or item not in INFO_ITEMS:
                raise Badarg(f"no driver {name!r}, or no item {item!r}; items are {', '.join(INFO_ITEMS)}")
            return _info(driver, item)
        finally:
            self.lock.rwunlock()

    # --- errors ---

    def _error_term(self, error: LibraryError) -> Any:
        self.last_error = error.text
        if error.problem != "open_error":
            return Atom(error.problem)
        index = self._open_errors.setdefault(error.plain, len(self._open_errors))
        return (Atom("open_error"), FIRST_OPEN_ERROR - index)

    def open_error_text(self, number: int) -> str:
        """The loader's message behind ``{open_error, Number}``, or the text of an error that ERTS numbers itself."""
        if FIRST_OPEN_ERROR < number <= 0:
            return ERROR_TEXTS[_NUMBERED[-number]] if -number < len(_NUMBERED) else UNSPECIFIED
        if number > 0:
            return UNSPECIFIED
        index = FIRST_OPEN_ERROR - number
        return list(self._open_errors)[index] if index < len(self._open_errors) else UNKNOWN


ERROR_TEXTS: Final = {
    "no_error": "No error",
    "no_driver_init": "No driver init in dynamic library",
    "driver_init_failed": "Driver init failed",
    "bad_driver_name": "Bad driver name",
    "driver_name_to_long": "Driver name to long",
    "driver_incorrect_version": "Driver compiled with incorrect version of erl_driver.h",
    "no_ddll_available": "DDLL functionality not available on this platform",
    "unspecified_error": "Unspecified dynamic library error",
    "symbol_not_found": "Symbol not found in dynamic library",
    "inconsistent": "Driver name and/or driver options are inconsistent with currently loaded driver",
    "linked_in_driver": "Driver is statically linked and cannot be loaded/unloaded",
    "permanent": "DDLL driver is permanent an cannot be unloaded/loaded",
    "not_loaded": "DDLL driver is not loaded",
    "not_loaded_by_this_process": "DDLL driver was not loaded by this process",
    "pending_reload": "Driver reloading is already pending",
    "pending_process": "Driver is loaded by others when attempting option {reload, pending_driver}",
    "not_pending": "DDLL load not pending for this driver name",
    "already_loaded": "DDLL driver is already loaded successfully",
    "load_cancelled": "Loading was cancelled from other process",
}
"""What ``format_error`` answers, word for word, typing errors included: scripts print it."""
_NUMBERED: Final = tuple(ERROR_TEXTS)[:9]
"""The errors that ERTS numbers 0, -1, -2, …"""
UNSPECIFIED: Final = "Unspecified error"
UNKNOWN: Final = "Unknown dlload error"


@final
@define
class LoadOptions:
    """The options of ``try_load``."""

    kill_ports: bool = False
    monitor: str | None = None
    reload: str | None = None


@final
@define
class UnloadOptions:
    """The options of ``try_unload``."""

    kill_ports: bool = False
    monitor: str | None = None


INFO_ITEMS: Final = (
    "processes",
    "driver_options",
    "port_count",
    "linked_in_driver",
    "permanent",
    "awaiting_load",
    "awaiting_unload",
)


def _info(driver: LoadedDriver, item: str) -> Any:
    handle = driver.handle
    permanent = handle is not None and handle.status is Status.PERMANENT
    if item == "linked_in_driver":
        return Atom("true" if handle is None else "false")
    if item == "permanent":
        return Atom("true" if permanent else "false")
    if handle is None:
        return Atom("linked_in_driver")
    if item == "driver_options":
        return [Atom("kill_ports")] if handle.kill_ports else []
    if permanent:
        return Atom("permanent")
    if item == "port_count":
        return handle.port_count
    kinds = {
        "processes": (Awaiting.LOADED,),
        "awaiting_load": (Awaiting.LOAD,),
        "awaiting_unload": (Awaiting.UNLOAD, Awaiting.UNLOAD_ONLY),
    }[item]
    return _count_by_process(entry for entry in handle.procs if entry.awaiting in kinds)


def _count_by_process(entries: Iterable[ProcEntry]) -> list[tuple[Pid, int]]:
    """``[{Pid, Count}]``; the process whose newest entry is oldest comes first."""
    counts: dict[Pid, int] = {}
    for entry in entries:
        counts[entry.process.pid] = counts.get(entry.process.pid, 0) + 1
    return list(reversed(counts.items()))
