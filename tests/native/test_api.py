"""Every function of the driver API, called from C: the answers and messages are those of ``erl``."""

import os
import re
import subprocess
import sys

import pytest

from erts_emu import Emulator, native
from erts_emu.ethread import SeededRandom, SimulatedThreads

from .building import BUILD, HEADERS, HERE, compile_driver
from .test_real_drivers import EVALUATE

CHAPTERS = range(1, 16)
HEADER = (HEADERS / "erl_driver.h").read_text()
DECLARED = set(re.findall(r"^EXTERN [^;(]*?(\w+)\(", HEADER, re.M)) | {"driver_term_nil"}


@pytest.fixture(scope="module")
def folder(bridge):
    return str(compile_driver(HERE / "c" / "api_drv.c", "-Wno-missing-braces"))


@pytest.mark.erl
def test_it_answers_as_erl_does(folder, real_erl):
    script = str(HERE / "scripts" / "api.erl")
    said = []
    for command in (
        ["erl", "-noshell", "+S", "1:1", "-eval", EVALUATE.format(script)],
        [sys.executable, "-m", "erts_emu.cli", "run", script],
    ):
        environment = {**os.environ, "API_DIR": folder, "API_DRV_LIBRARY": f"{folder}/api_drv"}
        done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done
        said.append(done.stdout.decode("latin-1").splitlines())
    assert said[1] == said[0]
    assert len(said[0]) > 300


def answers(emu, folder, monkeypatch):
    """What each chapter answers, and the messages that come meanwhile."""
    monkeypatch.setenv("API_DRV_LIBRARY", f"{folder}/api_drv")
    me = emu.attach()
    me.erl_ddll.load_driver(folder, "api_drv")
    said = []
    for chapter in CHAPTERS:
        port = me.open_port(("spawn_driver", "api_drv"), ["binary"])
        said.append(bytes(me.port_control(port, chapter, b"")).decode("latin-1"))
        me.port_close(port)
    return said


@pytest.mark.parametrize("carrier", ["greenlet", "thread"])
def test_on_simulated_threads_it_answers_the_same(folder, monkeypatch, carrier):
    with Emulator(strict=True) as emu:
        expected = answers(emu, folder, monkeypatch)
    for seed in range(3):
        layer = SimulatedThreads(SeededRandom(seed), seed=seed, carrier=carrier)
        with Emulator(threads=layer, lock_checker=False) as emu:
            assert answers(emu, folder, monkeypatch) == expected


def test_every_declared_function_is_called_and_exported(folder):
    """And nothing but the API is: not even by accident of a helper's visibility."""
    called = set(re.findall(r"\b\w+\b", (HERE / "c" / "api_drv.c").read_text()))
    assert DECLARED - called == {"dtrace_drvport_str"}
    assert len(DECLARED) == 113
    module = native.bridge()
    from erts_emu.native.elf import read_shared_object

    exported = {name for name in read_shared_object(str(module.__file__)).defined if not name.startswith("_")}
    assert exported == DECLARED - {"dtrace_drvport_str"} | {"PyInit__bridge"}


LAYOUT = r"""
#include <stddef.h>
#include <stdio.h>
#include "erl_driver.h"
#define SIZE(type) printf(#type " %zu\n", sizeof(type));
#define AT(type, field) printf(#type "." #field " %zu\n", offsetof(type, field));
#define VALUE(name) printf(#name " %ld\n", (long) (name));
int main(void) { @ return 0; }
"""
TYPES = """ErlDrvSizeT ErlDrvSSizeT ErlDrvUInt ErlDrvSInt ErlDrvUInt64 ErlDrvSInt64 ErlDrvTime ErlDrvTermData ErlDrvPort
ErlDrvData ErlDrvEvent ErlDrvThreadData ErlDrvPDL ErlDrvTid ErlDrvTSDKey ErlDrvTimeUnit ErlDrvMonitor SysIOVec
ErlDrvThreadOpts ErlDrvNowData ErlIOVec ErlDrvBinary ErlDrvSysInfo ErlDrvEntry""".split()
FIELDS = {
    "ErlIOVec": "vsize size iov binv",
    "ErlDrvBinary": "orig_size orig_bytes",
    "SysIOVec": "iov_base iov_len",
    "ErlDrvNowData": "megasecs secs microsecs",
    "ErlDrvSysInfo": "driver_major_version driver_minor_version erts_version otp_release thread_support smp_support "
    "async_threads scheduler_threads nif_major_version nif_minor_version dirty_scheduler_support",
    "ErlDrvEntry": "init start stop output ready_input ready_output driver_name finish handle control timeout outputv "
    "ready_async flush call extended_marker major_version minor_version driver_flags handle2 process_exit stop_select "
    "emergency_close",
}
CONSTANTS = sorted(set(re.findall(r"#define ((?:ERL_DRV|PORT|DRIVER|DO)_[A-Z0-9_]+) [(~0-9A-Z-]", HEADER)) - {
    "ERL_DRV_INIT_EXPORT"
})  # fmt: skip


@pytest.mark.erl
def test_the_header_has_the_layout_and_the_values_of_otps(tmp_path, real_erl, otp_include):
    body = [f"SIZE({name})" for name in TYPES]
    body += [f"AT({kind}, {field})" for kind, fields in FIELDS.items() for field in fields.split()]
    body += [f"VALUE(ERL_DRV_{unit})" for unit in ("SEC", "MSEC", "USEC", "NSEC")]
    body += [f"VALUE({name})" for name in CONSTANTS]
    source = tmp_path / "layout.c"
    source.write_text(LAYOUT.replace("@", "\n".join(body)))
    printed = []
    for include in (HEADERS, otp_include):
        program = tmp_path / "layout"
        subprocess.run([*BUILD.find_compiler(), "-w", f"-I{include}", source, "-o", program], check=True)
        printed.append(subprocess.run([program], capture_output=True, text=True, check=True).stdout)
    assert printed[0] == printed[1]
    assert len(CONSTANTS) > 40
