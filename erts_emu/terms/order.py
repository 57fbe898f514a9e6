"""Erlang's term order: number < atom < reference < fun < port < pid < tuple < map < list < bitstring.

Numbers are compared by exact value, however large; tuples and maps first by size; lists and bitstrings
element by element. Keys of maps are compared before values, and among keys every integer is
less than every float (*key order*), since ``1`` and ``1.0`` are different keys.
Counterpart in ERTS: ``erts_cmp_compound`` in ``utils.c``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cmp_to_key
from itertools import chain, repeat
from typing import Any, Final, Literal, TypeAlias

from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import LOCAL_NODE, Pid, PortId, Reference
from erts_emu.terms.kinds import (
    LIST,
    NIL,
    Bitstring,
    ExportFun,
    Fun,
    ImproperList,
    Term,
    as_atom,
    rank,
)

Sign: TypeAlias = Literal[-1, 0, 1]


def compare(left: Term, right: Term) -> Sign:
    """-1, 0 or 1 as *left* is less than, equal to (Erlang's ``==``) or greater than *right*.

    Raises ``NotATerm``.
    """
    return _compare(left, right, False)


def compare_keys(left: Term, right: Term) -> Sign:
    """As :func:`compare`, but in key order: every integer is less than every float."""
    return _compare(left, right, True)


def exactly_equal(left: Term, right: Term) -> bool:
    """Erlang's ``left =:= right``: as ``==``, but integers never equal floats. Raises ``NotATerm``."""
    return _compare(left, right, True) == 0


sort_key: Final[Callable[[Term], Any]] = cmp_to_key(compare)
"""``sorted(terms, key=sort_key)`` sorts as ``lists:sort/1`` does."""

_key_order: Final[Callable[[Term], Any]] = cmp_to_key(compare_keys)


def ordered_items(mapping: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    """The pairs of *mapping* in key order: the order in which ``erl`` stores a map of up to 32 keys."""
    items = list(mapping.items())
    if len(items) > 1:
        if all(type(key) is Atom for key, _value in items):
            items.sort(key=lambda item: item[0].name)
        else:
            items.sort(key=lambda item: _key_order(item[0]))
    return items


# -- one step, and the walk -----------------------------------------------------------------------

_Pairs: TypeAlias = Iterator[tuple[Any, Any, bool]]
"""Parts still to be compared: left, right, and whether in key order."""

_Verdict: TypeAlias = Sign | tuple[_Pairs, Sign]
"""An answer; or parts to compare, and the answer if those are all equal."""


def _compare(left: Term, right: Term, by_key: bool) -> Sign:
    verdict = _step(left, right, by_key)
    if isinstance(verdict, int):
        return verdict
    pending = [verdict]
    while pending:
        parts, if_equal = pending[-1]
        for part in parts:
            verdict = _step(*part)
            if verdict == 0:
                continue
            if isinstance(verdict, int):
                return verdict
            pending.append(verdict)
            break
        else:
            pending.pop()
            if if_equal:
                return if_equal
    return 0


def _step(left: Any, right: Any, by_key: bool) -> _Verdict:
    if left is right:
        return 0
    kind = rank(left)
    difference = kind - rank(right)
    if difference:
        return 1 if difference > 0 else -1
    return _STEPS[kind](left, right, by_key)


def _sign(left: Any, right: Any) -> Sign:
    if left == right:
        return 0
    return -1 if left < right else 1


def _numbers(left: float, right: float, by_key: bool) -> _Verdict:
    if by_key and isinstance(left, float) is not isinstance(right, float):
        return 1 if isinstance(left, float) else -1
    return _sign(left, right)


def _atoms(left: Atom, right: Atom, _by_key: bool) -> _Verdict:
    return _sign(as_atom(left).name, as_atom(right).name)


def _references(left: Reference, right: Reference, _by_key: bool) -> _Verdict:
    if left.node is right.node is None:
        return _sign(left.words[::-1], right.words[::-1])
    return _sign(_node(left), _node(right)) or _sign(_as_number(left.words), _as_number(right.words))


def _as_number(words: tuple[int, ...]) -> int:
    return sum(word << 32 * place for place, word in enumerate(words))


def _node(identifier: Pid | PortId | Reference) -> tuple[str, int]:
    """What nodes are compared by: their names, and their incarnations."""
    node = identifier.node
    return (LOCAL_NODE.name, 0) if node is None else (node.name.name, node.creation)


def _funs(left: Fun | ExportFun, right: Fun | ExportFun, by_key: bool) -> _Verdict:
    if isinstance(left, ExportFun) or isinstance(right, ExportFun):
        return _exports(left, right)
    places = [(fun.module.name, fun.index, fun.unique, len(fun.free)) for fun in (left, right)]
    return _sign(*places) or (zip(left.free, right.free, repeat(by_key)), 0)


def _exports(left: Fun | ExportFun, right: Fun | ExportFun) -> Sign:
    """External funs come after all others."""
    if not isinstance(left, ExportFun) or not isinstance(right, ExportFun):
        return -1 if isinstance(right, ExportFun) else 1
    return _sign(*[(fun.module.name, fun.function.name, fun.arity) for fun in (left, right)])


def _ports(left: PortId, right: PortId, _by_key: bool) -> _Verdict:
    return _sign((_node(left), left.number), (_node(right), right.number))


def _pids(left: Pid, right: Pid, _by_key: bool) -> _Verdict:
    """Pids of all nodes are mixed: the node decides last."""
    return _sign((left.serial, left.number, _node(left)), (right.serial, right.number, _node(right)))


def _tuples(left: tuple[Any, ...], right: tuple[Any, ...], by_key: bool) -> _Verdict:
    return _sign(len(left), len(right)) or (zip(left, right, repeat(by_key)), 0)


def _maps(left: Mapping[Any, Any], right: Mapping[Any, Any], by_key: bool) -> _Verdict:
    if len(left) != len(right):
        return _sign(len(left), len(right))
    lefts, rights = ordered_items(left), ordered_items(right)
    keys = ((one[0], other[0], True) for one, other in zip(lefts, rights, strict=True))
    values = ((one[1], other[1], by_key) for one, other in zip(lefts, rights, strict=True))
    return chain(keys, values), 0


def _lists(left: list[Any] | ImproperList, right: list[Any] | ImproperList, by_key: bool) -> _Verdict:
    """The common length decides, then the tail of the shorter list against the rest of the longer one."""
    lefts, left_tail = _unfolded(left)
    rights, right_tail = _unfolded(right)
    parts = zip(lefts, rights, repeat(by_key))
    if len(lefts) < len(rights):
        return parts, _tail_against_list(left_tail)
    if len(lefts) > len(rights):
        return parts, 1 if _tail_against_list(right_tail) < 0 else -1
    return chain(parts, ((left_tail, right_tail, by_key),)), 0


def _unfolded(term: list[Any] | ImproperList) -> tuple[list[Any] | tuple[Any, ...], Term]:
    return (term.elements, term.tail) if isinstance(term, ImproperList) else (term, NIL)


def _tail_against_list(tail: Term) -> Literal[-1, 1]:
    """Whether *tail* is less than a list that is not empty: the only list it can be is ``[]``."""
    return 1 if rank(tail) > LIST else -1


def _bitstrings(left: bytes | Bitstring, right: bytes | Bitstring, _by_key: bool) -> _Verdict:
    """The bits that both have decide, then the length."""
    (lefts, left_size), (rights, right_size) = _bits(left), _bits(right)
    whole, rest = divmod(min(left_size, right_size), 8)
    decided = _sign(lefts[:whole], rights[:whole])
    if rest and not decided:
        decided = _sign(lefts[whole] >> (8 - rest), rights[whole] >> (8 - rest))
    return decided or _sign(left_size, right_size)


def _bits(term: bytes | Bitstring) -> tuple[bytes, int]:
    return (term.data, term.bit_size) if isinstance(term, Bitstring) else (term, 8 * len(term))


_STEPS: Final[tuple[Callable[[Any, Any, bool], _Verdict], ...]] = (
    _numbers,
    _atoms,
    _references,
    _funs,
    _ports,
    _pids,
    _tuples,
    _maps,
    _lists,
    _bitstrings,
)
"""By rank."""
