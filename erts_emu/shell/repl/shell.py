"""The shell itself: takes commands, has them evaluated, and says what came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.shell.parser import ParseError
from erts_emu.shell.repl.commands import CommandTable
from erts_emu.shell.repl.console import Console
from erts_emu.shell.repl.evaluator import Outcome, Refused, Value, Work, reason_of
from erts_emu.shell.repl.expansion import NoSuchCommand, expand
from erts_emu.shell.repl.journal import Entry, Journal, ReplayWentElsewhere
from erts_emu.shell.repl.queries import Queries, Query
from erts_emu.shell.repl.recording import SessionRecorder
from erts_emu.shell.repl.sections import SECTIONS
from erts_emu.shell.repl.steering import Steering
from erts_emu.shell.repl.watching import Watch
from erts_emu.shell.repl.world import World
from erts_emu.shell.scope import CompileError
from erts_emu.shell.syntax import Node
from erts_emu.shell.tokens import ATOM, ScanError, Scanner
from erts_emu.shell.values import EXIT
from erts_emu.terms.spelling import atom_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from erts_emu.emulator import Emulator
    from erts_emu.ethread import SimulatedThreads
    from erts_emu.shell.repl.jobs import JobTable

BANNER: Final = "Eshell V13.1.5  (abort with ^G)"


@final
class Shell:
    """One shell. Its emulator is made with *options*, those of ``Emulator``."""

    def __init__(self, options: dict[str, Any], console: Console) -> None:
        self.options = options
        self.console = console
        self.queries = Queries()
        self.commands = CommandTable(self, SECTIONS)
        self.bindings: dict[str, Any] = {}
        self.atoms: set[str] = set()
        """The atoms that were entered."""
        self.catches = False
        self.quitting = False
        self.leave_for: Callable[[], None] | None = None
        """What takes the terminal once the command under way is over: the observer. It is no move of the session's."""
        self.rewinds = 0
        """How many moves are to be taken back once the command under way is over."""
        self.journal = Journal()
        self.transcript: list[tuple[str, str]] = []
        """What was entered, and what was printed."""
        self.steering = Steering(self)
        self.watch = Watch(self)
        self.recorder = SessionRecorder(self)
        self._work: Work | None = None
        self.world = self._new_world()

    def __repr__(self) -> str:
        return f"<Shell, query {self.queries.next_number}>"

    def _new_world(self) -> World:
        def boot() -> Emulator:
            from erts_emu.emulator import Emulator

            if self.is_simulated:
                return Emulator(**self.options, strategy=self.steering.strategy, strict=False)
            return Emulator(**self.options, lock_counters=True)

        def booted(emulator: Emulator) -> None:
            emulator.layer.tsd.name = "shell"
            self.steering.settle(emulator)
            self.watch.start(emulator)
            self.recorder.begin(emulator)

        return World(boot, self.console, booted)

    # --- what commands need most ---

    @property
    def emulator(self) -> Emulator:
        """The emulator; booted now, if it was not before."""
        return self.world.emulator

    @property
    def jobs(self) -> JobTable:
        """The async jobs under way."""
        return self.world.jobs

    @property
    def simulated_layer(self) -> SimulatedThreads | None:
        """The layer of simulated threads, if the emulator is on one."""
        return self.world.simulated

    @property
    def is_simulated(self) -> bool:
        """Whether the emulator's threads are simulated ones."""
        return self.options.get("threads") == "simulated"

    def write(self, text: str) -> None:
        """Write to the terminal, or where a pipe leads."""
        self.console.write(text)

    @property
    def prompt(self) -> str:
        """What the next command is asked for with."""
        return f"{self.queries.next_number}> "

    # --- commands ---

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

    def execute(self, text: str, nodes: list[Node]) -> None:
        """Evaluate a command, and say what came of it. Raises ``Halt``."""
        self.take_note()
        self._note_atoms(text)
        try:
            expanded, values = expand(nodes, self.queries)
        except NoSuchCommand as error:
            self.write(f"* {error}: command not found\n")
            return
        query = self.queries.add(expanded)
        entry = Entry(query.number, text, expanded, values)
        self.console.start_noting()
        self._show(query, self._perform(entry))
        if self.leave_for is not None:
            leave_for, self.leave_for = self.leave_for, None
            leave_for()
            return
        if self.rewinds:
            self._rewind()
        else:
            self.journal.entries.append(entry)
        self.transcript.append((text.strip(), self.console.noted()))

    def _perform(self, entry: Entry) -> Outcome:
        work = Work(list(entry.nodes), {**self.bindings, **entry.values}, self.commands.find, catches=self.catches)
        self.steering.start(entry.limit)
        self._work = work
        try:
            outcome = self.world.evaluate(work)
        finally:
            self._work = None
        entry.walked = self.steering.taken
        entry.moved = work.used_process or entry.walked > 0
        entry.at = self.world.steps
        if isinstance(outcome, Value):
            entry.succeeded = True
            self.bindings = {name: value for name, value in outcome.bindings.items() if name not in entry.values}
        return outcome

    def _show(self, query: Query, outcome: Outcome) -> None:
        if isinstance(outcome, Value):
            self.write(f"{self.console.value_text(outcome.value)}\n")
            self.queries.finish(query, outcome.value)
        elif isinstance(outcome, Refused):
            self.refuse(outcome.error)
            self.queries.finish(query, (EXIT, outcome.error.reason))
        else:
            self.write(self.console.crash_text(outcome, "*" if self.catches else "**"))
            self.queries.finish(query, (EXIT, reason_of(outcome)))

    def take_note(self) -> None:
        """Say what has happened between commands. Raises ``Halt``."""
        crash = self.world.died()
        if crash is not None:
            self.write(self.console.crash_text(crash, "**"))

    # --- taking moves back ---

    def _rewind(self) -> None:
        """Take moves back: in a new world, do everything again but for them."""
        while self.rewinds:
            self.rewinds -= 1
            if not self.journal.take_back():
                self.rewinds = 0
                self.write("nothing is left to take back\n")
        self.world.session.stop(flush=False)
        self.world = self._new_world()
        self.world.take_no_input()
        self.bindings = {}
        self.console.mute(closed=True)
        try:
            self._repeat(self.journal.entries)
        except ReplayWentElsewhere as error:
            self.console.mute(closed=False)
            self.write(f"{error}\n")
        finally:
            self.console.mute(closed=False)

    def _repeat(self, entries: list[Entry]) -> None:
        changed = False
        for entry in entries:
            before = entry.at
            changed = changed or entry.limit is not None
            self._perform(entry)
            if not changed and entry.moved and entry.at != before:
                raise ReplayWentElsewhere(entry, before)

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
                lines.append(f"-> {self.console.value_text(query.value, 4)}\n")
        return "".join(lines)

    def system_banner(self) -> str:
        """What is running here."""
        from erts_emu import __version__

        threads = "simulated" if self.is_simulated else "real"
        return f"Erlang/OTP 25 [erts-13.1.5] [erts_emu {__version__}] [threads:{threads}]"

    # --- names to complete with ---

    def _note_atoms(self, text: str) -> None:
        scanner = Scanner(text)
        while (token := scanner.next()) is not None:
            if token.kind == ATOM:
                self.atoms.add(atom_text(token.value, "unicode"))

    def loaded_drivers(self) -> list[str]:
        """The names of the drivers that are loaded."""
        return sorted(self.emulator.ddll.loaded_drivers()) if self.world.is_booted else []

    def registered_names(self) -> list[str]:
        """The registered names."""
        return [atom_text(name, "unicode") for name in self.emulator.names.all()] if self.world.is_booted else []

    def help_text(self) -> str:
        """What the shell's own functions do."""
        lines = []
        for section in self.commands.sections:
            lines.append(f"** {section.section} **\n")
            lines += [f"{command.usage:<18} -- {command.help}\n" for command in section.commands]
        return "".join(lines)
