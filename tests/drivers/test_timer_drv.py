"""``timer_drv``: to the nanosecond on virtual time, never early on real time."""

import pytest
from helpers import traced

from erts_emu import Atom
from erts_emu.errors import Badarg

ONCE, EVERY, CANCEL, READ = 1, 2, 3, 4
MS = 1_000_000
HOUR = 3_600_000


@pytest.fixture
def control(me):
    """``port_control`` with a number of milliseconds, or without; returns the milliseconds that were left."""

    def control(port, operation, milliseconds=None):
        data = b"" if milliseconds is None else milliseconds.to_bytes(4)
        return int.from_bytes(me.port_control(port, operation, data))

    return control


@pytest.fixture
def tick(data):
    """The number of the next tick."""
    return lambda port: int.from_bytes(data(port))


@pytest.fixture
def passed(emu, threads):
    """Check that so many milliseconds have passed since the test began: exactly, or at least on real time."""
    began = emu.layer.monotonic()

    def passed(milliseconds):
        now = emu.layer.monotonic() - began
        return now >= milliseconds * MS if threads == "real" else now == milliseconds * MS

    return passed


def test_once(open_port, control, tick, passed, silent):
    port = open_port()
    assert control(port, ONCE, 50) == 0
    assert tick(port) == 1
    assert passed(50)
    assert silent(0.06)


def test_every(open_port, control, tick, passed):
    port = open_port()
    control(port, EVERY, 10)
    for number in range(1, 11):
        assert tick(port) == number
        assert passed(10 * number)


def test_a_period_does_not_stretch_when_the_port_is_late(emu, me, open_port, control, tick, threads):
    """The process sits in the only scheduler's seat for several periods; then the ticks catch up."""
    port = open_port()
    began = emu.layer.monotonic()
    control(port, EVERY, 10)

    async def hog(process):
        emu.layer.sleep(35 * MS)

    me.spawn(hog)
    assert [tick(port) for _ in range(6)] == [1, 2, 3, 4, 5, 6]
    passed = (emu.layer.monotonic() - began) / MS
    assert passed >= 60 if threads == "real" else passed == 60


def test_at_once_is_after_the_call(open_port, control, tick, passed, threads):
    port = open_port()
    assert control(port, ONCE, 0) == 0
    assert tick(port) == 1
    assert passed(0)


def test_what_is_left(me, open_port, control, threads):
    port = open_port()
    assert control(port, READ) == 0
    assert control(port, ONCE, HOUR) == 0
    me.sleep(0.005)
    left = control(port, READ)
    assert HOUR - 2000 < left <= HOUR - 5 if threads == "real" else left == HOUR - 5


def test_cancelling(open_port, control, silent):
    port = open_port()
    control(port, EVERY, 100)
    assert 0 < control(port, CANCEL) <= 100
    assert control(port, CANCEL) == 0
    assert silent(0.12)


def test_no_tick_comes_once_cancel_has_returned(me, open_port, control, silent):
    port = open_port()
    control(port, ONCE, 0)
    control(port, CANCEL)
    me.flush()
    assert silent()


def test_a_new_timer_replaces_the_old_one_and_counts_anew(me, open_port, control, tick, passed, silent):
    port = open_port()
    control(port, EVERY, HOUR)
    assert control(port, EVERY, 10) > 10
    assert [tick(port), tick(port)] == [1, 2]
    control(port, ONCE, 150)
    me.flush()  # on real time, another of the old ticks may have come before
    assert tick(port) == 1
    assert passed(170)
    assert silent(0.04)


def test_ports_tick_on_their_own(me, open_port, control, threads):
    slow, fast = open_port(), open_port()
    control(slow, EVERY, 30)
    control(fast, EVERY, 20)
    ticks = [me.receive()[0] for _ in range(5)]
    if threads != "real":
        assert ticks[:3] == [fast, slow, fast]
        assert set(ticks[3:]) == {slow, fast}  # both at 60 ms
    assert set(ticks) == {slow, fast}


def test_closing_stops_the_ticks_of_that_port_only(me, open_port, control, tick):
    closing, staying = open_port(), open_port()
    control(closing, EVERY, 3)
    control(staying, EVERY, 2)
    tick(staying)
    me.port_close(closing)
    me.receive((Atom("EXIT"), closing, Atom("normal")))
    me.flush()
    received = {me.receive()[0] for _ in range(5)}
    assert received == {staying}


@pytest.mark.parametrize(
    ("operation", "argument"),
    [(ONCE, b""), (ONCE, b"123"), (ONCE, b"12345"), (EVERY, b""), (EVERY, bytes(4)), (0, bytes(4)), (5, b"")],
)
def test_nonsense_is_badarg_and_changes_nothing(me, open_port, control, tick, operation, argument):
    port = open_port()
    control(port, EVERY, 5)
    with pytest.raises(Badarg):
        me.port_control(port, operation, argument)
    assert [tick(port), tick(port)] == [1, 2]


def test_unloading_under_running_timers(emu, me, open_port, control):
    timeouts = traced(emu, "driver_timeout")
    for _ in range(3):
        control(open_port(), EVERY, HOUR)
    assert timeouts == []


def test_a_year_of_ticks(open_port, control, tick, passed, threads):
    if threads == "real":
        pytest.skip("takes a year")
    port = open_port()
    control(port, EVERY, 24 * HOUR)
    for day in range(1, 366):
        assert tick(port) == day
    assert passed(365 * 24 * HOUR)
