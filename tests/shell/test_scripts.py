"""Scripts print what ``erl`` prints for them, byte for byte."""

import os
import shutil

import pytest

from tests.shell.scripts_frame import SCRIPTS, ask_erl, expected_file, run

REQUIRED = os.environ.get("ERTS_EMU_REQUIRE_ERL") == "1"
AVAILABLE = shutil.which("erl") is not None
by_script = pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)


@pytest.fixture
def evaluate(tmp_path, monkeypatch, capsysbinary):
    """Run ``erts-emu run``; returns what it printed on standard output."""
    from erts_emu.cli import main

    def evaluate(*arguments):
        monkeypatch.chdir(tmp_path)
        main(["run", *map(str, arguments)])
        return capsysbinary.readouterr().out

    return evaluate


@by_script
@pytest.mark.parametrize("threads", ["real", "simulated"])
def test_a_script_prints_what_erl_printed(script, threads, evaluate):
    assert evaluate("--threads", threads, script) == expected_file(script).read_bytes()


@pytest.mark.skipif(not AVAILABLE and not REQUIRED, reason="erl is not installed")
@pytest.mark.erl
@by_script
def test_erl_prints_what_it_printed(script):
    assert ask_erl(script) == expected_file(script).read_bytes()


def test_a_script_is_run_by_the_program_as_by_its_function(tmp_path):
    script = next(script for script in SCRIPTS if script.stem == "processes")
    done = run("run", str(script), folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, expected_file(script).read_bytes())
    assert done.stderr.count(b"Error in process") == 2, "crash reports go to standard error"
