"""``erts-emu check FILE``."""

import shutil
from pathlib import Path

import pytest

from erts_emu.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def check(capsys):
    def run(file):
        status = main(["check", str(file)])
        return status, capsys.readouterr().out

    return run


def test_a_good_driver_is_described(check, driver):
    status, said = check(f"{driver('echo_drv')}/echo_drv.so")
    assert status == 0
    assert said.startswith("ok  driver 'echo_drv' loads, initialises and unloads")
    assert "callbacks  start, stop, output, control, call, ready_async" in said
    assert "uses       driver_alloc, driver_async, driver_free, driver_output" in said
    assert "--" not in said


def test_a_driver_gets_advice(check, driver):
    status, said = check(f"{driver('api_drv', '-Wno-missing-braces')}/api_drv.so")
    assert status == 0
    assert "flags      ERL_DRV_FLAG_USE_PORT_LOCKING" in said
    assert "--  it calls driver_async(), but has no ready_async" in said
    assert "--  driver_get_now() is deprecated" in said


def test_every_missing_symbol_is_told(check, driver):
    status, said = check(f"{driver('missing_drv')}/missing_drv.so")
    assert status == 1
    assert "NO  undefined symbol: no_such_function\n" in said
    assert "NO  undefined symbol: dtrace_drvport_str (declared in erl_driver.h, but OTP does not export it" in said


def test_python_drivers_are_checked_too(check, tmp_path):
    status, said = check(ROOT / "drivers" / "echo_drv.py")
    assert status == 0
    assert "callbacks  start, output, control" in said
    (tmp_path / "wrong_drv.py").write_text("syntax error here\n")
    status, said = check(tmp_path / "wrong_drv.py")
    assert status == 1
    assert "syntax error" in said


def test_what_is_no_driver_is_said_so(check, driver, tmp_path):
    assert check(tmp_path / "none_drv.so") == (1, f"{tmp_path}/none_drv.so: no such file\n")
    assert "a driver is NAME.so or NAME.py" in check(__file__.removesuffix(".py"))[1]
    (tmp_path / "text_drv.so").write_text("text")
    assert "is no 64-bit little-endian ELF object" in check(tmp_path / "text_drv.so")[1]
    whole = Path(driver("echo_drv"), "echo_drv.so").read_bytes()
    (tmp_path / "cut_drv.so").write_bytes(whole[:1000])
    assert check(tmp_path / "cut_drv.so")[0] == 1
    shutil.copy(Path(driver("echo_drv"), "echo_drv.so"), tmp_path / "renamed_drv.so")
    status, said = check(tmp_path / "renamed_drv.so")
    assert status == 1
    assert "bad_driver_name" in said
