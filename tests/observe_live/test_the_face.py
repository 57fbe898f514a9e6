"""The observer's face, driven by Textual's own pilot, with a real emulator behind it."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from erts_emu import Emulator
from erts_emu.driver import Driver, driver_async, driver_output, set_busy_port
from tests.helpers import open_port

pytest.importorskip("textual")

from textual.widgets import DataTable, RichLog, Static

from erts_emu.observe.observer.app import ObserverApp
from erts_emu.observe.observer.help_screen import HelpScreen
from erts_emu.observe.observer.link import DirectLink, LinkLost
from erts_emu.observe.observer.listing import Listing
from erts_emu.observe.observer.output import Kept
from erts_emu.observe.observer.port_screen import PortScreen
from erts_emu.observe.observer.sampling import Sampler
from erts_emu.observe.observer.scripts import ScriptOnSimulatedThreads
from erts_emu.observe.observer.shells import ShellOfItsOwn
from erts_emu.observe.observer.subjects import EmulatorSubject
from erts_emu.shell.repl.console import Console
from erts_emu.shell.repl.shell import Shell

PATIENCE = 1000
"""How often a condition is looked at; a tenth of a second apart at most."""


class LivelyDriver(Driver):
    driver_name = "lively_drv"

    def output(self, data):
        if data == b"busy":
            set_busy_port(self.port, 1)
        elif data == b"job":
            driver_async(self.port, None, sum, [1, 2], None)  # the result is lost, as in C
        else:
            driver_output(self.port, data)

    def ready_async(self, data):
        driver_output(self.port, bytes(data))


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


def test_a_table_is_sorted_by_each_column_in_turn_both_ways(emulator, me):
    ports = [open_port(me, LivelyDriver) for _ in range(3)]
    for number, port in enumerate(ports):
        me.port_command(port, b"x" * (number + 1))

    async def scenario():
        async with face_of(emulator) as (app, pilot):
            await until(pilot, lambda: len(cells(app, "id")) == 3)
            for column in ("driver", "owner", "state", "queue", "tasks", "in"):
                await pilot.press("s")
                assert app.query_one(Listing).sort_key == column
            await until(pilot, lambda: cells(app, "in") == ["3", "2", "1"])
            await pilot.press("r")
            await until(pilot, lambda: cells(app, "in") == ["1", "2", "3"])
            head = str(app.query_one(Listing).columns["in"].label)
            assert head == "In ▲"

    asyncio.run(scenario())


def test_a_filter_works_while_it_is_typed_and_escape_drops_it(emulator, me):
    ports = [open_port(me, LivelyDriver) for _ in range(12)]
    me.register("uplink", ports[3])

    async def scenario():
        async with face_of(emulator) as (app, pilot):
            await until(pilot, lambda: len(cells(app, "id")) == 12)
            await pilot.press("slash", *"UPLINK")
            await until(pilot, lambda: cells(app, "id") == [str(ports[3])])
            await until(pilot, lambda: "1 of 12 ports with 'UPLINK'" in text_of(app, "#note"))
            await pilot.press("enter", "escape")
            await until(pilot, lambda: len(cells(app, "id")) == 12)

    asyncio.run(scenario())


def test_the_cursor_stays_on_its_port_when_others_go(emulator, me):
    ports = [open_port(me, LivelyDriver) for _ in range(5)]

    async def scenario():
        async with face_of(emulator) as (app, pilot):
            await until(pilot, lambda: len(cells(app, "id")) == 5)
            await pilot.press("down", "down", "down")
            me.port_close(ports[0])
            me.port_close(ports[1])
            await until(pilot, lambda: len(cells(app, "id")) == 3)
            assert app.query_one(Listing).selected_key == str(ports[3].number)

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("key", "column", "expected"),
    [
        ("2", "name", "lively_drv"),
        ("3", "name", "test"),
        ("4", "name", "async_1"),
        ("5", "id", "1"),
        ("6", "name", "run_queue"),
    ],
)
def test_each_number_shows_another_table(emulator, me, key, column, expected):
    port = open_port(me, LivelyDriver)
    me.port_command(port, b"job")
    me.receive()

    async def scenario():
        async with face_of(emulator) as (app, pilot):
            await pilot.press(key)
            await until(pilot, lambda: expected in cells(app, column))

    asyncio.run(scenario())


def test_schedulers_show_where_their_time_goes(emulator, me):
    async def scenario():
        async with face_of(emulator) as (app, pilot):
            await pilot.press("5")
            await until(pilot, lambda: any(bar.strip("·") for bar in cells(app, "extra time")))
            assert "check_io" in text_of(app, "#note")
            await pilot.press("m")
            await until(pilot, lambda: "m accounts" in text_of(app, "#note"))
            assert not emulator.msacc_enabled

    asyncio.run(scenario())


def test_a_port_is_looked_into_until_it_is_gone(emulator, me):
    async def scenario():
        async with face_of(emulator) as (app, pilot):
            port = open_port(me, LivelyDriver)
            await until(pilot, lambda: cells(app, "id") == [str(port)])
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, PortScreen) and app.screen.query_one(DataTable).row_count)
            events = app.screen.query_one("#events", DataTable)
            await pilot.press("f")
            await until(pilot, lambda: "callbacks and jobs are noted" in text_of(app, "#where"))
            updates = app.updates
            await until(pilot, lambda: app.updates > updates + 1)
            me.port_command(port, b"job")
            await until(pilot, lambda: "driver_ready_async" in names_in(events))
            me.port_command(port, b"busy")
            await until(pilot, lambda: "port_busy" in names_in(events))
            me.port_close(port)
            await until(pilot, lambda: names_in(events)[-1] == "port_terminate")
            assert names_in(events)[:2] == ["driver_start", "port_open"]
            await pilot.press("escape")
            await until(pilot, lambda: cells(app, "id") == [])

    asyncio.run(scenario())


def names_in(events):
    return [str(events.get_row_at(row)[2]) for row in range(events.row_count)]


def test_the_picture_can_be_frozen(emulator, me):
    async def scenario():
        async with face_of(emulator) as (app, pilot):
            await pilot.press("space")
            await until(pilot, lambda: "frozen view" in text_of(app, "#head"))
            open_port(me, LivelyDriver)
            await pilot.pause(0.3)
            assert cells(app, "id") == []
            await pilot.press("space")
            await until(pilot, lambda: len(cells(app, "id")) == 1)

    asyncio.run(scenario())


def test_keys_that_nothing_obeys_are_not_offered(emulator, me):
    async def scenario():
        async with face_of(emulator) as (app, pilot):
            offered = {binding.binding.description for binding in app.screen.active_bindings.values()}
            assert {"Sort", "Filter", "Pause", "Keys", "Quit"} <= offered
            assert not {"Step", "Back", "Until", "Eval"} & {
                binding.binding.description for binding in app.screen.active_bindings.values() if binding.enabled
            }
            await pilot.press("question_mark")
            await until(pilot, lambda: isinstance(app.screen, HelpScreen))
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, HelpScreen))

    asyncio.run(scenario())


def test_a_simulated_script_is_stepped_and_taken_back_with_keys():
    async def scenario():
        kept = Kept()
        text = 'P = spawn(fun() -> receive M -> M end end), P ! 1, timer:sleep(10), io:format("written~n").\n'
        subject = ScriptOnSimulatedThreads(text, "script", {}, kept=kept)
        subject.start()
        app = ObserverApp(DirectLink(Sampler(subject, kept)))
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: "step 0" in text_of(app, "#note"))
            await pilot.press("n")
            await until(pilot, lambda: "step 1 " in text_of(app, "#note"))
            await pilot.press("N")
            await until(pilot, lambda: "step 11 " in text_of(app, "#note"))
            await pilot.press("b")
            await until(pilot, lambda: "step 10 " in text_of(app, "#note"))
            await pilot.press("u", *"port_open", "enter")
            await until(pilot, lambda: "port_open was not passed" in text_of(app, "#note"))
            assert "ended" in text_of(app, "#head")
            await pilot.press("7")
            await until(pilot, lambda: [line.text for line in app.query_one(RichLog).lines] == ["written"])
        subject.close()

    asyncio.run(scenario())


def test_expressions_are_typed_one_after_the_other():
    async def scenario():
        kept = Kept()
        own = ShellOfItsOwn(Shell({"threads": "real"}, Console(kept, unicode=True)))
        own.start()
        app = ObserverApp(DirectLink(Sampler(own.subject, kept)))
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.sample is not None and "evaluate" in app.sample.run.orders)
            await pilot.press("colon", *"X=6*7", "enter")
            await until(pilot, lambda: "42" in [line.text for line in app.query_one(RichLog).lines])
            await pilot.press(*"X+1", "enter")
            await until(pilot, lambda: "43" in [line.text for line in app.query_one(RichLog).lines])
        own.subject.close()
        own.join()

    asyncio.run(scenario())


def test_a_face_ends_when_nobody_answers_any_more(emulator, me):
    class CutLink:
        """A link that is cut."""

        def __init__(self, link):
            self.link = link
            self.cut = False

        def ask(self, question):
            if self.cut:
                raise LinkLost("somewhere")
            return self.link.ask(question)

    async def scenario():
        link = CutLink(DirectLink(Sampler(EmulatorSubject(emulator))))
        app = ObserverApp(link)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: app.updates > 0)
            link.cut = True
            await until(pilot, lambda: app.return_code == 1)

    asyncio.run(scenario())
