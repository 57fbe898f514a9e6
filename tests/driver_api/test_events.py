"""File descriptors (driver_api.md §2.9)."""

import os

import pytest

from erts_emu.driver import (
    ERL_DRV_READ,
    ERL_DRV_USE,
    ERL_DRV_USE_NO_CALLBACK,
    ERL_DRV_WRITE,
    driver_select,
)

from .proof import Lab, proves


@pytest.fixture
def pipe():
    """Both ends of a pipe; closed afterwards unless a driver has closed them."""
    ends = os.pipe()
    os.set_blocking(ends[0], False)
    yield ends
    for fd in ends:
        try:
            os.close(fd)
        except OSError:
            pass


def reader(log):
    def ready_input(driver, event):
        log.append(("in", os.read(event, 1)))

    return ready_input


@proves("driver_select")
def test_input_comes_again_until_it_is_read_and_not_after_deselecting(me, pipe):
    log = []
    lab = Lab(me, ready_input=reader(log))
    assert lab.run(lambda d: driver_select(d.port, pipe[0], ERL_DRV_READ | ERL_DRV_USE, 1)) == 0
    assert lab.run(lambda d: driver_select(d.port, pipe[0], ERL_DRV_READ, 1)) == 0
    os.write(pipe[1], b"abc")
    me.sleep(0.01)
    assert log == [("in", b"a"), ("in", b"b"), ("in", b"c")]
    assert lab.run(lambda d: driver_select(d.port, pipe[0], ERL_DRV_READ, 0)) == 0
    os.write(pipe[1], b"d")
    me.sleep(0.01)
    assert len(log) == 3


@proves("driver_select")
def test_bad_descriptors_and_no_mode(me):
    lab = Lab(me)
    assert lab.run(lambda d: driver_select(d.port, -1, ERL_DRV_READ, 1)) == -1
    assert lab.run(lambda d: driver_select(d.port, 0, 0, 1)) == 0


@proves("S5", "driver_select")
@pytest.mark.parametrize("mode", [ERL_DRV_READ, ERL_DRV_WRITE])
def test_a_missing_callback_is_no_error_but_the_descriptor_is_deselected(emu, me, pipe, mode, logged):
    lab = Lab(me)
    os.write(pipe[1], b"x")
    fd = pipe[0] if mode == ERL_DRV_READ else pipe[1]
    assert lab.run(lambda d: driver_select(d.port, fd, mode, 1)) == 0
    me.sleep(0.01)
    assert fd not in emu.check_io.selected()
    assert "no_ready_callback" in [event["event"] for event in logged]


@proves("S22")
def test_output_is_told_before_input(me):
    import socket

    ours, theirs = socket.socketpair()
    with ours, theirs:
        log = []

        def told(what):
            def ready(driver, event):
                log.append(what)
                driver_select(driver.port, event, ERL_DRV_READ | ERL_DRV_WRITE if len(log) > 1 else ERL_DRV_WRITE, 0)

            return ready

        theirs.send(b"x")
        lab = Lab(me, ready_input=told("in"), ready_output=told("out"))
        lab.run(lambda d: driver_select(d.port, ours.fileno(), ERL_DRV_READ | ERL_DRV_WRITE, 1))
        me.sleep(0.01)
        assert log == ["out", "in"]


@proves("S21", "driver_select")
def test_stop_select_runs_inside_driver_select(me, pipe):
    log = []
    lab = Lab(
        me, ready_input=reader(log), stop_select=staticmethod(lambda event, reserved: log.append((event, reserved)))
    )
    lab.run(lambda d: driver_select(d.port, pipe[0], ERL_DRV_READ | ERL_DRV_USE, 1))
    assert lab.run(lambda d: (driver_select(d.port, pipe[0], ERL_DRV_USE, 0), list(log))) == (0, [(pipe[0], None)])
    os.write(pipe[1], b"x")
    me.sleep(0.01)
    assert len(log) == 1


@proves("S20")
def test_use_off_on_an_unknown_descriptor_calls_stop_select_each_time(me, pipe):
    log = []
    lab = Lab(me, stop_select=staticmethod(lambda event, reserved: log.append(event)))
    for _ in range(3):
        assert lab.run(lambda d: driver_select(d.port, pipe[0], ERL_DRV_USE, 0)) == 0
    assert log == [pipe[0]] * 3


@proves("S19")
def test_use_no_callback_alone_leaves_events_on(me, pipe):
    log = []
    lab = Lab(me, ready_input=reader(log), stop_select=staticmethod(lambda event, reserved: log.append("stop_select")))
    lab.run(lambda d: driver_select(d.port, pipe[0], ERL_DRV_READ | ERL_DRV_USE, 1))
    assert lab.run(lambda d: driver_select(d.port, pipe[0], ERL_DRV_USE_NO_CALLBACK, 0)) == 0
    os.write(pipe[1], b"a")
    me.sleep(0.01)
    assert log == [("in", b"a")]
    assert lab.run(lambda d: driver_select(d.port, pipe[0], ERL_DRV_READ | ERL_DRV_USE_NO_CALLBACK, 0)) == 0
    os.write(pipe[1], b"b")
    me.sleep(0.01)
    assert log == [("in", b"a")]


@proves("driver_select")
def test_another_port_takes_a_descriptor_over(me, pipe, logged):
    log = []
    lab = Lab(me, ready_input=lambda d, event: log.append((lab.drivers.index(d), os.read(event, 1))))
    second = lab.open()
    for number, port in enumerate((lab.port, second)):
        lab.run(lambda _, number=number: driver_select(lab.drivers[number].port, pipe[0], ERL_DRV_READ, 1), at=port)
    os.write(pipe[1], b"x")
    me.sleep(0.01)
    assert log == [(1, b"x")]
    assert "descriptor_stolen" in [event["event"] for event in logged]
    lab.run(lambda _: driver_select(lab.drivers[1].port, pipe[0], ERL_DRV_READ, 0))
