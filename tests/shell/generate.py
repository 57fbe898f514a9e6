"""Random forms of the shell's language: most of them mean something, some fail, some are refused."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

ATOMS = ("a", "ok", "error", "true", "false", "'B c'", "undefined")
GUARD_TESTS = ("is_integer", "is_atom", "is_list", "is_tuple", "is_map", "is_binary", "is_float", "is_number")
ONE_ARGUMENT = (
    "abs", "length", "hd", "tl", "tuple_size", "size", "byte_size", "bit_size", "map_size", "round", "trunc",
    "tuple_to_list", "list_to_tuple", "atom_to_list", "integer_to_list", "list_to_binary", "binary_to_list", "float",
    "iolist_size", "is_boolean", "is_bitstring", "is_function",
)  # fmt: skip
LIBRARY = (
    "lists:reverse({})", "lists:sum({})", "lists:sort({})", "lists:last({})", "maps:keys({})", "maps:to_list({})",
    "lists:flatten({})", "lists:usort({})", "lists:nth({}, {})", "lists:member({}, {})", "maps:get({}, {})",
    "maps:put({}, {}, {})", "lists:append({}, {})", "lists:duplicate(3, {})", "nosuch:f({})", "lists:nosuch({})",
)  # fmt: skip
ARITHMETIC = ("+", "-", "*", "div", "rem", "band", "bor", "bxor", "/", "bsr")
COMPARISONS = ("==", "/=", "=<", "<", ">=", ">", "=:=", "=/=")


class Forms:
    """Makes forms; the same from the same seed."""

    def __init__(self, seed: object) -> None:
        self._random = random.Random(str(seed))
        self._bound: list[str] = []
        self._count = 0

    def form(self) -> str:
        """A form: one to three expressions."""
        self._bound, self._count = [], 0
        return ", ".join(self.expression(4) for _ in range(self._random.choice((1, 1, 2, 3)))) + "."

    # --- variables ---

    def _new(self) -> str:
        self._count += 1
        return f"V{self._count}"

    def _scoped(self, write: Callable[[], str]) -> str:
        """What is bound inside is not used outside."""
        before = list(self._bound)
        text = write()
        self._bound = before
        return text

    def _variable(self) -> str:
        if self._bound and self._random.random() < 0.98:
            return self._random.choice(self._bound)
        return self._random.choice(("1", "[]", "{a}")) if self._random.random() < 0.95 else "Unbound"

    # --- expressions ---

    def expression(self, depth: int) -> str:
        """Any expression."""
        if depth <= 0:
            return self._leaf()
        return self._random.choice(_KINDS)(self, depth - 1)

    def _several(self, depth: int, most: int = 3) -> str:
        # Side by side, none sees what the others bind.
        count = self._random.randrange(most + 1)
        return ", ".join(self._scoped(lambda: self.expression(depth)) for _ in range(count))

    def _sub(self, depth: int) -> str:
        return self._scoped(lambda: self.expression(depth))

    def _body(self, depth: int) -> str:
        return ", ".join(self.expression(depth) for _ in range(self._random.choice((1, 1, 2))))

    def _leaf(self) -> str:
        r = self._random
        return r.choice(
            (
                lambda: str(r.randrange(10)),
                lambda: str(r.choice((-1, 255, 256, 1 << 59, 1 << 64, -(1 << 63)))),
                lambda: r.choice(("0.0", "1.5", "-2.25", "1.0e10")),
                lambda: r.choice(ATOMS),
                lambda: r.choice(('"abc"', '""', "[]", "{}", "#{}", "<<>>", '<<"xyz">>', "$a", "16#ff")),
                self._variable,
                self._variable,
                self._variable,
            )
        )()

    def _number(self, depth: int) -> str:
        if depth <= 0 or self._random.random() < 0.4:
            return str(self._random.randrange(-3, 20))
        return f"({self._number(depth - 1)} {self._random.choice(ARITHMETIC)} {self._number(depth - 1)})"

    def _operation(self, depth: int) -> str:
        operator = self._random.choice((*ARITHMETIC, *COMPARISONS, "++", "--", "and", "or", "xor"))
        return f"({self._sub(depth)} {operator} {self._sub(depth)})"

    def _logic(self, depth: int) -> str:
        left = f"({self._sub(depth)} {self._random.choice(COMPARISONS)} {self._sub(depth)})"
        return f"({left} {self._random.choice(('andalso', 'orelse'))} {self._sub(depth)})"

    def _unary(self, depth: int) -> str:
        return f"({self._random.choice(('-', '+', 'not', 'bnot'))} {self._sub(depth)})"

    def _tuple(self, depth: int) -> str:
        return f"{{{self._several(depth)}}}"

    def _list(self, depth: int) -> str:
        inner = self._several(depth)
        return f"[{inner} | {self._sub(depth)}]" if inner and self._random.random() < 0.2 else f"[{inner}]"

    def _map(self, depth: int) -> str:
        pairs = [f"{self._leaf()} => {self._sub(depth)}" for _ in range(self._random.randrange(4))]
        return f"#{{{', '.join(pairs)}}}"

    def _update(self, depth: int) -> str:
        arrow = self._random.choice(("=>", "=>", ":="))
        return f"({self._sub(depth)})#{{{self._leaf()} {arrow} {self._sub(depth)}}}"

    def _binary(self, depth: int) -> str:
        segments = (self._segment(self._sub(min(depth, 1))) for _ in range(self._random.randrange(4)))
        return f"<<{', '.join(segments)}>>"

    def _segment(self, value: str) -> str:
        r = self._random
        size = r.choice(("", "", "", ":4", ":12", ":16", ":3", ":0"))
        kind = r.choice(("", "", "", "/little", "/signed", "/big-signed"))
        if r.random() < 0.2:
            size, kind = "", r.choice(("/binary", "/bitstring", "/utf8", "/float"))
        return f"({value}){size}{kind}"

    def _call(self, depth: int) -> str:
        return f"{self._random.choice(ONE_ARGUMENT)}({self._sub(depth)})"

    def _library(self, depth: int) -> str:
        template = self._random.choice(LIBRARY)
        return template.format(*(self._sub(depth) for _ in range(template.count("{}"))))

    def _match(self, depth: int) -> str:
        value = self.expression(depth)
        return f"({self.pattern(2)} = {value})"

    def _bind(self, depth: int) -> str:
        value, name = self.expression(depth), self._new()
        self._bound.append(name)
        return f"({name} = {value})"

    def _block(self, depth: int) -> str:
        return f"begin {self._body(depth)} end"

    def _case(self, depth: int) -> str:
        subject = self.expression(depth)
        clauses = [self._clause(depth) for _ in range(self._random.choice((1, 2, 3)))]
        if self._random.random() < 0.6:
            clauses.append(f"_ -> {self._sub(depth)}")
        return f"case {subject} of {'; '.join(clauses)} end"

    def _clause(self, depth: int) -> str:
        return self._scoped(lambda: f"{self.pattern(2)}{self._when()} -> {self._body(depth)}")

    def _when(self) -> str:
        return f" when {self._guard()}" if self._random.random() < 0.4 else ""

    def _guard(self) -> str:
        return self._random.choice(("; ", ", ")).join(self._test(2) for _ in range(self._random.choice((1, 1, 2))))

    def _test(self, depth: int) -> str:
        r = self._random
        kind = r.randrange(7)
        if depth <= 0 or kind < 3:
            return f"{self._guard_value(depth)} {r.choice(COMPARISONS)} {self._guard_value(depth)}"
        if kind == 3:
            return f"{r.choice(GUARD_TESTS)}({self._variable()})"
        if kind == 4:
            return f"not ({self._test(depth - 1)})"
        if kind == 5:
            return f"({self._test(depth - 1)} {r.choice(('andalso', 'orelse', 'and', 'or'))} {self._test(depth - 1)})"
        return self._guard_value(depth)

    def _guard_value(self, depth: int) -> str:
        r = self._random
        kind = r.randrange(5)
        if depth <= 0 or kind < 2:
            return self._leaf()
        if kind == 2:
            return f"({self._guard_value(depth - 1)} {r.choice(ARITHMETIC)} {self._guard_value(depth - 1)})"
        if kind == 3:
            return f"{r.choice(('abs', 'length', 'hd', 'tuple_size', 'size', 'map_size'))}({self._variable()})"
        return r.choice(("{{{}}}", "[{}]", "#{{a => {}}}")).format(self._guard_value(depth - 1))

    def _if(self, depth: int) -> str:
        clauses = [
            self._scoped(lambda: f"{self._guard()} -> {self._body(depth)}") for _ in range(self._random.choice((1, 2)))
        ]
        if self._random.random() < 0.7:
            clauses.append(f"true -> {self._sub(depth)}")
        return f"if {'; '.join(clauses)} end"

    def _try(self, depth: int) -> str:
        r = self._random
        text = f"try {self._scoped(lambda: self._body(depth))}"
        if r.random() < 0.4:
            text += f" of {self._clause(depth)}; {self._clause(depth)}"
        handled = r.random()
        if handled < 0.85:
            kind = r.choice(("_:", "error:", "throw:", "", "exit:", f"{self._new()}:"))
            text += f" catch {self._scoped(lambda: f'{kind}{self.pattern(2)}{self._when()} -> {self._body(depth)}')}"
            if r.random() < 0.5:
                text += "; _:_ -> caught"
        if handled >= 0.85 or r.random() < 0.2:
            text += f" after {self._sub(depth)}"
        return f"{text} end"

    def _catch(self, depth: int) -> str:
        # The stack trace would be told apart by what calls the evaluator.
        inner, reason, stack, other = self._sub(depth), self._new(), self._new(), self._new()
        clauses = f"{{'EXIT', {{{reason}, {stack}}}}} when is_list({stack}) -> {{'EXIT', {reason}}}; {other} -> {other}"
        return f"(case catch {inner} of {clauses} end)"

    def _raise(self, depth: int) -> str:
        return f"{self._random.choice(('throw', 'error', 'exit'))}({self._sub(depth)})"

    def _comprehension(self, depth: int) -> str:
        def write() -> str:
            qualifiers = [self._generator(depth)]
            kinds = [self._random.choice((self._generator, self._filter)) for _ in range(self._random.randrange(3))]
            qualifiers += [kind(depth) for kind in kinds]
            if self._random.random() < 0.25:
                return f"<< {self._binary(1)} || {', '.join(qualifiers)} >>"
            return f"[{self.expression(depth)} || {', '.join(qualifiers)}]"

        return self._scoped(write)

    def _generator(self, depth: int) -> str:
        if self._random.random() < 0.2:
            source, name = self._sub(min(depth, 1)), self._new()
            self._bound.append(name)
            return f"<<{name}>> <= ({source})"
        sources = ("[1, 2, 3]", "lists:seq(1, 4)", '"abc"', "[{a, 1}, {b, 2}, c]", self._sub(depth))
        source = self._random.choice(sources)
        return f"{self.pattern(1)} <- {source}"

    def _filter(self, depth: int) -> str:
        return self._test(2) if self._random.random() < 0.7 else f"({self._sub(depth)})"

    def _fun(self, depth: int) -> str:
        arity = self._random.randrange(3)
        name = self._random.choice(("", "", " Self"))
        clauses = "; ".join(self._fun_clause(name, arity, depth) for _ in range(self._random.choice((1, 1, 2))))
        given = arity if self._random.random() < 0.93 else arity + 1
        arguments = ", ".join(self._sub(depth) for _ in range(given))
        return f"(fun{clauses} end)({arguments})"

    def _fun_clause(self, name: str, arity: int, depth: int) -> str:
        def write() -> str:
            parameters = ", ".join(self.pattern(1, fresh=True) for _ in range(arity))
            return f"{name}({parameters}){self._when()} -> {self._body(depth)}"

        return self._scoped(write)

    def _message(self, depth: int) -> str:
        sent = self._sub(depth)
        clauses = "; ".join(self._clause(depth) for _ in range(self._random.choice((1, 2))))
        return f"begin self() ! {sent}, receive {clauses} after 0 -> {self._sub(depth)} end end"

    # --- patterns ---

    def pattern(self, depth: int, *, fresh: bool = False) -> str:
        """A pattern; it binds variables, and uses bound ones unless *fresh*."""
        r = self._random
        kind = r.randrange(10 if depth > 0 else 5)
        if kind < 2:
            name = self._new()
            self._bound.append(name)
            return name
        if kind == 2:
            return "_"
        if kind == 3:
            return self._leaf() if not fresh else r.choice(("1", "a", '"x"', "[]"))
        if kind == 4:
            return r.choice(("1", "2", "a", "ok", "{}", "[]", '"abc"'))
        count = 1 if kind >= 8 else r.randrange(1, 3)
        parts = [self.pattern(depth - 1, fresh=fresh) for _ in range(count)] if kind != 9 else []
        if kind == 5:
            return f"{{{', '.join(parts)}}}"
        if kind == 6:
            return f"[{', '.join(parts)} | {self.pattern(depth - 1, fresh=fresh)}]"
        if kind == 7:
            return f"[{', '.join(parts)}]"
        if kind == 8:
            return f"#{{a := {parts[0]}}}"
        name = self._new()
        self._bound.append(name)
        return r.choice((f"{name} = {{a, _}}", f"<<{name}, _/binary>>", f'"ab" ++ {name}'))


_KINDS: Sequence[Callable[[Forms, int], str]] = (
    lambda forms, _depth: forms._leaf(),
    Forms._number, Forms._number, Forms._operation, Forms._operation, Forms._logic, Forms._unary, Forms._tuple,
    Forms._list, Forms._list, Forms._map, Forms._update, Forms._binary, Forms._call, Forms._library, Forms._match,
    Forms._bind, Forms._bind, Forms._block, Forms._case, Forms._case, Forms._if, Forms._try, Forms._catch,
    Forms._raise, Forms._comprehension, Forms._comprehension, Forms._fun, Forms._fun, Forms._message,
)  # fmt: skip
