"""Random programs on both systems: ``python -m tests.differential --count 2000 --seed 1``.

A program is a script: processes open ports of a driver in C, tell it which functions of the driver API to call in which
callback, and treat the ports in every way that Erlang knows. Each is made from a seed of its own and run by the real
``erl`` and by the emulator; what they print has to be the same. A program that they treat unlike is made smaller and
printed as a script that may be kept below ``tests/scripts``. The exit status is the number of findings, at most 100.
"""

from __future__ import annotations

import argparse
import difflib
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from native.building import bridge_problem

from . import generate
from .shrink import shrunk
from .systems import BATCH, compare

WAYS = {
    "simulated": ("--threads", "simulated"), "real": ("--threads", "real"), "seed 7": ("--seed", "7"),
    "isolated": ("--isolate", "--threads", "real"),
}  # fmt: skip


def campaign(count: int, seed: int, way: str, *, shrink: bool, most: int) -> int:
    """Run *count* programs; return how many were found to be treated unlike."""
    findings = ended = lost = 0
    began = time.monotonic()
    for first in range(seed, seed + count, BATCH):
        programs = [generate.program(each) for each in range(first, min(first + BATCH, seed + count))]
        compared = compare(programs, *WAYS[way])
        found = compared.unlike
        again = {each.seed for each, _, _ in compare([each for each, _, _ in found], *WAYS[way]).unlike}
        for program, erl, ours in found:
            if program.seed not in again:
                print(f"-- seed {program.seed}: not again")
                continue
            findings += 1
            if shrink:
                program, erl, ours = shrunk(program, erl, ours, lambda some: compare(some, *WAYS[way]).unlike)
            print(f"== seed {program.seed}, {way}\n{program.script()}")
            lines = difflib.unified_diff(erl.splitlines(), ours.splitlines(), "erl", "erts-emu", lineterm="", n=2)
            print("\n".join(lines), flush=True)
        ended += len(programs)
        lost += len(compared.lost)
        if compared.lost:
            print("-- erl did not survive seeds", *(each.seed for each in compared.lost))
        seconds = time.monotonic() - began
        print(f"{ended} programs, {lost} not survived by erl, {findings} differences, {seconds:.0f} s", flush=True)
        if findings >= most:
            break
    return findings


def main() -> int:
    """Do what the arguments say, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="programs")
    parser.add_argument("--seed", type=int, default=1, help="of the first; the others' follow")
    parser.add_argument("--way", choices=list(WAYS), default="simulated", help="how the emulator runs them")
    parser.add_argument("--no-shrink", action="store_true", help="print findings as they are")
    parser.add_argument("--most", type=int, default=20, help="findings after which to end")
    parser.add_argument("--show", action="store_true", help="print the programs and run nothing")
    options = parser.parse_args()
    if options.show:
        for seed in range(options.seed, options.seed + options.count):
            print(f"%% seed {seed}\n{generate.program(seed).script()}")
        return 0
    if (problem := bridge_problem()) is not None:
        raise SystemExit(problem)
    found = campaign(options.count, options.seed, options.way, shrink=not options.no_shrink, most=options.most)
    return min(found, 100)


if __name__ == "__main__":
    sys.exit(main())
