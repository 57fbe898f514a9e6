"""Simulated threads carried by greenlets."""

from __future__ import annotations

from collections.abc import Callable

import greenlet

from erts_emu.ethread.carriers import Carrier


class GreenletCarrier:
    """A greenlet. Must be used on the OS thread that made it."""

    __slots__ = ("_greenlet", "switch")

    switch: Callable[[], None]

    def __init__(self, target: Callable[[], None] | None, name: str) -> None:
        self._greenlet = greenlet.getcurrent() if target is None else greenlet.greenlet(target)
        self.switch = self._greenlet.switch

    def finish(self, successor: Carrier) -> None:
        """A greenlet that returns continues its parent: make that the successor."""
        assert isinstance(successor, GreenletCarrier)
        self._greenlet.parent = successor._greenlet
