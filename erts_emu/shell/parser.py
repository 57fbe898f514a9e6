"""A form's tokens as a syntax tree (OTP: ``erl_parse``): an operator-precedence parser, written by hand.

An error is found at the same token at which OTP's generated parser finds it: the first one with which the text
cannot go on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn, TypeVar, final

from erts_emu.shell.syntax import (
    OPERATORS,
    UNARY,
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
from erts_emu.shell.tokens import ATOM, CHAR, DOT, END_OF_FILE, FLOAT, INTEGER, STRING, VAR, Token

T = TypeVar("T")

_LITERALS: Final = frozenset((ATOM, INTEGER, FLOAT, CHAR))
_BEFORE: Final = "syntax error before: "


class ParseError(ValueError):
    """The tokens are no expressions. ``reason`` is what ``erl_parse`` has as description: parts of a text."""

    def __init__(self, token: Token, reason: list[str] | str) -> None:
        super().__init__("".join(reason))
        self.reason = reason
        self.line = token.line
        self.column = token.column


def token_text(token: Token) -> str:
    """How error messages call a token."""
    from erts_emu.terms import format_w
    from erts_emu.terms.atoms import Atom
    from erts_emu.terms.spelling import atom_text, string_text

    if token.kind == END_OF_FILE:
        return ""
    if token.kind == VAR:
        return str(token.value)
    if token.kind == ATOM:
        return atom_text(token.value)
    if token.kind == STRING:
        return string_text("".join(map(chr, token.value)))
    if token.kind == CHAR:
        return f"${chr(token.value)}"
    if token.kind in (INTEGER, FLOAT):
        return format_w(token.value)
    return atom_text(Atom("." if token.kind == DOT else token.kind))


@final
class Parser:
    """Parses the tokens of one form. The last token is a dot, or says that the text ended before one."""

    __slots__ = ("_at", "_in_handler", "_tokens", "kind", "token")

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._in_handler = False
        self.token = tokens[0]
        self.kind = self.token.kind

    def form(self) -> list[Node]:
        """The expressions of the form. Raises ``ParseError``."""
        body = self.body()
        if self.kind != DOT:
            self.fail()
        return body

    # --- tokens ---

    def advance(self) -> Token:
        """Go on to the next token; return the current one."""
        token = self.token
        self._at += 1
        if self._at < len(self._tokens):
            self.token = self._tokens[self._at]
            self.kind = self.token.kind
        return token

    def peek(self) -> str:
        """The kind of the token after the current one."""
        following = self._at + 1
        return self._tokens[following].kind if following < len(self._tokens) else END_OF_FILE

    def fail(self) -> NoReturn:
        """The current token cannot stand here."""
        raise ParseError(self.token, [_BEFORE, token_text(self.token)])

    def expect(self, kind: str) -> Token:
        """Take a token of this kind."""
        if self.kind != kind:
            self.fail()
        return self.advance()

    def took(self, kind: str) -> bool:
        """Take a token if it is of this kind, and say whether it was."""
        if self.kind == kind:
            self.advance()
            return True
        return False

    def separated(self, parse: Callable[[], T], separator: str = ",") -> list[T]:
        """One or more of something."""
        found = [parse()]
        while self.took(separator):
            found.append(parse())
        return found

    # --- expressions ---

    def body(self) -> list[Node]:
        """Expressions separated by commas."""
        return self.separated(self.expression)

    def expression(self, minimum: int = 0) -> Node:
        """An expression whose operators bind at least as strongly as *minimum*."""
        left = self.operand()
        compared = False
        while True:
            operator = OPERATORS.get(self.kind)
            if operator is None or operator[0] < minimum:
                return left
            strength, among_equals = operator
            if among_equals == "none":
                if compared:
                    self.fail()
                compared = True
            token = self.advance()
            right = self.expression(strength if among_equals == "right" else strength + 1)
            if token.kind == "=":
                left = Match(token.line, token.column, left, right)
            else:
                left = Operation(token.line, token.column, token.kind, left, right)

    def operand(self) -> Node:
        """What stands on one side of a binary operator."""
        kind = self.kind
        if kind in UNARY:
            token = self.advance()
            return Unary(token.line, token.column, kind, self.expression(UNARY_STRENGTH))
        if kind == "catch":
            token = self.advance()
            return Catch(token.line, token.column, self.expression())
        return self.called()

    def called(self) -> Node:
        """A primary expression, perhaps with ``:name``, arguments, or map updates."""
        if self.kind == "#":
            node = self.map_or_record(None)
        else:
            node = self.primary()
            if self.kind == ":":
                self.advance()
                if self._in_handler and self.kind != VAR:
                    self.fail()  # a stack trace is a variable
                node = Remote(node.line, node.column, node, self.primary())
            if self.kind == "(":
                return Call(node.line, node.column, node, self.arguments())
            if type(node) is Remote:
                return node
        while self.kind == "#":
            node = self.map_or_record(node)
        return node

    def arguments(self) -> list[Node]:
        """``(A, B)``."""
        return self.enclosed("(", self.expression, ")")

    def enclosed(self, start: str, parse: Callable[[], T], end: str) -> list[T]:
        """None or more of something, between brackets."""
        self.expect(start)
        if self.took(end):
            return []
        found = self.separated(parse)
        self.expect(end)
        return found

    def primary(self) -> Node:
        """An expression that needs no parentheses anywhere."""
        token = self.token
        kind = token.kind
        if kind in _LITERALS:
            self.advance()
            return Literal(token.line, token.column, kind, token.value)
        if kind == VAR:
            self.advance()
            return Var(token.line, token.column, token.value)
        if kind == STRING:
            return self.string()
        special = _PRIMARIES.get(kind)
        if special is None:
            self.fail()
        return special(self)

    def string(self) -> Node:
        """Strings that stand side by side are one."""
        token = self.token
        value: list[Any] = []
        while self.kind == STRING:
            value += self.advance().value
        return Literal(token.line, token.column, STRING, value)

    def parenthesized(self) -> Node:
        """``(A)``."""
        self.advance()
        node = self.expression()
        self.expect(")")
        return node

    def tuple_(self) -> Node:
        """``{A, B}``."""
        token = self.token
        return Tuple(token.line, token.column, self.enclosed("{", self.expression, "}"))

    def list_(self) -> Node:
        """``[A, B | C]`` or ``[A || …]``."""
        token = self.advance()
        if self.took("]"):
            return List(token.line, token.column, [], None)
        first = self.expression()
        if self.kind == "||":
            qualifiers = self.qualifiers()
            self.expect("]")
            return Comprehension(token.line, token.column, first, qualifiers, False)
        elements = [first]
        while self.took(","):
            elements.append(self.expression())
        tail = self.expression() if self.took("|") else None
        self.expect("]")
        return List(token.line, token.column, elements, tail)

    def qualifiers(self) -> list[Node]:
        """``|| P <- L, Q``."""
        self.expect("||")
        return self.separated(self.qualifier)

    def qualifier(self) -> Node:
        """A generator or a filter."""
        node = self.expression()
        if self.kind == "<-" or (self.kind == "<=" and type(node) in (Binary, Comprehension)):
            token = self.advance()
            return Generator(token.line, token.column, node, self.expression(), token.kind == "<=")
        return node

    def map_or_record(self, argument: Node | None) -> Node:
        """``#{…}`` or ``#name…``, the argument being parsed."""
        token = self.advance()
        if self.kind == "{":
            return Map(token.line, token.column, argument, self.enclosed("{", self.pair, "}"))
        name = self.expect(ATOM).value
        if self.kind == ".":
            self.advance()
            self.expect(ATOM)
        else:
            self.enclosed("{", self.expression, "}")
        return Record(token.line, token.column, name)

    def pair(self) -> Pair:
        """``K => V`` or ``K := V``."""
        key = self.expression()
        if self.kind not in ("=>", ":="):
            self.fail()
        exact = self.advance().kind == ":="
        return Pair(key, self.expression(), exact)

    # --- binaries ---

    def binary(self) -> Node:
        """``<<A, B>>`` or ``<<A || …>>``."""
        token = self.advance()
        if self.took(">>"):
            return Binary(token.line, token.column, [])
        first = self.segment()
        if self.kind == "||" and first.size is None and not first.types:
            qualifiers = self.qualifiers()
            self.expect(">>")
            return Comprehension(token.line, token.column, first.value, qualifiers, True)
        segments = [first]
        while self.took(","):
            segments.append(self.segment())
        self.expect(">>")
        return Binary(token.line, token.column, segments)

    def segment(self) -> Segment:
        """``V:S/T-T``."""
        token = self.token
        value: Node
        if token.kind in UNARY:
            self.advance()
            value = Unary(token.line, token.column, token.kind, self.primary())
        else:
            value = self.primary()
        size = self.primary() if self.took(":") else None
        types = self.separated(self.segment_type, "-") if self.took("/") else []
        return Segment(value, size, types)

    def segment_type(self) -> tuple[str, int | None]:
        """A type specifier."""
        name: str = self.expect(ATOM).value.name
        return name, self.expect(INTEGER).value if self.took(":") else None

    # --- clauses ---

    def guard(self) -> Guard:
        """``when A, B; C``."""
        return self.separated(self.body, ";") if self.took("when") else []

    def clause_body(self) -> list[Node]:
        """``-> A, B``."""
        self.expect("->")
        return self.body()

    def clause(self) -> Clause:
        """A clause of ``case`` or ``receive``, or after ``of``."""
        pattern = self.expression()
        return Clause(pattern.line, pattern.column, [pattern], self.guard(), self.clause_body())

    def block(self) -> Node:
        """``begin … end``."""
        token = self.advance()
        body = self.body()
        self.expect("end")
        return Block(token.line, token.column, body)

    def case(self) -> Node:
        """``case … of … end``."""
        token = self.advance()
        subject = self.expression()
        self.expect("of")
        clauses = self.separated(self.clause, ";")
        self.expect("end")
        return Case(token.line, token.column, subject, clauses)

    def conditional(self) -> Node:
        """``if … end``."""
        token = self.advance()
        clauses = self.separated(self.conditional_clause, ";")
        self.expect("end")
        return If(token.line, token.column, clauses)

    def conditional_clause(self) -> Clause:
        """A clause of ``if``."""
        token = self.token
        guard = self.separated(self.body, ";")
        return Clause(token.line, token.column, [], guard, self.clause_body())

    def receive(self) -> Node:
        """``receive … end``."""
        token = self.advance()
        clauses = [] if self.kind == "after" else self.separated(self.clause, ";")
        timeout: Node | None = None
        after: list[Node] = []
        if self.took("after"):
            timeout = self.expression()
            after = self.clause_body()
        self.expect("end")
        return Receive(token.line, token.column, clauses, timeout, after)

    def attempt(self) -> Node:
        """``try … end``."""
        token = self.advance()
        body = self.body()
        clauses = self.separated(self.clause, ";") if self.took("of") else []
        if self.kind not in ("catch", "after"):
            self.fail()
        handlers = self.separated(self.handler, ";") if self.took("catch") else []
        after = self.body() if self.took("after") else []
        self.expect("end")
        return Try(token.line, token.column, body, clauses, handlers, after)

    def handler(self) -> Handler:
        """``Class:Pattern:Stack when … -> …``."""
        token = self.token
        kind: Node | None = None
        if token.kind in (ATOM, VAR) and self.peek() == ":":
            kind = self.primary()
            self.advance()
        self._in_handler = True
        pattern = self.expression()
        self._in_handler = False
        stack: Var | None = None
        if isinstance(pattern, Remote) and isinstance(pattern.name, Var):
            stack = pattern.name
            pattern = pattern.module
        return Handler(token.line, token.column, kind, pattern, stack, self.guard(), self.clause_body())

    # --- funs ---

    def fun(self) -> Node:
        """``fun … end`` or ``fun m:f/1``."""
        token = self.advance()
        following = self.peek()
        if self.kind == "(" or (self.kind == VAR and following == "("):
            return self.fun_clauses(token)
        if self.kind == ATOM and following == "/":
            name = self.primary()
            self.advance()
            return FunReference(token.line, token.column, None, name, self.one_of(INTEGER))
        module = self.one_of(ATOM, VAR)
        self.expect(":")
        function = self.one_of(ATOM, VAR)
        self.expect("/")
        return FunReference(token.line, token.column, module, function, self.one_of(INTEGER, VAR))

    def one_of(self, *kinds: str) -> Node:
        """A primary expression of one of these kinds."""
        if self.kind not in kinds:
            self.fail()
        return self.primary()

    def fun_clauses(self, start: Token) -> Node:
        """The clauses of a fun."""
        clauses: list[Clause] = []
        names: list[str | None] = []
        while True:
            head = self.token
            names.append(self.advance().value if self.kind == VAR else None)
            patterns = self.enclosed("(", self.expression, ")")
            clauses.append(Clause(head.line, head.column, patterns, self.guard(), self.clause_body()))
            if not self.took(";"):
                break
        self.expect("end")
        for name, clause in zip(names, clauses, strict=True):
            if name != names[0] or len(clause.patterns) != len(clauses[0].patterns):
                raise ParseError(start, "head mismatch")
        return Fun(start.line, start.column, names[0], clauses)


_PRIMARIES: Final[dict[str, Callable[[Parser], Node]]] = {
    "(": Parser.parenthesized,
    "{": Parser.tuple_,
    "[": Parser.list_,
    "<<": Parser.binary,
    "begin": Parser.block,
    "case": Parser.case,
    "if": Parser.conditional,
    "receive": Parser.receive,
    "try": Parser.attempt,
    "fun": Parser.fun,
}


def parse_form(tokens: list[Token]) -> list[Node]:
    """The expressions of a form. Raises ``ParseError``."""
    return Parser(tokens).form()
