"""The command line: ``python -m benchmarks``."""

import argparse
import json
import sys
from pathlib import Path

from benchmarks.affinity import use_cpus
from benchmarks.cases import all_cases, chosen
from benchmarks.model import CaseResult
from benchmarks.plot import save_plot
from benchmarks.protocols import Unavailable
from benchmarks.report import document, print_tables, summary
from benchmarks.runner import run_case
from benchmarks.workbench import FULL, QUICK, Workbench

ROUNDS, QUICK_ROUNDS = 7, 3


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure the emulator beside Python's thread pools and the real erl, in turns.",
        epilog="Exit status: 1 if a contestant failed. Missing tools and missed targets are no failure.",
    )
    parser.add_argument("--rounds", type=_positive, help=f"recorded rounds (default {ROUNDS})")
    parser.add_argument("--only", nargs="+", metavar="NAME", default=[], help="run these cases")
    parser.add_argument("--list", action="store_true", help="print the names of the cases and stop")
    parser.add_argument("--quick", action="store_true", help=f"a smoke test: less work, {QUICK_ROUNDS} rounds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures here")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the ratios here (png, svg, pdf)")
    parser.add_argument("--cpu", type=int, metavar="N", help="keep everything on CPU number N")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the suite."""
    options = parser().parse_args(arguments)
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    with Workbench(QUICK if options.quick else FULL) as bench:
        try:
            cases = chosen(all_cases(bench), options.only)
            _keep_on(options.cpu)
        except ValueError as err:
            _complain(str(err))
            return 2
        if options.list:
            print("\n".join(f"{case.name:15} {case.title}" for case in cases))
            return 0
        results = [run_case(case, rounds, _note) for case in cases]
    _note("")
    print_tables(results)
    print(summary(results))
    _write(options, rounds, results)
    return int(any(result.failed for result in results))


def _write(options: argparse.Namespace, rounds: int, results: list[CaseResult]) -> None:
    if options.json:
        run = {"rounds": rounds, "quick": options.quick}
        options.json.write_text(json.dumps(document(results, run), indent=2) + "\n")
    if options.plot:
        try:
            save_plot(results, options.plot)
        except Unavailable as err:
            _complain(f"no plot: {err}")


def _keep_on(cpu: int | None) -> None:
    """Bind this process, and with it all its children, to one CPU."""
    if cpu is None:
        return
    try:
        use_cpus({cpu})
    except (OSError, Unavailable) as err:
        raise ValueError(f"--cpu {cpu}: {err}") from err


def _note(text: str) -> None:
    """Show progress, on one line, to whoever watches."""
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def _complain(text: str) -> None:
    print(text, file=sys.stderr)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number


if __name__ == "__main__":
    sys.exit(main())
