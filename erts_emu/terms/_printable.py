"""Which lists and binaries are shown as strings: those made of printable characters.

The printable range is that of ``erl``'s flag ``+pc``: ``latin1`` unless told otherwise. In latin1
encoding nothing above 255 is printable, whatever the range.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from erts_emu.terms.spelling import Encoding

_WHITE: Final = frozenset((8, 9, 10, 11, 12, 13, 27))
_LATIN1: Final = _WHITE | frozenset(range(0x20, 0x7F)) | frozenset(range(0xA0, 0x100))


def _in_unicode(code: int) -> bool:
    return code in _LATIN1 or 0x100 <= code < 0xD800 or 0xDFFF < code < 0xFFFE or 0xFFFF < code <= 0x10FFFF


def _test(encoding: Encoding, printable_range: Encoding) -> Callable[[int], bool]:
    return _in_unicode if encoding == printable_range == "unicode" else _LATIN1.__contains__


def list_as_text(term: list[Any], encoding: Encoding, printable_range: Encoding) -> str | None:
    """The text that *term* is, if it is one."""
    if set(map(type, term)) == {int} and all(map(_test(encoding, printable_range), term)):
        return "".join(map(chr, term))
    return None


class BinaryText(NamedTuple):
    """What a binary is shown as: *text*, and *suffix* says whether it is UTF-8, and cut."""

    text: str
    suffix: str


_CHARACTERS_PER_DEPTH: Final = 4


def binary_as_text(term: bytes, depth: int, encoding: Encoding, printable_range: Encoding) -> BinaryText | None:
    """The text that *term* is, or begins with.

    With a depth limit it is enough that as many characters as the depth are printable at its beginning.
    """
    most = min(_CHARACTERS_PER_DEPTH * depth, len(term)) if depth >= 0 else len(term)
    text = _utf8_beginning(term, most, _test(encoding, printable_range)) if encoding == "unicode" else None
    if text is None:
        text = _printable_beginning(term[:most].decode("latin-1"), _LATIN1.__contains__)
        size = len(text)
    else:
        size = len(text.encode())
    if not text or (size < len(term) and not 0 < depth <= len(text)):
        return None
    return BinaryText(text, ("/utf8" if size > len(text) else "") + ("..." if size < len(term) else ""))


def _utf8_beginning(term: bytes, most: int, printable: Callable[[int], bool]) -> str | None:
    """The printable ones of the first *most* characters, or ``None`` if those are not UTF-8."""
    start = term[: 4 * most]
    try:
        text = start.decode()
    except UnicodeDecodeError as error:
        text = start[: error.start].decode()
        if len(text) < most:
            return None
    return _printable_beginning(text[:most], printable)


def _printable_beginning(text: str, printable: Callable[[int], bool]) -> str:
    for at, character in enumerate(text):
        if not printable(ord(character)):
            return text[:at]
    return text
