"""A short run of the stateful property test; ``python -m tests.property`` makes long ones."""

from __future__ import annotations

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from .machine import Simulation


def test_random_people_ports_and_drivers_break_no_promise():
    run_state_machine_as_test(
        Simulation,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
