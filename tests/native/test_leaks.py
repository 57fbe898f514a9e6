"""What the bridge takes for a driver goes when the driver gives it back, and an emulator goes with all it has."""

import contextvars
import gc
import itertools
import sys
import weakref

import pytest

from erts_emu import Emulator
from erts_emu.errors import ReceiveTimeout

from .building import HERE, compile_driver

CHAPTERS = range(1, 15)  # the last one leaves a port open
ROUNDS = 20


@pytest.fixture
def folder(monkeypatch):
    made = str(compile_driver(HERE / "c" / "api_drv.c", "-Wno-missing-braces"))
    monkeypatch.setenv("API_DRV_LIBRARY", f"{made}/api_drv")
    return made


def read(me, folder, chapter):
    """Have a chapter run in a port of its own, and take the messages that it sends."""
    port = me.open_port(("spawn_driver", "api_drv"), ["binary"])
    me.port_control(port, chapter, b"")
    me.port_close(port)
    while True:
        try:
            me.receive(timeout=0)
        except ReceiveTimeout:
            return


def in_use(me, threads):
    """Count what Python has allocated. A simulation writes its schedule down, in numbers: there, containers count."""
    me.sleep(0.02)  # until the ports that were closed are gone
    gc.collect()
    return sys.getallocatedblocks() if threads == "real" else len(gc.get_objects())


@pytest.mark.parametrize("threads", ["real", "simulated"])
def test_no_function_of_the_api_leaves_objects_behind(folder, threads):
    """What a call forgets to drop is there once for each round, with all that hangs on it."""
    with Emulator(threads=threads) as emu:
        me = emu.attach()
        me.erl_ddll.load_driver(folder, "api_drv")
        grown = {}
        for chapter in CHAPTERS:
            seen = []
            for _ in range(4):
                for _ in range(ROUNDS):
                    read(me, folder, chapter)
                seen.append(in_use(me, threads))
            grown[chapter] = min(after - before for before, after in itertools.pairwise(seen)) / ROUNDS
    assert not {chapter: growth for chapter, growth in grown.items() if growth > 8}, grown


@pytest.mark.parametrize("threads", ["real", "simulated"])
def test_an_emulator_goes_though_a_driver_has_kept_locks_threads_and_a_data_lock(folder, threads):
    def live():
        with Emulator(threads=threads) as emu:
            me = emu.attach()
            me.erl_ddll.load_driver(folder, "api_drv")
            for chapter in CHAPTERS:
                read(me, folder, chapter)
        return weakref.ref(emu)

    emu = contextvars.Context().run(live)
    gc.collect()
    assert emu() is None
