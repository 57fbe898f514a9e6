"""The module ``ets``: tables of tuples, without match specifications.

A table belongs to a process and goes with it. Where ``erl`` gives objects in the order of a hash table, they come in
the order in which they were inserted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Generator, Iterator
from typing import Any, Final, final

from erts_emu.shell.lib._arguments import a_list, a_tuple, an_atom, an_integer, parts
from erts_emu.shell.native import Library
from erts_emu.shell.operators import MISSING, equal, find, is_map, same
from erts_emu.shell.values import FALSE, TRUE, UNDEFINED, badarg, boolean
from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import Pid, Reference
from erts_emu.terms.kinds import ImproperList, list_with_tail
from erts_emu.terms.maps import exact_key
from erts_emu.terms.order import ordered_items, sort_key

LIBRARY: Final = Library("ets", parts=("ets_select",))
Steps = Generator[Any, Any, Any]
Object = tuple[Any, ...]

_KINDS: Final = ("set", "ordered_set", "bag", "duplicate_bag")
_PROTECTIONS: Final = ("public", "protected", "private")
_SETTINGS: Final = ("write_concurrency", "read_concurrency", "decentralized_counters")
_END: Final = Atom("$end_of_table")
_ANYTHING: Final = Atom("_")


@final
class Table:
    """A table: its objects are grouped by key, and the groups in order if it is an ``ordered_set``."""

    def __init__(self, identifier: Reference, name: Atom, owner: Pid) -> None:
        self.identifier = identifier
        self.name = name
        self.owner = owner
        self.is_named = False
        self.kind = "set"
        self.protection = "protected"
        self.key_place = 1
        self._groups: dict[Any, list[Object]] = {}
        self._ordered: list[Object] = []

    def __repr__(self) -> str:
        return f"<Table {self.name}, {self.kind}, {len(list(self.objects()))} objects>"

    @property
    def handle(self) -> Any:
        """What names the table in calls."""
        return self.name if self.is_named else self.identifier

    def key_of(self, item: Any) -> Any:
        """The key of an object. Raises ``badarg`` if it is none."""
        if type(item) is not tuple or len(item) < self.key_place:
            raise badarg()
        return item[self.key_place - 1]

    def objects(self) -> Iterator[Object]:
        """All objects."""
        if self.kind == "ordered_set":
            return iter(list(self._ordered))
        return iter([item for group in self._groups.values() for item in group])

    def _place(self, key: Any) -> tuple[int, bool]:
        """Where in the order a key stands, or belongs."""
        place = bisect_left(self._ordered, sort_key(key), key=lambda item: sort_key(self.key_of(item)))
        there = place < len(self._ordered) and equal(self.key_of(self._ordered[place]), key)
        return place, there

    def lookup(self, key: Any) -> list[Object]:
        """The objects with a key."""
        if self.kind == "ordered_set":
            place, there = self._place(key)
            return self._ordered[place : place + there]
        return list(self._groups.get(exact_key(key), ()))

    def insert(self, item: Object) -> None:
        """Insert an object."""
        key = self.key_of(item)
        if self.kind == "ordered_set":
            place, there = self._place(key)
            self._ordered[place : place + there] = [item]
        elif self.kind == "set":
            self._groups[exact_key(key)] = [item]
        else:
            group = self._groups.setdefault(exact_key(key), [])
            if self.kind == "duplicate_bag" or not any(same(each, item) for each in group):
                group.append(item)

    def keep(self, key: Any, kept: list[Object]) -> None:
        """Of the objects with a key, keep some."""
        if self.kind == "ordered_set":
            place, there = self._place(key)
            self._ordered[place : place + there] = kept
        elif kept:
            self._groups[exact_key(key)] = kept
        else:
            self._groups.pop(exact_key(key), None)

    def clear(self) -> None:
        """Delete all objects."""
        self._groups.clear()
        self._ordered.clear()

    def keys(self) -> list[Any]:
        """The keys, each once."""
        if self.kind == "ordered_set":
            return [self.key_of(item) for item in self._ordered]
        return [self.key_of(group[0]) for group in self._groups.values()]


# --- finding tables ---


def _found(machine: Any, handle: Any) -> Table | None:
    tables: dict[Any, Table] = machine.session.tables
    if type(handle) is Atom:
        handle = next((key for key, each in tables.items() if each.is_named and each.name is handle), None)
    table = tables.get(handle) if type(handle) is Reference else None
    if table is not None and machine.process.emu.processes.get(table.owner) is None:
        del tables[table.identifier]
        return None
    return table


def _readable(machine: Any, handle: Any) -> Table:
    table = _found(machine, handle)
    if table is None or (table.protection == "private" and table.owner != machine.process.pid):
        raise badarg()
    return table


def _writable(machine: Any, handle: Any) -> Table:
    table = _found(machine, handle)
    if table is None or (table.protection != "public" and table.owner != machine.process.pid):
        raise badarg()
    return table


@LIBRARY.context("new")
def _new(machine: Any, name: Any, options: Any) -> Any:
    table = Table(machine.process.emu.make_ref(), an_atom(name), machine.process.pid)
    for option in a_list(options):
        _set(table, option)
    if table.is_named and _found(machine, name) is not None:
        raise badarg()
    machine.session.tables[table.identifier] = table
    return table.handle


def _set(table: Table, option: Any) -> None:
    if type(option) is tuple and len(option) == 2 and type(option[0]) is Atom:
        if option[0].name == "keypos" and type(option[1]) is int and option[1] > 0:
            table.key_place = option[1]
        elif option[0].name not in _SETTINGS and option != (Atom("heir"), Atom("none")):
            raise badarg()
        return
    setting = an_atom(option).name
    if setting in _KINDS:
        table.kind = setting
    elif setting in _PROTECTIONS:
        table.protection = setting
    elif setting == "named_table":
        table.is_named = True
    elif setting != "compressed":
        raise badarg()


@LIBRARY.context("whereis")
def _whereis(machine: Any, name: Any) -> Any:
    table = _found(machine, an_atom(name))
    return UNDEFINED if table is None else table.identifier


@LIBRARY.context("all")
def _all(machine: Any) -> list[Any]:
    found = [_found(machine, identifier) for identifier in list(machine.session.tables)]
    return [table.handle for table in found if table is not None]


@LIBRARY.context("rename")
def _rename(machine: Any, handle: Any, name: Any) -> Any:
    table = _writable(machine, handle)
    if table.is_named and _found(machine, an_atom(name)) is not None:
        raise badarg()
    table.name = an_atom(name)
    return table.handle


@LIBRARY.context("delete", 1)
def _delete_table(machine: Any, handle: Any) -> Atom:
    del machine.session.tables[_writable(machine, handle).identifier]
    return TRUE


@LIBRARY.context("info", 1)
def _info(machine: Any, handle: Any) -> Any:
    table = _informed(machine, handle)
    return UNDEFINED if table is None else list(_items(table).items())


@LIBRARY.context("info", 2)
def _info_item(machine: Any, handle: Any, item: Any) -> Any:
    table = _informed(machine, handle)
    return UNDEFINED if table is None else _value(_items(table), an_atom(item))


def _value(items: dict[Atom, Any], item: Atom) -> Any:
    if item not in items:
        raise badarg()
    return items[item]


def _informed(machine: Any, handle: Any) -> Table | None:
    if type(handle) not in (Atom, Reference):
        raise badarg()
    return _found(machine, handle)


def _items(table: Table) -> dict[Atom, Any]:
    values = {
        "id": table.identifier, "decentralized_counters": FALSE, "read_concurrency": FALSE, "write_concurrency": FALSE,
        "compressed": FALSE, "memory": 0, "owner": table.owner, "heir": Atom("none"), "name": table.name,
        "size": len(list(table.objects())), "node": Atom("nonode@nohost"), "named_table": boolean(table.is_named),
        "type": Atom(table.kind), "keypos": table.key_place, "protection": Atom(table.protection),
    }  # fmt: skip
    return {Atom(name): value for name, value in values.items()}


# --- objects ---


def _objects_of(table: Table, given: Any) -> list[Object]:
    objects: list[Object] = given if type(given) is list else [given]
    for item in objects:
        table.key_of(item)
    return objects


@LIBRARY.context("insert")
def _insert(machine: Any, handle: Any, given: Any) -> Atom:
    table = _writable(machine, handle)
    for item in _objects_of(table, given):
        table.insert(item)
    return TRUE


@LIBRARY.context("insert_new")
def _insert_new(machine: Any, handle: Any, given: Any) -> Atom:
    table = _writable(machine, handle)
    objects = _objects_of(table, given)
    if any(table.lookup(table.key_of(item)) for item in objects):
        return FALSE
    return _insert(machine, handle, given)


@LIBRARY.context("lookup")
def _lookup(machine: Any, handle: Any, key: Any) -> list[Object]:
    return _readable(machine, handle).lookup(key)


@LIBRARY.context("lookup_element")
def _lookup_element(machine: Any, handle: Any, key: Any, place: Any) -> Any:
    table = _readable(machine, handle)
    found = table.lookup(key)
    if not found or an_integer(place) < 1 or any(len(item) < place for item in found):
        raise badarg()
    elements = [item[place - 1] for item in _backwards(table, found)]
    return elements if "bag" in table.kind else elements[0]


@LIBRARY.context("member")
def _member(machine: Any, handle: Any, key: Any) -> Atom:
    return boolean(_readable(machine, handle).lookup(key))


@LIBRARY.context("take")
def _take(machine: Any, handle: Any, key: Any) -> list[Object]:
    table = _writable(machine, handle)
    found = table.lookup(key)
    table.keep(key, [])
    return _backwards(table, found)


def _backwards(table: Table, found: list[Object]) -> list[Object]:
    """The objects of a ``bag`` in the order in which ``erl`` keeps them: the last one first."""
    return found[::-1] if table.kind == "bag" else found


@LIBRARY.context("delete", 2)
def _delete(machine: Any, handle: Any, key: Any) -> Atom:
    _take(machine, handle, key)
    return TRUE


@LIBRARY.context("delete_object")
def _delete_object(machine: Any, handle: Any, item: Any) -> Atom:
    table = _writable(machine, handle)
    key = table.key_of(item)
    table.keep(key, [each for each in table.lookup(key) if not same(each, item)])
    return TRUE


@LIBRARY.context("delete_all_objects")
def _delete_all_objects(machine: Any, handle: Any) -> Atom:
    _writable(machine, handle).clear()
    return TRUE


@LIBRARY.context("tab2list")
def _tab2list(machine: Any, handle: Any) -> list[Object]:
    return list(_readable(machine, handle).objects())


# --- changing elements ---


def _only(table: Table, key: Any, default: Any = None) -> Object | None:
    """The object with a key, in a table that has one; or *default* with that key."""
    if "bag" in table.kind:
        raise badarg()
    found = table.lookup(key)
    if found or default is None:
        return found[0] if found else None
    table.key_of(default)
    place = table.key_place - 1
    return (*default[:place], key, *default[place + 1 :])


def _replaced(table: Table, item: Object, place: Any, value: Any) -> Object:
    if not 1 <= an_integer(place) <= len(item) or place == table.key_place:
        raise badarg()
    return (*item[: place - 1], value, *item[place:])


@LIBRARY.context("update_counter", 3, 4)
def _update_counter(machine: Any, handle: Any, key: Any, operation: Any, default: Any = None) -> Any:
    table = _writable(machine, handle)
    item = _only(table, key, default)
    if item is None:
        raise badarg()
    values = []
    for each in operation if type(operation) is list else [operation]:
        item, value = _counted(table, item, each)
        values.append(value)
    table.insert(item)
    return values if type(operation) is list else values[0]


def _counted(table: Table, item: Object, operation: Any) -> tuple[Object, int]:
    """Add to a counter: ``Increment``, ``{Place, Increment}``, or ``{Place, Increment, Threshold, SetTo}``."""
    parts = operation if type(operation) is tuple else (table.key_place + 1, operation)
    if len(parts) not in (2, 4) or not 1 <= an_integer(parts[0]) <= len(item):
        raise badarg()
    value = an_integer(item[parts[0] - 1]) + an_integer(parts[1])
    if len(parts) == 4:
        threshold, restart = an_integer(parts[2]), an_integer(parts[3])
        beyond = value > threshold if parts[1] >= 0 else value < threshold
        value = restart if beyond else value
    return _replaced(table, item, parts[0], value), value


@LIBRARY.context("update_element")
def _update_element(machine: Any, handle: Any, key: Any, changes: Any) -> Atom:
    table = _writable(machine, handle)
    item = _only(table, key)
    pairs = changes if type(changes) is list else [changes]
    if any(len(a_tuple(pair)) != 2 for pair in pairs):
        raise badarg()
    if item is None:
        return FALSE
    for place, value in pairs:
        item = _replaced(table, item, place, value)
    table.insert(item)
    return TRUE


# --- walking through ---


def _neighbour(table: Table, key: Any, step: int) -> Any:
    keys = table.keys()
    fits = equal if table.kind == "ordered_set" else same
    place = next((place for place, each in enumerate(keys) if fits(each, key)), None)
    if place is None:
        if table.kind != "ordered_set":
            raise badarg()
        place = bisect_left(keys, sort_key(key), key=sort_key) - (step > 0)
    place += step
    return keys[place] if 0 <= place < len(keys) else _END


@LIBRARY.context("first")
def _first(machine: Any, handle: Any) -> Any:
    return next(iter(_readable(machine, handle).keys()), _END)


@LIBRARY.context("last")
def _last(machine: Any, handle: Any) -> Any:
    table = _readable(machine, handle)
    keys = table.keys()
    return (keys[-1] if table.kind == "ordered_set" else keys[0]) if keys else _END


@LIBRARY.context("next")
def _next(machine: Any, handle: Any, key: Any) -> Any:
    return _neighbour(_readable(machine, handle), key, 1)


@LIBRARY.context("prev")
def _prev(machine: Any, handle: Any, key: Any) -> Any:
    table = _readable(machine, handle)
    return _neighbour(table, key, -1 if table.kind == "ordered_set" else 1)


@LIBRARY.calls("foldl", needs_process=True)
def _foldl(machine: Any, fun: Any, state: Any, handle: Any) -> Steps:
    for item in _readable(machine, handle).objects():
        state = yield fun, (item, state)
    return state


@LIBRARY.calls("foldr", needs_process=True)
def _foldr(machine: Any, fun: Any, state: Any, handle: Any) -> Steps:
    for item in reversed(list(_readable(machine, handle).objects())):
        state = yield fun, (item, state)
    return state


# --- patterns ---


def _is_variable(term: Any) -> bool:
    return type(term) is Atom and term.name[:1] == "$" and term.name[1:].isdigit()


def _matches(pattern: Any, term: Any, bound: dict[Atom, Any]) -> bool:
    """Whether a term fits a pattern; adds what its variables stand for to *bound*."""
    if pattern is _ANYTHING:
        return True
    if _is_variable(pattern):
        return same(bound.setdefault(pattern, term), term)
    if type(pattern) is tuple or type(pattern) is list:
        alike = type(term) is type(pattern) and len(term) == len(pattern)
        return alike and all(_matches(part, each, bound) for part, each in zip(pattern, term, strict=True))
    if type(pattern) is ImproperList:
        return _matches_improper(pattern, term, bound)
    if is_map(pattern):
        pairs = ordered_items(pattern)
        return is_map(term) and all(
            find(term, key) is not MISSING and _matches(part, find(term, key), bound) for key, part in pairs
        )
    return same(pattern, term)


def _matches_improper(pattern: ImproperList, term: Any, bound: dict[Atom, Any]) -> bool:
    content, tail = parts(term)
    count = len(pattern.elements)
    if len(content) < count:
        return False
    rest = list_with_tail(content[count:], tail)
    heads = zip(pattern.elements, content[:count], strict=True)
    return all(_matches(part, each, bound) for part, each in heads) and _matches(pattern.tail, rest, bound)


@LIBRARY.context("match_object", 2)
def _match_object(machine: Any, handle: Any, pattern: Any) -> list[Object]:
    return [item for item in _readable(machine, handle).objects() if _matches(pattern, item, {})]


@LIBRARY.context("match", 2)
def _match(machine: Any, handle: Any, pattern: Any) -> list[list[Any]]:
    found = []
    for item in _readable(machine, handle).objects():
        bound: dict[Atom, Any] = {}
        if _matches(pattern, item, bound):
            found.append([bound[name] for name in sorted(bound, key=lambda name: int(name.name[1:]))])
    return found


@LIBRARY.context("match_delete", 2)
def _match_delete(machine: Any, handle: Any, pattern: Any) -> Atom:
    table = _writable(machine, handle)
    for item in table.objects():
        if _matches(pattern, item, {}):
            _delete_object(machine, handle, item)
    return TRUE
