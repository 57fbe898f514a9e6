"""Observing a script while it is evaluated."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, final

from erts_emu.observe.observer.history import Histories
from erts_emu.observe.observer.samples import Order, Phase, RunState

if TYPE_CHECKING:
    from erts_emu.emulator import Emulator
    from erts_emu.shell.session import Session


@final
class ScriptOnRealThreads:
    """A script on real threads, evaluated on a thread of its own. When it has ended, its emulator goes on.

    Its emulator is made with *options*, those of ``Emulator``.
    """

    def __init__(self, text: str, name: str, options: dict[str, Any]) -> None:
        self.emulator: Emulator | None = None
        self.histories: Histories | None = None
        self.status: int | None = None
        """The exit status, once the script has ended."""
        self._text = text
        self._name = name
        self._options = options
        self._phase: Phase = "starting"
        self._message = ""
        self._thread = threading.Thread(target=self._run, name="script", daemon=True)

    def __repr__(self) -> str:
        return f"<ScriptOnRealThreads {self._name} {self._phase}>"

    def start(self) -> None:
        """Begin to evaluate."""
        self._thread.start()

    def _boot(self) -> Emulator:
        from erts_emu.emulator import Emulator

        emulator = Emulator(strict=False, **self._options)
        self.histories = Histories(emulator)
        self.emulator = emulator
        self._phase = "running"
        return emulator

    def _run(self) -> None:
        session = new_session(self._boot)
        self.status, self._phase, self._message = evaluate(session, self._text, self._name)

    def run_state(self) -> RunState:
        """Whether the script is still under way."""
        return RunState(self._name, "real", self._phase, self._message)

    def obey(self, order: Order) -> str:
        """Real threads go on as they like."""
        return f"{order.name}: real threads cannot be steered; use --threads simulated"

    def close(self) -> None:
        """Halt the emulator, whatever is under way."""
        if self.emulator is not None:
            self.emulator.halt(flush=False)


def new_session(boot: Any) -> Session:
    """A session whose code finds standard input at its end: the terminal belongs to the face."""
    from erts_emu.shell.frames import IN_FILE
    from erts_emu.shell.input import Input
    from erts_emu.shell.session import Session

    session = Session(boot, base=IN_FILE)
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
        return 1, "halted", "halted by the observer"
    return status, "ended", f"the script has ended, status {status}"
