"""Surprises of ports, as Erlang code sees them: each test fails if the emulator does what one would guess."""

from __future__ import annotations

import pytest
from helpers import traced
from ports.parts import (
    BADSIG,
    CLOSE,
    CLOSED,
    COMMAND,
    CONNECT,
    CONNECTED,
    DATA,
    DOWN,
    EXIT,
    KILLED,
    NOPROC,
    NORMAL,
    PORT,
    driver,
    opened,
    reporter,
)  # fmt: skip

from erts_emu import Atom, Emulator
from erts_emu.driver import (
    ERL_DRV_FLAG_SOFT_BUSY,
    ERL_DRV_FLAG_USE_INIT_ACK,
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    INVALID_PORT,
    driver_caller,
    driver_create_port,
    driver_deq,
    driver_enq,
    driver_failure,
    driver_failure_atom,
    driver_output,
    driver_set_timer,
    driver_sizeq,
    erl_drv_init_ack,
    erl_drv_sleep,
    set_busy_port,
)
from erts_emu.errors import Badarg, ErlangError, Notsup, OpenPortError
from erts_emu.terms import Bitstring, ImproperList

from .rows import row

A = Atom
BUSY, FREE, HOLD, QUEUE, DRAIN = range(1, 6)
PIPED = ERL_DRV_FLAG_USE_PORT_LOCKING


def obedient(log=None, flags=PIPED, **methods):
    """A driver that echoes commands, and whose control makes it busy or free, holds its lock, or fills its queue."""

    def output(self, buf):
        if log is not None:
            log.append(buf)
        driver_output(self.port, buf)

    def control(self, command, buf):
        if command in (BUSY, FREE):
            set_busy_port(self.port, command == BUSY)
        elif command == HOLD:
            erl_drv_sleep(50)
        elif command == QUEUE:
            driver_enq(self.port, buf)
        elif command == DRAIN:
            driver_deq(self.port, driver_sizeq(self.port))
        return buf

    return driver(flags=flags, **{"output": output, "control": control, "call": lambda s, c, b: b, **methods})


def data(port, bytes_):
    return (port, (DATA, list(bytes_)))


@pytest.fixture
def two():
    """An emulator with two schedulers, the test on the first."""
    with Emulator(threads="simulated", schedulers=2, work_stealing=False) as emu:
        yield emu


def hold(emu, me, port):
    """Have somebody on scheduler 2 keep the port executing for 50 ms."""

    async def holder(process):
        await process.port_control(port, HOLD, b"")

    emu.spawn(holder, scheduler=2)
    me.sleep(0.005)


def dead_pid(emu, me):
    async def brief(process):
        pass

    process = emu.spawn(brief)
    me.wait_for(process)
    return process.pid


async def send_each(process, port, messages):
    for message in messages:
        await process.send(port, message)


# --- requests ---


@row("ports S3")
def test_an_unknown_item_is_badarg_on_a_free_a_held_and_a_lingering_port(two):
    with two.attach(trap_exit=True) as me:
        port = opened(me, obedient())
        for prepare in (lambda: None, lambda: hold(two, me, port), lambda: me.sleep(0.1)):
            prepare()
            with pytest.raises(Badarg):
                me.port_info(port, "nonsense")
        me.port_control(port, QUEUE, b"x")
        me.port_close(port)
        with pytest.raises(Badarg):
            me.port_info(port, "nonsense")
        me.port_control(port, DRAIN, b"")


@row("ports S4")
def test_a_lingering_port_serves_control_call_and_info_and_nothing_else(me):
    me.trap_exit = True
    port = opened(me, obedient())
    me.port_control(port, QUEUE, b"x")
    me.port_close(port)
    assert me.port_control(port, 0, b"ok") == list(b"ok")
    assert me.port_call(port, 0, A("ok")) == A("ok")
    assert me.port_info(port, "name") == (A("name"), list(b"test_drv"))
    for refused in (
        lambda: me.port_command(port, b""),
        lambda: me.port_close(port),
        lambda: me.port_connect(port, me.pid),
        lambda: me.port_set_data(port, 1),
        lambda: me.port_get_data(port),
    ):
        with pytest.raises(Badarg):
            refused()
    me.port_control(port, DRAIN, b"")
    with pytest.raises(Badarg):
        me.port_control(port, 0, b"")


@row("ports S14")
def test_bad_data_is_the_callers_badarg_in_a_call_and_the_owners_badsig_in_a_message(me, emu, logged):
    me.trap_exit = True
    port = opened(me, obedient())
    with pytest.raises(Badarg):
        me.port_command(port, A("foo"))
    assert me.flush() == []
    emu.run(send_each, port, [(me.pid, (COMMAND, A("foo")))])
    assert me.flush() == [(EXIT, port, BADSIG)]
    assert me.port_command(port, b"still open")


@row("ports S13")
def test_badsig_reaches_an_unlinked_owner_and_not_the_sender_and_the_port_stays(me, emu):
    me.trap_exit = True
    port = opened(me, obedient())
    me.unlink(port)

    async def sender(process):
        process.trap_exit = True
        await process.send(port, A("nonsense"))
        await process.sleep(0.001)
        return [await process.receive()] if process.messages else []

    assert emu.run(sender) == []
    assert me.flush() == [(EXIT, port, BADSIG)]
    assert me.ports() == [port]


@row("ports S16")
def test_a_stranger_waits_for_a_busy_port_before_the_owner_gets_badsig(me, emu):
    me.trap_exit = True
    port = opened(me, obedient())
    me.port_control(port, BUSY, b"")

    async def send(process):
        await process.send(port, (process.pid, (COMMAND, b"x")))

    stranger = emu.spawn(send)
    me.sleep(0.001)
    assert stranger.suspended_on is not None
    assert me.flush() == []
    me.port_control(port, FREE, b"")
    me.sleep(0.001)
    assert me.flush() == [(EXIT, port, BADSIG)]
    assert stranger.exit_reason is NORMAL


@row("ports S17")
def test_bad_data_is_looked_at_after_busy(me, emu):
    port = opened(me, obedient())
    me.port_control(port, BUSY, b"")
    outcome = []

    async def sender(process):
        try:
            await process.port_command(port, A("foo"))
        except ErlangError as error:
            outcome.append(error.reason)

    emu.spawn(sender)
    me.sleep(0.001)
    assert outcome == []
    assert me.port_command(port, A("foo"), nosuspend=True) is False
    with pytest.raises(Notsup):
        me.port_command(port, A("foo"), force=True)
    me.port_control(port, FREE, b"")
    me.sleep(0.001)
    assert outcome == [A("badarg")]


@row("ports S21")
def test_a_taken_message_is_executed_on_a_port_that_gets_busy_and_a_nosuspend_call_is_refused(two):
    log = []

    def control(self, command, buf):
        erl_drv_sleep(50)
        set_busy_port(self.port, 1)
        return b""

    answers = {}

    async def holder(process, port):
        await process.port_control(port, HOLD, b"")

    async def sender(process, port):
        answers["send"] = await process.send(port, (me.pid, (COMMAND, b"sent")), nosuspend=True)

    async def caller(process, port):
        answers["call"] = await process.port_command(port, b"called", nosuspend=True)

    with two.attach() as me:
        port = opened(me, obedient(log, control=control))
        two.spawn(holder, port, scheduler=2)
        me.sleep(0.005)
        two.spawn(sender, port, scheduler=1)
        two.spawn(caller, port, scheduler=1)
        me.sleep(0.2)
        assert answers["send"] is not False
        assert answers["call"] is False
        assert log == [b"sent"]


@row("ports S22")
def test_bits_that_fill_no_byte_are_empty_for_output_and_control_and_refused_otherwise(me, logged):
    log = []
    port = opened(me, reporter(log))
    short, long = Bitstring(b"\xe0", 3), Bitstring(b"ab\x80", 1)
    for empty in (short, [short], ["ab", short], ImproperList((b"ab",), short)):
        assert me.port_command(port, empty)
        me.send(port, (me.pid, (COMMAND, empty)))
    assert [entry[2] for entry in log] == [b""] * 4 + [b"ab"] * 4
    assert me.port_control(port, 0, short) == me.port_control(port, 0, [short]) == []
    assert me.port_control(port, 0, long) == list(b"ab")
    with pytest.raises(Badarg):
        me.port_control(port, 0, [long])
    for refused in (long, [long], ImproperList((short,), 5)):
        with pytest.raises(Badarg):
            me.port_command(port, refused)
    vector = opened(me, driver("vector_drv", outputv=lambda self, ev: pytest.fail("outputv was called")))
    for bits in (short, long):
        with pytest.raises(Badarg):
            me.port_command(vector, bits)


@row("ports S50")
def test_empty_commands_reach_the_driver(me):
    log = []
    port = opened(me, obedient(log))
    for empty in ([], b"", [[], b""]):
        me.port_command(port, empty)
        me.send(port, (me.pid, (COMMAND, empty)))
    assert log == [b""] * 6


@row("ports S51")
def test_a_message_to_a_free_port_takes_the_senders_time(two):
    with two.attach() as me:
        port = opened(me, obedient(output=lambda self, buf: erl_drv_sleep(30)))
        before = two.layer.monotonic()
        me.send(port, (me.pid, (COMMAND, b"x")))
        assert two.layer.monotonic() - before >= 30_000_000


@row("ports S44")
def test_a_forced_command_waits_behind_a_held_one_of_its_sender(two):
    log = []
    flags = ERL_DRV_FLAG_USE_PORT_LOCKING | ERL_DRV_FLAG_SOFT_BUSY

    def control(self, command, buf):
        if command == HOLD:
            erl_drv_sleep(50)
            set_busy_port(self.port, 1)
        else:
            set_busy_port(self.port, 0)
        return b""

    async def holder(process, port):
        await process.port_control(port, HOLD, b"")

    async def sender(process, port):
        await process.send(port, (me.pid, (COMMAND, b"first")))
        await process.port_command(port, b"forced", force=True)

    async def other(process, port):
        await process.port_command(port, b"other", force=True)

    with two.attach() as me:
        port = opened(me, obedient(log, flags, control=control))
        two.spawn(holder, port, scheduler=2)
        me.sleep(0.005)
        two.spawn(sender, port, scheduler=1)
        me.sleep(0.1)
        assert log == []
        me.wait_for(two.spawn(other, port, scheduler=1))
        assert log == [b"other"]
        me.port_control(port, FREE, b"")
        me.sleep(0.01)
        assert log == [b"other", b"first", b"forced"]


# --- closing ---


@row("ports S9", "ports S10")
def test_everybody_is_told_when_closing_begins_and_closed_comes_last_and_for_the_message_only(me, emu):
    me.trap_exit = True
    events = traced(emu, "driver_stop")
    cls = obedient(timeout=lambda self: driver_failure_atom(self.port, "normal"), stop=lambda self: None)
    port = opened(me, cls)
    reference = me.monitor(port)
    me.port_control(port, QUEUE, b"x")
    me.send(port, (me.pid, CLOSE))
    assert me.flush() == [(EXIT, port, NORMAL), (DOWN, reference, PORT, port, NORMAL)]
    assert me.ports() == [port]
    assert not events
    me.port_control(port, DRAIN, b"")
    assert me.flush() == [(port, CLOSED)]
    assert len(events) == 1
    for close in (me.port_close, lambda port: me.exit_signal(port, "normal"), lambda port: fail(me, port)):
        port = opened(me, cls)
        close(port)
        me.sleep(0.01)
        assert me.flush() == [(EXIT, port, NORMAL)]


def fail(me, port):
    """Have the port's timer fire."""
    me.emu.ports.lookup(port).set_timer(0)


@row("ports S41")
def test_a_lingering_port_that_gets_busy_makes_callers_wait_where_they_were_refused(me, emu):
    me.trap_exit = True
    port = opened(me, obedient())
    me.port_control(port, QUEUE, b"x")
    me.port_close(port)
    with pytest.raises(Badarg):
        me.port_command(port, b"")
    me.port_control(port, BUSY, b"")

    async def caller(process):
        await process.port_command(port, b"")

    process = emu.spawn(caller)
    me.sleep(0.001)
    assert process.suspended_on is not None
    me.port_control(port, DRAIN, b"")


@row("ports S25", "ports S27")
def test_failing_with_0_is_the_end_of_file_and_failing_throws_the_queue_away(me, emu):
    me.trap_exit = True
    events = traced(emu, "driver_flush", "driver_stop")

    def control(self, command, buf):
        driver_enq(self.port, b"queued")
        driver_failure(self.port, command)
        return b""

    def drain(self):
        driver_deq(self.port, driver_sizeq(self.port))

    callbacks = {"control": control, "flush": drain, "stop": lambda self: None}
    soft = opened(me, driver("soft_drv", **callbacks), "eof")
    me.port_control(soft, 0, b"")
    assert me.flush() == [(soft, A("eof"))]
    hard = opened(me, driver("hard_drv", **callbacks))
    me.port_control(hard, 0, b"")
    assert me.flush() == [(EXIT, hard, NORMAL)]
    assert [name for name, _ in events] == ["driver_stop"]
    me.port_close(soft)
    assert [name for name, _ in events] == ["driver_stop", "driver_flush", "driver_stop"]


@row("ports S26")
def test_kill_becomes_killed_for_everybody_else(me):
    me.trap_exit = True
    killed = opened(me, obedient())
    me.exit_signal(killed, "kill")
    cls = driver("failing_drv", control=lambda self, c, b: (driver_failure_atom(self.port, "kill"), b"")[1])
    failed = opened(me, cls)
    reference = me.monitor(failed)
    me.port_control(failed, 0, b"")
    assert me.flush() == [(EXIT, killed, KILLED), (EXIT, failed, KILLED), (DOWN, reference, PORT, failed, KILLED)]


@row("ports S28")
def test_data_sent_from_stop_comes_after_the_exit(me):
    me.trap_exit = True
    port = opened(me, driver(stop=lambda self: driver_output(self.port, b"last")))
    me.port_close(port)
    assert me.flush() == [(EXIT, port, NORMAL), data(port, b"last")]


# --- owners, links, monitors, names ---


@row("ports S11")
def test_only_the_message_gives_a_port_to_a_dead_process(me, emu):
    me.trap_exit = True
    port = opened(me, obedient())
    dead = dead_pid(emu, me)
    with pytest.raises(Badarg):
        me.port_connect(port, dead)
    me.send(port, (me.pid, (CONNECT, dead)))
    assert me.flush() == [(port, CONNECTED)]
    me.port_command(port, b"lost")
    me.send(port, A("nonsense"))
    assert me.flush() == []
    assert me.port_info(port, "connected") == (A("connected"), dead)


@row("ports S12")
def test_an_owner_by_message_is_not_linked_and_the_old_one_still_is(me, emu):
    async def heir(process):
        await process.receive("end")
        process.exit_now("boom")

    async def first(process):
        ports.append(await process.open_port(("spawn_driver", "test_drv")))
        await process.send(ports[-1], (process.pid, (CONNECT, heirs[-1].pid)))
        await process.receive("end")
        process.exit_now("boom")

    ports, heirs, firsts = [], [], []
    me.erl_ddll.load(obedient(), "test_drv")
    for ends, survives in ((heirs, True), (firsts, False)):
        heirs.append(emu.spawn(heir))
        firsts.append(emu.spawn(first))
        me.sleep(0.001)
        me.send(ends[-1].pid, "end")
        me.sleep(0.001)
        assert (ports[-1] in me.ports()) == survives


@row("ports S23")
def test_linking_a_dead_port_raises_or_sends(me):
    port = opened(me, obedient())
    me.port_close(port)
    with pytest.raises(ErlangError) as caught:
        me.link(port)
    assert caught.value.reason == NOPROC
    me.trap_exit = True
    assert me.link(port) is True
    assert me.flush() == [(EXIT, port, NOPROC)]


@row("ports S40")
def test_a_port_without_a_name_has_an_empty_list_as_name(me):
    port = opened(me, obedient())
    assert me.port_info(port, "registered_name") == []
    me.register("fred", port)
    assert me.port_info(port, "registered_name") == (A("registered_name"), A("fred"))


@row("ports S48")
def test_a_normal_end_of_the_owner_closes_a_linked_port_and_no_death_an_unlinked_one(me, emu):
    ports = []

    async def owner(process, linked, reason):
        ports.append(await process.open_port(("spawn_driver", "test_drv")))
        if not linked:
            await process.unlink(ports[-1])
        process.exit_now(reason)

    me.erl_ddll.load(obedient(), "test_drv")
    for linked, reason in ((True, "normal"), (False, "normal"), (False, "boom"), (False, "kill")):
        me.wait_for(emu.spawn(owner, linked, reason))
        me.sleep(0.001)
        assert (ports[-1] in me.ports()) == (not linked)


@row("ports S52")
def test_a_monitor_by_name_stays_with_the_port_that_had_the_name(me):
    me.trap_exit = True
    cls = obedient()
    first, second = opened(me, cls), opened(me, cls)
    me.register("fred", first)
    reference = me.monitor(A("fred"), kind="port")
    me.unregister("fred")
    me.register("fred", second)
    me.port_close(second)
    me.receive((EXIT, second, NORMAL))
    assert me.flush() == []
    me.port_close(first)
    me.receive((EXIT, first, NORMAL))
    assert me.flush() == [(DOWN, reference, PORT, (A("fred"), A("nonode@nohost")), NORMAL)]


# --- opening ---


@row("ports S32")
def test_a_name_ends_at_a_space_only_and_a_zero_byte_is_for_binaries(me):
    commands = []
    me.erl_ddll.load(driver(start=lambda self, command: commands.append(command)), "test_drv")
    me.open_port(("spawn_driver", b"test_drv \0x\ty"))
    me.open_port(("spawn_driver", "test_drv x\ty"))
    assert commands == ["test_drv ", "test_drv x\ty"]
    for refused in (b"test_drv\tx", "test_drv\tx", [*b"test_drv x", 0], [b"test_drv"]):
        with pytest.raises(Badarg):
            me.open_port(("spawn_driver", refused))


@row("ports S43")
def test_stop_follows_a_failed_init_ack_but_not_a_failed_start(me, emu):
    stops = []
    cls = driver("start_drv", start=lambda self, command: -1, stop=lambda self: stops.append("start"))
    echo = obedient()
    before = opened(me, echo)
    with pytest.raises(OpenPortError):
        opened(me, cls)
    assert stops == []
    assert opened(me, echo).number == before.number + 2

    def start(self, command):
        driver_set_timer(self.port, 1)

    acking = driver(
        "ack_drv", ERL_DRV_FLAG_USE_INIT_ACK, start=start, timeout=lambda self: erl_drv_init_ack(self.port, -1),
        stop=lambda self: stops.append("ack"),
    )  # fmt: skip
    with pytest.raises(OpenPortError):
        opened(me, acking)
    assert stops == ["ack"]


@row("ports S47")
def test_a_ports_child_has_its_parallelism_but_neither_its_format_nor_its_end(me):
    children = []

    def control(self, command, buf):
        child = driver_create_port(self.port, driver_caller(self.port), "child", object())
        assert child is not INVALID_PORT
        children.append(child)
        driver_output(child, b"a\nb")
        return b""

    cls = driver(flags=PIPED, control=control)
    port = opened(me, cls, "binary", ("line", 10), (A("parallelism"), True))
    me.port_control(port, 0, b"")
    child, (_, sent) = me.receive()
    assert sent == list(b"a\nb")
    assert me.port_info(child, "parallelism") == (A("parallelism"), A("true"))
    me.port_close(port)
    assert me.ports() == [child]


@row("ports S49")
def test_only_kill_ports_ends_ports_and_refuses_new_ones(me):
    me.trap_exit = True
    port = opened(me, obedient())
    me.erl_ddll.try_unload("test_drv")
    other = me.open_port(("spawn_driver", "test_drv"))
    assert me.flush() == []
    assert me.ports() == [port, other]
    me.erl_ddll.try_unload("test_drv", ["kill_ports"])
    unloaded = A("driver_unloaded")
    assert me.flush() == [(EXIT, port, unloaded), (EXIT, other, unloaded)]
    with pytest.raises(Badarg):
        me.open_port(("spawn_driver", "test_drv"))
