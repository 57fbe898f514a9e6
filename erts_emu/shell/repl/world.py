"""The world of a shell: an emulator, and who evaluates in it. Another one takes its place when steps are taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.errors import ProcessExited
from erts_emu.shell.frames import IN_SHELL
from erts_emu.shell.input import Input
from erts_emu.shell.repl.console import Console
from erts_emu.shell.repl.evaluator import Crashed, Evaluator, NoProcess, Outcome, Work, evaluate_alone
from erts_emu.shell.session import Session
from erts_emu.terms.atoms import Atom

if TYPE_CHECKING:
    from erts_emu.emulator import Emulator
    from erts_emu.ethread import SimulatedThreads
    from erts_emu.process import Process
    from erts_emu.shell.repl.jobs import JobTable

_SIMULATION_OVER: Final = Atom("simulation_over")


@final
class World:
    """An emulator that is booted when something first needs it; *booted* is told of it."""

    def __init__(self, boot: Callable[[], Emulator], console: Console, booted: Callable[[Emulator], None]) -> None:
        self.session = Session(self._boot, console.output, IN_SHELL, errors=console.reports)
        self.session.error_output = console.output
        self._boot_emulator = boot
        self._booted = booted
        self._evaluator: Evaluator | None = None
        self._alone = NoProcess()
        self._jobs: JobTable | None = None

    def __repr__(self) -> str:
        return f"<World of {self.session.emulator!r}>"

    def _boot(self) -> Emulator:
        from erts_emu.shell.repl.jobs import JobTable

        emulator = self._boot_emulator()
        self._jobs = JobTable(emulator.trace)
        self._booted(emulator)
        return emulator

    # --- the emulator ---

    @property
    def is_booted(self) -> bool:
        """Whether anything has needed the emulator."""
        return self.session.emulator is not None

    @property
    def emulator(self) -> Emulator:
        """The emulator; booted now, if it was not before."""
        self.session.start()
        assert self.session.emulator is not None
        return self.session.emulator

    @property
    def jobs(self) -> JobTable:
        """The async jobs under way."""
        self.session.start()
        assert self._jobs is not None
        return self._jobs

    @property
    def simulated(self) -> SimulatedThreads | None:
        """The layer of simulated threads, if the emulator is on one."""
        layer: Any = self.emulator.layer
        return layer if layer.kind == "simulated" else None

    @property
    def steps(self) -> int:
        """How many steps the simulation has taken; 0 if there is none."""
        if not self.is_booted:
            return 0
        layer = self.simulated
        return 0 if layer is None else layer.steps

    def take_no_input(self) -> None:
        """Whoever reads from standard input finds it at its end."""
        self.session.input = Input()
        self.session.input.close()

    # --- evaluation ---

    @property
    def evaluator(self) -> Evaluator:
        """The process that evaluates."""
        if self._evaluator is None:
            self._evaluator = Evaluator(self.session)
        return self._evaluator

    def is_shell_process(self, process: Process) -> bool:
        """Whether a process is the shell's own, which waits for the evaluator."""
        main = self.session.main
        return main is not None and main.process is process

    def evaluate(self, work: Work) -> Outcome:
        """Evaluate a command: with a process as far as one is needed, without disturbing anybody otherwise.

        Raises ``Halt``.
        """
        try:
            while True:
                self._alone = NoProcess()
                outcome = evaluate_alone(self.session, work, self._alone)
                if isinstance(outcome, Crashed) and self._evaluator is not None and not work.catches:
                    self._evaluator.crash(outcome)
                if outcome is None:
                    work.used_process = True
                    outcome = self.evaluator.evaluate(work)
                if outcome is not None:
                    return outcome
        except ProcessExited:
            self._halt_if_asked()
            raise
        except BaseException as error:
            from erts_emu.ethread import SimulationOver

            if not isinstance(error, SimulationOver):
                raise
            return Crashed("error", _SIMULATION_OVER, [], f"{error}\n")

    def _halt_if_asked(self) -> None:
        if self.session.halt_request is not None:
            raise self.session.halt_request from None

    # --- between commands ---

    def is_disturbed(self) -> bool:
        """Whether something has happened that does not wait for the next command."""
        return self._evaluator is not None and self._evaluator.is_disturbed()

    def died(self) -> Crashed | None:
        """Of what the evaluator has died between commands, if it has. Raises ``Halt``."""
        if self._evaluator is None or not self._evaluator.is_disturbed():
            return None
        try:
            return self._evaluator.died()
        except ProcessExited:
            self._halt_if_asked()
            raise

    def interrupt(self) -> None:
        """Kill whatever is being evaluated. Any moment, in the thread that evaluates."""
        self._alone.interrupt()
        if self._evaluator is not None:
            self._evaluator.kill()
