"""What is replaced before a command is evaluated: ``v(N)``, ``e(N)``, ``f(Variable)``."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Final

from erts_emu.shell.repl.queries import Queries
from erts_emu.shell.syntax import Block, Call, Literal, Node, Pair, Unary, Var
from erts_emu.shell.tokens import ATOM, INTEGER
from erts_emu.terms.atoms import Atom


class NoSuchCommand(LookupError):
    """``v(N)`` or ``e(N)`` where ``N`` is not the number of a query that is remembered."""


def value_name(number: int) -> str:
    """The hidden variable that stands for ``v(N)``."""
    return f"v({number})"


def expand(nodes: list[Node], queries: Queries) -> tuple[list[Node], dict[str, Any]]:
    """Replace what stands for earlier queries; return the new nodes, and the hidden variables they need.

    Raises ``NoSuchCommand``.
    """
    values: dict[str, Any] = {}

    def replace(node: Node) -> Node:
        if not isinstance(node, Call) or len(node.arguments) != 1 or type(node.function) is not Literal:
            return node
        replacement = _REPLACED.get(node.function.value.name) if node.function.kind == ATOM else None
        return node if replacement is None else replacement(node, queries, values)

    return [rewritten(node, replace) for node in nodes], values


def rewritten(part: Any, replace: Callable[[Node], Node]) -> Any:
    """A copy of a piece of syntax in which every node has been replaced, from the outside in."""
    if isinstance(part, list | tuple):
        return type(part)(rewritten(each, replace) for each in part)
    if not isinstance(part, Node | Pair):
        return part
    node = replace(part) if isinstance(part, Node) else part
    if node is not part:
        return node
    changed = copy.copy(node)
    for name in type(node).__slots__:
        setattr(changed, name, rewritten(getattr(node, name), replace))
    return changed


def _number(node: Node) -> int:
    if isinstance(node, Unary) and node.operator == "-":
        return -_number(node.operand)
    if isinstance(node, Literal) and node.kind == INTEGER:
        return int(node.value)
    raise NoSuchCommand(node.name if isinstance(node, Var) else str(getattr(node, "value", "?")))


def _value(node: Call, queries: Queries, values: dict[str, Any]) -> Node:
    number = _number(node.arguments[0])
    query = queries.find(number)
    if query is None or not query.has_value:
        raise NoSuchCommand(str(number))
    name = value_name(query.number)
    values[name] = query.value
    return Var(node.line, node.column, name)


def _command(node: Call, queries: Queries, values: dict[str, Any]) -> Node:
    number = _number(node.arguments[0])
    query = queries.find(number)
    if query is None:
        raise NoSuchCommand(str(number))
    nodes, more = expand(query.nodes, queries)
    values.update(more)
    return nodes[0] if len(nodes) == 1 else Block(node.line, node.column, nodes)


def _forget(node: Call, _queries: Queries, _values: dict[str, Any]) -> Node:
    """The variable is not evaluated: its name is passed on."""
    (argument,) = node.arguments
    if type(argument) is not Var:
        return node
    name = Literal(argument.line, argument.column, ATOM, Atom(argument.name))
    function = Literal(node.line, node.column, ATOM, Atom(FORGET))
    return Call(node.line, node.column, function, [name])


FORGET: Final = "f(X)"
"""The function that ``f(X)`` calls, with the name of the variable."""
_REPLACED: Final[dict[str, Callable[[Call, Queries, dict[str, Any]], Node]]] = {
    "v": _value,
    "e": _command,
    "f": _forget,
}
