"""Iodata: bytes in any nesting of lists, as ports take them.

Counterpart in ERTS: ``erts_iolist_to_buf`` in ``utils.c``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any, Final, TypeAlias, TypeGuard

from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import ImproperList

IoData: TypeAlias = bytes | bytearray | memoryview | str | list[Any] | ImproperList
"""``bytes``, or a list of integers below 256, bytes and such lists; an improper one ends in bytes.

``str`` is accepted in the place of a string, that is, of its list of characters: they must be below 256.
"""


class NotIodata(ValueError):
    """A term is no iodata (Erlang: ``badarg``). The part at fault is in ``value``."""

    value: object

    def __init__(self, value: object, why: str) -> None:
        self.value = value
        super().__init__(f"not iodata: {why}")


def iolist_to_bytes(data: IoData) -> bytes:
    """The bytes of *data*, in order; ``bytes`` come back as they are. Raises :class:`NotIodata`."""
    if isinstance(data, bytes):
        return data
    if _is_integer(data):  # a byte is a part of iodata only inside a list
        raise NotIodata(data, "an integer stands outside a list")
    out = bytearray()
    pending = [_parts(data, out)]
    while pending:
        for part in pending[-1]:
            if type(part) is int:
                _put_byte(part, out)
            elif type(part) is bytes:
                out += part
            else:
                pending.append(_parts(part, out))
                break
        else:
            pending.pop()
    return bytes(out)


def iolist_size(data: IoData) -> int:
    """The number of bytes of *data*. Raises :class:`NotIodata`."""
    return len(iolist_to_bytes(data))


def _parts(data: object, out: bytearray) -> Iterator[Any]:
    """Append *data* to *out*, and return an iterator over those parts that are still to be appended."""
    if isinstance(data, list):
        return _unpack(data, out)
    if isinstance(data, ImproperList):
        _check_tail(data.tail)
        return chain(data.elements, (data.tail,))
    if isinstance(data, str):
        out += _latin1(data)
    elif isinstance(data, bytes | bytearray | memoryview):
        out += data
    elif _is_integer(data):  # of a derived class, such as a member of an IntEnum
        _put_byte(int(data), out)
    else:
        raise NotIodata(data, _complaint(data))
    return _NOTHING


def _unpack(data: list[Any], out: bytearray) -> Iterator[Any]:
    """A list of nothing but bytes, the usual string, goes in one piece."""
    if set(map(type, data)) != _INTEGERS:
        return iter(data)
    try:
        out += bytes(data)
    except ValueError:
        return iter(data)  # to find the one at fault
    return _NOTHING


def _put_byte(byte: int, out: bytearray) -> None:
    if not 0 <= byte <= 255:
        raise NotIodata(byte, f"{byte} is no byte")
    out.append(byte)


def _latin1(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError as error:
        culprit = text[error.start]
        raise NotIodata(text, f"the character {culprit!r} is above 255: encode the text, as .encode() does") from None


def _check_tail(tail: object) -> None:
    """A list may end in bytes, but not in a byte."""
    if _is_integer(tail):
        raise NotIodata(tail, "an integer is the tail of a list")


def _is_integer(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _complaint(value: object) -> str:
    if isinstance(value, Atom | bool):
        return "an atom is part of it"
    return f"a {type(value).__name__} is part of it"


_NOTHING: Final[Iterator[Any]] = iter(())
_INTEGERS: Final = {int}
