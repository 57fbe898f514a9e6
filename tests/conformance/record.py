"""Record what the real ``erl`` prints: ``python -m tests.conformance.record [GROUP...]``.

With ``--script`` it prints the Erlang file of a group instead, to be read or run by hand.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from .frame import AVAILABLE, RECORDED, ask_erl, groups, script


def main(arguments: list[str]) -> int:
    """Record the given groups, or all."""
    wanted = [argument for argument in arguments if not argument.startswith("-")] or groups()
    if "--script" in arguments:
        for group in wanted:
            print(script(group))
        return 0
    if not AVAILABLE:
        print("recording needs erl, erl_driver.h and gcc (Debian: erlang-base, erlang-dev, gcc)")
        return 1
    RECORDED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as build:
        for group in wanted:
            text = ask_erl(group, Path(build))
            (RECORDED / f"{group}.txt").write_text(text, encoding="utf-8")
            print(f"{group}: {len(text.splitlines())} lines")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
