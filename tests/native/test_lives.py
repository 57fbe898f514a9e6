"""The lives of compiled drivers: loading, ports, jobs, unloading, on real and simulated threads."""

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import every_schedule, in_order, on_real_threads

from erts_emu import Atom, Emulator, native
from erts_emu.errors import DriverLoadError

everywhere = pytest.mark.parametrize(
    "run",
    [
        pytest.param(on_real_threads, id="real"),
        pytest.param(in_order, id="in_order"),
        pytest.param(functools.partial(every_schedule, n=8), id="random"),
    ],
)


@everywhere
def test_echo_by_output_control_call_and_job(run, driver):
    folder = driver("echo_drv")

    def scenario(emu):
        me = emu.attach()
        me.erl_ddll.load_driver(folder, "echo_drv")
        port = me.open_port(("spawn_driver", "echo_drv"), ["binary"])
        for size in (0, 1, 64, 65, 300, 5000):
            data = bytes(range(256)) * (size // 256) + bytes(range(size % 256))
            me.port_command(port, data)
            assert me.receive() == (port, (Atom("data"), data))
            assert bytes(me.port_control(port, 1, data)) == data
            assert me.port_call(port, 1, (data, [1, 2])) == (data, [1, 2])
            assert me.port_control(port, ord("r"), data) == []
            assert me.receive() == (port, (Atom("data"), data[::-1]))
        me.port_close(port)
        me.erl_ddll.unload_driver("echo_drv")
        assert "echo_drv" not in me.erl_ddll.loaded_drivers()

    run(scenario)


@everywhere
def test_a_port_that_closes_leaves_its_jobs_to_their_free_function(run, driver):
    folder = driver("echo_drv")

    def scenario(emu):
        me = emu.attach()
        me.erl_ddll.load_driver(folder, "echo_drv")
        library = emu.ddll.find("echo_drv").handle.library
        port = me.open_port(("spawn_driver", "echo_drv"), ["binary"])
        for _ in range(5):
            me.port_control(port, ord("r"), b"abc")
        me.port_close(port)
        me.erl_ddll.unload_driver("echo_drv")
        assert library.memory() == []

    run(scenario)


def test_each_emulator_and_each_load_has_static_data_of_its_own(driver):
    folder = driver("echo_drv")
    with Emulator(threads="simulated") as one, Emulator(threads="real") as two:
        for emu in (one, two, two):
            me = emu.attach()
            me.erl_ddll.load_driver(folder, "echo_drv")
            port = me.open_port(("spawn_driver", "echo_drv"), ["binary"])
            assert [me.port_control(port, ord("c"), b"") for _ in range(3)] == [[1], [2], [3]]
            me.port_command(port, b"x")
            assert me.receive() == (port, (Atom("data"), b"x"))
            me.port_close(port)
            if emu is two:
                me.erl_ddll.unload_driver("echo_drv")


def test_many_ports_come_and_go_and_each_handle_leads_to_its_own(driver):
    folder = driver("echo_drv")
    with Emulator() as emu:
        me = emu.attach()
        me.erl_ddll.load_driver(folder, "echo_drv")
        for _ in range(3):
            ports = [me.open_port(("spawn_driver", "echo_drv"), ["binary"]) for _ in range(100)]
            for port in ports:
                me.port_command(port, str(port).encode())
            assert [me.receive() for _ in ports] == [(port, (Atom("data"), str(port).encode())) for port in ports]
            for port in ports:
                me.port_close(port)


# --- load errors ---


def refused(folder, name):
    with Emulator(threads="simulated") as emu, pytest.raises(DriverLoadError) as caught:
        emu.attach().erl_ddll.load_driver(str(folder), name)
    return str(caught.value)


def test_every_missing_symbol_is_named(driver, tmp_path):
    folder = driver("missing_drv")
    said = refused(folder, "missing_drv")
    assert "undefined symbol: " in said
    for name in ("no_such_function", "dtrace_drvport_str", "no_other_function"):
        assert name in said
    assert "driver_output" not in said


def test_a_missing_file_a_damaged_one_and_one_that_is_no_driver(driver, tmp_path):
    assert "cannot open driver file" in refused(tmp_path, "nothing")
    (tmp_path / "text.so").write_text("no shared object\n" * 10)
    assert "invalid ELF header" in refused(tmp_path, "text")
    whole = driver("echo_drv")
    (tmp_path / "short.so").write_bytes(Path(whole, "echo_drv.so").read_bytes()[:30])
    assert "file too short" in refused(tmp_path, "short")
    shutil.copy(f"{whole}/echo_drv.so", tmp_path / "other.so")
    assert "bad_driver_name" in refused(tmp_path, "other")


def test_without_the_bridge_the_load_error_and_doctor_say_what_to_install(driver, tmp_path):
    program = (
        "from erts_emu import Emulator\nfrom erts_emu.cli import main\nfrom erts_emu.errors import DriverLoadError\n"
        "main(['doctor'])\n"
        "with Emulator(threads='simulated') as emu:\n"
        f"    try: emu.attach().erl_ddll.load_driver({driver('echo_drv')!r}, 'echo_drv')\n"
        "    except DriverLoadError as error: print(error)\n"
    )
    environment = {**os.environ, native.LOCATION: str(tmp_path / "none.so")}
    said = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert "those written in C (.so) cannot be loaded" in said.stdout
    assert "Compiled drivers need it: install a C compiler" in said.stdout


def test_a_bridge_that_is_older_than_its_sources_is_refused(bridge, tmp_path):
    package = Path(native.__file__).parents[1]
    shutil.copytree(package, tmp_path / "erts_emu", ignore=shutil.ignore_patterns("__pycache__"))
    with open(tmp_path / "erts_emu" / "native" / "c" / "module.c", "a", encoding="utf-8") as source:
        source.write("/* changed since */\n")
    program = "from erts_emu import native\ntry: native.bridge()\nexcept native.BridgeMissing as error: print(error)\n"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), native.LOCATION: str(native.bridge().__file__)}
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert "is older than its sources: compile it with python -m erts_emu.native.build" in said.stdout, said
