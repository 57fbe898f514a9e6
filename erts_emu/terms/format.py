"""Terms as text: ``~w``, ``~p`` and what the shell prints.

*encoding* is ``"latin1"`` as in ``~w`` and ``~p``, or ``"unicode"`` as in ``~tw`` and ``~tp``.
Maps are shown in key order, as ``erl`` shows those of up to 32 keys; larger ones it shows in the order of
its hash table, which depends on the numbers of its atoms.
Counterparts in OTP: ``io_lib``, ``io_lib_pretty``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, Final, TypeAlias

from erts_emu.terms._boxes import Style, box_of
from erts_emu.terms._layout import flat, laid_out
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import Bitstring, ImproperList, Term, as_atom, kind_of
from erts_emu.terms.order import ordered_items
from erts_emu.terms.spelling import LEAVES, Encoding, atom_text, bits_text

SHELL_DEPTH: Final = 30
SHELL_MAX_CHARS: Final = 60
_CUT: Final = "..."


def format_p(
    term: Term,
    column: int = 1,
    width: int = 80,
    depth: int = -1,
    max_chars: int = -1,
    *,
    encoding: Encoding = "latin1",
    printable_range: Encoding = "latin1",
    strings: bool = True,
) -> str:
    """*term* as ``~p`` prints it, starting at *column* (from 1) of lines of *width* columns.

    *depth* limits how many positions and levels are shown, *max_chars* the characters of a line without its
    indentation; negative: no limit. A *width* of 0 means one endless line. Where *strings* is false, lists and
    binaries are shown as such even if they are printable. Raises ``NotATerm``.
    """
    if depth == 0:
        return _CUT
    box = box_of(term, depth, Style(encoding, printable_range, strings))
    return laid_out(box, max(column, 1), width, max_chars)


def format_shell(
    term: Term,
    column: int = 1,
    width: int = 80,
    *,
    encoding: Encoding = "latin1",
    printable_range: Encoding = "latin1",
    strings: bool = True,
) -> str:
    """*term* as the shell prints a value: as :func:`format_p`, with its limits on depth and lines."""
    return format_p(
        term,
        column,
        width,
        SHELL_DEPTH,
        SHELL_MAX_CHARS,
        encoding=encoding,
        printable_range=printable_range,
        strings=strings,
    )


# -- on one line ----------------------------------------------------------------------------------


def format_w(term: Term, depth: int = -1, *, encoding: Encoding = "latin1") -> str:
    """*term* as ``~w`` writes it (``~W`` with a *depth*): on one line, strings as lists. Raises ``NotATerm``."""
    if depth >= 0:
        return _CUT if depth == 0 else flat(box_of(term, depth, Style(encoding, "latin1", strings=False, pretty=False)))
    out: list[str] = []
    pending: list[_Open] = [(iter((term,)), "")]
    while pending:
        parts, end = pending[-1]
        for part in parts:
            cls = type(part)
            if cls is _Text:
                out.append(part)
                continue
            opened = (_WRITERS.get(cls) or _WRITERS[kind_of(part)])(part, encoding)
            if isinstance(opened, str):
                out.append(opened)
            else:
                pending.append(opened)
                break
        else:
            out.append(end)
            pending.pop()
    return "".join(out)


class _Text(str):
    """Text between the parts of a term; a plain ``str`` there would be no term."""

    __slots__ = ()


_Open: TypeAlias = tuple[Iterator[Any], str]
"""The parts of a compound term that are still to be written, and what ends it."""

_COMMA, _BAR, _ARROW = _Text(","), _Text("|"), _Text(" => ")


def _between(parts: list[Any] | tuple[Any, ...], start: str) -> Iterator[Any]:
    separated = chain.from_iterable((_COMMA, part) for part in parts)
    next(separated)
    return chain((_Text(start),), separated)


def _list(term: list[Any], _encoding: Encoding) -> str | _Open:
    if not term:
        return "[]"
    return _between(term, "["), "]"


def _improper(term: ImproperList, _encoding: Encoding) -> _Open:
    return chain(_between(term.elements, "["), (_BAR, term.tail)), "]"


def _tuple(term: tuple[Any, ...], _encoding: Encoding) -> str | _Open:
    if not term:
        return "{}"
    return _between(term, "{"), "}"


def _map(term: Mapping[Any, Any], _encoding: Encoding) -> str | _Open:
    if not term:
        return "#{}"
    parts = chain.from_iterable((_COMMA, key, _ARROW, value) for key, value in ordered_items(term))
    next(parts)
    return chain((_Text("#{"),), parts), "}"


def _leaf(spell: Callable[[Any], str]) -> Callable[[Any, Encoding], str]:
    return lambda term, _encoding: spell(term)


def _atom(term: Atom | bool, encoding: Encoding) -> str:
    return atom_text(as_atom(term), encoding)


_WRITERS: Final[dict[type, Callable[[Any, Encoding], str | _Open]]] = {
    **{cls: _leaf(spell) for cls, spell in LEAVES.items()},
    Atom: _atom,
    bool: _atom,
    bytes: _leaf(bits_text),
    Bitstring: _leaf(bits_text),
    list: _list,
    ImproperList: _improper,
    tuple: _tuple,
    dict: _map,
    Mapping: _map,
}
