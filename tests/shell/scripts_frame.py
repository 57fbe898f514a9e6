"""The scripts, what ``erl`` printed for them, and both systems to run them with."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path(__file__).with_name("scripts")
SCRIPTS = sorted(FOLDER.glob("*.erl"))
EVALUATE = 'file:eval("{script}"), halt(0).'


def expected_file(script: Path) -> Path:
    return script.with_suffix(".expected")


def ask_erl(script: Path) -> bytes:
    """What ``erl`` prints."""
    program = EVALUATE.format(script=script)
    command = ["erl", "+A", "4", "-noshell", "-kernel", "logger_level", "none", "-eval", program]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            command, capture_output=True, cwd=folder, stdin=subprocess.DEVNULL, timeout=120, check=False
        )
    if done.returncode != 0:
        raise RuntimeError((done.stdout + done.stderr).decode("latin-1")[-4000:])
    return done.stdout


def run(*arguments: str, stdin: bytes = b"", folder: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run ``erts-emu`` with some arguments."""
    root = Path(__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-m", "erts_emu.cli", *arguments]
    return subprocess.run(
        command, capture_output=True, input=stdin, cwd=folder, env=environment, timeout=120, check=False
    )
