"""Record or compare: ``python -m tests.scripts record|compare [THEME|THEME/NAME ...]``.

``record`` writes down what the real ``erl`` prints. ``compare`` runs scripts on both systems, the emulator on real and
on simulated threads, and prints the differences. Run it from the top of the checkout.
"""

from __future__ import annotations

import difflib
import faulthandler
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from native.building import bridge_problem

from scripts.frame import PATIENCE, Script, ask_emulator, ask_erl, scripts


def record(asked: list[Script]) -> int:
    """Write what ``erl`` prints beside the scripts."""
    by_name = {each.name: each for each in asked}
    for name, said in ask_erl(asked).items():
        by_name[name].recording.write_text(said, encoding="utf-8")
        print(f"{name}: {len(said.splitlines())} lines")
    return 0


def compare(asked: list[Script]) -> int:
    """Print where the two systems differ; return how often they do."""
    if (problem := bridge_problem()) is not None:
        raise SystemExit(problem)
    said = ask_erl(asked, whole=False)
    different = 0
    for each in asked:
        wanted = said.get(each.name, "no answer of erl")
        if "\n-- failed" in wanted:
            print(f"== {each.name} fails in erl:\n{wanted[-3000:]}")
        known = {wanted}
        ways = [("real", "--threads", "real")]
        if not each.real_only:
            ways += [("simulated", "--threads", "simulated"), ("seed 7", "--seed", "7")]
        for way, *options in ways:
            faulthandler.dump_traceback_later(PATIENCE, exit=True)
            answer = ask_emulator(each, *options)
            faulthandler.cancel_dump_traceback_later()
            different += answer != wanted
            if answer not in known:
                known.add(answer)
                print(f"== {each.name}, {way}")
                lines = difflib.unified_diff(
                    wanted.splitlines(), answer.splitlines(), "erl", "erts-emu", lineterm="", n=1
                )
                print("\n".join(lines), flush=True)
    print(f"{len(asked)} scripts, {different} differences")
    return min(different, 100)


def main(arguments: list[str]) -> int:
    """Do what the first argument says with the scripts that the others name."""
    command = {"record": record, "compare": compare}.get(arguments[0] if arguments else "")
    asked = scripts(arguments[1:])
    if command is None or not asked:
        print(__doc__)
        return 2
    return command(asked)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
