"""A look into shared objects without loading them: which symbols they need and define (ELF, 64 bits, little endian)."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Callable, Iterator
from typing import Final

from attrs import frozen

_HEADER: Final = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION: Final = struct.Struct("<IIQQQQIIQQ")
_SYMBOL: Final = struct.Struct("<IBBHQQ")
_DYNAMIC: Final = struct.Struct("<qQ")
_MAGIC: Final = b"\x7fELF\x02\x01"
_SHT_DYNAMIC: Final = 6
_SHT_DYNSYM: Final = 11
_DT_NEEDED: Final = 1
_WEAK: Final = 2


class NotSharedObject(ValueError):
    """The file is no 64-bit little-endian ELF object."""


@frozen
class SharedObject:
    """The dynamic symbols of a file, and the libraries that it needs."""

    defined: frozenset[str]
    undefined: tuple[str, ...]
    """Weak ones, which may stay undefined, are left out."""
    needed: tuple[str, ...]


def read_shared_object(file: str) -> SharedObject:
    """Read *file*. Raises ``NotSharedObject``, or ``OSError``."""
    with open(file, "rb") as stream:
        data = stream.read()
    if not data.startswith(_MAGIC) or len(data) < _HEADER.size:
        raise NotSharedObject(f"{file} is no 64-bit little-endian ELF object")
    try:
        return _read(data)
    except (struct.error, IndexError) as error:
        raise NotSharedObject(f"{file} is cut off or damaged: {error}") from error


def _read(data: bytes) -> SharedObject:
    header = _HEADER.unpack_from(data)
    offset, entry_size, count = header[6], header[11], header[12]
    sections = [_SECTION.unpack_from(data, offset + index * entry_size) for index in range(count)]
    defined: set[str] = set()
    undefined: list[str] = []
    needed: list[str] = []
    for _, kind, _, _, start, size, link, _, _, _ in sections:
        if kind == _SHT_DYNSYM:
            strings = sections[link][4]
            for name, weak, section in _symbols(data, start, size, strings):
                if section:
                    defined.add(name)
                elif not weak:
                    undefined.append(name)
        elif kind == _SHT_DYNAMIC:
            strings = sections[link][4]
            for at in range(start, start + size, _DYNAMIC.size):
                tag, value = _DYNAMIC.unpack_from(data, at)
                if tag == _DT_NEEDED:
                    needed.append(_string(data, strings + value))
    return SharedObject(frozenset(defined), tuple(undefined), tuple(needed))


def _symbols(data: bytes, start: int, size: int, strings: int) -> Iterator[tuple[str, bool, int]]:
    for at in range(start + _SYMBOL.size, start + size, _SYMBOL.size):
        name, info, _, section, _, _ = _SYMBOL.unpack_from(data, at)
        yield _string(data, strings + name), info >> 4 == _WEAK, section


def _string(data: bytes, at: int) -> str:
    return data[at : data.index(b"\0", at)].decode("utf-8", "replace")


def missing_symbols(file: str, has_symbol: Callable[[str], bool]) -> list[str]:
    """Return the symbols that *file* needs and that neither this process nor the libraries it needs have."""
    try:
        found = read_shared_object(file)
    except (OSError, NotSharedObject):
        return []
    candidates = [name for name in found.undefined if not has_symbol(name)]
    if not candidates:
        return []
    libraries = [library for library in map(_opened, found.needed) if library is not None]
    return [name for name in candidates if not any(hasattr(library, name) for library in libraries)]


def _opened(name: str) -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None
