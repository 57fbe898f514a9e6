"""Every script does with drivers in C what it does in ``erl``, on real and on simulated threads."""

import pytest
from native.building import REQUIRED, bridge_problem

from .frame import ERL, Script, ask_emulator, ask_erl, scripts

ALL = scripts()
pytestmark = pytest.mark.timeout(60)
each_script = pytest.mark.parametrize("script", [pytest.param(each, id=each.name) for each in ALL])
each_timeless_script = pytest.mark.parametrize(
    "script", [pytest.param(each, id=each.name) for each in ALL if not each.real_only]
)


@pytest.fixture(autouse=True, scope="module")
def bridge():
    problem = bridge_problem()
    if problem is not None:
        if REQUIRED:
            pytest.fail(problem)
        pytest.skip(problem)


@each_script
def test_on_real_threads(script):
    assert ask_emulator(script, "--threads", "real") == script.expected()


@each_timeless_script
def test_on_simulated_threads(script):
    assert ask_emulator(script, "--seed", "7") == script.expected()


def test_a_queue_that_nobody_empties_ends_a_script_with_a_message(tmp_path):
    path = tmp_path / "stuck.erl"
    path.write_text(
        'ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "failing").\n'
        'P = open_port({spawn_driver, "failing"}, []).\n'
        'port_control(P, 1, "enq 3 abc").\n'
    )
    said = ask_emulator(Script(path), "--threads", "simulated")
    assert said.startswith("erts-emu: halt waits for #Port<1>, whose I/O queues still hold data")


@pytest.mark.erl
@pytest.mark.timeout(600)
def test_what_was_recorded_is_what_erl_prints():
    if ERL is None:
        if REQUIRED:
            pytest.fail("erl is not installed")
        pytest.skip("erl is not installed")
    assert ask_erl(ALL) == {each.name: each.expected() for each in ALL}
