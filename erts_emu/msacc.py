"""Microstate accounting: where each thread's time goes (ERTS: ``erl_msacc.c``).

Off unless the emulator was made with ``msacc=True``; then each scheduler and async thread has a
:class:`Microstates`, and code that changes state says so. Times are nanoseconds of the thread layer's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, final

from erts_emu.ethread import ThreadLayer

Microstate = Literal["aux", "check_io", "emulator", "gc", "other", "port", "sleep"]
MICROSTATES: Final[tuple[Microstate, ...]] = ("aux", "check_io", "emulator", "gc", "other", "port", "sleep")


@final
class Microstates:
    """One thread's counters. Written by that thread; readers may see the last change late."""

    __slots__ = ("_layer", "_since", "counters", "ident", "state", "type")

    def __init__(self, layer: ThreadLayer, thread_type: str, ident: int, state: Microstate) -> None:
        self._layer = layer
        self.type = thread_type
        self.ident = ident
        self.state: Microstate = state
        self._since = layer.monotonic()
        self.counters: dict[Microstate, int] = dict.fromkeys(MICROSTATES, 0)

    def __repr__(self) -> str:
        return f"<Microstates {self.type} {self.ident} {self.state}>"

    def enter(self, state: Microstate) -> Microstate:
        """Book the time so far on the old state, and return it, so that it can be entered again."""
        now = self._layer.monotonic()
        old = self.state
        self.counters[old] += now - self._since
        self._since = now
        self.state = state
        return old

    def snapshot(self) -> dict[Microstate, int]:
        """Return the counters with the running state booked up to now."""
        counters = dict(self.counters)
        counters[self.state] += self._layer.monotonic() - self._since
        return counters


def described(msacc: Microstates | None) -> tuple[Microstate | None, dict[Microstate, int]]:
    """The state that a thread is in, and its counters; without accounting, nothing."""
    return (None, {}) if msacc is None else (msacc.state, msacc.snapshot())


def accounted(layer: ThreadLayer, callback: Callable[..., Any] | None) -> Callable[..., Any] | None:
    """Wrap a driver's function so that its time is booked on state ``port`` of the scheduler that calls it."""
    if callback is None:
        return None
    function = callback

    def run(*args: Any) -> Any:
        scheduler = layer.tsd.scheduler
        msacc: Microstates | None = None if scheduler is None else scheduler.msacc
        if msacc is None:
            return function(*args)
        old = msacc.enter("port")
        try:
            return function(*args)
        finally:
            msacc.enter(old)

    return run
