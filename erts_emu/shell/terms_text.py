"""Terms written as text, as ``io:read`` and ``file:consult`` take them."""

from __future__ import annotations

from typing import Any

from erts_emu.shell.constants import NOT_CONSTANT, constant_value
from erts_emu.shell.operators import put_all
from erts_emu.shell.syntax import Binary, FunReference, List, Map, Node, Tuple
from erts_emu.terms.kinds import ExportFun, list_with_tail


def term_of(nodes: list[Node]) -> Any:
    """The term that a form is, or ``NOT_CONSTANT``."""
    return _term(nodes[0]) if len(nodes) == 1 else NOT_CONSTANT


def _term(node: Node) -> Any:
    if type(node) is Tuple:
        parts = [_term(element) for element in node.elements]
        return NOT_CONSTANT if any(part is NOT_CONSTANT for part in parts) else tuple(parts)
    if type(node) is List:
        parts = [_term(element) for element in node.elements]
        tail = [] if node.tail is None else _term(node.tail)
        if any(part is NOT_CONSTANT for part in (*parts, tail)):
            return NOT_CONSTANT
        return list_with_tail(parts, tail)
    if type(node) is Map and node.argument is None:
        pairs = [(_term(pair.key), _term(pair.value)) for pair in node.pairs]
        return NOT_CONSTANT if any(part is NOT_CONSTANT for pair in pairs for part in pair) else put_all({}, pairs)
    if type(node) is FunReference and node.module is not None:
        parts = [_term(part) for part in (node.module, node.name, node.arity)]
        return NOT_CONSTANT if any(part is NOT_CONSTANT for part in parts) else ExportFun(*parts)
    value = constant_value(node)
    return _binary(node) if value is NOT_CONSTANT and type(node) is Binary else value


def _binary(node: Binary) -> Any:
    """A binary whose segments say more than their values. Raises ``badarg``."""
    from erts_emu.shell.bits import build, make_spec

    segments = []
    for segment in node.segments:
        value = _term(segment.value)
        size = None if segment.size is None else _term(segment.size)
        if value is NOT_CONSTANT or size is NOT_CONSTANT:
            return NOT_CONSTANT
        spec = make_spec(segment.types, sized=size is not None)
        segments += [(part, size, spec) for part in (value if type(value) is list else [value])]
    return build(*segments)
