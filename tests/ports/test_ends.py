"""How ports end: reasons, links, monitors, lingering, halt (ports.md §2, §4.6)."""

import pytest
from helpers import everywhere, simulated, traced

from erts_emu import ANY, Atom, Emulator
from erts_emu.driver import (
    Driver,
    Pointer,
    driver_deq,
    driver_enq,
    driver_exit,
    driver_failure,
    driver_failure_atom,
    driver_failure_eof,
    driver_failure_posix,
    driver_output,
    driver_read_timer,
    driver_set_timer,
    driver_sizeq,
    set_busy_port,
)
from erts_emu.emulator import HaltIncomplete
from erts_emu.errors import Badarg, ProcessExited

from .parts import (
    CLOSE,
    CLOSED,
    COMMAND,
    CONNECT,
    CONNECTED,
    DATA,
    DOWN,
    EXIT,
    KILLED,
    NORMAL,
    PORT,
    PROCESS,
    driver,
    few,
    opened,
)

A = Atom
BOOM = A("boom")

DRIVER_ENDS = {
    "atom": (lambda port: driver_failure_atom(port, "boom"), BOOM),
    "atom normal": (lambda port: driver_failure_atom(port, "normal"), NORMAL),
    "atom kill": (lambda port: driver_failure_atom(port, "kill"), KILLED),
    "integer": (lambda port: driver_failure(port, 5), 5),
    "negative": (lambda port: driver_failure(port, -1), -1),
    "zero": (lambda port: driver_failure(port, 0), NORMAL),
    "eof": (lambda port: driver_failure_eof(port), NORMAL),
    "errno": (lambda port: driver_failure_posix(port, 2), A("enoent")),
    "no errno": (lambda port: driver_failure_posix(port, 9999), A("unknown")),
    "exit": (lambda port: driver_exit(port, 0), NORMAL),
    "exit errno": (lambda port: driver_exit(port, 2), A("enoent")),
}


async def watcher(process, port, log, link):
    """Watch a port by link or monitor; the first message goes into *log*."""
    await (process.link(port) if link else process.monitor(port))
    log.append("ready")
    log.append(await process.receive())


@pytest.mark.parametrize("end", DRIVER_ENDS)
@everywhere
def test_the_driver_ends_its_port(run, end):
    """Links and monitors get the reason; after ``driver_exit`` the owner gets nothing."""
    act, reason = DRIVER_ENDS[end]

    def scenario(emu):
        stops = []

        def control(self, command, buf):
            driver_enq(self.port, b"queued data is thrown away")
            act(self.port)
            stops.append("after")
            assert driver_output(self.port, b"lost") == -1
            return b"the reply still counts"

        with emu.attach(trap_exit=True) as me:
            port = opened(me, driver(control=control, stop=lambda self: stops.append("stop"), flush=stops.append))
            linked, monitoring = [], []
            for log, link in ((linked, True), (monitoring, False)):
                emu.spawn(watcher, port, log, link, trap_exit=True)
            while not (linked and monitoring):
                me.sleep(0.001)
            assert me.port_control(port, 0, b"") == list(b"the reply still counts")
            assert stops == ["stop", "after"]
            if not end.startswith("exit"):
                assert me.receive(timeout=0) == (EXIT, port, reason)
            assert me.flush() == []
            while not (len(linked) == len(monitoring) == 2):
                me.sleep(0.001)
            assert linked[1] == (EXIT, port, reason)
            assert monitoring[1][0] is DOWN
            assert monitoring[1][2:] == (PORT, port, reason)
            assert me.ports() == []

    run(scenario, **few(run, 10))


@pytest.mark.parametrize("reason", [BOOM, NORMAL, A("kill"), (A("a"), 1), 2**80])
@everywhere
def test_exit_signals_close_a_port_whatever_the_reason(run, reason):
    """Normal included, from anybody; kill becomes killed."""

    def scenario(emu):
        async def stranger(process, port):
            await process.exit_signal(port, reason)

        with emu.attach(trap_exit=True) as me:
            port = opened(me, driver())
            reference = me.monitor(port)
            emu.run(stranger, port)
            seen = KILLED if reason is A("kill") else reason
            kind = PORT if isinstance(reason, Atom) else PROCESS
            assert me.receive() == (EXIT, port, seen)
            assert me.receive() == (DOWN, reference, kind, port, seen)
            assert me.ports() == []

    run(scenario, **few(run))


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (A("a"), PORT),
        (7, PORT),
        (2**59 - 1, PORT),
        (-(2**59), PORT),
        ([], PORT),
        (2**59, PROCESS),
        (-(2**59) - 1, PROCESS),
        ((), PROCESS),
        ([1], PROCESS),
        (b"", PROCESS),
        (1.0, PROCESS),
        ({}, PROCESS),
    ],
    ids=repr,
)
def test_a_down_message_says_process_where_the_reason_is_no_immediate_term(reason, kind, me):
    """A surprise of ERTS's (ports.md §7, S2)."""
    port = opened(me, driver())
    me.unlink(port)
    reference = me.monitor(port)
    me.exit_signal(port, reason)
    assert me.receive() == (DOWN, reference, kind, port, reason)


OWNERS_END = [
    # linked, reason: how the port ends, or None if it goes on
    (True, NORMAL, NORMAL),
    (True, BOOM, BOOM),
    (True, A("kill"), KILLED),
    (False, NORMAL, None),
    (False, BOOM, None),
]


@pytest.mark.parametrize(("linked", "reason", "ends"), OWNERS_END)
@everywhere
def test_the_end_of_the_owner(run, linked, reason, ends):
    def scenario(emu):
        ports = []

        async def owner(process):
            ports.append(await process.open_port(("spawn_driver", "test_drv")))
            if not linked:
                await process.unlink(ports[0])
            await process.receive("go")
            process.exit_now(reason)

        with emu.attach() as me:
            me.erl_ddll.load(driver(output=lambda self, buf: driver_output(self.port, buf)), "test_drv")
            process = emu.spawn(owner)
            while not ports:
                me.sleep(0.001)
            port = ports[0]
            reference = me.monitor(port)
            me.send(process.pid, "go")
            me.wait_for(process)
            if ends is not None:
                assert me.receive(timeout=5.0) == (DOWN, reference, PORT, port, ends)
                assert me.ports() == []
                return
            me.sleep(0.01)
            assert me.ports() == [port]
            assert me.port_info(port, "connected") == (A("connected"), process.pid)
            assert me.port_command(port, b"nobody gets this")
            assert me.flush() == []
            me.port_connect(port, me.pid)
            me.port_command(port, b"adopted")
            assert me.receive() == (port, (DATA, list(b"adopted")))
            me.demonitor(reference)
            me.unlink(port)
            me.port_close(port)

    run(scenario, **few(run))


@pytest.mark.parametrize("reason", [NORMAL, BOOM])
@everywhere
def test_the_end_of_another_linked_process(run, reason):
    """Only a broken link of a stranger's with reason normal is ignored."""

    def scenario(emu):
        async def linked(process, port):
            await process.link(port)
            process.exit_now(reason)

        with emu.attach(trap_exit=True) as me:
            port = opened(me, driver())
            me.wait_for(emu.spawn(linked, port))
            if reason is BOOM:
                assert me.receive(timeout=5.0) == (EXIT, port, BOOM)
            else:
                me.sleep(0.01)
                assert me.ports() == [port]
                assert me.port_info(port, "links") == (A("links"), [me.pid])

    run(scenario, **few(run))


@everywhere
def test_a_caller_that_does_not_trap_exits_dies_before_its_request_returns(run):
    def scenario(emu):
        seen = []

        async def caller(process):
            port = await process.open_port(("spawn_driver", "test_drv"))
            seen.append(await process.port_control(port, 0, b""))

        with emu.attach() as me:
            me.erl_ddll.load(
                driver(control=lambda self, c, b: (driver_failure_atom(self.port, "boom"), b"")[1]), "test_drv"
            )
            process = emu.spawn(caller)
            me.wait_for(process)
            assert process.exit_reason == BOOM
            assert seen == []

    run(scenario, **few(run))


def test_an_attached_caller_learns_that_it_is_dead(emu):
    me = emu.attach()
    port = opened(me, driver(control=lambda self, command, buf: (driver_failure_atom(self.port, "boom"), b"")[1]))
    with pytest.raises(ProcessExited, match="boom"):
        me.port_control(port, 0, b"")
    with pytest.raises(ProcessExited):
        me.ports()


@everywhere
def test_connecting(run):
    """port_connect links the new owner and tells nobody; the message tells the old owner and links nobody."""

    def scenario(emu):
        inboxes = {}

        async def heir(process, name):
            inboxes[name] = (process.pid, inbox := [])
            while True:
                inbox.append(await process.receive())

        with emu.attach(trap_exit=True) as me:
            port = opened(me, driver(output=lambda self, buf: driver_output(self.port, buf)), "binary")
            for name in ("by bif", "by message"):
                emu.spawn(heir, name)
            while len(inboxes) < 2:
                me.sleep(0.001)
            first, second = inboxes["by bif"][0], inboxes["by message"][0]
            assert me.port_connect(port, first)
            assert set(me.port_info(port, "links")[1]) == {me.pid, first}
            me.port_command(port, b"1")
            me.send(port, (first, (CONNECT, second)))
            me.port_command(port, b"2")
            assert me.port_info(port, "connected")[1] == second
            assert set(me.port_info(port, "links")[1]) == {me.pid, first}
            me.sleep(0.01)
            assert inboxes["by bif"][1] == [(port, (DATA, b"1")), (port, CONNECTED)]
            assert inboxes["by message"][1] == [(port, (DATA, b"2"))]
            for wrong in (A("name"), port, 5, None):
                with pytest.raises(Badarg):
                    me.port_connect(port, wrong)

    run(scenario, **few(run))


def test_a_port_given_to_a_dead_process_sends_into_the_void(me, emu):
    """By message, that is accepted, and bad signals hit nobody from then on; port_connect refuses."""

    async def brief(process):
        pass

    dead = emu.spawn(brief)
    me.wait_for(dead)
    me.trap_exit = True
    port = opened(me, driver(output=lambda self, buf: driver_output(self.port, buf)))
    with pytest.raises(Badarg):
        me.port_connect(port, dead.pid)
    me.send(port, (me.pid, (CONNECT, dead.pid)))
    assert me.receive() == (port, CONNECTED)
    me.port_command(port, b"lost")
    me.send(port, A("garbage"))
    assert me.flush() == []
    assert me.ports() == [port]
    assert dead.messages == type(dead.messages)()


# --- lingering ---


class Draining(Driver):
    """Empties its queue two bytes at a time, every 5 ms, once it is flushed."""

    driver_name = "test_drv"

    def output(self, buf):
        driver_enq(self.port, buf)

    def control(self, command, buf):
        driver_output(self.port, b"lost while lingering")
        return b"%d" % driver_sizeq(self.port)

    def flush(self):
        driver_set_timer(self.port, 5)

    def timeout(self):
        driver_deq(self.port, 2)
        driver_set_timer(self.port, 5)

    def stop(self):
        """Is called in the end."""


WAYS = {
    "port_close": (lambda me, port: me.port_close(port), NORMAL, False),
    "close message": (lambda me, port: me.send(port, (me.pid, CLOSE)), NORMAL, True),
    "exit": (lambda me, port: me.exit_signal(port, "boom"), BOOM, False),
}


@pytest.mark.parametrize("way", WAYS)
@everywhere
def test_a_port_lingers_until_its_queue_is_empty(run, way):
    act, reason, closed = WAYS[way]

    def scenario(emu):
        events = traced(emu, "port_exit", "driver_flush", "driver_stop", "port_terminate")
        with emu.attach(trap_exit=True) as me:
            port = opened(me, Draining, "binary")
            reference = me.monitor(port)
            me.register("name", port)
            me.port_command(port, b"abcdef")
            act(me, port)
            # Everybody has been told, but the port is there.
            assert me.receive(timeout=5.0) == (EXIT, port, reason)
            assert me.receive(timeout=5.0) == (DOWN, reference, PORT, port, reason)
            assert me.ports() == [port]
            assert me.port_info(port, "links") == (A("links"), [])
            assert me.whereis("name") is None
            assert me.port_control(port, 0, b"") in (list(b"6"), list(b"4"), list(b"2"))
            for request in (
                lambda: me.port_command(port, b"x"),
                lambda: me.port_close(port),
                lambda: me.port_connect(port, me.pid),
                lambda: me.port_set_data(port, 1),
                lambda: me.register("again", port),
            ):
                with pytest.raises(Badarg):
                    request()
            assert me.exit_signal(port, "kill"), "cannot hurry it"
            assert me.send(port, (me.pid, (COMMAND, b"lost")))
            while port in me.ports():
                me.sleep(0.001)
            assert me.flush() == ([(port, CLOSED)] if closed else [])
            names = [name for name, _ in events]
            assert names == ["port_exit", "driver_flush", "driver_stop", "port_terminate"]

    run(scenario, **few(run, 10))


@everywhere
def test_kill_does_not_flush(run):
    def scenario(emu):
        with emu.attach(trap_exit=True) as me:
            port = opened(me, Draining)
            me.port_command(port, b"abcdef")
            me.exit_signal(port, "kill")
            assert me.receive(timeout=5.0) == (EXIT, port, KILLED)
            assert me.ports() == []

    run(scenario, **few(run))


@everywhere
def test_a_queue_emptied_by_control_ends_a_lingering_port(run):
    """In whatever callback the last byte goes."""

    def scenario(emu):
        cls = driver(
            output=lambda self, buf: driver_enq(self.port, buf) and None,
            control=lambda self, command, buf: b"%d" % driver_deq(self.port, command),
        )
        with emu.attach(trap_exit=True) as me:
            port = opened(me, cls)
            me.port_command(port, b"abc")
            me.send(port, (me.pid, CLOSE))
            assert me.receive() == (EXIT, port, NORMAL)
            assert me.port_control(port, 2, b"") == list(b"1")
            assert me.ports() == [port]
            assert me.port_control(port, 1, b"") == list(b"0")
            assert me.ports() == []
            assert me.receive() == (port, CLOSED)

    run(scenario, **few(run))


def test_halt_waits_for_queues():
    """And for jobs; what nobody empties would hang erl for ever, and is reported here."""
    emu = Emulator(threads="simulated")
    me = emu.attach(trap_exit=True)
    me.port_command(opened(me, Draining), b"abcdef")
    before = emu.layer.monotonic()
    emu.halt()
    assert emu.layer.monotonic() - before >= 15_000_000
    assert len(emu.ports) == 0


def test_halt_gives_up_on_a_queue_that_nobody_empties():
    emu = Emulator(threads="simulated")
    me = emu.attach(trap_exit=True)
    port = opened(me, driver(output=lambda self, buf: driver_enq(self.port, buf) and None))
    me.port_command(port, b"stuck")
    with pytest.raises(HaltIncomplete) as caught:
        emu.halt(patience=0.5)
    assert caught.value.ports == [str(port)]
    assert emu.halted


def test_halt_without_flush_calls_nothing_more():
    emu = Emulator(threads="simulated")
    me = emu.attach(trap_exit=True)
    called = []
    port = opened(me, driver(output=lambda self, buf: driver_enq(self.port, buf) and None, stop=called.append))
    me.port_command(port, b"stuck")
    emu.halt(flush=False)
    assert called == []


@simulated
def test_suspended_senders_of_a_dying_port(run):
    """port_command raises badarg; a send returns; both at once."""

    def scenario(emu):
        outcomes = []

        async def commanding(process, port):
            try:
                await process.port_command(port, b"x")
            except Badarg:
                outcomes.append("badarg")

        async def sending(process, port, owner):
            outcomes.append(await process.send(port, (owner, (COMMAND, b"x"))))

        cls = driver(control=lambda self, command, buf: set_busy_port(self.port, 1))
        with emu.attach(trap_exit=True) as me:
            port = opened(me, cls)
            me.port_control(port, 0, b"")
            processes = [emu.spawn(commanding, port), emu.spawn(sending, port, me.pid)]
            me.sleep(0.01)
            assert outcomes == []
            me.exit_signal(port, "boom")
            for process in processes:
                me.wait_for(process)
            assert sorted(outcomes, key=str) == [(me.pid, (COMMAND, b"x")), "badarg"]
            assert me.receive((EXIT, port, ANY)) == (EXIT, port, BOOM)

    run(scenario, **few(run))


@everywhere
def test_the_timer_goes_with_the_port(run):
    def scenario(emu):
        fired = []

        def control(self, command, buf):
            driver_set_timer(self.port, 1)
            left = Pointer(0)
            driver_read_timer(self.port, left)
            return b"%d" % left.value

        with emu.attach(trap_exit=True) as me:
            port = opened(me, driver(control=control, timeout=fired.append))
            assert me.port_control(port, 0, b"") in (list(b"1"), list(b"0"))
            me.port_close(port)
            before = len(fired)
            me.sleep(0.01)
            assert len(fired) == before

    run(scenario, **few(run))
