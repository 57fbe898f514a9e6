"""``erts-emu trace``: run a script and write down what every thread did; or turn a recording into a picture."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from erts_emu import Emulator, Recorder, Recording
    from erts_emu.cli.flags import EmulatorFlags

_FORMS: Final = """\
What OUT becomes, by its ending:
  .etrace    the recording itself, which erts-emu trace can read again
  .html      a timeline to look at in a browser, without network
  .json      for ui.perfetto.dev and chrome://tracing
  .folded    folded stacks, for flame graphs
  .svg .mmd  a sequence diagram, as a picture or as Mermaid text: of --job N, of --port ID, or of the first job"""


def trace(flags: EmulatorFlags, arguments: Sequence[str]) -> int:
    """Run the command with the arguments after its name; return the exit status: the script's, if there is one."""
    options = _parse(arguments)
    from erts_emu.observe import BadRecording

    try:
        if _is_recording(options.file):
            return _write(_load(options.file), options)
        return _record(flags, options)
    except BadRecording as error:
        print(f"erts-emu trace: {error}", file=sys.stderr)
    except OSError as error:
        print(f"erts-emu trace: {error.filename}: {error.strerror}", file=sys.stderr)
    return 1


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    from erts_emu.cli.flags import USAGE

    parser = argparse.ArgumentParser(
        prog="erts-emu trace",
        description="Evaluate a script of Erlang expressions, as erts-emu run does, and record what every thread does. "
        "FILE may also be a recording (.etrace).",
        epilog=f"{_FORMS}\n\n{USAGE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", help="a script; - is standard input; or a recording")
    parser.add_argument("-o", dest="output", metavar="OUT", action="append", required=True, help="may be given again")
    parser.add_argument("--threads", choices=("real", "simulated"), help="simulated: deterministic (default: real)")
    parser.add_argument("--seed", type=int, metavar="N", help="simulated threads, which take turns at random")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--job", type=int, metavar="N", help="the job for a sequence diagram")
    which.add_argument("--port", metavar="ID", help="the port for a sequence diagram: 5, or #Port<0.5>")
    options = parser.parse_args(arguments)
    if options.seed is not None:
        if options.threads == "real":
            parser.error("--seed is for simulated threads")
        options.threads = "simulated"
    _check_endings(parser, options.output)
    return options


def _check_endings(parser: argparse.ArgumentParser, outputs: Sequence[str]) -> None:
    """Refuse a name before the script runs, not after."""
    from erts_emu.observe.export import ENDINGS

    for output in outputs:
        if os.path.splitext(output)[1] not in ENDINGS:
            parser.error(f"-o {output}: the name has to end in one of {' '.join(ENDINGS)}")


def _is_recording(file: str) -> bool:
    from erts_emu.observe.recording import MAGIC

    if file == "-":
        return False
    with open(file, "rb") as stream:
        return stream.read(len(MAGIC)).startswith(MAGIC[:-1])


def _load(file: str) -> Recording:
    from erts_emu import Recording

    return Recording.load(file)


def _record(flags: EmulatorFlags, options: argparse.Namespace) -> int:
    """Run the script on an emulator whose locks are observed, and that is recorded from its boot to its end."""
    from erts_emu.cli.scripts import read_script
    from erts_emu.shell.script import run_script

    text = read_script(options.file)
    recorders: list[Recorder] = []

    def boot() -> Emulator:
        emulator = _boot({**flags.emulator_options(), "threads": options.threads or "real"}, options.seed)
        recorders.append(emulator.record())
        recorders[-1].start()
        return emulator

    try:
        status = run_script(boot, text, options.file)
    except BaseException:  # a deadlock, or Ctrl-C: now the recording is wanted most
        if recorders:
            recorders[-1].stop()
            _write(recorders[-1].recording, options)
        raise
    if not recorders:
        print("erts-emu trace: the script needs no emulator: there is nothing to record", file=sys.stderr)
        return status or 1
    recorders[-1].stop()
    sys.stdout.flush()
    return _write(recorders[-1].recording, options) or status


def _boot(emulator_options: dict[str, Any], seed: int | None) -> Emulator:
    from erts_emu import Emulator

    if seed is not None:
        from erts_emu.ethread import SeededRandom

        emulator_options |= {"seed": seed, "strategy": SeededRandom(seed)}
    if emulator_options["threads"] == "real":
        emulator_options["lock_counters"] = True  # so that the recording has all locks
    return Emulator(strict=False, **emulator_options)


def _write(recording: Recording, options: argparse.Namespace) -> int:
    """Write every output; 1 if one could not be written."""
    from erts_emu.observe.export import ExportError, export

    status = 0
    title = None if options.file == "-" else os.path.basename(options.file)
    port = f"#Port<0.{options.port}>" if options.port and options.port.isdecimal() else options.port
    for output in options.output:
        try:
            export(recording, output, job=options.job, port=port, title=title)
        except ExportError as error:
            print(f"erts-emu trace: {error}", file=sys.stderr)
            status = 1
        else:
            print(f"{output}: {len(recording)} records", file=sys.stderr)
    return status
