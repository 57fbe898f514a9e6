"""Observing a script while it is evaluated."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.ethread import NANOSECONDS_PER_SECOND
from erts_emu.observe.observer.history import Histories
from erts_emu.observe.observer.output import Kept
from erts_emu.observe.observer.samples import Order, Phase, RunState
from erts_emu.observe.observer.stepping import Abandoned, Gate, Passing, SteppedThreads
from erts_emu.observe.observer.subjects import crash_of
from erts_emu.trace import TRACEPOINTS

if TYPE_CHECKING:
    from erts_emu.emulator import Emulator
    from erts_emu.shell.session import Session

_PATIENCE: Final = 20.0
"""The seconds that an order may take, until the face is told that it is still under way."""


class _Script:
    """What scripts on both kinds of threads know. The emulator is made with *options*, those of ``Emulator``."""

    def __init__(self, text: str, name: str, options: dict[str, Any], kept: Kept | None) -> None:
        self.emulator: Emulator | None = None
        self.histories: Histories | None = None
        self.status: int | None = None
        """The exit status, once the script has ended."""
        self._text = text
        self._name = name
        self._options = options
        self._kept = kept
        self._phase: Phase = "starting"
        self._message = ""

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name} {self._phase}>"


@final
class ScriptOnRealThreads(_Script):
    """A script on real threads, evaluated on a thread of its own. When it has ended, its emulator goes on."""

    def __init__(self, text: str, name: str, options: dict[str, Any], *, kept: Kept | None = None) -> None:
        super().__init__(text, name, options, kept)
        self._thread = threading.Thread(target=self._run, name="script", daemon=True)

    def start(self) -> None:
        """Begin to evaluate."""
        self._thread.start()

    def _boot(self) -> Emulator:
        from erts_emu.emulator import Emulator

        emulator = Emulator(strict=False, **self._options)
        emulator.layer.tsd.name = "script"
        self.histories = Histories(emulator)
        self.emulator = emulator
        self._phase = "running"
        return emulator

    def _run(self) -> None:
        session = new_session(self._boot, self._kept)
        self.status, self._phase, self._message = evaluate(session, self._text, self._name)

    def run_state(self) -> RunState:
        """Whether the script is still under way."""
        return RunState(self._name, "real", self._phase, crash_of(self.emulator) or self._message)

    def obey(self, order: Order) -> str:
        """Real threads go on as they like."""
        return f"{order.name}: real threads cannot be steered; use --threads simulated"

    def close(self) -> None:
        """Halt the emulator, whatever is under way."""
        if self.emulator is not None:
            self.emulator.halt(flush=False)


@final
class ScriptOnSimulatedThreads(_Script):
    """A script on simulated threads: paused at its first step, it goes on when it is told.

    Going back means to begin anew, on another emulator, and to stop earlier: the same script with the same *seed* does
    the same. Without a seed each thread runs until it blocks.
    """

    _ORDERS: Final = ("step", "back", "go", "pause", "until")

    def __init__(
        self, text: str, name: str, options: dict[str, Any], *, seed: int | None = None, kept: Kept | None = None
    ) -> None:
        super().__init__(text, name, options, kept)
        self._seed = seed
        self._steering = threading.Lock()
        """Held by whoever moves the run: one after the other."""
        self._gate = Gate(0)
        self._thread = threading.Thread()

    def start(self) -> None:
        """Begin to evaluate."""
        self._begin(0)

    def _begin(self, stop_at: int) -> None:
        self._gate = Gate(stop_at)
        self._phase, self._message, self.status = "starting", "", None
        self._thread = threading.Thread(target=self._run, args=(self._gate,), name="script", daemon=True)
        self._thread.start()

    # --- the simulating thread ---

    def _run(self, gate: Gate) -> None:
        from erts_emu.ethread.carriers import Unwind
        from erts_emu.ethread.errors import SimulationOver

        session = new_session(lambda: self._boot(gate), self._kept)
        try:
            self.status, phase, self._message = evaluate(session, self._text, self._name)
            if phase == "ended" and session.emulator is not None:
                session.emulator.layer.sleep(NANOSECONDS_PER_SECOND)  # what is under way comes to its end
            self._phase = phase
        except (Abandoned, Unwind, Exception):
            # Another run takes its place, or the observer goes. Being thrown out in the middle of an operation, with a
            # lock taken or not, may have failed in its own way.
            if not gate.abandoned:
                raise
            self._phase = "starting"
        except SimulationOver as error:
            session.complain(str(error))
            self.status, self._phase, self._message = 1, "ended", str(error).partition("\n")[0]
        gate.finish()
        if session.emulator is not None:
            session.emulator.abandon()

    def _boot(self, gate: Gate) -> Emulator:
        from erts_emu.emulator import Emulator
        from erts_emu.ethread import SeededRandom

        strategy = None if self._seed is None else SeededRandom(self._seed)
        emulator = Emulator(threads=SteppedThreads(gate, strategy, self._seed or 0), strict=False, **self._options)
        emulator.layer.tsd.name = "script"
        self.histories = Histories(emulator, lambda: gate.passed)
        self.emulator = emulator
        self._phase = "running"
        gate.start_counting()
        return emulator

    # --- the observer's threads ---

    def run_state(self) -> RunState:
        """Where the simulation stands."""
        gate = self._gate
        phase: Phase = "paused" if self._phase == "running" and gate.paused else self._phase
        return RunState(
            self._name, "simulated", phase, self._message, gate.passed, gate.thread, gate.doing(), self._ORDERS
        )

    def obey(self, order: Order) -> str:
        """Steer the simulation."""
        if order.name == "pause":
            self._gate.stop()  # also what another face has just let go on
            return ""
        with self._steering:
            return self._steer(order)

    def _steer(self, order: Order) -> str:
        if order.name == "back":
            return self._go_back(max(1, order.count))
        if self._phase in ("ended", "halted"):
            return "the script has ended: go back with b"
        elif order.name == "step":
            self._gate.let(max(1, order.count))
            self._gate.wait_until_still(_PATIENCE)
        elif order.name == "go":
            self._gate.let(None)
        elif order.name == "until":
            return self._go_until(order.text)
        else:
            return f"{order.name}: a script takes no such order"
        return ""

    def _go_back(self, count: int) -> str:
        target = max(0, self._gate.passed - count)
        self._end_run()
        if self._kept is not None:
            self._kept.clear()
        self._begin(target)
        if not self._gate.wait_until_still(_PATIENCE):
            return "still repeating the run"
        if self._gate.passed != target:
            return f"the run went elsewhere: {self._gate.passed} steps, and not {target}"
        return ""

    def _go_until(self, name: str) -> str:
        emulator = self.emulator
        if emulator is None:
            return "the emulator has not been booted yet"
        if name and name not in TRACEPOINTS:
            return f"no tracepoint is called {name}"
        passing = Passing(self._gate)
        emulator.trace.subscribe(passing, *([name] if name else []))
        self._gate.let(None)
        still = self._gate.wait_until_still(_PATIENCE)
        emulator.trace.unsubscribe(passing)
        if not still:
            self._gate.stop()
        return f"passed {passing.passed}" if passing.passed else f"{name or 'no tracepoint'} was not passed"

    def _end_run(self) -> None:
        self._gate.abandon()
        self._thread.join(_PATIENCE)

    def close(self) -> None:
        """End the run."""
        self._end_run()


def new_session(boot: Callable[[], Emulator], kept: Kept | None) -> Session:
    """A session whose code writes to *kept*, and finds standard input at its end: the terminal belongs to the face."""
    from erts_emu.shell.frames import IN_FILE
    from erts_emu.shell.input import Input
    from erts_emu.shell.repl.console import Console
    from erts_emu.shell.session import Session

    if kept is None:
        session = Session(boot, base=IN_FILE)
    else:
        console = Console(kept, unicode=True)
        session = Session(boot, console.output, IN_FILE, errors=console.reports)
        session.error_output = console.output
    session.input = Input()
    session.input.close()
    return session


def evaluate(session: Session, text: str, name: str) -> tuple[int, Phase, str]:
    """Evaluate a script; return its exit status, and how things stand then. Only ``halt`` halts the emulator."""
    from erts_emu.errors import EmulatorHalted
    from erts_emu.shell.script import evaluate_text
    from erts_emu.shell.session import Halt

    try:
        status = evaluate_text(session, text, name)
    except Halt as halt:
        session.stop(flush=halt.flush)
        return halt.status, "halted", f"halt({halt.status})"
    except EmulatorHalted:
        return 0, "halted", "halted by the observer"
    return status, "ended", f"status {status}"
