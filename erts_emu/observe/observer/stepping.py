"""Simulated threads that stop before each operation: pausing, stepping, and going back by repeating."""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from types import FrameType
from typing import Any, Final, final

from erts_emu.ethread import SimulatedThreads, Strategy
from erts_emu.ethread.errors import SimulationOver
from erts_emu.shell.repl.by_hand import doing, place

_NEVER: Final = sys.maxsize
_WITHIN: Final = ("erts_emu.ethread", "erts_emu.locks", "erts_emu.observe")


class Abandoned(SimulationOver):
    """The run is to end where it stands: another one, from the beginning, takes its place."""


@final
class Gate:
    """What every operation of a simulation has to pass. One thread simulates; others say how far it may go.

    ``_changed`` guards everything but ``passed``, which the simulating thread alone changes.
    """

    def __init__(self, stop_at: int) -> None:
        self.passed = 0
        """The operations that have been let through since the emulator was booted."""
        self.thread = ""
        """Who waits at the gate."""
        self._changed = threading.Condition()
        self._stop_at = stop_at
        self._counting = False
        self._abandoned = False
        self._waiting = False
        self._over = False
        self._next: tuple[str, object, FrameType | None] = ("", None, None)

    def __repr__(self) -> str:
        return f"<Gate, {self.passed} have passed>"

    # --- the simulating thread ---

    def start_counting(self) -> None:
        """The emulator has been booted: from now on operations count, and can be stopped."""
        self._counting = True

    def enter(self, layer: SteppedThreads, operation: str, resource: object) -> bool:
        """Wait as long as the run is paused here; say whether it goes on. The current thread does *operation* next."""
        if not self._counting:
            return True
        if self.passed >= self._stop_at:
            self._wait(layer, operation, resource)
        if self._abandoned:
            self._counting = False
            return False
        self.passed += 1
        return True

    def _wait(self, layer: SteppedThreads, operation: str, resource: object) -> None:
        with self._changed:
            self.thread = layer.current.name
            self._next = (operation, resource, sys._getframe(3))
            self._waiting = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._abandoned or self.passed < self._stop_at)
            self._waiting = False
            self.thread, self._next = "", ("", None, None)

    def finish(self) -> None:
        """The run is over: nobody comes to the gate any more. Waits until it is abandoned."""
        with self._changed:
            self._counting = False
            self._over = True
            self.thread = ""
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._abandoned)

    # --- the observer's threads ---

    @property
    def abandoned(self) -> bool:
        """Whether the run is to end where it stands."""
        return self._abandoned

    @property
    def paused(self) -> bool:
        """Whether a thread waits at the gate."""
        return self._waiting

    def doing(self) -> str:
        """What the thread that waits at the gate does next, and where."""
        operation, resource, frame = self._next
        return doing(operation, resource) + place(frame, _WITHIN) if operation else ""

    def let(self, count: int | None) -> None:
        """Let *count* more operations pass, or all."""
        with self._changed:
            self._stop_at = _NEVER if count is None else self.passed + count
            self._waiting = False  # from now on, not only when the thread that waits has noticed
            self._changed.notify_all()

    def stop(self) -> None:
        """Let no more pass. Any thread, the simulating one included."""
        self._stop_at = 0

    def abandon(self) -> None:
        """End the run where it stands."""
        with self._changed:
            self._abandoned = True
            self._stop_at = 0
            self._changed.notify_all()

    def wait_until_still(self, seconds: float) -> bool:
        """Wait until the run is paused or over; False if that takes longer than *seconds*."""
        with self._changed:
            return self._changed.wait_for(lambda: self._waiting or self._over, seconds)


class SteppedThreads(SimulatedThreads):
    """Simulated threads whose every operation passes a gate, after the strategy has chosen who goes on."""

    __slots__ = ("_gate",)

    def __init__(self, gate: Gate, strategy: Strategy | None, seed: int) -> None:
        super().__init__(strategy, seed=seed)
        self._gate = gate

    def point(self, operation: str, resource: object) -> None:
        """Take one step; then wait, as long as the run is paused."""
        super().point(operation, resource)
        if not self._gate.enter(self, operation, resource):
            self._begin_to_close()  # nobody goes on while the main thread is thrown out
            self._give_up(Abandoned("the run is repeated"))


@final
class Passing:
    """Listens for a tracepoint, and closes the gate when one is passed."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self.passed = ""

    def __call__(self, name: str, fields: Mapping[str, Any]) -> None:
        """A tracepoint is passed, on the simulating thread."""
        if not self.passed:
            self.passed = name
            self._gate.stop()
