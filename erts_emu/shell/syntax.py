"""The syntax tree of expressions (OTP: the abstract format of ``erl_parse``).

Patterns and guards are expressions, as in Erlang's grammar; the compiler says which expressions may stand there.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias, final

from erts_emu.terms.atoms import Atom


class Node:
    """A piece of syntax, and where it begins."""

    __slots__ = ("column", "line")

    def __init__(self, line: int, column: int) -> None:
        self.line = line
        self.column = column

    def __repr__(self) -> str:
        fields = [
            repr(getattr(self, name))
            for cls in reversed(type(self).__mro__)
            for name in getattr(cls, "__slots__", ())
            if name not in ("column", "line")
        ]
        return f"{type(self).__name__}({', '.join(fields)})"


Guard: TypeAlias = "list[list[Node]]"
"""Alternatives, separated by ``;``, of tests, separated by ``,``. Empty: no guard."""


@final
class Literal(Node):
    """An atom, number, character or string. ``kind`` is the kind of its token; a string's value is a list."""

    __slots__ = ("kind", "value")

    def __init__(self, line: int, column: int, kind: str, value: Any) -> None:
        super().__init__(line, column)
        self.kind = kind
        self.value = value


@final
class Var(Node):
    """A variable; ``_`` too."""

    __slots__ = ("name",)

    def __init__(self, line: int, column: int, name: str) -> None:
        super().__init__(line, column)
        self.name = name


@final
class Tuple(Node):
    """``{A, B}``."""

    __slots__ = ("elements",)

    def __init__(self, line: int, column: int, elements: list[Node]) -> None:
        super().__init__(line, column)
        self.elements = elements


@final
class List(Node):
    """``[A, B | Tail]``; without a tail, ``tail`` is None."""

    __slots__ = ("elements", "tail")

    def __init__(self, line: int, column: int, elements: list[Node], tail: Node | None) -> None:
        super().__init__(line, column)
        self.elements = elements
        self.tail = tail


@final
class Pair:
    """``Key => Value``, or ``Key := Value`` where ``exact``."""

    __slots__ = ("exact", "key", "value")

    def __init__(self, key: Node, value: Node, exact: bool) -> None:
        self.key = key
        self.value = value
        self.exact = exact

    def __repr__(self) -> str:
        return f"{self.key!r} {':=' if self.exact else '=>'} {self.value!r}"


@final
class Map(Node):
    """``#{…}``, or ``Argument#{…}``."""

    __slots__ = ("argument", "pairs")

    def __init__(self, line: int, column: int, argument: Node | None, pairs: list[Pair]) -> None:
        super().__init__(line, column)
        self.argument = argument
        self.pairs = pairs


@final
class Record(Node):
    """Anything with ``#name``: there are no records in the shell."""

    __slots__ = ("name",)

    def __init__(self, line: int, column: int, name: Atom) -> None:
        super().__init__(line, column)
        self.name = name


@final
class Segment(Node):
    """A segment of a binary, ``Value:Size/Types``; a type is a name, or a name and a number (``unit:8``)."""

    __slots__ = ("size", "types", "value")

    def __init__(self, value: Node, size: Node | None, types: list[tuple[str, int | None]]) -> None:
        super().__init__(value.line, value.column)
        self.value = value
        self.size = size
        self.types = types


@final
class Binary(Node):
    """``<<…>>``."""

    __slots__ = ("segments",)

    def __init__(self, line: int, column: int, segments: list[Segment]) -> None:
        super().__init__(line, column)
        self.segments = segments


@final
class Operation(Node):
    """``Left op Right``; ``andalso``, ``orelse`` and ``!`` too."""

    __slots__ = ("left", "operator", "right")

    def __init__(self, line: int, column: int, operator: str, left: Node, right: Node) -> None:
        super().__init__(line, column)
        self.operator = operator
        self.left = left
        self.right = right


@final
class Unary(Node):
    """``op Operand``: ``+``, ``-``, ``bnot``, ``not``."""

    __slots__ = ("operand", "operator")

    def __init__(self, line: int, column: int, operator: str, operand: Node) -> None:
        super().__init__(line, column)
        self.operator = operator
        self.operand = operand


@final
class Match(Node):
    """``Pattern = Value``; inside a pattern, both sides are patterns."""

    __slots__ = ("pattern", "value")

    def __init__(self, line: int, column: int, pattern: Node, value: Node) -> None:
        super().__init__(line, column)
        self.pattern = pattern
        self.value = value


@final
class Remote(Node):
    """``Module:Name``, the function of a call."""

    __slots__ = ("module", "name")

    def __init__(self, line: int, column: int, module: Node, name: Node) -> None:
        super().__init__(line, column)
        self.module = module
        self.name = name


@final
class Call(Node):
    """``Function(Arguments)``."""

    __slots__ = ("arguments", "function")

    def __init__(self, line: int, column: int, function: Node, arguments: list[Node]) -> None:
        super().__init__(line, column)
        self.function = function
        self.arguments = arguments


@final
class Clause(Node):
    """Patterns, a guard, a body: of ``case``, ``fun``, ``if`` (no patterns), ``receive``, ``try``."""

    __slots__ = ("body", "guard", "patterns")

    def __init__(self, line: int, column: int, patterns: list[Node], guard: Guard, body: list[Node]) -> None:
        super().__init__(line, column)
        self.patterns = patterns
        self.guard = guard
        self.body = body


@final
class Handler(Node):
    """A clause after ``catch`` in ``try``: ``Class:Pattern:Stack when Guard -> Body``."""

    __slots__ = ("body", "guard", "kind", "pattern", "stack")

    def __init__(
        self,
        line: int,
        column: int,
        kind: Node | None,
        pattern: Node,
        stack: Var | None,
        guard: Guard,
        body: list[Node],
    ) -> None:
        super().__init__(line, column)
        self.kind = kind
        self.pattern = pattern
        self.stack = stack
        self.guard = guard
        self.body = body


@final
class Fun(Node):
    """``fun (…) -> … end``, with a ``name`` if it is a named one. All clauses have as many patterns."""

    __slots__ = ("clauses", "name")

    def __init__(self, line: int, column: int, name: str | None, clauses: list[Clause]) -> None:
        super().__init__(line, column)
        self.name = name
        self.clauses = clauses

    @property
    def arity(self) -> int:
        """The number of arguments."""
        return len(self.clauses[0].patterns)


@final
class FunReference(Node):
    """``fun Module:Name/Arity``; ``module`` is None for ``fun Name/Arity``."""

    __slots__ = ("arity", "module", "name")

    def __init__(self, line: int, column: int, module: Node | None, name: Node, arity: Node) -> None:
        super().__init__(line, column)
        self.module = module
        self.name = name
        self.arity = arity


@final
class Case(Node):
    """``case Subject of … end``."""

    __slots__ = ("clauses", "subject")

    def __init__(self, line: int, column: int, subject: Node, clauses: list[Clause]) -> None:
        super().__init__(line, column)
        self.subject = subject
        self.clauses = clauses


@final
class If(Node):
    """``if … end``."""

    __slots__ = ("clauses",)

    def __init__(self, line: int, column: int, clauses: list[Clause]) -> None:
        super().__init__(line, column)
        self.clauses = clauses


@final
class Receive(Node):
    """``receive … after Timeout -> … end``."""

    __slots__ = ("after", "clauses", "timeout")

    def __init__(self, line: int, column: int, clauses: list[Clause], timeout: Node | None, after: list[Node]) -> None:
        super().__init__(line, column)
        self.clauses = clauses
        self.timeout = timeout
        self.after = after


@final
class Try(Node):
    """``try Body of Clauses catch Handlers after After end``."""

    __slots__ = ("after", "body", "clauses", "handlers")

    def __init__(
        self,
        line: int,
        column: int,
        body: list[Node],
        clauses: list[Clause],
        handlers: list[Handler],
        after: list[Node],
    ) -> None:
        super().__init__(line, column)
        self.body = body
        self.clauses = clauses
        self.handlers = handlers
        self.after = after


@final
class Catch(Node):
    """``catch Body``."""

    __slots__ = ("body",)

    def __init__(self, line: int, column: int, body: Node) -> None:
        super().__init__(line, column)
        self.body = body


@final
class Block(Node):
    """``begin … end``."""

    __slots__ = ("body",)

    def __init__(self, line: int, column: int, body: list[Node]) -> None:
        super().__init__(line, column)
        self.body = body


@final
class Generator(Node):
    """``Pattern <- Source``, or ``Pattern <= Source`` where ``binary``."""

    __slots__ = ("binary", "pattern", "source")

    def __init__(self, line: int, column: int, pattern: Node, source: Node, binary: bool) -> None:
        super().__init__(line, column)
        self.pattern = pattern
        self.source = source
        self.binary = binary


@final
class Comprehension(Node):
    """``[Element || Qualifiers]``, or ``<<Element || Qualifiers>>`` where ``binary``."""

    __slots__ = ("binary", "element", "qualifiers")

    def __init__(self, line: int, column: int, element: Node, qualifiers: list[Node], binary: bool) -> None:
        super().__init__(line, column)
        self.element = element
        self.qualifiers = qualifiers
        self.binary = binary


OPERATORS: Final = {
    "=": (100, "right"),
    "!": (100, "right"),
    "orelse": (150, "right"),
    "andalso": (160, "right"),
    **dict.fromkeys(("==", "/=", "=<", "<", ">=", ">", "=:=", "=/="), (200, "none")),
    "++": (300, "right"),
    "--": (300, "right"),
    **dict.fromkeys(("+", "-", "bor", "bxor", "bsl", "bsr", "or", "xor"), (400, "left")),
    **dict.fromkeys(("/", "*", "div", "rem", "band", "and"), (500, "left")),
}
"""The binary operators: how strongly they bind, and what they do among their equals."""

UNARY: Final = frozenset(("+", "-", "bnot", "not"))
UNARY_STRENGTH: Final = 600
