"""``erts-emu observer``: a live view of a script or a shell."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from erts_emu.cli.flags import EmulatorFlags
    from erts_emu.observe.observer.opening import Browser


def observer(flags: EmulatorFlags, arguments: Sequence[str]) -> int:
    """Run the observer with the arguments after its name; return the exit status."""
    from erts_emu.observe.observer.opening import ObserverUnavailable

    options = _parse(arguments)
    try:
        return _observe(flags, options)
    except ObserverUnavailable as error:
        print(f"erts-emu observer: {error}", file=sys.stderr)
        return 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    from erts_emu.cli.flags import USAGE
    from erts_emu.observe.observer.opening import DEFAULT_PORT

    parser = argparse.ArgumentParser(
        prog="erts-emu observer",
        description="Watch an emulator while it runs: ports, drivers, processes, async threads, schedulers, locks. "
        "With FILE, it evaluates that script of Erlang expressions; without, expressions that are typed in.",
        epilog=USAGE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", nargs="?", metavar="FILE", help="a script, as for erts-emu run")
    parser.add_argument("--threads", choices=("real", "simulated"), help="simulated: to step (default: real)")
    parser.add_argument("--seed", type=int, metavar="N", help="simulated threads, which take turns at random")
    parser.add_argument("--msacc", action="store_true", help="account for where threads' time goes, which costs time")
    parser.add_argument("--count-locks", action="store_true", help="count how often locks are taken, and in vain")
    parser.add_argument("--serve", nargs="?", const=str(DEFAULT_PORT), metavar="PORT", help="for browsers")
    parser.add_argument("--host", default="localhost", help="with --serve: where to listen (default: localhost)")
    options = parser.parse_args(arguments)
    if options.serve is not None and not options.serve.isdecimal():
        if options.file is not None:
            parser.error(f"--serve takes the number of a port, not {options.serve}")
        options.file, options.serve = options.serve, str(DEFAULT_PORT)  # --serve FILE
    if options.seed is not None:
        if options.threads == "real":
            parser.error("--seed is for simulated threads")
        options.threads = "simulated"
    return options


def _observe(flags: EmulatorFlags, options: argparse.Namespace) -> int:
    from erts_emu.observe.observer.opening import require

    browser = _browser(options)
    require(browser)
    emulator_options = {**flags.emulator_options(), "msacc": options.msacc}
    if options.file is None:
        return _observe_shell(emulator_options, options, browser)
    from erts_emu.cli.scripts import read_script

    try:
        text = read_script(options.file)
    except OSError as error:
        print(f"erts-emu: {options.file}: {error.strerror}", file=sys.stderr)
        return 1
    return _observe_script(text, emulator_options, options, browser)


def _observe_script(
    text: str, emulator_options: dict[str, Any], options: argparse.Namespace, browser: Browser | None
) -> int:
    from erts_emu.observe.observer.opening import open_observer
    from erts_emu.observe.observer.output import Kept
    from erts_emu.observe.observer.scripts import ScriptOnRealThreads, ScriptOnSimulatedThreads

    kept = Kept()
    name = os.path.basename(options.file)
    subject: ScriptOnRealThreads | ScriptOnSimulatedThreads
    if options.threads == "simulated":
        subject = ScriptOnSimulatedThreads(text, name, emulator_options, seed=options.seed, kept=kept)
    else:
        subject = ScriptOnRealThreads(text, name, {**emulator_options, "lock_counters": options.count_locks}, kept=kept)
    open_observer(subject, kept=kept, browser=browser, start=subject.start)
    sys.stdout.buffer.write(kept.everything())
    return subject.status or 0


def _observe_shell(emulator_options: dict[str, Any], options: argparse.Namespace, browser: Browser | None) -> int:
    from erts_emu.observe.observer.opening import open_observer
    from erts_emu.observe.observer.output import Kept
    from erts_emu.observe.observer.shells import ShellOfItsOwn
    from erts_emu.shell.repl.console import Console
    from erts_emu.shell.repl.shell import Shell

    if options.seed is not None:
        raise SystemExit("erts-emu observer: --seed is for scripts; in a shell, threads are moved by hand")
    kept = Kept()
    shell = Shell({"threads": options.threads or "real", **emulator_options}, Console(kept, unicode=True))
    own = ShellOfItsOwn(shell)
    open_observer(own.subject, kept=kept, browser=browser, start=own.start)
    own.join()
    sys.stdout.buffer.write(kept.everything())
    return 0


def _browser(options: argparse.Namespace) -> Browser | None:
    from erts_emu.observe.observer.opening import Browser

    return None if options.serve is None else Browser(int(options.serve), options.host)
