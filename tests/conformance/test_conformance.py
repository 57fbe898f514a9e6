"""The emulator says what ``erl`` has said (``recorded/``), and ``erl`` still says it.

``ERTS_EMU_REQUIRE_ERL=1`` makes a missing ``erl`` or compiler a failure. ``ERTS_EMU_SEEDS`` sets how many random
schedules each scenario has to survive.
"""

import os
import subprocess
import sys

import pytest

from erts_emu.ethread import SeededRandom

from .frame import (
    AVAILABLE,
    ask_emulator,
    ask_erl,
    groups,
    lines_of,
    recorded,
    run_script,
    scenarios,
    script,
    settled,
    switching_often,
)
from .variants import build_for_emulator

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
    build = tmp_path_factory.getbasetemp().parent / "conformance"
    assert settled(group, lambda names: ask_erl(group, build, names)) == recorded(group)


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
    """Up to four times, if a busy machine has delayed what a scenario waits for."""
    for _ in range(4):
        with switching_often():
            said = "\n".join(ask_emulator(each, tmp_path, threads="real", lock_checker=True))
        if said == expected(each):
            break
    assert said == expected(each)


# The very scripts that erl runs, with the twins instead of the C drivers.


@pytest.mark.parametrize("group", groups())
def test_run_says_the_same_on_simulated_threads(group, tmp_path, capsysbinary):
    assert run_script(script(group), tmp_path, "--threads", "simulated") == 0
    assert capsysbinary.readouterr().out.decode("latin-1") == recorded(group)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("group", groups())
def test_run_says_the_same_on_real_threads(group, tmp_path, capsysbinary):
    def ask(names):
        assert run_script(script(group, names), tmp_path, "--threads", "real") == 0
        return capsysbinary.readouterr().out.decode("latin-1")

    assert settled(group, ask) == recorded(group)


def test_run_as_a_program_says_the_same(tmp_path):
    build_for_emulator(tmp_path / "drivers")
    file = tmp_path / "script.erl"
    file.write_text(script("timing"), encoding="utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PROBE_DIR": str(tmp_path / "drivers"),
        "PROBE_LOG": str(tmp_path / "log"),
    }
    command = [sys.executable, "-m", "erts_emu.cli", "+S", "8:8", "run", "--seed", "7", str(file)]
    done = subprocess.run(command, capture_output=True, env=environment, timeout=50, check=False)
    assert (done.returncode, done.stdout.decode("latin-1"), done.stderr) == (0, recorded("timing"), b"")
