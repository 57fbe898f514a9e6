"""Patterns as Python conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.shell.bits import METHODS, Spec
from erts_emu.shell.constants import NOT_CONSTANT, constant_value, pattern_number
from erts_emu.shell.guards import Guards
from erts_emu.shell.scope import CompileError, Env
from erts_emu.shell.syntax import Binary, List, Literal, Map, Match, Node, Operation, Segment, Tuple, Unary, Var
from erts_emu.shell.tokens import STRING
from erts_emu.terms.atoms import Atom

if TYPE_CHECKING:
    from erts_emu.shell.compiler import Expressions


@final
class Patterns:
    """Writes patterns as Python conditions that bind their variables on the way, by ``:=``.

    *shadowed* variables are bound anew, whatever they are outside.
    """

    __slots__ = ("_env", "_expressions", "_shadowed", "form", "out")

    def __init__(self, expressions: Expressions, env: Env, shadowed: set[str] | None = None) -> None:
        self._expressions = expressions
        self._env = env
        self._shadowed = shadowed if shadowed is not None else set()
        self.out = expressions.out
        self.form = expressions.form

    def test(self, node: Node, subject: str, tests: list[str]) -> None:
        """Append the conditions under which the value *subject*, a name or a path, matches."""
        write = _PATTERNS.get(type(node))
        if write is None:
            raise CompileError(Atom("illegal_pattern"), node.line, node.column)
        write(self, node, subject, tests)

    def variable(self, node: Var, subject: str, tests: list[str]) -> None:
        if node.name == "_":
            return
        env = self._env
        if node.name in self._shadowed:
            self._shadowed.discard(node.name)
            env.variables.pop(node.name, None)
            env.unsafe.pop(node.name, None)
        elif not self._expressions.is_free(node, env):
            tests.append(f"same({subject}, {self.out.find(node.name, env)})")
            return
        tests.append(f"({self.out.bind(node.name, env)} := {subject}) is not None")

    def literal(self, node: Literal, subject: str, tests: list[str]) -> None:
        self.constant(node.value, subject, tests)

    def constant(self, value: Any, subject: str, tests: list[str]) -> None:
        text = self.form.constant(value)
        if type(value) is Atom:
            tests.append(f"{subject} is {text}")
        elif type(value) is int:
            tests.append(f"type({subject}) is int and {subject} == {text}")
        else:
            tests.append(f"same({subject}, {text})")

    def number(self, node: Node, subject: str, tests: list[str]) -> None:
        value = pattern_number(node)
        if value is NOT_CONSTANT or type(value) not in (int, float):
            raise CompileError(Atom("illegal_pattern"), node.line, node.column)
        self.constant(value, subject, tests)

    def compound(self, subject: str) -> tuple[str, str]:
        """A short name for *subject*, and what names it."""
        if subject.isidentifier():
            return subject, subject
        name = self.out.temp()
        return name, f"({name} := {subject})"

    def tuple_(self, node: Tuple, subject: str, tests: list[str]) -> None:
        name, naming = self.compound(subject)
        tests.append(f"type({naming}) is tuple and len({name}) == {len(node.elements)}")
        for index, element in enumerate(node.elements):
            self.test(element, f"{name}[{index}]", tests)

    def list_(self, node: List, subject: str, tests: list[str]) -> None:
        count = len(node.elements)
        if node.tail is None:
            name, naming = self.compound(subject)
            tests.append(f"type({naming}) is list and len({name}) == {count}")
        else:
            name = self.out.temp()
            tests.append(f"({name} := split({subject}, {count})) is not None")
        for index, element in enumerate(node.elements):
            self.test(element, f"{name}[{index}]", tests)
        if node.tail is not None:
            self.test(node.tail, f"{name}[{count}]", tests)

    def alias(self, node: Match, subject: str, tests: list[str]) -> None:
        name, naming = self.compound(subject)
        if naming != name:
            tests.append(f"{naming} is not None")
        self.test(node.pattern, name, tests)
        self.test(node.value, name, tests)

    def operation(self, node: Operation, subject: str, tests: list[str]) -> None:
        """``"prefix" ++ Tail``, or arithmetic on numbers."""
        if node.operator != "++":
            self.number(node, subject, tests)
            return
        prefix = constant_value(node.left)
        if type(prefix) is not list or not all(type(element) is int for element in prefix):
            raise CompileError(Atom("illegal_pattern"), node.line, node.column)
        name = self.out.temp()
        tests.append(f"({name} := after_prefix({subject}, {self.form.constant(prefix)})) is not MISSING")
        self.test(node.right, name, tests)

    def map(self, node: Map, subject: str, tests: list[str]) -> None:
        if node.argument is not None:
            raise CompileError(Atom("illegal_pattern"), node.line, node.column)
        name, naming = self.compound(subject)
        tests.append(f"is_map({naming})")
        for pair in node.pairs:
            if not pair.exact:
                raise CompileError(Atom("illegal_pattern"), pair.key.line, pair.key.column)
            key = Guards(self._expressions, self._env).safe_value(pair.key, "MISSING")
            value = self.out.temp()
            tests.append(f"({value} := find({name}, {key})) is not MISSING")
            self.test(pair.value, value, tests)

    def binary(self, node: Binary, subject: str, tests: list[str]) -> None:
        cursor = self.out.temp()
        tests.append(f"({cursor} := reader({subject})) is not None")
        self.segments(node, cursor, tests, tests)
        tests.append(f"{cursor}.at_end()")

    def segments(self, node: Binary, cursor: str, reads: list[str], tests: list[str]) -> None:
        """Append to *reads* what reads the segments, and to *tests* what they have to be."""
        for number, segment in enumerate(node.segments, 1):
            spec = self._expressions.spec(segment)
            if spec.kind in ("binary", "bitstring") and segment.size is None and number < len(node.segments):
                raise CompileError(Atom("unsized_binary_not_at_end"), segment.line, segment.column)
            spec_name = self.form.value_name(spec, "spec")
            size = "None"
            if segment.size is not None:
                size = Guards(self._expressions, self._env).safe_value(segment.size, "-1")
            read = f"{cursor}.{METHODS[spec.kind]}({size}, {spec_name})"
            if type(segment.value) is Literal and segment.value.kind == STRING:
                reads += [f"{read} == {character}" for character in segment.value.value]
                continue
            value = self.out.temp()
            reads.append(f"({value} := {read}) is not MISS")
            self.segment_value(segment, value, spec, reads if type(segment.value) is Var else tests)

    def segment_value(self, segment: Segment, value: str, spec: Spec, tests: list[str]) -> None:
        constant = pattern_number(segment.value)
        if type(segment.value) is Var:
            self.test(segment.value, value, tests)
        elif type(constant) in (int, float):
            if spec.kind == "float":
                constant = float(constant)
            self.constant(constant, value, tests)
        else:
            raise CompileError(Atom("illegal_pattern"), segment.line, segment.column)


_PATTERNS: Final[dict[type[Node], Callable[[Patterns, Any, str, list[str]], None]]] = {
    Var: Patterns.variable,
    Literal: Patterns.literal,
    Unary: Patterns.number,
    Tuple: Patterns.tuple_,
    List: Patterns.list_,
    Match: Patterns.alias,
    Operation: Patterns.operation,
    Map: Patterns.map,
    Binary: Patterns.binary,
}
