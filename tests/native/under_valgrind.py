"""The conformance drivers under valgrind: ``python -m tests.native.under_valgrind [GROUP ...]``.

Every conformance scenario (or those of some groups) is run on real threads with the compiled probe, under valgrind's
memory checker. Reports of the interpreter's own are counted and left aside; those whose innermost frames are in the
bridge or in a driver are printed, and the exit status is 1 if there are any. First a driver that reads what it has
freed has to be caught, so that silence means something. Of what is lost at the end, only what the bridge itself has
allocated counts: the ledger knows more about drivers. All groups take some minutes.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
INNERMOST: Final = 4
"""So many frames are looked at: the C library's own, and who called it."""
CHILD: Final = "--in-valgrind"
LOST: Final = "Leak_DefinitelyLost"


def main(arguments: list[str]) -> int:
    """Run the command."""
    if arguments[:1] == [CHILD]:
        return _child(*arguments[1:])
    if shutil.which("valgrind") is None:
        print("valgrind is not installed (Debian: apt install valgrind)", file=sys.stderr)
        return 2
    from conformance import variants
    from conformance.frame import groups

    from .building import HEADERS, HERE, bridge_problem, compile_driver

    problem = bridge_problem()
    if problem is not None:
        print(problem, file=sys.stderr)
        return 2
    unknown = set(arguments) - set(groups())
    if unknown:
        print(f"no group {', '.join(sorted(unknown))}; there are {', '.join(groups())}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="erts_emu-valgrind-") as folder:
        ours, _ = _run(Path(folder), "sanitized_drv", str(compile_driver(HERE / "c" / "sanitized_drv.c", "-w")))
        if not any("sanitized_drv.c" in report for report in ours):
            print("valgrind has missed a use after free in a driver: what it says of others means nothing")
            return 1
        found = 0
        drivers = variants.build_for_erl(Path(folder) / "drivers", HEADERS)
        for group in arguments or groups():
            ours, others = _run(Path(folder), group, str(drivers))
            print(
                f"{group}: {len(ours)} reports about the bridge or a driver, {others} about the interpreter", flush=True
            )
            print(*ours, sep="\n", end="\n" * bool(ours))
            found += len(ours)
    return int(found > 0)


def _run(folder: Path, group: str, drivers: str) -> tuple[list[str], int]:
    """Run a group under valgrind; return the reports that concern us, and the number of the others."""
    result = folder / f"{group}.xml"
    command = [
        "valgrind",
        "--xml=yes",
        f"--xml-file={result}",
        "--num-callers=30",
        "--leak-check=full",
        "--show-leak-kinds=definite",
        sys.executable,
        "-m",
    ]
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    environment = {**os.environ, "PYTHONMALLOC": "malloc", "PYTHONPATH": path}
    subprocess.run(
        [*command, "tests.native.under_valgrind", CHILD, group, drivers], cwd=ROOT, env=environment, check=True
    )
    ours, others = [], 0
    for error in ET.parse(result).getroot().iter("error"):
        kind = str(error.findtext("kind"))
        frames = list(_frames(error))
        if kind.startswith("Leak_"):
            if kind == LOST and _bridge_allocated(frames):
                ours.append(_told(kind, frames))
            continue
        if any(_is_ours(place) for place, _ in frames[:INNERMOST]):
            ours.append(_told(kind, frames))
        else:
            others += 1
    return ours, others


def _frames(error: ET.Element) -> Iterator[tuple[str, str]]:
    """Yield object and description of each frame of the first stack, innermost first."""
    stack = error.find("stack")
    for frame in () if stack is None else stack.iter("frame"):
        where = frame.findtext("file") or frame.findtext("obj") or "?"
        yield frame.findtext("obj") or "", f"{frame.findtext('fn')} ({where}:{frame.findtext('line')})"


def _told(kind: str, frames: Sequence[tuple[str, str]]) -> str:
    return f"  {kind}\n" + "\n".join(f"    {line}" for _, line in frames[:8])


def _bridge_allocated(frames: Sequence[tuple[str, str]]) -> bool:
    """Whether it was the bridge that called ``malloc`` or its like, and not a driver, or the interpreter for it."""
    callers = (Path(place).name for place, _ in frames)
    first = next((name for name in callers if not name.startswith(("vgpreload", "libc.", "libc-"))), "")
    return first.startswith("_bridge")


def _is_ours(place: str) -> bool:
    name = Path(place).name
    return name.startswith(("_bridge", "probe", "sanitized")) or "erts_emu" in place


def _child(group: str, drivers: str) -> int:
    """Run the scenarios of a group; a busy machine may change what they say, which is not what is looked at here."""
    from erts_emu import Emulator

    from .building import bridge_problem

    assert bridge_problem() is None
    if group == "sanitized_drv":
        with Emulator() as emu:
            me = emu.attach()
            me.erl_ddll.load_driver(drivers, group)
            me.port_control(me.open_port(("spawn_driver", group), []), 1, b"")
        return 0
    from conformance.frame import ask_emulator, lines_of, recorded, scenarios

    expected = dict(lines_of(recorded(group)))
    with tempfile.TemporaryDirectory() as folder:
        for each in (each for each in scenarios() if each.group == group):
            said = ask_emulator(each, Path(folder), drivers=Path(drivers), threads="real")
            if said != expected[each.name]:
                print(f"  {group} {each.name}: said something else than recorded, under valgrind")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
