"""What may stand where the cursor is: modules, functions, variables, atoms, drivers, tracepoints.

Knows nothing of terminals: :func:`complete` takes the text before the cursor.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from erts_emu.shell.repl.shell import Shell

_FUNCTION: Final = re.compile(r"([a-z][a-zA-Z0-9_@]*):([a-z][a-zA-Z0-9_@]*)?$")
_WORD: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_@]*$")
_STRING: Final = re.compile(r'"([^"\\]*)$')
_OF_DRIVERS: Final = re.compile(r"(?:spawn|spawn_driver|load\w*|unload\w*|reload\w*|driver|info|monitor)\b[^.;]*$")
_OF_TRACEPOINTS: Final = re.compile(r"\b(?:watch|unwatch|until)\([a-z_]*$")
_DRIVER_FILE: Final = re.compile(r"(\w+)\.(?:py|so)$")
_DRIVER_FOLDERS: Final = (".", "drivers", "priv", "lib")


class Completion(NamedTuple):
    """A way to go on: *text* stands in the place of the *replaced* characters before the cursor."""

    text: str
    replaced: int
    shown: str


def complete(shell: Shell, before: str) -> list[Completion]:
    """All ways to go on after *before*, in order."""
    in_string = before.count('"') % 2 == 1
    if in_string:
        part = _STRING.search(before)
        if part is None or not _OF_DRIVERS.search(before[: part.start()]):
            return []
        return _matching(part[1], ((name, name) for name in driver_names(shell)))
    if (remote := _FUNCTION.search(before)) is not None:
        return _matching(remote[2] or "", _functions(remote[1]))
    word = _WORD.search(before)
    start = word[0] if word is not None else ""
    if start[:1].isupper() or start[:1] == "_":
        return _matching(start, ((name, name) for name in shell.visible_bindings()))
    if _OF_TRACEPOINTS.search(before):
        from erts_emu.trace import TRACEPOINTS

        return _matching(start, ((name, name) for name in TRACEPOINTS))
    return _matching(start, _words(shell)) if start else []


def _matching(start: str, candidates: Iterable[tuple[str, str]]) -> list[Completion]:
    found = {Completion(text, len(start), shown) for text, shown in candidates if text.startswith(start)}
    return sorted(found, key=lambda completion: (completion.text, _arity(completion.shown)))


def _arity(shown: str) -> int:
    number = shown.rpartition("/")[2]
    return int(number) if number.isdecimal() else 0


def _functions(module: str) -> Iterator[tuple[str, str]]:
    from erts_emu.shell.native import find_library

    library = find_library(module)
    for native in library.exports() if library is not None else ():
        yield f"{native.name.name}(", f"{native.name.name}/{native.arity}"


def _words(shell: Shell) -> Iterator[tuple[str, str]]:
    from erts_emu.shell.lib import MODULES
    from erts_emu.shell.lib.auto_imported import NAMES
    from erts_emu.terms.spelling import RESERVED

    yield from ((f"{name}:", name) for name in MODULES)
    yield from ((f"{name}(", f"{name}/") for name in shell.commands.names())
    yield from ((f"{name.partition('/')[0]}(", name) for name in NAMES)
    yield from ((name, name) for name in RESERVED)
    yield from ((name, name) for name in shell.atoms)
    yield from ((name, name) for name in shell.registered_names())


def driver_names(shell: Shell) -> list[str]:
    """The drivers that are loaded, installed, or lie about in the usual folders."""
    from importlib.metadata import entry_points

    names = set(shell.loaded_drivers())
    names.update(entry.name for entry in entry_points(group="erts_emu.drivers"))
    for folder in (*_DRIVER_FOLDERS, _bundled()):
        if os.path.isdir(folder):
            files = (_DRIVER_FILE.match(file) for file in os.listdir(folder))
            names.update(match[1] for match in files if match is not None and match[1].endswith(("_drv", "driver")))
    return sorted(names)


def _bundled() -> str:
    from erts_emu import bundled_drivers

    return os.fspath(bundled_drivers())
