"""The module ``erl_parse``: terms out of tokens. Expressions have no abstract form here."""

from __future__ import annotations

from typing import Any, Final

from erts_emu.errors import ErlangError
from erts_emu.shell.constants import NOT_CONSTANT
from erts_emu.shell.lib._arguments import chars, refuse
from erts_emu.shell.native import Library
from erts_emu.shell.parser import ParseError, parse_form
from erts_emu.shell.terms_text import term_of
from erts_emu.shell.tokens import ATOM, DOT, END_OF_FILE, VAR, Token
from erts_emu.shell.values import ERROR, OK
from erts_emu.terms.atoms import Atom

LIBRARY: Final = Library("erl_parse")
_ERL_PARSE: Final = Atom("erl_parse")


def _token(term: Any) -> Token:
    """The token that ``erl_scan`` has made a term of."""
    if type(term) is not tuple or len(term) not in (2, 3) or type(term[0]) is not Atom or type(term[1]) is not int:
        refuse()
    kind = term[0].name
    value: Any = term[2] if len(term) == 3 else None
    if kind == VAR and type(value) is Atom:
        value = value.name
    elif kind == ATOM and type(value) is not Atom:
        refuse()
    return Token(kind, value, term[1], 1)


@LIBRARY.plain("parse_term")
def _parse_term(tokens: Any) -> Any:
    if type(tokens) is not list:
        refuse()
    found = [*map(_token, tokens)]
    line = found[0].line if found else 1
    if not found or found[-1].kind != DOT:
        found.append(Token(END_OF_FILE, None, found[-1].line if found else 1, 1))
    try:
        term = term_of(parse_form(found))
    except ParseError as error:
        described = chars(error.reason) if isinstance(error.reason, str) else [chars(part) for part in error.reason]
        return (ERROR, (error.line, _ERL_PARSE, described))
    except ErlangError:
        term = NOT_CONSTANT
    return (ERROR, (line, _ERL_PARSE, chars("bad term"))) if term is NOT_CONSTANT else (OK, term)


@LIBRARY.plain("format_error")
def _format_error(described: Any) -> Any:
    return described
