"""What the compiler knows while it writes a Python function: the lines so far, and which variables are bound."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.shell.frames import Path
from erts_emu.terms.atoms import Atom

if TYPE_CHECKING:
    from erts_emu.shell.compiler import FormCompiler

RETURN: Final = "return"
"""The destination of an expression whose value the function returns; others are names of Python variables."""


class CompileError(ValueError):
    """A form that OTP refuses before it evaluates anything. ``reason`` is the term of ``erl_lint``."""

    def __init__(self, reason: Any, line: int, column: int) -> None:
        super().__init__(f"{line}:{column}: {reason!r}")
        self.reason = reason
        self.line = line
        self.column = column


@final
class Site:
    """What stack traces say of a line of the compiled code.

    ``call`` is the function called there: module, name, and the Python source of a tuple of its arguments, or the
    number of them. ``line`` is the line of the Erlang source, ``path`` the evaluator's frames around it, ``leaf``
    those of the exception that is raised there; ``last`` says whether it is what a fun does last.
    """

    __slots__ = ("call", "last", "leaf", "line", "path")

    def __init__(
        self, line: int, path: Path, call: tuple[str, str, str | int] | None, leaf: Path, *, last: bool
    ) -> None:
        self.line = line
        self.path = path
        self.call = call
        self.leaf = leaf
        self.last = last


@final
class Env:
    """The variables that are bound at one point, and the Python names they have.

    ``unsafe`` are those bound on some ways to this point only: this form cannot use them, but those of them in ``left``
    are there for later forms. ``names`` are the Python names chosen so far at this level of shadowing, the same in all
    branches.
    """

    __slots__ = ("left", "names", "unsafe", "variables")

    def __init__(
        self,
        variables: dict[str, str] | None = None,
        unsafe: dict[str, Any] | None = None,
        names: dict[str, str] | None = None,
        left: set[str] | None = None,
    ) -> None:
        self.variables = {} if variables is None else variables
        self.unsafe = {} if unsafe is None else unsafe
        self.names = {} if names is None else names
        self.left = set() if left is None else left

    def branch(self) -> Env:
        """A copy for one of several ways to go on."""
        return Env(dict(self.variables), dict(self.unsafe), self.names, set(self.left))

    def inner(self) -> Env:
        """A copy in which variables may be bound anew."""
        return Env(dict(self.variables), dict(self.unsafe))

    def merge(self, branches: list[Env], what: str, line: int) -> None:
        """Several ways meet: what is bound on all of them is bound; what is bound on some is unsafe."""
        everywhere = set.intersection(*(set(branch.variables) for branch in branches))
        known = set.intersection(*({*branch.variables, *branch.unsafe} for branch in branches))
        for branch in branches:
            for name in everywhere - self.variables.keys():
                self.variables[name] = branch.variables[name]
            # As erl_lint: what all ways know keeps its first reason.
            for name, reason in branch.unsafe.items():
                if name in known and name not in self.variables:
                    self.unsafe.setdefault(name, reason)
        for branch in branches:
            self.merge_unsafe(branch, what, line)

    def merge_unsafe(self, branch: Env, what: str, line: int, *, left: bool = True) -> None:
        """Nothing that *branch* has bound is safe to use; *left* says whether it is there at all, later."""
        for name in branch.new_since(self):
            self.unsafe.setdefault(name, (Atom(what), line))
            if left:
                self.left.add(name)
        for name in branch.unsafe:
            if name not in self.variables:
                self.unsafe.setdefault(name, (Atom(what), line))
        if left:
            self.left |= branch.left

    def new_since(self, before: Env) -> list[str]:
        """The variables that are bound here and were not *before*."""
        return [name for name in self.variables if name not in before.variables]


@final
class Body:
    """A Python function in the making. Variables of the Erlang code around it become its first parameters."""

    __slots__ = (
        "depth", "form", "free", "lines", "loop", "outer", "outer_env", "statements", "tail_calls", "temps", "used",
        "yields",
    )  # fmt: skip

    def __init__(
        self, form: FormCompiler, outer: Body | None = None, outer_env: Env | None = None, *, statements: bool = True
    ) -> None:
        self.form = form
        self.outer = outer
        self.outer_env = outer_env
        self.statements = statements
        self.lines: list[tuple[str, Site | None]] = []
        self.depth = 1
        self.free: dict[str, tuple[str, str]] = {}
        self.used: set[str] = set()
        self.temps = 0
        self.yields = False
        self.tail_calls = False
        self.loop: tuple[str, list[str]] | None = None
        """The name by which a named fun knows itself, and its parameters."""

    # --- lines ---

    def line(self, text: str, site: Site | None = None) -> None:
        """Write a line."""
        self.lines.append((" " * self.depth + text, site))

    @contextmanager
    def block(self) -> Iterator[None]:
        """Write indented lines."""
        self.depth += 1
        yield
        self.depth -= 1

    def put(self, destination: str, text: str) -> None:
        """Give the value *text* to *destination*."""
        if destination == RETURN:
            self.line(f"return {text}")
        elif destination != text:
            self.line(f"{destination} = {text}")

    def temp(self) -> str:
        """A Python name that is free."""
        self.temps += 1
        return f"t{self.temps}"

    def named(self, text: str) -> str:
        """A name for the value *text*, so that it is computed once."""
        if text.isidentifier():
            return text
        name = self.temp()
        self.line(f"{name} = {text}")
        return name

    # --- variables ---

    def fresh(self, name: str) -> str:
        """A Python name for a variable."""
        base = "v_" + "".join(c if c.isascii() and c.isalnum() else "_" if c == "_" else f"_{ord(c):x}_" for c in name)
        python, count = base, 1
        while python in self.used:
            count += 1
            python = f"{base}_{count}"
        self.used.add(python)
        return python

    def bind(self, name: str, env: Env) -> str:
        """Make *name* bound from here on; return its Python name."""
        python = env.names.get(name)
        if python is None:
            python = env.names[name] = self.fresh(name)
        env.variables[name] = python
        env.unsafe.pop(name, None)
        return python

    def find(self, name: str, env: Env) -> str | None:
        """The Python name of a bound variable, here or around this function; None if it is unbound."""
        found = env.variables.get(name)
        if found is not None:
            return found
        captured = self.free.get(name)
        if captured is not None:
            return captured[0]
        if self.outer is None:
            if name not in self.form.bindings:
                return None
            outer = name
        else:
            assert self.outer_env is not None
            around = self.outer.find(name, self.outer_env)
            if around is None:
                return None
            outer = around
        python = self.fresh(name)
        self.free[name] = (python, outer)
        return python

    def unsafe(self, name: str, env: Env) -> Any:
        """Why *name* is not safe to use, or None."""
        if name in env.unsafe:
            return env.unsafe[name]
        if self.outer is not None and self.outer_env is not None:
            return self.outer.unsafe(name, self.outer_env)
        return None

    @property
    def parameters(self) -> list[str]:
        """The Python names of the captured variables."""
        return [python for python, _ in self.free.values()]

    @property
    def captured(self) -> str:
        """The values of the captured variables, as Python source of a tuple, where the function is made."""
        return "(" + "".join(f"{outer}, " for _, outer in self.free.values()) + ")"
