"""The evaluator: the process that evaluates commands, and is replaced by a new one when an exception has ended it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.errors import KILL, KILLED, ErlangError, ErlangExit
from erts_emu.shell.compiler import Form, LocalFunctions, compile_form
from erts_emu.shell.frames import IN_SHELL
from erts_emu.shell.machine import Machine
from erts_emu.shell.scope import CompileError
from erts_emu.shell.session import Session, run_form
from erts_emu.shell.syntax import Node
from erts_emu.shell.values import exit_reason
from erts_emu.terms.atoms import Atom

if TYPE_CHECKING:
    from erts_emu.attached_process import AttachedProcess
    from erts_emu.bifs import ProcessBifs
    from erts_emu.coroutine_process import CoroutineProcess


@final
class Value:
    """A command has a value, and has left these bindings."""

    __slots__ = ("bindings", "value")

    def __init__(self, value: Any, bindings: dict[str, Any]) -> None:
        self.value = value
        self.bindings = bindings


@final
class Refused:
    """An expression of a command was not evaluated. Nobody has died of it."""

    __slots__ = ("error",)

    def __init__(self, error: CompileError) -> None:
        self.error = error


@final
class Crashed:
    """An exception, or an exit signal, has ended the evaluator; *note* says more about it."""

    __slots__ = ("frames", "kind", "note", "reason")

    def __init__(self, kind: str, reason: Any, frames: list[Any], note: str = "") -> None:
        self.kind = kind
        self.reason = reason
        self.frames = frames
        self.note = note


Outcome = Value | Refused | Crashed


@final
class Work:
    """A command on its way through the evaluation: the expressions that are left, and the bindings so far."""

    __slots__ = ("_form", "bindings", "catches", "functions", "nodes", "used_process", "value")

    def __init__(
        self, nodes: list[Node], bindings: dict[str, Any], functions: LocalFunctions, *, catches: bool = False
    ) -> None:
        self.nodes = nodes
        self.bindings = bindings
        self.functions = functions
        self.catches = catches
        """Whether the evaluator outlives an exception."""
        self.value: Any = None
        self.used_process = False
        self._form: Form | None = None

    def __repr__(self) -> str:
        return f"<Work, {len(self.nodes)} expressions left>"

    async def go_on(self, machine: Machine, *, alone: bool) -> Outcome | None:
        """Evaluate expression by expression, as the shell of ``erl`` does: each sees what those before have bound.

        None before an expression that is to be evaluated the other way: those that need a process are not evaluated
        *alone*, and the others are only so, since they must not disturb anybody.
        """
        machine.waiting.clear()
        try:
            while self.nodes:
                form = self._form or compile_form(self.nodes[:1], self.bindings, self.functions)
                self._form = form
                if alone is form.needs_process:
                    return None
                self.value = await run_form(machine, form, self.bindings)
                self._form = None
                del self.nodes[0]
        except CompileError as error:
            return Refused(error)
        except ErlangError as error:
            return Crashed(error.kind, error.reason, error.stack.term())
        return Value(self.value, self.bindings)


@final
class _Reply:
    """The message with which the evaluator answers."""

    __slots__ = ("outcome",)

    def __init__(self, outcome: Outcome | None) -> None:
        self.outcome = outcome


class _Interrupted(BaseException):
    """What is evaluated without a process has been interrupted."""


@final
class NoProcess:
    """Stands for the process where none is needed: nobody has to be let in, but for who interrupts."""

    def __init__(self) -> None:
        self._interrupted = False

    def interrupt(self) -> None:
        """End the evaluation with its next call. Any moment."""
        self._interrupted = True

    @property
    def fcalls(self) -> int:
        """The reductions that are left: there is no end to them. The machine asks before each call."""
        if self._interrupted:
            raise _Interrupted
        return 1 << 62

    @fcalls.setter
    def fcalls(self, _value: int) -> None:
        """Nobody counts."""


def evaluate_alone(session: Session, work: Work, process: NoProcess) -> Outcome | None:
    """Evaluate without a process; None as soon as one is needed."""
    machine = Machine(session, None, IN_SHELL)
    machine.process = process
    coroutine = work.go_on(machine, alone=True)
    try:
        coroutine.send(None)
    except StopIteration as end:
        outcome: Outcome | None = end.value
        return outcome
    except _Interrupted:
        return Crashed("exit", KILLED, [])
    except Exception as error:  # noqa: BLE001 -- a mistake in a command of ours must not end the shell
        return Crashed("error", (_PYTHON_EXCEPTION, Atom(type(error).__name__), [*map(ord, str(error))]), [])
    raise AssertionError("code that needs no process has waited")


def _body(session: Session, main: AttachedProcess) -> Callable[..., Coroutine[Any, Any, None]]:
    async def run(process: ProcessBifs) -> None:
        machine = Machine(session, process, IN_SHELL)
        while True:
            work: Work | Crashed = await process.receive(_is_work)
            if isinstance(work, Crashed):
                raise ErlangExit(reason_of(work))
            outcome = await work.go_on(machine, alone=False)
            main.process.deliver(_Reply(outcome))
            if isinstance(outcome, Crashed) and not work.catches:
                raise ErlangExit(reason_of(outcome))

    run.__qualname__ = "erlang:apply/2"
    return run


async def _look(main: ProcessBifs) -> None:
    """Let signals take effect."""
    main.fetch()


_PYTHON_EXCEPTION: Final = Atom("python_exception")
_FOR_EVER: Final = "nobody can go on, and this would wait for ever: it is killed\n"


def _is_work(message: object) -> bool:
    return type(message) is Work or type(message) is Crashed


def reason_of(crash: Crashed) -> Any:
    """The reason with which a process ends of an exception."""
    error = ErlangError(crash.reason)
    error.kind = crash.kind  # type: ignore[assignment]
    return exit_reason(error, crash.frames)


@final
class Evaluator:
    """The shell's view of the evaluator. The calling thread is the session's main process, which only waits here."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._main = session.start()
        self._main.process.priority = "max"  # whoever a command has started runs after its value is there
        self._process: CoroutineProcess | None = None
        self._monitor: Any = None

    def __repr__(self) -> str:
        return f"<Evaluator {self._process!r}>"

    @property
    def process(self) -> CoroutineProcess:
        """The process that evaluates: a new one, if the last has ended."""
        if self._process is None:
            emulator = self._session.emulator
            assert emulator is not None
            self._process = emulator.spawn(_body(self._session, self._main))
            self._monitor = self._main.monitor(self._process.pid)
        return self._process

    def evaluate(self, work: Work) -> Outcome | None:
        """Have a command evaluated; wait for what comes of it, None if the rest needs no process.

        Raises ``ProcessExited`` if the shell itself ends.
        """
        process = self.process

        async def ask(main: ProcessBifs) -> Outcome | None:
            process.deliver(work)
            answer = await main.receive(self._is_answer)
            if type(answer) is not _Reply:
                self._process = None
                return Crashed("exit", answer[4], [])
            if isinstance(answer.outcome, Crashed) and not work.catches:
                await main.receive(self._is_down)
                self._process = None
            return answer.outcome

        from erts_emu.ethread import DeadlockError

        try:
            return self._main.drive(ask(self._main.process))
        except DeadlockError:
            self._main.exit_signal(process.pid, KILL)
            reason = self._main.receive(self._is_down)[4]
            self._process = None
            return Crashed("exit", reason, [], _FOR_EVER)

    def crash(self, crash: Crashed) -> None:
        """End the evaluator as if it had raised an exception that was raised without it."""
        process = self._process
        if process is None:
            return

        async def tell(main: ProcessBifs) -> None:
            process.deliver(crash)
            await main.receive(self._is_down)

        self._main.drive(tell(self._main.process))
        self._process = None

    def died(self) -> Crashed | None:
        """Whether the evaluator has ended while it had nothing to do, and of what. Raises ``ProcessExited``."""
        self._main.drive(_look(self._main.process))
        if self._process is None or self._process.is_alive:
            return None
        reason = self._main.receive(self._is_down)[4]
        self._process = None
        return Crashed("exit" if reason is KILLED else "error", reason, [])

    def is_disturbed(self) -> bool:
        """Whether the evaluator has ended, or the shell itself was sent something."""
        main = self._main.process
        return not main.is_alive or bool(main.inq) or (self._process is not None and not self._process.is_alive)

    def kill(self) -> None:
        """Kill the evaluator, out of whatever its thread is doing: a signal handler may call this."""
        process = self._process
        if process is None:
            return
        from erts_emu.signals import ExitSignal

        signal = ExitSignal(self._main.pid, KILL, by_link=False)
        if process.emu.layer.kind == "simulated":
            deque.append(process.inq, signal)  # no step: the simulation may be in the middle of one
        else:
            # The interrupted thread may hold the lock that is needed to wake the evaluator.
            threading.Thread(target=process.deliver, args=(signal,)).start()

    def _is_answer(self, message: Any) -> bool:
        return type(message) is _Reply or self._is_down(message)

    def _is_down(self, message: Any) -> bool:
        return type(message) is tuple and len(message) == 5 and message[1] == self._monitor
