"""Attributes and identity (driver_api.md §2.13)."""

import pytest
from helpers import open_port

from erts_emu import Atom
from erts_emu.driver import (
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    PORT_CONTROL_FLAG_BINARY,
    PORT_CONTROL_FLAG_HEAVY,
    PORT_FLAG_BINARY,
    PORT_FLAG_LINE,
    Driver,
    add_driver_entry,
    driver_caller,
    driver_connected,
    driver_deq,
    driver_enq,
    driver_failure_atom,
    driver_lock_driver,
    driver_mk_atom,
    driver_mk_port,
    driver_mk_term_nil,
    driver_output,
    driver_set_timer,
    driver_term_nil,
    erl_drv_consume_timeslice,
    erl_drv_set_os_pid,
    get_port_flags,
    set_port_control_flags,
)

from .proof import Lab, proves


@proves("driver_mk_port")
def test_the_ports_term_is_what_open_port_gave(me):
    lab = Lab(me)
    assert lab.run(lambda d: driver_mk_port(d.port)) == lab.port


@proves("driver_mk_atom")
@pytest.mark.parametrize(
    ("string", "name"), [("ok", "ok"), (b"\xe5", "å"), ("", ""), ("a" * 300, "a" * 255), (b"b" * 256, "b" * 255)]
)
def test_atoms_are_cut_at_255_characters(string, name):
    assert driver_mk_atom(string) is Atom(name)


@proves("driver_mk_term_nil", "driver_term_nil")
def test_nil_is_what_functions_return_where_there_is_no_pid(me):
    assert driver_mk_term_nil() is driver_term_nil
    lab = Lab(me, timeout=lambda d: seen.append(driver_caller(d.port)))
    seen = []
    lab.run(lambda d: driver_set_timer(d.port, 0))
    me.sleep(0.01)
    assert seen == [driver_term_nil]


@proves("driver_caller")
def test_the_caller_is_known_in_the_callbacks_that_it_causes(emu, me):
    seen = []

    def note(name):
        return lambda driver, *args: seen.append((name, driver_caller(driver.port)))

    def call(driver, command, buf):
        note("call")(driver)
        return buf

    lab = Lab(
        me, start=note("start"), output=note("output"), call=call, flush=note("flush"), stop=note("stop"),
        timeout=note("timeout"),
    )  # fmt: skip
    other = []

    async def third(process):
        other.append(process.pid)
        await process.send(lab.port, (me.pid, (Atom("command"), b"x")))

    me.spawn(third)
    me.sleep(0.01)
    lab.run(lambda d: (note("control")(d), driver_set_timer(d.port, 0), driver_enq(d.port, b"x")))
    me.port_call(lab.port, 0, 1)
    me.sleep(0.01)
    me.port_close(lab.port)
    lab.run(lambda d: driver_deq(d.port, 1))
    expected = [("start", me.pid), ("output", other[0]), ("control", me.pid), ("timeout", None), ("call", me.pid)]
    assert seen == [*expected, ("flush", None), ("stop", None)]


@proves("driver_caller")
def test_stop_inside_a_callback_still_sees_its_caller(me):
    me.trap_exit = True
    seen = []
    lab = Lab(me, stop=lambda d: seen.append(driver_caller(d.port)))
    lab.run(lambda d: driver_failure_atom(d.port, "x"))
    assert seen == [me.pid]


@proves("driver_connected", "S39")
def test_the_owner_is_told_even_when_it_is_dead_and_not_linked(me):
    opened = []

    async def owner(process):
        port = await process.open_port(("spawn_driver", "lab"))
        opened.extend((port, process.pid))
        await process.unlink(port)

    lab = Lab(me)
    me.spawn(owner)
    me.sleep(0.01)
    port, pid = opened
    assert lab.run(lambda _: driver_connected(lab.drivers[1].port), at=port) == pid
    assert lab.run(lambda _: driver_output(lab.drivers[1].port, b"lost"), at=port) == 0
    assert me.flush() == []


@proves("get_port_flags")
@pytest.mark.parametrize(
    ("settings", "flags"),
    [([], 0), (["binary"], PORT_FLAG_BINARY), ([("line", 9)], PORT_FLAG_LINE), (["binary", "line"], 3), (["eof"], 0)],
)
def test_port_flags_are_binary_and_line(me, settings, flags):
    lab = Lab(me)
    port = lab.open(*settings)
    assert lab.run(lambda _: get_port_flags(lab.drivers[1].port), at=port) == flags


@proves("get_port_flags", "S12")
def test_in_start_there_are_no_port_flags_yet(me):
    seen = []
    Lab(me, "line", start=lambda d: seen.append(get_port_flags(d.port)))
    assert seen == [0]


@proves("set_port_control_flags")
def test_control_flags_decide_what_replies_are(me):
    lab = Lab(me)
    lab.reply = b"abc"
    for flags, reply in [(0, [*b"abc"]), (PORT_CONTROL_FLAG_BINARY, b"abc"), (PORT_CONTROL_FLAG_HEAVY, [*b"abc"])]:
        lab._job = lambda d, flags=flags: set_port_control_flags(d.port, flags)
        assert me.port_control(lab.port, 0, b"") == reply


@proves("erl_drv_set_os_pid")
@pytest.mark.parametrize(("pid", "shown"), [(1234, 1234), (0, 0), (-1, Atom("undefined"))])
def test_the_os_pid_is_what_port_info_tells(me, pid, shown):
    lab = Lab(me)
    lab.run(lambda d: erl_drv_set_os_pid(d.port, 7) or erl_drv_set_os_pid(d.port, pid))
    assert me.port_info(lab.port, "os_pid") == (Atom("os_pid"), shown)


@proves("driver_lock_driver")
def test_a_locked_driver_is_permanent_and_its_monitors_are_told(me):
    finished = []
    lab = Lab(me, finish=staticmethod(lambda: finished.append("finish")))
    reference = me.erl_ddll.monitor("lab", "unloaded")
    assert lab.run(lambda d: driver_lock_driver(d.port)) == 0
    assert me.receive() == (Atom("UP"), reference, Atom("driver"), Atom("lab"), Atom("permanent"))
    assert me.erl_ddll.try_unload("lab") == (Atom("error"), Atom("permanent"))
    me.port_close(lab.port)
    me.sleep(0.01)
    assert (me.erl_ddll.loaded_drivers(), finished) == (["lab"], [])
    assert lab.open() in me.ports()
    assert lab.run(lambda _: driver_lock_driver(lab.drivers[1].port), at=me.ports()[0]) == 0


@proves("driver_lock_driver")
def test_a_static_driver_cannot_be_locked(me):
    class Static(Driver):
        driver_name = "static"

        def control(self, command, buf):
            return str(driver_lock_driver(self.port)).encode()

    lab = Lab(me)
    lab.run(lambda _: add_driver_entry(Static.entry()))
    port = me.open_port(("spawn_driver", "static"))
    assert bytes(me.port_control(port, 0, b"")) == b"-1"


@proves("erl_drv_consume_timeslice")
def test_in_a_call_it_is_the_callers_time_slice(me):
    lab = Lab(me)

    async def caller(process):
        await process.let_others_run()
        results = {}
        for percent in (20, 500, 0):
            lab._job = lambda d, percent=percent: [erl_drv_consume_timeslice(d.port, percent) for _ in range(6)]
            await process.port_control(lab.port, 0, b"")
            results[percent] = lab._answer
            await process.let_others_run()
        return results

    expected = {20: [0, 0, 0, 0, 1, 1], 500: [1] * 6, 0: [0] * 6}  # as erl 25 says
    assert me.emu.run(caller) == expected


@proves("erl_drv_consume_timeslice")
@pytest.mark.parametrize(("percent", "first"), [(100, "modest"), (1, "greedy")])
def test_a_caller_without_time_gives_way(me, percent, first):
    order = []
    lab = Lab(me)

    async def greedy(process):
        lab._job = lambda d: erl_drv_consume_timeslice(d.port, percent)
        await process.port_control(lab.port, 0, b"")
        await process.port_control(lab.port, 0, b"")
        order.append("greedy")

    async def modest(process):
        order.append("modest")

    me.spawn(greedy)
    me.spawn(modest)
    me.sleep(0.01)
    assert order[0] == first
    assert len(order) == 2


@proves("erl_drv_consume_timeslice")
def test_a_task_starts_with_30_percent_used(me):
    seen = []
    lab = Lab(me, timeout=lambda d: seen.append([erl_drv_consume_timeslice(d.port, 20) for _ in range(5)]))
    for _ in range(2):
        lab.run(lambda d: driver_set_timer(d.port, 0))
        me.sleep(0.01)
    assert seen == [[0, 0, 0, 1, 1]] * 2  # as erl 25 says


@proves("erl_drv_consume_timeslice")
def test_a_task_that_uses_all_of_it_is_the_last_of_its_turn(emu, me):
    """Several ports take turns: each of their tasks ends a turn."""
    order = []

    class Greedy(Driver):
        driver_name = "greedy"
        driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

        def output(self, buf):
            order.append(buf)
            if buf[:1] == b"!":
                erl_drv_consume_timeslice(self.port, 100)

    for commands, expected in [
        ((b"a1", b"a2", b"b1"), [b"a1", b"a2", b"b1"]),
        ((b"!a1", b"a2", b"b1"), [b"!a1", b"b1", b"a2"]),
    ]:
        order.clear()
        ports = [open_port(me, Greedy, ("parallelism", True)) for _ in range(2)]

        async def sender(process, commands=commands, ports=ports):
            for command in commands:
                await process.send(ports[b"b" in command], (me.pid, (Atom("command"), command)))

        me.spawn(sender)
        me.sleep(0.01)
        assert order == expected
