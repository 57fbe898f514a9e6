"""What can be observed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, final

from erts_emu.observe.observer.history import Histories
from erts_emu.observe.observer.samples import Order, Phase, RunState

if TYPE_CHECKING:
    from erts_emu.emulator import Emulator


class Subject(Protocol):
    """Something with an emulator. Its methods are called on the observer's threads, several at a time."""

    @property
    def emulator(self) -> Emulator | None:
        """The emulator; None before it is booted. Another one may take its place when steps are taken back."""

    @property
    def histories(self) -> Histories | None:
        """What has happened to the emulator's ports."""

    def run_state(self) -> RunState:
        """Say how things stand."""

    def obey(self, order: Order) -> str:
        """Do something, or have it done; say in a few words what came of it, or nothing."""

    def close(self) -> None:
        """The observer goes: leave nothing behind."""


def crash_of(emulator: Emulator | None) -> str:
    """Of what a thread of the emulator itself has died; nothing as long as none has."""
    return "" if emulator is None or emulator.crash is None else f"crashed: {emulator.crash!r}"


@final
class EmulatorSubject:
    """An emulator that somebody else has made, in this process. It goes on when the observer goes."""

    def __init__(self, emulator: Emulator, title: str = "") -> None:
        self.emulator = emulator
        self.histories = Histories(emulator)
        self._title = title or "a Python program"

    def __repr__(self) -> str:
        return f"<EmulatorSubject {self.emulator!r}>"

    def run_state(self) -> RunState:
        """Running, or halted."""
        emulator = self.emulator
        phase: Phase = "halted" if emulator.halted else "running"
        return RunState(self._title, emulator.layer.kind, phase, crash_of(emulator))

    def obey(self, order: Order) -> str:
        """Whoever has made the emulator steers it."""
        return f"{order.name}: the program that has made this emulator steers it"

    def close(self) -> None:
        """Listen no more."""
        self.histories.close()
