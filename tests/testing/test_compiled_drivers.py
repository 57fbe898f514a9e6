"""The kit with a driver written in C: the same fixtures, checks and schedules."""

import pytest

from erts_emu.testing import CheckFailed, Workbench, explore
from tests.native.building import REQUIRED, bridge_problem, compile_driver

SOURCE = r"""
#include <string.h>
#include "erl_driver.h"

typedef struct { ErlDrvPort port; ErlDrvPDL pdl; } Data;

static ErlDrvData start(ErlDrvPort port, char *command)
{
    Data *d = driver_alloc(sizeof *d);
    (void) command;
    d->port = port;
    d->pdl = NULL;
    return (ErlDrvData) d;
}

static void stop(ErlDrvData data) { driver_free(data); }

static void invoke(void *data) { (*(char *) data)++; }

static void output(ErlDrvData data, char *buf, ErlDrvSizeT len)
{
    Data *d = (Data *) data;
    char *job;
    if (len && buf[0] == 'm') driver_alloc(100);
    if (len && buf[0] == 'b') driver_alloc_binary(50);
    if (len && buf[0] == 'p') { d->pdl = driver_pdl_create(d->port); driver_pdl_inc_refc(d->pdl); }
    job = driver_alloc(1);
    *job = 1;
    driver_async(d->port, NULL, invoke, job, driver_free);
}

static void ready_async(ErlDrvData data, ErlDrvThreadData job)
{
    driver_output(((Data *) data)->port, (char *) job, 1);
    driver_free(job);
}

static ErlDrvEntry entry = {
    .start = start, .stop = stop, .output = output, .ready_async = ready_async, .driver_name = "kit_drv",
    .extended_marker = ERL_DRV_EXTENDED_MARKER, .major_version = ERL_DRV_EXTENDED_MAJOR_VERSION,
    .minor_version = ERL_DRV_EXTENDED_MINOR_VERSION, .driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING,
};

DRIVER_INIT(kit_drv) { return &entry; }
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of the compiled driver."""
    problem = bridge_problem()
    if problem is not None:
        if REQUIRED:
            pytest.fail(problem)
        pytest.skip(problem)
    source = tmp_path_factory.mktemp("c") / "kit_drv.c"
    source.write_text(SOURCE)
    return compile_driver(source)


def run(folder, command, **options):
    with Workbench(**options) as bench:
        port = bench.driver(folder, "kit_drv").open()
        port.command(command)
        assert port.receive() == b"\x02"


@pytest.mark.parametrize("threads", ["simulated", "real"])
def test_a_driver_that_leaves_nothing_behind_passes(folder, threads):
    run(folder, b"x", threads=threads)


@pytest.mark.parametrize(
    ("command", "rule", "text"),
    [
        (b"m", "memory", "1 x block, 100 bytes in all, allocated in output, were not freed"),
        (b"b", "binary", "1 x binary, "),
        (b"p", "driver-reference", "references keep it in memory"),
    ],
)
def test_what_it_leaves_behind_is_found(folder, command, rule, text):
    with pytest.raises(CheckFailed) as failed:
        run(folder, command)
    assert [finding.rule for finding in failed.value.findings] == [rule]
    assert text in failed.value.findings[0].what


def test_its_jobs_are_explored(folder):
    def scenario(driver):
        loaded = driver(folder, "kit_drv")
        one, other = loaded.open(), loaded.open()
        one.command(b"x")
        other.command(b"x")
        other.close()
        assert one.receive() == b"\x02"

    assert explore(scenario, schedules=40, async_threads=2).schedules == 40
