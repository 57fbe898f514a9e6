"""Opening what holds a driver: a Python file, an entry point, an object (ERTS: ``erl_ddll``'s use of ``dlopen``)."""

from __future__ import annotations

import importlib.util
import os
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final, Literal, final

from erts_emu.driver.base import Driver
from erts_emu.driver.entry import DriverEntry, validate
from erts_emu.driver.errors import CALLBACK_FAILURES, BadDriverEntry, DriverError

if TYPE_CHECKING:
    from pluggy import PluginManager

    from erts_emu.native import NativeLoadError

ENTRY_POINTS: Final = "@entry_points"
"""Given as path: the driver is the installed entry point of its name in the group ``erts_emu.drivers``."""

Problem = Literal["open_error", "no_driver_init", "driver_init_failed", "driver_incorrect_version", "bad_driver_name"]


class LibraryError(Exception):
    """A driver could not be loaded: *problem* is ERTS's name for it, the message what happened and where.

    *plain* is the message without the name of a file: what ERTS numbers and ``erl_ddll:format_error/1`` tells.
    """

    def __init__(self, problem: Problem, text: str, plain: str | None = None) -> None:
        super().__init__(text)
        self.problem: Problem = problem
        self.text = text
        self.plain = text if plain is None else plain


def _about(file: str, what: str) -> LibraryError:
    """The error that *file* cannot be opened."""
    return LibraryError("open_error", f"{file}: {what}", what)


@final
class Library:
    """An open library. ``driver_init`` gives its driver entry; ``close`` forgets its module."""

    def __init__(self, where: str, plugin: object, module_name: str | None) -> None:
        self.where = where
        self._plugin: object | None = plugin
        self._module_name = module_name
        self._manager: PluginManager | None = None

    def __repr__(self) -> str:
        return f"<Library {self.where}>"

    def driver_init(self) -> DriverEntry:
        """Call the plugin's ``driver_init`` and check what it returns. Raises ``LibraryError``."""
        plugin = self._plugin
        if isinstance(plugin, type) and issubclass(plugin, Driver):
            return self._validated(plugin.entry())
        if isinstance(plugin, DriverEntry):
            return self._validated(plugin)
        hook = self._find_hook(plugin)
        try:
            entry = hook()
        except BadDriverEntry:
            raise
        except CALLBACK_FAILURES as error:
            raise LibraryError("driver_init_failed", f"{self.where}: driver_init raised {error!r}") from error
        if entry is None:
            raise LibraryError("driver_init_failed", f"{self.where}: driver_init returned None")
        return self._validated(entry)

    def _validated(self, entry: object) -> DriverEntry:
        return validate(entry, self.where)

    def _find_hook(self, plugin: object) -> Any:
        import pluggy

        from erts_emu.driver.plugin import PROJECT_NAME, DriverSpec

        manager = pluggy.PluginManager(PROJECT_NAME)
        manager.add_hookspecs(DriverSpec)
        try:
            manager.register(plugin, self.where)
        except pluggy.PluginValidationError as error:
            raise LibraryError("no_driver_init", f"{self.where}: {error}") from error
        self._manager = manager
        if not manager.hook.driver_init.get_hookimpls():
            hint = ""
            if hasattr(plugin, "driver_init"):
                hint = "; there is a driver_init, but it is not marked: put @hookimpl (from erts_emu.driver) above it"
            raise LibraryError("no_driver_init", f"{self.where}: no hook driver_init{hint}")
        return manager.hook.driver_init

    def close(self) -> None:
        """Unregister the plugin and forget its module, so that the next load reads the file anew."""
        if self._manager is not None:
            self._manager.unregister(self._plugin)
            self._manager = None
        if self._module_name is not None:
            sys.modules.pop(self._module_name, None)
        self._plugin = None


@final
class CompiledLibrary:
    """An open shared object, with the errors of this floor."""

    def __init__(self, emu: object, file: str, name: str) -> None:
        from erts_emu.native import NativeLoadError, open_native

        try:
            self._library = open_native(emu, file, name)
        except NativeLoadError as error:
            raise _library_error(error, file) from error
        self.where = file

    def __repr__(self) -> str:
        return repr(self._library)

    def driver_init(self) -> DriverEntry:
        """Call the library's ``driver_init``. Raises ``LibraryError``."""
        from erts_emu.native import NativeLoadError

        try:
            return self._library.driver_init()
        except NativeLoadError as error:
            raise _library_error(error, self.where) from error
        except DriverError as error:  # it has misused the API, or crashed where it is isolated
            raise LibraryError("driver_init_failed", f"{self.where}: {error}") from error

    def memory(self) -> list[tuple[str, str, int]]:
        """Return what the driver has in use: callback in which it was allocated, ``block`` or ``binary``, size."""
        return self._library.memory()

    def objects(self) -> list[tuple[str, str, str]]:
        """Return the locks and threads that the driver has: callback in which it was made, kind, name."""
        return self._library.objects()

    def close(self) -> None:
        """Close the shared object."""
        self._library.close()


def _library_error(error: NativeLoadError, file: str) -> LibraryError:
    problem: Any = error.problem
    return LibraryError(problem, error.text, error.text.removeprefix(f"{file}: "))


def open_library(path: object, name: str, serial: int, emu: object) -> Library | CompiledLibrary:
    """Open the driver *name* at *path*.

    That is a folder with ``name.py`` or ``name.so`` (the former comes first), ``ENTRY_POINTS``, or the plugin object
    itself. A shared object is opened for *emu*. *serial* makes the module's name unique. Raises ``LibraryError`` with
    problem ``open_error``.
    """
    if not isinstance(path, str):
        return Library(f"object {path!r}", path, None)
    if path == ENTRY_POINTS:
        return _open_entry_point(name)
    stem = os.path.join(path, name) if path else f"/{name}"
    if os.path.exists(f"{stem}.py"):
        return _open_file(f"{stem}.py", name, serial)
    if os.path.exists(f"{stem}.so"):
        return CompiledLibrary(emu, f"{stem}.so", name)
    raise LibraryError(
        "open_error",
        f"{stem}: cannot open driver file: neither {name}.py nor {name}.so exists there",
        "cannot open shared object file: No such file or directory",
    )


def _open_file(file: str, name: str, serial: int) -> Library:
    module_name = f"_erts_emu_driver_{serial}_{name}"
    spec = importlib.util.spec_from_file_location(module_name, file)
    if spec is None or spec.loader is None:
        raise _about(file, "not a Python source file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        _execute(module, file)
    except SyntaxError as error:
        sys.modules.pop(module_name, None)
        what = f"syntax error: {error.msg}"
        raise LibraryError("open_error", f"{file}:{error.lineno}: {what}", what) from error
    except CALLBACK_FAILURES as error:
        sys.modules.pop(module_name, None)
        raise _about(file, f"importing it raised {type(error).__name__}: {error}") from error
    return Library(file, module, module_name)


def _execute(module: ModuleType, file: str) -> None:
    """Compile from source every time: a reload must see a file that changed within the same second."""
    with open(file, "rb") as source:
        code = compile(source.read(), file, "exec")
    exec(code, module.__dict__)


def _open_entry_point(name: str) -> Library:
    from importlib.metadata import entry_points

    from erts_emu.driver.plugin import ENTRY_POINT_GROUP

    found = entry_points(group=ENTRY_POINT_GROUP, name=name)
    for entry_point in found:
        where = f"entry point {name} = {entry_point.value}"
        try:
            return Library(where, entry_point.load(), None)
        except CALLBACK_FAILURES as error:
            raise LibraryError("open_error", f"{where}: importing it raised {error!r}") from error
    known = sorted({entry_point.name for entry_point in entry_points(group=ENTRY_POINT_GROUP)})
    raise LibraryError(
        "open_error",
        f"no installed package announces a driver {name!r} in the entry-point group {ENTRY_POINT_GROUP}; "
        f"announced are: {', '.join(known) or 'none'}",
    )
