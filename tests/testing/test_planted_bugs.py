"""Every planted bug is found by the default campaign and replayed, and its fixed twin passes.

``python -m examples.planted_bugs`` is the long form: all strategies, with the numbers of schedules they need.
"""

import pytest
from planted_bugs import ALL

from erts_emu.ethread import Schedule
from erts_emu.testing import InterleavingFailed, explore
from erts_emu.testing.explorer.engine import kind_of, replay_once
from erts_emu.testing.scenario import program_of

BUDGET = 10_000
REPLAYS = 20
STEPS = 20_000


def test_there_are_enough_and_each_has_a_name_of_its_own():
    assert len(ALL) >= 25
    assert len({bug.name for bug in ALL}) == len(ALL)


@pytest.mark.parametrize("bug", ALL, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found_and_replayed_and_its_twin_passes(bug):
    scenario = bug.run(bug.buggy)
    with pytest.raises(InterleavingFailed) as found:
        explore(scenario, schedules=BUDGET, steps=STEPS, **bug.options)
    with pytest.raises(InterleavingFailed) as again:
        explore(scenario, replay=found.value.replay, steps=STEPS, **bug.options)
    assert again.value.replay == found.value.replay
    schedule, program = Schedule.parse(found.value.replay), program_of(scenario, **bug.options)
    errors = [replay_once(program, schedule, steps=STEPS)[0] for _ in range(REPLAYS)]
    assert {kind_of(error) for error in errors if error is not None} == {kind_of(again.value.__cause__)}
    assert None not in errors
    assert explore(bug.run(bug.fixed), schedules=12, steps=STEPS, **bug.options).failure is None


def test_a_deadlock_among_jobs_names_who_waits_for_whom_and_where():
    abba = next(bug for bug in ALL if bug.name == "abba")
    with pytest.raises(InterleavingFailed) as found:
        explore(abba.run(abba.buggy), **abba.options)
    waiting = [line.strip() for line in found.value.report.splitlines() if " waits for lock " in line]
    assert len(waiting) == 2
    assert all("locking.py:" in line and "in hold" in line for line in waiting)
    assert {line.split("held by ")[1].partition(")")[0] for line in waiting} == {"async_1", "async_2"}
