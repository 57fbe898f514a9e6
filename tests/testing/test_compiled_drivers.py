"""The kit with a driver written in C: the same fixtures, checks and schedules."""

import re
from pathlib import Path

import pytest

from erts_emu import native
from erts_emu.errors import DriverLoadError, ReceiveTimeout
from erts_emu.testing import CheckFailed, Workbench, explore
from erts_emu.testing.faults import RESULTS
from erts_emu.testing.findings import DriverWarning
from tests.native.building import REQUIRED, bridge_problem, compile_driver

SOURCE = r"""
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
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

static void *thread(void *argument) { return argument; }
static void nothing(void *data) { (void) data; }
static void ready(ErlDrvData data, ErlDrvEvent event) { (void) data, (void) event; }

/* What gives nothing back. */
static void leave_behind(Data *d, char what)
{
    ErlDrvTid tid;
    unsigned key = 3;
    int ends[2];
    switch (what) {
    case 'M': erl_drv_mutex_create("left"); break;
    case 'R': erl_drv_rwlock_create("left"); break;
    case 'C': erl_drv_cond_create("left"); break;
    case 'T': erl_drv_thread_create("left", &tid, thread, NULL, NULL); break;
    case 'U': driver_select(d->port, (ErlDrvEvent) 1, ERL_DRV_WRITE | ERL_DRV_USE, 1); /* fall through */
    case 'u': driver_select(d->port, (ErlDrvEvent) 1, ERL_DRV_WRITE | ERL_DRV_USE, 0); break;
    case 'S': if (!pipe(ends)) driver_select(d->port, (ErlDrvEvent) (long) ends[0], ERL_DRV_READ, 1); break;
    case 'N': driver_async(d->port, NULL, nothing, d, NULL); break;
    case 'Q': driver_enq(d->port, "left", 4); break;
    case 'K': driver_async(d->port, &key, invoke, calloc(1, 1), free); break;
    }
}

static void output(ErlDrvData data, char *buf, ErlDrvSizeT len)
{
    Data *d = (Data *) data;
    char *job;
    if (len && buf[0] >= 'A' && buf[0] <= 'Z') { leave_behind(d, buf[0]); return; }
    if (len && buf[0] == 's') usleep(20000);
    if (len && buf[0] == 'm') driver_alloc(100);
    if (len && buf[0] == 'b') driver_alloc_binary(50);
    if (len && buf[0] == 'p') { d->pdl = driver_pdl_create(d->port); driver_pdl_inc_refc(d->pdl); }
    job = driver_alloc(1);
    if (!job) { driver_output(d->port, "no memory", 9); return; }
    *job = 1;
    if (driver_async(d->port, NULL, invoke, job, driver_free) < 0) {
        driver_free(job);
        driver_output(d->port, "no job", 6);
    }
}

static void ready_async(ErlDrvData data, ErlDrvThreadData job)
{
    driver_output(((Data *) data)->port, (char *) job, 1);
    driver_free(job);
}

static ErlDrvEntry entry = {
    .start = start, .stop = stop, .output = output, .ready_async = ready_async, .ready_input = ready,
    .ready_output = ready, .driver_name = "kit_drv",
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
        (b"b", "binary", "1 x binary, 50 bytes in all, allocated in output, were not freed"),
        (b"p", "driver-reference", "references keep it in memory"),
    ],
)
def test_what_it_leaves_behind_is_found(folder, command, rule, text):
    with pytest.raises(CheckFailed) as failed:
        run(folder, command)
    assert [finding.rule for finding in failed.value.findings] == [rule]
    assert text in failed.value.findings[0].what


@pytest.mark.parametrize("threads", ["simulated", "real"])
@pytest.mark.parametrize(
    ("command", "rule", "text"),
    [
        (b"M", "lock", "mutex 'left' was not destroyed; it was made in output"),
        (b"R", "lock", "readers-writer lock 'left' was not destroyed; it was made in output"),
        (b"C", "lock", "condition 'left' was not destroyed; it was made in output"),
        (b"T", "thread", "thread 'left' was not joined; it was made in output"),
        (b"U", "no-stop-select", "descriptor 1 was selected with ERL_DRV_USE, but the driver has no stop_select"),
        (b"S", "selected-descriptor", "is still selected by #Port<0.5>, which has closed"),
        (b"Q", "port-lingers", "4 bytes in its I/O queue keep it alive"),
    ],
)
def test_what_it_has_besides_memory_is_found_too(folder, threads, command, rule, text, monkeypatch):
    monkeypatch.setattr("erts_emu.testing.workbench.PATIENCE", 0.2)  # of a port that lingers
    with pytest.raises(CheckFailed) as failed, Workbench(threads=threads) as bench:
        bench.driver(folder, "kit_drv").open().command(command)
    [finding] = failed.value.findings
    assert (finding.rule, finding.driver, finding.where) == (rule, "kit_drv", "")
    assert text in finding.what


def test_a_job_that_nobody_frees_is_found(folder):
    """On simulated threads, where it is late for sure."""
    with pytest.raises(CheckFailed, match=r"\[null-async-free\].*completed after its port #Port<0.5> had closed"):
        leave(folder, b"N")


def leave(folder, command):
    with Workbench() as bench:
        bench.driver(folder, "kit_drv").open().command(command)


def test_one_key_for_the_jobs_of_all_its_ports_is_warned_of(folder):
    with pytest.warns(DriverWarning, match="'kit_drv' queues the jobs of 2 ports with the same key 3"):
        run_keys(folder)


def run_keys(folder):
    with Workbench(async_threads=4) as bench:
        driver = bench.driver(folder, "kit_drv")
        for _ in range(2):
            driver.open().command(b"K")


def test_a_callback_that_keeps_its_scheduler_is_found_on_real_threads(folder):
    for options in ({"threads": "real"}, ISOLATED):
        with pytest.raises(CheckFailed, match=r"driver 'kit_drv': output kept its scheduler for \d\S+ ms") as failed:
            run(folder, b"s", longest_callback=0.015, **options)
        assert {finding.where for finding in failed.value.findings} == {""}
    run(folder, b"s", threads="real", longest_callback=600)


def test_its_jobs_are_explored(folder):
    def scenario(driver):
        loaded = driver(folder, "kit_drv")
        one, other = loaded.open(), loaded.open()
        one.command(b"x")
        other.command(b"x")
        other.close()
        assert one.receive() == b"\x02"

    assert explore(scenario, schedules=40, async_threads=2).schedules == 40


ISOLATED = {"threads": "real", "isolate": True}
everywhere = pytest.mark.parametrize(
    "options", [{}, {"threads": "real"}, ISOLATED], ids=["simulated", "real", "isolated"]
)


@everywhere
@pytest.mark.parametrize(("function", "answer"), [("driver_alloc", b"no memory"), ("driver_async", b"no job")])
def test_the_nth_call_fails_of_those_from_when_it_was_ordered(folder, options, function, answer):
    with Workbench(**options) as bench:
        port = bench.driver(folder, "kit_drv").open()
        bench.faults.fail(function, nth=2)
        seen = []
        for _ in range(3):
            port.command(b"x")
            seen.append(port.receive())
        assert seen == [b"\x02", answer, b"\x02"]
        assert bench.faults.made == [f"{function} failed"]
    assert bench.faults.made == [f"{function} failed"]


@pytest.mark.parametrize("threads", ["simulated", "real"])
def test_its_jobs_come_late_or_never_and_its_load_fails(folder, threads):
    with Workbench(threads=threads, async_threads=2) as bench:
        bench.faults.fail_load("kit_drv")
        with pytest.raises(DriverLoadError, match="init returned -1"):
            bench.driver(folder, "kit_drv")
        bench.faults.kill_thread(2)  # they take turns: it gets the first job
        bench.faults.delay_job(0.2, nth=2)
        port = bench.driver(folder, "kit_drv").open()
        port.command(b"x")
        port.command(b"x")
        assert port.receive() == b"\x02"
        assert sorted(bench.faults.made) == ["a job came 0.2 s late", "async_2 was dead", "load of kit_drv failed"]


def test_a_fault_concerns_one_emulator_and_may_be_ordered_before_the_driver_is_loaded(folder):
    with Workbench() as other, Workbench() as bench:
        bench.faults.fail("driver_output", times=1)
        ports = [each.driver(folder, "kit_drv").open() for each in (other, bench)]
        for port in ports:
            port.command(b"x")
        assert ports[0].receive() == b"\x02"
        with pytest.raises(ReceiveTimeout):
            ports[1].receive()
        assert (other.faults.made, bench.faults.made) == ([], ["driver_output failed"])


def test_every_function_that_can_fail_can_in_a_compiled_driver():
    sources = "".join(file.read_text() for file in Path(native.__file__).with_name("c").glob("*.c"))
    found = re.findall(r"^\w[\w *]*?\b(\w+)\([^;{}]*?\)\n\{\n    FAULT\(", sources, re.MULTILINE)
    assert sorted(found) == sorted(RESULTS)


def test_a_fault_of_a_compiled_driver_can_be_explored(folder):
    def scenario(bench):
        bench.faults.fail("driver_alloc", nth=2)  # the first is the port's
        port = bench.driver(folder, "kit_drv").open()
        port.command(b"x")
        port.command(b"x")
        assert sorted([port.receive(), port.receive()]) == [b"\x02", b"no memory"]

    assert explore(scenario, schedules=20).failure is None
