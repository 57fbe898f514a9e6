"""Patterns for ``receive``: what a message has to look like."""

from __future__ import annotations

from typing import Any, Final, final


@final
class _Any:
    """Matches everything."""

    def __repr__(self) -> str:
        return "ANY"


ANY: Final = _Any()


def matches(pattern: Any, term: Any) -> bool:
    """Say whether *term* matches *pattern*: a predicate, ``ANY``, or a term that may hold those in its tuples."""
    if pattern is ANY:
        return True
    if isinstance(pattern, tuple):
        return (
            isinstance(term, tuple)
            and len(term) == len(pattern)
            and all(matches(part, value) for part, value in zip(pattern, term, strict=True))
        )
    if callable(pattern):
        return bool(pattern(term))
    return type(pattern) is type(term) and bool(pattern == term)
