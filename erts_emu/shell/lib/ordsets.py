"""The module ``ordsets``: sets as ordered lists."""

from __future__ import annotations

from collections.abc import Generator
from itertools import pairwise
from typing import Any, Final

from erts_emu.shell.lib._arguments import a_fun, a_list, elements, parts, refuse, walk
from erts_emu.shell.lib.lists import without_repeats
from erts_emu.shell.native import Library
from erts_emu.shell.operators import equal, less
from erts_emu.shell.values import FALSE, TRUE, boolean, failure
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import list_with_tail
from erts_emu.terms.order import sort_key

LIBRARY: Final = Library("ordsets")
Steps = Generator[Any, Any, Any]


def _seek(item: Any, term: Any) -> tuple[list[Any], bool, Any]:
    """Go through a set to *item*, or where it belongs: what is before it, whether it is there, what follows."""
    content, tail = parts(term)
    for index, each in enumerate(content):
        if not less(each, item):
            found = equal(each, item)
            return [*content[:index]], found, list_with_tail(content[index + found :], tail)
    return [*elements(term)], False, []


@LIBRARY.plain("new")
def _new() -> list[Any]:
    return []


@LIBRARY.plain("is_set")
def _is_set(items: Any) -> Atom:
    content, tail = parts(items)
    if any(not less(one, other) for one, other in pairwise(content)):
        return FALSE
    if content and tail != []:
        refuse()
    return boolean(type(items) is list)


@LIBRARY.plain("size")
def _size(items: Any) -> int:
    return len(a_list(items))


@LIBRARY.plain("is_empty")
def _is_empty(items: Any) -> Atom:
    return boolean(items == [])


@LIBRARY.plain("to_list")
def _to_list(items: Any) -> Any:
    return items


@LIBRARY.plain("from_list")
def _from_list(items: Any) -> list[Any]:
    return without_repeats(sorted(elements(items), key=sort_key))


@LIBRARY.plain("is_element")
def _is_element(item: Any, items: Any) -> Atom:
    return boolean(_seek(item, items)[1])


@LIBRARY.plain("add_element")
def _add_element(item: Any, items: Any) -> Any:
    before, found, after = _seek(item, items)
    return items if found else list_with_tail((*before, item), after)


@LIBRARY.plain("del_element")
def _del_element(item: Any, items: Any) -> Any:
    before, found, after = _seek(item, items)
    return list_with_tail(before, after) if found else items


@LIBRARY.plain("union", 1)
def _union_of(sets: Any) -> Any:
    if len(elements(sets)) == 1:
        return sets[0]
    return without_repeats(sorted((item for items in sets for item in elements(items)), key=sort_key))


@LIBRARY.plain("union", 2)
def _union(left: Any, right: Any) -> Any:
    return right if left == [] else left if right == [] else _union_of([left, right])


@LIBRARY.plain("intersection", 1)
def _intersection_of(sets: Any) -> Any:
    if not elements(sets):
        refuse()
    result = sets[0]
    for items in sets[1:]:
        result = _intersection(result, items)
    return result


@LIBRARY.plain("intersection", 2)
def _intersection(left: Any, right: Any) -> Any:
    if left == [] or right == []:
        return []
    return [item for item in elements(left) if any(equal(item, each) for each in elements(right))]


@LIBRARY.plain("subtract")
def _subtract(left: Any, right: Any) -> Any:
    if left == [] or right == []:
        return left
    return [item for item in elements(left) if not any(equal(item, each) for each in elements(right))]


@LIBRARY.plain("is_disjoint")
def _is_disjoint(left: Any, right: Any) -> Atom:
    return boolean(_intersection(left, right) == [])


@LIBRARY.plain("is_subset")
def _is_subset(left: Any, right: Any) -> Atom:
    if left == [] or right == []:
        return boolean(left == [])
    return boolean(_subtract(left, right) == [])


@LIBRARY.calls("fold")
def _fold(_machine: Any, fun: Any, state: Any, items: Any) -> Steps:
    a_fun(fun, 2)
    for item in walk(items, "case_clause"):
        state = yield fun, (item, state)
    return state


@LIBRARY.calls("filter")
def _filter(_machine: Any, fun: Any, items: Any) -> Steps:
    a_fun(fun, 1)
    result = []
    for item in walk(items, "bad_generator", "bad_generator"):
        answer = yield fun, (item,)
        if answer is TRUE:
            result.append(item)
        elif answer is not FALSE:
            raise failure("bad_filter", answer)
    return result
