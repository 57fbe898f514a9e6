"""Scripts over small drivers, in C for ``erl`` and in Python for the emulator, print the same."""

import os
import re

import pytest

from erts_emu.cli import main
from tests.native.building import HEADERS, bridge_problem, compile_together

from .scripts_frame import AVAILABLE, SCRIPTS, SOURCES, TWINS, ask_erl, recorded

REQUIRED = os.environ.get("ERTS_EMU_REQUIRE_ERL") == "1"
by_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


@pytest.fixture
def run(monkeypatch, tmp_path, capsysbinary):
    """Run ``erts-emu run`` in this very process; returns status and standard output."""

    def run(script, *options, drivers=TWINS):
        monkeypatch.setenv("DRIVERS", str(drivers))
        monkeypatch.chdir(tmp_path)
        status = main(["+A", "4", "+S", "2:2", "run", *options, str(script)])
        return status, capsysbinary.readouterr().out.decode("latin-1")

    return run


@by_script
def test_on_simulated_threads(script, run):
    assert run(script, "--threads", "simulated") == (0, recorded(script))


@by_script
def test_on_a_random_schedule(script, run):
    assert run(script, "--seed", "11") == (0, recorded(script))


@by_script
def test_on_real_threads(script, run):
    assert run(script, "--threads", "real") == (0, recorded(script))


@pytest.fixture(scope="session")
def compiled():
    """The folder of the drivers in C, for the emulator."""
    problem = bridge_problem()
    if problem is not None:
        (pytest.fail if REQUIRED else pytest.skip)(problem)
    return compile_together("small-drivers", SOURCES, HEADERS)


@by_script
def test_with_the_drivers_in_c(script, run, compiled):
    assert run(script, "--threads", "real", drivers=compiled) == (0, recorded(script))


@pytest.mark.erl
@pytest.mark.timeout(300)
@pytest.mark.skipif(not AVAILABLE and not REQUIRED, reason="erl, erl_driver.h or gcc is not installed")
def test_erl_prints_what_it_printed(tmp_path_factory):
    """Scripts that come out differently are asked again: what they wait for may have been late."""
    build = tmp_path_factory.getbasetemp().parent / "small_drivers"
    said = ask_erl(SCRIPTS, build)
    for _ in range(2):
        late = [script for script in SCRIPTS if said[script.stem] != recorded(script)]
        if late:
            said.update(ask_erl(late, build))
    assert said == {script.stem: recorded(script) for script in SCRIPTS}


def test_every_c_driver_has_its_twin_and_a_script():
    used = {name for script in SCRIPTS for name in re.findall(r'load_driver\(.*?, "(\w+)"\)', script.read_text())}
    assert {source.stem for source in SOURCES} == {twin.stem for twin in TWINS.glob("*.py")} == used
    assert len(SOURCES) >= 14
