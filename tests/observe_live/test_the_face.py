"""The observer's face, driven by Textual's own pilot, with a real emulator behind it."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from erts_emu import Emulator
from erts_emu.driver import Driver, driver_async, driver_output, set_busy_port
from tests.helpers import open_port

pytest.importorskip("textual")

from textual.widgets import Static

from erts_emu.observe.observer.app import ObserverApp
from erts_emu.observe.observer.link import DirectLink
from erts_emu.observe.observer.listing import Listing
from erts_emu.observe.observer.sampling import Sampler
from erts_emu.observe.observer.subjects import EmulatorSubject

PATIENCE = 1000
"""How often a condition is looked at; a tenth of a second apart at most."""


class LivelyDriver(Driver):
    driver_name = "lively_drv"

    def output(self, data):
        if data == b"busy":
            set_busy_port(self.port, 1)
        elif data == b"job":
            driver_async(self.port, None, sum, [1, 2], None)
        else:
            driver_output(self.port, data)

    def ready_async(self, data):
        driver_output(self.port, b"%d" % data)


@pytest.fixture
def emulator():
    with Emulator(async_threads=2, schedulers=2, lock_counters=True, msacc=True) as emulator:
        yield emulator


@pytest.fixture
def me(emulator):
    with emulator.attach(name="test") as attached:
        attached.erl_ddll.load(LivelyDriver, "lively_drv")
        yield attached


@asynccontextmanager
async def face_of(emulator):
    app = ObserverApp(DirectLink(Sampler(EmulatorSubject(emulator, "a test"))))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.updates > 0)
        yield app, pilot


async def until(pilot, condition):
    for _ in range(PATIENCE):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError("the condition has not come true")


def cells(app, column):
    listing = app.query_one(Listing)
    return [str(cell) for cell in listing.get_column(column)] if listing.row_count else []


def text_of(app, identifier):
    return str(app.screen.query_one(identifier, Static).content)


def test_ports_are_listed_as_they_come_and_go(emulator, me):
    async def scenario():
        async with face_of(emulator) as (app, pilot):
            assert cells(app, "id") == []
            first, second = open_port(me, LivelyDriver), open_port(me, LivelyDriver)
            await until(pilot, lambda: cells(app, "id") == [str(first), str(second)])
            me.port_close(first)
            await until(pilot, lambda: cells(app, "id") == [str(second)])
            assert "ports 1 " in text_of(app, "#head")

    asyncio.run(scenario())
