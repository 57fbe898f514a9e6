"""Standard input, as Erlang code reads it."""

from __future__ import annotations

import sys
from typing import final

from erts_emu.shell.tokens import DOT, END_OF_FILE, ScanError, Scanner, Token


@final
class Input:
    """Reads standard input, which nobody touches before it is asked for."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self._encoding = encoding
        self._closed = False
        self._buffer = ""
        self._line_number = 1

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
            scanner = Scanner(self._buffer, self._line_number)
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
            self._line_number = scanner.line
            return tokens

    def _more(self) -> str:
        return "" if self._closed else sys.stdin.buffer.readline().decode(self._encoding, "replace")
