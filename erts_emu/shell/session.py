"""A session: bindings, output, and the emulator that is booted when code first needs a process.

Forms that only compute and print run without an emulator, since starting one takes longer than most scripts.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, Final, TextIO, final

from erts_emu.errors import KILL, ProcessExited
from erts_emu.shell.compiler import Form, LocalFunctions, compile_form, no_local_functions
from erts_emu.shell.frames import IN_ARGUMENT, IN_SHELL, Path, as_in_shell
from erts_emu.shell.input import Input
from erts_emu.shell.machine import Machine
from erts_emu.shell.output import Output
from erts_emu.shell.parser import ParseError, parse_form
from erts_emu.shell.scope import CompileError
from erts_emu.shell.syntax import Node
from erts_emu.shell.tokens import ScanError, Scanner
from erts_emu.shell.traces import RAISED, complete
from erts_emu.terms.identifiers import Pid, Reference

if TYPE_CHECKING:
    from erts_emu.attached_process import AttachedProcess
    from erts_emu.bifs import ProcessBifs
    from erts_emu.emulator import Emulator
    from erts_emu.shell.open_files import OpenFile
    from erts_emu.timers import Timer


_RECEIVES: Final = 200
_RECEIVE_TIME: Final = 2_500
"""The nanoseconds from one ``receive`` to the next, where time is virtual."""


class Halt(BaseException):
    """``halt`` was called. Not an ``Exception``: no handler of the script's must stop it."""

    def __init__(self, status: int, *, flush: bool) -> None:
        super().__init__(status)
        self.status = status
        self.flush = flush


@final
class Session:
    """What the processes of a script share.

    *boot* makes the emulator; *base* are the frames that stack traces end with; *output* and *errors* are, by default,
    standard output and error.
    """

    def __init__(
        self,
        boot: Callable[[], Emulator],
        output: Output | None = None,
        base: Path = IN_ARGUMENT,
        *,
        errors: TextIO | None = None,
    ) -> None:
        self._boot = boot
        self.base = base
        self.in_shell = base is IN_SHELL
        self.emulator: Emulator | None = None
        self.main: AttachedProcess | None = None
        self.output = output or Output(sys.stdout.buffer)
        self.errors: TextIO = errors or sys.stderr
        self.error_output = Output(self.errors.buffer)
        self.input = Input()
        self.local_functions: LocalFunctions = no_local_functions
        self.halt_request: Halt | None = None
        self.timers: dict[Reference, Timer] = {}
        self.open_files: dict[Reference, OpenFile] = {}
        """Those that are raw."""
        self.tables: dict[Reference, Any] = {}
        """The tables of ``ets``."""
        self.group_leader = Pid(64)
        """No process: output goes to standard output, whoever the leader is."""
        self._machine: Machine | None = None
        self._flags: dict[Pid, dict[str, Any]] = {}
        self._former: dict[str, int] = {}
        self._integers = itertools.count(1)
        self._receives = 0
        self._started = 0

    def __repr__(self) -> str:
        return f"<Session of {self.emulator!r}>"

    # --- the emulator ---

    def start(self) -> AttachedProcess:
        """Boot the emulator, unless it runs; the calling thread becomes the main process."""
        if self.main is None:
            self.emulator = self._boot()
            self._started = self.emulator.layer.monotonic()
            self.main = self.emulator.attach(name="init", trap_exit=True)
            self._machine = Machine(self, self.main.process, self.base)
        return self.main

    def stop(self, *, flush: bool = True) -> None:
        """Halt the emulator, if it was ever booted."""
        if self.emulator is not None:
            self.emulator.halt(flush=flush)

    async def halt(self, process: ProcessBifs, status: int, *, flush: bool) -> None:
        """``halt``, called by *process*: the main process raises ``Halt``, any other has it killed and waits."""
        halt = Halt(status, flush=flush)
        if self.main is not None and process is not self.main.process:
            self.halt_request = halt
            await process.exit_signal(self.main.pid, KILL)
            await process.receive(lambda _message: False)
        raise halt

    # --- clocks and counters ---

    def system_time(self) -> int:
        """The time of day, in nanoseconds since 1970, on the emulator's clock."""
        assert self.emulator is not None
        return self.emulator.driver_world.clock.system_time()

    def start_time(self) -> int:
        """When the emulator was booted, on its clock."""
        return self._started

    def running_time(self) -> int:
        """How long the emulator has been running, in nanoseconds."""
        assert self.emulator is not None
        return self.emulator.layer.monotonic() - self._started

    def since(self, name: str, value: int) -> int:
        """How much a value has grown since this was last asked."""
        former = self._former.get(name, 0)
        self._former[name] = value
        return value - former

    def count_receive(self) -> None:
        """Let virtual time pass for processes that wait so often that none of them uses up its time slice."""
        self._receives += 1
        if self._receives == _RECEIVES and self.emulator is not None:
            self._receives = 0
            self.emulator.layer.compute(_RECEIVES * _RECEIVE_TIME)

    def unique_integer(self) -> int:
        """An integer that was not returned before."""
        return next(self._integers)

    def flags_of(self, process: ProcessBifs) -> dict[str, Any]:
        """The process flags that have no effect here."""
        return self._flags.setdefault(process.pid, {})

    def complain(self, text: str) -> None:
        """Write a report to standard error."""
        self.errors.write(f"{text}\n")
        self.errors.flush()

    def report_crash(self, pid: Pid, reason: Any) -> None:
        """What ``erl`` logs when a process ends with an exception that nothing has caught."""
        from erts_emu.terms.format import format_p

        now = time.time()
        stamp = time.strftime("%Y::%H:%M:%S", time.localtime(now))
        day = time.strftime("%d-%b-", time.localtime(now)).lstrip("0")
        head = f"=ERROR REPORT==== {day}{stamp}.{int(now % 1 * 1_000_000):06} ==="
        self.complain(f"{head}\nError in process {pid} with exit value:\n{format_p(reason)}\n")

    # --- evaluation ---

    def evaluate(self, nodes: list[Node], bindings: dict[str, Any]) -> Any:
        """Evaluate a form in the main process; add what it binds to *bindings*; return its value.

        Raises ``CompileError``, ``ErlangError``, ``ProcessExited`` and ``Halt``.
        """
        form = compile_form(nodes, bindings, self.local_functions)
        if form.needs_process:
            self.start()
        machine = self._machine or Machine(self, None, self.base)
        machine.waiting.clear()
        coroutine = run_form(machine, form, bindings)
        if self.main is None:
            return _run_alone(coroutine)
        try:
            return self.main.drive(coroutine)
        except ProcessExited:
            if self.halt_request is not None:
                raise self.halt_request from None
            raise
        finally:
            coroutine.close()  # whatever has ended the evaluation from outside, such as the end of a simulation

    async def evaluate_in(self, machine: Machine, nodes: list[Node], bindings: dict[str, Any]) -> Any:
        """Evaluate a form within code that *machine* is running."""
        return await run_form(machine, compile_form(nodes, bindings), bindings)


async def run_form(machine: Machine, form: Form, bindings: dict[str, Any]) -> Any:
    """Run a compiled form."""
    try:
        result = form.start(*(bindings[name] for name in form.inputs))
    except RAISED as raised:
        error = complete(raised, (), machine.base)
        if machine.session.in_shell:
            error.stack.frames = as_in_shell(error.stack.frames)
        raise error from None
    if form.yields:
        result = await machine.run(result)
    value, new = result
    bindings.update((name, bound) for name, bound in new.items() if bound is not None)
    return value


def _run_alone(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("code that needs no process has waited")


FormError = ScanError | ParseError | CompileError


@final
class ReadForm:
    """A form as it was read: its nodes, or why there are none; and the line after it."""

    __slots__ = ("end_line", "error", "line", "nodes")

    def __init__(self, line: int, end_line: int, nodes: list[Node], error: ScanError | ParseError | None) -> None:
        self.line = line
        self.end_line = end_line
        self.nodes = nodes
        self.error = error


def read_forms(text: str) -> Iterator[ReadForm]:
    """Read the forms of a text, also those after one that is no form."""
    scanner = Scanner(text)
    while True:
        line = scanner.line
        try:
            tokens = scanner.form()
            if not tokens:
                return
            line = tokens[0].line
            nodes = parse_form(tokens)
        except (ScanError, ParseError) as error:
            yield ReadForm(line, scanner.line, [], error)
        else:
            yield ReadForm(line, scanner.line, nodes, None)


__all__ = ["FormError", "Halt", "ReadForm", "Session", "read_forms"]
