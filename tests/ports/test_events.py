"""ready_input and ready_output with real pipes and sockets (driver_api.md §2.9)."""

import os
import socket

import pytest
from helpers import everywhere

from erts_emu import Atom
from erts_emu.driver import (
    ERL_DRV_READ,
    ERL_DRV_USE,
    ERL_DRV_USE_NO_CALLBACK,
    ERL_DRV_WRITE,
    driver_output,
    driver_select,
)

from .parts import DATA, EXIT, NORMAL, driver, few, opened

READ_AND_USE, WRITE_AND_USE = ERL_DRV_READ | ERL_DRV_USE, ERL_DRV_WRITE | ERL_DRV_USE


@pytest.fixture
def pipes():
    """Makes pipes, and closes what is still open of them when the test ends."""
    opened_ends = []

    def make():
        ends = os.pipe()
        os.set_blocking(ends[0], False)
        opened_ends.extend(ends)
        return ends

    yield make
    for end in opened_ends:
        try:
            os.close(end)
        except OSError:
            pass  # the driver has closed it


def selecting(**methods):
    """A driver whose control is ``driver_select`` of ``buf``: descriptor, mode, on."""

    def control(self, command, buf):
        fd, mode, on = map(int, buf.split())
        return b"%d" % driver_select(self.port, fd, mode, on)

    def ready_input(self, fd):
        driver_output(self.port, os.read(fd, 100))

    def ready_output(self, fd):
        driver_select(self.port, fd, ERL_DRV_WRITE, 0)
        driver_output(self.port, b"writable")

    return driver(**{"control": control, "ready_input": ready_input, "ready_output": ready_output, **methods})


def select(me, port, fd, mode, on):
    assert me.port_control(port, 0, b"%d %d %d" % (fd, mode, on)) == list(b"0")


def one(me, port):
    return me.receive((port, (DATA, lambda data: True)), timeout=5.0)[1][1]


@everywhere
def test_reading(run, pipes):
    def scenario(emu):
        read_end, write_end = pipes()
        with emu.attach() as me:
            port = opened(me, selecting(stop_select=staticmethod(lambda fd, reserved: None)), "binary")
            select(me, port, read_end, READ_AND_USE, 1)
            for data in (b"one", b"two"):
                os.write(write_end, data)
                assert one(me, port) == data
            select(me, port, read_end, ERL_DRV_READ, 0)
            os.write(write_end, b"three")
            me.sleep(0.02)
            assert me.flush() == []
            select(me, port, read_end, ERL_DRV_READ, 1)
            assert one(me, port) == b"three"
            select(me, port, read_end, ERL_DRV_USE, 0)

    run(scenario, **few(run, 5))


@everywhere
def test_events_are_level_triggered(run, pipes):
    """What is left unread is reported again."""

    def scenario(emu):
        read_end, write_end = pipes()
        with emu.attach() as me:
            cls = selecting(
                ready_input=lambda self, fd: driver_output(self.port, os.read(fd, 1)),
                stop_select=staticmethod(lambda fd, reserved: None),
            )
            port = opened(me, cls, "binary")
            os.write(write_end, b"abc")
            select(me, port, read_end, READ_AND_USE, 1)
            assert [one(me, port) for _ in range(3)] == [b"a", b"b", b"c"]
            select(me, port, read_end, ERL_DRV_USE, 0)

    run(scenario, **few(run, 5))


@everywhere
def test_both_directions_of_a_socket(run):
    """ready_output comes first when both are ready."""

    def scenario(emu):
        ours, theirs = socket.socketpair()
        with ours, theirs, emu.attach() as me:
            port = opened(me, selecting(stop_select=staticmethod(lambda fd, reserved: None)), "binary")
            theirs.send(b"input")
            select(me, port, ours.fileno(), READ_AND_USE | ERL_DRV_WRITE, 1)
            assert [one(me, port), one(me, port)] == [b"writable", b"input"]
            select(me, port, ours.fileno(), ERL_DRV_WRITE, 1)
            assert one(me, port) == b"writable"
            theirs.close()
            assert one(me, port) == b"", "the other side has hung up: readable, with nothing to read"
            select(me, port, ours.fileno(), ERL_DRV_USE, 0)

    run(scenario, **few(run, 5))


@everywhere
def test_stop_select_closes_the_descriptor(run, pipes):
    def scenario(emu):
        closed = []

        def stop_select(fd, reserved):
            closed.append((fd, reserved))
            os.close(fd)

        read_end, write_end = pipes()
        with emu.attach() as me:
            port = opened(me, selecting(stop_select=staticmethod(stop_select)))
            select(me, port, read_end, READ_AND_USE, 1)
            select(me, port, write_end, WRITE_AND_USE, 1)
            one(me, port)
            for end in (read_end, write_end):
                select(me, port, end, ERL_DRV_USE, 0)
            assert closed == [(read_end, None), (write_end, None)]
            assert emu.check_io.selected() == {}

    run(scenario, **few(run, 5))


def test_use_without_callback_leaves_events_alone(me, pipes):
    """Bare 12 keeps what is selected, bare 4 ends it: a surprise of ERTS's (driver_api.md S19)."""
    stopped = []
    read_end, write_end = pipes()
    port = opened(me, selecting(stop_select=staticmethod(lambda fd, reserved: stopped.append(fd))), "binary")
    select(me, port, read_end, READ_AND_USE, 1)
    select(me, port, read_end, ERL_DRV_USE_NO_CALLBACK, 0)
    os.write(write_end, b"still told")
    assert one(me, port) == b"still told"
    assert stopped == []
    select(me, port, read_end, ERL_DRV_USE_NO_CALLBACK | ERL_DRV_READ, 0)
    os.write(write_end, b"not told")
    me.sleep(0.02)
    assert me.flush() == []
    assert stopped == []
    select(me, port, read_end, ERL_DRV_USE, 0)
    select(me, port, read_end, ERL_DRV_USE, 0)
    assert stopped == [read_end, read_end], "also for a descriptor that nobody has selected"


def test_another_port_takes_a_descriptor_over(me, emu, pipes, logged):
    read_end, write_end = pipes()
    cls = selecting(stop_select=staticmethod(lambda fd, reserved: None))
    first, second = opened(me, cls, "binary"), opened(me, cls, "binary")
    select(me, first, read_end, READ_AND_USE, 1)
    select(me, second, read_end, READ_AND_USE, 1)
    os.write(write_end, b"x")
    assert one(me, second) == b"x"
    assert me.flush() == []
    (event,) = [event for event in logged if event["event"] == "descriptor_stolen"]
    assert (event["fd"], event["by"], event["from_port"]) == (read_end, str(second), str(first))
    assert emu.check_io.selected() == {read_end: [str(second)]}
    select(me, second, read_end, ERL_DRV_USE, 0)


def test_a_port_that_dies_without_deselecting(me, emu, pipes, logged):
    """Nothing happens until an event comes; then it is logged, and the descriptor is forgotten."""
    read_end, write_end = pipes()
    me.trap_exit = True
    port = opened(me, selecting())
    select(me, port, read_end, READ_AND_USE, 1)
    me.port_close(port)
    assert me.receive() == (EXIT, port, NORMAL)
    assert list(emu.check_io.selected()) == [read_end]
    os.write(write_end, b"x")
    me.sleep(0.02)
    assert "driver_gone_without_deselecting" in [event["event"] for event in logged]
    assert emu.check_io.selected() == {}


def test_a_driver_without_ready_callbacks(me, emu, pipes, logged):
    """driver_select succeeds; the event is logged and the direction deselected."""
    read_end, write_end = pipes()
    port = opened(me, selecting(ready_input=None, ready_output=None))
    os.write(write_end, b"x")
    select(me, port, read_end, READ_AND_USE, 1)
    select(me, port, write_end, WRITE_AND_USE, 1)
    me.sleep(0.02)
    assert [event["callback"] for event in logged if event["event"] == "no_ready_callback"] == [
        "ready_input",
        "ready_output",
    ]
    assert emu.check_io.selected() == {}
    assert me.ports() == [port]


def test_without_stop_select_the_descriptor_stays_open(me, pipes, logged):
    read_end, _ = pipes()
    port = opened(me, selecting())
    select(me, port, read_end, READ_AND_USE, 1)
    select(me, port, read_end, ERL_DRV_USE, 0)
    assert [event["event"] for event in logged] == ["no_stop_select"]
    os.fstat(read_end)


def test_a_closed_descriptor(me, emu, pipes, logged):
    """Selecting it succeeds; it is logged and forgotten."""
    port = opened(me, selecting())
    other_end, _ = pipes()
    select(me, port, other_end, READ_AND_USE, 1)  # the poll set has its own descriptors by now
    select(me, port, other_end, READ_AND_USE, 0)
    read_end, write_end = pipes()
    os.close(read_end)
    os.close(write_end)
    select(me, port, read_end, READ_AND_USE, 1)
    me.sleep(0.02)
    assert [event["fd"] for event in logged if event["event"] == "bad_descriptor"] == [read_end]
    assert emu.check_io.selected() == {}


def test_what_is_no_descriptor(me):
    port = opened(me, selecting())
    assert me.port_control(port, 0, b"-1 1 1") == list(b"-1")


def test_a_regular_file_is_always_ready(me, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"contents")
    with file.open("rb") as stream:
        port = opened(me, selecting(stop_select=staticmethod(lambda fd, reserved: None)), "binary")
        select(me, port, stream.fileno(), READ_AND_USE, 1)
        assert one(me, port) == b"contents"
        select(me, port, stream.fileno(), ERL_DRV_USE, 0)


def test_events_of_a_lingering_port(me, pipes):
    """Its driver goes on as usual, but for output."""
    from erts_emu.driver import driver_deq, driver_enq

    read_end, write_end = pipes()
    seen = []

    def ready_input(self, fd):
        seen.append(os.read(fd, 100))
        driver_output(self.port, b"lost")
        driver_deq(self.port, 3)
        driver_select(self.port, fd, ERL_DRV_USE, 0)

    me.trap_exit = True
    cls = selecting(
        ready_input=ready_input,
        output=lambda self, buf: driver_enq(self.port, buf) and None,
        stop_select=staticmethod(lambda fd, reserved: None),
    )
    port = opened(me, cls)
    me.port_command(port, b"abc")
    select(me, port, read_end, READ_AND_USE, 1)
    me.send(port, (me.pid, Atom("close")))
    assert me.receive() == (EXIT, port, NORMAL)
    assert me.ports() == [port]
    os.write(write_end, b"go on")
    assert me.receive(timeout=5.0) == (port, Atom("closed"))
    assert seen == [b"go on"]
    assert me.flush() == []
