"""Commands out of lines: each ends with a full stop, on whatever line."""

from __future__ import annotations

from collections.abc import Callable
from typing import final

from erts_emu.shell.parser import ParseError, parse_form
from erts_emu.shell.syntax import Node
from erts_emu.shell.tokens import DOT, END_OF_FILE, ScanError, Scanner, Token
from erts_emu.terms.atoms import Atom

NextLine = Callable[[], str]
"""Gives the next line with its newline; the empty string at the end."""


class EndOfInput(Exception):
    """Nothing more will be entered."""


def is_complete(text: str) -> bool:
    """Whether a text holds a whole command, or one that more text would not mend."""
    try:
        tokens = Scanner(text).form()
    except ScanError as error:
        return not _unterminated(error)
    return bool(tokens) and tokens[-1].kind == DOT


def _unterminated(error: ScanError) -> bool:
    """Whether the text ended inside of a string, a quoted atom or a character."""
    return error.reason is Atom("char") or (type(error.reason) is tuple and error.reason[0] is Atom("string"))


@final
class CommandReader:
    """Reads commands, one after the other; what follows one on its line is the beginning of the next.

    Lines are counted from 1 in each command.
    """

    def __init__(self, next_line: NextLine) -> None:
        self._next_line = next_line
        self._rest = ""

    def __repr__(self) -> str:
        return f"<CommandReader, {len(self._rest)} characters left>"

    def drop_rest(self) -> None:
        """Forget what was read with the last command."""
        self._rest = ""

    def read(self) -> tuple[str, list[Node]]:
        """The next command: its text, and its expressions.

        Raises ``ScanError``, ``ParseError``, and ``EndOfInput``.
        """
        text, tokens = self._tokens()
        try:
            return text, parse_form(tokens)
        except ParseError as error:
            if len(tokens) > 1 and tokens[-1].kind == END_OF_FILE and error.column == tokens[-1].column:
                # As erl: the end of the text is where its last token stands.
                error.line, error.column = tokens[-2].line, tokens[-2].column
            raise

    def _tokens(self) -> tuple[str, list[Token]]:
        text, self._rest = self._rest, ""
        ended = False
        while True:
            scanner = Scanner(text)
            try:
                tokens = scanner.form()
            except ScanError as error:
                if ended or not _unterminated(error):
                    raise
                tokens = []
            if tokens and tokens[-1].kind == DOT:
                self._rest = text[scanner.at :].removeprefix(" ")
                return text[: scanner.at], tokens
            if ended:
                if not tokens:
                    raise EndOfInput
                return text, tokens
            line = self._next_line()
            ended = not line
            text += line
