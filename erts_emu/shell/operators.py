"""Operators and matching, as compiled code calls them.

Comparisons return Python's booleans, everything else returns terms. Values are what the evaluator keeps: truth values
are atoms, never Python's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from typing import Any, Final

from erts_emu.shell.values import (
    FALSE,
    SYSTEM_LIMIT,
    TRUE,
    Raised,
    badarg,
    badarith,
    boolean,
    failure,
)
from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import Pid, PortId, Reference
from erts_emu.terms.kinds import Bitstring, ExportFun, Fun, ImproperList, list_with_tail
from erts_emu.terms.maps import Map, exact_key, map_from_pairs
from erts_emu.terms.order import compare, exactly_equal

MAX_BITS: Final = (1 << 25) - 1
"""The size of the largest integers of a 64-bit emulator."""

MISSING: Final = object()

# --- arithmetic ---


def _finite(number: float) -> float:
    if not isfinite(number):
        raise badarith()
    return number


def _floats(left: Any, right: Any) -> tuple[float, float]:
    """Both operands as floats. Raises ``badarith`` unless they are numbers that fit."""
    if type(left) not in _NUMBERS or type(right) not in _NUMBERS:
        raise badarith()
    try:
        return float(left), float(right)
    except OverflowError:
        raise badarith() from None


_NUMBERS: Final = frozenset((int, float))


def add(left: Any, right: Any) -> Any:
    """``Left + Right``."""
    if type(left) is int and type(right) is int:
        return _bounded(left + right)
    left, right = _floats(left, right)
    return _finite(left + right)


def subtract(left: Any, right: Any) -> Any:
    """``Left - Right``."""
    if type(left) is int and type(right) is int:
        return _bounded(left - right)
    left, right = _floats(left, right)
    return _finite(left - right)


def multiply(left: Any, right: Any) -> Any:
    """``Left * Right``."""
    if type(left) is int and type(right) is int:
        if left.bit_length() + right.bit_length() > MAX_BITS + 1:
            raise Raised(SYSTEM_LIMIT)
        return _bounded(left * right)
    left, right = _floats(left, right)
    return _finite(left * right)


def _bounded(number: int) -> int:
    if number.bit_length() > MAX_BITS:
        raise Raised(SYSTEM_LIMIT)
    return number


def divide(left: Any, right: Any) -> float:
    """``Left / Right``: always a float; integers become floats first."""
    left, right = _floats(left, right)
    if right == 0.0:
        raise badarith()
    return _finite(left / right)


def _integers(left: Any, right: Any) -> None:
    if type(left) is not int or type(right) is not int:
        raise badarith()


def integer_divide(left: Any, right: Any) -> int:
    """``Left div Right``, rounded towards zero."""
    _integers(left, right)
    if right == 0:
        raise badarith()
    quotient: int = abs(left) // abs(right)
    return quotient if (left < 0) is (right < 0) else -quotient


def remainder(left: Any, right: Any) -> int:
    """``Left rem Right``, with the sign of *left*."""
    _integers(left, right)
    if right == 0:
        raise badarith()
    rest: int = abs(left) % abs(right)
    return -rest if left < 0 else rest


def bit_and(left: Any, right: Any) -> int:
    """``Left band Right``."""
    _integers(left, right)
    return int(left & right)


def bit_or(left: Any, right: Any) -> int:
    """``Left bor Right``."""
    _integers(left, right)
    return int(left | right)


def bit_xor(left: Any, right: Any) -> int:
    """``Left bxor Right``."""
    _integers(left, right)
    return int(left ^ right)


def shift_left(left: Any, right: Any) -> int:
    """``Left bsl Right``."""
    _integers(left, right)
    if right <= 0:
        return int(left >> -right)
    if left and left.bit_length() + right > MAX_BITS:
        raise Raised(SYSTEM_LIMIT)
    return int(left << right) if left else 0


def shift_right(left: Any, right: Any) -> int:
    """``Left bsr Right``."""
    _integers(left, right)
    return shift_left(left, -right)


def negative(operand: Any) -> Any:
    """``-Operand``."""
    if type(operand) not in _NUMBERS:
        raise badarith()
    return -operand


def positive(operand: Any) -> Any:
    """``+Operand``."""
    if type(operand) not in _NUMBERS:
        raise badarith()
    return operand


def bit_not(operand: Any) -> int:
    """``bnot Operand``."""
    if type(operand) is not int:
        raise badarith()
    return ~operand


# --- truth values ---


def truth(value: Any) -> bool:
    """Whether *value* is ``true``. Raises ``badarg`` if it is no truth value."""
    if value is TRUE:
        return True
    if value is FALSE:
        return False
    raise badarg()


def logical_not(operand: Any) -> Atom:
    """``not Operand``."""
    return boolean(not truth(operand))


def logical_and(left: Any, right: Any) -> Atom:
    """``Left and Right``."""
    return boolean(truth(left) & truth(right))


def logical_or(left: Any, right: Any) -> Atom:
    """``Left or Right``."""
    return boolean(truth(left) | truth(right))


def logical_xor(left: Any, right: Any) -> Atom:
    """``Left xor Right``."""
    return boolean(truth(left) ^ truth(right))


# --- lists ---


def append(left: Any, right: Any) -> Any:
    """``Left ++ Right``."""
    if type(left) is not list:
        raise badarg()
    return left + right if type(right) is list else list_with_tail(left, right)


_FEW: Final = 16


def remove(left: Any, right: Any) -> Any:
    """``Left -- Right``: without the first occurrence of each element of *right*."""
    if type(left) is not list or type(right) is not list:
        raise badarg()
    if not left or not right:
        return left
    doomed: dict[Any, int] = {}
    for element in right:
        key = exact_key(element)
        doomed[key] = doomed.get(key, 0) + 1
    kept = []
    for element in left:
        key = exact_key(element)
        if doomed.get(key, 0):
            doomed[key] -= 1
        else:
            kept.append(element)
    return kept


def items(source: Any) -> Iterable[Any]:
    """The elements of *source*, for a generator of a comprehension."""
    if type(source) is list:
        return source
    if type(source) is ImproperList:
        return _improper_items(source)
    raise failure("bad_generator", source)


def _improper_items(source: ImproperList) -> Iterator[Any]:
    yield from source.elements
    raise failure("bad_generator", source.tail)


def cons(elements: list[Any], tail: Any) -> Any:
    """``[Elements | Tail]``."""
    return elements + tail if type(tail) is list else list_with_tail(elements, tail)


def split(term: Any, count: int) -> tuple[Any, ...] | None:
    """The first *count* elements of a list and what follows them, or None if there are not as many."""
    if type(term) is list:
        return (*term[:count], term[count:]) if len(term) >= count else None
    if type(term) is ImproperList and len(term.elements) >= count:
        return (*term.elements[:count], list_with_tail(term.elements[count:], term.tail))
    return None


def after_prefix(term: Any, prefix: list[Any]) -> Any:
    """What follows *prefix* in a list, or ``MISSING``: ``"abc" ++ T``."""
    parts = split(term, len(prefix))
    if parts is None or any(type(one) is not int or one != other for one, other in zip(parts, prefix, strict=False)):
        return MISSING
    return parts[-1]


# --- comparisons ---


def less(left: Any, right: Any) -> bool:
    """``Left < Right``."""
    if type(left) is int and type(right) is int:
        return left < right
    return compare(left, right) < 0


def less_or_equal(left: Any, right: Any) -> bool:
    """``Left =< Right``."""
    if type(left) is int and type(right) is int:
        return left <= right
    return compare(left, right) <= 0


_FLAT: Final = frozenset((int, float, Atom, bytes, Bitstring, Pid, PortId, Reference, ExportFun))


def equal(left: Any, right: Any) -> bool:
    """``Left == Right``."""
    if left is right:
        return True
    if type(left) in _FLAT and type(right) in _FLAT:
        return bool(left == right)
    return compare(left, right) == 0


def same(left: Any, right: Any) -> bool:
    """``Left =:= Right``."""
    if left is right:
        return True
    kind = type(left)
    if kind is not type(right):
        return kind in _MAPS and type(right) in _MAPS and exactly_equal(left, right)
    if kind in _FLAT:
        return bool(left == right)
    if kind is list:
        if len(left) != len(right):
            return False
        if set(map(type, left)) == _ONLY_INTEGERS == set(map(type, right)):
            return bool(left == right)
    return exactly_equal(left, right)


_ONLY_INTEGERS: Final = {int}
_MAPS: Final = frozenset((dict, Map))

# --- type tests ---


def is_number(term: Any) -> bool:
    """``is_number/1``."""
    return type(term) in _NUMBERS


def is_list(term: Any) -> bool:
    """``is_list/1``."""
    return type(term) is list or type(term) is ImproperList


def is_map(term: Any) -> bool:
    """``is_map/1``."""
    return type(term) in _MAPS or (isinstance(term, Mapping))


def is_bitstring(term: Any) -> bool:
    """``is_bitstring/1``."""
    return isinstance(term, bytes) or type(term) is Bitstring


def is_boolean(term: Any) -> bool:
    """``is_boolean/1``."""
    return term is TRUE or term is FALSE


def is_function(term: Any) -> bool:
    """``is_function/1``."""
    return isinstance(term, Fun | ExportFun)


# --- maps ---


def find(term: Any, key: Any) -> Any:
    """The value of *key* in a map, or ``MISSING``, for what is no map too."""
    if type(term) is dict:
        try:
            value = term.get(key, MISSING)
        except TypeError:
            return MISSING
        if type(key) in _KEYS_AS_IN_PYTHON or value is MISSING:
            return value
        return next((value for found, value in term.items() if same(found, key)), MISSING)
    if is_map(term):
        return term.get(key, MISSING)
    return MISSING


_KEYS_AS_IN_PYTHON: Final = frozenset((Atom, bytes, Bitstring, Pid, PortId, Reference, ExportFun))


def make_map(*pairs: tuple[Any, Any]) -> Any:
    """``#{K => V}``: of two equal keys, the later one counts."""
    return put_all({}, pairs)


def put_all(term: Any, pairs: Iterable[tuple[Any, Any]]) -> Any:
    """``Map#{K => V}``."""
    if not is_map(term):
        raise failure("badmap", term)
    new: dict[Any, Any] = {}
    pairs = list(pairs)
    if type(term) is dict and all(type(key) in _KEYS_AS_IN_PYTHON for key, _ in pairs):
        return {**term, **dict(pairs)}
    for key, value in (*term.items(), *pairs):
        token = exact_key(key)
        new[token] = (new[token][0] if token in new else key, value)
    return map_from_pairs(new.values())


def update(term: Any, *pairs: tuple[Any, Any, bool]) -> Any:
    """``Map#{K => V, K := V}``: where the third of a pair is true, the key must exist."""
    if not is_map(term):
        raise _bad_update(failure("badmap", term), "put", [Atom("k"), Atom("v"), term])
    for key, value, exact in pairs:
        if exact and find(term, key) is MISSING:
            raise _bad_update(failure("badkey", key), "update", [key, value, term])
        term = put_all(term, ((key, value),))
    return term


def _bad_update(error: Raised, name: str, arguments: list[Any]) -> Raised:
    """The exception with the frames of the evaluator, which calls ``maps`` with these arguments."""
    from erts_emu.shell import frames

    location = [(Atom("error_info"), {Atom("module"): Atom("erl_stdlib_errors")})]
    around = frames.BAD_MAP if name == "put" else frames.BAD_KEY
    error.inner = [(Atom("maps"), Atom(name), arguments, location), *map(frames.term, around)]
    return error


def without(term: Any, keys: Iterable[Any]) -> Any:
    """A map without some keys."""
    doomed = {exact_key(key) for key in keys}
    return map_from_pairs([(key, value) for key, value in term.items() if exact_key(key) not in doomed])
