"""Tracepoints and microstate counters as parts: subscribing, failing listeners, booking."""

import pytest

from erts_emu import Emulator
from erts_emu.ethread import SimulatedThreads
from erts_emu.msacc import MICROSTATES, Microstates, accounted
from erts_emu.trace import DETAILS, TRACEPOINTS, Trace

MS = 1_000_000


# --- tracepoints ---


def test_a_tracepoint_is_none_until_somebody_listens_and_again_afterwards():
    trace = Trace()
    assert all(getattr(trace, name) is None for name in TRACEPOINTS)
    log = []

    def listener(name, fields):
        log.append((name, fields))

    trace.subscribe(listener, "port_open")
    trace.port_open(port=1, driver=2)
    assert trace.port_exit is None
    assert log == [("port_open", {"port": 1, "driver": 2})]
    assert repr(trace) == "<Trace ['port_open']>"
    trace.unsubscribe(listener)
    assert trace.port_open is None
    trace.unsubscribe(listener)


def test_a_probe_gets_the_fields_with_nothing_in_between_and_comes_before_listeners():
    trace, log = Trace(), []

    def probe(port, driver):
        log.append(("probe", port, driver))

    trace.attach("port_open", probe)
    assert trace.port_open is probe
    assert repr(trace) == "<Trace ['port_open']>"
    trace.subscribe(lambda name, fields: log.append((name, fields)), "port_open")
    trace.port_open(port=1, driver=2)
    assert log == [("probe", 1, 2), ("port_open", {"port": 1, "driver": 2})]
    trace.detach("port_open", probe)
    trace.port_open(port=3, driver=4)
    assert len(log) == 3
    with pytest.raises(ValueError, match="no tracepoint is called 'port_opened'"):
        trace.attach("port_opened", probe)


def test_details_are_tracepoints():
    assert set(TRACEPOINTS) > DETAILS


def test_without_names_a_listener_hears_everything():
    trace, log = Trace(), []
    trace.subscribe(lambda name, fields: log.append(name))
    for name in TRACEPOINTS:
        getattr(trace, name)()
    assert log == [*TRACEPOINTS]


def test_listeners_are_called_in_the_order_in_which_they_subscribed():
    trace, log = Trace(), []
    for number in range(3):
        trace.subscribe(lambda name, fields, number=number: log.append(number), "port_open")
    trace.port_open()
    assert log == [0, 1, 2]


def test_a_listener_that_raises_is_logged_and_removed_and_the_others_go_on(logged):
    trace, log = Trace(), []

    def broken(name, fields):
        raise KeyError("oops")

    trace.subscribe(broken, "port_open", "port_exit")
    trace.subscribe(lambda name, fields: log.append(name), "port_open")
    trace.port_open()
    trace.port_open()
    assert log == ["port_open"] * 2
    assert trace.port_exit is None
    (event,) = logged
    assert event["event"] == "trace_listener_removed"
    assert event["tracepoint"] == "port_open"
    assert "oops" in event["error"]


def test_a_listener_may_unsubscribe_itself_while_it_is_called():
    trace, log = Trace(), []

    def once(name, fields):
        log.append(name)
        trace.unsubscribe(once)

    trace.subscribe(once, "port_open")
    trace.port_open()
    assert trace.port_open is None
    assert log == ["port_open"]


def test_subscribing_to_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"no tracepoint is called 'port_opened'; there are .*port_open,"):
        Trace().subscribe(print, "port_opened")


def test_an_unknown_tracepoint_is_no_attribute():
    with pytest.raises(AttributeError, match="port_opened"):
        Trace().port_opened  # noqa: B018 -- reading it is what must fail


# --- microstates ---


def test_time_is_booked_on_the_state_that_ends():
    layer = SimulatedThreads()
    states = Microstates(layer, "scheduler", 1, "other")
    layer.sleep(2 * MS)
    assert states.enter("port") == "other"
    layer.sleep(3 * MS)
    assert states.snapshot()["port"] == 3 * MS, "the running state is counted up to now"
    assert states.counters["port"] == 0
    assert states.enter("sleep") == "port"
    layer.sleep(5 * MS)
    snapshot = states.snapshot()
    assert snapshot == {**dict.fromkeys(MICROSTATES, 0), "other": 2 * MS, "port": 3 * MS, "sleep": 5 * MS}
    assert sum(snapshot.values()) == layer.monotonic()
    assert repr(states) == "<Microstates scheduler 1 sleep>"


def test_the_states_are_those_of_a_standard_build():
    assert MICROSTATES == ("aux", "check_io", "emulator", "gc", "other", "port", "sleep")


def test_an_accounted_function_is_port_time_of_the_calling_scheduler_even_if_it_raises():
    layer = SimulatedThreads()

    class Seat:
        msacc = Microstates(layer, "scheduler", 1, "aux")

    def work(duration):
        layer.sleep(duration)
        if duration > MS:
            raise ValueError("too long")
        return duration

    run = accounted(layer, work)
    assert run(MS) == MS, "outside of a seat nothing is booked"
    layer.tsd.scheduler = Seat
    assert run(MS) == MS
    with pytest.raises(ValueError, match="too long"):
        run(2 * MS)
    assert Seat.msacc.state == "aux"
    assert Seat.msacc.counters["port"] == 3 * MS
    assert accounted(layer, None) is None


# --- names of threads ---


def test_an_attached_thread_is_called_by_its_name_until_it_has_one_of_its_own():
    with Emulator(threads="simulated") as emu:
        assert emu.layer.tsd.name == "unknown"
        emu.attach(name="tester").detach()
        emu.attach(name="somebody else").detach()
        assert emu.layer.tsd.name == "tester"
