"""Which steps of a run depend on each other, and which of its races could have gone the other way.

Happens-before is kept as one integer for each segment: bit *i* says that segment *i* comes before it in every
equivalent run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from erts_emu.testing.explorer.layer import Footprint, Key, Segment

_TAKES: Final = ("lock", "trylock")
_FOLLOWS: Final = ("begin", "join", "woken")
"""Operations that another thread has to make possible: the other order does not exist."""


def independent(one: Footprint, other: Footprint) -> bool:
    """Say whether two steps can be exchanged: nothing in common, or both only read it."""
    if len(other) < len(one):
        one, other = other, one
    return not any(key in other and (changes or other[key]) for key, changes in one.items())


class _History:
    """Who has touched one resource so far: the last change, the reads since, the last taking of a lock."""

    __slots__ = ("change", "reads", "takes")

    def __init__(self) -> None:
        self.change: int | None = None
        self.reads: list[int] = []
        self.takes: int | None = None


def reversals(segments: Sequence[Segment]) -> Iterator[tuple[int, set[int]]]:
    """Yield each race as (index of its first segment, the threads one of which has to run there instead)."""
    before: list[int] = []
    last_of: dict[int, int] = {}
    histories: dict[Key, _History] = {}
    for j, segment in enumerate(segments):
        previous = last_of.get(segment.thread)
        past = 0 if previous is None else before[previous] | 1 << previous
        clock = past
        candidates: set[int] = set()
        for key, changes in segment.touched.items():
            history = histories.get(key)
            if history is None:
                continue
            relevant = _conflicting(history, changes=changes)
            for i in relevant:
                clock |= before[i] | 1 << i
            candidates.update(_reversible(history, relevant, segment, key))
        before.append(clock)
        for i in _immediate(candidates, past, segment, segments, before):
            yield i, _initials(i, j, segments, before)
        last_of[segment.thread] = j
        _remember(histories, segment, j)


def _conflicting(history: _History, *, changes: bool) -> list[int]:
    if changes and history.reads:
        return history.reads if history.change is None else [*history.reads, history.change]
    return [] if history.change is None else [history.change]


def _reversible(history: _History, conflicting: list[int], segment: Segment, key: Key) -> list[int]:
    """Those of the conflicting segments that could also have come after *segment*."""
    if key == segment.key:
        if segment.operation in _FOLLOWS:
            return []
        if segment.operation == "lock":  # while the lock is held it cannot be taken: the race is with its taking
            return [] if history.takes is None else [history.takes]
    return conflicting


def _immediate(
    candidates: set[int], past: int, segment: Segment, segments: Sequence[Segment], before: list[int]
) -> Iterator[int]:
    """The candidates that *segment*'s thread did not know of, and that no other candidate comes after."""
    unknown = [i for i in candidates if not past >> i & 1 and segments[i].thread != segment.thread]
    for i in unknown:
        if not any(before[k] >> i & 1 for k in unknown):
            yield i


def _initials(i: int, j: int, segments: Sequence[Segment], before: list[int]) -> set[int]:
    """The threads that can begin what would have happened without segment *i*, up to and with *j*."""
    members = 0
    first_seen: set[int] = set()
    initials: set[int] = set()
    for k in [*(k for k in range(i + 1, j) if not before[k] >> i & 1), j]:
        thread = segments[k].thread
        if thread not in first_seen:
            first_seen.add(thread)
            if not before[k] & members:
                initials.add(thread)
        members |= 1 << k
    return initials


def _remember(histories: dict[Key, _History], segment: Segment, index: int) -> None:
    for key, changes in segment.touched.items():
        history = histories.get(key)
        if history is None:
            history = histories[key] = _History()
        if changes:
            history.change = index
            history.reads = []
        else:
            history.reads.append(index)
        if key == segment.key and segment.operation in _TAKES:
            history.takes = index
