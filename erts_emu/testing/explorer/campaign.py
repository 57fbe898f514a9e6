"""The default campaign: in order first, then several strategies in turn, since each is blind to something."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, final

from erts_emu.ethread import SimThread
from erts_emu.testing.explorer.depth_first import DepthFirst, Reduced, delays, preemptions
from erts_emu.testing.explorer.in_order import InOrderRun
from erts_emu.testing.explorer.layer import ExploredThreads
from erts_emu.testing.explorer.pct import PCT
from erts_emu.testing.explorer.random_choice import RandomChoice
from erts_emu.testing.explorer.random_walk import RandomWalk
from erts_emu.testing.explorer.strategy import Exploration


@final
class Campaign(Exploration):
    """In order, then PCT of depth 2, 3 and 4, random choice and random walk in turn."""

    name = "campaign"

    def __init__(self, seed: int = 0) -> None:
        self._first = InOrderRun()
        self._team: tuple[Exploration, ...] = (
            PCT(seed, depth=2),
            RandomChoice(seed),
            PCT(seed, depth=3),
            RandomWalk(seed),
            PCT(seed, depth=4),
        )
        self._now: Exploration = self._first

    def begin(self, run: int) -> bool:
        """There are runs without end."""
        self._now = self._team[(run - 1) % len(self._team)] if run else self._first
        return self._now.begin(run)

    def attach(self, layer: ExploredThreads) -> None:
        """Pass it on."""
        self._now.attach(layer)
        self.next_thread = self._now.next_thread  # type: ignore[method-assign]

    def next_thread(self, runnable: Sequence[SimThread], current: SimThread | None, step: int) -> SimThread:
        """Let the strategy whose turn it is choose."""
        return self._now.next_thread(runnable, current, step)

    def ended(self, layer: ExploredThreads, *, redundant: bool) -> None:
        """All learn from every run, whoever has chosen."""
        for strategy in self._team:
            strategy.ended(layer, redundant=redundant)


_MAKERS: Final = {
    "campaign": lambda seed, number: Campaign(seed),
    "in order": lambda seed, number: InOrderRun(),
    "random": lambda seed, number: RandomChoice(seed),
    "walk": lambda seed, number: RandomWalk(seed),
    "pct": lambda seed, number: PCT(seed, depth=3 if number is None else number),
    "preemptions": lambda seed, number: DepthFirst(2 if number is None else number, preemptions),
    "delays": lambda seed, number: DepthFirst(2 if number is None else number, delays),
    "exhaustive": lambda seed, number: DepthFirst(),
    "reduced": lambda seed, number: Reduced(),
}
STRATEGIES: Final = tuple(_MAKERS)


def strategy_from(text: str | Exploration, seed: int = 0) -> Exploration:
    """Return the strategy called *text*, as in ``"pct"``, ``"pct:4"``, ``"preemptions:2"``. Raises ``ValueError``."""
    if isinstance(text, Exploration):
        return text
    name, _, number = text.partition(":")
    if name not in _MAKERS or not (number.isdecimal() or not number):
        raise ValueError(
            f"no strategy is called {text!r}; there are {', '.join(STRATEGIES)}, and pct:DEPTH, preemptions:BOUND, "
            "delays:BOUND"
        )
    made: Exploration = _MAKERS[name](seed, int(number) if number else None)  # type: ignore[no-untyped-call]
    return made
