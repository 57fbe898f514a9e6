"""The module ``string``: the functions on Unicode strings, and the older ones on lists of characters."""

from __future__ import annotations

import re
from typing import Any, Final

from erts_emu.shell.lib._arguments import chars, elements, refuse
from erts_emu.shell.lib.unicode import BadCharacters, decode
from erts_emu.shell.native import Library
from erts_emu.shell.operators import append, same
from erts_emu.shell.values import ERROR, INFINITY, TRUE, badarg, boolean
from erts_emu.terms._graphemes import clusters
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import ImproperList

LIBRARY: Final = Library("string")

_LEADING, _TRAILING, _BOTH, _ALL = (Atom(name) for name in ("leading", "trailing", "both", "all"))
_NOMATCH: Final = Atom("nomatch")
_WHITE: Final = (
    "\r\n", "\t", "\n", "\v", "\f", "\r", " ", "\x85", "\u200e", "\u200f", "\u2028", "\u2029",
)  # fmt: skip


def _text(term: Any) -> str:
    """The characters of a string, which may be deep and hold binaries. Raises ``badarg``."""
    if type(term) is list and all(type(code) is int for code in term):
        try:
            return "".join(map(chr, term))
        except (ValueError, OverflowError):
            raise badarg() from None
    try:
        return decode(term)
    except BadCharacters as error:
        if not isinstance(term, list | bytes | ImproperList):
            refuse()
        raise badarg() from error


def _graphemes(term: Any) -> list[str]:
    text = _text(term)
    return list(text) if text.isascii() and "\r" not in text else clusters(text)


def _like(term: Any, text: str) -> Any:
    """*text* as a binary or a list, as *term* is one."""
    return text.encode() if type(term) is bytes else chars(text)


def _shown(grapheme: str) -> Any:
    """A grapheme cluster as Erlang has it: a character, or a list of several."""
    return ord(grapheme) if len(grapheme) == 1 else chars(grapheme)


def _separators(term: Any) -> list[str]:
    return ["".join(map(chr, each if type(each) is list else [each])) for each in elements(term)]


# --- Unicode strings ---


@LIBRARY.plain("length")
def _length(term: Any) -> int:
    return len(_graphemes(term))


@LIBRARY.plain("is_empty")
def _is_empty(term: Any) -> Atom:
    return boolean(not _text(term)) if isinstance(term, list | bytes) else boolean(False)


@LIBRARY.plain("to_graphemes")
def _to_graphemes(term: Any) -> list[Any]:
    return [_shown(each) for each in _graphemes(term)]


@LIBRARY.plain("next_codepoint")
def _next_codepoint(term: Any) -> Any:
    text = _text(term)
    return append([ord(text[0])], _like(term, text[1:])) if text else []


@LIBRARY.plain("next_grapheme")
def _next_grapheme(term: Any) -> Any:
    found = _graphemes(term)
    return append([_shown(found[0])], _like(term, "".join(found[1:]))) if found else []


@LIBRARY.plain("reverse")
def _reverse(term: Any) -> list[Any]:
    return [ord(code) for each in reversed(_graphemes(term)) for code in each]


@LIBRARY.plain("slice", 2, 3)
def _slice(term: Any, start: Any, length: Any = INFINITY) -> Any:
    if type(start) is not int or start < 0:
        refuse()
    if length is not INFINITY and (type(length) is not int or length < 0):
        refuse()
    end: int | None = None
    if type(length) is int:
        end = start + length
    return _like(term, "".join(_graphemes(term)[start:end]))


@LIBRARY.plain("equal", 2, 3, 4)
def _equal(left: Any, right: Any, ignore_case: Any = None, form: Any = None) -> Atom:
    from unicodedata import normalize

    one, other = _text(left), _text(right)
    if ignore_case is TRUE:
        one, other = one.casefold(), other.casefold()
    if form is not None and form is not Atom("none"):
        one, other = normalize(form.name.upper(), one), normalize(form.name.upper(), other)
    return boolean(one == other)


@LIBRARY.plain("uppercase")
def _uppercase(term: Any) -> Any:
    return _like(term, _text(term).upper())


@LIBRARY.plain("lowercase")
def _lowercase(term: Any) -> Any:
    return _like(term, "".join([each.lower() for each in _text(term)]))


@LIBRARY.plain("titlecase")
def _titlecase(term: Any) -> Any:
    text = _text(term)
    return _like(term, text[:1].title() + text[1:])


@LIBRARY.plain("casefold")
def _casefold(term: Any) -> Any:
    return _like(term, _text(term).casefold())


def _direction(term: Any, allowed: tuple[Atom, ...]) -> Atom:
    if type(term) is not Atom or term not in allowed:
        refuse()
    return term


def _trimmed(found: list[str], where: Atom, unwanted: Any) -> list[str]:
    start, end = 0, len(found)
    if where is not _TRAILING:
        while start < end and found[start] in unwanted:
            start += 1
    if where is not _LEADING:
        while end > start and found[end - 1] in unwanted:
            end -= 1
    return found[start:end]


@LIBRARY.plain("trim", 1, 2, 3)
def _trim(term: Any, where: Any = _BOTH, unwanted: Any = None) -> Any:
    _direction(where, (_LEADING, _TRAILING, _BOTH))
    separators = _WHITE if unwanted is None else _separators(unwanted)
    return _like(term, "".join(_trimmed(_graphemes(term), where, separators)))


@LIBRARY.plain("chomp")
def _chomp(term: Any) -> Any:
    return _like(term, "".join(_trimmed(_graphemes(term), _TRAILING, ("\r\n", "\n"))))


@LIBRARY.plain("pad", 2, 3, 4)
def _pad(term: Any, length: Any, where: Any = _TRAILING, padding: Any = 32) -> list[Any]:
    if type(length) is not int:
        refuse()
    _direction(where, (_LEADING, _TRAILING, _BOTH))
    missing = max(0, length - len(_graphemes(term)))
    if where is _LEADING:
        return [[padding] * missing, term]
    if where is _TRAILING:
        return [term, *[padding] * missing]
    before = missing // 2
    return [[padding] * before, term, [padding] * before, *[padding] * (missing % 2)]


@LIBRARY.plain("take", 2, 3, 4)
def _take(term: Any, wanted: Any, complement: Any = None, where: Any = _LEADING) -> tuple[Any, Any]:
    separators = _separators(wanted)
    invert = complement is TRUE
    _direction(where, (_LEADING, _TRAILING))
    found = _graphemes(term)
    if where is _LEADING:
        count = 0
        while count < len(found) and (found[count] in separators) is not invert:
            count += 1
    else:
        count = len(found)
        while count and (found[count - 1] in separators) is not invert:
            count -= 1
    return (_like(term, "".join(found[:count])), _like(term, "".join(found[count:])))


@LIBRARY.plain("prefix")
def _prefix(term: Any, prefix: Any) -> Any:
    text, start = _text(term), _text(prefix)
    return _like(term, text[len(start) :]) if text.startswith(start) else _NOMATCH


@LIBRARY.plain("find", 2, 3)
def _find(term: Any, pattern: Any, where: Any = _LEADING) -> Any:
    _direction(where, (_LEADING, _TRAILING))
    text, wanted = _text(term), _text(pattern)
    if not wanted:
        return term
    at = text.find(wanted) if where is _LEADING else text.rfind(wanted)
    return _NOMATCH if at < 0 else _like(term, text[at:])


def _split_at(text: str, wanted: str, where: Atom) -> list[str]:
    if not wanted:
        return [text]
    if where is _ALL:
        return text.split(wanted)
    return text.split(wanted, 1) if where is _LEADING else text.rsplit(wanted, 1)


@LIBRARY.plain("split", 2, 3)
def _split(term: Any, pattern: Any, where: Any = _LEADING) -> list[Any]:
    _direction(where, (_LEADING, _TRAILING, _ALL))
    text, wanted = _text(term), _text(pattern)
    if not wanted:
        return [term]
    return [_like(term, part) for part in _split_at(text, wanted, where)]


@LIBRARY.plain("replace", 3, 4)
def _replace(term: Any, pattern: Any, replacement: Any, where: Any = _LEADING) -> list[Any]:
    _direction(where, (_LEADING, _TRAILING, _ALL))
    wanted = _text(pattern)
    if not wanted:
        return [term]
    parts = [_like(term, part) for part in _split_at(_text(term), wanted, where)]
    result: list[Any] = [parts[0]]
    for part in parts[1:]:
        result += (replacement, part)
    return result


def _lexemes_of(text: str | list[str], separators: list[str]) -> list[str]:
    found: list[str] = []
    current = ""
    for each in text:
        if each in separators:
            if current:
                found.append(current)
            current = ""
        else:
            current += each
    return [*found, current] if current else found


@LIBRARY.plain("lexemes")
def _lexemes(term: Any, separators: Any) -> list[Any]:
    return [_like(term, each) for each in _lexemes_of(_graphemes(term), _separators(separators))]


@LIBRARY.plain("nth_lexeme")
def _nth_lexeme(term: Any, number: Any, separators: Any) -> Any:
    if type(number) is not int or number < 1:
        refuse()
    found = _lexemes_of(_graphemes(term), _separators(separators))
    return _like(term, found[number - 1]) if number <= len(found) else _like(term, "")


# --- numbers ---

_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_FLOAT: Final = re.compile(r"[+-]?[0-9]+[.,][0-9]+([eE][+-]?[0-9]+)?")


def _number(term: Any, pattern: re.Pattern[str], kind: str) -> Any:
    if not isinstance(term, list | bytes):
        return (ERROR, Atom("badarg"))
    try:
        text = _text(term)
    except Exception:  # noqa: BLE001 -- whatever is wrong with it, the answer is the same
        return (ERROR, Atom("badarg"))
    found = pattern.match(text)
    if found is None:
        return (ERROR, Atom(f"no_{kind}"))
    from erts_emu.shell.lib.erlang_conversions import _parsed

    digits = found[0]
    value = _parsed(digits, 10) if kind == "integer" else float(digits.replace(",", "."))
    return (value, _like(term, text[found.end() :]))


@LIBRARY.plain("to_integer")
def _to_integer(term: Any) -> Any:
    return _number(term, _INTEGER, "integer")


@LIBRARY.plain("to_float")
def _to_float(term: Any) -> Any:
    return _number(term, _FLOAT, "float")


@LIBRARY.plain("list_to_integer")
def _list_to_integer(term: Any) -> Any:
    return _to_integer(term) if type(term) is list else (ERROR, Atom("not_a_list"))


@LIBRARY.plain("list_to_float")
def _list_to_float(term: Any) -> Any:
    return _to_float(term) if type(term) is list else (ERROR, Atom("not_a_list"))


# --- lists of characters ---


@LIBRARY.plain("len")
def _len(term: Any) -> int:
    if type(term) is not list:
        raise badarg()
    return len(term)


@LIBRARY.plain("concat")
def _concat(left: Any, right: Any) -> Any:
    return append(left, right)


@LIBRARY.plain("chr")
def _chr(term: Any, code: Any) -> int:
    if type(code) is not int:
        refuse()
    return next((index for index, each in enumerate(elements(term), 1) if same(each, code)), 0)


@LIBRARY.plain("rchr")
def _rchr(term: Any, code: Any) -> int:
    if type(code) is not int:
        refuse()
    return next((index for index in range(len(elements(term)), 0, -1) if same(term[index - 1], code)), 0)


def _at(text: list[Any], part: list[Any], start: int) -> bool:
    return same(text[start : start + len(part)], part)


@LIBRARY.plain("str")
def _str(term: Any, part: Any) -> int:
    elements(part)
    last = len(elements(term)) - len(part) + 1
    if not part:
        return 1 if term else 0
    return next((start + 1 for start in range(last) if _at(term, part, start)), 0)


@LIBRARY.plain("rstr")
def _rstr(term: Any, part: Any) -> int:
    elements(part)
    last = len(elements(term)) - len(part)
    if not part:
        return len(term)
    return next((start + 1 for start in range(last, -1, -1) if _at(term, part, start)), 0)


@LIBRARY.plain("span")
def _span(term: Any, wanted: Any) -> int:
    return next((i for i, each in enumerate(elements(term)) if each not in elements(wanted)), len(term))


@LIBRARY.plain("cspan")
def _cspan(term: Any, wanted: Any) -> int:
    return next((i for i, each in enumerate(elements(term)) if each in elements(wanted)), len(term))


@LIBRARY.plain("substr", 2, 3)
def _substr(term: Any, start: Any, length: Any = None) -> list[Any]:
    if type(start) is not int or start < 1 or (length is not None and (type(length) is not int or length < 0)):
        refuse()
    if len(elements(term)) < start - 1:
        refuse()
    return elements(term)[start - 1 : None if length is None else start - 1 + length]


@LIBRARY.plain("sub_string", 2, 3)
def _sub_string(term: Any, start: Any, stop: Any = None) -> list[Any]:
    if type(start) is not int or (stop is not None and type(stop) is not int):
        refuse()
    return _substr(term, start) if stop is None else _substr(term, start, stop - start + 1)


@LIBRARY.plain("tokens")
def _tokens(term: Any, separators: Any) -> list[list[int]]:
    found: list[list[int]] = []
    current: list[int] = []
    for each in elements(term):
        if each in elements(separators):
            if current:
                found.append(current)
            current = []
        else:
            current.append(each)
    return [*found, current] if current else found


@LIBRARY.plain("join")
def _join(parts: Any, separator: Any) -> list[Any]:
    result: list[Any] = []
    for index, part in enumerate(elements(parts)):
        result += (separator if index else []) + part
    return result


@LIBRARY.plain("chars", 2, 3)
def _chars(code: Any, count: Any, tail: Any = ()) -> Any:
    if type(count) is not int or count < 0 or type(code) is not int:
        refuse()
    return [code] * count if tail == () else append([code] * count, tail)


@LIBRARY.plain("copies")
def _copies(term: Any, count: Any) -> list[Any]:
    if type(count) is not int or count < 0:
        refuse()
    return elements(term) * count


@LIBRARY.plain("words", 1, 2)
def _words(term: Any, separator: Any = 32) -> int:
    return len(_tokens(term, [separator]))


@LIBRARY.plain("sub_word", 2, 3)
def _sub_word(term: Any, number: Any, separator: Any = 32) -> list[int]:
    if type(number) is not int:
        refuse()
    found = _tokens(term, [separator])
    return found[number - 1] if 1 <= number <= len(found) else []


_STRIPS: Final = {"left": _LEADING, "right": _TRAILING, "both": _BOTH}


@LIBRARY.plain("strip", 1, 2, 3)
def _strip(term: Any, where: Any = _BOTH, code: Any = 32) -> list[Any]:
    if type(where) is not Atom or where.name not in _STRIPS:
        refuse()
    start, end = 0, len(elements(term))
    if where.name != "right":
        while start < end and same(term[start], code):
            start += 1
    if where.name != "left":
        while end > start and same(term[end - 1], code):
            end -= 1
    return term[start:end]  # type: ignore[no-any-return]


@LIBRARY.plain("left", 2, 3)
def _left(term: Any, size: Any, code: Any = 32) -> list[Any]:
    if type(size) is not int or type(code) is not int:
        refuse()
    return (elements(term) + [code] * (size - len(term)))[:size]


@LIBRARY.plain("right", 2, 3)
def _right(term: Any, size: Any, code: Any = 32) -> list[Any]:
    if type(size) is not int or type(code) is not int:
        refuse()
    padded = [code] * (size - len(elements(term))) + elements(term)
    return padded[len(padded) - size :]


@LIBRARY.plain("centre", 2, 3)
def _centre(term: Any, size: Any, code: Any = 32) -> list[Any]:
    if type(size) is not int or type(code) is not int:
        refuse()
    count = len(elements(term))
    if count > size:
        start = (count - size) // 2
        return elements(term)[start : start + size]
    before = (size - count) // 2
    return [code] * before + elements(term) + [code] * (size - count - before)


def _latin1_case(code: Any, *, upper: bool) -> Any:
    text = chr(code) if type(code) is int and 0 <= code <= 255 else ""
    if not text.isalpha() or text in "\xdf\xff\xaa\xba\xb5":
        return code
    return ord(text.upper() if upper else text.lower())


def _cased(term: Any, *, upper: bool) -> Any:
    if type(term) is int:
        return _latin1_case(term, upper=upper)
    return [_latin1_case(code, upper=upper) for code in elements(term)]


@LIBRARY.plain("to_upper")
def _to_upper(term: Any) -> Any:
    return _cased(term, upper=True)


@LIBRARY.plain("to_lower")
def _to_lower(term: Any) -> Any:
    return _cased(term, upper=False)
