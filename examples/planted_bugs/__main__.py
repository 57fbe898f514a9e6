"""``python -m examples.planted_bugs``: how many schedules each strategy needs to find each planted bug."""

from __future__ import annotations

import argparse
import time

from erts_emu.testing import explore_threads
from erts_emu.testing.scenario import program_of

from . import ALL, Planted

STRATEGIES = ("campaign", "random", "walk", "pct:2", "pct:3", "pct:4", "delays:1", "preemptions:1")


def schedules_to(bug: Planted, strategy: str, *, seed: int, budget: int, seconds: float) -> str:
    """Return the number of the first schedule that shows the bug, "-" if none within the budget, "none" if there is."""
    program = program_of(bug.run(bug.buggy), **bug.options)
    result = explore_threads(program, strategy=strategy, schedules=budget, seconds=seconds, seed=seed)
    if result.failure is not None:
        return str(result.failure.run + 1)
    return "none" if result.exhausted else f">{result.schedules}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m examples.planted_bugs", description=__doc__)
    parser.add_argument("bugs", nargs="*", help="names; all if none is given")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--schedules", type=int, default=10_000, help="budget for each bug and strategy")
    parser.add_argument("--seconds", type=float, default=30.0, help="the same")
    parser.add_argument("--strategies", nargs="+", default=STRATEGIES)
    options = parser.parse_args()
    print(f"{'':20}" + "".join(f"{name:>15}" for name in options.strategies))
    begun = time.perf_counter()
    for bug in ALL:
        if options.bugs and bug.name not in options.bugs:
            continue
        cells = [
            schedules_to(bug, name, seed=options.seed, budget=options.schedules, seconds=options.seconds)
            for name in options.strategies
        ]
        print(f"{bug.name:20}" + "".join(f"{cell:>15}" for cell in cells), flush=True)
    print(f"{time.perf_counter() - begun:.0f} s; none: every schedule of the strategy was tried; >N: budget spent")


if __name__ == "__main__":
    main()
