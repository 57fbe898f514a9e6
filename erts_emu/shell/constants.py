"""What the compiler knows beforehand: how operators are written in Python, and which expressions are literal terms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from erts_emu.errors import ErlangError
from erts_emu.shell import operators
from erts_emu.shell.syntax import Binary, List, Literal, Map, Match, Node, Operation, Segment, Tuple, Unary, Var
from erts_emu.shell.tokens import FLOAT, STRING
from erts_emu.terms.kinds import list_with_tail

ARITHMETIC: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": operators.add,
    "-": operators.subtract,
    "*": operators.multiply,
    "/": operators.divide,
    "div": operators.integer_divide,
    "rem": operators.remainder,
    "band": operators.bit_and,
    "bor": operators.bit_or,
    "bxor": operators.bit_xor,
    "bsl": operators.shift_left,
    "bsr": operators.shift_right,
    "and": operators.logical_and,
    "or": operators.logical_or,
    "xor": operators.logical_xor,
    "++": operators.append,
    "--": operators.remove,
}
UNARY: Final[dict[str, Callable[[Any], Any]]] = {
    "-": operators.negative,
    "+": operators.positive,
    "bnot": operators.bit_not,
    "not": operators.logical_not,
}
COMPARISONS: Final = {
    "==": "equal({0}, {1})",
    "/=": "not equal({0}, {1})",
    "=:=": "same({0}, {1})",
    "=/=": "not same({0}, {1})",
    "<": "less({0}, {1})",
    "=<": "less_or_equal({0}, {1})",
    ">": "less({1}, {0})",
    ">=": "less_or_equal({1}, {0})",
}
PLAIN_COMPARISONS: Final = {"<": "<", "=<": "<=", ">": ">", ">=": ">="}

TYPE_TESTS: Final = {
    "is_atom": "type({0}) is Atom",
    "is_binary": "isinstance({0}, bytes)",
    "is_bitstring": "is_bitstring({0})",
    "is_boolean": "is_boolean({0})",
    "is_float": "type({0}) is float",
    "is_function": "is_function({0})",
    "is_integer": "type({0}) is int",
    "is_list": "is_list({0})",
    "is_map": "is_map({0})",
    "is_number": "is_number({0})",
    "is_pid": "type({0}) is Pid",
    "is_port": "type({0}) is PortId",
    "is_reference": "type({0}) is Reference",
    "is_tuple": "type({0}) is tuple",
}
GUARD_BIFS: Final = frozenset(
    (
        *((name, 1) for name in TYPE_TESTS),
        *((name, 1) for name in "abs bit_size byte_size ceil float floor hd length map_size node round size".split()),
        ("tl", 1), ("trunc", 1), ("tuple_size", 1), ("binary_part", 2), ("binary_part", 3), ("element", 2),
        ("is_function", 2), ("is_map_key", 2), ("map_get", 2), ("node", 0), ("self", 0), ("is_record", 2),
        ("is_record", 3),
    )
)  # fmt: skip

NOT_CONSTANT: Final = object()


def constant_value(node: Node) -> Any:
    """The term that an expression is, if it is a literal one; ``NOT_CONSTANT`` otherwise."""
    if type(node) is Literal:
        return node.value
    if type(node) is Tuple:
        elements = [constant_value(element) for element in node.elements]
        return NOT_CONSTANT if NOT_CONSTANT in elements else tuple(elements)
    if type(node) is List:
        elements = [constant_value(element) for element in node.elements]
        tail = [] if node.tail is None else constant_value(node.tail)
        if tail is NOT_CONSTANT or any(element is NOT_CONSTANT for element in elements):
            return NOT_CONSTANT
        return list_with_tail(elements, tail)
    if type(node) is Unary:
        return _constant_number(node.operator, node.operand)
    if type(node) is Binary:
        return _constant_binary(node)
    return NOT_CONSTANT


def _constant_number(operator: str, *nodes: Node) -> Any:
    """The value of arithmetic on literal numbers."""
    values = [constant_value(node) for node in nodes]
    table: Mapping[str, Callable[..., Any]] = UNARY if len(nodes) == 1 else ARITHMETIC
    if operator not in table or any(type(value) not in (int, float) for value in values):
        return NOT_CONSTANT
    try:
        return table[operator](*values)
    except ErlangError:
        return NOT_CONSTANT


def _constant_binary(node: Binary) -> Any:
    """A binary of literal integers and strings."""
    data = bytearray()
    for segment in node.segments:
        if segment.size is not None or segment.types or type(segment.value) is not Literal:
            return NOT_CONSTANT
        value = segment.value.value
        for number in value if segment.value.kind == STRING else (value,):
            if type(number) is not int:
                return NOT_CONSTANT
            data.append(number & 0xFF)
    return bytes(data)


def pattern_number(node: Node) -> Any:
    """The number that an arithmetic expression in a pattern is."""
    if type(node) is Operation:
        return _folded(node.operator, node.left, node.right)
    if type(node) is Unary:
        return _folded(node.operator, node.operand)
    return constant_value(node)


def _folded(operator: str, *nodes: Node) -> Any:
    numbers = [pattern_number(node) for node in nodes]
    if any(number is NOT_CONSTANT for number in numbers):
        return NOT_CONSTANT
    return _constant_number(operator, *(Literal(0, 0, FLOAT, number) for number in numbers))


def variables_of(node: Any) -> set[str]:
    """The names of the variables in a pattern, or in a list of them."""
    if isinstance(node, list | tuple):
        return {name for part in node for name in variables_of(part)}
    if type(node) is Var:
        return set() if node.name == "_" else {node.name}
    if type(node) is Segment:
        return variables_of(node.value)
    if type(node) is Map:
        return {name for pair in node.pairs for name in variables_of(pair.value)}
    if isinstance(node, Tuple):
        return variables_of(node.elements)
    if isinstance(node, List):
        return variables_of([*node.elements, *([] if node.tail is None else [node.tail])])
    if isinstance(node, Match):
        return variables_of([node.pattern, node.value])
    if isinstance(node, Operation):
        return variables_of([node.left, node.right])
    if isinstance(node, Binary):
        return variables_of(node.segments)
    return set()
