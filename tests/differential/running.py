"""Run the scripts that standard input names, one a line; write what each printed as a line of JSON.

``python -m differential.running [OPTION ...]`` with the options of ``erts-emu run``; a process that may die of them.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from native.building import bridge_problem
from scripts.frame import Script, ask_emulator


def main(options: list[str]) -> None:
    """Answer until there is nothing more to run."""
    if (problem := bridge_problem()) is not None:
        raise SystemExit(problem)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        said = ask_emulator(Script.read(Path(line.strip())), *options)
        print(json.dumps(said), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
