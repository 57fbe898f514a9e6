"""The emulator says what ``erl`` has said (``recorded/``), and ``erl`` still says it.

``ERTS_EMU_REQUIRE_ERL=1`` makes a missing ``erl`` or compiler a failure. ``ERTS_EMU_SEEDS`` sets how many random
schedules each scenario has to survive.
"""

import os

import pytest

from erts_emu.ethread import SeededRandom

from .frame import AVAILABLE, ask_emulator, ask_erl, groups, lines_of, recorded, scenarios

SEEDS = int(os.environ.get("ERTS_EMU_SEEDS", "5"))
REQUIRED = os.environ.get("ERTS_EMU_REQUIRE_ERL") == "1"

SCENARIOS = [pytest.param(each, id=f"{each.group}-{each.name}") for each in scenarios()]
pytestmark = pytest.mark.timeout(60)


def expected(each):
    said = dict(lines_of(recorded(each.group)))
    assert each.name in said, f"not recorded: run python -m tests.conformance.record {each.group}"
    return "\n".join(said[each.name])


@pytest.mark.erl
@pytest.mark.timeout(300)
@pytest.mark.skipif(not AVAILABLE and not REQUIRED, reason="erl, erl_driver.h or gcc is not installed")
@pytest.mark.parametrize("group", groups())
def test_erl_says_what_was_recorded(group, tmp_path_factory):
    assert ask_erl(group, tmp_path_factory.getbasetemp().parent / "conformance") == recorded(group)


@pytest.mark.parametrize("each", SCENARIOS)
def test_emulator_on_simulated_threads(each, tmp_path):
    assert "\n".join(ask_emulator(each, tmp_path)) == expected(each)


@pytest.mark.parametrize("each", SCENARIOS)
def test_emulator_on_random_schedules(each, tmp_path):
    for seed in range(SEEDS):
        said = ask_emulator(each, tmp_path, strategy=SeededRandom(seed), seed=seed)
        assert "\n".join(said) == expected(each), f"seed {seed}"


@pytest.mark.parametrize("each", SCENARIOS)
def test_emulator_on_real_threads(each, tmp_path):
    assert "\n".join(ask_emulator(each, tmp_path, threads="real", lock_checker=True)) == expected(each)
