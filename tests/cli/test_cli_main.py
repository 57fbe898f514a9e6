"""``erts-emu`` itself: what it offers, what it refuses, how long it takes to start."""

import importlib.metadata
import subprocess
import sys

import pytest

from erts_emu import __version__
from erts_emu.cli import EMULATES, main
from erts_emu.emulator import ERTS_VERSION, OTP_RELEASE


def test_version(erts_emu):
    answer = erts_emu("--version")
    assert answer.returncode == 0
    assert answer.stdout == f"erts_emu {__version__} (emulates ERTS 13.1.5, Erlang/OTP 25)\n"


def test_what_is_emulated_is_what_the_emulator_says():
    assert f"ERTS {ERTS_VERSION}, Erlang/OTP {OTP_RELEASE}" == EMULATES


def test_the_script_leads_here():
    scripts = importlib.metadata.entry_points(group="console_scripts", name="erts-emu")
    if not scripts:
        pytest.skip("erts_emu is not installed")
    assert {script.load() for script in scripts} == {main}


def test_help_names_the_commands(erts_emu):
    answer = erts_emu("--help")
    assert answer.returncode == 0
    assert "demo" in answer.stdout
    assert "doctor" in answer.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["demo"],
        ["demo", "no-such-demo"],
        ["demo", "digest", "a", "b"],
        ["demo", "digest", "--threads", "x"],
        ["--no-such-option"],
        ["doctor", "+A", "3"],
        ["--threads", "imagined"],
    ],
)
def test_a_wrong_command_line(erts_emu, arguments):
    answer = erts_emu(*arguments)
    assert answer.returncode == 2
    assert "usage: erts-emu" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert answer.stdout == ""


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (["+A", "1025"], "bad number of async threads 1025"),
        (["+Q", "5"], "bad number of ports 5"),
        (["+S", "x"], "bad amount of schedulers x"),
        (["+Z"], "unknown flag +Z"),
        (["+A"], "Missing argument(s) for '+A'."),
    ],
)
def test_a_wrong_flag_ends_as_in_erl(erts_emu, flags, complaint):
    answer = erts_emu("demo", "digest", *flags)
    assert answer.returncode == 1
    assert answer.stderr.splitlines()[0] == complaint
    assert "+spp" in answer.stderr


def test_starting_loads_nothing_heavy(environment):
    program = "import sys; from erts_emu.cli import main; main(['eval', 'ok.']); print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment, check=True)
    loaded = set(answer.stdout.decode().split())
    assert loaded.isdisjoint(
        {"rich", "attrs", "attr", "pluggy", "structlog", "greenlet", "asyncio", "erts_emu.emulator"}
    )
