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
        if not isinstance(term, tuple) or len(term) != len(pattern):
            return False
        for part, value in zip(pattern, term, strict=True):  # no generator: every receive comes here
            if part is not ANY and not matches(part, value):
                return False
        return True
    if callable(pattern):
        return bool(pattern(term))
    return type(pattern) is type(term) and bool(pattern == term)
