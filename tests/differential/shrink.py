"""Make a program smaller as long as the systems still treat it unlike.

All candidates of a round run together, so that a round costs one start of ``erl``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .program import Program

Found = tuple[Program, str, str]
ROUNDS: Final = 40


def shrunk(program: Program, erl: str, ours: str, differing: Callable[[list[Program]], list[Found]]) -> Found:
    """The smallest program found, with what the systems printed for it."""
    best = (program, erl, ours)
    size = max(1, len(program.steps) // 2)
    for _ in range(ROUNDS):
        steps = best[0].steps
        candidates = [best[0].without(first, size) for first in range(0, len(steps), size)]
        found = differing(candidates) if len(steps) > 1 else []
        if found:
            best = min(found, key=_length)
            size = min(size, max(1, len(best[0].steps) // 2))
        elif size > 1:
            size = max(1, size // 2)
        else:
            break
    for _ in range(ROUNDS):
        found = differing(list(best[0].smaller()))
        if not found:
            break
        best = min(found, key=_length)
    return best


def _length(found: Found) -> int:
    return len(found[0].script())
