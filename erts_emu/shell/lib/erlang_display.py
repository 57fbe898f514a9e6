"""``erlang:display``: terms as the emulator itself prints them, which is not as ``~p`` or ``~w`` does."""

from __future__ import annotations

from typing import Any

from erts_emu.shell.lib.erlang import LIBRARY
from erts_emu.shell.operators import is_list, is_map
from erts_emu.shell.values import TRUE, badarg
from erts_emu.terms.atoms import Atom
from erts_emu.terms.format import format_w
from erts_emu.terms.kinds import ImproperList
from erts_emu.terms.order import ordered_items

_NEWLINE = "\r\n"


def _is_text(codes: Any) -> bool:
    return all(type(code) is int and (32 <= code < 127 or 160 <= code <= 255 or code == 10) for code in codes)


def _quoted(codes: Any) -> str:
    return '"' + "".join(map(chr, codes)).replace("\n", "\\n").replace('"', '\\"') + '"'


def _displayed(term: Any) -> str:
    if type(term) is list:
        if term and _is_text(term):
            return _quoted(term)
        return f"[{','.join(map(_displayed, term))}]"
    if type(term) is ImproperList:
        return f"[{','.join(map(_displayed, term.elements))}|{_displayed(term.tail)}]"
    if type(term) is tuple:
        return f"{{{','.join(map(_displayed, term))}}}"
    if isinstance(term, bytes) and term and term.isascii() and term.decode().isprintable():
        return f"<<{_quoted(term)}>>"
    if type(term) is float:
        return f"{term:e}"
    if is_map(term):
        pairs = (f"{_displayed(key)}=>{_displayed(value)}" for key, value in ordered_items(term))
        return f"#{{{','.join(pairs)}}}"
    return format_w(term, encoding="unicode")


@LIBRARY.context("display", needs_process=False)
def _display(machine: Any, term: Any) -> Atom:
    machine.session.output.write(_displayed(term) + _NEWLINE)
    return TRUE


@LIBRARY.context("display_string", needs_process=False)
def _display_string(machine: Any, text: Any) -> Atom:
    if not is_list(text) or any(type(code) is not int for code in text):
        raise badarg()
    machine.session.error_output.write("".join(map(chr, text)))
    return TRUE


@LIBRARY.context("display_nl", needs_process=False)
def _display_nl(machine: Any) -> Atom:
    machine.session.error_output.write(_NEWLINE)
    return TRUE
