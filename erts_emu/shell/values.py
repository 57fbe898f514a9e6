"""The evaluator's own values and exceptions: atoms by name, funs, Erlang exceptions ready to raise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, Final, final

from erts_emu.errors import BADARG, ErlangError, ExceptionClass
from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import Pid
from erts_emu.terms.kinds import Fun, fun_readers

TRUE: Final = Atom("true")
FALSE: Final = Atom("false")
OK: Final = Atom("ok")
ERROR: Final = Atom("error")
UNDEFINED: Final = Atom("undefined")
INFINITY: Final = Atom("infinity")
NOCATCH: Final = Atom("nocatch")
EXIT: Final = Atom("EXIT")
BADARITH: Final = Atom("badarith")
SYSTEM_LIMIT: Final = Atom("system_limit")
UNDEF: Final = Atom("undef")
FUNCTION_CLAUSE: Final = Atom("function_clause")
ERL_EVAL: Final = Atom("erl_eval")


def boolean(value: object) -> Atom:
    """``true`` or ``false``."""
    return TRUE if value else FALSE


# --- exceptions ---


@final
class Raised(ErlangError):
    """An exception that Erlang code has raised, of any class. Making it costs little, however large the reason."""

    deliberate = False
    """Whether Erlang code has asked for it, by ``error`` and the like: these have no frames of their own."""
    inner: Any = None
    """The frames of what the evaluator was doing, as terms, if they depend on the values."""

    def __init__(self, reason: Any, kind: ExceptionClass = "error", cause: str | None = None) -> None:
        Exception.__init__(self)
        self.reason = reason
        self.kind = kind
        self.cause = cause

    def __str__(self) -> str:
        from erts_emu.terms.format import format_w

        return f"{self.kind}:{format_w(self.reason)}"


def badarg(cause: str | None = None) -> Raised:
    """``error:badarg``."""
    return Raised(BADARG, cause=cause)


def badarith() -> Raised:
    """``error:badarith``."""
    return Raised(BADARITH)


def failure(name: str, value: Any) -> Raised:
    """``error:{Name, Value}``."""
    return Raised((Atom(name), value))


def function_clause() -> Raised:
    """``error:function_clause`` of a library function."""
    return Raised(FUNCTION_CLAUSE)


def exit_reason(error: ErlangError, stack: Any) -> Any:
    """The reason with which a process ends that does not catch *error*."""
    if error.kind == "exit":
        return error.reason
    if error.kind == "throw":
        return ((NOCATCH, error.reason), stack)
    return (error.reason, stack)


# --- funs ---


_codes: Final[dict[int, Code]] = {}
"""The codes whose numbers were asked for, since a fun may come back from the external format."""


@final
class Code:
    """The compiled clauses of a fun: what is the same for all funs made at one place in the source."""

    __slots__ = ("_number", "arity", "function", "name", "runs_alone", "source", "yields")

    def __init__(self, arity: int, name: str | None, source: Any) -> None:
        self.arity = arity
        self.name = name
        self.source = source
        self._number = 0
        self.function: Callable[..., Any] = _not_compiled
        self.yields = True
        """Whether ``function`` is a generator function."""
        self.runs_alone = False
        """Whether its result is at once the fun's value: it neither waits nor calls other funs."""

    def __repr__(self) -> str:
        return f"<Code {self.number} of arity {self.arity}>"

    @property
    def number(self) -> int:
        """The same for all funs whose source is the same and stands on the same line: to Erlang they are equal."""
        if not self._number:
            source = f"{self.name} {self.source.line} {self.source!r}"
            self._number = int.from_bytes(blake2b(source.encode(), digest_size=_NUMBER_SIZE).digest(), "big")
            _codes.setdefault(self._number, self)
        return self._number


def _not_compiled(*_arguments: Any) -> Any:
    raise NotImplementedError


_NUMBER_SIZE: Final = 8
MAX_FUN_ARITY: Final = 20
_FIRST_INDEX: Final = 43
_FIRST_NAMED_INDEX: Final = 20
_UNIQUE: Final = 3316493


@final
class ErlFun(Fun):
    """A fun of the evaluator, as ``erl_eval`` makes them: a place in the source, and the values it captured."""

    __slots__ = ("captured", "code")

    code: Code
    captured: tuple[Any, ...]

    # What all funs of erl_eval have in common; OTP has one place in erl_eval for each arity.
    module = ERL_EVAL
    unique = _UNIQUE
    creator = Pid(0)
    new_index = 0
    digest = bytes(16)

    def __init__(self, code: Code, captured: tuple[Any, ...]) -> None:
        put = object.__setattr__
        put(self, "code", code)
        put(self, "captured", captured)

    @property
    def arity(self) -> int:  # type: ignore[override]
        """The number of arguments."""
        return self.code.arity

    @property
    def index(self) -> int:  # type: ignore[override]
        """The number of the fun inside ``erl_eval``."""
        code = self.code
        return (_FIRST_INDEX if code.name is None else _FIRST_NAMED_INDEX) - code.arity

    @property
    def free(self) -> tuple[Any, ...]:  # type: ignore[override]
        """What tells this fun from others of its arity."""
        return (self.code.number, *self.captured)


def _from_outside(module: Atom, unique: int, free: Sequence[Any]) -> ErlFun | None:
    """The fun that the external format describes, if its code is known here: then it can be called."""
    if module is not ERL_EVAL or unique != _UNIQUE or not free:
        return None
    code = _codes.get(free[0]) if type(free[0]) is int else None
    return None if code is None else ErlFun(code, tuple(free[1:]))


fun_readers.append(_from_outside)
