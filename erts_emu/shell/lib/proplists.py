"""The module ``proplists``."""

from __future__ import annotations

from typing import Any, Final

from erts_emu.shell.lib._arguments import elements, refuse
from erts_emu.shell.native import Library
from erts_emu.shell.operators import append, is_map, put_all, same
from erts_emu.shell.values import FALSE, TRUE, UNDEFINED, boolean
from erts_emu.terms.atoms import Atom
from erts_emu.terms.maps import exact_key
from erts_emu.terms.order import ordered_items

LIBRARY: Final = Library("proplists")
_NONE: Final = Atom("none")


def _has_key(item: Any, key: Any) -> bool:
    """Whether *item* is a property with that key: the atom itself, or a tuple that begins with the key."""
    if type(item) is Atom:
        return item is key
    return type(item) is tuple and bool(item) and same(item[0], key)


@LIBRARY.plain("property", 1)
def _property(item: Any) -> Any:
    if type(item) is tuple and len(item) == 2 and type(item[0]) is Atom and item[1] is TRUE:
        return item[0]
    return item


@LIBRARY.plain("property", 2)
def _property_of(key: Any, value: Any) -> Any:
    return key if type(key) is Atom and value is TRUE else (key, value)


@LIBRARY.plain("unfold")
def _unfold(items: Any) -> list[Any]:
    return [(item, TRUE) if type(item) is Atom else item for item in elements(items)]


@LIBRARY.plain("compact")
def _compact(items: Any) -> list[Any]:
    return [_property(item) for item in elements(items)]


@LIBRARY.plain("lookup")
def _lookup(key: Any, items: Any) -> Any:
    for item in elements(items):
        if _has_key(item, key):
            return (key, TRUE) if type(item) is Atom else item
    return _NONE


@LIBRARY.plain("lookup_all")
def _lookup_all(key: Any, items: Any) -> list[Any]:
    return [(item, TRUE) if type(item) is Atom else item for item in elements(items) if _has_key(item, key)]


@LIBRARY.plain("is_defined")
def _is_defined(key: Any, items: Any) -> Atom:
    return boolean(any(_has_key(item, key) for item in elements(items)))


@LIBRARY.plain("get_value", 2, 3)
def _get_value(key: Any, items: Any, default: Any = UNDEFINED) -> Any:
    for item in elements(items):
        if _has_key(item, key):
            if type(item) is Atom:
                return TRUE
            return item[1] if len(item) == 2 else default
    return default


@LIBRARY.plain("get_all_values")
def _get_all_values(key: Any, items: Any) -> list[Any]:
    found = []
    for item in elements(items):
        if _has_key(item, key):
            if type(item) is Atom:
                found.append(TRUE)
            elif len(item) == 2:
                found.append(item[1])
    return found


@LIBRARY.plain("append_values")
def _append_values(key: Any, items: Any) -> list[Any]:
    result: list[Any] = []
    for value in _get_all_values(key, items):
        result = append(result, value if type(value) is list else [value])
    return result


@LIBRARY.plain("get_bool")
def _get_bool(key: Any, items: Any) -> Atom:
    for item in elements(items):
        if _has_key(item, key):
            return boolean(type(item) is Atom or (len(item) == 2 and item[1] is TRUE))
    return FALSE


@LIBRARY.plain("get_keys")
def _get_keys(items: Any) -> list[Any]:
    keys: dict[Any, Any] = {}
    for item in elements(items):
        if type(item) is Atom:
            keys[exact_key(item)] = item
        elif type(item) is tuple and item:
            keys[exact_key(item[0])] = item[0]
    return list(keys.values())


@LIBRARY.plain("delete")
def _delete(key: Any, items: Any) -> list[Any]:
    return [item for item in elements(items) if not _has_key(item, key)]


@LIBRARY.plain("split")
def _split(items: Any, keys: Any) -> tuple[list[list[Any]], list[Any]]:
    chosen: list[list[Any]] = [[] for _ in elements(keys)]
    rest: list[Any] = []
    for item in elements(items):
        place = next((index for index, key in enumerate(keys) if _has_key(item, key)), None)
        (rest if place is None else chosen[place]).append(item)
    return (chosen, rest)


@LIBRARY.plain("substitute_aliases")
def _substitute_aliases(aliases: Any, items: Any) -> list[Any]:
    return [_renamed(item, elements(aliases)) for item in elements(items)]


def _renamed(item: Any, aliases: list[Any]) -> Any:
    for old, new in aliases:
        if _has_key(item, old):
            return _property(new if type(item) is Atom else (new, *item[1:]))
    return item


@LIBRARY.plain("substitute_negations")
def _substitute_negations(negations: Any, items: Any) -> list[Any]:
    return [_negated(item, elements(negations)) for item in elements(items)]


def _negated(item: Any, negations: list[Any]) -> Any:
    for old, new in negations:
        if _has_key(item, old):
            value = TRUE if type(item) is Atom else item[1] if len(item) == 2 else None
            if value is TRUE:
                return (new, FALSE)
            return _property((new, TRUE))
    return item


@LIBRARY.plain("expand")
def _expand(expansions: Any, items: Any) -> list[Any]:
    result: list[Any] = []
    for item in elements(items):
        for property_, expansion in elements(expansions):
            if same(_property(item), _property(property_)):
                result += expansion
                break
        else:
            result.append(item)
    return result


@LIBRARY.plain("to_map", 1)
def _to_map(items: Any) -> Any:
    pairs = []
    for item in reversed(elements(items)):
        if type(item) is Atom:
            pairs.append((item, TRUE))
        elif type(item) is tuple and len(item) == 2:
            pairs.append(item)
    return put_all({}, pairs)


@LIBRARY.plain("from_map")
def _from_map(term: Any) -> list[Any]:
    if not is_map(term):
        refuse()
    return [_property(pair) for pair in ordered_items(term)]
