"""The module ``code``: which modules there are. None has to be loaded, so asking for one to be is harmless."""

from __future__ import annotations

from typing import Any, Final

from erts_emu.shell.native import Library, find_library
from erts_emu.shell.values import function_clause
from erts_emu.terms.atoms import Atom

LIBRARY: Final = Library("code")


@LIBRARY.plain("ensure_loaded")
def _ensure_loaded(module: Any) -> tuple[Atom, Atom]:
    if type(module) is not Atom:
        raise function_clause()
    if find_library(module.name) is None:
        return (Atom("error"), Atom("nofile"))
    return (Atom("module"), module)
