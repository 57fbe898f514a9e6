"""The part of the module ``ets`` on match specifications: lists of ``{Head, Guards, Body}``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from erts_emu.errors import ErlangError
from erts_emu.shell.lib.ets import LIBRARY, _delete_object, _matches, _readable, _writable
from erts_emu.shell.native import CONTEXT, PLAIN, find_native
from erts_emu.shell.values import FALSE, TRUE, badarg
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import ImproperList
from erts_emu.terms.maps import map_from_pairs
from erts_emu.terms.order import ordered_items

_FUNCTIONS: Final = frozenset(
    "is_atom/1 is_float/1 is_integer/1 is_list/1 is_number/1 is_pid/1 is_port/1 is_reference/1 is_tuple/1 is_map/1 "
    "is_map_key/2 map_get/2 map_size/1 is_binary/1 is_function/1 is_function/2 abs/1 element/2 hd/1 tl/1 length/1 "
    "node/1 round/1 size/1 bit_size/1 byte_size/1 trunc/1 ceil/1 floor/1 binary_part/2 binary_part/3 +/2 -/2 */2 "
    "div/2 rem/2 +/1 -/1 //2 band/2 bor/2 bxor/2 bnot/1 bsl/2 bsr/2 >/2 >=/2 </2 =</2 =:=/2 ==/2 =/=/2 /=/2 "
    "self/0 node/0 not/1 xor/2 float/1 max/2 min/2".split()
)
_ALL: Final = Atom("$_")
_VARIABLES: Final = Atom("$$")
_CONST: Final = Atom("const")
_LOGIC: Final = {"and": all, "andalso": all, "or": any, "orelse": any}

Value = Callable[[Any, Any, dict[Atom, Any]], Any]
"""An expression of a guard or body: a function of the machine, the object, and what its variables stand for."""


def _variable(name: Atom) -> Value:
    def value(_machine: Any, _item: Any, bound: dict[Atom, Any]) -> Any:
        return bound.get(name, name)

    return value


def _constant(term: Any) -> Value:
    return lambda _machine, _item, _bound: term


def _values(bound: dict[Atom, Any]) -> list[Any]:
    return [bound[name] for name in sorted(bound, key=lambda name: int(name.name[1:]))]


def _expression(term: Any) -> Value:
    """Raises ``badarg`` for what is no expression."""
    if term is _ALL:
        return lambda _machine, item, _bound: item
    if term is _VARIABLES:
        return lambda _machine, _item, bound: _values(bound)
    if type(term) is Atom:
        return _variable(term) if term.name[:1] == "$" and term.name[1:].isdigit() else _constant(term)
    if type(term) is list:
        parts = [*map(_expression, term)]
        return lambda *given: [part(*given) for part in parts]
    if type(term) is ImproperList:
        parts, tail = [*map(_expression, term.elements)], _expression(term.tail)
        return lambda *given: ImproperList([part(*given) for part in parts], tail(*given))
    if type(term) is tuple:
        return _call(term)
    if hasattr(term, "items"):
        pairs = [(key, _expression(value)) for key, value in ordered_items(term)]
        return lambda *given: map_from_pairs((key, value(*given)) for key, value in pairs)
    return _constant(term)


def _call(term: tuple[Any, ...]) -> Value:
    """``{{Element, ...}}``, ``{const, Term}`` or ``{Function, Argument, ...}``."""
    if len(term) == 1 and type(term[0]) is tuple:
        parts = [*map(_expression, term[0])]
        return lambda *given: tuple(part(*given) for part in parts)
    if len(term) == 2 and term[0] is _CONST:
        return _constant(term[1])
    if not term or type(term[0]) is not Atom:
        raise badarg()
    name = term[0].name
    arguments = [*map(_expression, term[1:])]
    if name in _LOGIC and arguments:
        decide = _LOGIC[name]
        return lambda *given: TRUE if decide(_truth(part(*given)) for part in arguments) else FALSE
    native = find_native("erlang", name, len(arguments))
    if f"{name}/{len(arguments)}" not in _FUNCTIONS or native is None or native.kind not in (PLAIN, CONTEXT):
        raise badarg()
    function = native.function
    if native.kind == CONTEXT:
        return lambda machine, *_given: function(machine)
    return lambda *given: function(*(part(*given) for part in arguments))


def _truth(value: Any) -> bool:
    if value is not TRUE and value is not FALSE:
        raise badarg()
    return value is TRUE


class _Clause:
    """``{Head, Guards, Body}``, compiled. Raises ``badarg``."""

    def __init__(self, clause: Any) -> None:
        if type(clause) is not tuple or len(clause) != 3 or type(clause[1]) is not list or type(clause[2]) is not list:
            raise badarg()
        if not clause[2]:
            raise badarg()
        self.head = clause[0]
        self.guards = [*map(_expression, clause[1])]
        self.body = [*map(_expression, clause[2])]

    def accepts(self, machine: Any, item: Any, bound: dict[Atom, Any]) -> bool:
        if not _matches(self.head, item, bound):
            return False
        try:
            return all(guard(machine, item, bound) is TRUE for guard in self.guards)
        except ErlangError:
            return False


def _compiled(specification: Any) -> list[_Clause]:
    if type(specification) is not list:
        raise badarg()
    return [*map(_Clause, specification)]


def _run(machine: Any, clauses: list[_Clause], items: Any) -> Iterator[tuple[Any, Any]]:
    """The objects that a clause accepts, with the value of the first such clause."""
    for item in items:
        for clause in clauses:
            bound: dict[Atom, Any] = {}
            if clause.accepts(machine, item, bound):
                try:
                    value = [part(machine, item, bound) for part in clause.body][-1]
                except ErlangError:
                    value = Atom("EXIT")
                yield item, value
                break


def _selected(machine: Any, handle: Any, specification: Any) -> list[Any]:
    clauses = _compiled(specification)
    return [value for _item, value in _run(machine, clauses, _readable(machine, handle).objects())]


@LIBRARY.context("select", 2)
def _select(machine: Any, handle: Any, specification: Any) -> list[Any]:
    return _selected(machine, handle, specification)


@LIBRARY.context("select_reverse", 2)
def _select_reverse(machine: Any, handle: Any, specification: Any) -> list[Any]:
    found = _selected(machine, handle, specification)
    return found[::-1] if _readable(machine, handle).kind == "ordered_set" else found


@LIBRARY.context("select_count", 2)
def _select_count(machine: Any, handle: Any, specification: Any) -> int:
    return sum(value is TRUE for value in _selected(machine, handle, specification))


@LIBRARY.context("select_delete", 2)
def _select_delete(machine: Any, handle: Any, specification: Any) -> int:
    clauses = _compiled(specification)
    found = list(_run(machine, clauses, list(_writable(machine, handle).objects())))
    chosen = [item for item, value in found if value is TRUE]
    for item in chosen:
        _delete_object(machine, handle, item)
    return len(chosen)


@LIBRARY.context("test_ms", 2)
def _test_ms(machine: Any, item: Any, specification: Any) -> tuple[Atom, Any]:
    found = [value for _item, value in _run(machine, _compiled(specification), [item])]
    return (Atom("ok"), found[0] if found else FALSE)
