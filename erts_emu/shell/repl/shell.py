"""The shell itself: takes commands, has them evaluated, and says what came of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.errors import ErlangError, ProcessExited
from erts_emu.shell.frames import IN_SHELL
from erts_emu.shell.parser import ParseError
from erts_emu.shell.repl.commands import CommandTable
from erts_emu.shell.repl.evaluator import Crashed, Evaluator, Outcome, Refused, Value, Work, evaluate_alone
from erts_emu.shell.repl.expansion import NoSuchCommand, expand
from erts_emu.shell.repl.queries import Queries
from erts_emu.shell.repl.sections import SECTIONS
from erts_emu.shell.scope import CompileError
from erts_emu.shell.session import Session
from erts_emu.shell.syntax import Node
from erts_emu.shell.tokens import ScanError
from erts_emu.shell.values import EXIT, ErlFun, exit_reason
from erts_emu.terms.atoms import Atom
from erts_emu.terms.format import format_shell

if TYPE_CHECKING:
    from erts_emu.emulator import Emulator
    from erts_emu.shell.output import Output
    from erts_emu.terms.spelling import Encoding

BANNER: Final = "Eshell V13.1.5  (abort with ^G)"
_UNBOUND: Final = Atom("unbound_var")


@final
class Shell:
    """One shell, on one emulator, which is booted when something first needs it."""

    def __init__(self, boot: Callable[[], Emulator], output: Output) -> None:
        self.session = Session(boot, output, IN_SHELL)
        self.output = output
        self.queries = Queries()
        self.commands = CommandTable(self, SECTIONS)
        self.bindings: dict[str, Any] = {}
        self.width = 80
        self.catches = False
        self.quitting = False
        self._evaluator: Evaluator | None = None
        self._work: Work | None = None

    def __repr__(self) -> str:
        return f"<Shell, query {self.queries.next_number}>"

    # --- where it writes ---

    @property
    def encoding(self) -> Encoding:
        """How atoms and strings are spelt."""
        return "unicode" if self.output.unicode else "latin1"

    def write(self, text: str) -> None:
        """Write to the terminal, or where a pipe leads."""
        self.output.write(text)

    def value_text(self, value: Any, column: int = 1) -> str:
        """A value as the shell prints it, beginning in *column*."""
        return format_shell(value, column, self.width, encoding=self.encoding, printable_range=self.encoding)

    def binding_text(self, value: Any, column: int) -> str:
        """A variable's value, *column* columns from the left."""
        if type(value) is ErlFun:
            from erts_emu.shell.repl.source import fun_text

            return fun_text(value.code.source, column)
        return self.value_text(value, column + 1)

    @property
    def prompt(self) -> str:
        """What the next command is asked for with."""
        return f"{self.queries.next_number}> "

    # --- commands ---

    @property
    def evaluator(self) -> Evaluator:
        """The process that evaluates; it boots the emulator."""
        if self._evaluator is None:
            self._evaluator = Evaluator(self.session)
        return self._evaluator

    def refuse(self, error: ScanError | ParseError | CompileError) -> None:
        """Say why something is no command."""
        from erts_emu.shell.reports import describe_refusal, describe_scan_error

        if isinstance(error, ParseError):
            text = "".join(error.reason)
        elif isinstance(error, ScanError):
            text = describe_scan_error(error.reason)
        else:
            text = describe_refusal(error.reason)
        self.write(f"* {error.line}:{error.column}: {text}\n")

    def execute(self, nodes: list[Node]) -> None:
        """Evaluate a command, and say what came of it. Raises ``Halt``."""
        try:
            expanded, values = expand(nodes, self.queries)
        except NoSuchCommand as error:
            self.write(f"* {error}: command not found\n")
            return
        query = self.queries.add(expanded)
        work = Work(list(expanded), {**self.bindings, **values}, self.commands.find, catches=self.catches)
        self._work = work
        outcome = self._evaluate(work)
        self._work = None
        if isinstance(outcome, Value):
            self.bindings = {name: value for name, value in outcome.bindings.items() if name not in values}
            self.write(f"{self.value_text(outcome.value)}\n")
            self.queries.finish(query, outcome.value)
        elif isinstance(outcome, Refused):
            self.refuse(outcome.error)
            self.queries.finish(query, (EXIT, outcome.error.reason))
        else:
            self.report(outcome)
            self.queries.finish(query, (EXIT, reason_of(outcome)))

    def _evaluate(self, work: Work) -> Outcome:
        if self.session.emulator is None:
            outcome = evaluate_alone(self.session, work)
            if outcome is not None:
                return outcome
        try:
            return self.evaluator.evaluate(work)
        except ProcessExited:
            if self.session.halt_request is not None:
                raise self.session.halt_request from None
            raise

    def report(self, crash: Crashed) -> None:
        """Say that the evaluation has ended with an exception."""
        from erts_emu.shell.reports import format_exception

        stars = "*" if self.catches else "**"
        text = format_exception(
            crash.kind,
            crash.reason,
            crash.frames,
            len(stars) + 1,
            lambda term, column: self.value_text(term, column + 1),
        )
        self.write(f"{stars} {text}\n")

    # --- bindings and queries ---

    def visible_bindings(self) -> dict[str, Any]:
        """The variables, as they are now."""
        current = self.bindings if self._work is None else self._work.bindings
        return {name: value for name, value in current.items() if "(" not in name}

    def forget(self, name: str | None) -> None:
        """Forget a variable, or all."""
        assert self._work is not None
        bindings = self._work.bindings
        for each in [name] if name is not None else list(self.visible_bindings()):
            bindings.pop(each, None)

    def history_text(self) -> str:
        """The remembered commands with their values."""
        from erts_emu.shell.repl.source import source_text

        lines = []
        for query in self.queries.finished():
            head = f"{query.number}: "
            lines.append(f"{head}{source_text(query.nodes, len(head))}\n")
            if query.has_value:
                lines.append(f"-> {self.value_text(query.value, 4)}\n")
        return "".join(lines)

    def help_text(self) -> str:
        """What the shell's own functions do."""
        lines = []
        for section in self.commands.sections:
            lines.append(f"** {section.section} **\n")
            lines += [f"{command.usage:<18} -- {command.help}\n" for command in section.commands]
        return "".join(lines)


def reason_of(crash: Crashed) -> Any:
    """The reason as part of a value ``{'EXIT', Reason}``."""
    error = ErlangError(crash.reason)
    error.kind = crash.kind  # type: ignore[assignment]
    return exit_reason(error, crash.frames)
