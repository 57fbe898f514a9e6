"""``erts-emu run FILE`` and ``erts-emu eval 'EXPR.'``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from erts_emu import Emulator
    from erts_emu.cli.flags import EmulatorFlags

RUN_USAGE: Final = """\
usage: erts-emu run [+FLAG ...] FILE
  evaluate a file of Erlang expressions, each ended by a full stop; - is standard input"""
EVAL_USAGE: Final = """\
usage: erts-emu eval [+FLAG ...] 'EXPR.'
  evaluate Erlang expressions"""
USAGES: Final = {"run": RUN_USAGE, "eval": EVAL_USAGE}


def run_command(command: str, flags: EmulatorFlags, arguments: Sequence[str]) -> int:
    """Run ``run`` or ``eval`` with the arguments after it; return the exit status."""
    if arguments and arguments[0] == "--":
        arguments = arguments[1:]
    if len(arguments) != 1 or arguments[0] in ("-h", "--help"):
        asked = bool(arguments) and arguments[0] in ("-h", "--help")
        print(USAGES[command], file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    if command == "eval":
        return _evaluate(flags, arguments[0], "")
    try:
        text = _read(arguments[0])
    except OSError as error:
        print(f"erts-emu: {arguments[0]}: {error.strerror}", file=sys.stderr)
        return 1
    return _evaluate(flags, text, arguments[0])


def _read(file: str) -> str:
    data = sys.stdin.buffer.read() if file == "-" else _contents(file)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _contents(file: str) -> bytes:
    with open(file, "rb") as stream:
        return stream.read()


def _evaluate(flags: EmulatorFlags, text: str, name: str) -> int:
    from erts_emu.shell.script import run_script

    def boot() -> Emulator:
        from erts_emu import Emulator

        return Emulator(**flags.emulator_options())

    return run_script(boot, text, name)
