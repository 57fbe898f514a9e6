"""Sorting by a fun, which the machine has to call."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from erts_emu.shell.values import FALSE, TRUE, failure

Steps = Generator[Any, Any, list[Any]]


def is_true(value: Any) -> bool:
    """What a fun that compares has returned, which must be a truth value."""
    if value is not TRUE and value is not FALSE:
        raise failure("case_clause", value)
    return value is TRUE


def merged_by(fun: Any, left: list[Any], right: list[Any]) -> Steps:
    """Merge two sorted lists; *fun* says whether its first argument may stand before its second."""
    result: list[Any] = []
    at_left = at_right = 0
    while at_left < len(left) and at_right < len(right):
        if is_true((yield fun, (left[at_left], right[at_right]))):
            result.append(left[at_left])
            at_left += 1
        else:
            result.append(right[at_right])
            at_right += 1
    return result + left[at_left:] + right[at_right:]


def sort_by(fun: Any, items: list[Any]) -> Steps:
    """Sort by merging, so that equal ones keep their order."""
    if len(items) < 2:
        return items
    middle = (len(items) + 1) // 2  # so that the first two are compared first, as erl does
    left = yield from sort_by(fun, items[:middle])
    right = yield from sort_by(fun, items[middle:])
    merged = yield from merged_by(fun, left, right)
    return merged
