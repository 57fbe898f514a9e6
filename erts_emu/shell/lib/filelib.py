"""The module ``filelib``."""

from __future__ import annotations

import glob
import os
from collections.abc import Generator
from typing import Any, Final

from erts_emu.errors import ErlangError
from erts_emu.shell.lib._arguments import chars, refuse
from erts_emu.shell.lib.filename import joined, like, name_text
from erts_emu.shell.native import Library
from erts_emu.shell.operators import is_list
from erts_emu.shell.values import ERROR, OK, boolean, failure
from erts_emu.terms.atoms import Atom

LIBRARY: Final = Library("filelib")


def _path(name: Any) -> str:
    """A path; what is no name is a path where nothing can be."""
    try:
        path = name_text(name)
    except ErlangError:
        return ""
    return "" if "\0" in path else path


@LIBRARY.plain("is_file", 1, 2)
def _is_file(name: Any, _module: Any = None) -> Atom:
    path = _path(name)
    return boolean(os.path.isfile(path) or os.path.isdir(path))


@LIBRARY.plain("is_regular", 1, 2)
def _is_regular(name: Any, _module: Any = None) -> Atom:
    return boolean(os.path.isfile(_path(name)))


@LIBRARY.plain("is_dir", 1, 2)
def _is_dir(name: Any, _module: Any = None) -> Atom:
    return boolean(os.path.isdir(_path(name)))


@LIBRARY.plain("file_size", 1, 2)
def _file_size(name: Any, _module: Any = None) -> int:
    try:
        return os.path.getsize(_path(name))
    except OSError:
        return 0


@LIBRARY.plain("last_modified", 1, 2)
def _last_modified(name: Any, _module: Any = None) -> Any:
    import time

    try:
        moment = time.localtime(os.path.getmtime(_path(name)))
    except OSError:
        return 0
    return (tuple(moment[:3]), tuple(moment[3:6]))


@LIBRARY.plain("ensure_dir")
def _ensure_dir(name: Any) -> Any:
    return _make(os.path.dirname(name_text(name)) or ".")


@LIBRARY.plain("ensure_path")
def _ensure_path(name: Any) -> Any:
    return _make(name_text(name))


def _make(path: str) -> Any:
    from erts_emu.shell.lib.file import reason

    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        return (ERROR, reason(error))
    return OK


@LIBRARY.plain("wildcard", 1, 2)
def _wildcard(pattern: Any, folder: Any = None) -> list[Any]:
    if not is_list(pattern):
        refuse()
    if pattern == []:
        raise failure("badmatch", [])
    root = None if folder is None else name_text(folder)
    found: set[str] = set()
    for each in _alternatives(name_text(pattern)):
        found.update(glob.glob(each, root_dir=root, recursive=True))
    return [chars(name) for name in sorted(found)]


def _alternatives(pattern: str) -> list[str]:
    """The patterns that ``{a,b}`` in a pattern stands for."""
    start = pattern.find("{")
    end = pattern.find("}", start)
    if start < 0 or end < 0:
        return [pattern]
    head, tail = pattern[:start], pattern[end + 1 :]
    return [each for choice in pattern[start + 1 : end].split(",") for each in _alternatives(head + choice + tail)]


@LIBRARY.plain("safe_relative_path")
def _safe_relative_path(name: Any, folder: Any) -> Any:
    """The same path without ``.`` and ``..``, or ``unsafe`` if it leads out of *folder*, also by a link."""
    root = os.path.realpath(name_text(folder) or ".")
    path = name_text(name)
    kept: list[str] = []
    for part in [part for part in path.split("/") if part not in ("", ".")]:
        if part != "..":
            kept.append(part)
        elif not kept:
            return Atom("unsafe")
        else:
            kept.pop()
        place = os.path.realpath(os.path.join(root, *kept))
        if os.path.commonpath((root, place)) != root:
            return Atom("unsafe")
    if path.startswith("/"):
        return Atom("unsafe")
    return like(name, "/".join(kept)) if kept else []


@LIBRARY.calls("fold_files", 5)
def _fold_files(
    _machine: Any, folder: Any, expression: Any, recursive: Any, fun: Any, state: Any
) -> Generator[Any, Any, Any]:
    import re

    wanted = re.compile(name_text(expression))
    for path in _files(name_text(folder), recursive is Atom("true")):
        if wanted.search(os.path.basename(path)):
            state = yield fun, (chars(path), state)
    return state


def _files(folder: str, recursive: bool) -> list[str]:
    found: list[str] = []
    for name in sorted(os.listdir(folder)):
        path = joined([folder, name])
        if os.path.isfile(path):
            found.append(path)
        elif recursive and os.path.isdir(path) and not os.path.islink(path):
            found += _files(path, True)
    return found
