"""Port creation, init-ack, driver entries (driver_api.md §2.15)."""

import errno

import pytest
from helpers import everywhere, schedules

from erts_emu import Atom, Emulator
from erts_emu.driver import (
    ERL_DRV_ERROR_BADARG,
    ERL_DRV_ERROR_ERRNO,
    ERL_DRV_ERROR_GENERAL,
    ERL_DRV_FLAG_USE_INIT_ACK,
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    INVALID_PORT,
    BadDriverEntry,
    Driver,
    DriverEntry,
    DriverMisuse,
    Pointer,
    add_driver_entry,
    driver_async,
    driver_caller,
    driver_connected,
    driver_create_port,
    driver_exit,
    driver_failure_atom,
    driver_mk_port,
    driver_output,
    driver_set_timer,
    erl_drv_init_ack,
    get_port_flags,
    hookimpl,
    remove_driver_entry,
)
from erts_emu.errors import Badarg, DriverLoadError, ErlangError, OpenPortError

from .proof import Lab, proves

EXIT = Atom("EXIT")


@pytest.fixture
def lab(me):
    me.trap_exit = True
    return Lab(me, flags=ERL_DRV_FLAG_USE_PORT_LOCKING, stop=lambda d: lab_log.append(d))


lab_log = []


@pytest.fixture(autouse=True)
def _fresh_log():
    lab_log.clear()


class Child:
    """The drv_data of a port that a driver has made."""


def create(driver, owner, name="kid"):
    child = Child()
    child.port = driver_create_port(driver.port, owner, name, child)
    return child


# --- driver_create_port ---


@proves("driver_create_port")
def test_a_child_is_a_linked_port_of_the_same_driver_without_start(me, lab):
    def job(driver):
        child = create(driver, me.pid)
        driver_output(child.port, b"hi")
        return child, driver_mk_port(child.port), get_port_flags(child.port), driver_connected(child.port)

    child, port, flags, owner = lab.run(job)
    assert (flags, owner) == (0, me.pid)
    assert me.receive() == (port, (Atom("data"), [*b"hi"]))
    assert len(lab.drivers) == 1  # start was not called
    assert me.port_info(port, "name") == (Atom("name"), [*b"kid"])
    assert me.port_info(port, "links") == (Atom("links"), [me.pid])
    assert lab.run(lambda d: d, at=port) is child


@proves("driver_create_port")
def test_a_child_outlives_its_creator(me, lab):
    child = lab.run(lambda d: create(d, me.pid))
    port = child.port._id
    me.port_close(lab.port)
    assert me.receive() == (EXIT, lab.port, Atom("normal"))
    assert port in me.ports()
    me.port_close(port)
    assert lab_log == [lab.driver, child]


@proves("driver_create_port")
def test_a_child_may_fail_in_its_creators_callback(me, lab):
    def job(driver):
        child = create(driver, me.pid)
        return driver_failure_atom(child.port, "oops"), driver_output(child.port, b"x"), driver_mk_port(child.port)

    failed, sent, term = lab.run(job)
    assert (failed, sent, term) == (0, -1, None)
    assert me.receive()[2] == Atom("oops")
    assert len(me.ports()) == 1


@proves("driver_create_port")
def test_a_child_belongs_to_any_process(me, lab):
    async def owner(process):
        lab._job = lambda d: create(d, driver_caller(d.port))
        await process.port_control(lab.port, 0, b"")
        return await process.port_info(lab._answer.port._id, "links")

    assert me.emu.run(owner)[1][0] != me.pid
    me.sleep(0.01)
    assert len(me.ports()) == 1  # the child's owner has ended


@proves("driver_create_port")
def test_children_may_be_made_in_start(me):
    children = []
    lab = Lab(
        me, flags=ERL_DRV_FLAG_USE_PORT_LOCKING,
        start=lambda d: children.append(driver_create_port(d.port, me.pid, "child of start", Child())),
    )  # fmt: skip
    assert me.port_info(children[0]._id, "name")[1] == [*b"child of start"]
    assert lab.run(lambda d: isinstance(d, Child), at=children[0]._id)


@proves("driver_create_port")
@pytest.mark.parametrize("callback", ["output", "outputv", "timeout", "ready_async", "flush", "call"])
def test_a_childs_lock_is_given_back_after_each_callback(me, callback):
    me.trap_exit = True
    children = []

    def act(driver, *args):
        children.append(driver_create_port(driver.port, me.pid, "kid", Child()))
        return args[-1] if args else None

    lab = Lab(me, flags=ERL_DRV_FLAG_USE_PORT_LOCKING, **{callback: act})
    if callback in ("output", "outputv"):
        me.port_command(lab.port, b"x")
    elif callback == "call":
        me.port_call(lab.port, 0, 1)
    elif callback == "timeout":
        lab.run(lambda d: driver_set_timer(d.port, 0))
    elif callback == "ready_async":
        lab.run(lambda d: driver_async(d.port, None, lambda _: None, None, None))
    else:
        from erts_emu.driver import driver_deq, driver_enq

        lab.run(lambda d: driver_enq(d.port, b"x"))
        me.port_close(lab.port)
        lab.run(lambda d: driver_deq(d.port, 1))
    me.sleep(0.01)
    assert me.port_info(children[0]._id, "name")[1] == [*b"kid"]
    assert me.emu.ports.table[children[0]._id.number].lock.locked() is False


@proves("driver_create_port")
def test_no_child_without_creator_owner_scheduler_or_room(me, lab):
    assert lab.run(lambda d: driver_create_port(INVALID_PORT, me.pid, "x", None)) is INVALID_PORT
    for nobody in (None, Atom("x"), me.emu.run(_own_pid)):
        assert lab.run(lambda d, nobody=nobody: driver_create_port(d.port, nobody, "x", None)) is INVALID_PORT
    made = []
    lab2 = Lab(me, name="lab2", flags=ERL_DRV_FLAG_USE_PORT_LOCKING, ready_async=lambda d, data: None)
    lab2.run(
        lambda d: driver_async(d.port, None, lambda p: made.append(driver_create_port(p, me.pid, "x", 0)), d.port, None)
    )
    me.sleep(0.01)
    assert made == [INVALID_PORT]


async def _own_pid(process):
    return process.pid


@proves("driver_create_port")
def test_no_child_in_a_full_table():
    with Emulator(threads="simulated", max_ports=16) as emu, emu.attach() as me:
        lab = Lab(me, flags=ERL_DRV_FLAG_USE_PORT_LOCKING)
        children = lab.run(lambda d: [driver_create_port(d.port, me.pid, "kid", None) for _ in range(20)])
        assert [child is INVALID_PORT for child in children] == [False] * 12 + [True] * 8


@proves("driver_create_port")
def test_no_child_of_a_driver_that_is_being_unloaded_by_force(me, lab):
    results = []
    lab2 = Lab(
        me, name="lab2", flags=ERL_DRV_FLAG_USE_PORT_LOCKING,
        stop=lambda d: results.append(driver_create_port(d.port, me.pid, "x", None)),
    )  # fmt: skip
    me.erl_ddll.unload_driver("lab2")
    assert results == [INVALID_PORT]
    assert me.receive() == (EXIT, lab2.port, Atom("driver_unloaded"))


@proves("S3")
def test_creating_a_port_with_driver_level_locking_is_an_error_where_otp_hangs(me):
    def job(driver):
        with pytest.raises(DriverMisuse, match="without ERL_DRV_FLAG_USE_PORT_LOCKING: OTP"):
            create(driver, me.pid)

    Lab(me).run(job)


@proves("driver_create_port")
@everywhere
def test_nobody_gets_at_a_child_before_the_callback_has_ended(run):
    def scenario(emu):
        with emu.attach(trap_exit=True) as me:
            log = []
            waiting = []

            def job(driver):
                if isinstance(driver, Child):
                    return
                child = create(driver, me.pid)
                waiting.append(emu.spawn(asking, driver_mk_port(child.port), scheduler=2))
                emu.layer.sleep(2_000_000)
                log.append("creator")

            async def asking(process, port):
                await process.port_control(port, 0, b"")
                log.append("asker")

            lab = Lab(me, flags=ERL_DRV_FLAG_USE_PORT_LOCKING)
            lab.run(job)
            me.wait_for(waiting[0])
            assert log == ["creator", "asker"]

    run(scenario, schedulers=2, **schedules(run, 40))


# --- erl_drv_init_ack ---


def acking(me, act, flags=ERL_DRV_FLAG_USE_INIT_ACK, start=None):
    """A driver whose timeout acts, 10 ms after start."""
    log = []
    me.trap_exit = True

    class Acking(Driver):
        driver_name = "acking"
        driver_flags = flags

        def start(self, command):
            if start is not None:
                start(self)
            driver_set_timer(self.port, 10)

        def timeout(self):
            act(self)

        def stop(self):
            log.append(("stop", self))

        def control(self, command, buf):
            return b"self" if isinstance(self, Acking) else b"other"

    me.erl_ddll.load(Acking, "acking")
    return log


def replaced(driver):
    other = type("Other", (), {"stop": None, "control": None})()
    erl_drv_init_ack(driver.port, other)


@proves("erl_drv_init_ack")
def test_open_port_waits_and_the_word_becomes_the_drv_data(emu, me):
    acking(me, replaced)
    begin = emu.layer.monotonic()
    port = me.open_port(("spawn_driver", "acking"))
    assert emu.layer.monotonic() - begin == 10_000_000
    assert me.port_control(port, 0, b"") == [*b"other"]


@proves("erl_drv_init_ack")
@pytest.mark.parametrize(
    ("word", "reason"),
    [
        (ERL_DRV_ERROR_GENERAL, "einval"),
        (OSError(errno.EACCES, "no"), "eacces"),
        (ERL_DRV_ERROR_ERRNO, "unknown"),
        (ERL_DRV_ERROR_BADARG, "badarg"),
    ],
)
def test_an_error_ends_the_port_without_a_signal_to_the_opener(me, word, reason):
    log = acking(me, lambda d: erl_drv_init_ack(d.port, word))
    with pytest.raises(ErlangError) as raised:
        me.open_port(("spawn_driver", "acking"))
    assert raised.value.reason == Atom(reason)
    assert isinstance(raised.value, Badarg if reason == "badarg" else OpenPortError)
    assert [what for what, _ in log] == ["stop"]
    assert me.flush() == []
    assert me.ports() == []


@proves("erl_drv_init_ack")
def test_a_port_that_fails_first_is_returned_dead_with_the_signal(me):
    acking(me, lambda d: driver_failure_atom(d.port, "bad"))
    port = me.open_port(("spawn_driver", "acking"))
    assert me.port_info(port) == Atom("undefined")
    assert me.flush() == [(EXIT, port, Atom("bad"))]


@proves("erl_drv_init_ack", "driver_exit")
def test_a_port_that_exits_first_is_returned_dead_without_one(me):
    acking(me, lambda d: driver_exit(d.port, 0))
    port = me.open_port(("spawn_driver", "acking"))
    assert me.port_info(port) == Atom("undefined")
    assert me.flush() == []


@proves("S8", "erl_drv_init_ack")
def test_inside_start_it_is_too_early(emu, me):
    opened = []
    acking(me, lambda d: None, start=lambda d: erl_drv_init_ack(d.port, "lost"))

    async def opener(process):
        opened.append(await process.open_port(("spawn_driver", "acking")))

    process = emu.spawn(opener)
    me.sleep(1.0)
    assert opened == []
    assert me.port_control(me.ports()[0], 0, b"") == [*b"self"]
    me.exit_signal(process.pid, "kill")


@proves("erl_drv_init_ack")
def test_a_second_word_and_one_that_nobody_waits_for_are_ignored(me):
    acking(me, lambda d: erl_drv_init_ack(d.port, "lost"), flags=0)
    port = me.open_port(("spawn_driver", "acking"))
    me.sleep(0.02)
    assert me.port_control(port, 0, b"") == [*b"self"]

    def twice(driver):
        erl_drv_init_ack(driver.port, driver)
        erl_drv_init_ack(driver.port, ERL_DRV_ERROR_GENERAL)

    me.erl_ddll.unload_driver("acking")
    acking(me, twice)
    port = me.open_port(("spawn_driver", "acking"))
    assert me.port_control(port, 0, b"") == [*b"self"]


@proves("erl_drv_init_ack")
def test_a_failing_start_fails_at_once(me):
    me.trap_exit = True

    class Failing(Driver):
        driver_name = "failing"
        driver_flags = ERL_DRV_FLAG_USE_INIT_ACK

        def start(self, command):
            return ERL_DRV_ERROR_BADARG

    me.erl_ddll.load(Failing, "failing")
    with pytest.raises(Badarg):
        me.open_port(("spawn_driver", "failing"))


@proves("erl_drv_init_ack")
def test_a_port_that_is_closed_by_another_process_is_returned_dead_where_erl_hangs(me):
    acking(me, lambda d: None)
    opened = []

    async def opener(process):
        process.trap_exit = True
        opened.append(await process.open_port(("spawn_driver", "acking")))
        opened.append(await process.receive())

    me.spawn(opener)
    me.sleep(0.001)
    port = me.ports()[0]
    me.port_close(port)
    me.sleep(0.001)
    assert opened == [port, (EXIT, port, Atom("normal"))]


# --- the driver list ---


class Static(Driver):
    driver_name = "static"

    def control(self, command, buf):
        return b"first"


@proves("add_driver_entry", "remove_driver_entry")
def test_an_added_driver_is_like_one_linked_in(me):
    log = []
    entry = Static.entry()
    entry.init = lambda: log.append("init")
    entry.finish = lambda: log.append("finish")
    entry.major_version = 9  # nobody checks
    lab = Lab(me)
    assert lab.run(lambda _: add_driver_entry(entry)) is None
    assert me.erl_ddll.info("static", "linked_in_driver") == Atom("true")
    assert me.erl_ddll.try_load(Static, "static") == (Atom("error"), Atom("linked_in_driver"))
    port = me.open_port(("spawn_driver", "static"))
    assert me.port_control(port, 0, b"") == [*b"first"]
    me.port_close(port)
    assert lab.run(lambda _: [remove_driver_entry(entry) for _ in range(2)]) == [1, 0]
    assert me.erl_ddll.loaded_drivers() == ["lab"]
    assert log == ["init"]


@proves("S41", "add_driver_entry", "remove_driver_entry")
def test_a_failing_init_is_hidden_and_a_duplicate_shadows(me):
    lab = Lab(me)
    refusing, second = Static.entry(), Static.entry()
    refusing.init = lambda: -1
    assert lab.run(lambda _: add_driver_entry(refusing)) is None
    assert me.erl_ddll.loaded_drivers() == ["lab"]
    second.control = lambda data, command, buf: b"second"
    lab.run(lambda _: (add_driver_entry(Static.entry()), add_driver_entry(second)))
    port = me.open_port(("spawn_driver", "static"))
    assert me.port_control(port, 0, b"") == [*b"second"]
    assert lab.run(lambda _: remove_driver_entry(second)) == 1
    port = me.open_port(("spawn_driver", "static"))
    assert me.port_control(port, 0, b"") == [*b"first"]


@proves("remove_driver_entry")
def test_a_loaded_driver_cannot_be_removed_so(emu, me):
    lab = Lab(me)
    entry = emu.ddll.find("lab").entry
    assert lab.run(lambda _: remove_driver_entry(entry)) == -1


@proves("add_driver_entry")
def test_what_is_no_entry_is_an_error(me):
    def job(_):
        with pytest.raises(BadDriverEntry, match="driver_name must be a non-empty str"):
            add_driver_entry(DriverEntry(driver_name=""))

    Lab(me).run(job)


@proves("add_driver_entry", "remove_driver_entry")
@pytest.mark.parametrize("callback", ["init", "finish", "driver_init"])
@pytest.mark.parametrize("function", [add_driver_entry, remove_driver_entry])
def test_inside_init_the_driver_list_is_locked_and_otp_hangs(me, callback, function):
    outcome = []

    def act():
        with pytest.raises(DriverMisuse, match=f"inside {callback}, while the driver list is locked"):
            function(Static.entry())
        outcome.append("refused")

    class Plugin:
        @hookimpl
        def driver_init(self):
            if callback == "driver_init":
                act()
                return DriverEntry(driver_name="nest")
            return DriverEntry(driver_name="nest", **{callback: act})

    me.erl_ddll.load_driver(Plugin(), "nest")
    me.erl_ddll.unload_driver("nest")
    assert outcome == ["refused"]


@proves("S45", "dtrace_drvport_str")
def test_what_the_header_declares_but_otp_lacks_fails_the_load(me, tmp_path):
    (tmp_path / "probing.py").write_text("from erts_emu.driver import dtrace_drvport_str\n")
    with pytest.raises(DriverLoadError, match="undefined symbol: dtrace_drvport_str") as failed:
        me.erl_ddll.load_driver(str(tmp_path), "probing")
    assert failed.value.reason[0] == Atom("open_error")


@proves("S26")
def test_handles_of_an_entry_are_left_alone(emu, me):
    entry = DriverEntry(driver_name="bare")
    me.erl_ddll.load(entry, "bare")
    me.open_port(("spawn_driver", "bare"))
    assert (entry.handle, entry.handle2) == (None, None)
    marked = DriverEntry(driver_name="marked", handle="mine", handle2="too")
    me.erl_ddll.load(marked, "marked")
    assert (marked.handle, marked.handle2) == ("mine", "too")


@proves("S44")
def test_a_start_that_returns_minus_4_succeeds(me):
    entry = DriverEntry(driver_name="four", start=lambda port, command: -4, control=lambda data, *_: str(data).encode())
    me.erl_ddll.load(entry, "four")
    port = me.open_port(("spawn_driver", "four"))
    assert bytes(me.port_control(port, 0, b"")) == b"-4"


def test_pointers_show_their_value():
    assert repr(Pointer(5)) == "Pointer(5)"
