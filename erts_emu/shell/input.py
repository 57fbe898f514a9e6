"""Standard input and other sources of characters, as Erlang code reads them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, final

from erts_emu.shell.tokens import DOT, END_OF_FILE, ScanError, Scanner, Token


@final
class Input:
    """Reads lines from *source*, by default standard input, which nobody touches before it is asked for."""

    def __init__(self, encoding: str = "utf-8", source: Callable[[], bytes] | None = None) -> None:
        self._encoding = encoding
        self._source = source or _standard_input
        self._closed = False
        self._buffer = ""
        self.line_number = 1

    def close(self) -> None:
        """Nothing is to be read any more."""
        self._closed = True

    def line(self) -> str:
        """The next line with its newline; empty at the end."""
        if "\n" not in self._buffer:
            self._buffer += self._more()
        line, newline, self._buffer = self._buffer.partition("\n")
        return line + newline

    def characters(self, count: int) -> str:
        """The next *count* characters, or what is left."""
        while len(self._buffer) < count and (more := self._more()):
            self._buffer += more
        found, self._buffer = self._buffer[:count], self._buffer[count:]
        return found

    def form(self) -> list[Token]:
        """The tokens up to the next dot. Raises ``ScanError``."""
        while True:
            scanner = Scanner(self._buffer, self.line_number)
            more_wanted = False
            try:
                tokens = scanner.form()
                more_wanted = not tokens or tokens[-1].kind == END_OF_FILE or scanner.at >= len(self._buffer)
                if tokens and tokens[-1].kind == DOT and self._buffer[scanner.at - 1 : scanner.at] == "\n":
                    more_wanted = False
            except ScanError:
                more = self._more()
                if not more:
                    self._buffer = ""
                    raise
                self._buffer += more
                continue
            if more_wanted and (more := self._more()):
                self._buffer += more
                continue
            rest = self._buffer[scanner.at :]
            # The blank after the dot has been read with it.
            if rest[:1] in (" ", "\t"):
                rest = rest[1:]
            self._buffer = rest
            self.line_number = scanner.line
            return tokens

    def _more(self) -> str:
        return "" if self._closed else self._source().decode(self._encoding, "replace")

    def take_rest(self) -> str:
        """What has been read ahead, which is then to be read again."""
        rest, self._buffer = self._buffer, ""
        return rest


def _standard_input() -> bytes:
    return sys.stdin.buffer.readline()


def read_term(source: Input) -> Any:
    """What ``io:read`` answers: ``{ok, Term}``, ``eof``, or ``{error, Description}``."""
    from erts_emu.shell.constants import NOT_CONSTANT
    from erts_emu.shell.lib._arguments import chars
    from erts_emu.shell.parser import ParseError, parse_form
    from erts_emu.shell.terms_text import term_of
    from erts_emu.shell.values import ERROR, OK
    from erts_emu.terms.atoms import Atom

    start = source.line_number
    try:
        tokens = source.form()
        if not tokens:
            return Atom("eof")
        value = term_of(parse_form(tokens))
    except ScanError as error:
        return (ERROR, (error.line - start + 1, Atom("erl_scan"), error.reason))
    except ParseError as error:
        described = chars(error.reason) if isinstance(error.reason, str) else [chars(part) for part in error.reason]
        return (ERROR, (error.line - start + 1, Atom("erl_parse"), described))
    if value is NOT_CONSTANT:
        return (ERROR, (1, Atom("erl_parse"), chars("bad term")))
    return (OK, value)
