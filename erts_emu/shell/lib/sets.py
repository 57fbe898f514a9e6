"""The module ``sets``, with sets as maps (``{version, 2}``) and, by default, as opaque tuples around one.

``erl``'s own default is a record around a hash table; nobody may look inside either.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

from erts_emu.shell.lib._arguments import a_list, elements, is_fun, parts, refuse
from erts_emu.shell.lib._sorting import is_true
from erts_emu.shell.native import Library
from erts_emu.shell.operators import MISSING, find, is_list, is_map, put_all, without
from erts_emu.shell.values import boolean, failure
from erts_emu.terms.atoms import Atom
from erts_emu.terms.order import ordered_items

LIBRARY: Final = Library("sets")
Steps = Generator[Any, Any, Any]
_TAG: Final = Atom("set")


def _map(term: Any) -> Any:
    """The map of a set, whose keys are its elements."""
    if is_map(term):
        return term
    if type(term) is tuple and len(term) == 2 and term[0] is _TAG:
        return term[1]
    return refuse()


def _like(term: Any, content: Any) -> Any:
    return content if is_map(term) else (_TAG, content)


def _members(term: Any) -> list[Any]:
    return [key for key, _ in ordered_items(_map(term))]


def _made(items: list[Any]) -> Any:
    return put_all({}, [(item, []) for item in items])


def _version(options: Any) -> int:
    if not is_list(options):
        refuse()
    for option in parts(options)[0]:
        if type(option) is tuple and len(option) == 2 and option[0] is Atom("version"):
            if option[1] not in (1, 2):
                raise failure("case_clause", option[1])
            return int(option[1])
    return 1


@LIBRARY.plain("new", 0, 1)
def _new(options: Any = None) -> Any:
    return {} if options is not None and _version(options) == 2 else (_TAG, {})


@LIBRARY.plain("from_list", 1, 2)
def _from_list(items: Any, options: Any = None) -> Any:
    if options is not None and _version(options) == 2:
        return _made(a_list(items))
    if options is not None and not is_list(items):
        raise failure("case_clause", items)
    return (_TAG, _made(elements(items)))


@LIBRARY.plain("is_set")
def _is_set(term: Any) -> Atom:
    return boolean(is_map(term) or (type(term) is tuple and len(term) == 2 and term[0] is _TAG))


@LIBRARY.plain("size")
def _size(term: Any) -> int:
    return len(_map(term))


@LIBRARY.plain("is_empty")
def _is_empty(term: Any) -> Atom:
    return boolean(not len(_map(term)))


@LIBRARY.plain("to_list")
def _to_list(term: Any) -> list[Any]:
    return _members(term)


@LIBRARY.plain("is_element")
def _is_element(item: Any, term: Any) -> Atom:
    return boolean(find(_map(term), item) is not MISSING)


@LIBRARY.plain("add_element")
def _add_element(item: Any, term: Any) -> Any:
    return _like(term, put_all(_map(term), ((item, []),)))


@LIBRARY.plain("del_element")
def _del_element(item: Any, term: Any) -> Any:
    return _like(term, without(_map(term), [item]))


@LIBRARY.plain("union", 1, 2)
def _union(*given: Any) -> Any:
    sets = elements(given[0]) if len(given) == 1 else given
    if not sets:
        return _new()
    if len(sets) == 1:
        return sets[0]
    content = _map(sets[0])
    for other in sets[1:]:
        content = put_all(content, _map(other).items())
    return _like(sets[0], content)


@LIBRARY.plain("intersection", 1, 2)
def _intersection(*given: Any) -> Any:
    sets = elements(given[0]) if len(given) == 1 else given
    if not sets:
        refuse()
    if len(sets) == 1:
        return sets[0]
    result = sets[0]
    for each in sets[1:]:
        small, large = (result, each) if len(_map(result)) < len(_map(each)) else (each, result)
        missing = [key for key in _members(small) if find(_map(large), key) is MISSING]
        result = _like(result, without(_map(small), missing))
    return result


@LIBRARY.plain("subtract")
def _subtract(left: Any, right: Any) -> Any:
    return _like(left, without(_map(left), _members(right))) if len(_map(left)) else left


@LIBRARY.plain("is_disjoint")
def _is_disjoint(left: Any, right: Any) -> Atom:
    content = _map(right)
    return boolean(all(find(content, item) is MISSING for item in _members(left)))


@LIBRARY.plain("is_subset")
def _is_subset(left: Any, right: Any) -> Atom:
    content = _map(right) if _members(left) else {}
    return boolean(all(find(content, item) is not MISSING for item in _members(left)))


@LIBRARY.calls("fold")
def _fold(_machine: Any, fun: Any, state: Any, term: Any) -> Steps:
    if not is_fun(fun, 2):
        refuse()
    for item in _members(term):
        state = yield fun, (item, state)
    return state


@LIBRARY.calls("filter")
def _filter(_machine: Any, fun: Any, term: Any) -> Steps:
    if not is_fun(fun, 1):
        refuse()
    kept = []
    for item in _members(term):
        if is_true((yield fun, (item,))):
            kept.append(item)  # noqa: PERF401 -- a comprehension cannot yield
    return _like(term, _made(kept))
