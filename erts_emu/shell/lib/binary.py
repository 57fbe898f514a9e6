"""The module ``binary``."""

from __future__ import annotations

from typing import Any, Final

from erts_emu.shell.lib._arguments import a_binary, a_list, natural
from erts_emu.shell.native import Library
from erts_emu.shell.operators import is_list
from erts_emu.shell.values import badarg
from erts_emu.terms import NotIodata, iolist_to_bytes
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import SubBinary, part_of

LIBRARY: Final = Library("binary")
_NOMATCH: Final = Atom("nomatch")
_BIG, _LITTLE = Atom("big"), Atom("little")
_COMPILED: Final = Atom("am")


def _range(data: bytes, start: Any, length: Any) -> tuple[int, int]:
    if type(start) is not int or type(length) is not int:
        raise badarg()
    begin, end = (start, start + length) if length >= 0 else (start + length, start)
    if not 0 <= begin <= end <= len(data):
        raise badarg()
    return begin, end


def _part(data: bytes, part: Any) -> tuple[int, int]:
    if type(part) is not tuple or len(part) != 2:
        raise badarg()
    return _range(data, *part)


@LIBRARY.plain("at")
def _at(data: Any, position: Any) -> int:
    if natural(position) >= len(a_binary(data)):
        raise badarg()
    return data[position]  # type: ignore[no-any-return]


@LIBRARY.plain("first")
def _first(data: Any) -> int:
    if not a_binary(data):
        raise badarg()
    return data[0]  # type: ignore[no-any-return]


@LIBRARY.plain("last")
def _last(data: Any) -> int:
    if not a_binary(data):
        raise badarg()
    return data[-1]  # type: ignore[no-any-return]


@LIBRARY.plain("part", 2, 3)
def _binary_part(data: Any, *part: Any) -> bytes:
    begin, end = _part(a_binary(data), part if len(part) == 2 else part[0])
    return part_of(data, begin, end)


@LIBRARY.plain("bin_to_list", 1, 2, 3)
def _bin_to_list(data: Any, *part: Any) -> list[int]:
    begin, end = 0, len(a_binary(data))
    if part:
        begin, end = _part(data, part if len(part) == 2 else part[0])
    return list(data[begin:end])


@LIBRARY.plain("list_to_bin")
def _list_to_bin(term: Any) -> bytes:
    if not is_list(term):
        raise badarg()
    try:
        return iolist_to_bytes(term)
    except NotIodata:
        raise badarg() from None


@LIBRARY.plain("copy", 1, 2)
def _copy(data: Any, times: Any = 1) -> bytes:
    return bytes(a_binary(data)) * natural(times)


@LIBRARY.plain("referenced_byte_size")
def _referenced_byte_size(data: Any) -> int:
    return data.whole_size if isinstance(a_binary(data), SubBinary) else len(data)


def _common(binaries: list[bytes]) -> int:
    """How many bytes all begin with: those that the first and the last in order share."""
    first, last = min(binaries), max(binaries)
    return next((i for i, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))


@LIBRARY.plain("longest_common_prefix")
def _longest_common_prefix(binaries: Any) -> int:
    if not a_list(binaries) or any(not isinstance(each, bytes) for each in binaries):
        raise badarg()
    return _common(binaries)


@LIBRARY.plain("longest_common_suffix")
def _longest_common_suffix(binaries: Any) -> int:
    if not a_list(binaries) or any(not isinstance(each, bytes) for each in binaries):
        raise badarg()
    return _common([each[::-1] for each in binaries])


# --- numbers ---


def _order(endian: Any) -> Any:
    if endian is not _BIG and endian is not _LITTLE:
        raise badarg()
    return endian.name


@LIBRARY.plain("encode_unsigned", 1, 2)
def _encode_unsigned(number: Any, endian: Any = _BIG) -> bytes:
    order = _order(endian)
    return natural(number).to_bytes(max(1, (number.bit_length() + 7) // 8), order)


@LIBRARY.plain("decode_unsigned", 1, 2)
def _decode_unsigned(data: Any, endian: Any = _BIG) -> int:
    return int.from_bytes(a_binary(data), _order(endian))


@LIBRARY.plain("encode_hex", 1)
def _encode_hex(data: Any) -> bytes:
    return a_binary(data).hex().upper().encode()


@LIBRARY.plain("decode_hex")
def _decode_hex(data: Any) -> bytes:
    try:
        text = a_binary(data).decode("ascii")
        if not text.isalnum() and text:
            raise badarg()
        return bytes.fromhex(text)
    except (UnicodeDecodeError, ValueError) as error:
        raise badarg() from error


# --- searching ---


def patterns_of(pattern: Any) -> list[bytes]:
    """The binaries that a pattern looks for. Raises ``badarg``."""
    if type(pattern) is tuple and len(pattern) == 2 and pattern[0] in (_COMPILED, Atom("bm")):
        return list(pattern[1])
    found = pattern if type(pattern) is list else [pattern]
    if not found or any(not isinstance(each, bytes) or not each for each in found):
        raise badarg()
    return found


@LIBRARY.plain("compile_pattern")
def _compile_pattern(pattern: Any) -> Any:
    return (_COMPILED, tuple(patterns_of(pattern)))


def _search(data: bytes, patterns: list[bytes], begin: int, end: int) -> tuple[int, int] | None:
    """The first match; of several at one place, the longest."""
    best: tuple[int, int] | None = None
    for pattern in patterns:
        at = data.find(pattern, begin, end)
        if at >= 0 and (best is None or (at, -len(pattern)) < (best[0], -best[1])):
            best = (at, len(pattern))
    return best


def _all_matches(data: bytes, patterns: list[bytes], begin: int, end: int) -> list[tuple[int, int]]:
    found = []
    while (match := _search(data, patterns, begin, end)) is not None:
        found.append(match)
        begin = match[0] + match[1]
    return found


def _options(data: bytes, options: Any, *flags: str) -> tuple[int, int, set[str]]:
    begin, end = 0, len(data)
    given: set[str] = set()
    for option in a_list(options):
        if type(option) is tuple and len(option) == 2 and option[0] is Atom("scope"):
            begin, end = _part(data, option[1])
        elif type(option) is Atom and option.name in flags:
            given.add(option.name)
        else:
            raise badarg()
    return begin, end, given


@LIBRARY.plain("match", 2, 3)
def _match(data: Any, pattern: Any, options: Any = None) -> Any:
    begin, end, _ = _options(a_binary(data), [] if options is None else options)
    found = _search(data, patterns_of(pattern), begin, end)
    return _NOMATCH if found is None else found


@LIBRARY.plain("matches", 2, 3)
def _matches(data: Any, pattern: Any, options: Any = None) -> Any:
    begin, end, _ = _options(a_binary(data), [] if options is None else options)
    return _all_matches(data, patterns_of(pattern), begin, end)


@LIBRARY.plain("split", 2, 3)
def _split(data: Any, pattern: Any, options: Any = None) -> list[bytes]:
    begin, end, flags = _options(a_binary(data), [] if options is None else options, "global", "trim", "trim_all")
    found = _all_matches(data, patterns_of(pattern), begin, end)
    if "global" not in flags:
        found = found[:1]
    parts: list[bytes] = []
    start = 0
    for at, size in found:
        parts.append(part_of(data, start, at))
        start = at + size
    parts.append(part_of(data, start, len(data)))
    if "trim_all" in flags:
        return [part for part in parts if part]
    if "trim" in flags:
        while parts and not parts[-1]:
            parts.pop()
    return parts


@LIBRARY.plain("replace", 3, 4)
def _replace(data: Any, pattern: Any, replacement: Any, options: Any = None) -> bytes:
    inserts: list[int] = []
    rest = []
    for option in [] if options is None else a_list(options):
        if type(option) is tuple and len(option) == 2 and option[0] is Atom("insert_replaced"):
            inserts = [option[1]] if type(option[1]) is int else a_list(option[1])
        else:
            rest.append(option)
    begin, end, flags = _options(a_binary(data), rest, "global")
    found = _all_matches(data, patterns_of(pattern), begin, end)
    if "global" not in flags:
        found = found[:1]
    parts: list[bytes] = []
    start = 0
    for at, size in found:
        parts += (data[start:at], _with_inserts(a_binary(replacement), data[at : at + size], inserts))
        start = at + size
    return b"".join([*parts, data[start:]])


def _with_inserts(replacement: bytes, replaced: bytes, places: list[int]) -> bytes:
    if not places:
        return replacement
    parts: list[bytes] = []
    start = 0
    for place in sorted(places):
        if type(place) is not int or not 0 <= place <= len(replacement):
            raise badarg()
        parts += (replacement[start:place], replaced)
        start = place
    return b"".join([*parts, replacement[start:]])
