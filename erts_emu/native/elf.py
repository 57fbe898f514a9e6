"""A look into shared objects without loading them: which symbols they need and define (ELF, 64 bits, little endian)."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from attrs import frozen

_HEADER: Final = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION: Final = struct.Struct("<IIQQQQIIQQ")
_SYMBOL: Final = struct.Struct("<IBBHQQ")
_DYNAMIC: Final = struct.Struct("<qQ")
_MAGIC: Final = b"\x7fELF\x02\x01"
_KINDS: Final = {1: "an object file: link it with -shared", 4: "a core dump"}
"""The types of files that are neither shared objects nor programs, which the dynamic linker refuses by itself."""
_MACHINES: Final = {
    3: "x86 (32 bits)",
    8: "MIPS",
    21: "PowerPC",
    40: "ARM",
    62: "x86-64",
    183: "AArch64",
    243: "RISC-V",
}
_SHT_DYNAMIC: Final = 6
_SHT_DYNSYM: Final = 11
_DT_NEEDED: Final = 1
_DT_PATHS: Final = (15, 29)
_WEAK: Final = 2


class NotSharedObject(ValueError):
    """The file is no 64-bit little-endian ELF object, or none for this machine."""


@frozen
class SharedObject:
    """The dynamic symbols of a file, and the libraries that it needs."""

    defined: frozenset[str]
    undefined: tuple[str, ...]
    """Weak ones, which may stay undefined, are left out."""
    needed: tuple[str, ...]
    paths: tuple[str, ...] = ()
    """Where the file itself says that those are (``-Wl,-rpath``)."""


def read_shared_object(file: str) -> SharedObject:
    """Read *file*. Raises ``NotSharedObject``, or ``OSError``."""
    with open(file, "rb") as stream:
        data = stream.read()
    if not data.startswith(_MAGIC) or len(data) < _HEADER.size:
        raise NotSharedObject(f"{file} is no 64-bit little-endian ELF object: {_unlike(data)}")
    try:
        _check_header(file, data)
        return _read(data)
    except (struct.error, IndexError, ValueError) as error:
        if isinstance(error, NotSharedObject):
            raise
        raise NotSharedObject(f"{file} is cut off or damaged") from error


def _unlike(data: bytes) -> str:
    if not data.startswith(b"\x7fELF"):
        return f"it begins with {data[:4]!r}" if data else "it is empty"
    if len(data) < _HEADER.size:
        return "it is cut off"
    return "it is made for 32 bits" if data[4] == 1 else "it is big-endian"


def _check_header(file: str, data: bytes) -> None:
    """Refuse what can be no library here: the dynamic linker would only say that it is not there."""
    kind, machine = _HEADER.unpack_from(data)[1:3]
    if kind in _KINDS:
        raise NotSharedObject(f"{file} is {_KINDS[kind]}")
    with open(sys.executable, "rb") as stream:
        own = stream.read(_HEADER.size)
    if own.startswith(_MAGIC) and len(own) == _HEADER.size and _HEADER.unpack(own)[2] != machine:
        its, ours = (_MACHINES.get(number, f"machine {number}") for number in (machine, _HEADER.unpack(own)[2]))
        raise NotSharedObject(f"{file} is made for {its}, and this is {ours}")


def _read(data: bytes) -> SharedObject:
    header = _HEADER.unpack_from(data)
    offset, entry_size, count = header[6], header[11], header[12]
    sections = [_SECTION.unpack_from(data, offset + index * entry_size) for index in range(count)]
    defined: set[str] = set()
    undefined: list[str] = []
    needed: list[str] = []
    paths: list[str] = []
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
                elif tag in _DT_PATHS:
                    paths += _string(data, strings + value).split(":")
    return SharedObject(frozenset(defined), tuple(undefined), tuple(needed), tuple(paths))


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
    origin = os.path.dirname(os.path.abspath(file))
    folders = [path.replace("${ORIGIN}", origin).replace("$ORIGIN", origin) for path in found.paths]
    libraries = [library for name in found.needed if (library := _opened(name, folders)) is not None]
    return [name for name in candidates if not any(hasattr(library, name) for library in libraries)]


def _opened(name: str, folders: Iterable[str]) -> ctypes.CDLL | None:
    for place in (*(os.path.join(folder, name) for folder in folders), name):
        try:
            return ctypes.CDLL(place)
        except OSError:
            continue
    return None
