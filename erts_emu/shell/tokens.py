"""Erlang source text as tokens (OTP: ``erl_scan``).

Written by hand, one function a kind of token, since building a table of regular expressions would cost more
than scanning a usual script.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import Any, Final, final

from erts_emu.terms.atoms import Atom
from erts_emu.terms.spelling import RESERVED

# Kinds of tokens with a value. All others are their own kind: keywords and punctuation.
ATOM: Final = "atom"
VAR: Final = "var"
INTEGER: Final = "integer"
FLOAT: Final = "float"
CHAR: Final = "char"
STRING: Final = "string"
DOT: Final = "dot"
END_OF_FILE: Final = "end of file"


@final
class Token:
    """A token: its kind, its value if it has one, and where it begins. Lines and columns count from 1."""

    __slots__ = ("column", "kind", "line", "value")

    def __init__(self, kind: str, value: Any, line: int, column: int) -> None:
        self.kind = kind
        self.value = value
        self.line = line
        self.column = column

    def __repr__(self) -> str:
        return f"<{self.kind} {self.value!r} at {self.line}:{self.column}>"


class ScanError(ValueError):
    """The text is no sequence of tokens. ``reason`` is the term that ``erl_scan`` has for it."""

    def __init__(self, reason: Any, line: int, column: int) -> None:
        super().__init__(f"{line}:{column}: {reason!r}")
        self.reason = reason
        self.line = line
        self.column = column


_DIGITS: Final = frozenset("0123456789")
_LOWER: Final = frozenset("abcdefghijklmnopqrstuvwxyz") | frozenset(map(chr, range(0xDF, 0x100))) - {"\xf7"}
_UPPER: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") | frozenset(map(chr, range(0xC0, 0xDF))) - {"\xd7"}
_NAME: Final = _LOWER | _UPPER | _DIGITS | {"@"}
_BLANK: Final = frozenset(map(chr, (*range(0x21), *range(0x80, 0xA1))))
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_OCTAL: Final = frozenset("01234567")
_SINGLE: Final = frozenset("()[]{},;:.-+*/=<>|#!?~^`&")
_PUNCTUATION: Final = (
    ("<<", "<-", "<=", ">>", ">=", "->", "--", "++", "=<", "==", "=>", "/=", "||", ":=", "::", "..", "?="),
    ("=:=", "=/=", "..."),
)
_TWO: Final = frozenset(_PUNCTUATION[0]) | {"=:", "=/"}
_THREE: Final = frozenset(_PUNCTUATION[1])
_ESCAPES: Final = {"n": 10, "r": 13, "t": 9, "v": 11, "b": 8, "f": 12, "e": 27, "s": 32, "d": 127}
_MAX_CHARACTER: Final = 0x10FFFF
_MAX_BASE: Final = 36


@final
class Scanner:
    """Reads tokens from a text, from the left; *line* is the number of its first line."""

    __slots__ = ("_line_start", "at", "line", "text")

    def __init__(self, text: str, line: int = 1) -> None:
        self.text = text
        self.at = 0
        self.line = line
        self._line_start = 0

    @property
    def column(self) -> int:
        """The column of the next character."""
        return self.at - self._line_start + 1

    def form(self) -> list[Token]:
        """The tokens up to and including the next dot. Empty at the end of the text.

        Where the text ends first, the last token is of the kind ``END_OF_FILE``. After a ``ScanError``, the next
        form begins after the next dot.
        """
        tokens: list[Token] = []
        try:
            while (token := self.next()) is not None:
                tokens.append(token)
                if token.kind == DOT:
                    return tokens
        except ScanError:
            self._skip_to_dot()
            raise
        if tokens:
            tokens.append(Token(END_OF_FILE, None, self.line, self.column))
        return tokens

    def forms(self) -> Iterator[list[Token]]:
        """All forms."""
        while tokens := self.form():
            yield tokens

    def _skip_to_dot(self) -> None:
        while True:
            try:
                token = self.next()
            except ScanError:
                self.at += 1
            else:
                if token is None or token.kind == DOT:
                    return

    def next(self) -> Token | None:
        """The next token, or None at the end of the text."""
        self._skip_blanks()
        text, start = self.text, self.at
        if start >= len(text):
            return None
        line, column = self.line, self.column
        character = text[start]
        if character in _LOWER:
            name = self._while(_NAME)
            kind = name if name in RESERVED else ATOM
            return Token(kind, Atom(name) if kind is ATOM else None, line, column)
        if character in _UPPER:
            return Token(VAR, self._while(_NAME), line, column)
        if character in _DIGITS:
            kind, number = self._number()
            return Token(kind, number, line, column)
        if character == '"':
            return Token(STRING, [*map(ord, self._quoted('"'))], line, column)
        if character == "'":
            return Token(ATOM, self._quoted_atom(line, column), line, column)
        if character == "$":
            return Token(CHAR, self._character(line, column), line, column)
        return Token(self._punctuation(), None, line, column)

    # --- blanks and names ---

    def _skip_blanks(self) -> None:
        text, at, size = self.text, self.at, len(self.text)
        while at < size:
            character = text[at]
            if character == "\n":
                self.line += 1
                self._line_start = at + 1
            elif character == "%":
                end = text.find("\n", at)
                at = size if end < 0 else end
                continue
            elif character not in _BLANK:
                break
            at += 1
        self.at = at

    def _while(self, allowed: frozenset[str]) -> str:
        text, start = self.text, self.at
        end, size = start + 1, len(self.text)
        while end < size and text[end] in allowed:
            end += 1
        self.at = end
        return text[start:end]

    def _punctuation(self) -> str:
        text, at = self.text, self.at
        if text[at] == "." and self._dot_follows(at + 1):
            # The blank after a dot belongs to it: a form ends on the line after its newline.
            if text[at + 1 : at + 2] == "\n":
                self.line += 1
                self._line_start = at + 2
                self.at = at + 2
            else:
                self.at = at + 1
            return DOT
        for size, known in ((3, _THREE), (2, _TWO)):
            if text[at : at + size] in known and text[at : at + size] not in ("=:", "=/"):
                self.at = at + size
                return text[at : at + size]
        if text[at] not in _SINGLE:
            raise ScanError((Atom("illegal"), Atom("character")), self.line, self.column)
        self.at = at + 1
        return text[at]

    def _dot_follows(self, at: int) -> bool:
        return at >= len(self.text) or self.text[at] in _BLANK or self.text[at] == "%"

    # --- numbers ---

    def _number(self) -> tuple[str, int | float]:
        text, line, column = self.text, self.line, self.column
        digits = self._digits(_DIGITS)
        following = text[self.at : self.at + 1]
        if following == "#":
            return INTEGER, self._based(int(digits), line, column)
        if following == "." and text[self.at + 1 : self.at + 2] in _DIGITS and self.at + 1 < len(text):
            return FLOAT, self._float(digits, line, column)
        return INTEGER, decimal(digits)

    def _digits(self, allowed: frozenset[str]) -> str:
        """Digits, with single underscores between them."""
        text, at, size = self.text, self.at, len(self.text)
        start = at
        while at < size and (
            text[at] in allowed
            or (
                text[at] == "_"
                and at > start
                and text[at - 1] in allowed
                and text[at + 1 : at + 2] in allowed
                and at + 1 < size
            )
        ):
            at += 1
        self.at = at
        return text[start:at].replace("_", "")

    def _based(self, base: int, line: int, column: int) -> int:
        if not 2 <= base <= _MAX_BASE:
            raise ScanError((Atom("base"), base), line, column)
        self.at += 1
        allowed = frozenset(
            c for c in "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" if int(c, 36) < base
        )
        digits = self._digits(allowed)
        if not digits:
            raise ScanError((Atom("illegal"), Atom("integer")), line, column)
        return decimal(digits) if base == 10 else int(digits, base)

    def _float(self, whole: str, line: int, column: int) -> float:
        self.at += 1
        mantissa = f"{whole}.{self._digits(_DIGITS)}"
        exponent = ""
        text = self.text
        if text[self.at : self.at + 1] in ("e", "E"):
            sign = text[self.at + 1 : self.at + 2]
            signed = sign in ("+", "-")
            self.at += 2 if signed else 1
            digits = self._digits(_DIGITS)
            if not digits:
                raise ScanError((Atom("illegal"), Atom("float")), line, column)
            exponent = f"e{sign if signed else ''}{digits}"
        number = float(mantissa + exponent)
        if not isfinite(number):
            raise ScanError((Atom("illegal"), Atom("float")), line, column)
        return number

    # --- characters, strings, quoted atoms ---

    def _quoted_atom(self, line: int, column: int) -> Atom:
        name = self._quoted("'")
        if len(name) > 255:
            raise ScanError((Atom("illegal"), Atom("atom")), line, column)
        return Atom(name)

    def _quoted(self, quote: str) -> str:
        text, size = self.text, len(self.text)
        line, column = self.line, self.column
        self.at += 1
        parts: list[str] = []
        while True:
            end = self.at
            while end < size and text[end] != quote and text[end] != "\\":
                if text[end] == "\n":
                    self.line += 1
                    self._line_start = end + 1
                end += 1
            parts.append(text[self.at : end])
            self.at = end
            if end >= size or (text[end] == "\\" and end + 1 >= size):
                self.at = size
                found = [*map(ord, "".join(parts))]
                raise ScanError((Atom("string"), ord(quote), found), line, column)
            if text[end] == quote:
                self.at = end + 1
                return "".join(parts)
            parts.append(chr(self._escape()))

    def _character(self, line: int, column: int) -> int:
        self.at += 1
        if self.at >= len(self.text):
            raise ScanError(Atom("char"), line, column)
        character = self.text[self.at]
        if character == "\\":
            if self.at + 1 >= len(self.text):
                raise ScanError(Atom("char"), line, column)
            return self._escape()
        self._newline(character)
        self.at += 1
        return ord(character)

    def _newline(self, character: str) -> None:
        if character == "\n":
            self.line += 1
            self._line_start = self.at + 1

    def _escape(self) -> int:
        r"""The character of an escape sequence, at whose ``\`` the scanner stands."""
        text, line, column = self.text, self.line, self.column
        self.at += 1
        character = text[self.at]
        if character == "x":
            return self._hexadecimal(line, column)
        if character in _OCTAL:
            start = self.at
            while self.at < start + 3 and text[self.at : self.at + 1] in _OCTAL and self.at < len(text):
                self.at += 1
            return int(text[start : self.at], 8)
        if character == "^" and self.at + 1 < len(text):
            self.at += 1
            self._newline(text[self.at])
            self.at += 1
            return ord(text[self.at - 1]) & 31
        self._newline(character)
        self.at += 1
        return int(_ESCAPES.get(character, ord(character)))

    def _hexadecimal(self, line: int, column: int) -> int:
        text = self.text
        if text[self.at + 1 : self.at + 2] == "{":
            end = text.find("}", self.at)
            digits = text[self.at + 2 : end] if end >= 0 else ""
            following = end + 1
        else:
            digits = text[self.at + 1 : self.at + 3]
            following = self.at + 3
        if not digits or not _HEX.issuperset(digits) or (following == self.at + 3 and len(digits) < 2):
            raise ScanError((Atom("illegal"), Atom("character")), line, column)
        code = int(digits, 16)
        if code > _MAX_CHARACTER or 0xD800 <= code < 0xE000:
            raise ScanError((Atom("illegal"), Atom("character")), line, column)
        self.at = following
        return code


_PLAIN_DIGITS: Final = 600  # within the smallest limit that sys.set_int_max_str_digits() accepts


def decimal(digits: str) -> int:
    """The number that decimal *digits* spell: Python's own limit on their number does not apply."""
    if len(digits) <= _PLAIN_DIGITS:
        return int(digits)
    middle = len(digits) // 2
    shift: int = 10**middle
    return decimal(digits[:-middle]) * shift + decimal(digits[-middle:])
