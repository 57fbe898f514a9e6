"""Random forms, asked of ``erl`` and of the emulator's shell.

``python -m tests.shell.campaign --count N [--seed S]`` prints those on which they differ.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from pathlib import Path

from tests.shell.generate import Forms
from tests.shell.oracle import ask_erl, ask_shell

BATCH = 2000
_FUN = re.compile(r"#Fun<[^>]*>")


def comparable(answer: str) -> str:
    """An answer without the numbers of funs, and without line breaks that depend on them."""
    if "#Fun<" not in answer:
        return answer
    return re.sub(r"\s+|\\n", "", _FUN.sub("#Fun", answer))


def differences(seed: int, count: int) -> list[tuple[str, str, str]]:
    """Forms on which the systems differ, with their answers."""
    forms = Forms(seed)
    expressions = [forms.form() for _ in range(count)]
    with tempfile.TemporaryDirectory() as folder:
        theirs = ask_erl(expressions, Path(folder))
    ours = ask_shell(expressions)
    assert len(theirs) == len(ours) == count
    found = zip(expressions, map(comparable, theirs), map(comparable, ours), strict=True)
    return [each for each in found if each[1] != each[2]]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=BATCH)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    wrong = 0
    for batch in range(-(-options.count // BATCH)):
        size = min(BATCH, options.count - batch * BATCH)
        for form, theirs, ours in differences(options.seed + batch, size):
            wrong += 1
            print(f"{form}\n  erl   {theirs}\n  ours  {ours}\n")
    print(f"{options.count} forms, {wrong} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
