"""Examples and the README's program are run, and print what is written down."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = (sys.executable, *command)
    return subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=60
    ).stdout


@pytest.mark.parametrize("script", sorted((ROOT / "examples").glob("*.py")), ids=lambda script: script.stem)
def test_an_example_prints_what_is_written_down(script: Path) -> None:
    assert run(str(script)) == script.with_suffix(".out").read_text(encoding="utf-8")


def test_the_program_of_the_readme_prints_what_its_comments_say() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    program = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)[0]
    said = re.findall(r"print\(me\.receive.*# (.*)", program)
    assert run("-c", program).splitlines()[0] == said[0]
