"""Scripts over small C drivers and their twins in Python, and what ``erl`` printed for them."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
SCRIPTS: Final = sorted((HERE / "scripts").glob("*.erl"))
SOURCES: Final = sorted((HERE / "c" / "drivers").glob("*.c"))
TWINS: Final = HERE / "twins"
ERL: Final = shutil.which("erl")
AVAILABLE: Final = ERL is not None and shutil.which("gcc") is not None
RUNNER: Final = """
Run = fun(File) ->
    {_, Ref} = spawn_monitor(fun() -> process_flag(trap_exit, true), file:eval(File) end),
    receive {'DOWN', Ref, process, _, _} -> ok after 30000 -> io:format("TIMEOUT~n") end
end,
[begin io:format("== ~s~n", [filename:basename(File, ".erl")]), Run(File) end || File <- FILES],
halt(0).
"""


def recorded(script: Path) -> str:
    return script.with_suffix(".expected").read_text(encoding="utf-8")


def build_drivers(folder: Path) -> Path:
    """Compile the C drivers into *folder*, once."""
    folder.mkdir(parents=True, exist_ok=True)
    include = Path(ERL or "").resolve().parent.parent / "usr" / "include"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for source in SOURCES:
            target = folder / f"{source.stem}.so"
            if not target.exists():
                subprocess.run(
                    ["gcc", "-shared", "-fPIC", "-Wall", "-Wno-unused-result", f"-I{include}", source, "-o", target],
                    check=True,
                )
    return folder


def ask_erl(scripts: Sequence[Path], build: Path) -> dict[str, str]:
    """What one ``erl`` prints for each script; each is evaluated by a process of its own."""
    files = "[" + ", ".join(f'"{script}"' for script in scripts) + "]"
    command = [
        ERL or "erl", "+A", "4", "-noshell", "-kernel", "logger_level", "none", "-eval", RUNNER.replace("FILES", files),
    ]  # fmt: skip
    environment = {**os.environ, "DRIVERS": str(build_drivers(build))}
    done = subprocess.run(command, capture_output=True, env=environment, timeout=200, check=False)
    text = done.stdout.decode("latin-1")
    if done.returncode != 0:
        raise RuntimeError(text[-3000:] + done.stderr.decode("latin-1")[-3000:])
    parts = (part.partition("\n") for part in text.split("== ")[1:])
    return {name: said for name, _, said in parts}
