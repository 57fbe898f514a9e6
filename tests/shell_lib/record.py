"""Record what the real ``erl`` answers to calls of each library function: ``python -m tests.shell_lib.record``.

Calls that we answer in another way are left out, and shown if that is not deliberate.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from pathlib import Path

from . import corpus
from .campaign import ask_both
from .deliberate import reason_for
from .generate import Calls, Signature, read_signatures

WRITTEN = Path(__file__).with_name("written.txt")
"""Expressions that nobody could find by chance."""
CHANGING = ("file", "filelib")
"""Modules whose answers depend on what lies in the file system, and which change that."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=5, help="how many calls of each function")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    source = Calls(arguments.seed)
    asked = {
        source.call(signature): signature
        for signature in read_signatures()
        if signature.module not in CHANGING
        for _ in range(arguments.each if signature.kinds else 1)
    }
    asked |= dict.fromkeys(WRITTEN.read_text("utf-8").splitlines(), Signature("written", "written", ()))
    questions = [f"{call}." for call in asked]
    with tempfile.TemporaryDirectory() as name:
        answers = list(ask_both(questions, Path(name)))
    recorded: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    differences = 0
    for (call, signature), (theirs, ours) in zip(asked.items(), answers, strict=True):
        if theirs == ours and "\n" not in theirs:
            recorded[signature.module].append((call, theirs))
        elif reason_for(str(signature), call, ours, theirs) is None:
            differences += 1
            print(f"{call}\n  erl:  {theirs}\n  ours: {ours}")
    corpus.FOLDER.mkdir(exist_ok=True)
    for module, answered in recorded.items():
        corpus.write(corpus.FOLDER / f"{module}.txt", answered)
    print(f"recorded {sum(map(len, recorded.values()))} calls, left out {differences} answered in another way")
    return 1 if differences else 0


if __name__ == "__main__":
    raise SystemExit(main())
