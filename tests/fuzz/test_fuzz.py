"""A short run of each fuzz target; ``python -m tests.fuzz --count 1000000`` makes long ones."""

from __future__ import annotations

import pytest

from .targets import TARGETS, run

COUNTS = {"plugin files": 60}


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_only_typed_errors_come_and_nothing_is_left(target):
    run(target, 1, COUNTS.get(target.name, 400))
