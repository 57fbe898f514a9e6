"""The module ``filename``, as on Unix. Names are strings, which may be deep, atoms, or binaries."""

from __future__ import annotations

import os
from typing import Any, Final

from erts_emu.shell.lib._arguments import chars, elements, refuse
from erts_emu.shell.native import Library
from erts_emu.shell.values import function_clause
from erts_emu.terms.atoms import Atom

LIBRARY: Final = Library("filename")


def name_text(term: Any) -> str:
    """A file name as text. Raises ``function_clause``."""
    if type(term) is bytes:
        return os.fsdecode(term)
    if type(term) is Atom:
        return term.name
    parts: list[str] = []
    pending = [term]
    if type(term) is not list:
        raise function_clause()
    while pending:
        part = pending.pop()
        if type(part) is list:
            pending += reversed(part)
        elif type(part) is int and 0 <= part <= 0x10FFFF:
            parts.append(chr(part))
        elif type(part) is Atom:
            parts.append(part.name)
        else:
            raise function_clause()
    return "".join(parts)


def like(term: Any, name: str) -> Any:
    """*name* as a binary or a string, as *term* is one."""
    return os.fsencode(name) if type(term) is bytes else chars(name)


def _normal(name: str) -> str:
    """A name without repeated and trailing slashes."""
    parts = name.split("/")
    kept = [parts[0], *(part for part in parts[1:] if part)]
    joined = "/".join(kept)
    return joined or ("/" if name.startswith("/") else "")


def joined(names: list[str]) -> str:
    """Names joined with slashes; an absolute one makes those before it void."""
    result = ""
    for name in names:
        if name.startswith("/") or not result:
            result = name
        elif result.endswith("/"):
            result += name
        else:
            result = f"{result}/{name}"
    return _normal(result)


@LIBRARY.plain("join", 1)
def _join(names: Any) -> Any:
    if not elements(names):
        refuse()
    name = joined([name_text(each) for each in names])
    return os.fsencode(name) if any(type(each) is bytes for each in names) else chars(name)


@LIBRARY.plain("join", 2)
def _join_two(left: Any, right: Any) -> Any:
    return _join([left, right])


@LIBRARY.plain("append")
def _append(left: Any, right: Any) -> Any:
    return like(left, f"{name_text(left)}/{name_text(right)}")


@LIBRARY.plain("split")
def _split(term: Any) -> list[Any]:
    name = name_text(term)
    parts = [part for part in name.split("/") if part]
    return [like(term, part) for part in (["/", *parts] if name.startswith("/") else parts)]


@LIBRARY.plain("basename", 1)
def _basename(term: Any) -> Any:
    return like(term, _base(name_text(term)))


def _base(name: str) -> str:
    return name.rstrip("/").rpartition("/")[2]


@LIBRARY.plain("basename", 2)
def _basename_without(term: Any, extension: Any) -> Any:
    name, suffix = _base(name_text(term)), name_text(extension)
    return like(term, name[: -len(suffix)] if suffix and name.endswith(suffix) else name)


@LIBRARY.plain("dirname")
def _dirname(term: Any) -> Any:
    head, slash, _ = name_text(term).rpartition("/")
    if not slash:
        return like(term, ".")
    return like(term, head.rstrip("/") or "/")


def _extension_of(name: str) -> str:
    base = name.rpartition("/")[2]
    stem, dot, extension = base.rpartition(".")
    return dot + extension if dot and stem else ""


@LIBRARY.plain("extension")
def _extension(term: Any) -> Any:
    return like(term, _extension_of(name_text(term)))


@LIBRARY.plain("rootname", 1)
def _rootname(term: Any) -> Any:
    name = name_text(term)
    extension = _extension_of(name)
    return like(term, name[: len(name) - len(extension)])


@LIBRARY.plain("rootname", 2)
def _rootname_of(term: Any, extension: Any) -> Any:
    return like(term, name_text(term).removesuffix(name_text(extension)))


@LIBRARY.plain("absname", 1)
def _absname(term: Any) -> Any:
    return like(term, joined([os.getcwd(), name_text(term)]))


@LIBRARY.plain("absname", 2)
def _absname_in(term: Any, folder: Any) -> Any:
    return like(term, joined([name_text(folder), name_text(term)]))


@LIBRARY.plain("absname_join")
def _absname_join(folder: Any, term: Any) -> Any:
    return like(term, joined([name_text(folder), name_text(term)]))


@LIBRARY.plain("pathtype")
def _pathtype(term: Any) -> Atom:
    return Atom("absolute" if name_text(term).startswith("/") else "relative")


@LIBRARY.plain("flatten")
def _flatten(term: Any) -> Any:
    return term if type(term) is bytes else chars(name_text(term))


@LIBRARY.plain("nativename")
def _nativename(term: Any) -> Any:
    return like(term, _normal(name_text(term)))
