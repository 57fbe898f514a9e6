"""``erts-emu run FILE`` and ``erts-emu eval 'EXPR.'``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from erts_emu import Emulator
    from erts_emu.cli.flags import EmulatorFlags

_OPTIONS: Final = """\
  --threads real|simulated   simulated threads are deterministic, and their time is virtual (default: real)
  --seed N                   simulated threads, which take turns at random: the same for the same number
  --isolate[=SECONDS]        each compiled driver in a process of its own: its crash is an error, and so is a callback
                             that takes longer than that"""
RUN_USAGE: Final = f"""\
usage: erts-emu run [+FLAG ...] [--threads KIND] [--seed N] [--isolate[=S]] FILE
  evaluate a file of Erlang expressions, each ended by a full stop; - is standard input
{_OPTIONS}"""
EVAL_USAGE: Final = f"""\
usage: erts-emu eval [+FLAG ...] [--threads KIND] [--seed N] [--isolate[=S]] 'EXPR.'
  evaluate Erlang expressions
{_OPTIONS}"""
USAGES: Final = {"run": RUN_USAGE, "eval": EVAL_USAGE}


class UsageError(ValueError):
    """The arguments of ``run`` or ``eval`` are not what its usage says."""


def run_command(command: str, flags: EmulatorFlags, arguments: Sequence[str]) -> int:
    """Run ``run`` or ``eval`` with the arguments after it; return the exit status."""
    if arguments and arguments[0] in ("-h", "--help"):
        print(USAGES[command])
        return 0
    try:
        threads, rest = _options(arguments)
        if len(rest) != 1:
            raise UsageError("one argument is wanted" if rest else f"what to {command}?")
    except UsageError as error:
        print(f"erts-emu {command}: {error}\n{USAGES[command]}", file=sys.stderr)
        return 2
    options = {**flags.emulator_options(), **threads}
    if command == "eval":
        return _evaluate(options, rest[0], "")
    try:
        text = read_script(rest[0])
    except OSError as error:
        print(f"erts-emu: {rest[0]}: {error.strerror}", file=sys.stderr)
        return 1
    return _evaluate(options, text, rest[0])


def _options(arguments: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Take the options out of *arguments*; return what they mean for the emulator, and the rest."""
    found: dict[str, Any] = {}
    remaining = list(arguments)
    while remaining and remaining[0].startswith("--"):
        name, equals, value = remaining.pop(0).partition("=")
        if name == "--":
            break
        if name == "--isolate":
            found["isolate"] = _seconds(value) if equals else True
            continue
        if name not in ("--threads", "--seed"):
            raise UsageError(f"unknown option {name}")
        if not equals:
            if not remaining:
                raise UsageError(f"{name} needs a value")
            value = remaining.pop(0)
        if name == "--threads":
            if value not in ("real", "simulated"):
                raise UsageError(f"--threads is real or simulated, not {value}")
            found["threads"] = value
        elif not value.isdecimal():
            raise UsageError(f"--seed is a number, not {value}")
        else:
            found["seed"] = int(value)
    if "seed" in found and found.setdefault("threads", "simulated") == "real":
        raise UsageError("--seed is for simulated threads")
    if "isolate" in found and found.get("threads") == "simulated":
        raise UsageError("--isolate is for real threads")
    return found, remaining


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise UsageError(f"--isolate= needs the seconds that a callback may take, not {text!r}")
    return seconds


def read_script(file: str) -> str:
    """Read a script; - is standard input. Raises ``OSError``."""
    data = sys.stdin.buffer.read() if file == "-" else _contents(file)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _contents(file: str) -> bytes:
    with open(file, "rb") as stream:
        return stream.read()


def _evaluate(options: dict[str, Any], text: str, name: str) -> int:
    from erts_emu.shell.script import run_script

    def boot() -> Emulator:
        from erts_emu import Emulator

        if "seed" in options:
            from erts_emu.ethread import SeededRandom

            options["strategy"] = SeededRandom(options["seed"])
        return Emulator(strict=False, **options)

    return run_script(boot, text, name)
