"""The module ``erl_ddll`` as Python functions: loading and unloading drivers.

``try_load`` and ``try_unload`` return Erlang's terms; ``load`` and its relatives wait where Erlang's wait, and raise
``DriverLoadError`` where Erlang's return ``{error, Reason}``.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.ddll import ERROR_TEXTS, LoadOptions, UnloadOptions
from erts_emu.driver.entry import LONGEST_NAME
from erts_emu.errors import Badarg, DriverLoadError
from erts_emu.match import ANY
from erts_emu.port_options import name_of
from erts_emu.terms import Atom, NotIodata, Reference, iolist_to_bytes

if TYPE_CHECKING:
    from erts_emu.attached_process import AttachedProcess
    from erts_emu.bifs import ProcessBifs

_OK: Final = Atom("ok")
_UP: Final = Atom("UP")
_DOWN: Final = Atom("DOWN")
_DRIVER: Final = Atom("driver")
_PENDING: Final = ("pending_driver", "pending")
_LOADED_OTHERWISE: Final = "a driver of that name is loaded from elsewhere, or with other options: unload it first"


def format_error(emulator: Any, reason: Any) -> str:
    """``erl_ddll:format_error/1``: what a reason means. Raises ``Badarg`` for what is no reason."""
    if isinstance(reason, tuple) and len(reason) == 2 and reason[0] is Atom("open_error") and type(reason[1]) is int:
        return str(emulator.ddll.open_error_text(reason[1]))
    if isinstance(reason, Atom) and reason.name in ERROR_TEXTS:
        return ERROR_TEXTS[reason.name]
    raise Badarg(f"{reason!r} is no reason of erl_ddll")


def driver_name(name: Any) -> str:
    """Return a driver's name given as atom, string, list or binary. Raises ``Badarg``."""
    text = name_of(name)
    if text is not None:
        if isinstance(name, Atom) and not text:
            raise Badarg("a driver's name is not empty")
        return text
    try:
        return iolist_to_bytes(name).decode("latin-1")
    except NotIodata as error:
        raise Badarg(f"a driver's name is an atom, a string or a binary, not {name!r}") from error


def _load_options(options: Sequence[Any]) -> LoadOptions:
    parsed = LoadOptions()
    for option in options:
        if not isinstance(option, tuple) or len(option) != 2:
            raise Badarg(f"try_load option {option!r} is not a pair")
        key, value = name_of(option[0]), option[1]
        if key == "driver_options" and isinstance(value, list) and all(name_of(v) == "kill_ports" for v in value):
            parsed.kill_ports = bool(value)
        elif key == "monitor" and name_of(value) in _PENDING:
            parsed.monitor = name_of(value)
        elif key == "reload" and name_of(value) in _PENDING:
            parsed.reload = name_of(value)
        else:
            raise Badarg(f"there is no try_load option {option!r}")
    return parsed


def _unload_options(options: Sequence[Any]) -> UnloadOptions:
    parsed = UnloadOptions()
    for option in options:
        if name_of(option) == "kill_ports":
            parsed.kill_ports = True
        elif (
            isinstance(option, tuple)
            and len(option) == 2
            and name_of(option[0]) == "monitor"
            and name_of(option[1]) in _PENDING
        ):
            parsed.monitor = name_of(option[1])
        else:
            raise Badarg(f"there is no try_unload option {option!r}")
    return parsed


def _path(path: Any) -> object:
    if isinstance(path, Atom):
        raise Badarg("a path is a string, not an atom")
    return os.fspath(path) if isinstance(path, os.PathLike) else path


@final
class ErlDdll:
    """``erl_ddll`` for a coroutine process."""

    def __init__(self, process: ProcessBifs) -> None:
        self._process = process
        self._ddll = process.emu.ddll

    # --- what Erlang's functions return ---

    def try_load(self, path: Any, name: Any, options: Sequence[Any] = ()) -> Any:
        """``try_load/3``: its term. *path* is a folder, ``ENTRY_POINTS``, or the plugin itself."""
        return self._ddll.try_load(self._process, _path(path), driver_name(name), _load_options(options))

    def try_unload(self, name: Any, options: Sequence[Any] = ()) -> Any:
        """``try_unload/2``: its term."""
        return self._ddll.try_unload(self._process, driver_name(name), _unload_options(options))

    def monitor(self, name: Any, when: Any) -> Reference:
        """``monitor(driver, {Name, When})``."""
        kind = name_of(when)
        if kind not in ("loaded", "unloaded", "unloaded_only"):
            raise Badarg(f"a driver monitor waits for loaded, unloaded or unloaded_only, not {when!r}")
        shown = Atom(name) if isinstance(name, str) and len(name) <= LONGEST_NAME else name
        return self._ddll.monitor(self._process, driver_name(name), shown, kind)

    def demonitor(self, reference: Reference) -> bool:
        """``demonitor/1``."""
        if not isinstance(reference, Reference):
            raise Badarg(f"not a reference: {reference!r}")
        return self._ddll.demonitor(self._process, reference)

    def loaded_drivers(self) -> list[str]:
        """``loaded_drivers/0``: the names, oldest first."""
        return self._ddll.loaded_drivers()

    def info(self, name: Any, item: Any = None) -> Any:
        """``info/1,2``."""
        from erts_emu.ddll import INFO_ITEMS

        if item is not None:
            return self._ddll.info(driver_name(name), name_of(item) or "")
        return [(Atom(each), self._ddll.info(driver_name(name), each)) for each in INFO_ITEMS]

    def format_error(self, reason: Any) -> str:
        """``format_error/1``."""
        return format_error(self._process.emu, reason)

    # --- what waits and raises ---

    async def load(self, path: Any, name: Any) -> None:
        """``load/2``."""
        await self._load(path, name, [("monitor", "pending_driver")])

    async def load_driver(self, path: Any, name: Any) -> None:
        """``load_driver/2``: unloading will kill the driver's ports."""
        await self._load(path, name, [("monitor", "pending_driver"), ("driver_options", [Atom("kill_ports")])])

    async def reload(self, path: Any, name: Any) -> None:
        """``reload/2``."""
        await self._load(path, name, [("monitor", "pending_driver"), ("reload", "pending_driver")])

    async def reload_driver(self, path: Any, name: Any) -> None:
        """``reload_driver/2``: kills the driver's ports."""
        options = [("monitor", "pending_driver"), ("reload", "pending_driver")]
        await self._load(path, name, [*options, ("driver_options", [Atom("kill_ports")])])

    async def unload(self, name: Any) -> None:
        """``unload/1``: returns at once; the driver goes when nothing refers to it any more."""
        self._check(name, self.try_unload(name))

    async def unload_driver(self, name: Any) -> None:
        """``unload_driver/1``: kills the driver's ports and waits until the driver is gone."""
        result = self.try_unload(name, [("monitor", "pending_driver"), "kill_ports"])
        self._check(name, result)
        if len(result) == 3:
            message = await self._process.receive((ANY, result[2], _DRIVER, ANY, ANY))
            if message[0] is _UP and message[4] is Atom("permanent"):
                self._fail(name, message[4])

    async def _load(self, path: Any, name: Any, options: list[Any]) -> None:
        result = self.try_load(path, name, options)
        if result[0] is not _OK and result[1] is Atom("inconsistent"):
            self._fail(name, Atom("bad_driver_name"), _LOADED_OTHERWISE)
        self._check(name, result)
        if len(result) < 3:
            return
        message = await self._process.receive((ANY, result[2], _DRIVER, ANY, ANY))
        if message[0] is _UP and message[4] is Atom("loaded"):
            return
        what = message[4]
        self._fail(name, what[1] if isinstance(what, tuple) else what)

    def _check(self, name: Any, result: Any) -> None:
        if result[0] is not _OK:
            self._fail(name, result[1])

    def _fail(self, name: Any, reason: Any, detail: str = "") -> None:
        detail = detail or (self._ddll.last_error if reason is not Atom("permanent") else "")
        text = self.format_error(reason)
        if detail.endswith(text):  # it says the same, and where
            text = detail
        raise DriverLoadError(driver_name(name), reason, f"{text}: {detail}" if detail and detail != text else text)


@final
class AttachedErlDdll:
    """``erl_ddll`` for an attached thread: the same functions, blocking."""

    def __init__(self, attached: AttachedProcess) -> None:
        self._attached = attached
        self._ddll = ErlDdll(attached.process)

    def _now(self, function: Any, *args: Any) -> Any:
        async def call() -> Any:
            return function(*args)

        return self._attached.drive(call())

    def try_load(self, path: Any, name: Any, options: Sequence[Any] = ()) -> Any:
        """See :meth:`ErlDdll.try_load`."""
        return self._now(self._ddll.try_load, path, name, options)

    def try_unload(self, name: Any, options: Sequence[Any] = ()) -> Any:
        """See :meth:`ErlDdll.try_unload`."""
        return self._now(self._ddll.try_unload, name, options)

    def monitor(self, name: Any, when: Any) -> Reference:
        """See :meth:`ErlDdll.monitor`."""
        reference: Reference = self._now(self._ddll.monitor, name, when)
        return reference

    def demonitor(self, reference: Reference) -> bool:
        """See :meth:`ErlDdll.demonitor`."""
        return bool(self._now(self._ddll.demonitor, reference))

    def loaded_drivers(self) -> list[str]:
        """See :meth:`ErlDdll.loaded_drivers`."""
        names: list[str] = self._now(self._ddll.loaded_drivers)
        return names

    def info(self, name: Any, item: Any = None) -> Any:
        """See :meth:`ErlDdll.info`."""
        return self._now(self._ddll.info, name, item)

    def format_error(self, reason: Any) -> str:
        """See :meth:`ErlDdll.format_error`."""
        return self._ddll.format_error(reason)

    def load(self, path: Any, name: Any) -> None:
        """See :meth:`ErlDdll.load`."""
        self._attached.drive(self._ddll.load(path, name))

    def load_driver(self, path: Any, name: Any) -> None:
        """See :meth:`ErlDdll.load_driver`."""
        self._attached.drive(self._ddll.load_driver(path, name))

    def reload(self, path: Any, name: Any) -> None:
        """See :meth:`ErlDdll.reload`."""
        self._attached.drive(self._ddll.reload(path, name))

    def reload_driver(self, path: Any, name: Any) -> None:
        """See :meth:`ErlDdll.reload_driver`."""
        self._attached.drive(self._ddll.reload_driver(path, name))

    def unload(self, name: Any) -> None:
        """See :meth:`ErlDdll.unload`."""
        self._attached.drive(self._ddll.unload(name))

    def unload_driver(self, name: Any) -> None:
        """See :meth:`ErlDdll.unload_driver`."""
        self._attached.drive(self._ddll.unload_driver(name))
