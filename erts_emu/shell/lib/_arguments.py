"""Arguments of library functions: checks that raise what Erlang raises."""

from __future__ import annotations

from typing import Any, NoReturn

from erts_emu.shell.operators import is_map
from erts_emu.shell.values import FALSE, TRUE, badarg, function_clause
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import ExportFun, Fun


def refuse() -> NoReturn:
    """No clause of the function matches."""
    raise function_clause()


def a_list(term: Any) -> list[Any]:
    """A proper list, or ``badarg``."""
    if type(term) is not list:
        raise badarg()
    return term


def elements(term: Any) -> list[Any]:
    """A proper list, or ``function_clause``."""
    if type(term) is not list:
        raise function_clause()
    return term


def an_integer(term: Any) -> int:
    """An integer, or ``badarg``."""
    if type(term) is not int:
        raise badarg()
    return term


def natural(term: Any) -> int:
    """An integer that is not negative, or ``badarg``."""
    if type(term) is not int or term < 0:
        raise badarg()
    return term


def an_atom(term: Any) -> Atom:
    """An atom, or ``badarg``."""
    if type(term) is not Atom:
        raise badarg()
    return term


def a_binary(term: Any) -> bytes:
    """A binary, or ``badarg``."""
    if type(term) is not bytes:
        raise badarg()
    return term


def a_tuple(term: Any) -> tuple[Any, ...]:
    """A tuple, or ``badarg``."""
    if type(term) is not tuple:
        raise badarg()
    return term


def a_boolean(term: Any) -> bool:
    """A truth value, or ``badarg``."""
    if term is TRUE:
        return True
    if term is FALSE:
        return False
    raise badarg()


def is_fun(term: Any, arity: int) -> bool:
    """Whether *term* is a fun of that arity."""
    return isinstance(term, Fun | ExportFun) and term.arity == arity


def a_fun(term: Any, arity: int) -> Any:
    """A fun of that arity, or ``function_clause``."""
    if not is_fun(term, arity):
        raise function_clause()
    return term


def a_map(term: Any) -> Any:
    """A map, or ``{badmap, Term}``."""
    if not is_map(term):
        from erts_emu.shell.values import failure

        raise failure("badmap", term)
    return term


def text(term: Any) -> str:
    """The characters of a flat list, or ``badarg``."""
    if type(term) is not list:
        raise badarg()
    if any(type(code) is not int or not 0 <= code <= 0x10FFFF for code in term):
        raise badarg()
    return "".join(map(chr, term))


def chars(string: str) -> list[int]:
    """A string as Erlang has it."""
    return [*map(ord, string)]
