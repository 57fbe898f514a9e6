"""The driver in C: compiled as its script says, it does the same under ``erts-emu`` and under ``erl``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.native.building import REQUIRED, bridge_problem

EXAMPLE = Path(__file__).parents[2] / "examples" / "c_driver"


def command(*arguments: str, folder: Path) -> str:
    environment = {**os.environ, "PYTHONPATH": str(EXAMPLE.parents[1])}
    return subprocess.run(
        arguments, cwd=folder, env=environment, check=True, capture_output=True, text=True, timeout=60
    ).stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the script and the compiled driver."""
    problem = bridge_problem()
    if problem is not None:
        (pytest.fail if REQUIRED else pytest.skip)(problem)
    headers = command(sys.executable, "-m", "erts_emu.cli", "include", folder=tmp_path).strip()
    source = str(EXAMPLE / "shout_drv.c")
    command("cc", "-shared", "-fPIC", "-I", headers, "-o", "shout_drv.so", source, folder=tmp_path)
    shutil.copy(EXAMPLE / "shout.erl", tmp_path)
    return tmp_path


@pytest.mark.parametrize("threads", ["real", "simulated"])
def test_it_prints_what_is_written_down(folder: Path, threads: str) -> None:
    printed = command(sys.executable, "-m", "erts_emu.cli", "run", "--threads", threads, "shout.erl", folder=folder)
    assert printed == (EXAMPLE / "shout.out").read_text(encoding="utf-8")


@pytest.mark.erl
@pytest.mark.skipif(shutil.which("erl") is None and not REQUIRED, reason="erl is not installed")
def test_erl_prints_the_same(folder: Path) -> None:
    printed = command("erl", "-noshell", "-eval", 'file:eval("shout.erl"), halt().', folder=folder)
    assert printed == (EXAMPLE / "shout.out").read_text(encoding="utf-8")
