"""``tcp_drv`` with real sockets: between its own ports, and with plain sockets that behave well or badly."""

import os
import resource
import socket
import struct
from contextlib import closing

import pytest
from helpers import every_schedule, traced

from erts_emu import ANY, Atom, bundled_drivers
from erts_emu.errors import Badarg, OpenPortError

FINISH, SOCKNAME, PEERNAME, ACTIVE, LIMITS, LINGER, QUEUED = range(1, 8)
MUCH = 8 * 1024 * 1024
"""More than the kernel takes of a connection whose other end does not read."""
EXIT = Atom("EXIT")
NORMAL = Atom("normal")


@pytest.fixture
def listener(open_port):
    """A listening port."""
    return open_port("listen 127.0.0.1 0")


@pytest.fixture
def name(me):
    """``("127.0.0.1", number)`` of this end of a port, or of the other."""

    def name(port, which=SOCKNAME):
        host, number = me.port_control(port, which, b"").decode().split()
        return host, int(number)

    return name


@pytest.fixture
def plain(no_leaks):
    """Make plain sockets, which are closed at the end."""
    made = []

    def plain():
        made.append(socket.socket())
        made[-1].settimeout(20)
        return made[-1]

    yield plain
    for sock in made:
        sock.close()


@pytest.fixture
def accepted(listener, open_port, data, name, plain):
    """Return a port, and the plain socket that has connected to it."""

    def accepted():
        sock = plain()
        sock.connect(name(listener))
        message = data(listener)
        assert message[:1] == b"a"
        assert message[5:].decode() == "{} {}".format(*sock.getsockname())
        return open_port(f"adopt {int.from_bytes(message[1:5])}"), sock

    return accepted


@pytest.fixture
def read(me):
    """Read so many bytes from a plain socket while the emulator works; None reads to the end."""

    def read(sock, count=None):
        received = bytearray()
        sock.setblocking(False)
        while count is None or len(received) < count:
            try:
                block = sock.recv(256 * 1024)
            except BlockingIOError:
                me.sleep(0.001)
                continue
            if not block:
                break
            received += block
        return bytes(received)

    return read


@pytest.fixture
def data_of(data):
    """Take the data messages of a port until there are so many bytes."""

    def data_of(port, count):
        received = bytearray()
        while len(received) < count:
            message = data(port)
            assert message[:1] == b"d"
            received += message[1:]
        return bytes(received)

    return data_of


def reset(sock):
    """Close a plain socket so that the other end sees a reset."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


# --- connecting ---


def test_two_ports_talk(me, listener, open_port, name, data, data_of):
    client = open_port("connect {} {}".format(*name(listener)))
    assert data(client) == b"c"
    server = open_port(f"adopt {int.from_bytes(data(listener)[1:5])}")
    assert name(client) == name(server, PEERNAME)
    assert name(server) == name(client, PEERNAME) == name(listener)
    me.port_command(client, ["he", b"ll", [ord("o")]])
    assert data_of(server, 5) == b"hello"
    me.port_command(server, b"world" * 1000)
    assert data_of(client, 5000) == b"world" * 1000


def test_what_is_sent_before_the_connection_is_made_goes_out_then(me, plain, open_port, data, read):
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = open_port("connect {} {}".format(*server.getsockname()))
        me.port_command(port, b"early ")
        me.port_command(port, b"bird")
        assert data(port) == b"c"
        peer, _ = server.accept()
        with closing(peer):
            assert read(peer, 10) == b"early bird"


def test_ipv6(me, open_port, name, data, data_of):
    listener = open_port("listen ::1 0")
    client = open_port("connect {} {}".format(*name(listener)))
    assert data(client) == b"c"
    server = open_port(f"adopt {int.from_bytes(data(listener)[1:5])}")
    me.port_command(client, b"six")
    assert data_of(server, 3) == b"six"


def test_nobody_listens(me, open_port, data, silent):
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        address = server.getsockname()
    port = open_port("connect {} {}".format(*address))
    assert data(port) == b"eeconnrefused"
    me.port_command(port, b"x")
    assert data(port) == b"eenotconn"
    for operation in (FINISH, SOCKNAME, PEERNAME):
        with pytest.raises(Badarg):
            me.port_control(port, operation, b"")
    assert silent()


@pytest.mark.parametrize(
    "words",
    [
        "",
        "listen",
        "listen 127.0.0.1",
        "listen 127.0.0.1 x",
        "listen 127.0.0.1 65536",
        "listen 127.0.0.1 -1",
        "listen localhost 0",
        "listen 127.0.0.1 0 0",
        "connect 999.0.0.1 1",
        "adopt x",
        "adopt -1",
        "dance 127.0.0.1 0",
        "listen " + "x" * 100 + " 0",
    ],
)
def test_words_that_make_no_sense(open_port, words):
    with pytest.raises(Badarg):
        open_port(words)


def test_an_address_in_use(listener, open_port, name):
    with pytest.raises(OpenPortError, match="eaddrinuse"):
        open_port("listen {} {}".format(*name(listener)))


def test_a_connection_is_adopted_once(listener, open_port, data, name, plain):
    plain().connect(name(listener))
    number = int.from_bytes(data(listener)[1:5])
    with pytest.raises(OpenPortError, match="ebadf"):
        open_port(f"adopt {number + 1}")
    open_port(f"adopt {number}")
    with pytest.raises(OpenPortError, match="ebadf"):
        open_port(f"adopt {number}")


def test_connections_that_nobody_adopts_end_with_the_listener(me, listener, accepted, data, name, plain, read):
    adopted, friend = accepted()
    orphans = [plain() for _ in range(3)]
    for orphan in orphans:
        orphan.connect(name(listener))
        data(listener)
    me.port_close(listener)
    assert [read(orphan) for orphan in orphans] == [b""] * 3
    me.port_command(adopted, b"still here")
    assert read(friend, 10) == b"still here"


def test_without_descriptors_a_listener_waits_to_be_told(me, listener, open_port, data, name, plain, silent):
    client = plain()
    lowest = os.dup(0)
    os.close(lowest)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    me.port_control(listener, ACTIVE, b"\1")  # the poll set exists before descriptors run out
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        client.connect(name(listener))
        assert data(listener) == b"eemfile"
        assert silent()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    me.port_control(listener, ACTIVE, b"\1")
    assert data(listener)[:1] == b"a"


# --- data ---


def test_large_data_both_ways_at_once(me, accepted, read, data_of):
    port, sock = accepted()
    there, back = os.urandom(MUCH // 2), os.urandom(300_000)
    me.port_command(port, there)
    sock.setblocking(False)
    sent, received = 0, bytearray()
    while len(received) < len(there) or sent < len(back):
        try:
            sent += sock.send(back[sent : sent + 10_000])
        except BlockingIOError:
            pass
        try:
            received += sock.recv(100_000)
        except BlockingIOError:
            me.sleep(0.0001)
    assert received == there
    assert data_of(port, len(back)) == back


def test_many_small_commands_keep_their_order(me, accepted, read):
    port, sock = accepted()
    me.port_control(port, LIMITS, (2**31).to_bytes(4) * 2)
    me.port_command(port, bytes(MUCH))  # from now on all is queued
    lines = [b"%d\n" % number for number in range(3000)]
    for line in lines:
        me.port_command(port, line)
    assert read(sock, MUCH + sum(map(len, lines)))[MUCH:] == b"".join(lines)


def test_half_open_connections(me, accepted, data, data_of, read, silent):
    port, sock = accepted()
    sock.sendall(b"last words")
    sock.shutdown(socket.SHUT_WR)
    assert data_of(port, 10) == b"last words"
    assert data(port) == b"f"
    assert silent()
    me.port_command(port, b"I can still send")
    assert read(sock, 16) == b"I can still send"
    me.port_control(port, FINISH, b"")
    assert read(sock) == b""


def test_finishing_comes_after_what_is_queued(me, accepted, data, data_of, read):
    port, sock = accepted()
    me.port_command(port, bytes(MUCH))
    me.port_control(port, FINISH, b"")
    me.port_control(port, FINISH, b"")
    assert len(read(sock)) == MUCH
    sock.send(b"and you?")
    assert data_of(port, 8) == b"and you?"
    me.port_command(port, b"no")
    assert data(port) == b"eepipe"


def test_not_to_read_for_a_while(me, accepted, data, silent):
    port, sock = accepted()
    me.port_control(port, ACTIVE, b"\0")
    sock.send(b"patience")
    assert silent()
    me.port_control(port, ACTIVE, b"\1")
    assert data(port) == b"dpatience"


# --- busy ---


def test_a_port_is_busy_from_high_until_below_low(emu, me, accepted, read, until):
    port, sock = accepted()
    log = traced(emu, "port_busy", "port_not_busy")
    me.port_control(port, LIMITS, (1000).to_bytes(4) + (3000).to_bytes(4))
    me.port_command(port, bytes(MUCH))
    queued = int.from_bytes(me.port_control(port, QUEUED, b""))
    assert 0 < queued < MUCH
    assert me.port_command(port, b"x", nosuspend=True) is False
    assert [kind for kind, _ in log] == ["port_busy"]
    assert len(read(sock, MUCH)) == MUCH
    until(lambda: [kind for kind, _ in log] == ["port_busy", "port_not_busy"])
    assert me.port_command(port, b"x", nosuspend=True) is True
    assert read(sock, 1) == b"x"


def test_a_sender_waits_and_other_ports_do_not(me, accepted, read, data_of):
    slow, slow_peer = accepted()
    other, other_peer = accepted()
    events = []

    async def sender(process):
        for _ in range(2):
            await process.port_command(slow, bytes(MUCH))
            events.append("sent")

    me.port_connect(slow, me.pid)
    me.spawn(sender)
    for _ in range(10):
        me.port_command(other, b"ping")
        assert read(other_peer, 4) == b"ping"
        other_peer.send(b"pong")
        assert data_of(other, 4) == b"pong"
    assert events == ["sent"]
    assert len(read(slow_peer, 2 * MUCH)) == 2 * MUCH
    assert events == ["sent", "sent"]


@pytest.mark.parametrize("limits", [b"", bytes(8), (2).to_bytes(4) + (1).to_bytes(4)])
def test_limits_that_make_no_sense(me, accepted, limits):
    port, _ = accepted()
    with pytest.raises(Badarg):
        me.port_control(port, LIMITS, limits)


# --- endings ---


def test_a_closed_port_sends_what_it_has(me, accepted, read, until):
    port, sock = accepted()
    content = os.urandom(MUCH)
    me.port_command(port, content)
    me.port_close(port)
    assert me.receive((EXIT, port, ANY)) == (EXIT, port, NORMAL)
    assert port in me.ports()
    assert read(sock) == content
    until(lambda: port not in me.ports())


def test_a_closed_port_does_not_linger_for_ever(emu, me, accepted, until, threads):
    port, sock = accepted()
    me.port_control(port, LINGER, (50).to_bytes(4))
    me.port_command(port, bytes(MUCH))
    began = emu.layer.monotonic()
    me.port_close(port)
    until(lambda: port not in me.ports())
    passed = (emu.layer.monotonic() - began) / 1e6
    assert passed >= 50 if threads == "real" else passed == 50
    sock.close()


def test_a_closed_port_whose_peer_is_gone(me, accepted, until):
    port, sock = accepted()
    me.port_command(port, bytes(MUCH))
    me.port_close(port)
    assert port in me.ports()
    reset(sock)
    until(lambda: port not in me.ports())


def test_a_reset_is_told_and_disturbs_no_other(me, accepted, data, read, silent):
    broken, sock = accepted()
    other, other_peer = accepted()
    me.port_command(broken, bytes(MUCH))
    assert me.port_command(broken, b"x", nosuspend=True) is False
    reset(sock)
    assert data(broken) in (b"eeconnreset", b"eepipe")
    assert me.port_control(broken, QUEUED, b"") == bytes(4)
    assert me.port_command(broken, b"x", nosuspend=True) is True  # not busy any more
    assert data(broken) == b"eenotconn"
    with pytest.raises(Badarg):
        me.port_control(broken, ACTIVE, b"\1")
    assert silent()
    me.port_command(other, b"fine")
    assert read(other_peer, 4) == b"fine"


def test_a_reset_while_nothing_is_read_is_seen_by_sending(me, accepted, data):
    port, sock = accepted()
    me.port_control(port, ACTIVE, b"\0")
    reset(sock)
    me.port_command(port, b"anybody?")
    me.port_command(port, b"anybody?")
    assert data(port) in (b"eeconnreset", b"eepipe")


def test_the_death_of_the_owner(me, listener, accepted, read, until):
    port, sock = accepted()
    kept, friend = accepted()

    async def owner(process):
        await process.link(port)
        process.exit_now("murder")

    me.spawn(owner)
    assert me.receive((EXIT, port, ANY)) == (EXIT, port, Atom("murder"))
    assert read(sock) == b""
    me.port_command(kept, b"alive")
    assert read(friend, 5) == b"alive"


def test_unloading_closes_everything(emu, me, driver, listener, accepted, name, data, plain, read):
    log = traced(emu, "driver_stop_select", "driver_finish")
    pairs = [accepted() for _ in range(3)]
    me.port_command(pairs[0][0], bytes(MUCH))
    waiting = plain()
    waiting.connect(name(listener))
    data(listener)
    me.erl_ddll.unload_driver(driver)
    assert [kind for kind, _ in log] == ["driver_stop_select"] * 4 + ["driver_finish"]
    assert read(waiting) == b""
    assert [read(sock) for _, sock in pairs[1:]] == [b"", b""]
    with pytest.raises(ConnectionRefusedError):
        plain().connect(("127.0.0.1", waiting.getpeername()[1]))
    me.erl_ddll.load_driver(bundled_drivers(), driver)  # for the fixture to unload


def test_halting_sends_what_is_queued(emu, me, listener, accepted, name):
    port, sock = accepted()
    me.port_command(port, b"good bye")
    emu.halt()
    assert sock.recv(100) == b"good bye"
    assert sock.recv(100) == b""


def test_a_conversation_under_many_schedules():
    def scenario(emu):
        with emu.attach(trap_exit=True) as me:
            me.erl_ddll.load_driver(bundled_drivers(), "tcp_drv")

            def open_port(words):
                return me.open_port(("spawn_driver", f"tcp_drv {words}"), ["binary"])

            def data(port):
                return me.receive((port, ANY))[1][1]

            listener = open_port("listen 127.0.0.1 0")
            address = me.port_control(listener, SOCKNAME, b"").decode()
            clients = [open_port(f"connect {address}") for _ in range(2)]
            servers = [open_port(f"adopt {int.from_bytes(data(listener)[1:5])}") for _ in range(2)]
            for client in clients:
                assert data(client) == b"c"
                me.port_command(client, b"to you")
            for server in servers:
                assert data(server) == b"dto you"
                me.port_command(server, b"and to you")
                me.port_close(server)
            for client in clients:
                assert data(client) == b"dand to you"
                assert data(client) == b"f"
            me.erl_ddll.unload_driver("tcp_drv")
            assert me.ports() == []

    every_schedule(scenario, 60)
