"""Busy ports and busy message queues (driver_api.md §2.12, ports.md §3 and §4.5)."""

import pytest
from helpers import everywhere, schedules

from erts_emu import Atom, Emulator
from erts_emu.driver import (
    ERL_DRV_BUSY_MSGQ_DISABLED,
    ERL_DRV_BUSY_MSGQ_LIM_MAX,
    ERL_DRV_FLAG_NO_BUSY_MSGQ,
    ERL_DRV_FLAG_SOFT_BUSY,
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    INVALID_PORT,
    Pointer,
    driver_async,
    driver_deq,
    driver_enq,
    driver_set_timer,
    erl_drv_busy_msgq_limits,
    erl_drv_sleep,
    set_busy_port,
)
from erts_emu.errors import Badarg, ErlangError

from .proof import Lab, proves

DISABLED = ERL_DRV_BUSY_MSGQ_DISABLED
COMMAND = Atom("command")


def busy(lab, on):
    lab.run(lambda d: set_busy_port(d.port, on))


class Scene:
    """A port whose ``output`` is logged, processes that talk to it, and a way to keep it in use meanwhile."""

    def __init__(self, emu, me, flags=0, settings=(), **callbacks):
        self.emu = emu
        self.me = me
        self.log = []
        self.lab = Lab(
            me, *settings, flags=flags | ERL_DRV_FLAG_USE_PORT_LOCKING,
            output=lambda d, buf: self.log.append(bytes(buf)), **callbacks,
        )  # fmt: skip
        self.port = self.open_apart(self.lab)

    def open_apart(self, lab):
        """Open a port of this process's whose tasks are scheduler 2's, which may block while this one goes on."""

        async def opener(process):
            port = await process.open_port(("spawn_driver", lab.driver_class.driver_name), ["binary"])
            await process.port_connect(port, self.me.pid)
            await process.unlink(port)
            return port

        lab.port = self.emu.run(opener, scheduler=2)
        return lab.port

    def hold(self, milliseconds, then):
        """Have scheduler 2 execute control for a time, and do *then* at its end."""

        def job(driver):
            erl_drv_sleep(milliseconds)
            then(driver)

        async def holder(process):
            self.lab._job = job
            await process.port_control(self.port, 0, b"")

        self.emu.spawn(holder, scheduler=2)
        self.me.sleep(0.005)

    def does(self, action, name=None):
        """Let a new process do *action*, log ``(name, result)`` at its end, and stay alive."""

        async def run(process):
            process.trap_exit = True
            try:
                result = await action(process)
            except ErlangError as error:
                result = error.reason.name
            if name is not None:
                self.log.append((name, result))
            await process.receive()

        process = self.emu.spawn(run, scheduler=1)
        self.me.sleep(0.001)
        return process

    def sends(self, text, name=None, **options):
        message = (self.me.pid, (COMMAND, text))
        return self.does(lambda process: process.send(self.port, message, **options), name)

    def commands(self, text, name=None, **options):
        return self.does(lambda process: process.port_command(self.port, text, **options), name)


def scene(**options):
    """Run a test with two schedulers, where nobody moves."""

    def wrap(test):
        def run():
            with (
                Emulator(threads="simulated", schedulers=2, work_stealing=False) as emu,
                emu.attach(trap_exit=True) as me,
            ):
                test(Scene(emu, me, **options))

        run.__name__ = test.__name__
        run.__doc__ = test.__doc__
        return run

    return wrap


# --- set_busy_port ---


@proves("set_busy_port")
@scene()
def test_commands_wait_and_everything_else_goes_through(s):
    busy(s.lab, 1)
    s.commands(b"1", "command")
    s.sends(b"2", "send")
    s.sends(b"3", "nosuspend", nosuspend=True)
    s.commands(b"4", "no", nosuspend=True)
    s.commands(b"5", "force", force=True)
    assert s.log == [("nosuspend", False), ("no", False), ("force", "notsup")]
    assert s.me.port_info(s.port, "output") == (Atom("output"), 0)
    s.log.clear()
    busy(s.lab, 0)
    s.me.sleep(0.01)
    assert sorted(map(repr, s.log)) == sorted(
        map(repr, [b"1", b"2", ("command", True), ("send", (s.me.pid, (COMMAND, b"2")))])
    )


@proves("set_busy_port")
@scene()
def test_busy_is_a_flag_and_does_not_concern_the_command_that_sets_it(s):
    s.lab.driver_class.output = lambda d, buf: (s.log.append(bytes(buf)), set_busy_port(d.port, 1))
    lab = Lab(s.me, name="again", output=s.lab.driver_class.output)
    assert s.me.port_command(lab.port, b"a") is True
    lab.run(lambda d: set_busy_port(d.port, 5))
    lab.run(lambda d: set_busy_port(d.port, 0))
    assert s.me.port_command(lab.port, b"b") is True
    assert s.me.port_command(lab.port, b"c", nosuspend=True) is False
    assert s.log == [b"a", b"b"]


@proves("S23", "set_busy_port")
@scene()
def test_who_has_waited_longest_goes_last(s):
    busy(s.lab, 1)
    for number in range(1, 6):
        s.commands(b"%d" % number)
    busy(s.lab, 0)
    s.me.sleep(0.01)
    assert s.log == [b"2", b"3", b"4", b"5", b"1"]


@proves("set_busy_port")
@scene()
def test_each_resumed_sender_starts_anew(s):
    s.lab.driver_class.output = None
    lab = Lab(
        s.me, name="one_at_a_time",
        output=lambda d, buf: (s.log.append(bytes(buf)), set_busy_port(d.port, 1)),
    )  # fmt: skip
    s.port = lab.port
    busy(lab, 1)
    for number in range(1, 4):
        s.commands(b"%d" % number)
    for expected in ([b"2"], [b"2", b"1"], [b"2", b"1", b"3"]):
        busy(lab, 0)
        s.me.sleep(0.01)
        assert s.log == expected


@proves("set_busy_port")
@scene(flags=ERL_DRV_FLAG_SOFT_BUSY)
def test_a_soft_busy_driver_may_be_forced(s):
    busy(s.lab, 1)
    assert s.me.port_command(s.port, b"forced", force=True) is True
    assert s.me.port_command(s.port, b"too", force=True, nosuspend=True) is True
    assert s.me.port_command(s.port, b"not", nosuspend=True) is False
    assert s.log == [b"forced", b"too"]


@proves("set_busy_port")
@scene()
def test_senders_to_a_port_that_dies_are_let_go(s):
    busy(s.lab, 1)
    s.commands(b"1", "command")
    s.sends(b"2", "send")
    s.me.exit_signal(s.port, "over")
    s.me.sleep(0.01)
    assert s.log == [("send", (s.me.pid, (COMMAND, b"2"))), ("command", "badarg")]  # the first one last, as ever


@proves("set_busy_port")
@scene()
def test_a_suspended_sender_may_be_killed_and_has_sent_nothing(s):
    busy(s.lab, 1)
    victim = s.commands(b"1")
    s.me.exit_signal(victim.pid, "kill")
    s.me.sleep(0.01)
    assert not victim.is_alive
    busy(s.lab, 0)
    s.me.sleep(0.01)
    assert s.log == []


@proves("set_busy_port", "S10")
@scene()
def test_a_lingering_port_that_gets_busy_suspends_before_it_refuses(s):
    s.lab.run(lambda d: driver_enq(d.port, b"x"))
    s.me.port_close(s.port)
    with pytest.raises(Badarg):
        s.me.port_command(s.port, b"x")
    busy(s.lab, 1)
    s.commands(b"1", "command")
    s.me.sleep(0.01)
    assert s.log == []
    s.lab.run(lambda d: driver_deq(d.port, 1))
    s.me.sleep(0.01)
    assert s.log == [("command", "badarg")]


# --- queued commands of a port that gets busy ---


@proves("set_busy_port")
@scene(flags=ERL_DRV_FLAG_SOFT_BUSY)
def test_queued_commands_are_held_with_what_their_senders_ask_for_after_them(s):
    s.hold(20, lambda d: set_busy_port(d.port, 1))

    async def held(process):
        await process.send(s.port, (s.me.pid, (COMMAND, b"held")))
        return (await process.port_info(s.port, "output"))[1]

    async def forced(process):
        await process.send(s.port, (s.me.pid, (COMMAND, b"held too")))
        return await process.port_command(s.port, b"forced late", force=True)

    s.does(held, "info of the sender")
    s.does(lambda process: process.port_info(s.port, "output"), "info of another")
    s.commands(b"refused", "nosuspend command", nosuspend=True)
    s.sends(b"sent", "nosuspend send", nosuspend=True)
    s.does(forced, "forced")
    s.commands(b"forced", "force", force=True)
    assert [entry[0] for entry in s.log] == ["nosuspend send"]
    s.me.sleep(0.05)
    now = [("info of another", (Atom("output"), 0)), ("nosuspend command", False), ("force", True)]
    assert [entry for entry in s.log if entry in now] == [now[1], now[0], now[2]]
    assert [entry for entry in s.log if isinstance(entry, bytes)] == [b"sent", b"forced"]
    s.log.clear()
    busy(s.lab, 0)
    s.me.sleep(0.01)
    assert [entry for entry in s.log if isinstance(entry, bytes)] == [b"held", b"held too", b"forced late"]
    assert ("info of the sender", len(b"sentforcedheld")) in s.log
    assert ("forced", True) in s.log


@proves("set_busy_port")
@scene(flags=ERL_DRV_FLAG_SOFT_BUSY)
def test_what_waits_behind_a_held_command_stands_right_behind_it(s):
    async def first(process):
        await process.send(s.port, (s.me.pid, (COMMAND, b"a1")))
        await process.sleep(0.004)
        return await process.port_command(s.port, b"a2", force=True)

    s.hold(20, lambda d: set_busy_port(d.port, 1))
    s.does(first)
    s.sends(b"b1")
    s.me.sleep(0.05)
    assert s.log == []
    busy(s.lab, 0)
    s.me.sleep(0.01)
    assert s.log == [b"a1", b"a2", b"b1"]


@proves("set_busy_port")
@scene()
def test_an_owners_death_waits_behind_its_held_command(s):
    async def owner(process):
        port = s.port
        await process.port_connect(port, process.pid)
        await process.receive()
        await process.send(port, (process.pid, (COMMAND, b"held")))

    pid = s.me.spawn(owner)
    s.me.sleep(0.001)
    s.me.unlink(s.port)
    s.hold(20, lambda d: set_busy_port(d.port, 1))
    s.me.send(pid, "go")
    s.me.sleep(0.05)
    assert s.log == []
    assert s.port in s.me.ports()
    assert s.emu.processes.get(pid) is None
    busy(s.lab, 0)
    s.me.sleep(0.01)
    assert s.log == [b"held"]
    assert s.port not in s.me.ports()


@proves("set_busy_port")
@scene(timeout=lambda d: set_busy_port(d.port, 0), ready_async=lambda d, data: set_busy_port(d.port, 0))
def test_held_commands_run_when_a_task_unbusies_but_ready_async_is_none(s):
    """As ``erl`` has it: nobody schedules the port until something else happens to it."""
    for unbusy, expected in (
        (lambda d: driver_set_timer(d.port, 5), [b"held"]),
        (lambda d: driver_async(d.port, None, lambda _: erl_drv_sleep(5), None, None), []),
    ):
        s.log.clear()
        s.hold(20, lambda d, unbusy=unbusy: (set_busy_port(d.port, 1), unbusy(d)))
        s.sends(b"held")
        s.me.sleep(0.05)
        assert s.log == expected
    s.me.port_info(s.port, "input")
    assert s.log == [b"held"]


@proves("set_busy_port")
@scene()
def test_a_held_command_of_a_port_that_dies_is_dropped_or_badarg(s):
    s.hold(20, lambda d: set_busy_port(d.port, 1))
    s.commands(b"1", "command")
    s.sends(b"2", "send")
    s.me.sleep(0.05)
    s.log.clear()
    s.me.exit_signal(s.port, "kill")
    s.me.sleep(0.01)
    assert s.log == [("command", "badarg")]


@proves("set_busy_port")
@everywhere
def test_nothing_is_lost_or_doubled_however_busy_the_port_is(run):
    def scenario(emu):
        count = 4
        log, finished = [], []

        def output(driver, buf):
            log.append(int(buf))
            set_busy_port(driver.port, 1)
            driver_set_timer(driver.port, 0)

        async def sender(process, first):
            for number in range(first, first + count):
                if number % 2:
                    await process.port_command(lab.port, b"%d" % number)
                else:
                    await process.send(lab.port, (me.pid, (COMMAND, b"%d" % number)))
            finished.append(first)
            await process.receive()

        with emu.attach(trap_exit=True) as me:
            lab = Lab(
                me, flags=ERL_DRV_FLAG_USE_PORT_LOCKING, output=output, timeout=lambda d: set_busy_port(d.port, 0)
            )
            for index, first in enumerate((0, 100, 200)):
                emu.spawn(sender, first, scheduler=index % 2 + 1)
            while len(finished) < 3 or len(log) < 3 * count:
                me.sleep(0.001)
            for first in (0, 100, 200):
                assert [number for number in log if first <= number < first + 100] == [*range(first, first + count)]
            assert len(log) == 3 * count

    run(scenario, schedulers=2, **schedules(run, 60))


# --- the message queue's limits ---

FRESH = [
    ((0, 0), (4096, 8192)),
    ((100, 50), (50, 50)),
    ((60, 0), (60, 60)),
    ((0, 70), (60, 70)),
    ((0, 10), (10, 10)),
    ((99, None), (99, None)),
    ((0, 0), (99, 99)),
    ((None, 200), (None, 200)),
    ((1, ERL_DRV_BUSY_MSGQ_LIM_MAX), (1, ERL_DRV_BUSY_MSGQ_LIM_MAX)),
    ((1, -2), (1, ERL_DRV_BUSY_MSGQ_LIM_MAX)),
    ((DISABLED, 0), (DISABLED, 0)),
    ((0, 0), (DISABLED, DISABLED)),
    ((5, 6), (DISABLED, DISABLED)),
]
OTHER = [
    ((100, 50), (50, 50)), ((10, 0), (10, 50)), ((0, 5), (5, 5)), ((200, 300), (200, 300)), ((400, 0), (400, 400)),
    ((0, -1), (0, DISABLED)), ((0, 0), (DISABLED, DISABLED)),
]  # fmt: skip


def limits(driver, low, high):
    pointers = [None if limit is None else Pointer(limit) for limit in (low, high)]
    assert erl_drv_busy_msgq_limits(driver.port, *pointers) is None
    return tuple(None if pointer is None else pointer.value for pointer in pointers)


@proves("erl_drv_busy_msgq_limits", "S25")
@pytest.mark.parametrize("sequence", [FRESH, OTHER])
def test_the_limits_in_one_ports_life(me, sequence):
    lab = Lab(me)
    for given, written in sequence:
        assert lab.run(lambda d, given=given: limits(d, *given)) == written


@proves("erl_drv_busy_msgq_limits")
@pytest.mark.parametrize(
    ("setting", "shown"),
    [
        ((10, 20), (10, 20)),
        ((30, 20), (20, 20)),
        ("disabled", (DISABLED, DISABLED)),
    ],
)
def test_open_ports_option_sets_them_before_start(me, setting, shown):
    seen = []
    lab = Lab(me, start=lambda d: seen.append(limits(d, 0, 0)))
    lab.open(("busy_limits_msgq", setting))
    assert seen == [(4096, 8192), shown]


@proves("erl_drv_busy_msgq_limits")
def test_a_driver_may_have_none(me):
    lab = Lab(me, flags=ERL_DRV_FLAG_NO_BUSY_MSGQ)
    assert lab.run(lambda d: limits(d, 0, 0)) == (DISABLED, DISABLED)
    with pytest.raises(Badarg):
        lab.open(("busy_limits_msgq", (1, 2)))
    assert lab.open(("busy_limits_msgq", "disabled")) in me.ports()


@proves("erl_drv_busy_msgq_limits")
def test_a_dead_port_has_none(me):
    low, high = Pointer(1), Pointer(2)
    erl_drv_busy_msgq_limits(INVALID_PORT, low, high)
    assert (low.value, high.value) == (DISABLED, DISABLED)


@proves("S24", "erl_drv_busy_msgq_limits")
@pytest.mark.parametrize(
    ("sizes", "waits"), [((8192,), False), ((8192, 1), True), ((2000,) * 5, True), ((2000,) * 4, False)]
)
def test_more_bytes_than_the_high_limit_make_the_next_sender_wait(sizes, waits):
    @scene()
    def run(s):
        s.hold(20, lambda d: None)
        for size in sizes:
            s.sends(b"x" * size)
        s.sends(b"", "nosuspend", nosuspend=True)
        accepted = ("nosuspend", (s.me.pid, (COMMAND, b"")))
        assert s.log == [("nosuspend", False) if waits else accepted]
        s.sends(b"y", "waiting")
        assert [entry[0] for entry in s.log].count("waiting") == (not waits)
        s.me.sleep(0.05)
        assert s.log.count(b"y") == 1

    run()


@proves("S24", "erl_drv_busy_msgq_limits")
@pytest.mark.parametrize(("low", "moment"), [(7, 20), (6, 30 + 10)])
def test_fewer_bytes_than_the_low_limit_let_senders_go_on(low, moment):
    """Three commands of 6 bytes take 10 ms each: when the second one ends, 6 bytes are left.

    After the third the port is free, and the sender executes its command itself.
    """

    @scene()
    def run(s):
        def output(driver, buf):
            begun.append(s.emu.layer.monotonic())
            erl_drv_sleep(10)

        async def late(process):
            await process.send(s.port, (s.me.pid, (COMMAND, b"late")))
            resumed.append(s.emu.layer.monotonic())

        begun, resumed = [], []
        lab = Lab(s.me, name="slow", flags=ERL_DRV_FLAG_USE_PORT_LOCKING, output=output)
        s.lab, s.port = lab, s.open_apart(lab)
        lab.run(lambda d: limits(d, low, 12))
        s.hold(20, lambda d: None)
        for text in (b"111111", b"222222", b"333333"):
            s.sends(text)
        s.does(late)
        s.me.sleep(0.1)
        assert len(begun) == 4
        assert (resumed[0] - begun[0]) // 1_000_000 == moment

    run()


@proves("erl_drv_busy_msgq_limits")
@scene()
def test_a_queue_that_is_busy_still_executes_and_other_requests_are_no_commands(s):
    s.lab.run(lambda d: limits(d, 1, 1))
    s.hold(20, lambda d: None)
    s.sends(b"22")
    s.does(lambda process: process.port_control(s.port, 1, b"x" * 100), "control")
    s.sends(b"", "empty", nosuspend=True)
    assert s.log == [("empty", False)]
    s.lab._job = lambda d: None
    s.me.sleep(0.05)
    assert s.log == [("empty", False), b"22", ("control", [])]
    assert s.me.port_command(s.port, b"free", nosuspend=True) is True


@proves("erl_drv_busy_msgq_limits")
@scene()
def test_switching_it_off_lets_senders_go_on(s):
    s.lab.run(lambda d: limits(d, 1, 1))
    s.hold(20, lambda d: limits(d, DISABLED, DISABLED))
    s.sends(b"22")
    s.sends(b"33", "waiting")
    assert s.log == []
    s.me.sleep(0.05)
    assert [entry for entry in s.log if isinstance(entry, bytes)] == [b"22", b"33"]


@proves("erl_drv_busy_msgq_limits")
@scene()
def test_higher_limits_let_senders_go_on_with_the_next_task(s):
    s.lab.run(lambda d: limits(d, 1, 1))
    s.hold(20, lambda d: limits(d, 100, 100))
    s.sends(b"22")
    s.sends(b"33", "waiting")
    s.me.sleep(0.05)
    assert [entry for entry in s.log if isinstance(entry, bytes)] == [b"22", b"33"]


@proves("erl_drv_busy_msgq_limits")
@everywhere
def test_all_bytes_arrive_in_each_senders_order_under_tight_limits(run):
    def scenario(emu):
        log, finished = [], []

        async def sender(process, name):
            for number in range(5):
                await process.send(lab.port, (me.pid, (COMMAND, b"%s%d" % (name, number))))
            finished.append(name)
            await process.receive()

        with emu.attach(trap_exit=True) as me:
            lab = Lab(
                me, ("parallelism", True), flags=ERL_DRV_FLAG_USE_PORT_LOCKING, output=lambda d, b: log.append(bytes(b))
            )
            lab.run(lambda d: limits(d, 2, 3))
            for index, name in enumerate((b"a", b"b")):
                emu.spawn(sender, name, scheduler=index + 1)
            while len(log) < 10:
                me.sleep(0.001)
            for name in (b"a", b"b"):
                assert [text for text in log if text[:1] == name] == [b"%s%d" % (name, number) for number in range(5)]

    run(scenario, schedulers=2, **schedules(run, 60))
