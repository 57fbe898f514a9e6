"""Record what ``erl`` prints for the scripts: ``python -m tests.conformance.record_scripts [NAME ...]``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from .scripts_frame import SCRIPTS, ask_erl


def main(names: list[str]) -> None:
    wanted = [script for script in SCRIPTS if not names or script.stem in names]
    with tempfile.TemporaryDirectory() as build:
        said = ask_erl(wanted, Path(build))
    for script in wanted:
        script.with_suffix(".expected").write_text(said[script.stem], encoding="utf-8")
    print(f"recorded {len(wanted)} scripts")


if __name__ == "__main__":
    main(sys.argv[1:])
