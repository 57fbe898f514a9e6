"""A short run of each fuzz target; ``python -m tests.fuzz --count 1000000`` makes long ones."""

from __future__ import annotations

import shutil

import pytest

from .oracle import differences
from .targets import TARGETS, run

COUNTS = {"plugin files": 60}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_only_typed_errors_come_and_nothing_is_left(target):
    run(target, 1, COUNTS.get(target.name, 400))


@pytest.mark.erl
@pytest.mark.skipif(shutil.which("erl") is None, reason="erl is not installed")
def test_erl_accepts_the_same_bytes_as_the_same_terms():
    found, terms = differences(seed=1, count=3000)
    assert found == []
    assert 500 < terms < 2500
