"""The module ``maps``."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any, Final

from erts_emu.shell.lib._arguments import a_map, is_fun
from erts_emu.shell.native import Library
from erts_emu.shell.operators import MISSING, find, is_map, put_all, without
from erts_emu.shell.values import ERROR, FALSE, OK, TRUE, badarg, boolean, failure, function_clause
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import ImproperList
from erts_emu.terms.maps import exact_key, map_from_pairs
from erts_emu.terms.order import ordered_items

LIBRARY: Final = Library("maps")
Steps = Generator[Any, Any, Any]
_NONE: Final = Atom("none")


def pairs_of(term: Any) -> Iterator[tuple[Any, Any]]:
    """The pairs of a map or an iterator, one by one, in the order in which ``erl`` has those of small maps.

    An iterator is ``[0|Map]``, and what is left of one ``{Key, Value, Next}`` or ``none``.
    """
    if is_map(term):
        yield from ordered_items(term)
        return
    if not is_iterator(term):
        raise failure("badmap", term)
    while (step := _next(term)) is not _NONE:
        yield step[0], step[1]
        term = step[2]


def is_iterator(term: Any) -> bool:
    """Whether *term* is an iterator, or what is left of one."""
    return term is _NONE or (type(term) is tuple and len(term) == 3) or _starts(term)


def _starts(term: Any) -> bool:
    return type(term) is ImproperList and len(term.elements) == 1 and term.elements[0] == 0 and is_map(term.tail)


def _check_fun(fun: Any, arity: int) -> None:
    if not is_fun(fun, arity):
        raise badarg()


def _check_list(term: Any) -> list[Any]:
    if type(term) is not list:
        raise badarg()
    return term


def _wanted(keys: Any) -> list[Any]:
    if type(keys) is ImproperList:
        raise function_clause()
    return _check_list(keys)


@LIBRARY.plain("new")
def _new() -> Any:
    return {}


@LIBRARY.plain("get", 2)
def _get(key: Any, term: Any) -> Any:
    value = find(a_map(term), key)
    if value is MISSING:
        raise failure("badkey", key)
    return value


@LIBRARY.plain("get", 3)
def _get_or(key: Any, term: Any, default: Any) -> Any:
    value = find(a_map(term), key)
    return default if value is MISSING else value


@LIBRARY.plain("find")
def _find(key: Any, term: Any) -> Any:
    value = find(a_map(term), key)
    return ERROR if value is MISSING else (OK, value)


@LIBRARY.plain("is_key")
def _is_key(key: Any, term: Any) -> Atom:
    return boolean(find(a_map(term), key) is not MISSING)


@LIBRARY.plain("put")
def _put(key: Any, value: Any, term: Any) -> Any:
    return put_all(a_map(term), ((key, value),))


@LIBRARY.plain("update")
def _update(key: Any, value: Any, term: Any) -> Any:
    if find(a_map(term), key) is MISSING:
        raise failure("badkey", key)
    return put_all(term, ((key, value),))


@LIBRARY.plain("remove")
def _remove(key: Any, term: Any) -> Any:
    return term if find(a_map(term), key) is MISSING else without(term, [key])


@LIBRARY.plain("take")
def _take(key: Any, term: Any) -> Any:
    value = find(a_map(term), key)
    return ERROR if value is MISSING else (value, without(term, [key]))


@LIBRARY.plain("size")
def _size(term: Any) -> int:
    return len(a_map(term))


@LIBRARY.plain("keys")
def _keys(term: Any) -> list[Any]:
    return [key for key, _ in ordered_items(a_map(term))]


@LIBRARY.plain("values")
def _values(term: Any) -> list[Any]:
    return [value for _, value in ordered_items(a_map(term))]


@LIBRARY.plain("to_list")
def _to_list(term: Any) -> list[Any]:
    return ordered_items(a_map(term))


@LIBRARY.plain("from_list")
def _from_list(pairs: Any) -> Any:
    if any(type(pair) is not tuple or len(pair) != 2 for pair in _check_list(pairs)):
        raise badarg()
    return put_all({}, pairs)


@LIBRARY.plain("from_keys")
def _from_keys(keys: Any, value: Any) -> Any:
    return put_all({}, [(key, value) for key in _check_list(keys)])


@LIBRARY.plain("merge")
def _merge(left: Any, right: Any) -> Any:
    return put_all(a_map(left), a_map(right).items())


@LIBRARY.plain("with")
def _with(keys: Any, term: Any) -> Any:
    a_map(term)
    wanted = [(key, find(term, key)) for key in _wanted(keys)]
    return put_all({}, [pair for pair in wanted if pair[1] is not MISSING])


@LIBRARY.plain("without")
def _without(keys: Any, term: Any) -> Any:
    a_map(term)
    return without(term, _wanted(keys))


@LIBRARY.plain("intersect")
def _intersect(left: Any, right: Any) -> Any:
    a_map(left)
    return map_from_pairs([(key, value) for key, value in a_map(right).items() if find(left, key) is not MISSING])


@LIBRARY.plain("iterator")
def _iterator(term: Any) -> Any:
    return ImproperList((0,), a_map(term))


@LIBRARY.plain("next")
def _next(iterator: Any) -> Any:
    if not is_iterator(iterator):
        raise badarg()
    if not _starts(iterator):
        return iterator
    rest: Any = _NONE
    for key, value in reversed(ordered_items(iterator.tail)):
        rest = (key, value, rest)
    return rest


# --- with funs ---


@LIBRARY.calls("map")
def _map(_machine: Any, fun: Any, term: Any) -> Steps:
    pairs = _iterated(term, fun, 2)
    made = []
    for key, value in pairs:
        made.append((key, (yield fun, (key, value))))
    return map_from_pairs(made)


def _iterated(term: Any, fun: Any, arity: int) -> Iterator[tuple[Any, Any]]:
    """The pairs to call *fun* with."""
    _check_fun(fun, arity)
    return pairs_of(term)


@LIBRARY.calls("foreach")
def _foreach(_machine: Any, fun: Any, term: Any) -> Steps:
    for pair in _iterated(term, fun, 2):
        yield fun, pair
    return OK


@LIBRARY.calls("fold")
def _fold(_machine: Any, fun: Any, state: Any, term: Any) -> Steps:
    for key, value in _iterated(term, fun, 3):
        state = yield fun, (key, value, state)
    return state


@LIBRARY.calls("filter")
def _filter(_machine: Any, fun: Any, term: Any) -> Steps:
    kept = []
    for pair in _iterated(term, fun, 2):
        answer = yield fun, pair
        if answer is TRUE:
            kept.append(pair)
        elif answer is not FALSE:
            raise failure("case_clause", answer)
    return map_from_pairs(kept)


@LIBRARY.calls("filtermap")
def _filtermap(_machine: Any, fun: Any, term: Any) -> Steps:
    kept = []
    for key, value in _iterated(term, fun, 2):
        answer = yield fun, (key, value)
        if answer is TRUE:
            kept.append((key, value))
        elif type(answer) is tuple and len(answer) == 2 and answer[0] is TRUE:
            kept.append((key, answer[1]))
        elif answer is not FALSE:
            raise failure("case_clause", answer)
    return map_from_pairs(kept)


@LIBRARY.calls("update_with", 3)
def _update_with(_machine: Any, key: Any, fun: Any, term: Any) -> Steps:
    value = find(a_map(term), key)
    _check_fun(fun, 1)
    if value is MISSING:
        raise failure("badkey", key)
    new = yield fun, (value,)
    return put_all(term, ((key, new),))


@LIBRARY.calls("update_with", 4)
def _update_with_default(_machine: Any, key: Any, fun: Any, default: Any, term: Any) -> Steps:
    value = find(a_map(term), key)
    _check_fun(fun, 1)
    new = default if value is MISSING else (yield fun, (value,))
    return put_all(term, ((key, new),))


def _combined(fun: Any, left: Any, right: Any, *, everything: bool) -> Steps:
    _check_fun(fun, 3)
    a_map(left)
    a_map(right)
    both = []
    for key, value in ordered_items(right):
        other = find(left, key)
        if other is not MISSING:
            both.append((key, (yield fun, (key, other, value))))
        elif everything:
            both.append((key, value))
    return put_all(left if everything else {}, both)


@LIBRARY.calls("merge_with")
def _merge_with(_machine: Any, fun: Any, left: Any, right: Any) -> Steps:
    result = yield from _combined(fun, left, right, everything=True)
    return result


@LIBRARY.calls("intersect_with")
def _intersect_with(_machine: Any, fun: Any, left: Any, right: Any) -> Steps:
    result = yield from _combined(fun, left, right, everything=False)
    return result


@LIBRARY.calls("groups_from_list", 2, 3)
def _groups_from_list(_machine: Any, key_fun: Any, *given: Any) -> Steps:
    value_fun, items = (None, *given) if len(given) == 1 else given
    _check_list(items)
    _check_fun(key_fun, 1)
    if value_fun is not None:
        _check_fun(value_fun, 1)
    groups: dict[Any, tuple[Any, list[Any]]] = {}
    for item in reversed(items):
        key = yield key_fun, (item,)
        value = item if value_fun is None else (yield value_fun, (item,))
        groups.setdefault(exact_key(key), (key, []))[1].append(value)
    return map_from_pairs((key, values[::-1]) for key, values in groups.values())
