"""Forms as Python functions.

A form, and each fun in it, becomes a Python function. What may wait or call a fun becomes a generator function that
*yields* its request, a pair of a callee and its arguments, to the machine that runs it, and gets the
value back; calls of functions that can do neither are plain calls. So Python's stack does not grow with Erlang's, a
process can stop anywhere, and everything between two calls runs at Python's speed.

Each Erlang expression becomes statements, followed by a Python expression without any effect: its value. Each line
that may fail is one operation, and a table of sites says of each such line where it comes from, so that stack traces
cost nothing until something fails.

Variables are resolved here, which is also where ``erl_lint``'s complaints come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, final

from erts_emu.errors import ErlangError
from erts_emu.shell import bits, frames, operators
from erts_emu.shell.bits import MISS, BadSegment, Spec, make_spec
from erts_emu.shell.constants import (
    ARITHMETIC,
    COMPARISONS,
    NOT_CONSTANT,
    PLAIN_COMPARISONS,
    TYPE_TESTS,
    UNARY,
    constant_value,
    variables_of,
)
from erts_emu.shell.frames import Path
from erts_emu.shell.guards import SELF, Guards, refuse_record_test
from erts_emu.shell.native import PLAIN, Native, Tail, auto_imported, find_native
from erts_emu.shell.patterns import Patterns
from erts_emu.shell.runtime import RECEIVE, STACK, TICK, caught, make_export, raised_class
from erts_emu.shell.scope import RETURN, Body, CompileError, Env, Site
from erts_emu.shell.syntax import (
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
    Handler,
    If,
    List,
    Literal,
    Map,
    Match,
    Node,
    Operation,
    Receive,
    Record,
    Remote,
    Segment,
    Try,
    Tuple,
    Unary,
    Var,
)
from erts_emu.shell.tokens import ATOM, STRING
from erts_emu.shell.traces import RAISED, note
from erts_emu.shell.values import (
    FALSE,
    MAX_FUN_ARITY,
    TRUE,
    UNDEF,
    Code,
    ErlFun,
    Raised,
    failure,
    function_clause,
)
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import ExportFun

_TICKS: Final = 100
"""A loop of a named fun lets the machine count its rounds every so often."""


def _named(*values: Any) -> tuple[Any, ...]:
    """Functions and classes, which have names."""
    return values


def _base_names() -> dict[str, Any]:
    from erts_emu.terms.identifiers import Pid, PortId, Reference

    names: dict[str, Any] = {
        value.__name__: value
        for value in _named(
            *ARITHMETIC.values(), *UNARY.values(), operators.equal, operators.same, operators.less,
            operators.less_or_equal, operators.is_bitstring, operators.is_boolean, operators.is_function,
            operators.is_list, operators.is_map, operators.is_number, operators.find, operators.make_map,
            operators.update, operators.items, operators.cons, operators.split, operators.after_prefix, operators.truth,
            bits.build, bits.join, bits.one_part, bits.reader, failure, function_clause, caught, note, raised_class,
            make_export, Atom, Pid, PortId, Reference, ErlFun, ErlangError, Raised, Tail,
        )
    }  # fmt: skip
    names.update(MISSING=operators.MISSING, MISS=MISS, TRUE=TRUE, FALSE=FALSE, UNDEF=UNDEF)
    names.update(RAISED=RAISED, RECEIVE=RECEIVE, STACK=STACK, TICK=TICK, NIL=[])
    return names


_BASE: Final = _base_names()

Otherwise = tuple[str, "Site | None"]
"""A statement, and what stack traces say of it; nothing where it only goes on with an exception."""

LocalFunctions = Callable[[str, int], "Native | None"]


def no_local_functions(_name: str, _arity: int) -> None:
    """A script has no functions of its own."""


@final
class Form:
    """A compiled form. Call ``start`` with the values of the bound variables it names in ``inputs``.

    It is a generator function if ``yields``; it returns the form's value and its new bindings. ``needs_process``
    says whether it may do something that only a process can.
    """

    __slots__ = ("inputs", "line", "needs_process", "source", "start", "yields")

    def __init__(
        self, start: Callable[..., Any], inputs: list[str], *, yields: bool, needs_process: bool, source: str, line: int
    ) -> None:
        self.start = start
        self.inputs = inputs
        self.yields = yields
        self.needs_process = needs_process
        self.source = source
        self.line = line

    def __repr__(self) -> str:
        return f"<Form of line {self.line}>"


def compile_form(
    nodes: list[Node], bindings: Mapping[str, Any], local_functions: LocalFunctions = no_local_functions
) -> Form:
    """Compile the expressions of a form, where the variables in *bindings* are bound. Raises ``CompileError``."""
    return FormCompiler(bindings, local_functions).compile(nodes)


@final
class FormCompiler:
    """Compiles one form: its constants, and the Python functions it consists of."""

    def __init__(self, bindings: Mapping[str, Any], local_functions: LocalFunctions) -> None:
        self.bindings = bindings
        self.local_functions = local_functions
        self.names: dict[str, Any] = dict(_BASE)
        self.needs_process = False
        self._atoms: dict[Atom, str] = {}
        self._natives: dict[Native, str] = {}
        self._lines: list[str] = []
        self._sites: dict[int, Site] = {}
        self._codes: list[tuple[Code, str]] = []
        self._functions = 0

    def compile(self, nodes: list[Node]) -> Form:
        """Compile *nodes* as the body of a form."""
        body = Body(self)
        env = Env()
        Expressions(body).body(nodes, env, "value")
        self.finish(body, env)
        inputs = list(body.free)
        self.define("main", body.parameters, body)
        source = "\n".join(self._lines)
        names = self.names
        names["__sites__"] = self._sites
        exec(compile(source, "<erl>", "exec", dont_inherit=True), names)
        for code, name in self._codes:
            code.function = names[name]
        return Form(
            names["main"],
            inputs,
            yields=body.yields,
            needs_process=self.needs_process,
            source=source,
            line=nodes[0].line,
        )

    def finish(self, body: Body, env: Env) -> None:
        """Return the form's value and its bindings: also those that depend on the way it has taken."""
        maybe = [(name, env.names[name]) for name in env.left if name in env.names and name not in env.variables]
        for _, python in maybe:
            body.lines.insert(0, (f" {python} = None", None))
        new = ", ".join(f"{name!r}: {python}" for name, python in [*env.variables.items(), *maybe] if name != SELF)
        body.line(f"return value, {{{new}}}")

    def define(self, name: str, parameters: list[str], body: Body) -> None:
        """Add a finished function to the module."""
        self._lines.append(f"def {name}({', '.join(parameters)}):")
        for text, site in body.lines:
            self._lines.append(text)
            if site is not None:
                self._sites[len(self._lines)] = site

    def function_name(self, prefix: str) -> str:
        """A name for a function."""
        self._functions += 1
        return f"{prefix}_{self._functions}"

    def code(self, node: Fun) -> tuple[Code, str, str]:
        """A new code object for a fun; its constant's name, and its function's name."""
        code = Code(node.arity, node.name, node)
        name = self.function_name("fun")
        self._codes.append((code, name))
        return code, self.value_name(code, "code"), name

    # --- constants ---

    def constant(self, value: Any) -> str:
        """Python source for a term."""
        if type(value) is int and value.bit_length() < 64:
            return str(value) if value >= 0 else f"({value})"
        if type(value) is list and not value:
            return "NIL"
        if type(value) is not Atom:
            return self.value_name(value, "k")
        name = self._atoms.get(value)
        if name is None:
            prefix = f"a_{value.name}" if value.name.isidentifier() and value.name.isascii() else "a"
            name = self._atoms[value] = self.value_name(value, prefix)
        return name

    def native_name(self, module: str, name: str, arity: int) -> str:
        """A name for a library function; with ``_f`` at its end, for the Python function behind it."""
        native = find_native(module, name, arity)
        assert native is not None, f"{module}:{name}/{arity}"
        python = self._natives.get(native)
        if python is None:
            python = self._natives[native] = self.value_name(
                native, f"{module}_{name}" if name.isidentifier() else module
            )
            self.names[f"{python}_f"] = native.function
        return python

    def value_name(self, value: Any, prefix: str) -> str:
        """A new name for any Python value."""
        name = f"{prefix}_{len(self.names)}"
        self.names[name] = value
        return name


@final
class Expressions:
    """Writes expressions into a function."""

    __slots__ = ("_path", "form", "out")

    def __init__(self, out: Body) -> None:
        self.out = out
        self.form = out.form
        self._path: Path = ()

    def site(
        self, node: Node, call: tuple[str, str, str | int] | None = None, leaf: Path = (), *, last: bool = False
    ) -> Site:
        """What stack traces say of the next line. A call's own frame of the evaluator is left out of *leaf*."""
        return Site(node.line, self._path, call, leaf, last=last)

    @contextmanager
    def inside(self, frames: Path) -> Iterator[None]:
        """What is written inside is evaluated by these functions of the evaluator."""
        around = self._path
        self._path = frames + around
        yield
        self._path = around

    # --- the three ways to write an expression ---

    def within(self, body: Body) -> Expressions:
        """The same, for another function."""
        return Expressions(body)

    def body(self, nodes: list[Node], env: Env, destination: str) -> None:
        """Evaluate expressions in order; the last one's value goes to *destination*."""
        if len(nodes) > 1:
            with self.inside(frames.NOT_LAST):
                for node in nodes[:-1]:
                    self.value(node, env)
        self.into(nodes[-1], env, destination)

    def into(self, node: Node, env: Env, destination: str) -> None:
        """Evaluate an expression, and give its value to *destination*."""
        write = _STATEMENTS.get(type(node))
        if write is None:
            self.out.put(destination, self.value(node, env))
        else:
            write(self, node, env, destination)

    def value(self, node: Node, env: Env) -> str:
        """Evaluate an expression; return Python source of its value, which has no effect."""
        simple = _VALUES.get(type(node))
        if simple is not None:
            return simple(self, node, env)
        name = self.out.temp()
        _STATEMENTS[type(node)](self, node, env, name)
        return name

    def values(self, nodes: list[Node], env: Env, *where: Path, blame_later: bool = False) -> list[str]:
        """Evaluate expressions side by side: none sees what the others bind.

        *where* are the evaluator's frames for each, or for all of them. If two bind a variable to different values,
        the first one's value is no match, or the later one's.
        """
        texts: list[str] = []
        if all(type(node) in (Var, Literal) for node in nodes):
            return [self.value(node, env) for node in nodes]
        bound: dict[str, str] = {}
        merged = env.branch()
        for index, node in enumerate(nodes):
            branch = env.branch()
            if bound:
                branch.names = {name: python for name, python in env.names.items() if name not in bound}
            with self.inside(where[index if len(where) > 1 else 0]):
                texts.append(self.value(node, branch))
            for name, python in branch.variables.items():
                if name in env.variables:
                    continue
                if name in bound:
                    self.out.line(f"if not same({bound[name]}, {python}):")
                    with self.out.block():
                        wrong = python if blame_later else bound[name]
                        self.out.line(f"raise failure('badmatch', {wrong})", self.site(node, None, frames.BADMATCH))
                else:
                    bound[name] = python
                    env.names.setdefault(name, python)
            for name, reason in branch.unsafe.items():
                merged.unsafe.setdefault(name, reason)
            env.left |= branch.left
        env.variables.update(bound)
        env.unsafe.update({name: why for name, why in merged.unsafe.items() if name not in env.variables})
        return texts

    # --- simple values ---

    def literal(self, node: Literal, _env: Env) -> str:
        return self.form.constant(node.value)

    def variable(self, node: Var, env: Env) -> str:
        found = None if node.name == "_" else self.out.find(node.name, env)
        if found is None:
            why = self.out.unsafe(node.name, env)
            if why is not None:
                raise CompileError((Atom("unsafe_var"), Atom(node.name), why), node.line, node.column)
            raise CompileError((Atom("unbound_var"), Atom(node.name)), node.line, node.column)
        return found

    def tuple_(self, node: Tuple, env: Env) -> str:
        constant = constant_value(node)
        if constant is not NOT_CONSTANT:
            return self.form.constant(constant)
        return f"({''.join(f'{text}, ' for text in self.values(node.elements, env, frames.TUPLE))})"

    def list_(self, node: List, env: Env) -> str:
        constant = constant_value(node)
        if constant is not NOT_CONSTANT:
            return self.form.constant(constant)
        depths = range(len(node.elements))
        where: list[Path] = [(frames.HEAD, *[frames.TAIL] * depth) for depth in depths]
        if node.tail is None:
            return f"[{', '.join(self.values(node.elements, env, *where, blame_later=True))}]"
        where.append((frames.TAIL,) * len(node.elements))
        *elements, tail = self.values([*node.elements, node.tail], env, *where, blame_later=True)
        return f"cons([{', '.join(elements)}], {tail})"

    def map(self, node: Map, env: Env) -> str:
        nodes = [part for pair in node.pairs for part in (pair.key, pair.value)]
        if node.argument is None:
            for pair in node.pairs:
                if pair.exact:
                    raise CompileError(Atom("illegal_map_construction"), pair.key.line, pair.key.column)
            texts = self.values(nodes, env, *self.map_frames(node, frames.MAP), blame_later=True)
            pairs = [f"({key}, {value})" for key, value in zip(texts[::2], texts[1::2], strict=True)]
            return self.out.named(f"make_map({', '.join(pairs)})")
        where = (frames.MAP_ARGUMENT, *self.map_frames(node, frames.MAP_UPDATE))
        argument, *texts = self.values([node.argument, *nodes], env, *where)
        changes = [
            f", ({key}, {value}, {pair.exact})"
            for key, value, pair in zip(texts[::2], texts[1::2], node.pairs, strict=True)
        ]
        name = self.out.temp()
        self.out.line(f"{name} = update({argument}{''.join(changes)})", self.site(node, None, frames.BAD_MAP))
        return name

    @staticmethod
    def map_frames(node: Map, around: frames.Frame) -> list[Path]:
        """The evaluator's frames for the keys and values of a map."""
        where: list[Path] = []
        for pair in node.pairs:
            where += [(frames.MAP_KEY, around), (frames.MAP_EXACT_VALUE if pair.exact else frames.MAP_VALUE, around)]
        return where

    def record(self, node: Record, _env: Env) -> str:
        raise CompileError((Atom("undefined_record"), node.name), node.line, node.column)

    def remote(self, node: Remote, _env: Env) -> str:
        raise CompileError(Atom("illegal_expr"), node.line, node.column)

    def fun_reference(self, node: FunReference, env: Env) -> str:
        if node.module is None:
            return self.undefined_local(node, constant_value(node.name).name, constant_value(node.arity))
        self.form.needs_process = True
        parts = [node.module, node.name, node.arity]
        constants = [constant_value(part) for part in parts]
        if NOT_CONSTANT not in constants:
            return self.form.constant(ExportFun(*constants))
        texts = self.values(parts, env, ())
        name = self.out.temp()
        self.out.line(
            f"{name} = make_export({', '.join(texts)})",
            self.site(node, ("erlang", "make_fun", f"({', '.join(texts)})")),
        )
        return name

    # --- operators ---

    def operation(self, node: Operation, env: Env, *, last: bool = False) -> str:
        operator = node.operator
        left, right = self.values([node.left, node.right], env, frames.LEFT, frames.RIGHT, blame_later=True)
        if operator in COMPARISONS:
            return f"(TRUE if {self.comparison(operator, node, left, right)} else FALSE)"
        name = self.out.temp()
        if operator == "!":
            self.form.needs_process = True
            self.request(name, self.form.native_name("erlang", "!", 2), [left, right], node)
            return name
        function = ARITHMETIC[operator].__name__
        call = f"{function}({left}, {right})"
        if operator in "+-" and type(node.right) is Literal and type(node.right.value) is int and left.isidentifier():
            call = f"{left} {operator} {right} if type({left}) is int else {call}"
        site = self.site(node, ("erlang", operator, f"({left}, {right})"), (frames.APPLY,), last=last)
        self.out.line(f"{name} = {call}", site)
        return name

    def comparison(self, operator: str, node: Operation, left: str, right: str) -> str:
        """A comparison as a Python condition."""
        for constant, one, other in ((node.right, left, right), (node.left, right, left)):
            if type(constant) is not Literal:
                continue
            # Python warns of comparing the identity of numbers.
            if constant.kind == ATOM and operator in ("==", "=:=", "/=", "=/=") and one[0].isalpha():
                return f"{one} {'is not' if operator in ('/=', '=/=') else 'is'} {other}"
            if type(constant.value) is int and one.isidentifier() and operator in PLAIN_COMPARISONS:
                general = COMPARISONS[operator].format(left, right)
                return f"({left} {PLAIN_COMPARISONS[operator]} {right} if type({one}) is int else {general})"
        return COMPARISONS[operator].format(left, right)

    def unary(self, node: Unary, env: Env) -> str:
        constant = constant_value(node)
        if constant is not NOT_CONSTANT:
            return self.form.constant(constant)
        with self.inside(frames.OPERAND):
            operand = self.value(node.operand, env)
        name = self.out.temp()
        function = UNARY[node.operator].__name__
        self.out.line(
            f"{name} = {function}({operand})",
            self.site(node, ("erlang", node.operator, f"({operand},)"), (frames.APPLY,)),
        )
        return name

    def any_operation(self, node: Operation, env: Env, destination: str) -> None:
        """An operation; ``andalso`` and ``orelse`` evaluate their right side last, if at all."""
        if node.operator not in ("andalso", "orelse"):
            self.out.put(destination, self.operation(node, env, last=destination == RETURN))
            return
        out = self.out
        on_left, on_right = frames.SIDES[node.operator]
        with self.inside(on_left):
            left = out.named(self.value(node.left, env))
        go_on, stop = ("TRUE", "FALSE") if node.operator == "andalso" else ("FALSE", "TRUE")
        branch = env.branch()
        out.line(f"if {left} is {go_on}:")
        with out.block(), self.inside(on_right):
            self.into(node.right, branch, destination)
        out.line(f"elif {left} is {stop}:")
        with out.block():
            out.put(destination, stop)
        out.line("else:")
        with out.block():
            out.line(f"raise failure('badarg', {left})", self.site(node, None, frames.NO_BOOLEAN[node.operator]))
        env.merge_unsafe(branch, node.operator, node.line, left=False)

    # --- binaries ---

    def binary(self, node: Binary, env: Env) -> str:
        constant = constant_value(node)
        if constant is not NOT_CONSTANT:
            return self.form.constant(constant)
        return self.constructed(node, env)

    def constructed(self, node: Binary, env: Env) -> str:
        nodes: list[Node] = []
        where: list[Path] = []
        for segment in node.segments:
            nodes += [segment.value] if segment.size is None else [segment.value, segment.size]
            where += [frames.BIT_VALUE] if segment.size is None else [frames.BIT_VALUE, frames.BIT_SIZE]
        texts = iter(self.values(nodes, env, *where, blame_later=True))
        parts: list[str] = []
        for segment in node.segments:
            spec = self.form.value_name(self.spec(segment), "spec")
            value = next(texts)
            size = "None" if segment.size is None else next(texts)
            if type(segment.value) is Literal and segment.value.kind == STRING:
                parts += [f"({number}, {size}, {spec})" for number in segment.value.value]
            else:
                parts.append(f"({value}, {size}, {spec})")
        name = self.out.temp()
        self.out.line(f"{name} = build({', '.join(parts)})", self.site(node, None, frames.BAD_SEGMENT))
        return name

    def spec(self, segment: Segment) -> Spec:
        """The type of a segment."""
        try:
            return make_spec(segment.types, sized=segment.size is not None)
        except BadSegment as error:
            raise CompileError(error.reason, segment.line, segment.column) from None

    # --- matching ---

    def match(self, node: Match, env: Env, destination: str) -> None:
        """``Pattern = Value``."""
        branch = env.branch()
        with self.inside(frames.MATCHED):
            text = self.value(node.value, branch)
        out = self.out
        if type(node.pattern) is Var and node.pattern.name != "_" and self.is_free(node.pattern, env):
            name = out.bind(node.pattern.name, env)
            out.line(f"{name} = {text}")
        else:
            name = out.named(text)
            tests: list[str] = []
            Patterns(self, env).test(node.pattern, name, tests)
            if tests:
                out.line(f"if not ({' and '.join(tests)}):")
                with out.block():
                    out.line(f"raise failure('badmatch', {name})", self.site(node, None, frames.BADMATCH))
        for variable, python in branch.variables.items():
            env.variables.setdefault(variable, python)
        for variable, why in branch.unsafe.items():
            if variable not in env.variables:
                env.unsafe.setdefault(variable, why)
        env.left |= branch.left
        if destination:
            out.put(destination, name)

    def match_value(self, node: Match, env: Env) -> str:
        if type(node.pattern) is Var and node.pattern.name != "_" and self.is_free(node.pattern, env):
            self.match(node, env, "")
            return env.variables[node.pattern.name]
        name = self.out.temp()
        self.match(node, env, name)
        return name

    def is_free(self, node: Var, env: Env) -> bool:
        """Whether a variable in a pattern is unbound. Raises ``CompileError`` if it is unsafe."""
        if self.out.find(node.name, env) is not None:
            return False
        why = self.out.unsafe(node.name, env)
        if why is not None:
            raise CompileError((Atom("unsafe_var"), Atom(node.name), why), node.line, node.column)
        return True

    def clauses(
        self, node: Node, subjects: list[str], clauses: list[Clause], env: Env, destination: str, otherwise: Otherwise
    ) -> None:
        """The first clause that matches is evaluated; if there is none, something is raised."""
        branches = [(self.condition(subjects, clause, env), clause.body) for clause in clauses]
        self.choose(node, branches, env, destination, otherwise)

    def condition(
        self, subjects: list[str], clause: Clause, env: Env, shadowed: set[str] | None = None
    ) -> tuple[str, Env]:
        """A clause's patterns and guard as a Python condition, and what is bound where it holds."""
        branch = env.branch()
        tests: list[str] = []
        patterns = Patterns(self, branch, shadowed)
        for pattern, subject in zip(clause.patterns, subjects, strict=True):
            patterns.test(pattern, subject, tests)
        if clause.guard:
            tests.append(Guards(self, branch).guard(clause.guard))
        return " and ".join(tests), branch

    def choose(
        self,
        node: Node,
        branches: list[tuple[tuple[str, Env], list[Node]]],
        env: Env,
        destination: str,
        otherwise: Otherwise,
    ) -> None:
        """A chain of ``if``."""
        out = self.out
        word = "if"
        for (condition, branch), body in branches:
            out.line(f"{word} {condition or 'True'}:")
            with out.block():
                self.body(body, branch, destination)
            word = "elif"
        statement, site = otherwise
        if branches[-1][0][0] or site is None:
            out.line("else:")
            with out.block():
                out.line(statement, site)
        env.merge([branch for (_, branch), _ in branches], _KEYWORDS[type(node)], node.line)

    # --- control ---

    def block(self, node: Block, env: Env, destination: str) -> None:
        self.body(node.body, env, destination)

    def case(self, node: Case, env: Env, destination: str) -> None:
        with self.inside(frames.SUBJECT):
            subject = self.out.named(self.value(node.subject, env))
        otherwise = f"raise failure('case_clause', {subject})", self.site(node, None, frames.CASE_CLAUSE)
        self.clauses(node, [subject], node.clauses, env, destination, otherwise)

    def conditional(self, node: If, env: Env, destination: str) -> None:
        statement = f"raise Raised({self.form.constant(Atom('if_clause'))})"
        self.clauses(node, [], node.clauses, env, destination, (statement, self.site(node, None, frames.IF_CLAUSE)))

    def catch(self, node: Catch, env: Env, destination: str) -> None:
        out = self.out
        name = out.temp() if destination == RETURN else destination
        error = out.temp()
        branch = env.branch()
        out.line("try:")
        with out.block(), self.inside(frames.CAUGHT):
            self.into(node.body, branch, name)
        out.line(f"except RAISED as {error}:")
        with out.block():
            out.line(f"{error} = note({error})")
            self.forget(branch, env)
            self.request(name, "STACK", [error], node)
            out.line(f"{name} = caught({error}, {name})")
        env.merge_unsafe(branch, "catch", node.line)
        if destination == RETURN:
            out.put(RETURN, name)

    def forget(self, branch: Env, env: Env) -> None:
        """An exception loses what *branch* has bound: no later form must see it."""
        names = [branch.variables[name] for name in branch.new_since(env)] if self.out.outer is None else []
        if names:
            self.out.line(f"{' = '.join(names)} = None")

    def attempt(self, node: Try, env: Env, destination: str) -> None:
        if not node.after:
            self.guarded(node, env, destination)
            return
        out = self.out
        name, failed, error = out.temp(), out.temp(), out.temp()
        out.line(f"{failed} = None")
        out.line("try:")
        with out.block():
            self.guarded(node, env, name)
        out.line(f"except RAISED as {error}:")
        with out.block():
            out.line(f"{error} = note({error})")
            out.line(f"{failed} = {error}")
        branch = env.branch()
        with self.inside(frames.AFTER):
            self.body(node.after, branch, out.temp())
        env.merge_unsafe(branch, "try", node.line, left=False)
        out.line(f"if {failed} is not None:")
        with out.block():
            out.line(f"raise {failed}")
        out.put(destination, name)

    def guarded(self, node: Try, env: Env, destination: str) -> None:
        """A ``try`` without its ``after``."""
        out = self.out
        name = out.temp()
        branch = env.branch()
        if not node.handlers:
            with self.inside(frames.TRIED):
                self.body(node.body, branch, name)
            self.of_clauses(node, name, branch, destination)
            env.merge_unsafe(branch, "try", node.line)
            return
        error = out.temp()
        out.line("try:")
        with out.block(), self.inside(frames.TRIED):
            self.body(node.body, branch, name)
        unsafe = env.branch()
        unsafe.merge_unsafe(branch, "try", node.line)
        out.line(f"except RAISED as {error}:")
        with out.block(), self.inside(frames.HANDLER):
            self.forget(branch, env)
            self.handlers(node, error, unsafe, destination)
        out.line("else:")
        with out.block():
            self.of_clauses(node, name, branch, destination)
        env.merge_unsafe(branch, "try", node.line)
        env.merge_unsafe(unsafe, "try", node.line)

    def of_clauses(self, node: Try, name: str, env: Env, destination: str) -> None:
        if node.clauses:
            otherwise = f"raise failure('try_clause', {name})", self.site(node, None, frames.TRY_CLAUSE)
            with self.inside(frames.TRIED_CLAUSE):
                self.clauses(node, [name], node.clauses, env, destination, otherwise)
        else:
            self.out.put(destination, name)

    def handlers(self, node: Try, error: str, env: Env, destination: str) -> None:
        out = self.out
        out.line(f"{error} = note({error})")
        kind, reason, stack = out.temp(), out.temp(), out.temp()
        out.line(f"{kind} = raised_class({error})")
        out.line(f"{reason} = {error}.reason")
        if any(handler.stack is not None for handler in node.handlers):
            self.request(stack, "STACK", [error], node)
        branches = [(self.handler(handler, kind, reason, stack, env), handler.body) for handler in node.handlers]
        self.choose(node, branches, env.branch(), destination, ("raise", None))
        for (_, branch), _ in branches:
            env.merge_unsafe(branch, "try", node.line)

    def handler(self, handler: Handler, kind: str, reason: str, stack: str, env: Env) -> tuple[str, Env]:
        branch = env.branch()
        tests: list[str] = []
        patterns = Patterns(self, branch)
        patterns.test(Literal(0, 0, ATOM, Atom("throw")) if handler.kind is None else handler.kind, kind, tests)
        patterns.test(handler.pattern, reason, tests)
        if handler.guard:
            if handler.stack is not None and handler.stack.name in _mentioned(handler.guard):
                reason_term = (Atom("stacktrace_guard"), Atom(handler.stack.name))
                raise CompileError(reason_term, handler.line, handler.column)
            tests.append(Guards(self, branch).guard(handler.guard))
        if handler.stack is not None:
            if not self.is_free(handler.stack, branch):
                reason_term = (Atom("stacktrace_bound"), Atom(handler.stack.name))
                raise CompileError(reason_term, handler.line, handler.column)
            tests.append(f"({self.out.bind(handler.stack.name, branch)} := {stack}) is not None")
        return " and ".join(tests), branch

    # --- receive ---

    def receive(self, node: Receive, env: Env, destination: str) -> None:
        out = self.out
        self.form.needs_process = True
        with self.inside(frames.TIMEOUT):
            timeout = "None" if node.timeout is None else self.value(node.timeout, env)
        matcher, branches = self.matcher(node, env)
        message = out.temp()
        self.request(message, "RECEIVE", [matcher, timeout], node)
        word = "if"
        envs: list[Env] = []
        for number, (clause, branch, names) in enumerate(branches):
            out.line(f"{word} {message}[0] == {number}:")
            with out.block():
                for place, name in enumerate(names, 1):
                    out.line(f"{out.bind(name, branch)} = {message}[{place}]")
                self.body(clause.body, branch, destination)
            envs.append(branch)
            word = "elif"
        if node.timeout is not None:
            branch = env.branch()
            out.line("else:" if branches else "if True:")
            with out.block():
                self.body(node.after, branch, destination)
            envs.append(branch)
        env.merge(envs, "receive", node.line)

    def matcher(self, node: Receive, env: Env) -> tuple[str, list[tuple[Clause, Env, list[str]]]]:
        """A function that says which clause takes a message, and with which values of its new variables."""
        if not node.clauses:
            return "None", []
        inner = Body(self.form, self.out, env, statements=False)
        inner.depth = 2
        writer = Expressions(inner)
        branches: list[tuple[Clause, Env, list[str]]] = []
        chain: list[str] = []
        for number, clause in enumerate(node.clauses):
            condition, branch = writer.condition(["message"], clause, Env())
            names = list(branch.variables)
            values = "".join(f"{python}, " for python in branch.variables.values())
            chain += [f"if {condition or 'True'}:", f" return ({number}, {values})"]
            branches.append((clause, env.branch(), names))
        for text in chain:
            inner.line(text)
        inner.depth = 1
        inner.line("return match")
        inner.lines.insert(0, (" def match(message):", None))
        name = self.form.function_name("receive")
        self.form.define(name, inner.parameters, inner)
        return f"{name}{inner.captured}", branches

    # --- calls ---

    def request(self, name: str, callee: str, arguments: list[str], node: Node) -> None:
        """Yield a call to the machine; *name* gets the value."""
        self.out.yields = True
        self.out.line(f"{name} = yield {callee}, ({''.join(f'{text}, ' for text in arguments)})", self.site(node))

    def tail_request(self, callee: str, arguments: list[str], node: Node) -> None:
        """Have the machine call something in the place of this function."""
        self.out.tail_calls = True
        self.out.line(f"return Tail({callee}, ({''.join(f'{text}, ' for text in arguments)}))", self.site(node))

    def call(self, node: Call, env: Env, destination: str) -> None:
        function = node.function
        if type(function) is Literal and function.kind == ATOM:
            self.local_call(node, function.value.name, env, destination)
            return
        if type(function) is Remote:
            module, name = function.module, function.name
            if type(module) is Literal and type(name) is Literal and module.kind == name.kind == ATOM:
                self.remote_call(node, module.value.name, name.value.name, env, destination)
                return
            self.form.needs_process = True
            where = [frames.CALLED_MODULE, frames.CALLED_NAME, *[frames.REMOTE_ARGUMENT] * len(node.arguments)]
            texts = self.values([module, name, *node.arguments], env, *where)
            arguments = f"[{', '.join(texts[2:])}]"
            if constant_value(name) is NOT_CONSTANT or type(constant_value(name)) is not Atom:
                called = ("erl_internal", "bif", f"({texts[0]}, {texts[1]}, {len(node.arguments)})")
                self.out.line(f"if type({texts[1]}) is not Atom and type({texts[0]}) is Atom:")
                with self.out.block():
                    self.out.line("raise function_clause()", self.site(node, called, frames.CALLED_NO_NAME))
            self.dispatch(self.form.native_name("erlang", "apply", 3), [*texts[:2], arguments], node, destination)
            return
        where = [frames.CALLED_FUN, *[frames.FUN_ARGUMENT] * len(node.arguments)]
        callee, *arguments_ = self.values([function, *node.arguments], env, *where)
        loop = self.out.loop
        if destination == RETURN and loop is not None and callee == loop[0] and len(loop[1]) == len(arguments_):
            self.go_round(loop[1], arguments_)
        else:
            self.dispatch(callee, arguments_, node, destination)

    def go_round(self, parameters: list[str], arguments: list[str]) -> None:
        """A named fun calls itself last: go round, and let the machine count now and then."""
        out = self.out
        if parameters:
            out.line(f"{', '.join(parameters)} = {', '.join(arguments)}")
        out.line("rounds += 1")
        out.line(f"if rounds == {_TICKS}:")
        with out.block():
            out.line("rounds = 0")
            out.line("yield TICK, ()")
        out.line("continue")
        out.yields = True

    def dispatch(self, callee: str, arguments: list[str], node: Node, destination: str) -> None:
        """Call through the machine."""
        if destination == RETURN:
            self.tail_request(callee, arguments, node)
        else:
            self.request(destination, callee, arguments, node)

    def local_call(self, node: Call, name: str, env: Env, destination: str) -> None:
        """A call without a module: an auto-imported BIF, or one of the shell's own functions."""
        arity = len(node.arguments)
        native = self.form.local_functions(name, arity)
        if native is not None:
            arguments = self.values(node.arguments, env, frames.LOCAL_ARGUMENT)
            self.form.needs_process |= native.needs_process
            self.dispatch(self.form.value_name(native, "native"), arguments, node, destination)
        elif auto_imported(name, arity):
            self.remote_call(node, "erlang", name, env, destination, frames.LOCAL_ARGUMENT)
        else:
            # As erl: the arguments are not evaluated, but their variables have to be bound.
            Expressions(Body(self.form, self.out, env)).values(node.arguments, Env(), ())
            self.out.put(destination, self.undefined_local(node, name, arity))

    def undefined_local(self, node: Node, name: str, arity: int) -> str:
        site = self.site(node, ("erl_eval", name, arity), frames.UNDEFINED_LOCAL)
        self.out.line("raise Raised(UNDEF)", site)
        return "NIL"

    def remote_call(
        self,
        node: Call,
        module: str,
        name: str,
        env: Env,
        destination: str,
        where: Path = frames.REMOTE_ARGUMENT,
    ) -> None:
        """A call of a function that is known by name."""
        out = self.out
        if module == "erlang":
            refuse_record_test(name, node.arguments)
        if module == "erlang" and name in TYPE_TESTS and len(node.arguments) == 1:
            (operand,) = self.values(node.arguments, env, where)
            operand = out.named(operand)
            out.put(destination, f"(TRUE if {TYPE_TESTS[name].format(operand)} else FALSE)")
            return
        native = find_native(module, name, len(node.arguments))
        arguments = self.values(node.arguments, env, where)
        call = (module, name, f"({''.join(f'{text}, ' for text in arguments)})")
        last = destination == RETURN
        if native is None:
            out.line("raise Raised(UNDEF)", self.site(node, call, (frames.APPLY,), last=last))
            return
        self.form.needs_process |= native.needs_process
        callee = self.form.native_name(module, name, len(arguments))
        if native.kind != PLAIN:
            self.dispatch(callee, arguments, node, destination)
            return
        value = out.temp() if last else destination
        site = self.site(node, call, (frames.APPLY,), last=last)
        out.line(f"{value} = {callee}_f({', '.join(arguments)})", site)
        if last:
            out.put(RETURN, value)

    # --- funs ---

    def fun(self, node: Fun, env: Env) -> str:
        if node.arity > MAX_FUN_ARITY:
            raise CompileError((Atom("argument_limit"), node.arity), node.line, node.column)
        code, constant, name = self.form.code(node)
        inner = Body(self.form, self.out, env)
        parameters = [f"a{number}" for number in range(node.arity)]
        inside = Env()
        if node.name is not None and node.name != "_":
            inside.variables[node.name] = "me"
            inner.loop = ("me", parameters)
            inner.line("rounds = 0")
            inner.line("while True:")
            inner.depth += 1
        Expressions(inner).fun_clauses(node, parameters, inside)
        code.yields = inner.yields
        code.runs_alone = not inner.yields and not inner.tail_calls
        self.form.define(name, ["me", *inner.parameters, *parameters], inner)
        return f"ErlFun({constant}, {inner.captured})"

    def fun_clauses(self, node: Fun, parameters: list[str], env: Env) -> None:
        branches = [
            (self.condition(parameters, clause, env.inner(), variables_of(clause.patterns)), clause.body)
            for clause in node.clauses
        ]
        call = ("erl_eval", "-inside-an-interpreted-fun-", f"({''.join(f'{name}, ' for name in parameters)})")
        leaf = frames.FUN_CLAUSE if node.name is None else frames.NAMED_FUN_CLAUSE
        self.choose(node, branches, env.branch(), RETURN, ("raise function_clause()", self.site(node, call, leaf)))

    # --- comprehensions ---

    def comprehension(self, node: Comprehension, env: Env) -> str:
        name = self.out.temp()
        self.out.line(f"{name} = []")
        with self.inside((frames.COMPREHENSION[node.binary],)):
            self.qualifiers(node, node.qualifiers, env.inner(), name)
        if node.binary:
            self.out.line(f"{name} = join({name})")
        return name

    def qualifiers(self, node: Comprehension, qualifiers: list[Node], env: Env, name: str) -> None:
        """Write the loops and tests, and in the middle of them the element."""
        out = self.out
        if not qualifiers:
            with self.inside((frames.ELEMENT[node.binary],)):
                element = self.value(node.element, env)
            if node.binary:
                out.line(f"{name}.append(one_part({element}))", self.site(node, None, frames.BAD_ELEMENT))
            else:
                out.line(f"{name}.append({element})")
            return
        first, *others = qualifiers
        if type(first) is not Generator:
            self.filter(first, env)
            with out.block():
                self.qualifiers(node, others, env, name)
        elif first.binary:
            self.bit_generator(node, first, others, env, name)
        else:
            self.generator(node, first, others, env, name)

    def generator(self, node: Comprehension, first: Generator, others: list[Node], env: Env, name: str) -> None:
        out = self.out
        with self.inside((frames.SOURCE[node.binary],)):
            source = self.value(first.source, env.branch())
        element, elements = out.temp(), out.temp()
        site = self.site(first, None, frames.BAD_GENERATOR)
        out.line(f"{elements} = items({source})", site)
        out.line(f"for {element} in {elements}:", site)
        with out.block(), self.inside(self.loop(frames.LOOP)):
            inner = env.inner()
            tests: list[str] = []
            Patterns(self, inner, variables_of(first.pattern)).test(first.pattern, element, tests)
            out.line(f"if {' and '.join(tests) or 'True'}:")
            with out.block():
                self.qualifiers(node, others, inner, name)

    def bit_generator(self, node: Comprehension, first: Generator, others: list[Node], env: Env, name: str) -> None:
        out = self.out
        if type(first.pattern) is not Binary:
            raise CompileError(Atom("illegal_pattern"), first.line, first.column)
        with self.inside((frames.BIT_SOURCE[node.binary],)):
            source = out.named(self.value(first.source, env.branch()))
        cursor = out.temp()
        out.line(f"{cursor} = reader({source})")
        out.line(f"if {cursor} is None:")
        with out.block():
            out.line(f"raise failure('bad_generator', {source})", self.site(first, None, frames.BAD_BIT_GENERATOR))
        out.line("while True:")
        with out.block(), self.inside(self.loop(frames.BIT_LOOP)):
            inner = env.inner()
            reads: list[str] = []
            tests: list[str] = []
            Patterns(self, inner, variables_of(first.pattern)).segments(first.pattern, cursor, reads, tests)
            if not reads:
                reads.append("False")
            out.line(f"if not ({' and '.join(reads)}):")
            with out.block():
                out.line("break")
            out.line(f"if {' and '.join(tests) or 'True'}:")
            with out.block():
                self.qualifiers(node, others, inner, name)

    def loop(self, frame: frames.Frame) -> Path:
        """The evaluator's frame for a generator; for one inside another of its kind, there is none."""
        return () if self._path[:1] == (frame,) else (frame,)

    def filter(self, node: Node, env: Env) -> None:
        """The head of an ``if`` that lets an element pass."""
        guards = Guards(self, env)
        if guards.allowed(node):
            self.out.line(f"if {guards.guard([[node]])}:")
            return
        with self.inside((frames.FILTER,)):
            value = self.out.named(self.value(node, env))
        self.out.line(f"if {value} is not TRUE and {value} is not FALSE:")
        with self.out.block():
            self.out.line(f"raise failure('bad_filter', {value})", self.site(node, None, frames.BAD_FILTER))
        self.out.line(f"if {value} is TRUE:")


def _mentioned(node: Any) -> set[str]:
    """The names of all variables in a guard."""
    if isinstance(node, list | tuple):
        return {name for part in node for name in _mentioned(part)}
    if type(node) is Var:
        return {node.name}
    if isinstance(node, Operation):
        return _mentioned([node.left, node.right])
    if isinstance(node, Unary):
        return _mentioned(node.operand)
    if isinstance(node, Call):
        return _mentioned(node.arguments)
    if isinstance(node, Tuple | List):
        return _mentioned(node.elements)
    return set()


_KEYWORDS: Final = {Case: "case", If: "if", Try: "try", Fun: "fun"}

_VALUES: Final[dict[type[Node], Callable[[Expressions, Any, Env], str]]] = {
    Literal: Expressions.literal,
    Var: Expressions.variable,
    Tuple: Expressions.tuple_,
    List: Expressions.list_,
    Map: Expressions.map,
    Record: Expressions.record,
    Remote: Expressions.remote,
    Unary: Expressions.unary,
    Binary: Expressions.binary,
    Fun: Expressions.fun,
    FunReference: Expressions.fun_reference,
    Comprehension: Expressions.comprehension,
    Match: Expressions.match_value,
}
_STATEMENTS: Final[dict[type[Node], Callable[[Expressions, Any, Env, str], None]]] = {
    Operation: Expressions.any_operation,
    Block: Expressions.block,
    Case: Expressions.case,
    If: Expressions.conditional,
    Catch: Expressions.catch,
    Try: Expressions.attempt,
    Receive: Expressions.receive,
    Call: Expressions.call,
}
