"""The interactive shell: ``erts-emu`` without a command.

It behaves as the shell of ``erl`` does, and has functions of its own on top, to look into the emulator and to steer it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from erts_emu.shell.input import Input
from erts_emu.shell.repl.console import Console
from erts_emu.shell.repl.pipe import run_pipe
from erts_emu.shell.repl.shell import Shell
from erts_emu.shell.session import Halt


def run_shell(options: dict[str, Any]) -> int:
    """Run the shell on standard input and output until it ends; return the exit status.

    Its emulator is made with *options*, those of ``Emulator``.
    """
    if sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        return _run_in_terminal(options)
    shell = Shell(options, Console(sys.stdout.buffer))
    session = shell.world.session
    session.input = Input("latin-1")
    return _ended(shell, lambda: run_pipe(shell, session.input.line))


def _run_in_terminal(options: dict[str, Any]) -> int:
    from erts_emu.shell.repl.terminal import Terminal, TerminalStream

    stream = TerminalStream()
    shell = Shell(options, Console(stream, unicode=True))
    standard_error, sys.stderr = sys.stderr, shell.console.reports
    try:
        return _ended(shell, Terminal(shell, stream).run)
    finally:
        sys.stderr = standard_error
        stream.close()


def _ended(shell: Shell, run: Callable[[], None]) -> int:
    """Run a shell to its end; return the exit status."""
    try:
        run()
    except Halt as halt:
        shell.world.session.stop(flush=halt.flush)
        return halt.status
    shell.world.session.stop()
    return 0


__all__ = ["run_shell"]
