"""The module ``erl_ddll``: loading and unloading drivers."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, Final

from erts_emu.errors import DriverLoadError, ErlangError
from erts_emu.shell.lib._arguments import a_list, chars
from erts_emu.shell.native import Library
from erts_emu.shell.values import ERROR, OK, TRUE, badarg, boolean
from erts_emu.terms import NotIodata, iolist_to_bytes
from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import Reference

LIBRARY: Final = Library("erl_ddll")


def _path(term: Any) -> str:
    """A folder, given as string, list of strings or binary; with atoms or binaries in a list it is ``badarg``."""
    if not isinstance(term, bytes) and (type(term) is not list or _holds_binaries(term)):
        raise badarg()
    try:
        if type(term) is list and all(type(code) is int for code in term):
            path = "".join(map(chr, term))
        else:
            path = iolist_to_bytes(term).decode("utf-8", "surrogateescape")
    except (NotIodata, ValueError, OverflowError):
        raise badarg() from None
    if "\0" in path:
        raise badarg()
    return path


def _holds_binaries(term: list[Any]) -> bool:
    waiting = [term]
    for each in waiting:
        if any(isinstance(element, bytes) for element in each):
            return True
        waiting += [element for element in each if type(element) is list]
    return False


@LIBRARY.context("try_load")
def _try_load(machine: Any, path: Any, name: Any, options: Any) -> Any:
    return machine.process.erl_ddll.try_load(_path(path), name, a_list(options))


@LIBRARY.context("try_unload")
def _try_unload(machine: Any, name: Any, options: Any) -> Any:
    return machine.process.erl_ddll.try_unload(name, a_list(options))


async def _result(call: Coroutine[Any, Any, None]) -> Any:
    try:
        await call
    except DriverLoadError as error:
        return (ERROR, error.reason)
    return OK


def _register(name: str, *, with_path: bool) -> None:
    def method(machine: Any) -> Callable[..., Coroutine[Any, Any, None]]:
        found: Callable[..., Coroutine[Any, Any, None]] = getattr(machine.process.erl_ddll, name)
        return found

    async def load(machine: Any, path: Any, driver: Any) -> Any:
        return await _result(method(machine)(_path(path), driver))

    async def unload(machine: Any, driver: Any) -> Any:
        return await _result(method(machine)(driver))

    LIBRARY.waits(name)(load if with_path else unload)


for _name in ("load", "load_driver", "reload", "reload_driver"):
    _register(_name, with_path=True)
for _name in ("unload", "unload_driver"):
    _register(_name, with_path=False)


@LIBRARY.context("monitor")
def _monitor(machine: Any, tag: Any, what: Any) -> Reference:
    if tag is not Atom("driver") or type(what) is not tuple or len(what) != 2:
        raise badarg()
    reference: Reference = machine.process.erl_ddll.monitor(*what)
    return reference


@LIBRARY.context("demonitor")
def _demonitor(machine: Any, reference: Any) -> Atom:
    return boolean(machine.process.erl_ddll.demonitor(reference))


@LIBRARY.context("loaded_drivers")
def _loaded_drivers(machine: Any) -> Any:
    return (OK, [chars(name) for name in machine.process.erl_ddll.loaded_drivers()])


@LIBRARY.context("info", 1)
def _info(machine: Any, name: Any) -> Any:
    return machine.process.erl_ddll.info(name)


@LIBRARY.context("info", 2)
def _info_item(machine: Any, name: Any, item: Any) -> Any:
    if type(item) is not Atom:
        raise badarg()
    return machine.process.erl_ddll.info(name, item)


@LIBRARY.context("info", 0)
def _info_all(machine: Any) -> Any:
    ddll = machine.process.erl_ddll
    found = []
    for name in ddll.loaded_drivers():
        try:
            items = ddll.info(Atom(name))
        except ErlangError:
            continue
        if (Atom("linked_in_driver"), TRUE) not in items:
            found.append((chars(name), items))
    return found


@LIBRARY.context("format_error")
def _format_error(machine: Any, reason: Any) -> list[int]:
    return chars(machine.process.erl_ddll.format_error(reason))


@LIBRARY.plain("start")
def _start() -> Any:
    return (ERROR, (Atom("already_started"), Atom("undefined")))


@LIBRARY.plain("stop")
def _stop() -> Atom:
    return OK
