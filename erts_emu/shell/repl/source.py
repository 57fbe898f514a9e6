"""Syntax trees as text, laid out as OTP's pretty printer does (``erl_pp``).

What fits on the line stands on the line, except for clauses, whose bodies always begin on lines of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from erts_emu.shell.constants import constant_value
from erts_emu.shell.lib.auto_imported import NAMES
from erts_emu.shell.repl.expansion import FORGET
from erts_emu.shell.syntax import (
    OPERATORS,
    UNARY_STRENGTH,
    Binary,
    Block,
    Call,
    Case,
    Catch,
    Clause,
    Comprehension,
    Fun,
    FunReference,
    Generator,
    Guard,
    Handler,
    If,
    List,
    Literal,
    Map,
    Match,
    Node,
    Operation,
    Pair,
    Receive,
    Record,
    Remote,
    Segment,
    Try,
    Tuple,
    Unary,
    Var,
)
from erts_emu.shell.tokens import CHAR, STRING
from erts_emu.terms.atoms import Atom

_WIDTH: Final = 72
_INDENT: Final = 4
_PRIMARY: Final = 1000
_MATCH: Final = OPERATORS["="][0]
_REMOTE: Final = 900
_CALL: Final = 950
_ERLANG: Final = Atom("erlang")
_BIFS: Final = frozenset(Atom(name.partition("/")[0]) for name in NAMES)

Lines = list[str]
"""The first line begins where the node does; the others have their blanks in front."""


def source_text(nodes: list[Node], column: int) -> str:
    """Expressions as text whose first line begins in the column after *column*."""
    return "\n".join(_sequence(nodes, column))


def fun_text(fun: Fun, column: int) -> str:
    """The source of a fun, *column* columns from the left."""
    return "\n".join(_lines(fun, column))


def _sequence(nodes: list[Node], column: int) -> Lines:
    """Expressions separated by commas: on one line, or each on its own."""
    text = ", ".join(map(_flat, nodes))
    if not any(map(_breaks, nodes)) and column + len(text) <= _WIDTH:
        return [text]
    return _each_on_its_own(nodes, column)


def _each_on_its_own(nodes: list[Node], column: int) -> Lines:
    lines: Lines = []
    for position, node in enumerate(nodes):
        own = _lines(node, column)
        if position:
            own[0] = " " * column + own[0]
        if position < len(nodes) - 1:
            own[-1] += ","
        lines += own
    return lines


def _lines(node: Any, column: int) -> Lines:
    """A node, beginning in the column after *column*."""
    if not _breaks(node):
        text = _flat(node)
        if column + len(text) <= _WIDTH or type(node) not in _LAYOUTS:
            return [text]
    layout = _LAYOUTS.get(type(node))
    return [_flat(node)] if layout is None else layout(node, column)


# --- on one line ---


def _flat(node: Any, minimum: int = 0) -> str:
    """A node on one line, in parentheses if it binds weaker than *minimum*."""
    text = _FLAT[type(node)](node)
    return f"({text})" if _strength(node) < minimum else text


def _strength(node: Any) -> int:
    if type(node) is Operation:
        return OPERATORS[node.operator][0]
    if type(node) is Match:
        return _MATCH
    if type(node) is Unary:
        return UNARY_STRENGTH
    if type(node) is Catch:
        return 0
    if type(node) is Remote:
        return _REMOTE
    if type(node) is Map and node.argument is None:
        return _CALL
    return _PRIMARY


def _body(nodes: list[Node]) -> str:
    return ", ".join(map(_flat, nodes))


def _literal(node: Literal) -> str:
    from erts_emu.terms.format import format_w
    from erts_emu.terms.spelling import string_text

    if node.kind == STRING:
        return string_text("".join(map(chr, node.value)))
    if node.kind == CHAR:
        text = string_text(chr(node.value))[1:-1]
        return "$" + ('"' if text == '\\"' else text)
    return format_w(node.value)


def _operation(node: Operation) -> str:
    return f"{_left(node)} {node.operator} {_right(node)}"


def _left(node: Operation) -> str:
    strength, among_equals = OPERATORS[node.operator]
    return _flat(node.left, strength if among_equals == "left" else strength + 1)


def _right(node: Operation) -> str:
    strength, among_equals = OPERATORS[node.operator]
    return _flat(node.right, strength if among_equals == "right" else strength + 1)


def _unary(node: Unary) -> str:
    blank = " " if node.operator.isalpha() else ""
    return f"{node.operator}{blank}{_flat(node.operand, UNARY_STRENGTH + 1)}"


def _list(node: List) -> str:
    elements, tail = list(node.elements), node.tail
    while type(tail) is List:
        elements += tail.elements
        tail = tail.tail
    return f"[{_body(elements)}{'' if tail is None else ' | ' + _flat(tail)}]"


def _map(node: Map) -> str:
    argument = "" if node.argument is None else _updated(node.argument)
    return f"{argument}#{{{', '.join(map(_flat, node.pairs))}}}"


def _updated(node: Node) -> str:
    """A map that is updated: in parentheses if it is a map expression itself."""
    return f"({_flat(node)})" if type(node) is Map else _flat(node, _CALL + 1)


def _pair(pair: Pair) -> str:
    return f"{_flat(pair.key)} {':=' if pair.exact else '=>'} {_flat(pair.value)}"


def _segment(segment: Segment) -> str:
    size = "" if segment.size is None else f":{_flat(segment.size, _PRIMARY)}"
    types = "-".join(name if number is None else f"{name}:{number}" for name, number in segment.types)
    return f"{_flat(segment.value, _PRIMARY)}{size}{'/' if types else ''}{types}"


def _comprehension(node: Comprehension) -> str:
    start, end = ("<<", ">>") if node.binary else ("[", "]")
    blank = " " if node.binary else ""
    return f"{start}{blank}{_flat(node.element)} || {_body(node.qualifiers)}{blank}{end}"


def _call(node: Call) -> str:
    if type(node.function) is Literal and node.function.value is Atom(FORGET):
        return f"f({constant_value(node.arguments[0]).name})"
    return f"{_flat(node.function, _called(node))}({_body(node.arguments)})"


def _called(node: Call) -> int:
    """How strongly the function of a call has to bind: the value of another call is not called just so."""
    return _PRIMARY + 1 if type(node.function) is Call else _REMOTE


def _remote(node: Remote) -> str:
    if constant_value(node.module) is _ERLANG and constant_value(node.name) in _BIFS:
        return _flat(node.name)
    return f"{_flat(node.module, _PRIMARY)}:{_flat(node.name, _PRIMARY)}"


def _fun_reference(node: FunReference) -> str:
    module = "" if node.module is None else f"{_flat(node.module)}:"
    return f"fun {module}{_flat(node.name)}/{_flat(node.arity)}"


def _guard(guard: Guard) -> str:
    return "; ".join(map(_body, guard))


def _head(clause: Clause) -> str:
    when = f" when {_guard(clause.guard)}" if clause.guard else ""
    return f"{_body(clause.patterns)}{when}"


def _clause(clause: Clause) -> str:
    return f"{_head(clause)} -> {_body(clause.body)}"


def _if_clause(clause: Clause) -> str:
    return f"{_guard(clause.guard)} -> {_body(clause.body)}"


def _handled(handler: Handler) -> str:
    kind = "throw:" if handler.kind is None else f"{_flat(handler.kind)}:"
    stack = "" if handler.stack is None else f":{handler.stack.name}"
    return f"{kind}{_flat(handler.pattern)}{stack}"


def _handler(handler: Handler) -> str:
    when = f" when {_guard(handler.guard)}" if handler.guard else ""
    return f"{_handled(handler)}{when} -> {_body(handler.body)}"


def _fun_head(fun: Fun, clause: Clause) -> str:
    return f"{fun.name or ''}({_body(clause.patterns)})"


def _fun_clause(fun: Fun, clause: Clause) -> str:
    when = f" when {_guard(clause.guard)}" if clause.guard else ""
    return f"{_fun_head(fun, clause)}{when} -> {_body(clause.body)}"


def _fun(fun: Fun) -> str:
    clauses = "; ".join(_fun_clause(fun, clause) for clause in fun.clauses)
    return f"fun{' ' if fun.name else ''}{clauses} end"


def _receive(node: Receive) -> str:
    clauses = " " + "; ".join(map(_clause, node.clauses)) if node.clauses else ""
    after = f" after {_flat(node.timeout)} -> {_body(node.after)}" if node.timeout is not None else ""
    return f"receive{clauses}{after} end"


def _try(node: Try) -> str:
    clauses = f" of {'; '.join(map(_clause, node.clauses))}" if node.clauses else ""
    handlers = f" catch {'; '.join(map(_handler, node.handlers))}" if node.handlers else ""
    after = f" after {_body(node.after)}" if node.after else ""
    return f"try {_body(node.body)}{clauses}{handlers}{after} end"


_FLAT: Final[dict[type, Callable[[Any], str]]] = {
    Literal: _literal,
    Var: lambda node: str(node.name),
    Tuple: lambda node: f"{{{_body(node.elements)}}}",
    List: _list,
    Map: _map,
    Pair: _pair,
    Record: lambda node: f"#{_literal(Literal(0, 0, 'atom', node.name))}{{}}",
    Binary: lambda node: f"<<{','.join(map(_segment, node.segments))}>>",
    Segment: _segment,
    Operation: _operation,
    Unary: _unary,
    Match: lambda node: f"{_flat(node.pattern, _MATCH + 1)} = {_flat(node.value, _MATCH)}",
    Remote: _remote,
    Call: _call,
    Fun: _fun,
    FunReference: _fun_reference,
    Case: lambda node: f"case {_flat(node.subject)} of {'; '.join(map(_clause, node.clauses))} end",
    If: lambda node: f"if {'; '.join(map(_if_clause, node.clauses))} end",
    Receive: _receive,
    Try: _try,
    Catch: lambda node: f"catch {_flat(node.body)}",
    Block: lambda node: f"begin {_body(node.body)} end",
    Generator: lambda node: f"{_flat(node.pattern)} {'<=' if node.binary else '<-'} {_flat(node.source)}",
    Comprehension: _comprehension,
}


# --- on several lines ---

_BREAKING: Final = ("andalso", "orelse")


def _breaks(node: Any) -> bool:
    """Whether a node never stands on one line."""
    if type(node) in (Case, If, Fun, Comprehension) or (type(node) is Operation and node.operator in _BREAKING):
        return True
    if type(node) is Try:
        short = len(node.body) == len(node.after) == 1 and not node.clauses and not node.handlers
        return not short or _breaks(node.body[0]) or _breaks(node.after[0])
    if type(node) is Receive:
        return bool(node.clauses)
    if type(node) is Block and len(node.body) > 1:
        return True
    return any(_breaks(part) for part in _parts(node))


def _parts(node: Any) -> list[Any]:
    found: list[Any] = []
    for name in getattr(type(node), "__slots__", ()):
        value = getattr(node, name)
        found += value if isinstance(value, list) else [value]
    return [part for part in found if isinstance(part, Node | Pair)]


def _filled(parts: list[Any], start: str, end: str, column: int) -> Lines:
    """Elements between brackets: as many on a line as fit; what breaks has lines of its own."""
    inner = column + len(start)
    lines = [start]
    used = inner
    any_breaks = any(map(_breaks, parts))
    for position, part in enumerate(parts):
        last = position == len(parts) - 1
        own = _lines(part, inner)
        width = len(own[0]) + (len(end) if last else 1)
        if position and (any_breaks or len(own) > 1 or used + 1 + width > _WIDTH):
            lines.append(" " * inner)
            used = inner
        elif position:
            lines[-1] += " "
            used += 1
        lines[-1] += own[0]
        lines += own[1:]
        used = len(lines[-1]) + (column if len(lines) == 1 else 0) + 1
        lines[-1] += "" if last else ","
    lines[-1] += end
    return lines


def _tuple_lines(node: Tuple, column: int) -> Lines:
    return _filled(node.elements, "{", "}", column)


def _list_lines(node: List, column: int) -> Lines:
    if node.tail is not None:
        return [_flat(node)]
    return _filled(node.elements, "[", "]", column)


def _map_lines(node: Map, column: int) -> Lines:
    argument = "" if node.argument is None else _updated(node.argument)
    return _filled(node.pairs, f"{argument}#{{", "}", column)


def _pair_lines(pair: Pair, column: int) -> Lines:
    head = f"{_flat(pair.key)} {':=' if pair.exact else '=>'}"
    value = _lines(pair.value, column + _INDENT)
    return [head, " " * (column + _INDENT) + value[0], *value[1:]]


def _call_lines(node: Call, column: int) -> Lines:
    function = _operand(node.function, column, _called(node))
    below = len(function) > 1
    start = function[-1].strip() + "(" if below else function[-1] + "("
    lines = _filled(node.arguments, start, ")", column)
    if below:
        lines[0] = " " * column + lines[0]
    return [*function[:-1], *lines]


def _operation_lines(node: Operation, column: int) -> Lines:
    blanks = " " * column
    strength, among_equals = OPERATORS[node.operator]
    left = _operand(node.left, column, strength if among_equals == "left" else strength + 1)
    right = _operand(node.right, column, strength if among_equals == "right" else strength + 1)
    return [*left, blanks + node.operator, blanks + right[0], *right[1:]]


def _operand(node: Node, column: int, minimum: int) -> Lines:
    if _strength(node) < minimum:
        lines = _lines(node, column + 1)
        return [f"({lines[0]}", *lines[1:-1], lines[-1] + ")"] if len(lines) > 1 else [f"({lines[0]})"]
    return _lines(node, column)


def _match_lines(node: Match, column: int) -> Lines:
    head = f"{_flat(node.pattern, _MATCH + 1)} ="
    if len(head) < _INDENT and _breaks(node.value):
        value = _lines(node.value, column + len(head) + 1)
        return [f"{head} {value[0]}", *value[1:]]
    value = _lines(node.value, column + _INDENT)
    return [head, " " * (column + _INDENT) + value[0], *value[1:]]


def _catch_lines(node: Catch, column: int) -> Lines:
    body = _lines(node.body, column + _INDENT)
    return ["catch", " " * (column + _INDENT) + body[0], *body[1:]]


def _block_lines(node: Block, column: int) -> Lines:
    return ["begin", *_indented(node.body, column + _INDENT), " " * column + "end"]


def _indented(body: list[Node], column: int) -> Lines:
    """The expressions of a body, each on lines of its own, all with their blanks."""
    lines = _each_on_its_own(body, column)
    return [" " * column + lines[0], *lines[1:]]


def _clauses(clauses: list[Any], column: int, head: Callable[[Any], str]) -> Lines:
    """Clauses, each with all its blanks; *head* gives what stands before the guard."""
    lines: Lines = []
    for position, clause in enumerate(clauses):
        own = [*_guarded(head(clause), clause.guard, column), *_indented(clause.body, column + _INDENT)]
        if position < len(clauses) - 1:
            own[-1] += ";"
        lines += own
    return lines


def _guarded(head: str, guard: Guard, column: int) -> Lines:
    """The head of a clause with its guard, which has lines of its own if it is long or breaks."""
    blanks = " " * column
    if not guard:
        return [f"{blanks}{head} ->"]
    breaks = any(_breaks(test) for tests in guard for test in tests)
    line = f"{blanks}{head} when {_guard(guard)} ->"
    if not breaks and len(line) <= _WIDTH:
        return [line]
    lines = [blanks + head, f"{blanks}    when"]
    return [*lines, *_guard_lines(guard, column + 2 * _INDENT)]


def _guard_lines(guard: Guard, column: int) -> Lines:
    lines: Lines = []
    for tests in guard:
        own = _sequence(tests, column)
        lines += [" " * column + own[0], *own[1:]]
        lines[-1] += ";"
    lines[-1] = lines[-1][:-1] + " ->"
    return lines


def _case_lines(node: Case, column: int) -> Lines:
    blanks = " " * column
    if _breaks(node.subject):
        lines = ["case", *_indented([node.subject], column + _INDENT), blanks + "of"]
    else:
        lines = [f"case {_flat(node.subject)} of"]
    return [*lines, *_clauses(node.clauses, column + _INDENT, lambda clause: _body(clause.patterns)), blanks + "end"]


def _if_lines(node: If, column: int) -> Lines:
    lines = ["if"]
    for position, clause in enumerate(node.clauses):
        inner = column + _INDENT
        if any(_breaks(test) for tests in clause.guard for test in tests):
            lines += _guard_lines(clause.guard, inner)
        else:
            lines.append(f"{' ' * inner}{';'.join(map(_body, clause.guard))} ->")
        lines += _indented(clause.body, inner + _INDENT)
        lines[-1] += ";" if position < len(node.clauses) - 1 else ""
    return [*lines, " " * column + "end"]


def _receive_lines(node: Receive, column: int) -> Lines:
    lines = ["receive", *_clauses(node.clauses, column + _INDENT, lambda clause: _body(clause.patterns))]
    if node.timeout is not None:
        lines.append(" " * column + "after")
        lines.append(f"{' ' * (column + _INDENT)}{_flat(node.timeout)} -> {_body(node.after)}")
    return [*lines, " " * column + "end"]


def _try_lines(node: Try, column: int) -> Lines:
    blanks = " " * column
    if node.clauses and len(node.body) == 1 and not _breaks(node.body[0]):
        lines = [f"try {_flat(node.body[0])} of"]
    else:
        lines = ["try", *_indented(node.body, column + _INDENT)]
        if node.clauses:
            lines.append(blanks + "of")
    lines += _clauses(node.clauses, column + _INDENT, lambda clause: _body(clause.patterns))
    if node.handlers:
        lines += [blanks + "catch", *_clauses(node.handlers, column + _INDENT, _handled)]
    if node.after:
        lines += [blanks + "after", *_indented(node.after, column + _INDENT)]
    return [*lines, blanks + "end"]


def _fun_lines(fun: Fun, column: int) -> Lines:
    offset = 4 if fun.name else 3
    lines = _clauses(fun.clauses, column + offset, lambda clause: _fun_head(fun, clause))
    lines[0] = "fun" + lines[0][column + 3 :]
    return [*lines, " " * column + "end"]


def _generator_lines(node: Generator, column: int) -> Lines:
    source = _lines(node.source, column + _INDENT)
    head = f"{_flat(node.pattern)} {'<=' if node.binary else '<-'}"
    return [head, " " * (column + _INDENT) + source[0], *source[1:]]


def _comprehension_lines(node: Comprehension, column: int) -> Lines:
    start, end = ("<<", ">>") if node.binary else ("[", "]")
    inner = column + len(start)
    element = _lines(node.element, inner)
    element[-1] += " ||"
    qualifiers = _indented(node.qualifiers, inner + _INDENT)
    return [f"{start} ", " " * inner + element[0], *element[1:], *qualifiers, " " * column + end]


_LAYOUTS: Final[dict[type, Callable[[Any, int], Lines]]] = {
    Tuple: _tuple_lines,
    List: _list_lines,
    Map: _map_lines,
    Pair: _pair_lines,
    Call: _call_lines,
    Operation: _operation_lines,
    Match: _match_lines,
    Catch: _catch_lines,
    Block: _block_lines,
    Case: _case_lines,
    If: _if_lines,
    Receive: _receive_lines,
    Try: _try_lines,
    Fun: _fun_lines,
    Generator: _generator_lines,
    Comprehension: _comprehension_lines,
}
