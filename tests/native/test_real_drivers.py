"""Debian's compiled drivers, unmodified, used as their own Erlang modules use them: erts-emu prints what erl prints."""

import glob
import os
import shutil
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from helpers import every_schedule

from erts_emu import Atom, Emulator

from .building import HERE, REQUIRED

FOLDERS = {
    "SQLITE_DIR": ("/usr/lib/erlang/lib/p1_sqlite3-*/priv", "erlang-p1-sqlite3"),
    "TRACE_DIR": ("/usr/lib/erlang/lib/runtime_tools-*/priv/lib", "erlang-runtime-tools"),
    "MEGACO_DIR": ("/usr/lib/erlang/lib/megaco-*/priv/lib", "erlang-megaco"),
    "SETUID_DIR": ("/usr/lib/yaws-*/priv/lib", "erlang-yaws"),
}
SCRIPTS = {
    "sqlite": "SQLITE_DIR", "trace_file": "TRACE_DIR", "megaco": "MEGACO_DIR", "setuid": "SETUID_DIR",
}  # fmt: skip
EVALUATE = 'case file:eval("{}") of ok -> halt(0); E -> io:format("~p~n", [E]), halt(1) end.'
pytestmark = pytest.mark.erl


def folder_of(variable):
    """The folder of a driver. Without it the test is skipped, or fails where nothing may be skipped."""
    pattern, package = FOLDERS[variable]
    found = glob.glob(pattern)
    if found and shutil.which("erl"):
        return found[0]
    problem = f"erl or {package} is not installed"
    return pytest.fail(problem) if REQUIRED else pytest.skip(problem)


def commands(script):
    file = str(HERE / "scripts" / f"{script}.erl")
    return {
        "erl": ["erl", "-noshell", "-eval", EVALUATE.format(file)],
        "erts-emu": [sys.executable, "-m", "erts_emu.cli", "run", file],
    }


def run(command, variable, scratch):
    scratch.mkdir()
    environment = {**os.environ, variable: folder_of(variable), "SCRATCH": str(scratch)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done
    return done.stdout


@pytest.mark.parametrize("script", SCRIPTS)
def test_erts_emu_prints_what_erl_prints(script, tmp_path):
    said = {name: run(command, SCRIPTS[script], tmp_path / name) for name, command in commands(script).items()}
    assert said["erts-emu"] == said["erl"]
    assert said["erl"].splitlines()[-1].endswith("ok")


def serve(command, scratch):
    """Run the trace_ip script, be its client, and return all bytes it served and what it printed."""
    scratch.mkdir()
    environment = {**os.environ, "TRACE_DIR": folder_of("TRACE_DIR"), "SCRATCH": str(scratch)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        deadline = time.monotonic() + 30
        while not (scratch / "port").exists() or not (scratch / "port").read_text():
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        with socket.create_connection(("127.0.0.1", int((scratch / "port").read_text())), timeout=20) as client:
            served = client.recv(1)
            (scratch / "connected").touch()
            while b"late" not in served or not served.endswith(b"\x03"):
                more = client.recv(10_000)
                assert more
                served += more
            (scratch / "enough").touch()
            while more := client.recv(10_000):
                served += more
        assert server.stdout is not None
        return served, server.stdout.read()


def test_trace_data_is_served_over_tcp_as_erl_serves_it(tmp_path):
    folder_of("TRACE_DIR")
    with ThreadPoolExecutor(2) as pool:
        served = list(pool.map(lambda item: serve(item[1], tmp_path / item[0]), commands("trace_ip").items()))
    assert served[0] == served[1]
    assert b"early" in served[0][0]


# --- under simulated threads ---


def test_sqlite_answers_under_every_schedule_even_if_a_port_closes_meanwhile():
    folder = folder_of("SQLITE_DIR")

    def scenario(emu: Emulator):
        me = emu.attach()
        me.erl_ddll.load_driver(folder, "sqlite3_drv")
        ports = []
        for _ in range(2):
            port = me.open_port(("spawn", "sqlite3_drv :memory:"), ["binary"])
            assert me.receive() == (port, Atom("ok"))
            ports.append(port)
        me.port_control(ports[0], 2, b"select 1;")
        me.port_control(ports[1], 2, b"select 2;")
        me.port_close(ports[0])
        answer = me.receive()
        if answer[0] == ports[0]:
            answer = me.receive()
        assert answer == (ports[1], [(Atom("columns"), [[50]]), (Atom("rows"), [(2,)])])
        me.port_close(ports[1])
        me.erl_ddll.unload_driver("sqlite3_drv")

    every_schedule(scenario, n=10, async_threads=2)
