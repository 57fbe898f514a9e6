"""The module ``filename``, as on Unix. Names are strings, which may be deep, atoms, or binaries."""

from __future__ import annotations

import os
import re
from typing import Any, Final

from erts_emu.errors import ErlangError
from erts_emu.shell.lib._arguments import chars, elements, refuse
from erts_emu.shell.native import Library
from erts_emu.shell.operators import is_list
from erts_emu.shell.values import FALSE, TRUE, boolean, function_clause
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import ImproperList

LIBRARY: Final = Library("filename")


def name_text(term: Any) -> str:
    """A file name as text. Raises ``function_clause``."""
    if isinstance(term, bytes):
        return os.fsdecode(term)
    if type(term) is Atom:
        return term.name
    parts: list[str] = []
    pending = [term]
    if not is_list(term):
        raise function_clause()
    while pending:
        part = pending.pop()
        if type(part) is ImproperList and type(part.tail) is Atom:
            part = [*part.elements, part.tail]
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
    return os.fsencode(name) if isinstance(term, bytes) else chars(name)


_HERE: Final = re.compile(r"/(\.?/)+")


def _normal(name: str) -> str:
    """A name without repeated and trailing slashes, and without folders that mean the same folder."""
    short = _HERE.sub("/", name)
    return short if short == "/" else short.removesuffix("/")


def joined(names: list[str]) -> str:
    """Names joined with slashes; an absolute one makes those before it void."""
    if not any(names):
        return ""
    result = names[0]
    for name in names[1:]:
        result = name if name.startswith("/") else f"{result}/{name}"
    return _normal(result)


@LIBRARY.plain("join", 1)
def _join(names: Any) -> Any:
    if not elements(names):
        refuse()
    return _like_any(joined([name_text(each) for each in names]), *names)


def _like_any(name: str, *terms: Any) -> Any:
    """*name* as a binary if one of *terms* is a binary, as a string otherwise."""
    return os.fsencode(name) if any(isinstance(term, bytes) for term in terms) else chars(name)


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
    whole = name_text(term)
    if suffix and whole.endswith(suffix):
        name = _base(whole[: -len(suffix)]) if "/" in suffix else name[: -len(suffix)]
    return _like_any(name, term, extension)


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
    bare_extension = "/" not in name and name.startswith(".") and name.count(".") == 1
    extension = name if bare_extension else _extension_of(name)
    return like(term, name[: len(name) - len(extension)])


@LIBRARY.plain("rootname", 2)
def _rootname_of(term: Any, extension: Any) -> Any:
    return _like_any(name_text(term).removesuffix(name_text(extension)), term, extension)


@LIBRARY.plain("absname", 1)
def _absname(term: Any) -> Any:
    return like(term, joined([os.getcwd(), name_text(term)]))


@LIBRARY.plain("absname", 2)
def _absname_in(term: Any, folder: Any) -> Any:
    return _like_any(joined([name_text(folder), name_text(term)]), term, folder)


@LIBRARY.plain("absname_join")
def _absname_join(folder: Any, term: Any) -> Any:
    return _absname_in(term, folder)


@LIBRARY.plain("validate")
def _validate(term: Any) -> Atom:
    if not isinstance(term, list | bytes | Atom | ImproperList):
        refuse()
    if type(term) is ImproperList:
        return TRUE
    try:
        name = name_text(term)
    except ErlangError:
        return FALSE
    return boolean(bool(name) and "\0" not in name and not any("\ud800" <= each < "\ue000" for each in name))


@LIBRARY.plain("pathtype")
def _pathtype(term: Any) -> Atom:
    return Atom("absolute" if name_text(term).startswith("/") else "relative")


@LIBRARY.plain("flatten")
def _flatten(term: Any) -> Any:
    return term if isinstance(term, bytes) else chars(name_text(term))


@LIBRARY.plain("nativename")
def _nativename(term: Any) -> Any:
    return like(term, _normal(name_text(term)))
