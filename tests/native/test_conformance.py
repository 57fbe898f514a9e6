"""The probe of the conformance scenarios, compiled and loaded through the bridge, does what it does in ``erl``.

Where a driver sleeps in C, time is the machine's: those scenarios run on real threads only.
"""

import re

import pytest
from conformance import variants
from conformance.frame import AVAILABLE, HELD, ask_emulator, lines_of, recorded, scenarios
from conformance.world import ErlWorld

from erts_emu.ethread import SeededRandom

from .building import HEADERS

SLEEPS = re.compile(r"async \S+ [1-9]|sleep [1-9]")


def sleeps(each):
    world = ErlWorld()
    each.steps(world)
    return each.options == HELD or SLEEPS.search(world.script(each.name)) is not None


SCENARIOS = [pytest.param(each, id=f"{each.group}-{each.name}") for each in scenarios()]
TIMELESS = [pytest.param(each, id=f"{each.group}-{each.name}") for each in scenarios() if not sleeps(each)]


@pytest.fixture(scope="module")
def drivers(bridge, tmp_path_factory):
    """The variants of the probe, compiled with OTP's header where there is one."""
    root = tmp_path_factory.getbasetemp().parent / "conformance"
    return variants.build_for_erl(root, None if AVAILABLE else HEADERS)


def expected(each):
    return "\n".join(dict(lines_of(recorded(each.group)))[each.name])


@pytest.mark.parametrize("each", SCENARIOS)
def test_on_real_threads(each, drivers, tmp_path):
    """Up to four times, if a busy machine has delayed what a scenario waits for."""
    for _ in range(4):
        said = "\n".join(ask_emulator(each, tmp_path, drivers=drivers, threads="real"))
        if said == expected(each):
            break
    assert said == expected(each)


@pytest.mark.parametrize("each", TIMELESS)
def test_on_simulated_threads(each, drivers, tmp_path):
    said = ask_emulator(each, tmp_path, drivers=drivers, strategy=SeededRandom(7), seed=7)
    assert "\n".join(said) == expected(each)
