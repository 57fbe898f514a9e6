"""The module ``ordsets``: sets as ordered lists."""

from __future__ import annotations

from collections.abc import Generator
from itertools import pairwise
from typing import Any, Final

from erts_emu.shell.lib._arguments import a_fun, elements, refuse
from erts_emu.shell.native import Library
from erts_emu.shell.operators import equal, less
from erts_emu.shell.values import FALSE, TRUE, boolean, failure
from erts_emu.terms.atoms import Atom
from erts_emu.terms.order import sort_key

LIBRARY: Final = Library("ordsets")
Steps = Generator[Any, Any, Any]


def _has(items: list[Any], item: Any) -> bool:
    return any(equal(item, each) for each in items)


def _ordered(items: list[Any]) -> list[Any]:
    result: list[Any] = []
    for item in sorted(items, key=sort_key):
        if not result or not equal(result[-1], item):
            result.append(item)
    return result


@LIBRARY.plain("new")
def _new() -> list[Any]:
    return []


@LIBRARY.plain("is_set")
def _is_set(items: Any) -> Atom:
    if type(items) is not list:
        return FALSE
    return boolean(all(less(one, other) for one, other in pairwise(items)))


@LIBRARY.plain("size")
def _size(items: Any) -> int:
    return len(elements(items))


@LIBRARY.plain("is_empty")
def _is_empty(items: Any) -> Atom:
    return boolean(items == [])


@LIBRARY.plain("to_list")
def _to_list(items: Any) -> Any:
    return items


@LIBRARY.plain("from_list")
def _from_list(items: Any) -> list[Any]:
    return _ordered(elements(items))


@LIBRARY.plain("is_element")
def _is_element(item: Any, items: Any) -> Atom:
    return boolean(_has(elements(items), item))


@LIBRARY.plain("add_element")
def _add_element(item: Any, items: Any) -> list[Any]:
    return elements(items) if _has(items, item) else _ordered([*items, item])


@LIBRARY.plain("del_element")
def _del_element(item: Any, items: Any) -> list[Any]:
    return [each for each in elements(items) if not equal(item, each)]


@LIBRARY.plain("union", 1, 2)
def _union(*given: Any) -> list[Any]:
    sets = elements(given[0]) if len(given) == 1 else given
    return _ordered([item for items in sets for item in elements(items)])


@LIBRARY.plain("intersection", 1, 2)
def _intersection(*given: Any) -> list[Any]:
    sets = elements(given[0]) if len(given) == 1 else given
    if not sets:
        refuse()
    return [item for item in elements(sets[0]) if all(_has(elements(items), item) for items in sets[1:])]


@LIBRARY.plain("subtract")
def _subtract(left: Any, right: Any) -> list[Any]:
    return [item for item in elements(left) if not _has(elements(right), item)]


@LIBRARY.plain("is_disjoint")
def _is_disjoint(left: Any, right: Any) -> Atom:
    return boolean(not any(_has(elements(right), item) for item in elements(left)))


@LIBRARY.plain("is_subset")
def _is_subset(left: Any, right: Any) -> Atom:
    return boolean(all(_has(elements(right), item) for item in elements(left)))


@LIBRARY.calls("fold")
def _fold(_machine: Any, fun: Any, state: Any, items: Any) -> Steps:
    a_fun(fun, 2)
    for item in elements(items):
        state = yield fun, (item, state)
    return state


@LIBRARY.calls("filter")
def _filter(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    result = []
    for item in elements(items):
        answer = yield fun, (item,)
        if answer is TRUE:
            result.append(item)
        elif answer is not FALSE:
            raise failure("bad_filter", answer)
    return result
