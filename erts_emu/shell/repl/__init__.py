"""The interactive shell: ``erts-emu`` without a command.

It behaves as the shell of ``erl`` does, and has functions of its own on top, to look into the emulator and to steer it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, TextIO, cast

from erts_emu.shell.input import Input
from erts_emu.shell.output import Output
from erts_emu.shell.repl.pipe import run_pipe
from erts_emu.shell.repl.shell import Shell
from erts_emu.shell.session import Halt

if TYPE_CHECKING:
    from erts_emu.emulator import Emulator


class _Reports:
    """Where reports go: to where everything else is written."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def write(self, text: str) -> None:
        self._output.write(text)

    def flush(self) -> None:
        """Nothing is kept back."""


def run_shell(boot: Callable[[], Emulator]) -> int:
    """Run the shell on standard input and output until it ends; return the exit status. *boot* makes the emulator."""
    shell = Shell(boot, Output(sys.stdout.buffer))
    shell.session.errors = cast(TextIO, _Reports(shell.output))
    shell.session.input = Input("latin-1")
    try:
        run_pipe(shell, shell.session.input.line)
    except Halt as halt:
        shell.session.stop(flush=halt.flush)
        return halt.status
    shell.session.stop()
    return 0


__all__ = ["run_shell"]
