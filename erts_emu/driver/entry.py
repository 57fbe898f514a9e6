"""The driver entry: ``ErlDrvEntry``, field for field, and its validation at load time."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any, Final, final

from attrs import define, field

from erts_emu.driver.constants import (
    ERL_DRV_EXTENDED_MAJOR_VERSION,
    ERL_DRV_EXTENDED_MARKER,
    ERL_DRV_EXTENDED_MINOR_VERSION,
    ERL_DRV_MIN_REQUIRED_MAJOR_VERSION_ON_LOAD,
)
from erts_emu.driver.errors import BadDriverEntry

CALLBACK_PARAMETERS: Final[dict[str, tuple[str, ...]]] = {
    "init": (),
    "start": ("port", "command"),
    "stop": ("drv_data",),
    "output": ("drv_data", "buf"),
    "ready_input": ("drv_data", "event"),
    "ready_output": ("drv_data", "event"),
    "finish": (),
    "control": ("drv_data", "command", "buf"),
    "timeout": ("drv_data",),
    "outputv": ("drv_data", "ev"),
    "ready_async": ("drv_data", "thread_data"),
    "flush": ("drv_data",),
    "call": ("drv_data", "command", "buf"),
    "process_exit": ("drv_data", "monitor"),
    "stop_select": ("event", "reserved"),
    "emergency_close": ("drv_data",),
}
"""The parameters with which each callback is called. Lengths are those of the ``bytes``, results are returned."""
LONGEST_NAME: Final = 255
"""Messages about a driver have its name as an atom."""
CALLBACKS_OF_THE_DRIVER: Final = ("init", "finish", "stop_select")
"""Those that belong to no port."""

_RUNS_LATER: Final = inspect.CO_COROUTINE | inspect.CO_GENERATOR | inspect.CO_ASYNC_GENERATOR

Callback = Callable[..., Any] | None


@final
@define(kw_only=True)
class DriverEntry:
    """What a driver gives the emulator: ``ErlDrvEntry`` of ``erl_driver.h``.

    Only ``driver_name`` is mandatory; a callback that is None is a NULL pointer in C, with the same effect. Where
    C passes a buffer and its length, Python passes ``bytes``; where C fills a result in, Python returns it:

    * ``start(port, command)`` returns the *drv_data* of the other callbacks, or ``ERL_DRV_ERROR_GENERAL`` (-1),
      ``ERL_DRV_ERROR_BADARG`` (-3) or ``ERL_DRV_ERROR_ERRNO`` (-2); to give the errno, raise ``OSError``.
    * ``control`` and ``call`` return the reply: ``bytes``, an ``ErlDrvBinary``, None for a NULL reply, or a
      negative integer for ``badarg``.
    """

    driver_name: str
    init: Callback = None
    start: Callback = None
    stop: Callback = None
    output: Callback = None
    ready_input: Callback = None
    ready_output: Callback = None
    finish: Callback = None
    handle: object = None
    control: Callback = None
    timeout: Callback = None
    outputv: Callback = None
    ready_async: Callback = None
    flush: Callback = None
    call: Callback = None
    extended_marker: int = ERL_DRV_EXTENDED_MARKER
    major_version: int = ERL_DRV_EXTENDED_MAJOR_VERSION
    minor_version: int = ERL_DRV_EXTENDED_MINOR_VERSION
    driver_flags: int = 0
    handle2: object = None
    process_exit: Callback = None
    stop_select: Callback = None
    emergency_close: Callback = None
    source: str = field(default="", eq=False)
    """Where the entry comes from, for messages. Not a field of the C structure."""
    compiled: bool = field(default=False, eq=False)
    """Whether the callbacks are compiled ones, as the bridge lends them: their ``control`` may return the list of bytes
    that the caller gets. Not a field of the C structure."""


def version_accepted(entry: DriverEntry) -> bool:
    """Say whether OTP 25 loads a driver with this marker and version."""
    major, minor = entry.major_version, entry.minor_version
    return (
        entry.extended_marker == ERL_DRV_EXTENDED_MARKER
        and ERL_DRV_MIN_REQUIRED_MAJOR_VERSION_ON_LOAD <= major <= ERL_DRV_EXTENDED_MAJOR_VERSION
        and not (major == ERL_DRV_EXTENDED_MAJOR_VERSION and minor > ERL_DRV_EXTENDED_MINOR_VERSION)
    )


def validate(entry: object, where: str) -> DriverEntry:
    """Return *entry* if it is a well-formed driver entry.

    Raises ``BadDriverEntry`` that names *where* it came from, the driver, the field, and what is wrong with it: a C
    compiler would have refused such a driver.
    """
    if not isinstance(entry, DriverEntry):
        if inspect.iscoroutine(entry):
            entry.close()
            raise BadDriverEntry(where, None, None, "driver_init must be a plain function, not async def")
        hint = f": return {entry.__name__}.entry()" if isinstance(entry, type) and hasattr(entry, "entry") else ""
        raise BadDriverEntry(
            where, None, None, f"driver_init must return a DriverEntry (or None to refuse), not {entry!r}{hint}"
        )
    name = entry.driver_name
    if not isinstance(name, str) or not name:
        raise BadDriverEntry(where, None, "driver_name", f"must be a non-empty str, not {name!r}")
    if len(name) > LONGEST_NAME:
        raise BadDriverEntry(
            where, None, "driver_name", f"has more than {LONGEST_NAME} characters: messages need an atom"
        )
    for callback in CALLBACK_PARAMETERS:
        if (function := getattr(entry, callback)) is not None:
            _validate_callback(where, name, callback, function)
    for number in ("extended_marker", "major_version", "minor_version", "driver_flags"):
        if type(getattr(entry, number)) is not int:
            raise BadDriverEntry(where, name, number, f"must be an int, not {getattr(entry, number)!r}")
    return entry


def _validate_callback(where: str, driver: str, name: str, callback: object) -> None:
    parameters = CALLBACK_PARAMETERS[name]
    if _plainly_takes(callback, len(parameters)):
        return
    wanted = f"{name}({', '.join(parameters)})"
    if not callable(callback):
        raise BadDriverEntry(where, driver, name, f"must be a function {wanted} or None, not {callback!r}")
    if (kind := _never_runs(callback)) is not None:
        raise BadDriverEntry(where, driver, name, f"must be a plain function {wanted}, not a {kind} function")
    try:
        signature = inspect.signature(callback)
    except (TypeError, ValueError):
        return  # a builtin that does not tell: the first call will
    try:
        signature.bind(*parameters)
    except TypeError as error:
        advice = "; in a class, make it a class or static method" if name in CALLBACKS_OF_THE_DRIVER else ""
        raise BadDriverEntry(
            where, driver, name, f"is called as {wanted}, but is defined as {name}{signature}: {error}{advice}"
        ) from None


def _plainly_takes(function: object, count: int) -> bool:
    """Say whether *function* is a plain one that can be called with *count* arguments. False: have a closer look."""
    if not isinstance(function, FunctionType) or function.__dict__:
        return False  # what stands there may stand for another function
    code = function.__code__
    if code.co_flags & _RUNS_LATER or code.co_kwonlyargcount:
        return False
    most = code.co_argcount
    least = most - len(function.__defaults__ or ())
    return least <= count and (count <= most or bool(code.co_flags & inspect.CO_VARARGS))


def _never_runs(callback: object) -> str | None:
    """What kind of function *callback* is, if calling it does not run it."""
    while isinstance(callback, functools.partial):
        callback = callback.func
    method = getattr(type(callback), "__call__", None)  # noqa: B004 -- the function itself is wanted
    for function in (callback, method):
        if inspect.iscoroutinefunction(function):
            return "coroutine"
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            return "generator"
    return None


def start_of_class(cls: type, driver: str) -> Any:
    """Return the method ``start(self, command)`` of a class, None if it has none. Raises ``BadDriverEntry``."""
    start = getattr(cls, "start", None)
    if start is None:
        return None
    if _plainly_takes(start, len(("self", "command"))):
        return start
    where = f"{cls.__module__}.{cls.__qualname__}"
    if not callable(start):
        raise BadDriverEntry(where, driver, "start", f"must be a method start(self, command), not {start!r}")
    if (kind := _never_runs(start)) is not None:
        raise BadDriverEntry(
            where, driver, "start", f"must be a plain function start(self, command), not a {kind} function"
        )
    try:
        inspect.signature(start).bind("self", "command")
    except TypeError as error:
        signature = inspect.signature(start)
        raise BadDriverEntry(
            where, driver, "start", f"is called as start(self, command), but is defined as start{signature}: {error}"
        ) from None
    return start
