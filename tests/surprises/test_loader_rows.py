"""Surprises of ``erl_ddll``: each test fails if the loader does what one would guess."""

from __future__ import annotations

import pytest
from helpers import Gate, traced
from ports.parts import DOWN, EXIT, driver, opened

from erts_emu import Atom, Emulator
from erts_emu.driver import (
    DriverEntry,
    driver_async,
    driver_enq,
    driver_lock_driver,
)
from erts_emu.errors import Badarg, DriverLoadError

from .rows import row

A = Atom
OK, ERROR, UP, DRIVER = map(A, ("ok", "error", "UP", "driver"))
PENDING_DRIVER, PENDING_PROCESS = (OK, A("pending_driver")), (OK, A("pending_process"))
KILL = (A("driver_options"), [A("kill_ports")])
RELOAD = (A("reload"), A("pending_driver"))
RELOAD_PENDING = (A("reload"), A("pending"))
MONITOR_DRIVER = (A("monitor"), A("pending_driver"))
MONITOR_PENDING = (A("monitor"), A("pending"))
NAME = A("test_drv")
NOWHERE = "/there/is/no/such/folder"


@pytest.fixture
def ddll(me):
    """``erl_ddll`` of the test, which traps exits."""
    me.trap_exit = True
    return me.erl_ddll


@pytest.fixture
def other(emu):
    """``erl_ddll`` of a second process."""
    with emu.attach(name="other") as attached:
        yield attached.erl_ddll


def settle(me):
    me.sleep(0.01)


def status(emu, name="test_drv"):
    return emu.ddll.find(name).handle.status.name


def message(tag, reference, what, name=NAME):
    return (tag, reference, DRIVER, name, what if isinstance(what, tuple) else A(what))


def two():
    """Two images of one driver: they say which they are."""
    return [driver(control=lambda self, c, b, image=image: image) for image in (b"1", b"2")]


def image(me, port):
    return bytes(me.port_control(port, 0, b""))


@row("loader L1", "loader L2")
def test_unloading_an_idle_driver_is_pending_and_it_can_be_had_back_meanwhile(me, ddll):
    events = traced(me.emu, "driver_finish")
    cls = driver()
    ddll.load(cls, "test_drv")

    async def unload_and_more(process):
        mine = process.erl_ddll
        assert mine.try_load(cls, "test_drv") == (OK, A("already_loaded"))
        assert ddll_of_me.try_unload("test_drv") == PENDING_PROCESS
        assert mine.try_unload("test_drv") == PENDING_DRIVER
        assert mine.loaded_drivers() == ["test_drv"]
        assert mine.info("test_drv", "processes") == []
        port = await process.open_port(("spawn_driver", "test_drv"))
        assert mine.try_load(cls, "test_drv") == (OK, A("already_loaded"))
        await process.port_close(port)

    ddll_of_me = me.process.erl_ddll
    me.emu.run(unload_and_more)  # and ends: the last user
    settle(me)
    assert ddll.loaded_drivers() == []
    assert len(events) == 1


@row("loader L3")
def test_unload_takes_new_ports_and_force_unload_does_not(me, emu, ddll):
    opened(me, driver())
    ddll.try_unload("test_drv")
    port = me.open_port(("spawn_driver", "test_drv"))
    assert status(emu) == "UNLOAD"
    with emu_job(me, port):
        ddll.try_unload("test_drv", ["kill_ports"])
        assert status(emu) == "FORCE_UNLOAD"
        with pytest.raises(Badarg):
            me.open_port(("spawn_driver", "test_drv"))


class emu_job:
    """A job of the port is in flight as long as the block runs, and holds the driver."""

    def __init__(self, me, port):
        self.me, self.port, self.gate = me, me.emu.ports.lookup(port), Gate(me.emu)

    def __enter__(self):
        self.port.lock.acquire()
        driver_async(self.port.handle, None, self.gate.wait, None, None)
        self.port.lock.release()
        return self

    def __exit__(self, *error):
        self.gate.open()
        settle(self.me)


@row("loader L5")
def test_a_load_cancels_a_forced_unload_and_the_ports_stay_dead(me, emu, ddll):
    cls = driver()
    port = opened(me, cls)
    with emu_job(me, port):
        _, _, reference = ddll.try_unload("test_drv", ["kill_ports", MONITOR_DRIVER])
        assert status(emu) == "FORCE_UNLOAD"
        assert ddll.try_load(cls, "test_drv") == (OK, A("already_loaded"))
        assert status(emu) == "OK"
        assert me.flush() == [(EXIT, port, A("driver_unloaded")), message(UP, reference, "unload_cancelled")]
        assert me.ports() == []
    assert ddll.loaded_drivers() == ["test_drv"]


@row("loader L6", "loader L7")
def test_a_path_is_no_atom_and_an_empty_name_is_tried(me, ddll):
    for path, name in ((A("/tmp"), "test_drv"), ("/tmp", A(""))):
        with pytest.raises(Badarg):
            ddll.try_load(path, name)
    for name in ("", b"", []):
        assert ddll.try_load(NOWHERE, name)[1][0] == A("open_error")


@row("loader L8", "loader L27")
def test_open_errors_are_numbered_as_they_occur_whatever_the_file(ddll, tmp_path):
    (tmp_path / "broken.py").write_text("def (")
    missing = ddll.try_load(NOWHERE, "test_drv")
    broken = ddll.try_load(str(tmp_path), "broken")
    assert missing == (ERROR, (A("open_error"), -10))
    assert broken == (ERROR, (A("open_error"), -11))
    assert ddll.try_load("/another/folder", "other_drv") == missing
    assert ddll.format_error(missing[1]) == "cannot open shared object file: No such file or directory"
    assert "syntax error" in ddll.format_error(broken[1])
    with Emulator(threads="simulated") as emu, emu.attach() as me:
        assert me.erl_ddll.try_load(str(tmp_path), "broken") == missing


@row("loader L9")
def test_demonitor_is_true_for_any_reference_and_leaves_those_of_others(me, emu, ddll, other):
    ddll.load(driver(), "test_drv")
    reference = ddll.monitor("test_drv", "unloaded")
    assert ddll.demonitor(emu.make_ref()) is True
    assert other.demonitor(reference) is True
    assert ddll.info("test_drv", "awaiting_unload") == [(me.pid, 1)]
    assert ddll.demonitor(reference) is True
    assert ddll.info("test_drv", "awaiting_unload") == []
    with pytest.raises(Badarg):
        ddll.demonitor(5)


@row("loader L10", "loader L11")
def test_immediate_messages_have_the_name_as_given_and_later_ones_come_newest_first_with_an_atom(me, ddll):
    ddll.load(driver(), "test_drv")
    text = list(b"test_drv")
    now = ddll.monitor(text, "loaded")
    first, second = ddll.monitor(text, "unloaded"), ddll.monitor(b"test_drv", "unloaded_only")
    ddll.try_unload("test_drv")
    settle(me)
    assert me.flush() == [
        message(UP, now, "loaded", text),
        message(DOWN, second, "unloaded"),
        message(DOWN, first, "unloaded"),
    ]


@row("loader L12", "loader L13")
def test_which_monitor_option_yields_a_reference(me, ddll, other):
    first, second = two()
    ddll.load(first, "test_drv")
    other.load(first, "test_drv")
    assert other.try_unload("test_drv", [MONITOR_DRIVER]) == PENDING_PROCESS
    other.load(first, "test_drv")
    assert len(other.try_unload("test_drv", [MONITOR_PENDING])) == 3
    other.load(first, "test_drv")
    me.open_port(("spawn_driver", "test_drv"))
    assert len(ddll.try_load(second, "test_drv", [RELOAD_PENDING, MONITOR_DRIVER])) == 3
    joined = other.try_load(second, "test_drv")
    assert joined[:2] == PENDING_DRIVER
    assert len(joined) == 3


@row("loader L14")
def test_driver_options_of_a_permanent_driver_are_a_list(me, ddll):
    def start(self, command):
        driver_lock_driver(self.port)

    cls = driver(start=start)
    ddll.try_load(cls, "test_drv", [KILL])
    me.open_port(("spawn_driver", "test_drv"))
    items = dict(ddll.info("test_drv"))
    permanent = A("permanent")
    assert items == {
        A("processes"): permanent,
        A("driver_options"): [A("kill_ports")],
        A("port_count"): permanent,
        A("linked_in_driver"): A("false"),
        A("permanent"): A("true"),
        A("awaiting_load"): permanent,
        A("awaiting_unload"): permanent,
    }


@row("loader L16", "loader L17")
def test_driver_init_runs_before_the_checks_and_finish_not_after_a_failed_init(ddll):
    called = []

    class Plugin:
        pass

    def plugin(entry):
        from erts_emu.driver import hookimpl

        made = Plugin()

        def driver_init():
            called.append(entry.driver_name)
            return entry

        made.driver_init = hookimpl(driver_init)
        return made

    def finish():
        called.append("finish")

    wrong_name = DriverEntry(driver_name="another", finish=finish)
    wrong_version = DriverEntry(driver_name="test_drv", major_version=4, finish=finish)
    no_init = DriverEntry(driver_name="test_drv", init=lambda: 7, finish=finish)
    answers = [ddll.try_load(plugin(entry), "test_drv")[1] for entry in (wrong_name, wrong_version, no_init)]
    assert answers == [A("bad_driver_name"), A("driver_incorrect_version"), A("driver_init_failed")]
    assert called == ["another", "test_drv", "test_drv"]
    assert ddll.loaded_drivers() == []


@row("loader L18")
def test_kill_ports_discards_the_queue_without_flush(me, emu, ddll):
    events = traced(emu, "driver_flush", "driver_stop")
    callbacks = {"output": lambda self, buf: driver_enq(self.port, buf), "flush": print, "stop": lambda self: None}
    port = opened(me, driver(**callbacks))
    me.port_command(port, b"queued")
    ddll.try_unload("test_drv", ["kill_ports"])
    assert [name for name, _ in events] == ["driver_stop"]
    assert me.ports() == []


@row("loader L19", "loader L20")
def test_a_driver_without_users_and_ports_is_there_until_jobs_and_port_structures_are_gone(me, emu, ddll):
    port = opened(me, driver())
    handle = emu.ddll.find("test_drv").handle
    assert handle.refc == 2
    with emu_job(me, port):
        assert handle.refc == 3
        me.port_close(port)
        ddll.try_unload("test_drv")
        settle(me)
        assert ddll.info("test_drv", "port_count") == 0
        assert ddll.info("test_drv", "processes") == []
        assert handle.refc == 1
    assert ddll.loaded_drivers() == []

    async def close_and_look(process):
        port = await process.open_port(("spawn_driver", "test_drv"))
        await process.port_close(port)
        process.erl_ddll.try_unload("test_drv")
        return emu.ddll.find("test_drv").handle.refc  # the structure is freed two progress steps later

    ddll.load(driver(), "test_drv")
    ddll.try_unload("test_drv")

    async def load_and_look(process):
        process.erl_ddll.try_load(driver(), "test_drv")
        return await close_and_look(process)

    settle(me)
    assert emu.run(load_and_look) == 1


@row("loader L21")
def test_an_unrelated_death_opens_a_forced_unload_again(me, emu, ddll):
    async def stranger(process):
        process.erl_ddll.try_load(driver("stranger_drv"), "stranger_drv")
        await process.receive()

    port = opened(me, driver())
    process = emu.spawn(stranger)
    settle(me)
    with emu_job(me, port):
        ddll.try_unload("test_drv", ["kill_ports"])
        with pytest.raises(Badarg):
            me.open_port(("spawn_driver", "test_drv"))
        me.send(process.pid, "end")
        me.wait_for(process)
        assert status(emu) == "UNLOAD"
        assert me.open_port(("spawn_driver", "test_drv"))


@row("loader L22")
def test_a_reload_keeps_its_users_and_does_not_wait_for_them(me, emu, ddll, other):
    first, second = two()
    ddll.load(first, "test_drv")
    other.load(first, "test_drv")
    port = me.open_port(("spawn_driver", "test_drv"))
    _, word, reference = ddll.try_load(second, "test_drv", [RELOAD_PENDING, MONITOR_PENDING])
    assert word == PENDING_PROCESS[1]
    assert emu.ddll.find("test_drv").handle.refc == 1
    assert image(me, me.open_port(("spawn_driver", "test_drv"))) == b"1"
    assert len(ddll.info("test_drv", "processes")) == 2
    for each in me.ports():
        me.port_close(each)
    settle(me)
    assert message(UP, reference, "loaded") in me.flush()
    assert len(ddll.info("test_drv", "processes")) == 2
    port = me.open_port(("spawn_driver", "test_drv"))
    assert image(me, port) == b"2"


@row("loader L23")
def test_a_second_use_of_ones_own_is_another_user(ddll):
    first, second = two()
    ddll.load(first, "test_drv")
    ddll.load(first, "test_drv")
    assert ddll.try_load(second, "test_drv", [RELOAD]) == (ERROR, A("pending_process"))
    assert ddll.try_load(second, "test_drv", [RELOAD_PENDING]) == PENDING_PROCESS


@row("loader L24")
def test_load_of_another_path_is_a_bad_driver_name(ddll):
    first, second = two()
    ddll.load(first, "test_drv")
    assert ddll.try_load(second, "test_drv") == (ERROR, A("inconsistent"))
    with pytest.raises(DriverLoadError) as caught:
        ddll.load(second, "test_drv")
    assert caught.value.reason == A("bad_driver_name")


@row("loader L25")
def test_after_a_failed_reload_nothing_is_left(me, ddll, other):
    ddll.load(driver(), "test_drv")
    other.load(ddll._ddll._process.emu.ddll.find("test_drv").handle.path, "test_drv")
    _, _, reference = ddll.try_load(NOWHERE, "test_drv", [RELOAD_PENDING, MONITOR_PENDING])
    settle(me)
    failure = (A("load_failure"), (A("open_error"), -10))
    assert me.flush() == [message(DOWN, reference, failure)]
    assert ddll.loaded_drivers() == []
    assert other.try_unload("test_drv") == (ERROR, A("not_loaded"))


@row("loader L26")
def test_taints_stay(me, emu, ddll):
    ddll.load(driver(), "test_drv")
    ddll.unload_driver("test_drv")
    ddll.try_load(DriverEntry(driver_name="failing_drv", init=lambda: -1), "failing_drv")
    assert set(emu.ddll.taints) == {A("test_drv"), A("failing_drv")}
