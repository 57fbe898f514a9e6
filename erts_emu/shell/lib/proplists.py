"""The module ``proplists``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from erts_emu.shell.lib._arguments import a_map, elements, parts, refuse, walk
from erts_emu.shell.native import Library
from erts_emu.shell.operators import append, is_list, put_all, same
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
    return [(item, TRUE) if type(item) is Atom else item for item in walk(items)]


@LIBRARY.plain("compact")
def _compact(items: Any) -> list[Any]:
    return [_property(item) for item in walk(items, "bad_generator", "bad_generator")]


@LIBRARY.plain("lookup")
def _lookup(key: Any, items: Any) -> Any:
    for item in walk(items):
        if _has_key(item, key):
            return (key, TRUE) if type(item) is Atom else item
    return _NONE


@LIBRARY.plain("lookup_all")
def _lookup_all(key: Any, items: Any) -> list[Any]:
    return [(item, TRUE) if type(item) is Atom else item for item in walk(items) if _has_key(item, key)]


@LIBRARY.plain("is_defined")
def _is_defined(key: Any, items: Any) -> Atom:
    return boolean(any(_has_key(item, key) for item in walk(items)))


@LIBRARY.plain("get_value", 2, 3)
def _get_value(key: Any, items: Any, default: Any = UNDEFINED) -> Any:
    for item in walk(items):
        if _has_key(item, key):
            if type(item) is Atom:
                return TRUE
            return item[1] if len(item) == 2 else default
    return default


@LIBRARY.plain("get_all_values")
def _get_all_values(key: Any, items: Any) -> list[Any]:
    found = []
    for item in walk(items):
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
        result = append(result, value if is_list(value) else [value])
    return result


@LIBRARY.plain("get_bool")
def _get_bool(key: Any, items: Any) -> Atom:
    for item in walk(items):
        if _has_key(item, key):
            return boolean(type(item) is Atom or (len(item) == 2 and item[1] is TRUE))
    return FALSE


@LIBRARY.plain("get_keys")
def _get_keys(items: Any) -> list[Any]:
    keys: dict[Any, Any] = {}
    for item in walk(items):
        if type(item) is Atom:
            keys[exact_key(item)] = item
        elif type(item) is tuple and item:
            keys[exact_key(item[0])] = item[0]
    return list(keys.values())


@LIBRARY.plain("delete")
def _delete(key: Any, items: Any) -> list[Any]:
    return [item for item in walk(items) if not _has_key(item, key)]


@LIBRARY.plain("split")
def _split(items: Any, keys: Any) -> tuple[list[list[Any]], list[Any]]:
    wanted = list(walk(keys, "bad_generator", "bad_generator"))
    chosen: list[list[Any]] = [[] for _ in wanted]
    rest: list[Any] = []
    for item in walk(items):
        place = next((index for index, key in enumerate(wanted) if _has_key(item, key)), None)
        (rest if place is None else chosen[place]).append(item)
    return (chosen, rest)


# --- other forms of the same properties ---


def _substitutes(pairs: Any) -> Iterator[tuple[Any, Any]]:
    for pair in walk(pairs):
        if type(pair) is not tuple or len(pair) != 2:
            refuse()
        yield pair


@LIBRARY.plain("substitute_aliases")
def _substitute_aliases(aliases: Any, items: Any) -> list[Any]:
    return [_renamed(item, aliases) for item in walk(items, "bad_generator", "bad_generator")]


def _renamed(item: Any, aliases: Any) -> Any:
    for old, new in _substitutes(aliases):
        if _has_key(item, old):
            return _property(new if type(item) is Atom else (new, *item[1:]))
    return item


@LIBRARY.plain("substitute_negations")
def _substitute_negations(negations: Any, items: Any) -> list[Any]:
    return [_negated(item, negations) for item in walk(items, "bad_generator", "bad_generator")]


def _negated(item: Any, negations: Any) -> Any:
    for old, new in _substitutes(negations):
        if _has_key(item, old):
            value = TRUE if type(item) is Atom else item[1] if len(item) == 2 else None
            return (new, FALSE) if value is TRUE else _property((new, TRUE))
    return item


@LIBRARY.plain("expand")
def _expand(expansions: Any, items: Any) -> list[Any]:
    if not is_list(items):
        refuse()
    entries = [_Entry(item) for item in parts(items)[0]]
    for expansion in walk(expansions, "bad_generator", "bad_generator"):
        if type(expansion) is tuple and len(expansion) == 2:
            entries = _expanded(_property(expansion[0]), expansion[1], entries)
    result: list[Any] = elements(items)[:0]
    for entry in reversed(entries):
        result = append(entry.content, result) if is_list(entry.content) else [entry.content, *result]
    return result


class _Entry:
    """An item of a list that is being expanded; or what an item was expanded to, which is not expanded again."""

    def __init__(self, item: Any = None, *, expansion: Any = None) -> None:
        self.item = item
        self.content = [item] if expansion is None else expansion
        self.done = expansion is not None

    def has_key(self, key: Any) -> bool:
        return not self.done and _has_key(self.item, key)


def _expanded(wanted: Any, expansion: Any, entries: list[_Entry]) -> list[_Entry]:
    """Put *expansion* in the place of the first property with that key, if it is *wanted*; drop the others."""
    if type(wanted) is Atom:
        key: Any = wanted
    elif type(wanted) is tuple and wanted:
        key = wanted[0]
    else:
        return entries
    place = next((index for index, entry in enumerate(entries) if entry.has_key(key)), None)
    if place is None:
        return entries
    found = _property(entries[place].item)
    if not same(found, wanted):
        return [*entries[:place], _Entry(found), *entries[place + 1 :]]
    after = [entry for entry in entries[place + 1 :] if not entry.has_key(key)]
    return [*entries[:place], _Entry(expansion=expansion), *after]


_STAGES: Final = {"aliases": _substitute_aliases, "negations": _substitute_negations, "expand": _expand}


def _staged(items: Any, stages: Any) -> Any:
    for stage in walk(stages):
        if type(stage) is not tuple or len(stage) != 2 or type(stage[0]) is not Atom:
            refuse()
        change = _STAGES.get(stage[0].name)
        items = refuse() if change is None else change(stage[1], items)
    return items


@LIBRARY.plain("normalize")
def _normalize(items: Any, stages: Any) -> list[Any]:
    return _compact(_staged(items, stages))


@LIBRARY.plain("to_map", 1, 2)
def _to_map(items: Any, stages: Any = None) -> Any:
    pairs = []
    for item in reversed(elements(items if stages is None else _staged(items, stages))):
        if type(item) is Atom:
            pairs.append((item, TRUE))
        elif type(item) is tuple and len(item) == 2:
            pairs.append(item)
    return put_all({}, pairs)


@LIBRARY.plain("from_map")
def _from_map(term: Any) -> list[Any]:
    return ordered_items(a_map(term))
