"""A short run of the differential campaign; ``python -m tests.differential --count 2000`` makes long ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from native.building import REQUIRED, bridge_problem
from scripts.frame import ERL

from . import generate
from .program import On, Program, Step
from .shrink import shrunk
from .systems import ask_emulator, compare

DRIVER = Path(__file__).parent / "c" / "differ.h"


def _required() -> None:
    problem = bridge_problem() or ("erl is not installed" if ERL is None else None)
    if problem is not None:
        if REQUIRED:
            pytest.fail(problem)
        pytest.skip(problem)


@pytest.mark.erl
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("first", "count", "way"), [(1, 60, "simulated"), (61, 20, "real")])
def test_random_programs_do_the_same_in_erl_and_here(first, count, way):
    _required()
    compared = compare([generate.program(seed) for seed in range(first, first + count)], "--threads", way)
    assert len(compared.lost) < count // 10
    # A machine under load makes some wait too long.
    again = compare([each for each, _, _ in compared.unlike], "--threads", way)
    assert [(each.script(), erl, ours) for each, erl, ours in again.unlike] == []


def test_a_program_prints_what_becomes_of_its_ports():
    if (problem := bridge_problem()) is not None:
        pytest.skip(problem)
    program = Program(
        "differ_each",
        (
            Step(
                "a", 'open_port({spawn_driver, "differ_each %s"}, [binary])', (On("stop", ("output bye",)), "output hi")
            ),
            Step("b", 'port_control(P(1), 7, "%s")', ("fail_atom boom", "about", "answer done")),
        ),
    )
    (said,) = ask_emulator([program], "--threads", "simulated")
    assert said.splitlines() == [
        "a: #Port<1>",
        "  a < {#Port<1>,{data,[104,105]}}",
        "  001  start with a program",
        "  001    output -> 0",
        "b: [100,111,110,101]",
        "  a died: boom",
        "  001  control 7 64",
        "  001  stop",
        "  001    output -> 0",
        "  001    fail_atom -> 0",
        "  001    about -> flags 0 owner nil caller nil port nil key 0",
        "end",
        "left: []",
    ]


def test_a_seed_is_a_program():
    assert generate.program(5) == generate.program(5)
    assert generate.program(5).script() != generate.program(6).script()


def test_programs_reach_every_function_that_the_drivers_know():
    known = set(re.findall(r'^    \{"(\w+)", do_', DRIVER.read_text(encoding="utf-8"), re.MULTILINE))
    written = " ".join(generate.program(seed).script() for seed in range(1500))
    assert len(known) > 50
    assert known - set(re.findall(r"\w+", written)) == set()


def test_what_is_not_needed_is_taken_from_a_program():
    steps = tuple(Step("a", f'port_control(P(1), {n}, "%s")', ("x", On("stop", ("y", "bad")), "z")) for n in range(9))

    def differs(programs):
        return [(each, "", "") for each in programs if any("bad" in str(s) for s in each.steps if ", 7," in str(s))]

    smallest, _, _ = shrunk(Program("differ_each", steps), "", "", differs)
    assert smallest.steps == (Step("a", 'port_control(P(1), 7, "%s")', (On("stop", ("bad",)),)),)
