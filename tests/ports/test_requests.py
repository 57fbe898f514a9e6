"""Requests: who executes them, in which order, and what they return (ports.md §1.3, §1.5, §4.2, §5)."""

import pytest
from helpers import everywhere, simulated, traced

from erts_emu import Atom
from erts_emu.driver import (
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    driver_caller,
    driver_failure_atom,
    driver_output,
    driver_set_timer,
    erl_drv_sleep,
    set_busy_port,
)
from erts_emu.errors import Badarg, ErlangError, Notsup
from erts_emu.process import CONTEXT_REDS, WAIT

from .parts import (
    BADSIG,
    CLOSE,
    CLOSED,
    COMMAND,
    CONNECT,
    CONNECTED,
    DATA,
    DOWN,
    EXIT,
    NOPROC,
    NORMAL,
    PORT,
    UNDEFINED,
    driver,
    few,
    opened,
    reporter,
)  # fmt: skip

A = Atom


# --- immediate or scheduled ---


def holding(log, flags=0):
    """A driver whose timeout sleeps, so that its port is executing for 50 ms."""

    def control(self, command, buf):
        log.append(("control", driver_caller(self.port), buf))
        if command == 1:
            driver_set_timer(self.port, 0)
        return buf

    return reporter(log, flags=flags, control=control, timeout=lambda self: erl_drv_sleep(50))


def held(emu, me, cls):
    """Return a port of *cls* that is executing, on scheduler 2; its owner traps exits and reads nothing."""
    ports = []

    async def owner(process):
        port = await process.open_port(("spawn_driver", "test_drv"))
        await process.port_control(port, 1, b"hold")
        ports.append(port)
        await process.receive(lambda message: False, timeout=10.0)

    me.erl_ddll.load(cls, "test_drv")
    emu.spawn(owner, scheduler=2, trap_exit=True)
    while not ports:
        me.sleep(0.001)
    me.sleep(0.001)
    return ports[0]


@simulated
def test_a_free_port_serves_its_caller_at_once(run):
    """In the caller's own context: no task is made, no scheduler's turn is needed."""

    def scenario(emu):
        log = []
        with emu.attach() as me:
            port = opened(me, reporter(log))
            tasks = emu.ports.lookup(port)._tasks
            for request in (
                lambda: me.port_command(port, b"1"),
                lambda: me.port_control(port, 0, b"2"),
                lambda: me.send(port, (me.pid, (COMMAND, b"3"))),
                lambda: me.port_info(port, "name"),
                lambda: me.port_connect(port, me.pid),
                lambda: me.port_close(port),
            ):
                request()
            assert tasks is None
            assert emu.ports.table == {}
            assert [entry[2] for entry in log] == [b"1", b"2", b"3"]
            assert {entry[1] for entry in log} == {me.pid}

    run(scenario, **few(run))


REQUESTS = {
    "command": (lambda process, port: process.port_command(port, b"x"), True),
    "control": (lambda process, port: process.port_control(port, 0, b"x"), list(b"x")),
    "info": (lambda process, port: process.port_info(port, "name"), (A("name"), list(b"test_drv"))),
    "connect": (lambda process, port: process.port_connect(port, process.pid), True),
    "close": (lambda process, port: process.port_close(port), True),
}
UNANSWERED = {
    "send": lambda process, port: process.send(port, (process.pid, (COMMAND, b"x"))),
    "garbage": lambda process, port: process.send(port, A("garbage")),
    "link": lambda process, port: process.link(port),
    "unlink": lambda process, port: process.unlink(port),
    "monitor": lambda process, port: process.monitor(port),
    "exit": lambda process, port: process.exit_signal(port, "over"),
    "set_data": lambda process, port: process.port_set_data(port, 1),
    "get_data": lambda process, port: process.port_get_data(port),
    "whereis": lambda process, port: process.whereis("name"),
    "ports": lambda process, port: process.ports(),
}
SCHEDULERS = {"schedulers": 2, "work_stealing": False}


@pytest.mark.parametrize("request_", REQUESTS)
@simulated
def test_a_synchronous_request_waits_for_a_port_in_use(run, request_):
    act, expected = REQUESTS[request_]

    def scenario(emu):
        async def ask(process):
            before = emu.layer.monotonic()
            result = await act(process, port)
            return result, emu.layer.monotonic() - before

        with emu.attach(trap_exit=True) as me:
            port = held(emu, me, holding([]))
            result, waited = emu.run(ask)
            assert result == expected
            assert waited >= 40_000_000

    run(scenario, **SCHEDULERS, **few(run))


@pytest.mark.parametrize("request_", UNANSWERED)
@simulated
def test_others_do_not_wait(run, request_):
    def scenario(emu):
        async def ask(process):
            before = emu.layer.monotonic()
            await UNANSWERED[request_](process, port)
            return emu.layer.monotonic() - before

        with emu.attach(trap_exit=True) as me:
            port = held(emu, me, holding([]))
            assert emu.run(ask) == 0

    run(scenario, **SCHEDULERS, **few(run))


@everywhere
def test_a_request_becomes_a_task_where_the_lock_is_taken(run):
    """Driver-level locking: a sibling's callback is enough. With port-level locking it is not."""

    def scenario(emu):
        for flags in (0, ERL_DRV_FLAG_USE_PORT_LOCKING):
            with emu.attach() as me:
                log = []
                cls = reporter(log, name=f"drv{flags}", flags=flags)
                port, sibling = opened(me, cls), opened(me, cls)
                held = emu.ports.lookup(sibling).lock
                held.acquire()
                request = me.process.port_control(port, 0, b"x")
                try:
                    assert request.send(None) is WAIT
                    scheduled = True
                except StopIteration as end:
                    scheduled, result = False, end.value
                held.release()
                if scheduled:
                    result = me.drive(request)
                assert result == list(b"x")
                assert scheduled is (flags == 0)
                assert log == [("control", me.pid, b"x")]

    run(scenario, **few(run))


# --- order ---


async def client(process, port, owner, number, rounds):
    """Mix everything that reaches a port."""
    for index in range(rounds):
        what = (number + index) % 4
        payload = b"%d %d" % (number, index)
        if what == 0:
            await process.port_command(port, payload)
        elif what == 1:
            await process.send(port, (owner, (COMMAND, payload)))
        elif what == 2:
            await process.port_control(port, 0, payload)
        else:
            await process.send(port, (owner, (COMMAND, payload)))
            assert (await process.port_info(port, "output"))[1] > 0


@pytest.mark.parametrize("parallelism", [False, True], ids=["immediate", "parallel"])
@everywhere
def test_what_one_process_asks_for_is_served_in_order_and_once(run, parallelism):
    def scenario(emu):
        log = []
        with emu.attach() as me:
            port = opened(me, reporter(log, flags=1), ("parallelism", parallelism))
            clients = [emu.spawn(client, port, me.pid, number, 12) for number in range(4)]
            for process in clients:
                me.wait_for(process)
                process.outcome()
            me.port_info(port, "name")
            for number, process in enumerate(clients):
                mine = [payload for _, caller, payload in log if caller == process.pid]
                assert mine == [b"%d %d" % (number, index) for index in range(12)]
            assert len(log) == 48

    run(scenario, schedulers=2)


@pytest.mark.parametrize("settings", [[], ["binary"], ["binary", ("line", 10)]], ids=["list", "binary", "line"])
def test_every_message_of_a_port_passes_the_tracepoint_first(settings):
    def scenario(emu):
        with emu.attach() as me:
            port = opened(me, driver(output=lambda self, buf: driver_output(self.port, buf)), *settings)
            sent = traced(emu, "port_send")
            me.port_command(port, b"a\nb\n")
            assert [(str(fields["port"].id), fields["process"]) for _, fields in sent] == [
                (str(port), me.pid) for _ in me.flush()
            ]
            assert sent

    simulated(scenario)


@everywhere
def test_what_a_port_sends_one_process_arrives_in_order(run):
    """Data, replies, exit signal, DOWN, closed."""

    def scenario(emu):
        def control(self, command, buf):
            driver_output(self.port, b"in control")
            return b"reply"

        with emu.attach(trap_exit=True) as me:
            port = opened(
                me,
                driver(
                    control=control,
                    output=lambda self, buf: driver_output(self.port, buf),
                    stop=lambda self: driver_output(self.port, b"in stop"),
                ),
                "binary",
            )
            reference = me.monitor(port)
            me.port_command(port, b"1")
            me.send(port, (me.pid, (COMMAND, b"2")))
            assert me.port_control(port, 0, b"") == list(b"reply")
            me.send(port, (me.pid, (CONNECT, me.pid)))
            me.send(port, (me.pid, CLOSE))
            expected = [
                (port, (DATA, b"1")), (port, (DATA, b"2")), (port, (DATA, b"in control")), (port, CONNECTED),
                (EXIT, port, NORMAL), (DOWN, reference, PORT, port, NORMAL), (port, (DATA, b"in stop")), (port, CLOSED),
            ]  # fmt: skip
            assert [me.receive(timeout=5.0) for _ in expected] == expected

    run(scenario, **few(run))


@everywhere
def test_data_of_a_command_is_there_before_a_later_request_returns(run):
    def scenario(emu):
        with emu.attach() as me:
            port = opened(
                me, driver(output=lambda self, buf: driver_output(self.port, buf)), "binary", ("parallelism", True)
            )
            for index in range(10):
                me.send(port, (me.pid, (COMMAND, b"%d" % index)))
                me.port_info(port, "name")
                assert me.receive(timeout=0) == (port, (DATA, b"%d" % index))

    run(scenario, schedulers=2, **few(run))


@simulated
def test_requests_queued_behind_the_end_of_a_port(run):
    """Served as by a port that is gone."""

    def scenario(emu):
        outcomes = {}

        async def ask(process, name, act):
            try:
                outcomes[name] = await act(process, port)
            except ErlangError as error:
                outcomes[name] = error.reason
            await process.sleep(0.2)
            process.fetch()
            outcomes[name, "messages"] = [message[0] for message in process.messages]

        dying = holding([])
        dying.timeout = lambda self: (erl_drv_sleep(50), driver_failure_atom(self.port, "boom"))
        with emu.attach(trap_exit=True) as me:
            port = held(emu, me, dying)
            me.link(port)
            for name, act in {**{name: act for name, (act, _) in REQUESTS.items()}, **UNANSWERED}.items():
                emu.spawn(ask, name, act, trap_exit=True, scheduler=1)
            me.sleep(0.5)
            badarg = A("badarg")
            assert [outcomes[name] for name in REQUESTS] == [badarg, badarg, UNDEFINED, badarg, badarg]
            assert outcomes["link", "messages"] == [EXIT]
            assert outcomes["monitor", "messages"] == [DOWN]
            assert outcomes["unlink", "messages"] == []
            assert me.receive() == (EXIT, port, NOPROC), "this link came too late, too"

    run(scenario, **SCHEDULERS, **few(run))


# --- commands ---


@pytest.mark.parametrize("data", [b"x", b"", [], "text", [1, [b"2", "3"], 255], bytearray(b"x")], ids=repr)
def test_what_is_iodata(data, me):
    log = []
    port = opened(me, reporter(log))
    assert me.port_command(port, data) is True
    me.send(port, (me.pid, (COMMAND, data)))
    assert len(log) == 2
    assert log[0] == log[1]


@pytest.mark.parametrize(
    "data", [5, None, A("x"), [256], [-1], [1.0], (1,), {}, [True], [[b"x", A("x")]], "€"], ids=repr
)
def test_what_is_none(data, me, logged):
    """A command raises badarg, a message is a badsig; both are logged with the port's name."""
    log = []
    me.trap_exit = True
    port = opened(me, reporter(log), arguments="with words")
    with pytest.raises(Badarg, match="not iodata"):
        me.port_command(port, data)
    assert me.flush() == []
    me.send(port, (me.pid, (COMMAND, data)))
    assert me.receive() == (EXIT, port, BADSIG)
    with pytest.raises(Badarg):
        me.port_control(port, 0, data)
    assert [event["name"] for event in logged] == ["test_drv with words"] * 2, "control is not logged"
    assert log == []
    assert port in me.ports()


@pytest.mark.parametrize("operation", [-1, 2**32, 1.0, None, A("x"), True, "1"], ids=repr)
def test_operations_out_of_range(operation, me):
    log = []
    port = opened(me, reporter(log, call=lambda self, command, buf: buf))
    for request, argument in ((me.port_control, b""), (me.port_call, [])):
        with pytest.raises(Badarg):
            request(port, operation, argument)
    assert log == []


def test_the_checks_come_in_the_order_of_erts(me):
    """Options, port, force, busy, data (ports.md §1.5.1)."""
    port = opened(me, driver(control=lambda self, command, buf: set_busy_port(self.port, command)))
    me.port_control(port, 1, b"")
    assert me.port_command(port, A("bad"), nosuspend=True) is False
    with pytest.raises(Notsup):
        me.port_command(port, A("bad"), force=True)
    me.port_control(port, 0, b"")
    with pytest.raises(Badarg):
        me.port_command(port, A("bad"))
    me.unlink(port)
    me.port_close(port)
    with pytest.raises(Badarg):
        me.port_command(port, b"x", force=True)


def test_a_command_uses_reductions(me):
    """So that a process that only sends commands gives others their turn."""
    port = opened(me, driver())
    before = me.process.fcalls
    me.port_command(port, b"x")
    assert before - me.process.fcalls == CONTEXT_REDS // 100


# --- messages ---


@pytest.mark.parametrize("trap", [False, True])
@everywhere
def test_badsig_hits_the_owner_and_nobody_else(run, trap):
    """Whoever sent the garbage; the port and its link stay."""

    def scenario(emu):
        async def owner(process):
            process.trap_exit = trap
            ports.append(await process.open_port(("spawn_driver", "test_drv")))
            await process.unlink(ports[0])
            return await process.receive(timeout=5.0)

        ports = []
        with emu.attach() as me:
            me.erl_ddll.load(driver(), "test_drv")
            process = emu.spawn(owner)
            while not ports:
                me.sleep(0.001)
            me.sleep(0.01)
            me.send(ports[0], A("garbage"))
            me.wait_for(process)
            assert process.exit_reason == (NORMAL if trap else BADSIG)
            if trap:
                assert process.outcome() == (EXIT, ports[0], BADSIG)
            assert me.ports() == ports
            assert me.flush() == []
            me.exit_signal(ports[0], "kill")

    run(scenario, **few(run))


@everywhere
def test_anybody_may_speak_for_the_owner(run):
    def scenario(emu):
        log = []

        async def stranger(process, port, owner):
            await process.send(port, (owner, (COMMAND, b"as the owner")))
            await process.send(port, (owner, CLOSE))
            return process.pid

        with emu.attach(trap_exit=True) as me:
            port = opened(me, reporter(log))
            pid = emu.run(stranger, port, me.pid)
            assert me.receive() == (EXIT, port, NORMAL)
            assert me.receive() == (port, CLOSED)
            assert log == [("output", pid, b"as the owner")]

    run(scenario, **few(run))


@everywhere
def test_sending_to_names(run):
    def scenario(emu):
        log = []
        with emu.attach(trap_exit=True) as me:
            port = opened(me, reporter(log))
            me.register("my_port", port)
            request = (me.pid, (COMMAND, b"x"))
            for destination in ("my_port", A("my_port"), (A("my_port"), A("nonode@nohost")), port):
                assert me.send(destination, request) == request
            assert me.send((A("nobody"), A("nonode@nohost")), request) == request
            for nobody in ("nobody", A("nobody"), 5, (A("my_port"),), [A("my_port")]):
                with pytest.raises(Badarg):
                    me.send(nobody, request)
            assert len(log) == 4
            me.port_close(port)
            assert me.send(port, request) == request, "a closed port loses messages silently"
            with pytest.raises(Badarg):
                me.send("my_port", request)
            assert me.receive() == (EXIT, port, NORMAL)

    run(scenario, **few(run))


def test_noproc_of_links_and_monitors(me):
    port = opened(me, driver())
    me.unlink(port)
    me.port_close(port)
    with pytest.raises(ErlangError) as caught:
        me.link(port)
    assert caught.value.reason == NOPROC
    reference = me.monitor(port)
    assert me.receive(timeout=0) == (DOWN, reference, PORT, port, NOPROC)
    me.trap_exit = True
    assert me.link(port)
    assert me.receive(timeout=0) == (EXIT, port, NOPROC)
    for what in (5, "name", None, (port,)):
        for bif in (me.link, me.unlink):
            with pytest.raises(Badarg):
                bif(what)


def test_requests_are_traced_under_their_driver_callbacks(me, emu):
    log = traced(emu, "driver_output", "driver_control", "driver_call")
    port = opened(me, reporter([], call=lambda self, command, buf: buf))
    me.port_command(port, b"x")
    me.port_control(port, 7, b"y")
    assert me.port_call(port, 8, [1]) == [1]
    assert [name for name, _ in log] == ["driver_output", "driver_control", "driver_call"]
    assert log[1][1]["operation"] == 7
