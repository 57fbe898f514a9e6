"""Guards as Python conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NoReturn, final

from erts_emu.shell.constants import (
    ARITHMETIC,
    COMPARISONS,
    GUARD_BIFS,
    NOT_CONSTANT,
    TYPE_TESTS,
    UNARY,
    constant_value,
)
from erts_emu.shell.scope import Body, CompileError, Env
from erts_emu.shell.syntax import Binary, Call, Guard, List, Literal, Map, Node, Operation, Remote, Tuple, Unary, Var
from erts_emu.shell.tokens import ATOM, STRING
from erts_emu.shell.values import FALSE, TRUE
from erts_emu.terms.atoms import Atom

if TYPE_CHECKING:
    from erts_emu.shell.compiler import Expressions

SELF: Final = "self()"


def refuse_record_test(name: str, arguments: list[Node]) -> None:
    """``is_record(X, r)`` asks about a record that would have to be known. Raises ``CompileError``."""
    if name == "is_record" and len(arguments) == 2 and type(arguments[1]) is Literal and arguments[1].kind == ATOM:
        record = arguments[1]
        raise CompileError((Atom("undefined_record"), record.value), record.line, record.column)


def _statements_go_to(body: Body, env: Env) -> tuple[Body, Env]:
    """The nearest function around *body* that may have statements before what is being written."""
    while not body.statements:
        assert body.outer is not None
        assert body.outer_env is not None
        env = body.outer_env
        body = body.outer
    return body, env


@final
class Guards:
    """Writes guards as Python conditions. A test that may fail gets a function of its own, where failing is false."""

    __slots__ = ("_env", "_expressions", "_may_raise", "form", "out")

    def __init__(self, expressions: Expressions, env: Env) -> None:
        self._expressions = expressions
        self._env = env
        self._may_raise = False
        self.out = expressions.out
        self.form = expressions.form

    def guard(self, guard: Guard) -> str:
        """``A, B; C``."""
        alternatives = [" and ".join(self.alone(test, "False", self.passes) for test in tests) for tests in guard]
        return (
            alternatives[0] if len(alternatives) == 1 else "(" + " or ".join(f"({each})" for each in alternatives) + ")"
        )

    def safe_value(self, node: Node, failed: str) -> str:
        """A guard expression's value, *failed* if it fails."""
        return self.alone(node, failed, Guards.value)

    def alone(self, node: Node, failed: str, write: Callable[..., str]) -> str:
        """Write *node* in place, or as a call of its own function if it may raise."""
        trial = Guards(self._expressions, self._env)
        text = write(trial, node)
        if not trial._may_raise:
            return text
        inner = Body(self.form, self.out, self._env, statements=False)
        text = write(Guards(self._expressions.within(inner), Env()), node)
        inner.line("try:")
        inner.line(f" return {text}")
        inner.line("except RAISED:")
        inner.line(f" return {failed}")
        name = self.form.function_name("guard")
        self.form.define(name, inner.parameters, inner)
        return f"{name}{inner.captured}"

    @staticmethod
    def passes(guards: Guards, node: Node) -> str:
        """Whether a test is true."""
        return guards.condition(node, strict=False)

    def condition(self, node: Node, *, strict: bool) -> str:
        """A test as a Python condition; where *strict*, what is no truth value raises."""
        if type(node) is Operation:
            if node.operator in COMPARISONS:
                left, right = self.value(node.left), self.value(node.right)
                return self._expressions.comparison(node.operator, node, left, right)
            if node.operator in ("andalso", "orelse"):
                word = "and" if node.operator == "andalso" else "or"
                left = self.condition(node.left, strict=strict or word == "or")
                right = self.condition(node.right, strict=strict)
                return f"({left} {word} {right})"
        if type(node) is Unary and node.operator == "not":
            return f"(not {self.condition(node.operand, strict=True)})"
        test = self.type_test(node)
        if test is not None:
            return test
        constant = constant_value(node)
        if constant is not NOT_CONSTANT and (not strict or constant is TRUE or constant is FALSE):
            return "True" if constant is TRUE else "False"
        value = self.value(node)
        if strict:
            self._may_raise = True
            return f"truth({value})"
        return f"{value} is TRUE"

    def type_test(self, node: Node) -> str | None:
        """A call of a type test as a Python condition."""
        found = self.called(node)
        if found is None or found[0] not in TYPE_TESTS or len(found[1]) != 1:
            return None
        return TYPE_TESTS[found[0]].format(self.value(found[1][0]))

    def called(self, node: Node) -> tuple[str, list[Node]] | None:
        """The BIF that a call is of, and its arguments."""
        if type(node) is not Call:
            return None
        function = node.function
        if type(function) is Remote and type(function.module) is Literal and function.module.value is Atom("erlang"):
            function = function.name
        if type(function) is not Literal or function.kind != ATOM:
            return None
        return function.value.name, node.arguments

    def value(self, node: Node) -> str:
        """A guard expression's value, as a Python expression that may raise ``ErlangError``."""
        if type(node) is Literal:
            return self.form.constant(node.value)
        if type(node) is Var:
            return self._expressions.variable(node, self._env)
        constant = constant_value(node)
        if constant is not NOT_CONSTANT:
            return self.form.constant(constant)
        if type(node) is Tuple:
            return f"({''.join(f'{self.value(element)}, ' for element in node.elements)})"
        if type(node) is List:
            elements = f"[{', '.join(map(self.value, node.elements))}]"
            return elements if node.tail is None else f"cons({elements}, {self.value(node.tail)})"
        if type(node) in (Operation, Unary):
            return self.operation(node)
        if type(node) is Map:
            return self.map(node)
        if type(node) is Binary:
            return self.binary(node)
        if type(node) is Call:
            return self.call(node)
        return self.illegal(node)

    def illegal(self, node: Node) -> NoReturn:
        raise CompileError(Atom("illegal_guard_expr"), node.line, node.column)

    def operation(self, node: Any) -> str:
        operator = node.operator
        if operator in COMPARISONS or operator in ("andalso", "orelse", "not"):
            return f"(TRUE if {self.condition(node, strict=True)} else FALSE)"
        self._may_raise = True
        if type(node) is Unary:
            return f"{UNARY[operator].__name__}({self.value(node.operand)})"
        if operator == "!" or operator in ("++", "--"):
            self.illegal(node)
        return f"{ARITHMETIC[operator].__name__}({self.value(node.left)}, {self.value(node.right)})"

    def map(self, node: Map) -> str:
        self._may_raise = True
        pairs = [(self.value(pair.key), self.value(pair.value), pair.exact) for pair in node.pairs]
        argument = "make_map()" if node.argument is None else self.value(node.argument)
        return f"update({argument}{''.join(f', ({key}, {value}, {exact})' for key, value, exact in pairs)})"

    def binary(self, node: Binary) -> str:
        self._may_raise = True
        parts = []
        for segment in node.segments:
            spec = self.form.value_name(self._expressions.spec(segment), "spec")
            size = "None" if segment.size is None else self.value(segment.size)
            texts = segment.value.value if type(segment.value) is Literal and segment.value.kind == STRING else None
            values = map(str, texts) if texts is not None else (self.value(segment.value),)
            parts += [f"({value}, {size}, {spec})" for value in values]
        return f"build({', '.join(parts)})"

    def call(self, node: Call) -> str:
        test = self.type_test(node)
        if test is not None:
            return f"(TRUE if {test} else FALSE)"
        found = self.called(node)
        if found is not None:
            refuse_record_test(*found)
        if found is None or (found[0], len(found[1])) not in GUARD_BIFS:
            self.illegal(node)
        name, arguments = found
        if name in ("self", "node") and not arguments:
            return self.context_value(name, node)
        self._may_raise = True
        callee = self.form.native_name("erlang", name, len(arguments))
        return f"{callee}_f({', '.join(map(self.value, arguments))})"

    def context_value(self, name: str, node: Node) -> str:
        """``self()`` asks the machine: that is done before the guard."""
        if name == "node":
            return self.form.constant(Atom("nonode@nohost"))
        found = self.out.find(SELF, self._env)
        if found is None:
            body, env = _statements_go_to(self.out, self._env)
            python = body.bind(SELF, env)
            self.form.needs_process = True
            self._expressions.within(body).request(python, self.form.native_name("erlang", "self", 0), [], node)
            found = self.out.find(SELF, self._env)
        assert found is not None
        return found

    def allowed(self, node: Node) -> bool:
        """Whether an expression may stand in a guard."""
        trial = Guards(self._expressions.within(Body(self.form, self.out, self._env, statements=False)), Env())
        try:
            trial.condition(node, strict=False)
        except CompileError as error:
            if error.reason is Atom("illegal_guard_expr"):
                return False
            raise
        return True
