"""Random calls of library functions, answered by us and by the real ``erl``, and compared.

``python -m tests.shell_lib.campaign --count 20000`` asks about all functions, ``--only lists:`` about some.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import NamedTuple

from tests.shell.oracle import ask_erl, ask_shell

from .deliberate import reason_for
from .generate import Calls, Signature

BATCH = 5_000


class Difference(NamedTuple):
    """A call that we and ``erl`` do not answer alike."""

    signature: Signature
    call: str
    erl: str
    ours: str


def ask_both(questions: list[str], folder: Path) -> Iterator[tuple[str, str]]:
    """The answers of ``erl`` and ours, each in a folder of its own, where files may come and go."""
    for name in ("theirs", "ours"):
        (folder / name).mkdir(exist_ok=True)
    with chdir(folder / "theirs"):
        theirs = ask_erl(questions, folder)
    with chdir(folder / "ours"):
        ours = ask_shell(questions)
    return zip(theirs, ours, strict=True)


def compare(count: int, seed: int, folder: Path, only: str = "") -> Iterator[Difference]:
    """Ask both about *count* calls."""
    asked = list(Calls(seed).calls(count, only))
    questions = [f"{call}." for _, call in asked]
    for (signature, call), (theirs, ours) in zip(asked, ask_both(questions, folder), strict=True):
        if theirs != ours and reason_for(str(signature), call, ours, theirs) is None:
            yield Difference(signature, call, theirs, ours)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="only functions whose module:name/arity contains this")
    parser.add_argument("--show", type=int, default=3, help="how many differences of each function to show")
    arguments = parser.parse_args()
    found: defaultdict[str, set[str]] = defaultdict(set)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        for start in range(0, arguments.count, BATCH):
            count = min(BATCH, arguments.count - start)
            for difference in compare(count, arguments.seed + start, Path(name), arguments.only):
                calls = found[str(difference.signature)]
                if difference.call not in calls and len(calls) < arguments.show:
                    shown = f"--- {difference.call}\nerl:  {difference.erl[:600]}\nours: {difference.ours[:600]}"
                    print(shown.encode("ascii", "backslashreplace").decode())
                calls.add(difference.call)
            counted = {name: len(calls) for name, calls in sorted(found.items())}
            print(f"{start + count} calls, {time.monotonic() - begun:.0f} s, differences: {counted}", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
