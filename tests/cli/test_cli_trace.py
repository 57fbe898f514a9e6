"""``erts-emu trace``: scripts are recorded, recordings are turned into pictures."""

import json

import pytest

from erts_emu import Recording, bundled_drivers
from erts_emu.cli import main
from erts_emu.ethread import DeadlockError

SCRIPT = """
ok = erl_ddll:load_driver("{folder}", "digest_drv").
P = open_port({{spawn_driver, "digest_drv"}}, [binary]).
true = port_command(P, [<<1:32>>, "{file}"]).
receive {{P, {{data, _}}}} -> io:format("there~n") end.
port_close(P).
"""


@pytest.fixture
def script(tmp_path):
    (tmp_path / "data").write_bytes(b"abc")
    file = tmp_path / "script.erl"
    file.write_text(SCRIPT.format(folder=bundled_drivers(), file=tmp_path / "data"))
    return file


@pytest.mark.parametrize("threads", ["real", "simulated"])
def test_a_script_is_run_recorded_and_written_in_every_form_that_is_asked_for(threads, script, tmp_path, capsys):
    outputs = [tmp_path / f"run{ending}" for ending in (".etrace", ".json", ".folded", ".html")]
    arguments = [word for output in outputs for word in ("-o", str(output))]
    assert main(["+A", "2", "trace", "--threads", threads, *arguments, str(script)]) == 0
    said = capsys.readouterr()
    assert said.out == "there\n"
    assert [line.split(": ")[0] for line in said.err.splitlines()] == [str(output) for output in outputs]
    recording = Recording.load(outputs[0])
    names = {event.name for event in recording.events()}
    assert {"driver_init", "driver_async", "driver_ready_async", "port_terminate", "lock_acquire"} <= names
    assert recording.async_threads == ("async_1", "async_2")
    assert json.loads(outputs[1].read_text())["otherData"]["clock"] == threads
    assert "async_invoke digest_drv" in outputs[2].read_text()
    assert "<title>script.erl</title>" in outputs[3].read_text()


def test_a_recording_is_converted_and_says_the_same_as_the_run(script, tmp_path):
    first, again, direct = tmp_path / "run.etrace", tmp_path / "again.folded", tmp_path / "direct.folded"
    assert main(["trace", "--threads", "simulated", str(script), "-o", str(first), "-o", str(direct)]) == 0
    assert main(["trace", str(first), "-o", str(again)]) == 0
    assert again.read_text() == direct.read_text()


def test_the_same_seed_gives_the_same_recording(script, tmp_path):
    files = [tmp_path / "a.etrace", tmp_path / "b.etrace"]
    for file in files:
        assert main(["trace", "--seed", "7", str(script), "-o", str(file)]) == 0
    assert files[0].read_bytes() == files[1].read_bytes()


def test_a_script_that_fails_is_recorded_all_the_same(tmp_path, capsys):
    script, output = tmp_path / "script.erl", tmp_path / "run.etrace"
    script.write_text("self().\nhd([]).\n")
    assert main(["trace", str(script), "-o", str(output)]) == 1
    assert "bad argument" in capsys.readouterr().err
    assert Recording.load(output).schedulers


def test_a_script_that_ends_in_a_deadlock_is_recorded_all_the_same(tmp_path):
    script, output = tmp_path / "script.erl", tmp_path / "run.etrace"
    script.write_text("receive never -> ok end.\n")
    with pytest.raises(DeadlockError):
        main(["trace", "--threads", "simulated", str(script), "-o", str(output)])
    assert Recording.load(output).clock == "simulated"


def test_a_script_without_processes_leaves_nothing_to_record(tmp_path, capsys):
    (tmp_path / "script.erl").write_text("1 + 2.\n")
    assert main(["trace", str(tmp_path / "script.erl"), "-o", str(tmp_path / "run.html")]) == 1
    assert "nothing to record" in capsys.readouterr().err
    assert not (tmp_path / "run.html").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{script}", "-o", "{folder}/run.txt"], "has to end in one of .etrace .html"),
        (["{folder}/none.erl", "-o", "{folder}/run.html"], "none.erl: No such file"),
        (["{folder}/bad.etrace", "-o", "{folder}/run.html"], "bad.etrace: no recording of erts_emu"),
        (["{script}", "--threads", "real", "--seed", "1", "-o", "{folder}/run.html"], "for simulated threads"),
        (["{script}", "-o", "{folder}/none/run.html"], "none/run.html: No such file"),
    ],
    ids=["form", "no script", "bad recording", "seed", "folder"],
)
def test_what_cannot_be_done_is_said(arguments, said, script, tmp_path, capsys):
    (tmp_path / "bad.etrace").write_bytes(b"ERTSEMU\x01")
    words = [word.format(script=script, folder=tmp_path) for word in arguments]
    try:
        status = main(["trace", *words])
    except SystemExit as stop:
        status = stop.code
    assert status in (1, 2)
    assert said in capsys.readouterr().err
