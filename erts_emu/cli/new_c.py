"""The files of ``erts-emu new NAME --c``: a driver in C, with tests that compile it."""

from __future__ import annotations

from typing import Final

PYPROJECT: Final = """\
[project]
name = "@NAME@"
version = "0.1.0"
description = "A linked-in driver for Erlang/OTP and erts_emu"
requires-python = ">=3.11"
dependencies = ["erts_emu"]

[project.optional-dependencies]
test = ["pytest>=8"]

[tool.pytest.ini_options]
testpaths = ["tests"]
filterwarnings = ["error"]
"""

DRIVER: Final = r"""/* The driver @NAME@: turns text into upper case, on an async thread.
 *
 *     port_command(Port, Text)     -> {Port, {data, UPPER}}, in the order of the commands
 *     port_control(Port, 1, [])    -> <<Commands:32>>
 *
 * Compile it, for OTP and for erts_emu alike:
 *
 *     cc -shared -fPIC -Wall -I"$(erts-emu include)" @NAME@.c -o @NAME@.so
 */
#include <ctype.h>
#include <string.h>
#include "erl_driver.h"

#define COUNT 1

typedef struct {
    ErlDrvPort port;
    unsigned int key;       /* all jobs of a port on one thread: in order */
    unsigned int commands;
} Port;

typedef struct {            /* what one job owns: nobody else touches it while the job is on its way */
    ErlDrvSizeT length;
    char text[];
} Job;

static ErlDrvData start(ErlDrvPort port, char *command)
{
    Port *p = driver_alloc(sizeof *p);
    (void) command;
    if (!p) return ERL_DRV_ERROR_GENERAL;
    p->port = port;
    p->key = driver_async_port_key(port);
    p->commands = 0;
    return (ErlDrvData) p;
}

static void stop(ErlDrvData data)
{
    driver_free(data);
}

static void upper(void *data)           /* on an async thread, without any lock */
{
    Job *job = data;
    ErlDrvSizeT i;
    for (i = 0; i < job->length; i++) job->text[i] = (char) toupper((unsigned char) job->text[i]);
}

static void output(ErlDrvData data, char *buf, ErlDrvSizeT length)
{
    Port *p = (Port *) data;
    Job *job = driver_alloc(sizeof *job + length);
    if (!job) {
        driver_failure_atom(p->port, "enomem");
        return;
    }
    job->length = length;
    memcpy(job->text, buf, length);
    p->commands++;
    driver_async(p->port, &p->key, upper, job, driver_free);
}

static void ready_async(ErlDrvData data, ErlDrvThreadData result)
{
    Job *job = (Job *) result;
    driver_output(((Port *) data)->port, job->text, job->length);
    driver_free(job);
}

static ErlDrvSSizeT control(ErlDrvData data, unsigned int command, char *buf, ErlDrvSizeT length, char **rbuf,
                            ErlDrvSizeT rlen)
{
    unsigned int commands = ((Port *) data)->commands;
    int i;
    (void) buf, (void) length, (void) rlen;
    if (command != COUNT) return -1;    /* badarg */
    for (i = 0; i < 4; i++) (*rbuf)[i] = (char) (commands >> (24 - 8 * i));
    return 4;
}

static ErlDrvEntry entry = {
    .start = start,
    .stop = stop,
    .output = output,
    .control = control,
    .ready_async = ready_async,
    .driver_name = "@NAME@",
    .extended_marker = ERL_DRV_EXTENDED_MARKER,
    .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION,
    .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};

DRIVER_INIT(@NAME@)
{
    return &entry;
}
"""

TESTS: Final = '''\
"""Tests of the driver @NAME@, which is compiled first. The other fixtures come with erts_emu."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from erts_emu.errors import Badarg

COUNT = 1
ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "@NAME@.c"
SCRIPT = ROOT / "conformance" / "@NAME@.erl"

pytestmark = pytest.mark.erts(async_threads=2)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """The folder of the compiled driver."""
    made = tmp_path_factory.mktemp("driver")
    include = subprocess.check_output([sys.executable, "-m", "erts_emu.cli", "include"], text=True).strip()
    compiler = os.environ.get("CC", "cc")
    target = made / "@NAME@.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-Wall", "-g", f"-I{include}", SOURCE, "-o", target], check=True)
    return made


@pytest.fixture
def loaded(driver, folder):
    """The loaded driver."""
    return driver(folder, "@NAME@")


def test_text_comes_back_in_upper_case(loaded):
    port = loaded.open()
    port.command(b"hello")
    assert port.receive() == b"HELLO"


def test_answers_come_in_the_order_of_the_commands(loaded):
    port = loaded.open()
    for text in (b"one", b"two", b"three"):
        port.command(text)
    assert [port.receive() for _ in range(3)] == [b"ONE", b"TWO", b"THREE"]


def test_commands_are_counted(loaded):
    port = loaded.open()
    port.command(b"x")
    assert port.control(COUNT) == [0, 0, 0, 1]


def test_an_unknown_operation_is_badarg(loaded):
    with pytest.raises(Badarg):
        loaded.open().control(99)


@pytest.mark.interleavings(schedules=200)
def test_a_port_may_be_closed_at_any_time(driver, folder):
    loaded = driver(folder, "@NAME@")
    one, other = loaded.open(), loaded.open()
    one.command(b"one")
    other.command(b"other")
    other.close()
    assert one.receive() == b"ONE"


def test_it_also_works_on_real_threads(real_emu, loaded):
    port = loaded.open()
    port.command(b"hello")
    assert port.receive() == b"HELLO"


HERE = [sys.executable, "-m", "erts_emu.cli", "run", str(SCRIPT)]
ISOLATED = [sys.executable, "-m", "erts_emu.cli", "run", "--isolate", str(SCRIPT)]
ERL = ["erl", "-noshell", "-eval", f'ok = file:eval("{SCRIPT}"), halt().']


@pytest.mark.parametrize("command", [HERE, ISOLATED, ERL], ids=["here", "isolated", "erl"])
def test_the_conformance_script_prints_the_same_everywhere(command, folder):
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    environment = {**os.environ, "DRIVERS": str(folder)}
    said = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, timeout=60, check=True).stdout
    assert said == SCRIPT.with_suffix(".out").read_text()
'''

SCRIPT: Final = """\
%% What the driver does for Erlang: the real erl prints @NAME@.out, and so has every other emulator to.
%%
%%     DRIVERS=. erts-emu run conformance/@NAME@.erl
%%     DRIVERS=. erl -noshell -eval 'ok = file:eval("conformance/@NAME@.erl"), halt().' > conformance/@NAME@.out
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "@NAME@").
Port = open_port({spawn_driver, "@NAME@"}, [binary]).
Print = fun(Term) -> io:format("~p~n", [Term]) end.
Answer = fun() -> receive {Port, {data, Data}} -> Data after 5000 -> timeout end end.
Print([port_command(Port, Text) || Text <- ["one", <<"two">>, ["th", [$r], <<"ee">>]]]).
Print([Answer(), Answer(), Answer()]).
Print(port_control(Port, 1, [])).
Print(try port_control(Port, 99, []) catch Class:Reason -> {Class, Reason} end).
Print(port_close(Port)).
Print(erl_ddll:unload_driver("@NAME@")).
"""

PRINTED: Final = """\
[true,true,true]
[<<"ONE">>,<<"TWO">>,<<"THREE">>]
[0,0,0,3]
{error,badarg}
true
ok
"""

README: Final = """\
# @NAME@

A linked-in driver in C, for Erlang/OTP and for [erts_emu](https://pypi.org/project/erts-emu/), where it is tested.

    pip install erts_emu pytest
    pytest

The tests compile the driver themselves. One of them runs the script in `conformance/` here, also with the driver in a
process of its own, and on the real `erl` where that is installed: each prints `conformance/@NAME@.out`. When the driver
learns something, add it to the script, and have `erl` write that file anew, as the script says. To try it in `erl`:

    cc -shared -fPIC -Wall -I"$(erts-emu include)" @NAME@.c -o @NAME@.so
    erl -eval 'ok = erl_ddll:load(".", "@NAME@"), P = open_port({spawn_driver, "@NAME@"}, [binary]),
               port_command(P, "hello"), receive M -> io:format("~p~n", [M]) end, halt().'

`erts-emu doctor` tells what is missing if a compiled driver cannot be loaded. If a test with the marker `interleavings`
fails, the last line of its report replays the schedule: `pytest --erts-replay=...`.
"""

FILES: Final = {
    "pyproject.toml": PYPROJECT,
    "@NAME@.c": DRIVER,
    "conformance/@NAME@.erl": SCRIPT,
    "conformance/@NAME@.out": PRINTED,
    "tests/test_@NAME@.py": TESTS,
    "README.md": README,
}
