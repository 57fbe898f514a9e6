"""``file_drv`` with real files and folders."""

import os
import stat
import sys

import pytest
from helpers import Gate, every_schedule

from erts_emu import Atom, bundled_drivers
from erts_emu.errors import Badarg

OPEN, CLOSE, READ, WRITE, FSYNC, STAT, LIST = range(1, 8)
LIMITS, UNANSWERED = 1, 2
R, W, TRUNCATE, APPEND, NEW = 1, 2, 4, 8, 16
EXIT = Atom("EXIT")


@pytest.fixture(params=["real", "in_order", 1], ids=lambda threads: f"{threads}")
def threads(request):
    """How threads run: fewer schedules than usual, as each test costs real time."""
    return request.param


class Client:
    """Asks a port, and checks that answers are numbered in order."""

    def __init__(self, me, port, data):
        self.me, self.port, self.data = me, port, data
        self.count = 0

    def send(self, operation, *parts):
        return self.me.port_command(self.port, [operation, *parts])

    def answer(self):
        """``(0, result)`` or ``(1, b"errno")``."""
        message = self.data(self.port)
        self.count += 1
        assert int.from_bytes(message[:4]) == self.count
        return message[4], message[5:]

    def ask(self, operation, *parts):
        self.send(operation, *parts)
        return self.answer()

    def open(self, mode, path):
        return self.ask(OPEN, mode, os.fsencode(path))

    def read(self, offset, length):
        return self.ask(READ, offset.to_bytes(8), length.to_bytes(4))

    def write(self, offset, data):
        return self.ask(WRITE, offset.to_bytes(8), data)


@pytest.fixture
def client(me, open_port, data):
    return Client(me, open_port(), data)


OK = (0, b"")


def error(name):
    return (1, name.encode())


def test_a_file_is_written_synced_and_read_back(client, tmp_path):
    path = tmp_path / "a file"
    assert client.open(R | W, path) == OK
    assert client.write(0, b"hello world") == (0, (11).to_bytes(8))
    assert client.write(6, b"there") == (0, (5).to_bytes(8))
    assert client.ask(FSYNC) == OK
    assert path.read_bytes() == b"hello there"
    assert client.read(6, 100) == (0, b"there")
    assert client.read(11, 1) == OK
    assert client.ask(CLOSE) == OK
    assert client.read(0, 1) == error("ebadf")


def test_modes(client, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    assert client.open(R, path) == OK
    assert client.write(0, b"x") == error("ebadf")
    assert client.open(R, path) == error("ebusy")
    client.ask(CLOSE)
    assert client.open(W | NEW, path) == error("eexist")
    assert client.open(W | APPEND, path) == OK
    client.write(0, b"end")
    client.ask(CLOSE)
    assert path.read_bytes() == b"0123456789end"
    assert client.open(W | TRUNCATE, path) == OK
    client.ask(CLOSE)
    assert path.read_bytes() == b""


def test_what_is_no_mode(client, tmp_path):
    (tmp_path / "file").write_bytes(b"kept")
    for mode in (0, R | TRUNCATE, R | APPEND, NEW, 32, 255):
        assert client.open(mode, tmp_path / "file") == error("einval")
    assert (tmp_path / "file").read_bytes() == b"kept"


NONSENSE = [
    (b"", "einval"),
    (b"\x00", "einval"),
    (b"\xff\xff", "einval"),
    (bytes([OPEN]), "einval"),
    (bytes([OPEN, R]), "einval"),
    (bytes([CLOSE, 0]), "einval"),
    (bytes([CLOSE]), "ebadf"),
    (bytes([FSYNC]), "ebadf"),
    (bytes([READ]) + bytes(11), "einval"),
    (bytes([READ]) + bytes(12), "ebadf"),
    (bytes([WRITE]) + bytes(7), "einval"),
    (bytes([STAT]), "einval"),
    (bytes([STAT]) + b"a\0b", "einval"),
    (bytes([LIST]) + b"/there/is/nothing", "enoent"),
]


def test_requests_without_sense_are_answered_in_turn(client):
    for request, _ in NONSENSE:
        client.send(request)
    assert [client.answer() for _ in NONSENSE] == [error(answer) for _, answer in NONSENSE]


def test_what_could_block_a_thread_is_not_opened(client, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert client.open(R, tmp_path / "pipe") == error("einval")
    assert client.open(R, tmp_path) == error("eisdir")
    assert client.open(W, tmp_path) == error("eisdir")
    assert client.open(R, tmp_path / "nothing") == error("enoent")


def test_too_much_at_once_and_offsets_that_no_file_has(client, tmp_path):
    client.open(R | W, tmp_path / "file")
    assert client.read(0, 2**32 - 1) == error("einval")
    assert client.read(2**64 - 1, 1) == error("einval")
    assert client.write(2**64 - 1, b"x") == error("einval")


def test_stat(client, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(1000))
    path.chmod(0o640)
    os.utime(path, (0, 1_600_000_000))
    (tmp_path / "link").symlink_to(path)
    os.mkfifo(tmp_path / "pipe")
    kind, result = client.ask(STAT, os.fsencode(path))
    assert kind == 0
    assert result == b"f" + (0o640).to_bytes(4) + (1000).to_bytes(8) + (1_600_000_000).to_bytes(8)
    for name, letter in (("link", b"l"), ("pipe", b"o"), (".", b"d")):
        assert client.ask(STAT, os.fsencode(tmp_path / name))[1][:1] == letter
    assert stat.S_ISREG(path.stat().st_mode)


def test_a_folder_is_listed_sorted_with_any_names(client, tmp_path):
    folder = os.fsencode(tmp_path)
    names = [b"a", b"b c", b"\xff\xfe"]
    for name in reversed(names):
        with open(os.path.join(folder, name), "wb"):
            pass
    assert client.ask(LIST, folder) == (0, b"".join(len(name).to_bytes(4) + name for name in names))


def test_a_large_file_in_many_pieces(client, tmp_path):
    data = os.urandom(300_000)
    client.open(R | W, tmp_path / "large")
    for offset in range(0, len(data), 50_000):
        assert client.write(offset, data[offset : offset + 50_000])[0] == 0
    assert b"".join(client.read(offset, 70_000)[1] for offset in range(0, len(data), 70_000)) == data


def test_a_writer_waits_while_too_many_requests_are_unanswered(emu, me, client):
    """The first request, made from inside, does not end before the others have come."""
    gate = Gate(emu)
    me.port_control(client.port, LIMITS, (2).to_bytes(4) + (5).to_bytes(4))
    port = emu.ports.lookup(client.port)
    driver = port.drv_data
    port.lock.acquire()
    driver.requested += 1
    driver._submit(sys.modules[type(driver).__module__].Job(1, lambda: gate.wait() or b"slow"))
    port.lock.release()
    sent = 0
    while me.port_command(client.port, [STAT, b"/"], nosuspend=True):
        sent += 1
    assert sent == 4
    assert int.from_bytes(me.port_control(client.port, UNANSWERED, b"")) == 5
    gate.open()
    assert client.send(STAT, b"/") is True  # waits until two are left
    assert client.answer() == (0, b"slow")
    assert [client.answer()[0] for _ in range(5)] == [0] * 5


def test_limits_without_sense(me, client):
    for low, high in ((5, 5), (6, 5)):
        with pytest.raises(Badarg):
            me.port_control(client.port, LIMITS, low.to_bytes(4) + high.to_bytes(4))
    for command, buf in ((LIMITS, b""), (9, b"")):
        with pytest.raises(Badarg):
            me.port_control(client.port, command, buf)


def test_a_port_closed_behind_its_requests_closes_the_file_after_them(emu, me, open_port, tmp_path):
    path = tmp_path / "file"
    port = open_port()
    me.port_command(port, [OPEN, W, os.fsencode(path)])
    for offset in range(20):
        me.port_command(port, [WRITE, offset.to_bytes(8), b"x"])
    me.port_close(port)
    me.erl_ddll.unload_driver("file_drv")  # waits for the jobs; that nothing is left open is the fixture's business
    assert path.read_bytes() == b"x" * 20
    me.erl_ddll.load_driver(bundled_drivers(), "file_drv")


def test_ports_have_files_of_their_own(me, open_port, data, tmp_path):
    clients = [Client(me, open_port(), data) for _ in range(3)]
    for number, client in enumerate(clients):
        client.send(OPEN, R | W, os.fsencode(tmp_path / f"file {number}"))
    for number, client in enumerate(clients):
        client.send(WRITE, bytes(8), str(number).encode())
    for client in clients:
        assert client.answer() == OK
        assert client.answer()[0] == 0
    assert [(tmp_path / f"file {n}").read_text() for n in range(3)] == ["0", "1", "2"]


def test_requests_are_served_in_order_under_any_schedule(tmp_path):
    def scenario(emu):
        with emu.attach() as me:
            me.erl_ddll.load_driver(bundled_drivers(), "file_drv")
            port = me.open_port(("spawn_driver", "file_drv"), ["binary"])
            me.port_command(port, [OPEN, R | W | TRUNCATE, os.fsencode(tmp_path / "file")])
            for number in range(5):
                me.port_command(port, [WRITE, bytes(8), bytes([number])])
                me.port_command(port, [READ, bytes(8), (1).to_bytes(4)])
            messages = [me.receive()[1][1] for _ in range(11)]
            assert [int.from_bytes(message[:4]) for message in messages] == list(range(1, 12))
            assert [message[5:] for message in messages[2::2]] == [bytes([n]) for n in range(5)]
            me.port_close(port)
            me.erl_ddll.unload_driver("file_drv")

    every_schedule(scenario, n=20, async_threads=3)
