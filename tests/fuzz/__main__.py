"""Fuzzing: ``python -m tests.fuzz --count 1000000 [--target NAME] [--seed N] [--erl COUNT]``.

Inputs are made from seeds, one for each block of some thousand inputs. A finding is printed with its traceback, the
seed of its block and the input; then the next block goes on. An input that takes longer than ``--patience`` seconds is
a finding too. With ``--erl``, so many damaged external terms, and as much iodata, are also compared with what the
real ``erl`` makes of them. The exit status is the number of findings, at most 100.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from . import iodata
from .oracle import differences
from .targets import TARGETS, Target, descriptors, run

BLOCK = 5000
COMPARED_AT_ONCE = 50_000


class Hangs(Exception):
    """A block takes too long."""


def _hangs(*event: object) -> None:
    raise Hangs("a block of inputs does not end")


def fuzz(kind: type[Target], count: int, seed: int, patience: int) -> int:
    """Feed *count* inputs in blocks; return the number of findings."""
    findings = 0
    began = time.monotonic()
    open_before = descriptors()
    for block in range(-(-count // BLOCK)):
        signal.alarm(patience)
        try:
            run(kind, seed + block, min(BLOCK, count - block * BLOCK))
        except Exception:
            findings += 1
            traceback.print_exc()
        finally:
            signal.alarm(0)
        if findings >= 10:
            break
    leaked = descriptors() - open_before
    seconds = time.monotonic() - began
    print(f"{kind.name}: {count} inputs, {findings} findings, {leaked} descriptors leaked, {seconds:.0f} s", flush=True)
    return findings + (leaked > 0)


def compare_with_erl(count: int, seed: int) -> int:
    """Compare in blocks; return the number of differences."""
    findings = terms = 0
    for block in range(-(-count // COMPARED_AT_ONCE)):
        found, accepted = differences(seed + block, min(COMPARED_AT_ONCE, count - block * COMPARED_AT_ONCE))
        terms += accepted
        findings += len(found)
        for data, erl, ours in found:
            print(f"{data!r}\n  erl:  {erl!r}\n  ours: {ours!r}")
    print(f"external format against erl: {count} inputs, {terms} terms, {findings} differences", flush=True)
    return findings


def compare_data_with_erl(count: int, seed: int) -> int:
    """Compare what drivers get of iodata; return the number of differences."""
    findings = 0
    for block in range(-(-count // COMPARED_AT_ONCE)):
        with tempfile.TemporaryDirectory() as folder:
            size = min(COMPARED_AT_ONCE, count - block * COMPARED_AT_ONCE)
            found = iodata.differences(seed + block, size, Path(folder))
        findings += len(found)
        for data, erl, ours in found:
            print(f"{data!r}\n  erl:  {erl}\n  ours: {ours}")
    print(f"iodata against erl: {count} inputs, {findings} differences", flush=True)
    return findings


def main() -> int:
    """Share the inputs out, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=100_000, help="inputs over all targets")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", choices=[target.name for target in TARGETS])
    parser.add_argument("--patience", type=int, default=300, help="seconds for a block of inputs")
    parser.add_argument("--erl", type=int, default=0, help="inputs to compare with erl")
    options = parser.parse_args()
    signal.signal(signal.SIGALRM, _hangs)
    chosen = [target for target in TARGETS if options.target in (None, target.name)]
    shares = sum(target.share for target in chosen)
    findings = 0
    for target in chosen:
        findings += fuzz(target, round(options.count * target.share / shares), options.seed, options.patience)
    if options.erl:
        findings += compare_with_erl(options.erl, options.seed) + compare_data_with_erl(options.erl, options.seed)
    return min(findings, 100)


if __name__ == "__main__":
    sys.exit(main())
