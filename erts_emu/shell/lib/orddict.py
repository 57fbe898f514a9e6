"""The module ``orddict``: dictionaries as ordered lists of pairs."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

from erts_emu.shell.lib._arguments import a_fun, elements, refuse
from erts_emu.shell.native import Library
from erts_emu.shell.operators import add, append, equal
from erts_emu.shell.values import ERROR, FALSE, OK, TRUE, boolean, failure
from erts_emu.terms.atoms import Atom
from erts_emu.terms.order import sort_key

LIBRARY: Final = Library("orddict")
Steps = Generator[Any, Any, Any]
Pairs = list[tuple[Any, Any]]


def _pairs(term: Any) -> Pairs:
    if any(type(pair) is not tuple or len(pair) != 2 for pair in elements(term)):
        refuse()
    return term  # type: ignore[no-any-return]


def _place(key: Any, pairs: Pairs) -> int | None:
    return next((index for index, pair in enumerate(pairs) if equal(pair[0], key)), None)


def _stored(key: Any, value: Any, pairs: Pairs) -> Pairs:
    place = _place(key, pairs)
    if place is not None:
        return [*pairs[:place], (key, value), *pairs[place + 1 :]]
    return sorted([*pairs, (key, value)], key=lambda pair: sort_key(pair[0]))


@LIBRARY.plain("new")
def _new() -> Pairs:
    return []


@LIBRARY.plain("is_key")
def _is_key(key: Any, term: Any) -> Atom:
    return boolean(_place(key, _pairs(term)) is not None)


@LIBRARY.plain("to_list")
def _to_list(term: Any) -> Any:
    return term


@LIBRARY.plain("from_list")
def _from_list(term: Any) -> Pairs:
    result: Pairs = []
    for key, value in _pairs(term):
        result = _stored(key, value, result)
    return result


@LIBRARY.plain("size")
def _size(term: Any) -> int:
    return len(elements(term))


@LIBRARY.plain("is_empty")
def _is_empty(term: Any) -> Atom:
    return boolean(term == [])


@LIBRARY.plain("fetch")
def _fetch(key: Any, term: Any) -> Any:
    place = _place(key, _pairs(term))
    if place is None:
        refuse()
    return term[place][1]


@LIBRARY.plain("find")
def _find(key: Any, term: Any) -> Any:
    place = _place(key, _pairs(term))
    return ERROR if place is None else (OK, term[place][1])


@LIBRARY.plain("fetch_keys")
def _fetch_keys(term: Any) -> list[Any]:
    return [key for key, _ in _pairs(term)]


@LIBRARY.plain("erase")
def _erase(key: Any, term: Any) -> Pairs:
    place = _place(key, _pairs(term))
    return term if place is None else [*term[:place], *term[place + 1 :]]


@LIBRARY.plain("take")
def _take(key: Any, term: Any) -> Any:
    place = _place(key, _pairs(term))
    return ERROR if place is None else (term[place][1], _erase(key, term))


@LIBRARY.plain("store")
def _store(key: Any, value: Any, term: Any) -> Pairs:
    return _stored(key, value, _pairs(term))


@LIBRARY.plain("append")
def _append(key: Any, value: Any, term: Any) -> Pairs:
    return _append_list(key, [value], term)


@LIBRARY.plain("append_list")
def _append_list(key: Any, values: Any, term: Any) -> Pairs:
    place = _place(key, _pairs(term))
    return _stored(key, values if place is None else append(term[place][1], values), term)


@LIBRARY.plain("update_counter")
def _update_counter(key: Any, increment: Any, term: Any) -> Pairs:
    place = _place(key, _pairs(term))
    return _stored(key, increment if place is None else add(term[place][1], increment), term)


@LIBRARY.calls("update", 3)
def _update(_machine: Any, key: Any, fun: Any, term: Any) -> Steps:
    place = _place(key, _pairs(term))
    if place is None:
        refuse()
    return _stored(key, (yield fun, (term[place][1],)), term)


@LIBRARY.calls("update", 4)
def _update_default(_machine: Any, key: Any, fun: Any, default: Any, term: Any) -> Steps:
    place = _place(key, _pairs(term))
    value = default if place is None else (yield fun, (term[place][1],))
    return _stored(key, value, term)


@LIBRARY.calls("fold")
def _fold(_machine: Any, fun: Any, state: Any, term: Any) -> Steps:
    a_fun(fun, 3)
    for key, value in _pairs(term):
        state = yield fun, (key, value, state)
    return state


@LIBRARY.calls("map")
def _map(_machine: Any, fun: Any, term: Any) -> Steps:
    a_fun(fun, 2)
    result = []
    for key, value in _pairs(term):
        result.append((key, (yield fun, (key, value))))
    return result


@LIBRARY.calls("filter")
def _filter(_machine: Any, fun: Any, term: Any) -> Steps:
    a_fun(fun, 2)
    result = []
    for pair in _pairs(term):
        answer = yield fun, pair
        if answer is TRUE:
            result.append(pair)
        elif answer is not FALSE:
            raise failure("case_clause", answer)
    return result


@LIBRARY.calls("merge")
def _merge(_machine: Any, fun: Any, left: Any, right: Any) -> Steps:
    a_fun(fun, 3)
    result = list(_pairs(left))
    for key, value in _pairs(right):
        place = _place(key, result)
        if place is not None:
            value = yield fun, (key, result[place][1], value)
        result = _stored(key, value, result)
    return result
