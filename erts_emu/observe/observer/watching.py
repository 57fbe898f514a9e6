"""What a face remembers from sample to sample: rates."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Final, final

from erts_emu.observe.observer.bars import shares
from erts_emu.observe.observer.samples import PortLife, Sample

_WINDOW: Final = 1_000_000_000
"""The nanoseconds that rates and shares are taken over."""
_KEPT: Final = 240


@final
class Rate:
    """How fast a counter grows, over the last second."""

    def __init__(self) -> None:
        self._points: deque[tuple[int, int]] = deque()

    def add(self, at: int, value: int) -> float:
        """Note a value; return the growth per second."""
        points = self._points
        if points and value < points[-1][1]:
            points.clear()  # another emulator, that began anew
        points.append((at, value))
        while len(points) > 2 and points[1][0] <= at - _WINDOW:
            points.popleft()
        began, first = points[0]
        return (value - first) / (at - began) * 1e9 if at > began else 0.0


@final
class Shares:
    """Where threads' time goes, over the last second: by thread."""

    def __init__(self) -> None:
        self._points: dict[str, deque[tuple[int, Mapping[Any, int]]]] = {}

    def add(self, thread: str, at: int, counters: Mapping[Any, int]) -> dict[str, float]:
        """Note a thread's counters; return the share of each state."""
        points = self._points.setdefault(thread, deque())
        points.append((at, counters))
        while len(points) > 2 and points[1][0] <= at - _WINDOW:
            points.popleft()
        found = shares(points[0][1], counters)
        return found or shares({}, counters)


@final
class PortRates:
    """The traffic of one port, as it was in the last samples."""

    def __init__(self) -> None:
        self._in = Rate()
        self._out = Rate()
        self.bytes_in: deque[float] = deque(maxlen=_KEPT)
        self.bytes_out: deque[float] = deque(maxlen=_KEPT)
        self.queued: deque[float] = deque(maxlen=_KEPT)

    def add(self, sample: Sample, life: PortLife) -> None:
        """Note how a port is now."""
        if life.now is None:
            return
        self.bytes_in.append(self._in.add(sample.at, life.now.bytes_in))
        self.bytes_out.append(self._out.add(sample.at, life.now.bytes_out))
        self.queued.append(float(life.now.queue_bytes + life.now.command_bytes))
