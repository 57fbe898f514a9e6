"""Observing a shell: its expressions are typed into the observer, and its commands do the stepping."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Final, final

from erts_emu.observe.observer.history import Histories
from erts_emu.observe.observer.samples import Order, Phase, RunState

if TYPE_CHECKING:
    from erts_emu.emulator import Emulator
    from erts_emu.shell.repl.shell import Shell

_PATIENCE: Final = 20.0
_ANYWHERE: Final = ("evaluate",)
_SIMULATED: Final = ("evaluate", "step", "back", "go", "pause", "until")

_ENDED: Final = "the shell has ended"

Command = tuple[str, "Future[str]"]


@final
class ObservedShell:
    """A shell that gets its commands from the observer. They are executed by the thread that calls ``serve``.

    What steps a simulation and takes steps back are the shell's own functions: what the observer does is in the shell's
    journal, and can be saved and played like what was typed.
    """

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._commands: queue.SimpleQueue[Command | None] = queue.SimpleQueue()
        self._histories: Histories | None = None
        self._busy = False
        self._open = True

    def __repr__(self) -> str:
        return f"<ObservedShell of {self._shell!r}>"

    # --- the shell's own thread ---

    def serve(self) -> None:
        """Execute commands until the observer has gone, or the shell is told to quit. Raises ``Halt``."""
        try:
            while self._open and not self._shell.quitting and (command := self._commands.get()) is not None:
                self._serve_one(*command)
        finally:
            self._open = False

    def _serve_one(self, text: str, said: Future[str]) -> None:
        from erts_emu.shell.session import Halt

        self._busy = True
        try:
            said.set_result(self._execute(text))
        except Halt:
            said.set_result(_ENDED)
            raise
        finally:
            self._busy = False

    def _execute(self, text: str) -> str:
        from erts_emu.shell.repl.playing import execute_or_halt

        text = text if text.rstrip().endswith(".") else f"{text}."
        self._shell.write(f"{self._shell.prompt}{text}\n")
        return execute_or_halt(self._shell, f"{text}\n")

    # --- the observer's threads ---

    @property
    def emulator(self) -> Emulator | None:
        """The emulator; None as long as no expression has needed one."""
        world = self._shell.world
        return world.session.emulator if world.is_booted else None

    @property
    def histories(self) -> Histories | None:
        """What has happened to the ports of the present emulator since the observer has been open."""
        emulator = self.emulator
        if emulator is None:
            return None
        if self._histories is None or self._histories.emulator is not emulator:
            layer = self._shell.simulated_layer
            self._histories = Histories(emulator, None if layer is None else lambda: layer.steps)
        return self._histories

    def run_state(self) -> RunState:
        """Whether a command is being executed; and where a simulation stands."""
        shell = self._shell
        title = "shell"
        emulator = self.emulator
        if not shell.is_simulated:
            phase: Phase = "starting" if emulator is None else "halted" if emulator.halted else "running"
            return RunState(title, "real", phase, "evaluating" if self._busy else "", orders=_ANYWHERE)
        if emulator is None:
            return RunState(title, "simulated", "starting", orders=_SIMULATED)
        phase = "running" if self._busy else "paused"
        thread, doing = ("", "") if self._busy else self._next()
        return RunState(title, "simulated", phase, "", shell.world.steps, thread, doing, _SIMULATED)

    def _next(self) -> tuple[str, str]:
        """Who goes on when ``step()`` is called, and what that thread does."""
        layer = self._shell.simulated_layer
        for thread in layer.threads if layer is not None else ():
            if thread.state == "runnable" and layer is not None and thread is not layer.main:
                return thread.name, self._shell.steering.position(thread)
        return "", "no thread can go on: evaluate something, or let time pass with  time(Ms)."

    def obey(self, order: Order) -> str:
        """Have the shell execute what the order means, and wait for it."""
        text = self._text_of(order)
        if not text:
            return "" if order.name == "pause" else f"{order.name}: which?"
        if not self._open:
            return _ENDED
        said: Future[str] = Future()
        self._commands.put((text, said))
        try:
            printed = said.result(_PATIENCE)
        except TimeoutError:
            return f"{text} is still being evaluated"
        return _said(order, printed)

    @staticmethod
    def _text_of(order: Order) -> str:
        count = max(1, order.count)
        return {
            "evaluate": order.text,
            "step": f"step({count}).",
            "back": f"back({count}).",
            "go": "run().",
            "until": f"until({order.text})." if order.text else "",
        }.get(order.name, "")

    def close(self) -> None:
        """The observer goes; the shell goes on."""
        self._open = False
        self._commands.put(None)
        if self._histories is not None:
            self._histories.close()


@final
class ShellOfItsOwn:
    """A shell without a terminal, on a thread of its own, for an observer that was started without a script."""

    def __init__(self, shell: Shell) -> None:
        self.subject = ObservedShell(shell)
        self._shell = shell
        self._thread = threading.Thread(target=self._run, name="shell", daemon=True)

    def __repr__(self) -> str:
        return f"<ShellOfItsOwn {self._shell!r}>"

    def start(self) -> None:
        """Boot the emulator, and wait for commands."""
        self._thread.start()

    def _run(self) -> None:
        from erts_emu.shell.session import Halt

        self._shell.world.take_no_input()
        flush = False
        try:
            _ = self._shell.emulator
            self.subject.serve()
        except Halt as halt:
            flush = halt.flush
        self._shell.world.session.stop(flush=flush)

    def join(self) -> None:
        """Wait until the emulator has been halted; not for an expression that does not end."""
        self._thread.join(1.0)


def _said(order: Order, printed: str) -> str:
    """What is worth saying of what a command has printed: the screen shows the rest."""
    lines = printed.splitlines() or [""]
    if lines[0].startswith("*"):
        return lines[0]
    if order.name == "until":
        return f"passed {order.text}" if lines[-1] == "true" else f"{order.text} was not passed"
    return lines[0] if order.name == "back" and len(lines) > 1 else ""
