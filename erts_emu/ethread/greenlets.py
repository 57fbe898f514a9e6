"""Simulated threads carried by greenlets."""

from __future__ import annotations

from collections.abc import Callable
from types import FrameType

import greenlet

from erts_emu.ethread.carriers import Carrier


class GreenletCarrier:
    """A greenlet. Must be used on the OS thread that made it.

    It starts at once and waits inside: a greenlet counts its recursion from the depth of the one that starts it, so
    threads that each start the next would soon reach the interpreter's limit.
    """

    __slots__ = ("_greenlet", "switch")

    switch: Callable[[], None]

    def __init__(self, target: Callable[[], None] | None, name: str) -> None:
        if target is None:
            self._greenlet = greenlet.getcurrent()
        else:
            self._greenlet = greenlet.greenlet(_run)
            self._greenlet.switch(greenlet.getcurrent(), target)
        self.switch = self._greenlet.switch

    def finish(self, successor: Carrier) -> None:
        """A greenlet that returns continues its parent: make that the successor."""
        assert isinstance(successor, GreenletCarrier)
        self._greenlet.parent = successor._greenlet

    def frame(self) -> FrameType | None:
        """Return the frame in which the greenlet has switched away."""
        return self._greenlet.gr_frame


def _run(maker: greenlet.greenlet, target: Callable[[], None]) -> None:
    maker.switch()
    target()
