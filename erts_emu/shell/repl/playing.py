"""Playing a recorded session: what the shell prints must be what it printed then."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from erts_emu.shell.parser import ParseError
from erts_emu.shell.repl.console import Console
from erts_emu.shell.repl.reading import CommandReader, EndOfInput
from erts_emu.shell.repl.shell import Shell
from erts_emu.shell.session import Halt
from erts_emu.shell.tokens import ScanError

if TYPE_CHECKING:
    pass


class _Nowhere:
    """A stream that nobody reads."""

    def write(self, data: bytes) -> None:
        """Lose *data*."""

    def flush(self) -> None:
        """Do nothing."""


def play(session: Iterable[tuple[str, str]], **options: Any) -> None:
    """Have a new shell execute commands, on an emulator made with *options*; each must print what stands beside it.

    Raises ``AssertionError`` for the first that prints something else.
    """
    shell = Shell(options, Console(_Nowhere(), unicode=True))
    try:
        for command, expected in session:
            printed = execute_text(shell, command)
            if printed != expected:
                raise AssertionError(f"{command}\nprinted\n{printed}\nand not\n{expected}")
    finally:
        shell.world.session.stop(flush=False)


def execute_text(shell: Shell, command: str) -> str:
    """Have a shell execute a command; return what it writes meanwhile. One that halts the emulator ends there."""
    try:
        return execute_or_halt(shell, command)
    except Halt:
        return shell.console.noted()


def execute_or_halt(shell: Shell, command: str) -> str:
    """Have a shell execute a command; return what it writes meanwhile. Raises ``Halt``."""
    lines = iter([command])
    reader = CommandReader(lambda: next(lines, ""))
    shell.console.start_noting()
    try:
        text, nodes = reader.read()
        shell.execute(text, nodes)
    except (ScanError, ParseError) as error:
        shell.refuse(error)
        return shell.console.noted()
    except EndOfInput:
        return shell.console.noted()
    return shell.transcript[-1][1]
