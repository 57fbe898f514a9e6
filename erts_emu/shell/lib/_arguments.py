"""Arguments of library functions: checks that raise what Erlang raises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from erts_emu.shell.operators import is_map
from erts_emu.shell.values import FALSE, TRUE, badarg, failure, function_clause
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import ExportFun, Fun, ImproperList


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


def parts(term: Any) -> tuple[Sequence[Any], Any]:
    """The elements of a list, and what it ends in: ``[]``, or the tail of an improper list.

    What is no list has no elements, and ends in itself.
    """
    if type(term) is list:
        return term, []
    if type(term) is ImproperList:
        return term.elements, term.tail
    return (), term


def walk(term: Any, outright: str | None = None, at_end: str | None = None) -> Iterator[Any]:
    """The elements of a list, one by one: what is wrong with its end shows when it is reached.

    What is no list at all raises ``{outright, Term}``, a wrong tail ``{at_end, Tail}``, or ``function_clause``.
    """
    if type(term) is list:
        yield from term
    elif type(term) is ImproperList:
        yield from term.elements
        raise function_clause() if at_end is None else failure(at_end, term.tail)
    else:
        raise function_clause() if outright is None else failure(outright, term)


def is_cons(term: Any) -> bool:
    """Whether *term* is a list with a first element."""
    return (type(term) is list and bool(term)) or type(term) is ImproperList


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
    if not isinstance(term, bytes):
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
