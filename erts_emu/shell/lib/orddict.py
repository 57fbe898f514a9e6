"""The module ``orddict``: dictionaries as ordered lists of pairs."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, Final, NamedTuple

from erts_emu.shell.lib._arguments import a_fun, a_list, elements, parts, refuse, walk
from erts_emu.shell.lib._sorting import is_true
from erts_emu.shell.native import Library
from erts_emu.shell.operators import add, append, equal, is_list, less
from erts_emu.shell.values import ERROR, OK, boolean
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import list_with_tail

LIBRARY: Final = Library("orddict")
Steps = Generator[Any, Any, Any]
Pairs = list[tuple[Any, Any]]


class Found(NamedTuple):
    """Where a key stands, or belongs: what is before it, its pair if it has one, and what follows."""

    before: list[Any]
    pair: tuple[Any, Any] | None
    after: Any

    def with_value(self, key: Any, value: Any) -> Any:
        """The dictionary with a new value for the key."""
        return list_with_tail((*self.before, (key, value)), self.after)

    def without(self) -> Any:
        """The dictionary without the key."""
        return list_with_tail(self.before, self.after)


def _seek(key: Any, term: Any) -> Found:
    """Go through a dictionary until *key*, or a greater one, is found; what follows is not looked at."""
    content, tail = parts(term)
    for index, pair in enumerate(content):
        if not _is_pair(pair):
            refuse()
        if not less(pair[0], key):
            found = equal(pair[0], key)
            after = list_with_tail(content[index + found :], tail)
            return Found([*content[:index]], pair if found else None, after)
    return Found([*elements(term)], None, [])


def _is_pair(term: Any) -> bool:
    return type(term) is tuple and len(term) == 2


def _pairs(term: Any) -> Iterator[tuple[Any, Any]]:
    """The pairs of a dictionary, one by one."""
    for pair in walk(term):
        if not _is_pair(pair):
            refuse()
        yield pair


@LIBRARY.plain("new")
def _new() -> Pairs:
    return []


@LIBRARY.plain("is_key")
def _is_key(key: Any, term: Any) -> Atom:
    return boolean(_seek(key, term).pair is not None)


@LIBRARY.plain("to_list")
def _to_list(term: Any) -> Any:
    return term


@LIBRARY.plain("from_list")
def _from_list(term: Any) -> Pairs:
    result: Pairs = []
    for key, value in _pairs(term):
        result = _store(key, value, result)
    return result


@LIBRARY.plain("size")
def _size(term: Any) -> int:
    return len(a_list(term))


@LIBRARY.plain("is_empty")
def _is_empty(term: Any) -> Atom:
    if not is_list(term):
        refuse()
    return boolean(term == [])


@LIBRARY.plain("fetch")
def _fetch(key: Any, term: Any) -> Any:
    pair = _seek(key, term).pair
    return refuse() if pair is None else pair[1]


@LIBRARY.plain("find")
def _find(key: Any, term: Any) -> Any:
    pair = _seek(key, term).pair
    return ERROR if pair is None else (OK, pair[1])


@LIBRARY.plain("fetch_keys")
def _fetch_keys(term: Any) -> list[Any]:
    return [key for key, _ in _pairs(term)]


@LIBRARY.plain("erase")
def _erase(key: Any, term: Any) -> Any:
    return _seek(key, term).without()


@LIBRARY.plain("take")
def _take(key: Any, term: Any) -> Any:
    found = _seek(key, term)
    return ERROR if found.pair is None else (found.pair[1], found.without())


@LIBRARY.plain("store")
def _store(key: Any, value: Any, term: Any) -> Any:
    return _seek(key, term).with_value(key, value)


@LIBRARY.plain("append")
def _append(key: Any, value: Any, term: Any) -> Any:
    return _append_list(key, [value], term)


@LIBRARY.plain("append_list")
def _append_list(key: Any, values: Any, term: Any) -> Any:
    found = _seek(key, term)
    return found.with_value(key, values if found.pair is None else append(found.pair[1], values))


@LIBRARY.plain("update_counter")
def _update_counter(key: Any, increment: Any, term: Any) -> Any:
    found = _seek(key, term)
    return found.with_value(key, increment if found.pair is None else add(found.pair[1], increment))


@LIBRARY.calls("update", 3)
def _update(_machine: Any, key: Any, fun: Any, term: Any) -> Steps:
    found = _seek(key, term)
    if found.pair is None:
        refuse()
    return found.with_value(key, (yield fun, (found.pair[1],)))


@LIBRARY.calls("update", 4)
def _update_default(_machine: Any, key: Any, fun: Any, default: Any, term: Any) -> Steps:
    found = _seek(key, term)
    value = default if found.pair is None else (yield fun, (found.pair[1],))
    return found.with_value(key, value)


@LIBRARY.calls("fold")
def _fold(_machine: Any, fun: Any, state: Any, term: Any) -> Steps:
    for key, value in _pairs(term):
        state = yield fun, (key, value, state)
    a_fun(fun, 3)
    return state


@LIBRARY.calls("map")
def _map(_machine: Any, fun: Any, term: Any) -> Steps:
    result = []
    for key, value in _pairs(term):
        result.append((key, (yield fun, (key, value))))
    a_fun(fun, 2)
    return result


@LIBRARY.calls("filter")
def _filter(_machine: Any, fun: Any, term: Any) -> Steps:
    result = []
    for pair in _pairs(term):
        if is_true((yield fun, pair)):
            result.append(pair)  # noqa: PERF401 -- a comprehension cannot yield
    a_fun(fun, 2)
    return result


@LIBRARY.calls("merge")
def _merge(_machine: Any, fun: Any, left: Any, right: Any) -> Steps:
    if left == [] or right == []:
        a_fun(fun, 3)
        return right if left == [] else left
    result: list[Any] = []
    while left != [] and right != []:
        (key, value), (other_key, other_value) = _first(left), _first(right)
        if less(key, other_key):
            result.append((key, value))
            left = _rest(left)
        elif less(other_key, key):
            result.append((other_key, other_value))
            right = _rest(right)
        else:
            result.append((key, (yield fun, (key, value, other_value))))
            left, right = _rest(left), _rest(right)
    a_fun(fun, 3)
    return list_with_tail(result, right if left == [] else left)


def _first(term: Any) -> tuple[Any, Any]:
    content, _ = parts(term)
    if not content or not _is_pair(content[0]):
        refuse()
    pair: tuple[Any, Any] = content[0]
    return pair


def _rest(term: Any) -> Any:
    content, tail = parts(term)
    return list_with_tail(content[1:], tail)
