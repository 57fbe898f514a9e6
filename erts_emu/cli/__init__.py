"""The command ``erts-emu``. Each subcommand lives in a module of its own, which is imported when it is asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import TYPE_CHECKING, Final

from erts_emu import __version__
from erts_emu.cli.flags import USAGE, EmulatorFlags, FlagError, parse_flags

if TYPE_CHECKING:
    import argparse

EMULATES: Final = "ERTS 13.1.5, Erlang/OTP 25"
SCRIPT_COMMANDS: Final = ("run", "eval")
"""They read their own arguments, since what Erlang scripts start with must not cost time."""
INTERRUPTED: Final = 130
"""The exit status of what Ctrl-C has ended, as shells have it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line *argv* (default: the process's own); return the exit status."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # file names need not fit a terminal's encoding
    try:
        return _run(sys.argv[1:] if argv is None else argv)
    except KeyboardInterrupt:
        print("erts-emu: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone. Leave nothing in the buffer: the interpreter would try to write it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(arguments: Sequence[str]) -> int:
    try:
        flags, rest = parse_flags(arguments, os.environ)
    except FlagError as error:
        print(f"{error}\n{USAGE}", file=sys.stderr)
        return 1
    if rest and rest[0] in SCRIPT_COMMANDS:
        from erts_emu.cli.scripts import run_command

        return run_command(rest[0], flags, rest[1:])
    if rest and rest[0] == "observer":
        from erts_emu.cli.observer import observer

        return observer(flags, rest[1:])
    if rest and rest[0] == "trace":
        from erts_emu.cli.trace import trace

        return trace(flags, rest[1:])
    if not rest or rest[0].startswith("--threads"):
        from erts_emu.cli.shell import shell

        return shell(flags, rest)
    parser = _parser()
    options = parser.parse_args(rest)
    if options.command == "demo":
        return _demo(flags, options)
    if len(rest) < len(arguments):
        parser.error("flags with + are for commands that start an emulator")
    if options.command == "doctor":
        from erts_emu.cli.doctor import doctor

        return doctor()
    if options.command == "check":
        from erts_emu.cli.check import check

        return check(options.file)
    if options.command == "include":
        package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        print(os.path.join(package, "native", "include"))
        return 0
    if options.command == "new":
        from erts_emu.cli.new import new

        return new(options.name, options.folder, compiled=options.compiled)
    parser.print_help()
    return 0


def _demo(flags: EmulatorFlags, options: argparse.Namespace) -> int:
    from erts_emu.cli.digest import demo_digest

    return demo_digest(flags, options)


def _parser() -> argparse.ArgumentParser:
    import argparse

    parser = argparse.ArgumentParser(
        prog="erts-emu",
        description=f"A flight simulator for Erlang's linked-in (port) drivers. Emulates {EMULATES}.\n"
        "Without COMMAND, the shell: expressions in, values out; --threads simulated lets you move threads and time.",
        epilog=USAGE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"erts_emu {__version__} (emulates {EMULATES})")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_demo(commands)
    commands.add_parser("run", help="evaluate a file of Erlang expressions: run FILE")
    commands.add_parser("eval", help="evaluate Erlang expressions: eval 'EXPR.'")
    commands.add_parser("trace", help="record what every thread does: trace FILE -o OUT.html, and other forms")
    commands.add_parser("observer", help="a live view of a script or a shell: observer [FILE]")
    commands.add_parser("include", help="the folder of erl_driver.h, to compile drivers written in C")
    check = commands.add_parser("check", help="is this a loadable driver: version, flags, callbacks, missing symbols")
    check.add_argument("file", metavar="FILE", help="NAME.so or NAME.py")
    commands.add_parser("doctor", help="what is available here, and what to install for the rest")
    new = commands.add_parser("new", help="write a driver plugin with its tests, to begin with")
    new.add_argument("name", metavar="NAME", help="of the driver, as in my_drv")
    new.add_argument("--c", action="store_true", dest="compiled", help="write it in C")
    new.add_argument("--folder", metavar="FOLDER", help="where to write it (default: a new folder NAME)")
    return parser


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    import argparse

    demo = commands.add_parser("demo", help="see the emulator do real work")
    digest = demo.add_subparsers(dest="demo", metavar="WHAT", required=True).add_parser(
        "digest",
        help="digests of all files below a folder, through the async pool",
        description="Digest every regular file below FOLDER on async threads, and tell what the pool did.",
        epilog=USAGE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    digest.add_argument("folder", nargs="?", metavar="FOLDER", help="default: the library of this Python")
    digest.add_argument("--output", metavar="FILE", help="write the digests to FILE, as sha256sum -c reads them")
    digest.add_argument("--threads", type=int, metavar="N", help="async threads, as +A N (default: 4)")
    digest.add_argument(
        "--ports", type=int, default=64, metavar="N", help="ports to spread the files over (default: 64)"
    )
    digest.add_argument(
        "--algorithm", default="sha256", metavar="NAME", help="an algorithm of hashlib (default: sha256)"
    )
