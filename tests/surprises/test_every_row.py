"""Every surprise has a test, and every test named for one exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from . import (
    test_loader_rows,  # noqa: F401 -- importing them fills the table
    test_port_rows,  # noqa: F401
)
from .rows import DIFFERENT, ELSEWHERE, all_rows, proofs_here

ROOT = Path(__file__).parents[2]


def test_no_row_is_without_proof():
    assert set(proofs_here()) | set(ELSEWHERE) | set(DIFFERENT) == all_rows()


@pytest.mark.parametrize("proof", sorted({*ELSEWHERE.values(), *DIFFERENT.values()}))
def test_what_is_named_exists(proof):
    for file, name in re.findall(r"(tests/\w+/\w+\.py)::(\w+)", proof):
        assert f"def {name}(" in (ROOT / file).read_text(encoding="utf-8")
    for group, name in re.findall(r"^scenario (\w+) (\w+)$", proof):
        assert f"def {name}(" in (ROOT / "tests/conformance/scenarios" / f"{group}.py").read_text(encoding="utf-8")
