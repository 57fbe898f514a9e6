"""A driver in C++, compiled with OTP's header and with ours, says the same in ``erl`` and wherever it runs here.

It has objects that are made at load, throws inside, keeps data of threads, makes threads and processes of its own, and
handles signals.
"""

import os
import shutil
import subprocess
import sys

import pytest

from .building import HEADERS, HERE, compile_together
from .conftest import need
from .test_real_drivers import EVALUATE

SOURCE = HERE / "c" / "cxx_drv.cc"
SCRIPT = str(HERE / "scripts" / "cxx.erl")
HERE_RUN = (sys.executable, "-m", "erts_emu.cli", "run")
SAID = """\
{1,"made at load"}
{2,"4"}
{3,"from the depth, no memory"}
{4,"0 1 3 6 "}
{5,"from a child\\n"}
{6,"2"}
{7,"3"}
["a: 1 b: 1 ","a: 1 b: 1 ","a: 1 b: 1 "]
{error,badarg}
true
true
"2"
true
ok
"2"
"""


@pytest.fixture
def compiled():
    """Return a function that compiles the driver with the header in a folder, and returns where it is."""
    need(None if shutil.which("g++") else "g++ is not installed")
    options = ("-std=c++17", "-O1", "-Wl,--no-as-needed", "-lstdc++", "-lpthread")
    return lambda headers: compile_together("cxx", [SOURCE], headers, *options)


def said_by(folder, *command):
    environment = {**os.environ, "DRIVERS": str(folder)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done
    return done.stdout


@pytest.mark.parametrize("how", [(), ("--isolate",), ("--threads", "simulated")], ids=["here", "isolated", "simulated"])
def test_with_our_header_here(compiled, how):
    assert said_by(compiled(HEADERS), *HERE_RUN, *how, SCRIPT) == SAID


@pytest.mark.erl
def test_with_otps_header_here_and_in_erl(compiled, otp_include):
    folder = compiled(otp_include)
    assert said_by(folder, "erl", "-noshell", "-eval", EVALUATE.format(SCRIPT)) == SAID
    assert said_by(folder, *HERE_RUN, SCRIPT) == SAID
