"""The reading half of the external term format.

The bytes may come from anywhere, so nothing in them is believed: no size that the rest of the
data cannot hold, no nesting that a stack of calls would have to follow, no inflated size beyond what
the compressed bytes can yield.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial
from struct import Struct
from typing import Any, Final, TypeAlias

from erts_emu.terms import _tags as tag
from erts_emu.terms.atoms import MAX_ATOM_CHARACTERS, Atom
from erts_emu.terms.identifiers import LOCAL_NODE, Node, Pid, PortId, Reference
from erts_emu.terms.kinds import NIL, ExportFun, Fun, Term, bitstring, finite, fun_readers, list_with_tail
from erts_emu.terms.maps import map_from_pairs


class BadExternal(ValueError):
    """Bytes are no external term (Erlang: ``badarg``): *offset* and *tag* name the part at fault.

    *tag* is ``None`` where not even a tag could be read. Offsets in compressed terms count inflated bytes.
    """

    offset: int
    tag: int | None

    def __init__(self, why: str, offset: int, tag: int | None) -> None:
        self.offset = offset
        self.tag = tag
        where = f"at offset {offset}" if tag is None else f"at offset {offset}, tag {tag}"
        super().__init__(f"no external term: {why} ({where})")


def decode(data: bytes, offset: int) -> tuple[Term, int]:
    """The term at *offset* and the offset after it."""
    if offset < 0:
        raise IndexError(f"the offset {offset} is negative")
    reader = _Reader(data, offset)
    if reader.byte() != tag.VERSION:
        raise BadExternal(f"it starts with {data[offset]}, not with {tag.VERSION}", offset, None)
    if data[reader.at : reader.at + 1] == _COMPRESSED:
        return _compressed(data, reader.at)
    return _term(reader), reader.at


_COMPRESSED: Final = bytes((tag.COMPRESSED,))
_BEST_RATIO: Final = 1032  # of deflate: 258 bytes from 2 bits


def _compressed(data: bytes, offset: int) -> tuple[Term, int]:
    reader = _Reader(data, offset)
    reader.tag = reader.byte()
    size = reader.word()
    if size > (len(data) - reader.at) * _BEST_RATIO:
        raise reader.error(f"{size} bytes cannot come from {len(data) - reader.at} compressed ones")
    inflater = zlib.decompressobj()
    try:
        plain = inflater.decompress(data[reader.at :], size + 1)
    except zlib.error as error:
        raise reader.error(str(error)) from None
    if len(plain) != size or not inflater.eof:
        raise reader.error(f"the compressed bytes do not make up {size} bytes")
    return _term(_Reader(plain, 0)), len(data) - len(inflater.unused_data)


class _Reader:
    """A place in the data; every read is checked against its end."""

    __slots__ = ("at", "data", "start", "tag")

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at
        self.start = at  # of the part being read
        self.tag: int | None = None

    def error(self, why: str) -> BadExternal:
        return BadExternal(why, self.start, self.tag)

    def left(self) -> int:
        return len(self.data) - self.at

    def take(self, size: int) -> bytes:
        end = self.at + size
        if end > len(self.data):
            raise self.error(f"{size} bytes are needed and {self.left()} left")
        taken = self.data[self.at : end]
        self.at = end
        return taken

    def byte(self) -> int:
        at = self.at
        if at >= len(self.data):
            raise self.error("it ends too early")
        self.at = at + 1
        return self.data[at]

    def half(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def word(self) -> int:
        return int.from_bytes(self.take(_WORD), "big")


class _Frame:
    """A compound term whose parts are being read, *missing* of them; *close* makes the term."""

    __slots__ = ("close", "missing", "parts", "start", "tag")

    def __init__(self, reader: _Reader, missing: int, close: Callable[[list[Any]], Term]) -> None:
        if missing > reader.left():  # each part takes a byte at least
            raise reader.error(f"{missing} parts cannot fit into {reader.left()} bytes")
        self.missing = missing
        self.close = close
        self.parts: list[Any] = []
        self.start = reader.start
        self.tag = reader.tag

    def term(self) -> Term:
        try:
            return self.close(self.parts)
        except (ValueError, RecursionError) as error:
            raise BadExternal(str(error), self.start, self.tag) from None


_Part: TypeAlias = Term | _Frame


def _term(reader: _Reader) -> Any:
    reader.start = reader.at
    frame = _Frame(reader, 1, list)
    outer: list[_Frame] = []
    while True:
        while frame.missing:
            part = _part(reader)
            if not isinstance(part, _Frame):
                frame.parts.append(part)
                frame.missing -= 1
            elif frame.missing == 1 and part.close is frame.close is _with_tail:
                frame.missing = part.missing  # the tail of a list is a list, and joins it
            else:
                outer.append(frame)
                frame = part
        if not outer:
            return frame.parts[0]
        term = frame.term()
        frame = outer.pop()
        frame.parts.append(term)
        frame.missing -= 1


def _part(reader: _Reader) -> _Part:
    """The next part: a simple term, or the frame of a compound one."""
    reader.start = reader.at
    reader.tag = None
    reader.tag = found = reader.byte()
    read = _READERS.get(found)
    if read is None:
        raise reader.error("the tag is unknown")
    return read(reader)


# -- numbers --------------------------------------------------------------------------------------

_FLOAT: Final = Struct(">d")


def _small_integer(reader: _Reader) -> int:
    return reader.byte()


def _integer(reader: _Reader) -> int:
    return int.from_bytes(reader.take(4), "big", signed=True)


def _small_big(reader: _Reader) -> int:
    return _bignum(reader, reader.byte())


def _large_big(reader: _Reader) -> int:
    return _bignum(reader, reader.word())


def _bignum(reader: _Reader, size: int) -> int:
    negative = reader.byte()
    value = int.from_bytes(reader.take(size), "little")
    return -value if negative else value


def _new_float(reader: _Reader) -> float:
    (value,) = _FLOAT.unpack(reader.take(8))
    return _checked(value, reader)


def _old_float(reader: _Reader) -> float:
    """A text of 31 bytes, filled up with zeros: digits on both sides of the point, or of a comma."""
    text = reader.take(31).split(b"\0", 1)[0].replace(b",", b".")
    whole, _point, rest = text.partition(b".")
    if not (whole[-1:].isdigit() and rest[:1].isdigit() and _FLOAT_CHARACTERS.issuperset(text)):
        raise reader.error(f"{text!r} is no float")
    try:
        return _checked(float(text), reader)
    except ValueError:
        raise reader.error(f"{text!r} is no float") from None


def _checked(value: float, reader: _Reader) -> float:
    try:
        return finite(value)
    except TypeError as error:
        raise reader.error(str(error)) from None


_FLOAT_CHARACTERS: Final = frozenset(b"0123456789.+-eE")


# -- atoms ----------------------------------------------------------------------------------------


def _atom(reader: _Reader) -> Atom:
    return _named(reader, reader.half(), "latin-1")


def _small_atom(reader: _Reader) -> Atom:
    return _named(reader, reader.byte(), "latin-1")


def _atom_utf8(reader: _Reader) -> Atom:
    return _named(reader, reader.half(), "utf-8")


def _small_atom_utf8(reader: _Reader) -> Atom:
    return _named(reader, reader.byte(), "utf-8")


def _named(reader: _Reader, size: int, encoding: str) -> Atom:
    try:
        name = reader.take(size).decode(encoding)
    except UnicodeDecodeError:
        raise reader.error("the name of an atom is not UTF-8") from None
    if len(name) > MAX_ATOM_CHARACTERS:
        raise reader.error(f"an atom has at most {MAX_ATOM_CHARACTERS} characters, not {len(name)}")
    return Atom(name)


# -- identifiers ----------------------------------------------------------------------------------

_MOST_PID_NUMBER: Final = 0x7FFF
_MOST_PID_SERIAL: Final = 0x1FFF
_MOST_PORT_NUMBER: Final = 0x0FFFFFFF
_MOST_FIRST_WORD: Final = 0x3FFFF
_MOST_OLD_CREATION: Final = 3
_WORD: Final = 4
_MOST_WORDS: Final = 5
_MOST_LOCAL_WORDS: Final = 3


def _node_name(reader: _Reader) -> Atom:
    found = reader.byte()
    if found not in _ATOM_READERS:
        raise reader.error(f"the node of an identifier has the tag {found}, which is no atom's")
    return _ATOM_READERS[found](reader)


def _node(reader: _Reader, name: Atom, creation_size: int) -> Node | None:
    """Read the incarnation. Return None for the local node as it is now."""
    creation = int.from_bytes(reader.take(creation_size), "big")
    if creation_size == 1:
        _bounded(reader, creation, _MOST_OLD_CREATION)
    return None if name is LOCAL_NODE and not creation else Node(name, creation)


def _bounded(reader: _Reader, number: int, most: int) -> int:
    if number > most:
        raise reader.error(f"{number} in an identifier is above {most}")
    return number


def _pid(reader: _Reader, creation: int) -> Pid:
    name = _node_name(reader)
    number, serial = reader.word(), reader.word()
    node = _node(reader, name, creation)
    if node is None:
        _bounded(reader, number, _MOST_PID_NUMBER)
        _bounded(reader, serial, _MOST_PID_SERIAL)
    return Pid(number, serial, node)


def _port(reader: _Reader, size: int, creation: int) -> PortId:
    name = _node_name(reader)
    number = int.from_bytes(reader.take(size), "big")
    node = _node(reader, name, creation)
    return PortId(_bounded(reader, number, _MOST_PORT_NUMBER) if node is None else number, node)


def _reference(reader: _Reader, creation: int) -> Reference:
    size = reader.half()
    if size > _MOST_WORDS:
        raise reader.error(f"a reference has up to {_MOST_WORDS} words, not {size}")
    name = _node_name(reader)
    node = _node(reader, name, creation)
    words = tuple(reader.word() for _ in range(size))
    if not words:  # erl reads a first word all the same, even behind the end
        words = (reader.word() if reader.left() >= _WORD else 0,)
    return _of_words(reader, words, size, node, old=creation == 1)


def _old_reference(reader: _Reader) -> Reference:
    name = _node_name(reader)
    number = reader.word()
    return _of_words(reader, (number,), 1, _node(reader, name, 1), old=True)


def _of_words(reader: _Reader, words: tuple[int, ...], size: int, node: Node | None, *, old: bool) -> Reference:
    """Make a reference of *size* words. Formats with small incarnations have a small first word, wherever from."""
    if old or node is None:
        _bounded(reader, words[0], _MOST_FIRST_WORD)
    if node is not None:
        return Reference(words[:size], node)
    if size > _MOST_LOCAL_WORDS:
        raise reader.error(f"a reference of this node has up to {_MOST_LOCAL_WORDS} words, not {size}")
    return Reference((*words[:size], 0, 0, 0)[:_MOST_LOCAL_WORDS])


# -- bytes ----------------------------------------------------------------------------------------


def _binary(reader: _Reader) -> bytes:
    return reader.take(reader.word())


def _bit_binary(reader: _Reader) -> Term:
    size = reader.word()
    bits = reader.byte()
    if bits > 8 or (bits == 0) is not (size == 0):
        raise reader.error(f"{bits} bits of the last of {size} bytes")
    return bitstring(reader.take(size), bits)


def _string(reader: _Reader) -> list[Any]:
    return list(reader.take(reader.half()))


# -- compound terms -------------------------------------------------------------------------------


def _nil(_reader: _Reader) -> list[Any]:
    return []


def _list(reader: _Reader) -> _Frame:
    return _Frame(reader, reader.word() + 1, _with_tail)


def _with_tail(parts: list[Any]) -> Term:
    tail = parts.pop()
    return parts if tail == NIL else list_with_tail(parts, tail)


def _small_tuple(reader: _Reader) -> _Frame:
    return _Frame(reader, reader.byte(), tuple)


def _large_tuple(reader: _Reader) -> _Frame:
    return _Frame(reader, reader.word(), tuple)


def _map(reader: _Reader) -> _Frame:
    return _Frame(reader, 2 * reader.word(), _map_of)


def _map_of(parts: list[Any]) -> Term:
    mapping = map_from_pairs(zip(parts[::2], parts[1::2], strict=True))
    if 2 * len(mapping) != len(parts):
        raise ValueError("a map has a key twice")
    return mapping


def _export(reader: _Reader) -> _Frame:
    return _Frame(reader, 3, _export_of)


def _export_of(parts: list[Any]) -> ExportFun:
    match parts:
        case [Atom() as module, Atom() as function, int(arity)] if arity >= 0:
            return ExportFun(module, function, arity)
    raise ValueError("an external fun is a module, a function and an arity")


def _new_fun(reader: _Reader) -> _Frame:
    reader.word()  # the size of the whole, which nobody checks
    arity = reader.byte()
    digest = reader.take(16)
    new_index = reader.word()
    free = reader.word()
    return _Frame(reader, 4 + free, partial(_fun_of, arity, digest, new_index))


def _fun_of(arity: int, digest: bytes, new_index: int, parts: list[Any]) -> Fun:
    match parts:
        case [Atom() as module, int(index), int(unique), Pid() as creator, *free]:
            known = (read(module, unique, free) for read in fun_readers)
            return next(filter(None, known), None) or Fun(
                module, index, unique, arity, free, creator, new_index, digest
            )
    raise ValueError("a fun is a module, an index, a unique number and a pid")


_ATOM_READERS: Final[dict[int, Callable[[_Reader], Atom]]] = {
    tag.ATOM: _atom,
    tag.SMALL_ATOM: _small_atom,
    tag.ATOM_UTF8: _atom_utf8,
    tag.SMALL_ATOM_UTF8: _small_atom_utf8,
}

_READERS: Final[dict[int, Callable[[_Reader], _Part]]] = {
    **_ATOM_READERS,
    tag.SMALL_INTEGER: _small_integer,
    tag.INTEGER: _integer,
    tag.SMALL_BIG: _small_big,
    tag.LARGE_BIG: _large_big,
    tag.NEW_FLOAT: _new_float,
    tag.FLOAT: _old_float,
    tag.BINARY: _binary,
    tag.BIT_BINARY: _bit_binary,
    tag.STRING: _string,
    tag.NIL: _nil,
    tag.LIST: _list,
    tag.SMALL_TUPLE: _small_tuple,
    tag.LARGE_TUPLE: _large_tuple,
    tag.MAP: _map,
    tag.EXPORT: _export,
    tag.NEW_FUN: _new_fun,
    tag.NEW_PID: partial(_pid, creation=4),
    tag.PID: partial(_pid, creation=1),
    tag.NEW_PORT: partial(_port, size=4, creation=4),
    tag.PORT: partial(_port, size=4, creation=1),
    tag.V4_PORT: partial(_port, size=8, creation=4),
    tag.NEWER_REFERENCE: partial(_reference, creation=4),
    tag.NEW_REFERENCE: partial(_reference, creation=1),
    tag.REFERENCE: _old_reference,
}
