"""Long runs of the stateful property test: ``python -m tests.property --examples 10000``.

Each example is up to ``--steps`` random things that people do, under a random schedule. What breaks a promise is
shrunk by hypothesis, and printed as the calls that show it. ``--seed`` repeats a run; the figures at the end say how
much has happened.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter

import structlog
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from .machine import Simulation

TOTALS: Counter[str] = Counter()


class Counted(Simulation):
    """Counts what happens."""

    def teardown(self) -> None:
        super().teardown()
        if (world := getattr(self, "world", None)) is None:
            return
        TOTALS.update(
            examples=1,
            processes=len(world.people),
            ports=len(world.ports),
            children=len(world.record.children),
            commands=len(world.commands),
            commands_served=sum(map(len, world.record.got.values())),
            messages=sum(len(person.received()) for person in world.people),
            jobs=len(world.record.jobs),
            results_freed=sum(job.freed for job in world.record.jobs),
            loader_messages=sum(map(len, world.answers.values())),
            drivers_finished=len(world.record.finished),
            drivers_locked=sum(model.locks for model in world.models.values()),
            process_exits_seen=len(world.record.fired),
        )


def _drop(*event: object) -> None:
    """Log nothing: what a driver raised is reported with the example."""
    raise structlog.DropEvent


def main() -> int:
    """Run, print the figures, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.property", description=__doc__)
    parser.add_argument("--examples", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"{options.examples} examples of up to {options.steps} steps, seed {options.seed}", flush=True)
    began = time.monotonic()
    structlog.configure(processors=[_drop])
    try:
        run_state_machine_as_test(
            seed(options.seed)(Counted),
            settings=settings(
                max_examples=options.examples,
                stateful_step_count=options.steps,
                deadline=None,
                database=None,
                phases=(Phase.generate, Phase.shrink),
                suppress_health_check=list(HealthCheck),
                report_multiple_bugs=False,
            ),
        )
    finally:
        print(f"{time.monotonic() - began:.0f} s: {', '.join(f'{n} {name}' for name, n in TOTALS.items())}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
