"""Format strings: ``~10.2f``, ``~p`` and their relatives (OTP: ``io_lib_format``)."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import copysign
from typing import Any, Final, final

from erts_emu.terms.atoms import Atom
from erts_emu.terms.format import format_p, format_w
from erts_emu.terms.kinds import ImproperList
from erts_emu.terms.spelling import Encoding

LINE_LENGTH: Final = 80
_DEFAULT_PRECISION: Final = 6


class BadFormat(ValueError):
    """A format string and its arguments do not fit (Erlang: ``badarg``)."""


@final
class Directive:
    """``~F.P.PadModC``. ``width`` and ``precision`` are None where they are not given."""

    __slots__ = ("control", "left", "pad", "precision", "strings", "unicode", "width")

    def __init__(self) -> None:
        self.control = ""
        self.width: int | None = None
        self.precision: int | None = None
        self.left = False
        self.pad = " "
        self.unicode = False
        self.strings = True

    @property
    def encoding(self) -> Encoding:
        """How atoms and strings are written."""
        return "unicode" if self.unicode else "latin1"


def format_text(control: Any, arguments: Any) -> str:
    """``io_lib:format(Control, Arguments)`` as text. Raises ``BadFormat``."""
    return "".join(text for text, _ in format_parts(control, arguments))


def format_parts(control: Any, arguments: Any) -> list[tuple[str, bool]]:
    """The same in parts, each with whether it is a list of its own in the result. Raises ``BadFormat``."""
    if type(arguments) is not list:
        raise BadFormat("the arguments are no list")
    return _Formatter(control_text(control), arguments).run()


def control_text(control: Any) -> str:
    """A format string: an atom, a binary, or a string that may be deep."""
    if type(control) is Atom:
        return control.name
    if isinstance(control, bytes):
        try:
            return control.decode("utf-8")
        except UnicodeDecodeError:
            return control.decode("latin-1")
    if type(control) is not list or any(type(code) is not int for code in control):
        raise BadFormat("a format string is a flat string, a binary or an atom")
    return _codes(control, unicode=True)


_SPECIFICATION: Final = re.compile(r"~(-?(?:\d+|\*))?(?:\.(\d+|\*)?(?:\.(\*|.))?)?([tl]*)(.?)", re.DOTALL)
_INTEGER, _FLOAT, _STRING = "integer", "float", "string"
_TAKEN: Final[dict[str, tuple[str | None, ...]]] = {
    **dict.fromkeys("pwi#+", (None,)), **dict.fromkeys("PW", (None, _INTEGER)), **dict.fromkeys("bBc", (_INTEGER,)),
    **dict.fromkeys("efg", (_FLOAT,)), **dict.fromkeys("xX", (_INTEGER, _STRING)), "s": (_STRING,), "n": (), "~": (),
}  # fmt: skip
"""What each control sequence takes: terms of a type, or any."""


def problems(control: Any, arguments: Any) -> tuple[str | None, str | None]:
    """What ``erl`` says is wrong with a format string, and with its arguments, that could not be formatted."""
    not_a_list = None if type(arguments) is list else "not a list"
    try:
        text = control_text(control)
    except BadFormat:
        return "not a valid format string", not_a_list
    if not_a_list:
        return None, not_a_list
    taken: list[str | None] = []
    for width, precision, pad, modifiers, letter in _SPECIFICATION.findall(text):
        if not letter:
            return "format string invalid (truncated)", None
        if letter not in _TAKEN:
            return f"format string invalid (invalid control ~{modifiers}{letter})", None
        taken += [_INTEGER for part in (width, precision, pad) if part.endswith("*")]
        taken += _TAKEN[letter]
    if len(taken) != len(arguments):
        return "wrong number of arguments", None
    wrong = [
        f"element {place} must be of type {wanted}"
        for place, (wanted, argument) in enumerate(zip(taken, arguments, strict=True), 1)
        if not _has_type(argument, wanted)
    ]
    return (None, "\n".join(wrong)) if wrong else ("failed to format string", None)


def _has_type(term: Any, wanted: str | None) -> bool:
    if wanted == _INTEGER:
        return type(term) is int
    if wanted == _FLOAT:
        return type(term) is float
    return wanted is None or _is_string(term)


def _is_string(term: Any) -> bool:
    if type(term) is ImproperList:
        return isinstance(term.tail, bytes) and all(type(part) is int or _is_string(part) for part in term.elements)
    if type(term) is list:
        return all(type(part) is int or (type(part) is not Atom and _is_string(part)) for part in term)
    return isinstance(term, Atom | bytes)


@final
class _Formatter:
    """One run over a format string."""

    def __init__(self, control: str, arguments: list[Any]) -> None:
        self._control = control
        self._arguments = list(reversed(arguments))
        self._out: list[tuple[str, bool]] = []
        self._column = 0

    def run(self) -> list[tuple[str, bool]]:
        at, control = 0, self._control
        while True:
            tilde = control.find("~", at)
            if tilde < 0:
                break
            self._put(control[at:tilde], made=False)
            directive, at = self._directive(tilde + 1)
            write = _CONTROLS.get(directive.control)
            if write is None:
                raise BadFormat(f"~{directive.control} is no control sequence")
            self._put(write(self, directive), made=directive.control in _NESTED)
        self._put(control[at:], made=False)
        if self._arguments:
            raise BadFormat("there are too many arguments")
        return self._out

    def _put(self, text: str, *, made: bool) -> None:
        self._out.append((text, made))
        newline = text.rfind("\n")
        if newline >= 0:
            self._column = 0
            text = text[newline + 1 :]
        if "\t" not in text:
            self._column += len(text)
            return
        for character in text:
            self._column = (self._column // 8 + 1) * 8 if character == "\t" else self._column + 1

    # --- reading a directive ---

    def _directive(self, at: int) -> tuple[Directive, int]:
        directive = Directive()
        if self._control[at : at + 1] == "-":
            directive.left = True
            at += 1
        directive.width, at = self._number(at)
        if directive.width is not None and directive.width < 0:
            directive.left = not directive.left
            directive.width = -directive.width
        if directive.width == 0:
            directive.left = False
        if self._control[at : at + 1] == ".":
            directive.precision, at = self._number(at + 1)
            if self._control[at : at + 1] == ".":
                directive.pad, at = self._padding(at + 1)
        while (modifier := self._control[at : at + 1]) and modifier in "tl":
            if modifier == "t":
                directive.unicode = True
            else:
                directive.strings = False
            at += 1
        directive.control = self._control[at : at + 1]
        return directive, at + 1

    def _number(self, at: int) -> tuple[int | None, int]:
        if self._control[at : at + 1] == "*":
            number = self.argument()
            if type(number) is not int:
                raise BadFormat("* takes an integer")
            return number, at + 1
        end = at
        while self._control[end : end + 1].isdigit():
            end += 1
        return (int(self._control[at:end]), end) if end > at else (None, at)

    def _padding(self, at: int) -> tuple[str, int]:
        pad = self._control[at : at + 1]
        if pad == "*":
            code = self.argument()
            if type(code) is not int:
                raise BadFormat("* takes a character")
            return chr(code), at + 1
        if not pad:
            raise BadFormat("the format string ends after ~")
        return pad, at + 1

    def argument(self) -> Any:
        """The next argument."""
        if not self._arguments:
            raise BadFormat("there are too few arguments")
        return self._arguments.pop()

    # --- terms ---

    def write(self, directive: Directive) -> str:
        """``~w``."""
        return _field(directive, format_w(self.argument(), encoding=directive.encoding))

    def write_depth(self, directive: Directive) -> str:
        """``~W``."""
        term, depth = self.argument(), self._depth()
        return _field(directive, format_w(term, depth, encoding=directive.encoding))

    def print(self, directive: Directive) -> str:
        """``~p``."""
        return self._printed(directive, self.argument(), -1)

    def print_depth(self, directive: Directive) -> str:
        """``~P``."""
        term, depth = self.argument(), self._depth()
        return self._printed(directive, term, depth)

    def _depth(self) -> int:
        depth = self.argument()
        if type(depth) is not int:
            raise BadFormat("a depth is an integer")
        return depth

    def _printed(self, directive: Directive, term: Any, depth: int) -> str:
        if directive.left:
            raise BadFormat("~p is not adjusted")
        column = self._column + 1 if directive.precision is None else directive.precision
        width = LINE_LENGTH if directive.width is None else directive.width
        return format_p(term, column, width, depth, encoding=directive.encoding, strings=directive.strings)

    # --- characters ---

    def string(self, directive: Directive) -> str:
        """``~s``."""
        text = _string(self.argument(), directive.unicode)
        width, precision = directive.width, directive.precision
        if width is None and precision is None:
            return text
        size = _shown_length(text)
        if precision is None:
            assert width is not None
            return _fitted(text, size, width, directive)
        if width is None:
            directive.left = True
            return _fitted(text, size, precision, directive)
        if width < precision:
            raise BadFormat("the precision exceeds the width")
        if width == precision:
            return _fitted(text, size, width, directive)
        shown = _cut(text, precision) if size > precision else text + directive.pad * (precision - size)
        return _adjusted(shown, directive.pad * (width - precision), directive.left)

    def character(self, directive: Directive) -> str:
        """``~c``."""
        code = self.argument()
        if type(code) is not int or not 0 <= code <= 0x10FFFF:
            raise BadFormat("~c takes a character")
        text = chr(code) if directive.unicode else chr(code & 0xFF)
        return _repeated(text, directive)

    def tilde(self, directive: Directive) -> str:
        """``~~``."""
        return _repeated("~", directive)

    def newline(self, directive: Directive) -> str:
        """``~n``."""
        if directive.left:
            raise BadFormat("~n is not adjusted")
        return "\n" * (1 if directive.width is None else directive.width)

    def ignore(self, _directive: Directive) -> str:
        """``~i``."""
        self.argument()
        return ""

    # --- numbers ---

    def integer(self, directive: Directive) -> str:
        """``~b`` and ``~B``."""
        return self._integer(directive, "")

    def prefixed(self, directive: Directive) -> str:
        """``~x`` and ``~X``."""
        number = self.argument()
        prefix = self.argument()
        if type(prefix) is Atom:
            text = prefix.name
        elif type(prefix) is list:
            text = characters(prefix, unicode=True)
        else:
            raise BadFormat("a prefix is an atom or a string")
        self._arguments.append(number)
        return self._integer(directive, text)

    def based(self, directive: Directive) -> str:
        """``~#`` and ``~+``."""
        base = _base(directive)
        return self._integer(directive, f"{base}#")

    def _integer(self, directive: Directive, prefix: str) -> str:
        from erts_emu.shell.lib.erlang_conversions import in_base

        number = self.argument()
        if type(number) is not int:
            raise BadFormat("an integer is needed")
        text = in_base(abs(number), _base(directive))
        if directive.control in "bx+":
            text = text.lower()
        directive.precision = None
        return _field(directive, ("-" if number < 0 else "") + prefix + text)

    def scientific(self, directive: Directive) -> str:
        """``~e``."""
        number = self._float()
        precision = _DEFAULT_PRECISION if directive.precision is None else directive.precision
        if precision < 2:
            raise BadFormat("~e has at least two digits")
        directive.precision = None
        return _field(directive, _exponential(number, precision))

    def fixed(self, directive: Directive) -> str:
        """``~f``."""
        number = self._float()
        precision = _DEFAULT_PRECISION if directive.precision is None else directive.precision
        if precision < 1:
            raise BadFormat("~f has at least one digit after the point")
        directive.precision = None
        return _field(directive, _decimals(number, precision))

    def general(self, directive: Directive) -> str:
        """``~g``."""
        number = self._float()
        precision = _DEFAULT_PRECISION if directive.precision is None else directive.precision
        if precision < 1:
            raise BadFormat("~g has at least one digit")
        directive.precision = None
        size = abs(number)
        if 0.1 <= size < 10000.0:
            digits = next(count for limit, count in _DIGITS_BEFORE_POINT if size < limit)
            if precision <= 1 and digits <= 1:
                text = _decimals(number, 1)
            elif precision >= digits + 1:
                text = _decimals(number, precision - digits)
            else:
                text = _exponential(number, max(precision, 2))
        else:
            text = _exponential(number, max(precision, 2))
        return _field(directive, text)

    def _float(self) -> float:
        number = self.argument()
        if type(number) is not float:
            raise BadFormat("a float is needed")
        return number


_KNOWN_DIGITS: Final = 20
"""As erl: further digits of ``~e`` are zeros."""
_DIGITS_BEFORE_POINT: Final = ((1.0, 0), (10.0, 1), (100.0, 2), (1000.0, 3), (10000.0, 4))


def _base(directive: Directive) -> int:
    base = 10 if directive.precision is None else directive.precision
    if not 2 <= base <= 36:
        raise BadFormat(f"there is no base {base}")
    return base


def _digits(number: float) -> tuple[str, str, int]:
    """Sign, 21 digits, and how many of them stand before the point: what ``erl`` rounds."""
    mantissa, _, exponent = f"{abs(number):.{_KNOWN_DIGITS}e}".partition("e")
    return "-" if copysign(1.0, number) < 0 else "", mantissa.replace(".", ""), int(exponent) + 1


def _rounded(digits: str, count: int) -> tuple[str, int]:
    """The first *count* digits, rounded; and 1 if that has made one more digit, 0 otherwise."""
    if count >= len(digits):
        return digits + "0" * (count - len(digits)), 0
    kept = str(int("1" + digits[:count]) + (digits[count] >= "5"))
    return kept[1:] if kept[0] == "1" else "1" + kept[1:], int(kept[0]) - 1


def _exponential(number: float, count: int) -> str:
    sign, digits, point = _digits(number)
    kept, more = _rounded(digits, count)
    exponent = point - 1 + more
    return f"{sign}{kept[0]}.{kept[1:count]}e{'-' if exponent < 0 else '+'}{abs(exponent)}"


def _decimals(number: float, count: int) -> str:
    sign, digits, point = _digits(number)
    if point < 0:
        digits, point = "0" * -point + digits, 0
    kept, more = _rounded(digits, point + count)
    point += more
    return f"{sign}{kept[:point] or '0'}.{kept[point:]}"


# --- fields ---


def _field(directive: Directive, text: str) -> str:
    """Pad *text* to the width; what does not fit is shown as asterisks."""
    width, precision = directive.width, directive.precision
    if width is None:
        if precision is None:
            return text
        width = precision
    room = min(len(text), width if precision is None else min(precision, width))
    if len(text) > room:
        return _adjusted("*" * room, directive.pad * (width - room), directive.left)
    return _adjusted(text, directive.pad * (width - len(text)), directive.left)


def _adjusted(text: str, padding: str, left: bool) -> str:
    return text + padding if left else padding + text


def _fitted(text: str, size: int, width: int, directive: Directive) -> str:
    if size > width:
        return _cut(text, width)
    return _adjusted(text, directive.pad * (width - size), directive.left)


def _repeated(text: str, directive: Directive) -> str:
    width, precision = directive.width, directive.precision
    if width is None:
        return text * (1 if precision is None else precision)
    if precision is None:
        return text * width
    if width < precision:
        raise BadFormat("the precision exceeds the width")
    return _adjusted(text * precision, directive.pad * (width - precision), directive.left)


def _shown_length(text: str) -> int:
    if text.isascii() or max(text) <= "\xff":
        return len(text)
    from erts_emu.terms._graphemes import visible_length

    return visible_length(text)


def _cut(text: str, size: int) -> str:
    if text.isascii() and "\r" not in text:
        return text[:size]
    from erts_emu.terms._graphemes import clusters

    return "".join(clusters(text)[:size])


# --- strings ---


def _string(term: Any, unicode: bool) -> str:
    """What ``~s`` (with ``t``: ``~ts``) shows: an atom, a binary, or deep characters."""
    if type(term) is Atom:
        text = term.name
        if not unicode and text and max(text) > "\xff":
            raise BadFormat("~s is for characters up to 255: use ~ts")
        return text
    return characters(term, unicode=unicode)


def characters(term: Any, *, unicode: bool) -> str:
    """The characters of a string: bytes in it are UTF-8 if *unicode*, Latin-1 otherwise. Raises ``BadFormat``."""
    if type(term) is list and all(type(code) is int for code in term):
        return _codes(term, unicode)
    parts: list[str] = []
    pending: list[Any] = [term]
    if not isinstance(term, list | bytes | ImproperList):
        raise BadFormat(f"{term!r} is no string")
    while pending:
        part = pending.pop()
        if type(part) is list:
            pending += reversed(part)
        elif type(part) is ImproperList:
            if not isinstance(part.tail, bytes):
                raise BadFormat("a string ends in a list or a binary")
            pending += (part.tail, *reversed(part.elements))
        elif type(part) is int:
            parts.append(_codes([part], unicode))
        elif isinstance(part, bytes):
            parts.append(_decoded(part, unicode))
        else:
            raise BadFormat("not a string")
    return "".join(parts)


def _codes(codes: list[int], unicode: bool) -> str:
    most = 0x10FFFF if unicode else 255
    if any(not 0 <= code <= most or 0xD800 <= code < 0xE000 for code in codes):
        raise BadFormat("a character is out of range")
    return "".join(map(chr, codes))


def _decoded(data: bytes, unicode: bool) -> str:
    if not unicode:
        return data.decode("latin-1")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


_NESTED: Final = "wWpPs"
_CONTROLS: Final[dict[str, Callable[[_Formatter, Directive], str]]] = {
    "w": _Formatter.write,
    "W": _Formatter.write_depth,
    "p": _Formatter.print,
    "P": _Formatter.print_depth,
    "s": _Formatter.string,
    "c": _Formatter.character,
    "~": _Formatter.tilde,
    "n": _Formatter.newline,
    "i": _Formatter.ignore,
    "b": _Formatter.integer,
    "B": _Formatter.integer,
    "x": _Formatter.prefixed,
    "X": _Formatter.prefixed,
    "#": _Formatter.based,
    "+": _Formatter.based,
    "e": _Formatter.scientific,
    "f": _Formatter.fixed,
    "g": _Formatter.general,
}
