"""What the real shell of ``erl`` answers, and what the emulator's does; record with ``python -m tests.repl.oracle``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

SESSIONS = sorted(Path(__file__).with_name("sessions").glob("*.erl"))
PROGRAM = [sys.executable, "-m", "erts_emu.cli"]
TOP = Path(__file__).parents[2]


def answer(command: list[str], session: Path) -> tuple[str, int]:
    """What a shell prints that reads *session*, without what differs from run to run; and its exit status."""
    done = subprocess.run(
        command,
        input=session.read_bytes(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=100,
        check=False,
        env={**os.environ, "PYTHONPATH": str(TOP)},
    )
    text = done.stdout.decode("latin-1")
    return re.sub(r"<0\.\d+\.0>", "<0.N.0>", text), done.returncode


def recorded(session: Path) -> tuple[str, int]:
    """What ``erl`` printed when it was asked."""
    text, _, status = session.with_suffix(".out").read_text(encoding="utf-8").rpartition("status ")
    return text, int(status)


def record() -> None:
    """Ask ``erl`` about all sessions."""
    for session in SESSIONS:
        text, status = answer(["erl"], session)
        session.with_suffix(".out").write_text(f"{text}status {status}\n", encoding="utf-8")


if __name__ == "__main__":
    record()
