"""Compiled drivers: the bridge between the emulator and shared objects written for ``erl_driver.h``.

The bridge is an extension module, ``_bridge``, which exports the symbols of the driver API and lends the functions of
:mod:`erts_emu.driver` to drivers written in C; its source is in ``c/``. It is optional: see ``build.py``.
"""

from __future__ import annotations

import functools
import importlib.machinery
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.driver.entry import DriverEntry
from erts_emu.driver.errors import BadDriverEntry
from erts_emu.logs import logger

if TYPE_CHECKING:
    from erts_emu.ethread import ThreadEvent
    from erts_emu.native.isolation import IsolatedLibrary

MODULE: Final = "erts_emu.native._bridge"
FREE_THREADED: Final = not getattr(sys, "_is_gil_enabled", lambda: True)()
LOCATION: Final = "ERTS_EMU_BRIDGE"
"""The environment variable that names the extension's file, if it is not beside this one."""
_COMPILE: Final = "python -m erts_emu.native.build"


class BridgeMissing(ImportError):
    """The extension module is not there, or cannot be loaded; the message says what to do."""


class NativeLoadError(Exception):
    """A shared object could not be loaded: *problem* is ERTS's name for it."""

    def __init__(self, problem: str, text: str) -> None:
        super().__init__(text)
        self.problem = problem
        self.text = text


@functools.cache
def bridge() -> ModuleType:
    """Return the extension module. Raises ``BridgeMissing``."""
    try:
        module = _import(os.environ.get(LOCATION))
        _check_sources(module)
        return module
    except BridgeMissing:
        raise
    except ImportError as error:
        raise BridgeMissing(f"the native bridge cannot be loaded: {error}") from error


def _check_sources(module: ModuleType) -> None:
    """Refuse an extension that was compiled from other sources than those that lie here: it would answer wrongly."""
    from erts_emu.native import build

    if build.SOURCES.is_dir() and getattr(module, "SOURCES", "") != build.digest():
        raise BridgeMissing(f"{module.__file__} is older than its sources: compile it with {_COMPILE}")


def _import(location: str | None) -> ModuleType:
    spec = (
        importlib.util.find_spec(MODULE)
        if location is None
        else importlib.util.spec_from_file_location(
            MODULE, location, loader=importlib.machinery.ExtensionFileLoader(MODULE, location)
        )
    )
    if spec is None or spec.loader is None:
        raise BridgeMissing("the native bridge is not installed")
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[MODULE]
        raise
    return module


def is_available() -> bool:
    """Say whether compiled drivers can be loaded."""
    try:
        bridge()
    except BridgeMissing:
        return False
    return True


def event_type() -> Callable[[str], ThreadEvent] | None:
    """Return the bridge's thread events; None where there are none."""
    made: Callable[[str], ThreadEvent] | None = bridge().Event if is_available() else None
    return made


def context_of(emu: Any) -> Any:
    """Return what the bridge knows of an emulator, making it when first asked."""
    world = emu.driver_world
    if world.native is None:
        own_locks = emu.layer.kind == "real" and emu.locks.checker is None
        module = bridge()
        world.native = module.Context(emu, own_locks)
        if (
            own_locks and emu.async_pool is not None and not FREE_THREADED
        ):  # nothing to gain without the lock, and no simulated step may be hidden
            emu.async_pool.batch_jobs_of(module.run_job, module.Batch)
            emu.async_pool.bundle_jobs_in(world.native)
            if len(emu.schedulers) == 1:
                world.native.keep_output()
    return world.native


@final
class NativeLibrary:
    """An open shared object that holds a driver."""

    def __init__(self, where: str, emu: Any, name: str, address: int) -> None:
        self.where = where
        self._emu = emu
        self._name = name
        self._address: int | None = address
        self._driver: Any = None

    def __repr__(self) -> str:
        return f"<NativeLibrary {self.where}>"

    def driver_init(self) -> DriverEntry:
        """Call the library's ``driver_init``. Raises ``NativeLoadError``."""
        try:
            found = bridge().driver_init(context_of(self._emu), self._address, self._name)
        except BadDriverEntry as error:
            raise NativeLoadError("bad_driver_name", f"{self.where}: {error}") from error
        if found is None:
            raise NativeLoadError("no_driver_init", f"{self.where}: no symbol driver_init: is DRIVER_INIT missing?")
        if found is False:
            raise NativeLoadError("driver_init_failed", f"{self.where}: driver_init returned NULL")
        entry: DriverEntry
        self._driver, entry = found
        entry.source = self.where
        self._emu.driver_world.native_entries[self._entry_address()] = entry
        return entry

    def _entry_address(self) -> int:
        address: int = bridge().entry_address(self._driver)
        return address

    def memory(self) -> list[tuple[str, str, int]]:
        """Return what the driver has allocated and not freed: callback, ``"block"`` or ``"binary"``, size of each."""
        return [] if self._driver is None else bridge().blocks(self._driver)

    def objects(self) -> list[tuple[str, str, str]]:
        """Return the locks that the driver has not destroyed, and the threads it has not joined.

        The callback, ``"mutex"``, ``"rwlock"``, ``"condition"`` or ``"thread"``, and the name of each.
        """
        return [] if self._driver is None else bridge().objects(self._driver)

    def close(self) -> None:
        """Close the library: nobody may be in its code. Memory that it leaves behind is reported.

        If threads that it has made are still there, their code stays too, where OTP crashes.
        """
        if self._address is None:
            return
        leaked = self.memory()
        if leaked:
            logger().warning("native_driver_leaks", driver=self._name, blocks=len(leaked),
                             bytes=sum(size for _, _, size in leaked),
                             allocated_in=sorted({callback for callback, _, _ in leaked}))  # fmt: skip
        if self._driver is not None:
            self._emu.driver_world.native_entries.pop(self._entry_address(), None)
        threads = 0 if self._driver is None else bridge().threads(self._driver)
        if threads:
            logger().error("native_driver_threads", driver=self._name, threads=threads,
                           advice="join them in stop or finish: OTP crashes here")  # fmt: skip
        else:
            bridge().close_library(self._address)
        self._address = None


def open_native(emu: Any, file: str, name: str) -> NativeLibrary | IsolatedLibrary:
    """Open the shared object *file* for *emu*: in a process of its own if that isolates. Raises ``NativeLoadError``.

    Each emulator, and each load, has static data of its own: if the file is in this process already, a copy is opened.
    """
    try:
        module = bridge()
    except BridgeMissing as error:
        raise NativeLoadError(
            "open_error",
            f"{file}: {error}. Compiled drivers need it: install a C compiler and Python's headers (Debian: apt "
            "install gcc python3-dev), then pip install --force-reinstall erts_emu; in a checkout, python -m "
            "erts_emu.native.build. erts-emu doctor tells more",
        ) from error
    if emu.isolate and os.path.isfile(file):  # and not opened here: that would run what the library runs at its start
        from erts_emu.native.isolation import IsolatedLibrary

        return IsolatedLibrary(file, emu, name)
    opened = _open_copy(module, file) if module.is_loaded(file) else module.open_library(file)
    if isinstance(opened, str):
        raise open_error(file, opened)
    return NativeLibrary(file, emu, name, opened)


def _open_copy(module: ModuleType, file: str) -> Any:
    handle, copy = tempfile.mkstemp(suffix=".so", prefix="erts_emu_")
    os.close(handle)
    try:
        shutil.copyfile(file, copy)
        opened = module.open_library(copy)
        return opened.replace(copy, file) if isinstance(opened, str) else opened
    finally:
        os.unlink(copy)


def open_error(file: str, message: str) -> NativeLoadError:
    """Return the error of a file that the dynamic linker has not opened, for the reason in *message*."""
    return NativeLoadError("open_error", _explained(bridge(), file, message.removeprefix(f"{file}: ")))


def _explained(module: ModuleType, file: str, message: str) -> str:
    """The linker names one missing symbol; name all."""
    if "undefined symbol" not in message:
        return message
    from erts_emu.native.elf import missing_symbols

    missing = missing_symbols(file, module.has_symbol)
    others = [name for name in missing if name not in message]
    return f"{message}; also undefined: {', '.join(others)}" if others else message
