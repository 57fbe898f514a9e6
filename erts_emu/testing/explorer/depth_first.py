"""Depth first: every schedule once, in a bounded or a reduced form if wished.

The tree of all schedules is never stored: only the path to the run at hand is. Each run follows the path and goes on by
a default rule; then the deepest node with another choice left gets that choice.

*Bounded*, a path may cost no more than so many preemptions (a thread that could go on is left), or delays (a thread is
passed over in the order of the round): most bugs need two or three.

*Reduced*, schedules that differ only in the order of independent steps count as one. The method is source-set dynamic
partial-order reduction with sleep sets (Abdulla, Aronis, Jonsson, Sagonas: Optimal Dynamic Partial Order Reduction,
POPL 2014, its first algorithm): no two complete runs are equivalent, but a run may turn out redundant half-way. Steps
are independent if they touch nothing in common, or only read it. What threads touch without a step is seen only if it
is an attribute of a watched object, or a hint of an atomic, an event or a queue: where other data is shared, use the
exhaustive form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import final

from erts_emu.ethread import SimThread
from erts_emu.testing.explorer.layer import (
    NOT_DECIDING,
    ExploredThreads,
    Footprint,
    Key,
    ObservedThreads,
    Segment,
    can_go_on,
    drivers_see,
)
from erts_emu.testing.explorer.reduction import independent, reversals
from erts_emu.testing.explorer.strategy import Exploration, NotDeterministic, RunIsRedundant, in_order

Cost = Callable[[Sequence[int], int | None, int], int]
"""What it costs to choose a thread, from those that can go on (in the order of the round), and the one that ran."""


@final
class _Node:
    """A moment of choice on the path. ``able`` maps threads to what they would do, in the order of the round."""

    __slots__ = ("able", "chosen", "current", "done", "free", "index", "sleep", "spent", "todo")

    def __init__(self, index: int, able: dict[int, tuple[str, Key]], current: int | None) -> None:
        self.index = index
        self.able = able
        self.current = current
        self.free = False
        self.chosen = -1
        self.todo: list[int] = []
        self.done: dict[int, Footprint] = {}
        self.sleep: dict[int, Footprint] = {}
        self.spent = 0


def preemptions(order: Sequence[int], current: int | None, chosen: int) -> int:
    """One if a thread that could go on is left."""
    return int(current in order and chosen != current)


def delays(order: Sequence[int], current: int | None, chosen: int) -> int:
    """One for each thread passed over."""
    return order.index(chosen)


class DepthFirst(Exploration):
    """All schedules whose cost is at most *bound* (None: all schedules)."""

    name = "exhaustive"
    observes = True

    def __init__(self, bound: int | None = None, cost: Cost = preemptions) -> None:
        if bound is not None:
            self.name = f"{cost.__name__}:{bound}"
        self._bound = bound
        self._cost = cost
        self._path: list[_Node] = []
        self._depth = 0
        self._over = False
        self._layer: ObservedThreads

    def begin(self, run: int) -> bool:
        """Follow the path from its start; False if every choice has been made."""
        self._depth = 0
        self._over = False
        return run == 0 or bool(self._path)

    def attach(self, layer: ExploredThreads) -> None:
        """Use what the layer records."""
        assert isinstance(layer, ObservedThreads)
        self._layer = layer

    def next_thread(self, runnable: Sequence[SimThread], current: SimThread | None, step: int) -> SimThread:
        """Follow the path, or lengthen it."""
        able = [thread for thread in runnable if can_go_on(thread)]
        if not able or self._over:
            return in_order(runnable, current)
        layer = self._layer
        index = len(layer.segments)
        number = self._last_decided()
        operations = {
            thread.number: (thread.operation, layer.key_of(thread.resource)) for thread in _in_round(able, number)
        }
        if self._depth < len(self._path):
            node = self._path[self._depth]
            if node.index != index or node.able != operations:
                self._over = True
                raise NotDeterministic(step, _described(node.able), _described(operations))
        else:
            quiet = [thread.number for thread in able if self._is_quiet(thread)]
            node = self._new_node(index, operations, number, quiet)
            self._path.append(node)
        self._depth += 1
        return next(thread for thread in able if thread.number == node.chosen)

    def _is_quiet(self, thread: SimThread) -> bool:
        """Say whether it does not matter when *thread* takes its step; focused, only what drivers see does."""
        return thread.operation in NOT_DECIDING or (self._layer.focus and not drivers_see(thread.resource))

    def _new_node(self, index: int, able: dict[int, tuple[str, Key]], current: int | None, quiet: list[int]) -> _Node:
        node = _Node(index, able, current)
        if self._path:
            parent = self._path[-1]
            node.spent = parent.spent
            if not parent.free:
                node.spent += self._cost([*parent.able], parent.current, parent.chosen)
        node.free = bool(quiet)
        node.todo = quiet[:1] or [thread for thread in able if self._affordable(node, thread)]
        node.chosen = node.todo[0]
        return node

    def _last_decided(self) -> int | None:
        """The thread that took the last step that others can see."""
        for segment in reversed(self._layer.segments):
            if segment.operation not in NOT_DECIDING and (not self._layer.focus or segment.seen):
                return segment.thread
        return None

    def _affordable(self, node: _Node, thread: int) -> bool:
        return self._bound is None or node.spent + self._cost([*node.able], node.current, thread) <= self._bound

    def ended(self, layer: ExploredThreads, *, redundant: bool) -> None:
        """Turn to the next choice."""
        assert isinstance(layer, ObservedThreads)
        segments = layer.segments
        if self._depth < len(self._path) and layer.failed_at is None:
            raise NotDeterministic(layer.steps, _described(self._path[self._depth].able), "the end of the run")
        del self._path[self._depth :]  # a run that failed may have been shorter
        self._learn(segments)
        while self._path:
            node = self._path[-1]
            node.done[node.chosen] = segments[node.index].touched if node.index < len(segments) else {}
            left = [thread for thread in node.todo if thread not in node.done and thread not in node.sleep]
            if left:
                node.chosen = left[0]
                return
            self._path.pop()

    def _learn(self, segments: list[Segment]) -> None:
        """Look at a complete run before it is left."""


@final
class Reduced(DepthFirst):
    """All schedules but for the order of independent steps."""

    name = "reduced"

    def _new_node(self, index: int, able: dict[int, tuple[str, Key]], current: int | None, quiet: list[int]) -> _Node:
        node = super()._new_node(index, able, current, quiet)
        node.sleep = self._sleep_at(index)
        awake = [thread for thread in node.todo if thread not in node.sleep]
        awake = awake or [thread for thread in node.able if thread not in node.sleep]
        if not awake:
            self._over = True
            raise RunIsRedundant
        node.chosen = awake[0]
        node.todo = [node.chosen]
        return node

    def _sleep_at(self, index: int) -> dict[int, Footprint]:
        """The threads whose next step has been tried before, and commutes with everything since."""
        if not self._path:
            return {}
        parent = self._path[-1]
        sleep = {**parent.sleep, **parent.done}
        for segment in self._layer.segments[parent.index : index]:
            if segment.thread in sleep:  # it was the only one left
                self._over = True
                raise RunIsRedundant
            sleep = {thread: touched for thread, touched in sleep.items() if independent(touched, segment.touched)}
        return sleep

    def _learn(self, segments: list[Segment]) -> None:
        """Find the races of the run, and have the other order of each tried."""
        nodes = {node.index: node for node in self._path}
        for index, initials in reversals(segments):
            node = nodes.get(index)
            if node is None or initials & (set(node.todo) | node.sleep.keys()):
                continue
            possible = [thread for thread in node.able if thread in initials] or list(node.able)
            node.todo += [thread for thread in possible[:1] if thread not in node.todo]


def _in_round(able: Sequence[SimThread], current: int | None) -> list[SimThread]:
    """The running thread first, then the others by number, beginning after it."""
    start = -1 if current is None else current
    return sorted(able, key=lambda thread: (thread.number < start, thread.number))


def _described(able: dict[int, tuple[str, Key]]) -> str:
    return ", ".join(f"thread {number} at {operation} of {key[0]}" for number, (operation, key) in able.items())
