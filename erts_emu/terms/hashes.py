"""Hashes of terms that are the same in every emulator: ``erlang:phash2``, and its predecessor ``erlang:phash``.

Both fold a term, part by part, into 32 bits. Constants and order of the parts are fixed for ever, since people keep
hashes in files.
Counterpart in ERTS: ``make_hash2`` and ``make_hash`` in ``utils.c``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from struct import Struct
from typing import Any, Final

from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import Pid, PortId, Reference
from erts_emu.terms.kinds import Bitstring, ExportFun, Fun, ImproperList, Term, as_atom, kind_of

_WORD: Final = 0xFFFFFFFF
_FLOAT: Final = Struct(">d")
_WORDS: Final = Struct(">II")


def phash2(term: Term, limit: int = 1 << 27) -> int:
    """``erlang:phash2/1,2``: from 0 to *limit* - 1. Raises ``NotATerm``."""
    return _hash2(term) % limit


def phash(term: Term, limit: int) -> int:
    """``erlang:phash/2``: from 1 to *limit*. Raises ``NotATerm``."""
    return _hash1(term) % limit + 1


def atom_hash(atom: Atom) -> int:
    """The hash of an atom's name (P. J. Weinberger's); characters up to 255 count as one byte."""
    value = 0
    for code in _atom_codes(atom.name):
        value = ((value << 4) + code) & _WORD
        high = value & 0xF0000000
        value ^= (high >> 24) ^ high
    return value


def _atom_codes(name: str) -> Iterator[int]:
    for character in name:
        if character <= "\xff":
            yield ord(character)
        else:
            yield from character.encode("utf-8", "surrogatepass")


# --- phash2: Bob Jenkins' mixing of three words ---

_GOLDEN: Final = 0x9E3779B9


def _times(factor: int) -> int:
    return factor * _GOLDEN & _WORD


_SMALL, _NIL_INSIDE, _ATOM_INSIDE, _STRING, _PID, _PORT, _REF = (_times(n) for n in range(1, 8))
_TUPLE, _NEGATIVE, _POSITIVE, _REAL, _BINARY, _EXPORT, _BITS, _MAP = (_times(n) for n in range(9, 17))
_PAIRS: Final = _times(19)
_NIL: Final = 3468870702
_NIL_WORD: Final = 2
_SMALL_LIMIT: Final = 1 << 27


def _mixed(a: int, b: int, c: int) -> tuple[int, int, int]:
    a, b, c = a & _WORD, b & _WORD, c & _WORD
    a = (a - b - c & _WORD) ^ c >> 13
    b = (b - c - a & _WORD) ^ a << 8 & _WORD
    c = (c - a - b & _WORD) ^ b >> 13
    a = (a - b - c & _WORD) ^ c >> 12
    b = (b - c - a & _WORD) ^ a << 16 & _WORD
    c = (c - a - b & _WORD) ^ b >> 5
    a = (a - b - c & _WORD) ^ c >> 3
    b = (b - c - a & _WORD) ^ a << 10 & _WORD
    return a, b, (c - a - b & _WORD) ^ b >> 15


def _with_words(value: int, first: int, second: int, constant: int) -> int:
    return _mixed(first + constant, second + constant, value)[2]


def _with_word(value: int, word: int, constant: int) -> int:
    return _mixed(word + constant, constant, value)[2]


def block_hash(data: bytes, start: int) -> int:
    """The hash of a block of bytes."""
    a = b = _GOLDEN
    value = start
    whole = len(data) - len(data) % 12
    for at in range(0, whole, 12):
        a, b, value = _mixed(
            a + int.from_bytes(data[at : at + 4], "little"),
            b + int.from_bytes(data[at + 4 : at + 8], "little"),
            value + int.from_bytes(data[at + 8 : at + 12], "little"),
        )
    rest = data[whole:]
    a += int.from_bytes(rest[:4], "little")
    b += int.from_bytes(rest[4:8], "little")
    value += len(data) + (int.from_bytes(rest[8:], "little") << 8)
    return _mixed(a, b, value)[2]


# What stands among the parts that are still to be hashed, for what is to be done between them.
_PAIR_ENDS: Final = object()
_MAP_ENDS: Final = object()


def _hash2(term: Term) -> int:
    value = 0
    pending: list[Any] = [term]
    pairs: list[int] = []
    while pending:
        part = pending.pop()
        if part is _PAIR_ENDS:
            pairs[-1] ^= value
            value = 0
        elif part is _MAP_ENDS:
            value = _with_word(pending.pop(), pairs.pop(), _PAIRS)
        elif isinstance(part, Mapping):
            value = _with_word(value, len(part), _MAP)
            if part:
                pending += (value, _MAP_ENDS)
                pairs.append(0)
                value = 0
                for key, held in part.items():
                    pending += (_PAIR_ENDS, held, key)
        elif isinstance(part, tuple):
            value = _with_word(value, len(part), _TUPLE)
            pending += reversed(part)
        elif isinstance(part, list | ImproperList) and part != []:
            value = _string_hashed(value, part, pending)
        else:
            value = _leaf2(value, part)
            if isinstance(part, Fun):
                pending += reversed(part.free)
    return value


def _string_hashed(value: int, part: list[Any] | ImproperList, pending: list[Any]) -> int:
    """Hash the bytes that a list begins with; the rest is to be hashed element by element."""
    elements: Any = part if isinstance(part, list) else part.elements
    tail: Any = [] if isinstance(part, list) else part.tail
    length = 0
    while length < len(elements) and type(elements[length]) is int and 0 <= elements[length] <= 255:
        length += 1
    text = bytes(elements[:length])
    for at in range(0, length, 4):
        value = _with_word(value, int.from_bytes(text[at : at + 4], "big"), _STRING)
    if length < len(elements):
        rest = elements[length + 1 :]
        pending.append(_rest_of(rest, tail))
        pending.append(elements[length])
    else:
        pending.append(tail)
    return value


def _rest_of(elements: list[Any] | tuple[Any, ...], tail: Any) -> Any:
    if isinstance(elements, list):
        return elements
    return ImproperList(elements, tail) if elements else tail


def _leaf2(value: int, part: Any) -> int:
    kind = kind_of(part)
    if kind is Atom or kind is bool:
        found = atom_hash(as_atom(part))
        return _with_word(value, found, _ATOM_INSIDE) if value else found
    if kind is int:
        return _integer2(value, part)
    if kind is list:
        return _with_word(value, _NIL_WORD, _NIL_INSIDE) if value else _NIL
    if kind is bytes or kind is Bitstring:
        return _bytes2(value, part)
    if kind is float:
        high, low = _WORDS.unpack(_FLOAT.pack(part or 0.0))
        return _with_words(value, high, low, _REAL)
    if kind is Pid:
        return _with_word(value, part.number, _PID)
    if kind is PortId:
        return _with_word(value, part.number & _WORD, _PORT)
    if kind is Reference:
        return _with_word(value, part.words[0] if part.words else 0, _REF)
    if kind is ExportFun:
        value = _with_words(value, part.arity, atom_hash(part.module), _SMALL)
        return _with_word(value, atom_hash(part.function), _EXPORT)
    value = _with_words(value, len(part.free), atom_hash(part.module), _SMALL)
    return _with_words(value, part.index & _WORD, part.unique & _WORD, _SMALL)


def _integer2(value: int, number: int) -> int:
    if -_SMALL_LIMIT <= number < _SMALL_LIMIT:
        if number < 0:
            value = _with_word(value, -number, _SMALL)
        return _with_word(value, number & _WORD, _SMALL)
    constant = _NEGATIVE if number < 0 else _POSITIVE
    rest = abs(number)
    while rest:
        value = _with_words(value, rest & _WORD, rest >> 32 & _WORD, constant)
        rest >>= 64
    return value


def _bytes2(value: int, part: bytes | Bitstring) -> int:
    whole, bits = (part, 0) if isinstance(part, bytes) else (part.data[:-1], part.bits)
    start = _BINARY + value & _WORD
    if not whole and not bits:
        return start
    value = block_hash(whole, start)
    if isinstance(part, Bitstring):
        value = _with_words(value, bits, part.data[-1] >> 8 - bits, _BITS)
    return value


# --- phash: a polynomial in primes near 2**28 ---

(
    _P1, _P2, _P3, _P4, _P5, _P6, _P7, _P8, _P9, _P10, _P11, _P12, _P13, _P14,
) = (
    268440163, 268439161, 268435459, 268436141, 268438633, 268437017, 268438039, 268437511, 268439627, 268440479,
    268440577, 268440581, 268440593, 268440611,
)  # fmt: skip


def _step(value: int, word: int, prime: int) -> int:
    for byte in (word & _WORD).to_bytes(4, "little"):
        value = value * prime + byte
    return value & _WORD


_LIST_ENDS: Final = object()


def _hash1(term: Term) -> int:
    value = 0
    pending: list[Any] = [term]
    while pending:
        part = pending.pop()
        if part is _LIST_ENDS:
            value = value * _P8 & _WORD
        elif type(part) is _TupleEnds:
            value = value * _P9 + part.arity & _WORD
        elif isinstance(part, Mapping):
            value = value * _P13 + _P14 + _hash2(part) & _WORD
        elif isinstance(part, tuple):
            pending.append(_TupleEnds(len(part)))
            pending += reversed(part)
        elif isinstance(part, list | ImproperList) and part != []:
            value = _bytes_in_list(value, part, pending)
        else:
            value = _leaf1(value, part) & _WORD
            if isinstance(part, Fun):
                pending += reversed(part.free)
    return value


class _TupleEnds:
    __slots__ = ("arity",)

    def __init__(self, arity: int) -> None:
        self.arity = arity


def _bytes_in_list(value: int, part: list[Any] | ImproperList, pending: list[Any]) -> int:
    elements: Any = part if isinstance(part, list) else part.elements
    tail: Any = [] if isinstance(part, list) else part.tail
    for at, element in enumerate(elements):
        if type(element) is not int or not 0 <= element <= 255:
            rest = _rest_of(elements[at + 1 :], tail)
            if at + 1 == len(elements):
                pending.append(_LIST_ENDS)
            pending += (rest, element)
            return value
        value = value * _P2 + element & _WORD
    pending += (_LIST_ENDS, tail)
    return value


def _leaf1(value: int, part: Any) -> Any:
    kind = kind_of(part)
    if kind is Atom or kind is bool:
        return value * _P1 + atom_hash(as_atom(part))
    if kind is int:
        return _integer1(value, part)
    if kind is list:
        return value * _P3 + 1
    if kind is bytes or kind is Bitstring:
        return _bytes1(value, part)
    if kind is float:
        high, low = _WORDS.unpack(_FLOAT.pack(part or 0.0))
        return value * _P6 + (high ^ low)
    if kind is Pid:
        return _step(value, part.number, _P5) * _P6
    if kind is PortId:
        return _step(value, part.number, _P9) * _P10
    if kind is Reference:
        return _step(value, part.words[0] if part.words else 0, _P9) * _P10
    if kind is ExportFun:
        value = (value * _P11 + part.arity) * _P1 + atom_hash(part.module)
        return value * _P1 + atom_hash(part.function)
    value = (value * _P10 + len(part.free)) * _P1 + atom_hash(part.module)
    return (value * _P2 + part.index) * _P2 + part.unique


def _integer1(value: int, number: int) -> int:
    rest = abs(number)
    size = max(4, (rest.bit_length() + 31) // 32 * 4)
    for byte in rest.to_bytes(size, "little"):
        value = value * _P2 + byte & _WORD
    return value * (_P4 if number < 0 else _P3)


def _bytes1(value: int, part: bytes | Bitstring) -> int:
    whole, bits = (part, 0) if isinstance(part, bytes) else (part.data[:-1], part.bits)
    for byte in whole:
        value = value * _P1 + byte & _WORD
    if isinstance(part, Bitstring):
        value = (value * _P1 + (part.data[-1] >> 8 - bits)) * _P12 + bits
    return value * _P4 + len(whole)
