"""Record what the real ``erl`` prints for the scripts: ``python -m tests.shell.record [NAME ...]``."""

from __future__ import annotations

import sys

from tests.shell.scripts_frame import SCRIPTS, ask_erl, expected_file


def main(names: list[str]) -> None:
    for script in SCRIPTS:
        if not names or script.stem in names:
            expected_file(script).write_bytes(ask_erl(script))
            print(f"recorded {script.stem}")


if __name__ == "__main__":
    main(sys.argv[1:])
