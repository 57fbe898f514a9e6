"""Library functions: what Erlang code calls by module, name and arity, written in Python.

Each Erlang module is a Python module in ``lib`` with a :class:`Library`, which is imported when a function of it is
first named. There are four kinds of functions, by what they need:

=============  =========================================================================================
``plain``      nothing but the arguments; called directly by compiled code
``context``    the machine that runs the calling process, as first argument
``waits``      the same, and is a coroutine function
``calls``      the same, and is a generator function: it yields what it calls, ``value = yield fun, arguments``
=============  =========================================================================================

Any of them but a plain one may return a :class:`Tail`: something to call in its place.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from types import CodeType
from typing import Any, Final, TypeVar, final

from erts_emu.terms.atoms import Atom

PLAIN, CONTEXT, WAITS, CALLS, STACK_OF, COUNT = range(6)

Function = TypeVar("Function", bound=Callable[..., Any])


@final
class Native:
    """A library function. ``needs_process`` says whether only a process can call it."""

    __slots__ = ("arity", "function", "kind", "module", "name", "needs_process")

    def __init__(
        self, module: str, name: str, arity: int, function: Callable[..., Any], kind: int, *, needs_process: bool
    ) -> None:
        self.module = Atom(module)
        self.name = Atom(name)
        self.arity = arity
        self.function = function
        self.kind = kind
        self.needs_process = needs_process

    def __repr__(self) -> str:
        return f"<Native {self.module}:{self.name}/{self.arity}>"


@final
class Tail:
    """Returned by a function that wants something called in its place."""

    __slots__ = ("arguments", "callee")

    def __init__(self, callee: Any, arguments: tuple[Any, ...]) -> None:
        self.callee = callee
        self.arguments = arguments


GENERATORS: Final[dict[CodeType, Native]] = {}
"""Which library function a suspended generator belongs to, for stack traces."""


@final
class Library:
    """The functions of one Erlang module. Those in its *parts*, modules of the same package, are loaded on demand."""

    def __init__(self, module: str, parts: tuple[str, ...] = ()) -> None:
        self.module = module
        self.functions: dict[tuple[str, int], Native] = {}
        self._parts = list(parts)

    def __repr__(self) -> str:
        return f"<Library {self.module}, {len(self.functions)} functions>"

    def find(self, name: str, arity: int) -> Native | None:
        """A function, or None."""
        found = self.functions.get((name, arity))
        while found is None and self._parts:
            import_module(f"{__package__}.lib.{self._parts.pop(0)}")
            found = self.functions.get((name, arity))
        return found

    def exports(self) -> list[Native]:
        """All functions."""
        while self._parts:
            import_module(f"{__package__}.lib.{self._parts.pop(0)}")
        return list(self.functions.values())

    def plain(self, name: str, *arities: int) -> Callable[[Function], Function]:
        """Register a plain function, with as many arguments as it has unless *arities* are given."""
        return self._register(name, arities, PLAIN, needs_process=False)

    def context(self, name: str, *arities: int, needs_process: bool = True) -> Callable[[Function], Function]:
        """Register a function whose first argument is the machine."""
        return self._register(name, arities, CONTEXT, needs_process=needs_process)

    def waits(self, name: str, *arities: int) -> Callable[[Function], Function]:
        """Register a coroutine function."""
        return self._register(name, arities, WAITS, needs_process=True)

    def calls(self, name: str, *arities: int, needs_process: bool = False) -> Callable[[Function], Function]:
        """Register a generator function."""
        return self._register(name, arities, CALLS, needs_process=needs_process)

    def _register(
        self, name: str, arities: tuple[int, ...], kind: int, *, needs_process: bool
    ) -> Callable[[Function], Function]:
        def register(function: Function) -> Function:
            code: CodeType = function.__code__
            for arity in arities or (code.co_argcount - (kind != PLAIN),):
                native = Native(self.module, name, arity, function, kind, needs_process=needs_process)
                self.functions[name, arity] = native
                if kind == CALLS:
                    GENERATORS[code] = native
            return function

        return register


_libraries: Final[dict[str, Library | None]] = {}


def find_library(module: str) -> Library | None:
    """The library of an Erlang module, or None."""
    if module not in _libraries:
        from erts_emu.shell.lib import MODULES

        _libraries[module] = None
        if module in MODULES:
            _libraries[module] = import_module(f"{__package__}.lib.{module}").LIBRARY
    return _libraries[module]


def find_native(module: str, name: str, arity: int) -> Native | None:
    """The function that ``module:name`` with so many arguments is, or None."""
    library = find_library(module)
    return None if library is None else library.find(name, arity)


def auto_imported(name: str, arity: int) -> bool:
    """Whether a call without a module is one of the module ``erlang``."""
    from erts_emu.shell.lib.auto_imported import NAMES

    return f"{name}/{arity}" in NAMES
