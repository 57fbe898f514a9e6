"""The sections of commands, in the order of ``help()``."""

from __future__ import annotations

from typing import Final

from erts_emu.shell.repl.basics import BASICS
from erts_emu.shell.repl.inspection import INSPECTION
from erts_emu.shell.repl.observing import OBSERVING
from erts_emu.shell.repl.recording import RECORDING
from erts_emu.shell.repl.saving import SAVING
from erts_emu.shell.repl.steering import STEERING
from erts_emu.shell.repl.watching import WATCHING

SECTIONS: Final = [BASICS, INSPECTION, OBSERVING, WATCHING, RECORDING, STEERING, SAVING]
