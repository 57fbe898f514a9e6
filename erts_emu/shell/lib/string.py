"""The module ``string``: the functions on Unicode strings, and the older ones on lists of characters."""

from __future__ import annotations

import math
import re
from itertools import accumulate
from typing import Any, Final

from erts_emu.errors import ErlangError
from erts_emu.shell.lib._arguments import a_list, chars, elements, parts, refuse, walk
from erts_emu.shell.lib.unicode import BadCharacters, decode
from erts_emu.shell.native import Library
from erts_emu.shell.operators import append, is_list, same
from erts_emu.shell.values import ERROR, FALSE, INFINITY, TRUE, badarg, badarith, boolean, failure, function_clause
from erts_emu.terms._graphemes import clusters
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import ImproperList, list_with_tail

LIBRARY: Final = Library("string")

_LEADING, _TRAILING, _BOTH, _ALL = (Atom(name) for name in ("leading", "trailing", "both", "all"))
_NONE: Final = Atom("none")
_NOMATCH: Final = Atom("nomatch")
_WHITE: Final = (
    "\r\n", "\t", "\n", "\v", "\f", "\r", " ", "\x85", "\u200e", "\u200f", "\u2028", "\u2029",
)  # fmt: skip


def _text(term: Any) -> str:
    """The characters of a string, which may be deep and hold binaries; bytes that are no UTF-8 stand for themselves.

    Raises ``function_clause``.
    """
    if type(term) is list and all(type(code) is int for code in term):
        try:
            return "".join(map(chr, term))
        except (ValueError, OverflowError):
            raise badarg() from None
    if isinstance(term, bytes):
        return term.decode("utf-8", "surrogateescape")
    if not is_list(term):
        refuse()
    content, tail = parts(term)
    if tail != [] and not isinstance(tail, bytes):
        refuse()
    return "".join(_text([each] if type(each) is int else each) for each in (*content, tail))


_BAD_BYTE: Final = re.compile("[\udc80-\udcff]")


def _valid(term: Any) -> str:
    """The characters of a string. Raises ``{badarg, Rest}`` where a binary is no UTF-8."""
    text = _text(term)
    bad = None if text.isascii() else _BAD_BYTE.search(text)
    if bad is not None:
        raise failure("badarg", text[bad.start() :].encode("utf-8", "surrogateescape"))
    return text


def _searched(term: Any) -> str:
    """The characters of a string in which something is looked for. Raises ``{badmatch, Term}``."""
    if not isinstance(term, list | bytes | ImproperList):
        raise failure("badmatch", term)
    if type(term) is ImproperList and not isinstance(term.tail, bytes):
        raise failure("badmatch", term.tail)
    return _text(term)


def _pattern(term: Any) -> str:
    """The characters of what is looked for. Raises ``badarg`` and ``function_clause``."""
    try:
        return decode(term)
    except BadCharacters as error:
        raise badarg() if error.is_badarg else function_clause() from None


def _clusters(text: str) -> list[str]:
    return list(text) if text.isascii() and "\r" not in text else clusters(text)


def _graphemes(term: Any) -> list[str]:
    return _clusters(_valid(term))


def _like(term: Any, text: str) -> Any:
    """*text* as a binary or a list, as *term* is one."""
    return text.encode("utf-8", "surrogateescape") if isinstance(term, bytes) else chars(text)


def _shown(grapheme: str) -> Any:
    """A grapheme cluster as Erlang has it: a character, or a list of several."""
    return ord(grapheme) if len(grapheme) == 1 else chars(grapheme)


def _separators(term: Any) -> list[str]:
    return ["".join(map(chr, each if type(each) is list else [each])) for each in elements(term)]


# --- Unicode strings ---


@LIBRARY.plain("length")
def length(term: Any) -> int:
    """``string:length/1``."""
    return len(_graphemes(term))


@LIBRARY.plain("is_empty")
def _is_empty(term: Any) -> Atom:
    return boolean(isinstance(term, list | bytes) and (not term or _is_hollow(term)))


def _is_hollow(term: Any) -> bool:
    """Whether a deep string that is not empty has no characters."""
    return type(term) is list and all(each in ([], b"") or _is_hollow(each) for each in term)


@LIBRARY.plain("to_graphemes")
def _to_graphemes(term: Any) -> list[Any]:
    return [_shown(each) for each in _graphemes(term)]


@LIBRARY.plain("next_codepoint")
def _next_codepoint(term: Any) -> Any:
    text = _text(term)
    if _BAD_BYTE.match(text):
        return (ERROR, text.encode("utf-8", "surrogateescape"))
    return append([ord(text[0])], _like(term, text[1:])) if text else []


@LIBRARY.plain("next_grapheme")
def _next_grapheme(term: Any) -> Any:
    text = _text(term)
    if _BAD_BYTE.match(text):
        return (ERROR, text.encode("utf-8", "surrogateescape"))
    found = _clusters(text)
    return append([_shown(found[0])], _like(term, "".join(found[1:]))) if found else []


@LIBRARY.plain("reverse")
def _reverse(term: Any) -> list[Any]:
    return [_shown(each) for each in reversed(_graphemes(term))]


@LIBRARY.plain("slice", 2, 3)
def _slice(term: Any, start: Any, length: Any = INFINITY) -> Any:
    if type(start) is not int or start < 0:
        refuse()
    if length is not INFINITY and (type(length) is not int or length < 0):
        refuse()
    if start == 0 and length is INFINITY:
        return term
    end: int | None = None
    if type(length) is int:
        end = start + length
    return _like(term, "".join(_graphemes(term)[start:end]))


@LIBRARY.plain("equal", 2, 3, 4)
def _equal(left: Any, right: Any, ignore_case: Any = FALSE, form: Any = _NONE) -> Atom:
    from unicodedata import normalize

    if ignore_case is not TRUE and ignore_case is not FALSE:
        refuse()
    one, other = _text(left), _text(right)
    if ignore_case is TRUE:
        one, other = one.casefold(), other.casefold()
    if form is not _NONE:
        one, other = normalize(form.name.upper(), one), normalize(form.name.upper(), other)
    return boolean(one == other)


def _to_change(term: Any) -> str:
    """The characters of a string whose case is to change. Raises ``{badarg, Term}``."""
    if not isinstance(term, list | bytes | ImproperList):
        raise failure("badarg", term)
    return _valid(term)


@LIBRARY.plain("uppercase")
def _uppercase(term: Any) -> Any:
    return _like(term, _to_change(term).upper())


@LIBRARY.plain("lowercase")
def _lowercase(term: Any) -> Any:
    return _like(term, "".join([each.lower() for each in _to_change(term)]))


@LIBRARY.plain("titlecase")
def _titlecase(term: Any) -> Any:
    text = _text(term)
    return _like(term, text[:1].title() + text[1:])


@LIBRARY.plain("casefold")
def _casefold(term: Any) -> Any:
    return _like(term, _to_change(term).casefold())


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
    return _like(term, "".join(_trimmed(_clusters(_text(term)), where, separators)))


@LIBRARY.plain("chomp")
def _chomp(term: Any) -> Any:
    return _like(term, "".join(_trimmed(_clusters(_text(term)), _TRAILING, ("\r\n", "\n"))))


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
def _take(term: Any, wanted: Any, complement: Any = FALSE, where: Any = _LEADING) -> tuple[Any, Any]:
    if complement is not TRUE and complement is not FALSE:
        refuse()
    separators = _separators(wanted)
    invert = complement is TRUE
    _direction(where, (_LEADING, _TRAILING))
    found = _clusters(_text(term))
    if where is _LEADING:
        count = 0
        while count < len(found) and (found[count] in separators) is not invert:
            count += 1
    else:
        count = len(found)
        while count and (found[count - 1] in separators) is not invert:
            count -= 1
    return (_like(term, "".join(found[:count])), _like(term, "".join(found[count:])))


def _places(text: str, wanted: str) -> list[int]:
    """Where *wanted* stands in *text*, at whole grapheme clusters, from the left and without overlapping."""
    borders = None if text.isascii() and "\r" not in text else {0, *accumulate(map(len, clusters(text)))}
    found: list[int] = []
    at = text.find(wanted)
    while at >= 0:
        whole = borders is None or (at in borders and at + len(wanted) in borders)
        if whole:
            found.append(at)
        at = text.find(wanted, at + len(wanted) if whole else at + 1)
    return found


def _last_place(text: str, wanted: str) -> int:
    """Where *wanted* stands last in *text*, at whole grapheme clusters, or -1."""
    borders = None if text.isascii() and "\r" not in text else {0, *accumulate(map(len, clusters(text)))}
    at = text.rfind(wanted)
    while at >= 0 and borders is not None and not (at in borders and at + len(wanted) in borders):
        at = text.rfind(wanted, 0, at + len(wanted) - 1)
    return at


@LIBRARY.plain("prefix")
def _prefix(term: Any, prefix: Any) -> Any:
    start, text = _pattern(prefix), _text(term)
    if not start:
        return term
    return _like(term, text[len(start) :]) if 0 in _places(text, start)[:1] else _NOMATCH


@LIBRARY.plain("find", 2, 3)
def _find(term: Any, pattern: Any, where: Any = _LEADING) -> Any:
    try:
        wanted = _pattern(pattern)
    except ErlangError:
        raise badarg() from None
    if not wanted:
        return term
    _direction(where, (_LEADING, _TRAILING))
    text = _searched(term)
    at = next(iter(_places(text, wanted)), -1) if where is _LEADING else _last_place(text, wanted)
    return _NOMATCH if at < 0 else _like(term, text[at:])


def _split_at(text: str, wanted: str, where: Any) -> list[str]:
    if not wanted:
        return [text]
    places = _places(text, wanted)
    if places:
        _direction(where, (_LEADING, _TRAILING, _ALL))
    if where is _TRAILING:
        places = [_last_place(text, wanted)] if places else []
    elif where is not _ALL:
        places = places[:1]
    starts = [0, *(place + len(wanted) for place in places)]
    return [text[start:end] for start, end in zip(starts, [*places, len(text)], strict=True)]


@LIBRARY.plain("split", 2, 3)
def _split(term: Any, pattern: Any, where: Any = _LEADING) -> list[Any]:
    wanted = _pattern(pattern)
    if not wanted:
        return [term]
    found = _split_at(_searched(term), wanted, where)
    return [term] if len(found) == 1 else [_like(term, part) for part in found]


@LIBRARY.plain("replace", 3, 4)
def _replace(term: Any, pattern: Any, replacement: Any, where: Any = _LEADING) -> list[Any]:
    found = _split(term, pattern, where)
    result: list[Any] = [found[0]]
    for part in found[1:]:
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
    separators = _separators(separators)
    return [_like(term, each) for each in _lexemes_of(_clusters(_text(term)), separators)]


@LIBRARY.plain("nth_lexeme")
def _nth_lexeme(term: Any, number: Any, separators: Any) -> Any:
    if type(number) is not int or number < 1:
        refuse()
    found = _lexemes_of(_clusters(_valid(term)), _separators(separators))
    return _like(term, found[number - 1]) if number <= len(found) else _like(term, "")


# --- numbers ---

_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_FLOAT: Final = re.compile(r"[+-]?[0-9]+[.,][0-9]+([eE][+-]?[0-9]+)?")


def _number(term: Any, pattern: re.Pattern[str], kind: str) -> Any:
    """The number that a string begins with, and what follows it; what follows is not looked at."""
    digits, rest = _beginning(term)
    found = pattern.match(digits)
    if found is None:
        return (ERROR, Atom(f"no_{kind}"))
    from erts_emu.shell.lib.erlang_conversions import _parsed

    value = _parsed(found[0], 10) if kind == "integer" else float(found[0].replace(",", "."))
    if value in (math.inf, -math.inf):
        return (ERROR, Atom(f"no_{kind}"))
    left = digits[found.end() :]
    return (value, left.encode() + rest if isinstance(rest, bytes) else list_with_tail(chars(left), rest))


def _beginning(term: Any) -> tuple[str, Any]:
    """The characters of a flat list or a binary that may belong to a number, and what follows them."""
    content, tail = (list(term), []) if isinstance(term, bytes) else parts(term)
    count = next((at for at, code in enumerate(content) if code not in _OF_NUMBERS), len(content))
    digits = "".join(map(chr, content[:count]))
    return digits, term[count:] if isinstance(term, bytes) else list_with_tail(content[count:], tail)


_OF_NUMBERS: Final = frozenset(map(ord, "0123456789+-.,eE"))


def _deep_number(term: Any, pattern: re.Pattern[str], kind: str) -> Any:
    if not isinstance(term, list | bytes | ImproperList):
        return (ERROR, Atom("badarg"))
    if isinstance(term, bytes) or all(type(code) in (int, float) for code in parts(term)[0]):
        rest = term[:1] if isinstance(term, bytes) else b""
        return (ERROR, Atom("badarg")) if rest > b"\xf4" else _number(term, pattern, kind)
    try:
        return _number(chars(_text(term)), pattern, kind)
    except ErlangError:
        return (ERROR, Atom("badarg"))


@LIBRARY.plain("to_integer")
def _to_integer(term: Any) -> Any:
    return _deep_number(term, _INTEGER, "integer")


@LIBRARY.plain("to_float")
def _to_float(term: Any) -> Any:
    return _deep_number(term, _FLOAT, "float")


@LIBRARY.plain("list_to_integer")
def _list_to_integer(term: Any) -> Any:
    return _number(term, _INTEGER, "integer") if is_list(term) else (ERROR, Atom("not_a_list"))


@LIBRARY.plain("list_to_float")
def _list_to_float(term: Any) -> Any:
    return _number(term, _FLOAT, "float") if is_list(term) else (ERROR, Atom("not_a_list"))


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
    return next((index for index, each in enumerate(walk(term), 1) if same(each, code)), 0)


@LIBRARY.plain("rchr")
def _rchr(term: Any, code: Any) -> int:
    if type(code) is not int:
        refuse()
    return next((index for index in range(len(elements(term)), 0, -1) if same(term[index - 1], code)), 0)


def _at(text: list[Any], part: list[Any], start: int) -> bool:
    return same(text[start : start + len(part)], part)


@LIBRARY.plain("str")
def _str(term: Any, part: Any) -> int:
    elements(term)
    last = len(term) - len(parts(part)[0]) + 1
    if not is_list(part):
        refuse()
    if not part or type(part) is ImproperList:
        return 0
    return next((start + 1 for start in range(last) if _at(term, part, start)), 0)


@LIBRARY.plain("rstr")
def _rstr(term: Any, part: Any) -> int:
    elements(term)
    last = len(term) - len(parts(part)[0])
    if not is_list(part):
        refuse()
    if not part or type(part) is ImproperList:
        return 0
    return next((start + 1 for start in range(last, -1, -1) if _at(term, part, start)), 0)


@LIBRARY.plain("span")
def _span(term: Any, wanted: Any) -> int:
    return next((i for i, each in enumerate(elements(term)) if each not in elements(wanted)), len(term))


@LIBRARY.plain("cspan")
def _cspan(term: Any, wanted: Any) -> int:
    return next((i for i, each in enumerate(elements(term)) if each in elements(wanted)), len(term))


@LIBRARY.plain("substr", 2)
def _substr_from(term: Any, start: Any) -> Any:
    if type(start) is not int or start < 1:
        refuse()
    content, tail = parts(term)
    if len(content) < start - 1 or not (content or is_list(tail)):
        refuse()
    return list_with_tail(content[start - 1 :], tail)


@LIBRARY.plain("substr", 3)
def _substr(term: Any, start: Any, length: Any) -> list[Any]:
    if type(start) is not int or start < 1 or type(length) is not int or length < 0:
        refuse()
    if len(elements(term)) < start - 1:
        refuse()
    return elements(term)[start - 1 : start - 1 + length]


@LIBRARY.plain("sub_string", 2, 3)
def _sub_string(term: Any, start: Any, stop: Any = None) -> list[Any]:
    if type(start) is not int or (stop is not None and type(stop) is not int):
        refuse()
    return _substr_from(term, start) if stop is None else _substr(term, start, stop - start + 1)


@LIBRARY.plain("tokens")
def _tokens(term: Any, separators: Any) -> list[list[Any]]:
    if not is_list(separators):
        raise failure("case_clause", separators)
    if type(separators) is ImproperList and term != []:
        raise badarg()
    found: list[list[Any]] = []
    current: list[Any] = []
    for each in elements(term):
        if any(same(each, separator) for separator in separators):
            if current:
                found.append(current)
            current = []
        else:
            current.append(each)
    return [*found, current] if current else found


@LIBRARY.plain("join")
def _join(strings: Any, separator: Any) -> Any:
    if not is_list(strings) or (strings == [] and not is_list(separator)):
        refuse()
    content, tail = parts(strings)
    if tail != []:
        raise failure("bad_generator", tail)
    result: Any = append(content[0], []) if len(content) == 1 else content[-1] if content else []
    for part in reversed(content[:-1]):
        result = append(part, append(separator, result))
    return result


@LIBRARY.plain("chars", 2, 3)
def _chars(code: Any, count: Any, tail: Any = ()) -> Any:
    if type(code) is int and not isinstance(count, int | float):
        raise badarith()
    if type(count) is not int or count < 0 or type(code) is not int:
        refuse()
    return [code] * count if tail == () else append([code] * count, tail)


@LIBRARY.plain("copies")
def _copies(term: Any, count: Any) -> list[Any]:
    if type(count) is not int or count < 0 or not is_list(term):
        refuse()
    return a_list(term) * count if count else []


def _words_of(term: Any, separator: Any) -> list[list[Any]]:
    if type(separator) is not int:
        refuse()
    return _tokens(term, [separator])


@LIBRARY.plain("words", 1, 2)
def _words(term: Any, separator: Any = 32) -> int:
    return max(1, len(_words_of(term, separator)))


@LIBRARY.plain("sub_word", 2, 3)
def _sub_word(term: Any, number: Any, separator: Any = 32) -> list[Any]:
    found = _words_of(term, separator)
    if type(number) is not int or number < 1:
        refuse()
    return found[number - 1] if number <= len(found) else []


_STRIPS: Final = {"left": _LEADING, "right": _TRAILING, "both": _BOTH}


@LIBRARY.plain("strip", 1, 2, 3)
def _strip(term: Any, where: Any = _BOTH, code: Any = 32) -> list[Any]:
    if type(where) is not Atom or where.name not in _STRIPS or type(code) is not int:
        refuse()
    start, end = 0, len(elements(term))
    if where.name != "right":
        while start < end and same(term[start], code):
            start += 1
    if where.name != "left":
        while end > start and same(term[end - 1], code):
            end -= 1
    return term[start:end]  # type: ignore[no-any-return]


def _adjusted(term: Any, size: Any, code: Any) -> list[Any]:
    """The characters of a string that is to be given a size."""
    if code is not None and type(code) is not int:
        refuse()
    if code is None and type(size) is not int:
        refuse()
    characters = a_list(term)
    if type(size) is not int and type(size) is not float:
        raise badarith()
    return refuse() if type(size) is float or size < 0 else characters


@LIBRARY.plain("left", 2, 3)
def _left(term: Any, size: Any, code: Any = None) -> list[Any]:
    return (_adjusted(term, size, code) + _blanks(code, size - len(term)))[:size]


@LIBRARY.plain("right", 2, 3)
def _right(term: Any, size: Any, code: Any = None) -> list[Any]:
    characters = _adjusted(term, size, code)
    padded = _blanks(code, size - len(characters)) + characters
    return padded[len(padded) - size :]


@LIBRARY.plain("centre", 2, 3)
def _centre(term: Any, size: Any, code: Any = None) -> list[Any]:
    characters = _adjusted(term, size, code)
    count = len(characters)
    if count > size:
        start = (count - size) // 2
        return characters[start : start + size]
    before = (size - count) // 2
    return _blanks(code, before) + characters + _blanks(code, size - count - before)


def _blanks(code: Any, count: int) -> list[Any]:
    return [32 if code is None else code] * count


def _latin1_case(code: Any, *, upper: bool) -> Any:
    text = chr(code) if type(code) is int and 0 <= code <= 255 else ""
    if not text.isalpha() or text in "\xdf\xff\xaa\xba\xb5":
        return code
    return ord(text.upper() if upper else text.lower())


def _cased(term: Any, *, upper: bool) -> Any:
    if type(term) is int:
        return _latin1_case(term, upper=upper)
    if not is_list(term):
        refuse()
    return [_latin1_case(code, upper=upper) for code in walk(term, "bad_generator", "bad_generator")]


@LIBRARY.plain("to_upper")
def _to_upper(term: Any) -> Any:
    return _cased(term, upper=True)


@LIBRARY.plain("to_lower")
def _to_lower(term: Any) -> Any:
    return _cased(term, upper=False)
