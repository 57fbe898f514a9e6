"""The machine: runs compiled code for one process, and is the only thing that ever waits.

Compiled functions are generators that yield what they call. The machine keeps those that wait for a value on a stack
of its own, so that Erlang code may nest calls as deeply as memory allows, and a process may stop anywhere. Its
``run`` is a coroutine, which is the code of an emulator's process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.errors import ErlangError
from erts_emu.shell import frames
from erts_emu.shell.frames import Path
from erts_emu.shell.native import CALLS, CONTEXT, COUNT, PLAIN, STACK_OF, WAITS, Native, Tail, find_native
from erts_emu.shell.traces import RAISED, Steps, Trace, call_frame, complete, machine_trace, note
from erts_emu.shell.values import UNDEF, ErlFun, Raised, failure
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import ExportFun, Fun

if TYPE_CHECKING:
    from erts_emu.bifs import ProcessBifs
    from erts_emu.shell.session import Session

TICK_REDUCTIONS: Final = 100
REDUCTION_TIME: Final = 250
"""The nanoseconds that a reduction takes where time is virtual: a time slice is a millisecond, as it is in ``erl``."""


@final
class NoProcess:
    """Stands for the process as long as no code has needed one: nothing waits, and nobody has to be let in."""

    fcalls = 1 << 62


@final
class Machine:
    """Runs code for ``process``, in a ``session``."""

    __slots__ = ("base", "by_value", "process", "session", "waiting")

    process: Any

    def __init__(
        self, session: Session, process: ProcessBifs | None, base: Path = (), *, by_value: bool = False
    ) -> None:
        self.session = session
        self.process = process if process is not None else NoProcess()
        self.waiting: list[Steps] = []
        self.base = base
        """The frames of stack traces around everything that is run."""
        self.by_value = by_value
        """Whether what is run was called by compiled code, as what a process is spawned for."""

    def __repr__(self) -> str:
        return f"<Machine of {self.process!r}, {len(self.waiting)} calls deep>"

    async def call(self, callee: Any, arguments: tuple[Any, ...]) -> Any:
        """Call something, and return its value."""
        return await self.run(Tail(callee, arguments))

    async def run(self, start: Steps | Tail) -> Any:
        """Run a generator, or a call, to its end. Raises what it raises, with its stack trace."""
        waiting = self.waiting
        bottom = len(waiting)
        process = self.process
        callee: Any = None
        arguments: tuple[Any, ...] = ()
        value: Any = None
        error: ErlangError | None = None
        calling = isinstance(start, Tail)
        if isinstance(start, Tail):
            callee, arguments = start.callee, start.arguments
        else:
            waiting.append(start)
        while True:
            if calling:
                # A call: leads to a value, to an exception, or to one more generator on the stack.
                process.fcalls -= 1
                if process.fcalls <= 0:
                    await self.give_way()
                calling = False
                try:
                    kind = type(callee)
                    if kind is ErlFun:
                        code = callee.code
                        if len(arguments) != code.arity:
                            raise _bad_arity(callee, arguments)
                        value = code.function(callee, *callee.captured, *arguments)
                        if code.yields:
                            waiting.append(value)
                            value = None
                    elif kind is Native:
                        what = callee.kind
                        if what == WAITS:
                            value = await callee.function(self, *arguments)
                        elif what == CONTEXT:
                            value = callee.function(self, *arguments)
                        elif what == CALLS:
                            waiting.append(callee.function(self, *arguments))
                            value = None
                        elif what == PLAIN:
                            value = callee.function(*arguments)
                        elif what == STACK_OF:
                            value = self._completed(arguments[0], waiting[-2::-1]).stack.term()
                        elif what == COUNT:
                            process.fcalls -= TICK_REDUCTIONS
                    else:
                        callee = _resolved(callee, arguments)
                        calling = True
                        continue
                except RAISED as raised:
                    error = self._noted(raised, callee, arguments)
                else:
                    if type(value) is Tail:
                        callee, arguments = value.callee, value.arguments
                        calling = True
                        continue
            if len(waiting) == bottom:
                if error is not None:
                    raise error
                return value
            try:
                if error is None:
                    callee, arguments = waiting[-1].send(value)
                else:
                    raised_before, error = error, None
                    callee, arguments = waiting[-1].throw(raised_before)
                calling = True
            except StopIteration as end:
                waiting.pop()
                value = end.value
                if type(value) is Tail:
                    callee, arguments = value.callee, value.arguments
                    calling = True
            except RAISED as raised:
                waiting.pop()
                error = self._noted(raised, None, ())
            except BaseException:
                del waiting[bottom:]
                raise

    async def give_way(self) -> None:
        """The time slice is over: let others run, and take note of signals."""
        from erts_emu.process import CONTEXT_REDS  # not when this module is loaded: most scripts end earlier

        process = self.process
        process.emu.layer.compute(max(1, CONTEXT_REDS - process.fcalls) * REDUCTION_TIME)
        await process.let_others_run()
        if process.inq:
            process.fetch()

    def _noted(self, raised: Exception, callee: Any, arguments: tuple[Any, ...]) -> ErlangError:
        """Complete an exception's stack trace, where a library function has raised it with that function's frame."""
        error = raised
        if type(callee) is Native and getattr(raised, "stack", None) is None:
            error = note(raised)
            trace = error.stack = Trace(deliberate=isinstance(error, Raised) and error.deliberate)
            trace.called = True
            if not trace.deliberate:
                trace.add(call_frame(callee, arguments, error))
        return self._completed(error, self.waiting[::-1])

    def _completed(self, raised: Exception, callers: list[Steps]) -> ErlangError:
        error = complete(raised, callers, self.base, by_value=self.by_value)
        error.__traceback__ = None
        if self.session.in_shell:
            error.stack.frames = frames.as_in_shell(error.stack.frames)
        return error


def _bad_arity(callee: ErlFun, arguments: tuple[Any, ...]) -> Raised:
    error = failure("badarity", (callee, list(arguments)))
    error.stack = machine_trace(frames.BADARITY if callee.code.name is None else frames.NAMED_BADARITY)
    return error


def _resolved(callee: Any, arguments: tuple[Any, ...]) -> Native:
    """The library function that an external fun names. Raises ``badfun``, ``badarity`` and ``undef``."""
    if type(callee) is ExportFun and len(arguments) == callee.arity:
        native = find_native(callee.module.name, callee.function.name, len(arguments))
        if native is not None:
            return native
        error = undefined(callee.module.name, callee.function.name, arguments)
        error.stack.add_path(frames.CALL_VALUE)
        raise error
    if isinstance(callee, ExportFun | Fun):
        error = failure("badarity", (callee, list(arguments)))
    else:
        error = failure("badfun", callee)
    error.stack = machine_trace(frames.BADFUN)
    raise error


def resolve(module: str, name: str, arguments: tuple[Any, ...]) -> Native:
    """The library function of this name for these arguments. Raises ``undef``."""
    native = find_native(module, name, len(arguments))
    if native is None:
        raise undefined(module, name, arguments)
    return native


def undefined(module: str, name: str, arguments: tuple[Any, ...]) -> Raised:
    """``error:undef``, whose first frame is the function that does not exist."""
    error = Raised(UNDEF)
    error.stack = Trace()
    error.stack.add((Atom(module), Atom(name), list(arguments), []))
    return error
