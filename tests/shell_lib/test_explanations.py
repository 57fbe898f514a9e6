"""What is wrong with the arguments of a function that has failed, as ``erl`` says it."""

import pytest

from erts_emu.shell.advice import advice
from erts_emu.shell.reports import format_exception
from erts_emu.terms import Atom
from tests.shell.oracle import AVAILABLE

from . import explanations


def test_every_recorded_explanation_is_ours():
    recorded = explanations.recorded()
    assert len(recorded) > 500
    found = list(explanations.differences(recorded))
    assert not found, "\n".join(map(repr, found))[:5000]


@pytest.mark.erl
@pytest.mark.skipif(not AVAILABLE, reason="erl is not installed")
def test_random_calls_that_fail(tmp_path):
    calls = explanations.random_calls(900, 0)
    found = list(explanations.differences(explanations.asked_erl(calls, tmp_path)))
    assert not found, "\n".join(map(repr, found))[:5000]


def test_several_wrong_elements_stand_below_each_other():
    frame = (Atom("io"), Atom("format"), [[*b"~b~b"], [Atom("a"), Atom("b")]], [])
    assert format_exception("error", Atom("badarg"), [frame]).splitlines()[-2:] == [
        "        *** argument 2: element 1 must be of type integer",
        "                        element 2 must be of type integer",
    ]


def test_a_format_without_a_list_may_be_missing_one():
    lines = advice("io", "format", [Atom("a"), [1]], Atom("badarg"), [])
    assert lines == ["argument 1: wrong number of arguments", "possibly missing argument list"]


@pytest.mark.parametrize("reason", ["undef", "function_clause", "noproc"])
def test_other_errors_are_not_explained(reason):
    assert advice("erlang", "atom_to_list", [1], Atom(reason), []) == []
