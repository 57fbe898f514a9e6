"""Stack traces: where an exception was raised, and through which calls.

Nothing is noted while code runs. When an exception is caught for the first time, Python's traceback and the
suspended generators tell the lines, and the tables of the compiled code what stands there.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import FrameType, GeneratorType
from typing import Any, Final, TypeAlias, final

from erts_emu.errors import BADARG, ErlangError
from erts_emu.shell import frames
from erts_emu.shell.frames import Path
from erts_emu.shell.native import GENERATORS, Native
from erts_emu.shell.scope import Site
from erts_emu.shell.values import Raised, badarg
from erts_emu.terms.atoms import Atom

DEPTH: Final = 8
"""The number of frames that are kept (``backtrace_depth``)."""

_ERROR_INFO: Final = Atom("error_info")
_MODULE: Final = Atom("module")
_CAUSE: Final = Atom("cause")
_ERLANG: Final = Atom("erlang")
_UNDEF: Final = Atom("undef")
_FUNCTION_CLAUSE: Final = Atom("function_clause")

Steps: TypeAlias = "GeneratorType[Any, Any, Any]"

Frame = tuple[Any, ...]
"""A frame as a term: ``{Module, Function, ArityOrArguments, Location}``."""


@final
class Trace:
    """The frames of an exception, innermost first; ``complete`` once the callers are among them.

    Until then, ``site`` is where compiled code has raised it, and ``called`` says whether a library function has;
    ``inner``, that the frames of the evaluator at the site are there. No more than ``limit`` frames are kept.
    """

    __slots__ = ("called", "complete", "deliberate", "frames", "inner", "limit", "line", "site")

    def __init__(self, *, deliberate: bool = False) -> None:
        self.frames: list[Frame] = []
        self.complete = False
        self.site: Site | None = None
        self.called = False
        self.inner = False
        self.limit = DEPTH
        self.deliberate = deliberate
        self.line = 0
        """The line of the Erlang source, if it is known."""

    def add(self, frame: Frame) -> None:
        """Add a caller's frame, if there is room."""
        if len(self.frames) < self.limit:
            self.frames.append(frame)

    def add_path(self, path: Path) -> None:
        """Add frames of the evaluator."""
        for frame in path[: self.limit - len(self.frames)]:
            self.frames.append(frames.term(frame))

    def add_leaf(self, *, by_value: bool) -> None:
        """Add the frames of what has raised the exception; *by_value* if it was called by compiled code."""
        site = self.site
        if site is None:
            if self.called:
                self._add_apply(nothing=by_value)
            return
        for frame in () if self.inner else site.leaf:
            if frame is frames.APPLY:
                self._add_apply(nothing=site.last and by_value)
            else:
                self.add_path((frame,))
        self.add_path(site.path)

    def _add_apply(self, *, nothing: bool) -> None:
        if not nothing:
            self.add_path((frames.APPLY,))
        elif self.deliberate:
            self.add_path((frames.APPLY_BY_VALUE,))

    def term(self) -> list[Frame]:
        """The stack trace as Erlang code sees it."""
        return list(self.frames)


def call_frame(native: Native, arguments: tuple[Any, ...], error: ErlangError) -> Frame:
    """The frame of a library function that has failed."""
    return _called(native.module, native.name, list(arguments), error)


def machine_trace(path: Path) -> Trace:
    """The trace of an exception that comes of a call itself, such as one with too many arguments."""
    trace = Trace()
    trace.add_path(path)
    return trace


def _called(module: Atom, name: Atom, arguments: Any, error: ErlangError) -> Frame:
    location: list[Any] = []
    if module is _ERLANG and isinstance(arguments, list) and error.reason is not _UNDEF:
        info = {_MODULE: Atom("erl_erts_errors")}
        if error.cause is not None:
            info[_CAUSE] = Atom(error.cause)
        location = [(_ERROR_INFO, info)]
    elif isinstance(arguments, list) and error.reason is _FUNCTION_CLAUSE:
        from erts_emu.shell.places import clause_line

        location = frames.location(module.name, clause_line(module.name, name.name, len(arguments)))
    elif isinstance(arguments, list) and error.reason is not _UNDEF:
        from erts_emu.shell.places import explained_location

        location = explained_location(module.name, name.name, len(arguments), error.reason)
    return (module, name, arguments, location)


RAISED: Final = (ErlangError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What running code may raise: an Erlang exception, or what Python raises in a library function that was given
something it cannot work with."""


def note(raised: Exception) -> ErlangError:
    """Make an Erlang exception of *raised*, and keep where it was raised; its callers are added by the machine.

    A Python exception becomes ``badarg`` if it comes out of the library; elsewhere it is a mistake of ours, and goes
    on.
    """
    error = raised if isinstance(raised, ErlangError) else _bad_argument(raised)
    if error.stack is None:
        error.stack = _raised_at(error)
        error.__traceback__ = None
    return error


def _bad_argument(raised: Exception) -> ErlangError:
    traceback = raised.__traceback__
    inside = False
    while traceback is not None:
        inside = inside or traceback.tb_frame.f_globals.get("__name__", "").startswith(_LIBRARY)
        traceback = traceback.tb_next
    if not inside:
        raise raised
    error = badarg()
    error.__traceback__ = raised.__traceback__
    return error


_LIBRARY: Final = "erts_emu.shell.lib."


def _raised_at(error: ErlangError) -> Trace:
    deliberate = isinstance(error, Raised) and error.deliberate
    trace = Trace(deliberate=deliberate)
    found: FrameType | None = None
    line = 0
    traceback = error.__traceback__
    while traceback is not None:
        frame = traceback.tb_frame
        if "__sites__" in frame.f_globals or frame.f_code in GENERATORS:
            found, line = frame, traceback.tb_lineno
        traceback = traceback.tb_next
    if found is None:
        return trace
    native = GENERATORS.get(found.f_code)
    if native is not None:
        trace.called = True
        names = found.f_code.co_varnames[1 : native.arity + 1]
        trace.add(call_frame(native, tuple(found.f_locals.get(name) for name in names), error))
        return trace
    site: Site | None = found.f_globals["__sites__"].get(line)
    if site is None:
        return trace
    trace.site = site
    trace.line = site.line
    if isinstance(error, Raised) and error.inner is not None:
        trace.inner = True
        if error.reason is BADARG:
            trace.limit -= 1  # eval_bits raises it anew, with one frame less
        for each in error.inner:
            trace.add(each)
        return trace
    if site.call is not None and not deliberate:
        module, name, source = site.call
        arguments: Any = source
        if isinstance(source, str):
            arguments = list(eval(source, found.f_globals, found.f_locals))
        trace.add(_called(Atom(module), Atom(name), arguments, error))
    return trace


def complete(raised: Exception, callers: Iterable[Steps], base: Path = (), *, by_value: bool = False) -> ErlangError:
    """Make an Erlang exception of *raised* that has all its frames: those of suspended *callers*, innermost first, too.

    *base* are the frames around the outermost of them, and *by_value* says that nothing of the evaluator is.
    """
    error = note(raised)
    trace: Trace = error.stack
    if trace.complete:
        return error
    trace.complete = True
    steps = list(callers)
    below_native = not steps and by_value
    if steps:
        below_native = steps[0].gi_code in GENERATORS
    trace.add_leaf(by_value=below_native)
    inside_native = False
    for generator in steps:
        if len(trace.frames) >= trace.limit and trace.line:
            return error
        inside_native = _add_caller(trace, generator, inside_native)
    trace.add_path(base)
    return error


def _add_caller(trace: Trace, generator: Steps, inside_native: bool) -> bool:
    """Add the frames of a suspended generator; say whether it is a library function's."""
    native = GENERATORS.get(generator.gi_code)
    if native is not None:
        from erts_emu.shell.places import calling_frame

        trace.add(calling_frame(native.module.name, native.name.name, native.arity))
        return True
    frame: FrameType | None = generator.gi_frame
    site = None if frame is None else frame.f_globals.get("__sites__", {}).get(frame.f_lineno)
    if inside_native:
        trace.add_path((frames.APPLY,))
    if site is not None:
        trace.add_path(site.path)
        trace.line = trace.line or site.line
    return False
