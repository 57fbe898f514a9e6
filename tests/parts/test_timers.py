"""Timers: never early, in order, cancelled for good (``scheduling.md`` §9)."""

import pytest
from helpers import Log, every_schedule, everywhere, in_order, open_port, received, schedules
from hypothesis import given
from hypothesis import strategies as st

from erts_emu.driver import (
    Driver,
    Pointer,
    driver_cancel_timer,
    driver_output,
    driver_read_timer,
    driver_set_timer,
)
from erts_emu.timers import TimerWheel, deadline_after

MS = 1_000_000


def test_a_deadline_is_so_many_milliseconds_away():
    assert deadline_after(5, 3) == 5 + 3 * MS


def test_nothing_fires_before_its_deadline():
    wheel, log = TimerWheel(), []
    wheel.set(10, lambda: log.append("fired"))
    assert wheel.next_deadline() == 10
    assert wheel.bump(9) == 0
    assert log == []
    assert wheel.bump(10) == 1
    assert log == ["fired"]
    assert wheel.bump(1000) == 0
    assert wheel.next_deadline() is None


def test_timers_of_one_deadline_fire_in_the_order_in_which_they_were_set():
    wheel, log = TimerWheel(), []
    for name in "abc":
        wheel.set(7, lambda name=name: log.append(name))
    wheel.set(6, lambda: log.append("first"))
    assert wheel.bump(7) == 4
    assert log == ["first", "a", "b", "c"]


def test_a_timer_set_by_an_action_waits_for_the_next_bump():
    wheel, log = TimerWheel(), []

    def again():
        log.append("fired")
        wheel.set(0, again)

    wheel.set(0, again)
    assert wheel.bump(0) == 1
    assert wheel.bump(0) == 1
    assert log == ["fired"] * 2


def test_a_cancelled_timer_does_not_fire_and_cancelling_says_whether_it_was_pending():
    wheel, log = TimerWheel(), []
    timer = wheel.set(5, lambda: log.append("fired"))
    other = wheel.set(5, lambda: log.append("other"))
    assert timer.cancel() is True
    assert timer.cancel() is False
    assert wheel.bump(5) == 1
    assert other.cancel() is False
    assert log == ["other"]


def test_an_action_may_cancel_another_timer_that_is_due():
    wheel, log = TimerWheel(), []
    wheel.set(1, lambda: log.append(second.cancel()))
    second = wheel.set(2, lambda: log.append("second"))
    assert wheel.bump(5) == 1
    assert log == [True]


def test_cancelled_timers_do_not_pile_up():
    wheel = TimerWheel()
    keep = wheel.set(10**9, lambda: None)
    for _ in range(10_000):
        wheel.set(10**12, lambda: None).cancel()
    assert len(wheel.heap) < 300
    assert wheel.next_deadline() == keep.deadline
    assert "timers" in repr(wheel)
    assert "over" not in repr(keep)


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=200), st.lists(st.integers(0, 60), max_size=20))
def test_whatever_is_set_and_cancelled_the_rest_fires_once_in_order(timers, bumps):
    wheel, log, now = TimerWheel(), [], 0
    expected = []
    for number, (deadline, cancelled) in enumerate(timers):
        timer = wheel.set(deadline, lambda number=number: log.append(number))
        if cancelled:
            timer.cancel()
        else:
            expected.append((deadline, number))
    for step in sorted(bumps):
        now = max(now, step)
        wheel.bump(now)
        assert sorted(log) == sorted(number for deadline, number in expected if deadline <= now)
    wheel.bump(100)
    assert [number for _, number in sorted(expected)][len(log) :] == []
    assert sorted(log) == sorted(number for _, number in expected)


# --- the driver's timer ---


class Clock(Driver):
    """Sets its timer to the operation of control, and tells when it fired."""

    driver_name = "clock"

    def control(self, command, buf):
        if buf == b"cancel":
            driver_cancel_timer(self.port)
        elif buf == b"read":
            left = Pointer(-1)
            driver_read_timer(self.port, left)
            return left.value.to_bytes(4)
        else:
            driver_set_timer(self.port, command)
        return b""

    def timeout(self):
        driver_output(self.port, b"timeout")


@everywhere
@pytest.mark.parametrize("milliseconds", [0, 1, 2, 10])
def test_a_driver_timer_never_fires_early(run, milliseconds):
    def scenario(emu):
        with emu.attach() as me:
            port = open_port(me, Clock)
            before = emu.layer.monotonic()
            me.port_control(port, milliseconds, b"")
            assert received(me, 1) == [b"timeout"]
            assert emu.layer.monotonic() - before >= milliseconds * MS

    run(scenario, **schedules(run, 50))


@everywhere
def test_setting_the_timer_anew_replaces_it_and_cancelling_ends_it(run):
    def scenario(emu):
        with emu.attach() as me:
            port = open_port(me, Clock)
            me.port_control(port, 3600_000, b"")
            assert me.port_control(port, 0, b"read")[-4:] != [0, 0, 0, 0]
            me.port_control(port, 1, b"")
            received(me, 1)
            assert me.port_control(port, 0, b"read") == [0, 0, 0, 0]
            me.port_control(port, 1, b"")
            me.port_control(port, 0, b"cancel")
            me.sleep(0.02)
            assert me.flush() == []

    run(scenario)


def test_a_fired_timer_that_was_not_delivered_is_discarded_by_cancelling():
    def scenario(emu):
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_set_timer(self.port, 0)
                driver_cancel_timer(self.port)

            def timeout(self):
                log.append("timeout")

        with emu.attach() as me:
            me.port_command(open_port(me, D), b"")
            me.sleep(0.1)
        assert log == []

    in_order(scenario)
    every_schedule(scenario)


def test_a_closed_ports_timer_is_gone(emu, me):
    port = open_port(me, Clock)
    me.port_control(port, 1, b"")
    me.port_close(port)
    me.sleep(0.1)
    assert me.flush() == []
    assert emu.schedulers[0].timers.next_deadline() is None


@everywhere
def test_receive_waits_its_time_and_not_less(run):
    def scenario(emu):
        with emu.attach() as me:
            before = emu.layer.monotonic()
            me.sleep(0.005)
            assert emu.layer.monotonic() - before >= 5 * MS

    run(scenario)


@everywhere
def test_many_sleepers_wake_in_the_order_of_their_deadlines(run):
    def scenario(emu):
        log = Log()

        async def sleep(process, milliseconds):
            await process.sleep(milliseconds / 1000)
            log.append(milliseconds)

        with emu.attach() as me:
            processes = [emu.spawn(sleep, milliseconds) for milliseconds in (30, 1, 15)]
            for process in processes:
                me.wait_for(process)
        assert log == [1, 15, 30]

    run(scenario)
