"""What carries a simulated thread: a greenlet, or an OS thread that waits for the baton.

Exactly one carrier of a simulation runs at a time; ``switch`` hands control over directly, in the
order the engine chose. Greenlets hand over in a fraction of a microsecond (OS threads need tens of
microseconds between two processors), but share one C stack. OS threads keep a C stack each, which code
needs that passes addresses of its stack variables to other threads: compiled drivers may.
"""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Final, Literal, Protocol

if TYPE_CHECKING:
    from erts_emu.ethread.greenlets import GreenletCarrier

CarrierKind = Literal["greenlet", "thread"]


class Unwind(BaseException):
    """Raised inside a simulated thread that still waits when its simulation is closed."""


class Carrier(Protocol):
    """One simulated thread's means of running."""

    def switch(self) -> None:
        """Run this carrier from now on; return when somebody switches back to the caller."""

    def finish(self, successor: Carrier) -> None:
        """End the calling carrier, which is this one, and run *successor*. The last act of its thread."""

    def frame(self) -> FrameType | None:
        """Return the innermost frame of this carrier, which does not run. Of use until it runs again."""


class BatonCarrier:
    """An OS thread that runs only while it holds the baton."""

    __slots__ = ("_baton", "_current", "_ident")

    def __init__(self, current: Callable[[], Carrier], target: Callable[[], None] | None, name: str) -> None:
        self._current = current
        self._baton = threading.Lock()
        self._baton.acquire()
        self._ident = threading.get_ident()
        if target is not None:
            threading.Thread(target=self._run, args=(target,), name=name, daemon=True).start()

    def _run(self, target: Callable[[], None]) -> None:
        self._ident = threading.get_ident()
        self._baton.acquire()
        target()

    def switch(self) -> None:
        mine = self._current()
        assert isinstance(mine, BatonCarrier)
        self._baton.release()
        mine._baton.acquire()

    def finish(self, successor: Carrier) -> None:
        assert isinstance(successor, BatonCarrier)
        successor._baton.release()

    def frame(self) -> FrameType | None:
        return sys._current_frames().get(self._ident)


def carrier_factory(
    kind: CarrierKind, current: Callable[[], Carrier]
) -> Callable[[Callable[[], None] | None, str], Carrier]:
    """Return a maker of carriers; ``target=None`` stands for the thread that is running already.

    *current* tells the carrier that is running when it is called. Falls back to OS threads where greenlets are not
    installed, and under a memory checker: greenlets move parts of the one C stack away while others run, and what such
    a tool knows of the stack is wrong then.
    """
    if kind == "greenlet" and (greenlets := _greenlets()) is not None:
        return greenlets
    return lambda target, name: BatonCarrier(current, target, name)


@functools.cache
def _greenlets() -> type[GreenletCarrier] | None:
    """Return the carrier made of greenlets, if this process can have it. Without, all is correct, only slower."""
    if _memory_is_checked():
        return None
    try:
        from erts_emu.ethread.greenlets import GreenletCarrier
    except ImportError:
        return None
    return GreenletCarrier


_CHECKERS: Final = ("libasan", "clang_rt.asan", "vgpreload_memcheck")


def _memory_is_checked() -> bool:
    """Whether AddressSanitizer or valgrind is at work: both are loaded before everything else."""
    return any(checker in os.environ.get("LD_PRELOAD", "") for checker in _CHECKERS)
