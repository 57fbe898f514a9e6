"""The module ``erl_scan``: source text as tokens."""

from __future__ import annotations

from typing import Any, Final

from erts_emu.shell.lib._arguments import refuse
from erts_emu.shell.native import Library
from erts_emu.shell.tokens import ATOM, CHAR, FLOAT, INTEGER, STRING, VAR, ScanError, Scanner, Token
from erts_emu.shell.values import ERROR, OK
from erts_emu.terms.atoms import Atom

LIBRARY: Final = Library("erl_scan")
WITH_VALUE: Final = (ATOM, VAR, INTEGER, FLOAT, CHAR, STRING)


@LIBRARY.plain("string", 1, 2)
def _string(text: Any, line: Any = 1) -> Any:
    if type(text) is not list or any(type(code) is not int or not 0 <= code <= 0x10FFFF for code in text):
        refuse()
    if type(line) is not int or line < 1:
        refuse()
    scanner = Scanner("".join(map(chr, text)), line)
    tokens = []
    try:
        while (token := scanner.next()) is not None:
            tokens.append(_term(token))
    except ScanError as error:
        return (ERROR, (error.line, Atom("erl_scan"), error.reason), error.line)
    return (OK, tokens, scanner.line)


def _term(token: Token) -> Any:
    """``{Kind, Line}``, or ``{Kind, Line, Value}``."""
    kind = Atom(token.kind)
    if token.kind not in WITH_VALUE:
        return (kind, token.line)
    return (kind, token.line, Atom(token.value) if token.kind == VAR else token.value)
