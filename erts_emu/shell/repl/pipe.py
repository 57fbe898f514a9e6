"""The shell without a terminal: commands come from a file or a pipe."""

from __future__ import annotations

from typing import TYPE_CHECKING

from erts_emu.shell.parser import ParseError
from erts_emu.shell.repl.reading import CommandReader, EndOfInput
from erts_emu.shell.repl.shell import BANNER, Shell
from erts_emu.shell.tokens import ScanError

if TYPE_CHECKING:
    from collections.abc import Callable


def run_pipe(shell: Shell, next_line: Callable[[], str]) -> None:
    """Execute what *next_line* gives, until it ends. Raises ``Halt``."""
    shell.write(f"{BANNER}\n")
    reader = CommandReader(next_line)
    while not shell.quitting:
        shell.take_note()
        shell.write(shell.prompt)
        try:
            text, nodes = reader.read()
        except EndOfInput:
            shell.write("*** Terminating erlang (nonode@nohost)\n")
            return
        except (ScanError, ParseError) as error:
            shell.refuse(error)
            if isinstance(error, ScanError):
                reader.drop_rest()
        else:
            shell.execute(text, nodes)
