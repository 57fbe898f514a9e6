"""What compiled code calls that is neither an operator nor a library function."""

from __future__ import annotations

from typing import Any, Final

from erts_emu.errors import ErlangError
from erts_emu.shell.frames import RECEIVE_CLAUSES
from erts_emu.shell.native import COUNT, STACK_OF, WAITS, Native
from erts_emu.shell.values import ERROR, EXIT, INFINITY, Raised, badarg
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import ExportFun

_THROW: Final = Atom("throw")
_EXIT: Final = Atom("exit")
_CLASSES: Final = {"error": ERROR, "exit": _EXIT, "throw": _THROW}
_MAX_TIMEOUT: Final = 0xFFFFFFFF


def raised_class(error: ErlangError) -> Atom:
    """The class of an exception."""
    return _CLASSES[error.kind]


def caught(error: ErlangError, stack: Any) -> Any:
    """The value of ``catch`` for an exception."""
    if error.kind == "throw":
        return error.reason
    if error.kind == "exit":
        return (EXIT, error.reason)
    return (EXIT, (error.reason, stack))


def make_export(module: Any, name: Any, arity: Any) -> ExportFun:
    """``fun Module:Name/Arity``."""
    if type(module) is not Atom or type(name) is not Atom or type(arity) is not int or not 0 <= arity <= 255:
        raise badarg()
    return ExportFun(module, name, arity)


class _Matched:
    """The pattern of a ``receive``: asks compiled code about each message, and keeps its answer."""

    __slots__ = ("answer", "match")

    def __init__(self, match: Any) -> None:
        self.match = match
        self.answer: Any = None

    def __call__(self, message: Any) -> bool:
        self.answer = self.match(message)
        return self.answer is not None


def _bad_timeout() -> Raised:
    from erts_emu.shell.traces import Trace

    error = Raised(Atom("timeout_value"))
    error.stack = Trace()
    error.stack.add((Atom("prim_eval"), Atom("receive"), 2, []))
    error.stack.add_path(RECEIVE_CLAUSES)
    return error


_TIMED_OUT: Final = (-1,)


def _nothing(_message: Any) -> None:
    return None


async def _receive(machine: Any, match: Any, timeout: Any) -> Any:
    """Which clause of ``receive`` took a message, and the values of its variables; -1 after the timeout."""
    from erts_emu.errors import ReceiveTimeout

    seconds = None
    if timeout is not None and timeout is not INFINITY:
        if type(timeout) is not int or not 0 <= timeout <= _MAX_TIMEOUT:
            raise _bad_timeout()
        seconds = timeout / 1000
    machine.session.count_receive()
    matched = _Matched(match or _nothing)
    try:
        await machine.process.receive(matched, timeout=seconds)
    except ReceiveTimeout:
        return _TIMED_OUT
    return matched.answer


def _unused(*_arguments: Any) -> Any:
    raise NotImplementedError


RECEIVE: Final = Native("erlang", "receive", 2, _receive, WAITS, needs_process=True)
STACK: Final = Native("erlang", "get_stacktrace", 1, _unused, STACK_OF, needs_process=False)
"""Asks the machine for the stack trace of an exception that has been noted."""
TICK: Final = Native("erlang", "yield", 0, _unused, COUNT, needs_process=False)
"""Tells the machine that a loop has gone round a hundred times."""
