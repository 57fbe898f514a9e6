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
    parser.add_argument("--isolate", action="store_true", help="each compiled driver in a process of its own")
    options: Any = parser.parse_args(arguments)
    if options.isolate and options.threads == "simulated":
        parser.error("--isolate is for real threads")
    isolated = {"isolate": True} if options.isolate else {}
    return run_shell({"threads": options.threads, **isolated, **flags.emulator_options()})
