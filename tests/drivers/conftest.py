"""The bundled drivers are tested on real threads and in simulation: in order, and under a few random schedules."""

import gc
import os
from pathlib import Path

import pytest
from helpers import traced

from erts_emu import ANY, Atom, Emulator, bundled_drivers
from erts_emu.errors import ReceiveTimeout
from erts_emu.ethread import SeededRandom

SEEDS = range(1, 5)
PATIENCE = 20.0
SHORT = 0.001


def _options(threads):
    if threads == "real":
        return {"threads": "real", "lock_checker": True, "strict": True}
    if threads == "in_order":
        return {"threads": "simulated"}
    return {"threads": "simulated", "seed": threads, "strategy": SeededRandom(threads)}


@pytest.fixture(params=["real", "in_order", *SEEDS], ids=lambda threads: f"{threads}")
def threads(request):
    """How threads run."""
    return request.param


@pytest.fixture
def no_leaks():
    """Fail the test if it leaves file descriptors open."""
    before = descriptors()
    yield
    if descriptors() != before:
        gc.collect()  # garbage may hold one; collecting it after every test would cost more than the tests
        assert descriptors() == before


def descriptors():
    """The open file descriptors, and what they are."""
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            found[int(name)] = os.readlink(f"/proc/self/fd/{name}")
        except FileNotFoundError:
            pass  # the one that listed the others
    return found


@pytest.fixture
def emu(threads, no_leaks):
    """A running emulator with four async threads, lock checks, and no mercy for errors of drivers."""
    with Emulator(async_threads=4, **_options(threads)) as emulator:
        yield emulator


@pytest.fixture
def me(emu):
    """The test as a process, which traps exits: drivers are unloaded under its ports."""
    with emu.attach(trap_exit=True) as attached:
        yield attached


@pytest.fixture
def driver(request, emu, me):
    """The name of the driver that the module is about: loaded, and unloaded at the end without a trace."""
    name = Path(request.path).stem.removeprefix("test_")
    me.erl_ddll.load_driver(bundled_drivers(), name)
    yield name
    if emu.halted:
        return
    finished = traced(emu, "driver_finish")
    me.erl_ddll.unload_driver(name)
    assert me.erl_ddll.loaded_drivers() == []
    assert me.ports() == []
    assert len(finished) == 1


@pytest.fixture
def open_port(driver, me):
    """Open a port of the driver: ``open_port("connect 127.0.0.1 80")``."""

    def open_port(arguments=""):
        return me.open_port(("spawn_driver", f"{driver} {arguments}".strip()), ["binary"])

    return open_port


@pytest.fixture
def data(me, threads):
    """The next data of a port: ``data(port)``. Simulation waits for ever, and reports a deadlock if nothing comes."""

    def data(port):
        message = me.receive((port, (Atom("data"), ANY)), timeout=PATIENCE if threads == "real" else None)
        return message[1][1]

    return data


@pytest.fixture
def silent(me):
    """Say whether nothing has come, and nothing comes within a moment."""

    def silent(seconds=SHORT):
        try:
            message = me.receive(timeout=seconds)
        except ReceiveTimeout:
            return True
        pytest.fail(f"unexpected message {message!r}")

    return silent


@pytest.fixture
def until(emu, me):
    """Let the emulator work until a condition holds."""

    def until(condition):
        deadline = emu.layer.monotonic() + int(PATIENCE * 1e9)
        while not condition():
            assert emu.layer.monotonic() < deadline, "the condition has not come true"
            me.sleep(SHORT)

    return until
