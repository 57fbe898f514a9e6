"""``erts-emu doctor``."""

import os
import shutil
import subprocess
import sys

import pytest


@pytest.fixture
def bare(tmp_path):
    """A PATH with nothing but what is put there."""
    return tmp_path


def tool(folder, name, script):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def line(answer, what):
    """The finding about *what*, and its remedy."""
    lines = answer.stdout.splitlines()
    number = next(number for number, text in enumerate(lines) if text[4:].startswith(what))
    remedy = lines[number + 1] if number + 1 < len(lines) and "->" in lines[number + 1] else ""
    return lines[number], remedy.strip()


def test_what_is_here(erts_emu):
    answer = erts_emu("doctor")
    assert answer.returncode == 0
    assert answer.stderr == ""
    assert sys.version.split()[0] in line(answer, "python")[0]
    for package in ("attrs", "pluggy", "structlog", "greenlet", "rich"):
        assert line(answer, package)[0].startswith("ok ")
    assert line(answer, "free threading")


def test_what_is_missing_comes_with_a_remedy(erts_emu, bare):
    answer = erts_emu("doctor", env={"PATH": str(bare), "CC": ""})
    assert answer.returncode == 0
    for what, remedy in [("erl ", "erlang-base"), ("C compiler", "gcc"), ("erl_driver.h", "erlang-dev")]:
        found, advice = line(answer, what)
        assert found.startswith("-- ")
        assert remedy in advice


def test_the_compiler_may_be_named_by_the_environment(erts_emu, bare):
    tool(bare, "my-cc", "exit 0")
    answer = erts_emu("doctor", env={"PATH": str(bare), "CC": "my-cc -O2"})
    assert line(answer, "C compiler")[0].endswith(str(bare / "my-cc"))


def test_an_erl_that_does_not_work(erts_emu, bare):
    tool(bare, "erl", "exit 7")
    answer = erts_emu("doctor", env={"PATH": str(bare)})
    assert answer.returncode == 0
    assert "does not work" in line(answer, "erl ")[0]


def test_an_erl_of_another_release(erts_emu, bare):
    tool(bare, "erl", r"printf 'Erlang/OTP 27, ERTS 15.0\n/opt/otp27'")
    assert "expect differences" in line(erts_emu("doctor", env={"PATH": str(bare)}), "erl ")[0]


@pytest.mark.erl
@pytest.mark.skipif(shutil.which("erl") is None, reason="erl is not installed")
def test_the_erl_at_hand(erts_emu):
    release = subprocess.run(
        ["erl", "-noshell", "-eval", "io:put_chars(erlang:system_info(otp_release)), halt()."],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    answer = erts_emu("doctor")
    assert f"Erlang/OTP {release}, ERTS" in line(answer, "erl ")[0]
    header = line(answer, "erl_driver.h")[0]
    assert header.startswith("-- ") or os.path.exists(header.split()[-1])
