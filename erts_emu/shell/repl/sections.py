"""The sections of commands, in the order of ``help()``."""

from __future__ import annotations

from typing import Final

from erts_emu.shell.repl.basics import BASICS

SECTIONS: Final = [BASICS]
