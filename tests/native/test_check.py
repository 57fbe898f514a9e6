"""``erts-emu check FILE``."""

import shutil
import subprocess
from pathlib import Path

import pytest

from erts_emu.cli import main

from .building import BUILD

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
    assert "it begins with b'text'" in check(tmp_path / "text_drv.so")[1]
    whole = bytearray(Path(driver("echo_drv"), "echo_drv.so").read_bytes())
    (tmp_path / "cut_drv.so").write_bytes(whole[:1000])
    assert check(tmp_path / "cut_drv.so") == (1, f"NO  {tmp_path}/cut_drv.so is cut off or damaged\n")
    (tmp_path / "folder_drv.so").mkdir()
    assert check(tmp_path / "folder_drv.so") == (1, f"NO  {tmp_path}/folder_drv.so: Is a directory\n")
    for name, at, value, said in (
        ("small_drv", 4, 1, "it is made for 32 bits"), ("big_drv", 5, 2, "it is big-endian"),
        ("object_drv", 16, 1, "is an object file: link it with -shared"),
        ("other_drv", 18, 21, "is made for PowerPC, and this is"),
    ):  # fmt: skip
        changed = whole.copy()
        changed[at] = value
        (tmp_path / f"{name}.so").write_bytes(changed)
        status, text = check(tmp_path / f"{name}.so")
        assert (status, said in text) == (1, True), text
    shutil.copy(Path(driver("echo_drv"), "echo_drv.so"), tmp_path / "renamed_drv.so")
    status, said = check(tmp_path / "renamed_drv.so")
    assert status == 1
    assert "bad_driver_name" in said


@pytest.mark.parametrize("callback", ["driver_init", "init", "finish"])
def test_a_crash_is_told_and_does_not_end_the_command(check, driver, callback, monkeypatch):
    monkeypatch.setenv("CRASH_IN", callback)
    status, said = check(f"{driver('crash_anywhere_drv', '-rdynamic')}/crash_anywhere_drv.so")
    assert status == 1
    assert said.startswith("NO  driver 'crash_anywhere_drv'")
    assert f"crashed in {callback}: SIGSEGV\n" in said
    assert "(crash_in+" in said


def test_a_driver_whose_initialisation_does_not_return_is_given_up(check, driver, monkeypatch):
    monkeypatch.setenv("CRASH_IN", "init")
    monkeypatch.setenv("CRASH_BY", "waiting")
    monkeypatch.setattr("erts_emu.cli.check.PATIENCE", 1)
    status, said = check(f"{driver('crash_anywhere_drv', '-rdynamic')}/crash_anywhere_drv.so")
    assert (status, said.startswith("NO  loading it takes more than 1 s")) == (1, True)


def test_a_library_in_the_place_that_the_driver_names_is_found(check, driver, tmp_path):
    (tmp_path / "helper.c").write_text("int helper(void) { return 7; }\n")
    header = BUILD.HEADERS
    (tmp_path / "needy_drv.c").write_text(
        '#include "erl_driver.h"\nextern int helper(void);\n'
        'static ErlDrvEntry entry = {.driver_name = "needy_drv", .extended_marker = ERL_DRV_EXTENDED_MARKER,\n'
        "    .major_version = 3, .minor_version = 3};\n"
        "DRIVER_INIT(needy_drv) { return helper() == 7 ? &entry : NULL; }\n"
    )
    compiler = [*BUILD.find_compiler(), "-shared", "-fPIC", f"-I{header}", f"-L{tmp_path}"]
    for output, *arguments in (
        ("libhelper.so", "helper.c"), ("needy_drv.so", "needy_drv.c", "-lhelper", "-Wl,-rpath,$ORIGIN"),
    ):  # fmt: skip
        subprocess.run([*compiler, "-o", output, *arguments], cwd=tmp_path, check=True)
    assert check(tmp_path / "needy_drv.so")[0] == 0
    (tmp_path / "libhelper.so").unlink()
    status, said = check(tmp_path / "needy_drv.so")
    assert (status, "libhelper.so: cannot open shared object file" in said) == (1, True)
