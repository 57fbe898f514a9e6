"""Which functions of OTP 25 the library has: ``python -m tests.shell_lib.coverage [--record] [MODULE ...]``.

``exports.txt`` holds what ``erl`` says each module exports; ``--record`` asks it again.
"""

from __future__ import annotations

import argparse
import subprocess
from collections import defaultdict
from pathlib import Path

from erts_emu.shell.lib import MODULES
from erts_emu.shell.native import find_native

RECORDED = Path(__file__).with_name("exports.txt")
LEFT_OUT = Path(__file__).with_name("left_out.txt")
PROGRAM = """
[io:format("~s:~ts/~w~n", [M, F, A]) || M <- [{modules}], {{F, A}} <- lists:sort(M:module_info(exports)),
 F =/= module_info], halt().
"""


def ask_erl() -> str:
    """The exported functions, one a line."""
    program = PROGRAM.format(modules=", ".join(sorted(MODULES)))
    done = subprocess.run(["erl", "-noshell", "-eval", program], capture_output=True, check=True, timeout=60)
    return done.stdout.decode()


def exported() -> list[str]:
    """What ``erl`` exports, as recorded."""
    return RECORDED.read_text().split()


def left_out() -> dict[str, str]:
    """Functions that are left out on purpose, and why: lines of names after a line with the reason."""
    reasons = {}
    reason = ""
    for line in LEFT_OUT.read_text().splitlines():
        if line.startswith("# "):
            reason = line[2:]
        for name in [] if line.startswith("#") else line.split():
            reasons[name] = reason
    return reasons


def is_there(function: str) -> bool:
    """Whether the library has ``module:name/arity``."""
    module, _, rest = function.partition(":")
    name, _, arity = rest.rpartition("/")
    return find_native(module, name, int(arity)) is not None


def missing() -> dict[str, list[str]]:
    """By module, what is neither there nor left out on purpose."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    known = left_out()
    for function in exported():
        if not is_there(function) and function not in known:
            found[function.partition(":")[0]].append(function)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("modules", nargs="*", help="only these")
    arguments = parser.parse_args()
    if arguments.record:
        RECORDED.write_text(ask_erl(), newline="\n")
    names, known, absent = exported(), left_out(), missing()
    for module in arguments.modules or sorted(MODULES):
        of_module = [name for name in names if name.startswith(f"{module}:")]
        there = sum(map(is_there, of_module))
        lacking = absent.get(module, [])
        print(f"{module}: {there} of {len(of_module)}, {sum(name in known for name in of_module)} left out")
        print("".join(f"  missing: {name}\n" for name in lacking), end="")
    return 1 if absent else 0


if __name__ == "__main__":
    raise SystemExit(main())
