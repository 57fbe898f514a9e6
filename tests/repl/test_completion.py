"""What the shell offers where the cursor is."""

import pytest

from erts_emu.shell.repl.completion import complete
from erts_emu.shell.repl.reading import is_complete


@pytest.fixture
def offered(talk):
    """What is offered after a text, in a shell that has heard a few things."""
    talk("Value = 1, Vast = 2, an_atom_of_mine.", "register(registered_one, self()).")
    return lambda before: [found.text for found in complete(talk.shell, before)]


def test_modules_and_their_functions(offered):
    assert offered("lis")[-1] == "lists:"
    assert offered("X = maps:fil") == ["filter(", "filtermap("]
    assert "load_driver(" in offered("erl_ddll:")
    assert offered("no_such_module:") == []


def test_functions_are_shown_with_their_arities(talk):
    assert [found.shown for found in complete(talk.shell, "lists:seq")] == ["seq/2", "seq/3"]


def test_variables_atoms_and_names(offered):
    assert offered("{V") == ["Value", "Vast"]
    assert offered("an_at") == ["an_atom_of_mine"]
    assert offered("registered_o") == ["registered_one"]
    assert offered("") == []


def test_the_shells_own_commands_and_bifs(offered):
    assert offered("save") == ["save(", "save_recording(", "save_test("]
    assert offered("open_po") == ["open_port("]
    assert offered("rece") == ["receive"]


def test_tracepoints(offered):
    assert offered("until(driver_ready") == ["driver_ready_async", "driver_ready_input", "driver_ready_output"]
    assert offered("watch(port_b") == ["port_busy"]


def test_drivers_in_strings(offered, tmp_path, monkeypatch):
    (tmp_path / "homemade_drv.py").write_text("")
    (tmp_path / "other.py").write_text("")
    monkeypatch.chdir(tmp_path)
    assert offered('open_port({spawn_driver, "home') == ["homemade_drv"]
    assert "digest_drv" in offered('erl_ddll:load_driver(bundled(), "')
    assert offered('open_port({spawn_driver, "oth') == []
    assert offered('io:format("home') == []


@pytest.mark.parametrize("text", ["1 + 2.", 'f("a.b").', "X = 1. Y", "foo ).", "$. .", "'a\nb'."])
def test_a_text_that_is_a_command(text):
    assert is_complete(text)


@pytest.mark.parametrize("text", ["", "1 + 2", '"abc.', "'abc.", "f(", "1.5", "1 % 2.", "$."])
def test_a_text_that_wants_more(text):
    assert not is_complete(text)
