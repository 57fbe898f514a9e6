"""Recording in the shell."""

from erts_emu import Recording


def test_what_happens_between_record_and_stop_is_saved(talk, tmp_path):
    file = tmp_path / "session.etrace"
    talk('erl_ddll:load_driver(bundled(), "echo_drv").', "record().")
    talk('P = open_port({spawn_driver, "echo_drv"}, []).', "stop_recording().", 'port_command(P, "x").')
    assert talk(f'save_recording("{file}").').strip().endswith("ok")
    names = [event.name for event in Recording.load(file).events()]
    assert "driver_start" in names
    assert "driver_output" not in names
    assert "driver_init" not in names


def test_a_recording_can_be_saved_while_it_goes_on(talk, tmp_path):
    file = tmp_path / "session.folded"
    talk("record().", 'erl_ddll:load_driver(bundled(), "echo_drv").')
    assert "ok" in talk(f'save_recording("{file}").')
    assert "init echo_drv" in file.read_text()


def test_after_a_move_is_taken_back_the_recording_is_that_of_the_new_world(talk, tmp_path):
    file = tmp_path / "session.etrace"
    talk("record().", 'erl_ddll:load_driver(bundled(), "echo_drv").')
    talk('open_port({spawn_driver, "echo_drv"}, []).', "back().", f'save_recording("{file}").')
    names = [event.name for event in Recording.load(file).events()]
    assert "driver_init" in names
    assert "driver_start" not in names


def test_without_a_recording_there_is_nothing_to_save(talk, tmp_path):
    assert "not_recorded" in talk(f'save_recording("{tmp_path}/x.etrace").')
    talk("record().")
    assert "has to end in one of" in talk(f'save_recording("{tmp_path}/x.txt").')
    assert "bad argument" in talk(f'save_recording("{tmp_path}/none/x.html").')
