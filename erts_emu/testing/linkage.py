"""Between a driver and the API: the functions that a driver calls, as the kit sees them.

While a bench is active, the names of API functions in a driver's modules lead to wrappers, which tell the bench of each
call: it counts what was made and not given back, and makes calls fail on request. The functions themselves are left as
they are, and so is every module that is not a driver's.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from itertools import compress
from types import FunctionType, MethodType
from typing import Any, Final, Protocol, final

import erts_emu.driver as api
from erts_emu.driver.context import current_emulator
from erts_emu.driver.entry import CALLBACK_PARAMETERS

Call = Callable[..., Any]


class Caller(Protocol):
    """Who is told of calls."""

    emu: Any

    def api_called(self, name: str, function: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Make the call, or not, and return its result."""


_ACTIVE: Final[list[Caller]] = []
"""The benches that are active, newest last."""


def _bench_of_thread() -> Caller:
    """The bench that the calling thread works for; the newest, if it works for none."""
    emu = current_emulator.get(None)
    return next((caller for caller in _ACTIVE if caller.emu is emu), _ACTIVE[-1])


def _wrapper_of(name: str, function: Call) -> Call:
    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if _ACTIVE:
            caller = _ACTIVE[0] if len(_ACTIVE) == 1 else _bench_of_thread()
            return caller.api_called(name, function, args, kwargs)
        return function(*args, **kwargs)

    return call


_WRAPPERS: Final[dict[Any, Call]] = {
    function: _wrapper_of(name, function)
    for name in api.__all__
    if isinstance(function := getattr(api, name), FunctionType)
}


_WRAPPED: Final = frozenset(map(id, _WRAPPERS))


@final
class Linkage:
    """What one bench has linked. ``undo`` is to be called at its end."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._linked: dict[int, dict[str, Any]] = {}
        self._changed: list[tuple[dict[str, Any], str, Any]] = []
        _ACTIVE.append(caller)

    def __repr__(self) -> str:
        return f"<Linkage of {len(self._linked)} modules>"

    def link_driver(self, driver: Any) -> None:
        """Link the modules that a driver's callbacks live in."""
        entry = driver.entry
        for name in CALLBACK_PARAMETERS:
            if (callback := getattr(entry, name)) is not None:
                self.link_function(callback)
        module = sys.modules.get(entry.source.partition(":")[0].rpartition(".")[0])
        if module is not None:
            self._link(vars(module))

    def link_function(self, function: Any) -> None:
        """Link the module that *function* lives in, and those of functions that it has closed over."""
        if type(function) is MethodType:
            function = function.__func__
        if type(function) is FunctionType and not function.__closure__ and id(function.__globals__) in self._linked:
            return  # as for nearly every job
        for namespace in _namespaces(function):
            self._link(namespace)

    def _link(self, namespace: dict[str, Any]) -> None:
        if id(namespace) in self._linked or str(namespace.get("__name__", "")).startswith("erts_emu."):
            return
        self._linked[id(namespace)] = namespace
        names = compress(namespace, map(_WRAPPED.__contains__, map(id, namespace.values())))
        for name in tuple(names):
            self.replace(namespace, name, _WRAPPERS[namespace[name]])

    def replace(self, namespace: dict[str, Any], name: str, value: Any) -> None:
        """Give a name of a linked module another value until the end."""
        self._changed.append((namespace, name, namespace[name]))
        namespace[name] = value

    def namespaces(self) -> list[dict[str, Any]]:
        """Return the linked modules' contents."""
        return list(self._linked.values())

    def undo(self) -> None:
        """Give every name its old value."""
        if self._caller in _ACTIVE:
            _ACTIVE.remove(self._caller)
        while self._changed:
            namespace, name, value = self._changed.pop()
            namespace[name] = value
        self._linked.clear()


def _namespaces(function: Any) -> Iterator[dict[str, Any]]:
    while isinstance(function, functools.partial | MethodType):
        function = function.func if isinstance(function, functools.partial) else function.__func__
    if isinstance(function, FunctionType):
        yield function.__globals__
        for cell in function.__closure__ or ():
            try:
                inner = cell.cell_contents
            except ValueError:
                continue  # not assigned yet
            if isinstance(inner, FunctionType) and inner is not function:
                yield inner.__globals__
