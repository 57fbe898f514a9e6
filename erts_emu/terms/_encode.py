"""The writing half of the external term format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from struct import Struct
from typing import Any, Final, TypeAlias

from erts_emu.terms import _tags as tag
from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import LOCAL_NODE, Pid, PortId, Reference
from erts_emu.terms.kinds import NIL, Bitstring, ExportFun, Fun, ImproperList, Term, as_atom, finite, kind_of
from erts_emu.terms.order import ordered_items


def encode(term: Term, minor_version: int = 1) -> bytearray:
    """The external format of *term*. An explicit stack of the parts still to be written keeps it flat.

    *minor_version* 0 writes floats as text, 2 all atoms in UTF-8.
    """
    writers = _WRITERS_BY_VERSION[minor_version]
    out = bytearray((tag.VERSION,))
    pending: list[Iterator[Any]] = [iter((term,))]
    while pending:
        for part in pending[-1]:
            write = writers.get(type(part)) or writers[kind_of(part)]
            children = write(part, out)
            if children is not None:
                pending.append(iter(children))
                break
        else:
            pending.pop()
    return out


_Children: TypeAlias = Iterable[Any] | None

_INTEGER: Final = Struct(">Bi")
_SIZED: Final = Struct(">BI")
_SHORT: Final = Struct(">BH")
_FLOAT: Final = Struct(">Bd")
_MOST_IN_STRING: Final = 0xFFFF


def _integer(term: int, out: bytearray) -> None:
    if 0 <= term <= 255:
        out += bytes((tag.SMALL_INTEGER, term))
    elif -0x80000000 <= term <= 0x7FFFFFFF:
        out += _INTEGER.pack(tag.INTEGER, term)
    else:
        _bignum(term, out)


def _bignum(term: int, out: bytearray) -> None:
    size = (term.bit_length() + 7) // 8
    out += bytes((tag.SMALL_BIG, size)) if size <= 255 else _SIZED.pack(tag.LARGE_BIG, size)
    out.append(term < 0)
    out += abs(term).to_bytes(size, "little")


def _float(term: float, out: bytearray) -> None:
    out += _FLOAT.pack(tag.NEW_FLOAT, finite(term))


def _float_as_text(term: float, out: bytearray) -> None:
    out.append(tag.FLOAT)
    out += f"{finite(term):.20e}".encode().ljust(_FLOAT_TEXT_SIZE, b"\0")


_FLOAT_TEXT_SIZE: Final = 31


def _atom(term: Atom | bool, out: bytearray) -> None:
    try:
        text = as_atom(term).name.encode("latin-1")
    except UnicodeEncodeError:
        _atom_utf8(term, out)
        return
    out += _SHORT.pack(tag.ATOM, len(text))
    out += text


def _atom_utf8(term: Atom | bool, out: bytearray) -> None:
    text = as_atom(term).name.encode()
    size = len(text)
    out += bytes((tag.SMALL_ATOM_UTF8, size)) if size <= 255 else _SHORT.pack(tag.ATOM_UTF8, size)
    out += text


def _binary(term: bytes, out: bytearray) -> None:
    out += _SIZED.pack(tag.BINARY, len(term))
    out += term


def _bitstring(term: Bitstring, out: bytearray) -> None:
    out += _SIZED.pack(tag.BIT_BINARY, len(term.data))
    out.append(term.bits)
    out += term.data


def _tuple(term: tuple[Any, ...], out: bytearray) -> _Children:
    size = len(term)
    out += bytes((tag.SMALL_TUPLE, size)) if size <= 255 else _SIZED.pack(tag.LARGE_TUPLE, size)
    return term


def _list(term: list[Any], out: bytearray) -> _Children:
    if not term:
        out.append(tag.NIL)
        return None
    if len(term) <= _MOST_IN_STRING and set(map(type, term)) == {int} and min(term) >= 0 and max(term) <= 255:
        out += _SHORT.pack(tag.STRING, len(term))
        out += bytes(term)
        return None
    out += _SIZED.pack(tag.LIST, len(term))
    return chain(term, (NIL,))


def _improper(term: ImproperList, out: bytearray) -> _Children:
    out += _SIZED.pack(tag.LIST, len(term.elements))
    return chain(term.elements, (term.tail,))


def _map(term: Mapping[Any, Any], out: bytearray) -> _Children:
    out += _SIZED.pack(tag.MAP, len(term))
    return chain.from_iterable(ordered_items(term))


_WIDE_PORT: Final = 1 << 28


_Writers: TypeAlias = dict[type, Callable[[Any, bytearray], _Children]]


def _identifiers(write_atom: Callable[[Atom, bytearray], None]) -> _Writers:
    """The writers of identifiers, whose nodes are written by *write_atom*."""

    def node(term: Pid | PortId | Reference, out: bytearray) -> None:
        write_atom(LOCAL_NODE if term.node is None else term.node.name, out)

    def pid(term: Pid, out: bytearray) -> None:
        out.append(tag.NEW_PID)
        node(term, out)
        out += _words(term.number, term.serial, _creation(term))

    def port(term: PortId, out: bytearray) -> None:
        wide = term.number >= _WIDE_PORT
        out.append(tag.V4_PORT if wide else tag.NEW_PORT)
        node(term, out)
        out += term.number.to_bytes(8 if wide else 4, "big") + _words(_creation(term))

    def reference(term: Reference, out: bytearray) -> None:
        out += _SHORT.pack(tag.NEWER_REFERENCE, len(term.words))
        node(term, out)
        out += _words(_creation(term), *term.words)

    return {Pid: pid, PortId: port, Reference: reference}


def _creation(term: Pid | PortId | Reference) -> int:
    return 0 if term.node is None else term.node.creation


def _words(*numbers: int) -> bytes:
    return b"".join([number.to_bytes(4, "big") for number in numbers])


def _export(term: ExportFun, out: bytearray) -> _Children:
    out.append(tag.EXPORT)
    return (term.module, term.function, term.arity)


def _fun(term: Fun, out: bytearray) -> Iterator[Any]:
    """The size of the whole comes first, and is known last."""
    out.append(tag.NEW_FUN)
    start = len(out)
    out += bytes(4)
    out.append(term.arity)
    out += term.digest
    out += _words(term.new_index, len(term.free))
    yield from (term.module, term.index, term.unique, term.creator, *term.free)
    out[start : start + 4] = _words(len(out) - start)


_WRITERS: Final[_Writers] = {
    int: _integer,
    float: _float,
    Atom: _atom,
    bool: _atom,
    bytes: _binary,
    Bitstring: _bitstring,
    tuple: _tuple,
    list: _list,
    ImproperList: _improper,
    dict: _map,
    Mapping: _map,
    **_identifiers(_atom),
    ExportFun: _export,
    Fun: _fun,
}
_WRITERS_BY_VERSION: Final[tuple[_Writers, ...]] = (
    {**_WRITERS, float: _float_as_text},
    _WRITERS,
    {**_WRITERS, Atom: _atom_utf8, bool: _atom_utf8, **_identifiers(_atom_utf8)},
)
