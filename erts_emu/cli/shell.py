"""``erts-emu`` without a command: the shell."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from erts_emu.cli.flags import EmulatorFlags


def shell(flags: EmulatorFlags, arguments: Sequence[str]) -> int:
    """Run the shell; return the exit status."""
    from erts_emu.cli.flags import USAGE
    from erts_emu.shell.repl import run_shell

    parser = argparse.ArgumentParser(
        prog="erts-emu",
        description="The shell for Erlang expressions; help() in it lists its commands.",
        epilog=USAGE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--threads", choices=("real", "simulated"), default="real", help="default: real")
    options: Any = parser.parse_args(arguments)

    return run_shell({"threads": options.threads, **flags.emulator_options()})
