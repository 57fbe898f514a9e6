"""Threads and thread-specific data (driver_api.md §2.17)."""

import errno

import pytest
from helpers import everywhere, schedules

from erts_emu import Emulator
from erts_emu.driver import (
    ERL_DRV_NIL,
    ERL_DRV_SEC,
    ERL_DRV_TIME_ERROR,
    INVALID_PORT,
    DriverCallbackError,
    DriverMisuse,
    Pointer,
    driver_create_port,
    driver_deq,
    driver_enq,
    driver_mk_port,
    driver_pdl_create,
    driver_pdl_lock,
    driver_pdl_unlock,
    driver_sizeq,
    erl_drv_equal_tids,
    erl_drv_monotonic_time,
    erl_drv_mutex_create,
    erl_drv_mutex_lock,
    erl_drv_output_term,
    erl_drv_send_term,
    erl_drv_thread_create,
    erl_drv_thread_exit,
    erl_drv_thread_join,
    erl_drv_thread_name,
    erl_drv_thread_opts_create,
    erl_drv_thread_opts_destroy,
    erl_drv_thread_self,
    erl_drv_tsd_get,
    erl_drv_tsd_key_create,
    erl_drv_tsd_key_destroy,
    erl_drv_tsd_set,
)

from .proof import Lab, proves


@pytest.fixture
def inside(me):
    """Run a function inside a callback."""
    lab = Lab(me)
    return lambda function: lab.run(lambda _: function())


def started(function, argument=None, name="thread"):
    tid = Pointer(None)
    assert erl_drv_thread_create(name, tid, function, argument, None) == 0
    return tid.value


def joined(tid):
    result = Pointer("untouched")
    assert erl_drv_thread_join(tid, result) == 0
    return result.value


# --- threads ---


@proves("erl_drv_thread_create", "erl_drv_thread_join")
@everywhere
def test_a_thread_calls_its_function_and_its_result_reaches_the_joiner(run):
    def scenario(emu):
        with emu.attach() as me:
            tids = Lab(me).run(lambda _: [started(lambda n: n * n, n) for n in range(4)])
            assert Lab(me, name="other").run(lambda _: [joined(tid) for tid in tids]) == [0, 1, 4, 9]

    run(scenario, **schedules(run, 50))


@proves("erl_drv_thread_exit", "erl_drv_thread_join")
@everywhere
def test_a_thread_may_exit_from_anywhere(run):
    def scenario(emu):
        with emu.attach() as me:
            log = []

            def deep(n):
                if n:
                    try:
                        deep(n - 1)
                    except Exception:
                        log.append("stopped")
                erl_drv_thread_exit("deep")

            assert Lab(me).run(lambda _: joined(started(deep, 5))) == "deep"
            assert log == []

    run(scenario, **schedules(run, 50))


@proves("erl_drv_thread_exit")
def test_a_thread_of_the_emulators_own_cannot_exit_so(inside):
    def job():
        with pytest.raises(DriverMisuse, match=r"Fatal error in erl_drv_thread_exit\(\): Permission denied \[13\]"):
            erl_drv_thread_exit(None)

    inside(job)


@proves("erl_drv_thread_join")
def test_joining_oneself_a_stranger_or_the_dead(inside):
    def job():
        assert joined(started(lambda _: erl_drv_thread_join(erl_drv_thread_self(), None))) == errno.EDEADLK
        assert erl_drv_thread_join(erl_drv_thread_self(), None) == errno.EINVAL
        tid = started(lambda _: None)
        assert erl_drv_thread_join(tid, None) == 0
        with pytest.raises(DriverMisuse, match="which was joined before"):
            erl_drv_thread_join(tid, None)
        with pytest.raises(DriverMisuse, match="NULL"):
            erl_drv_thread_join(None, None)

    inside(job)


@proves("erl_drv_thread_self", "erl_drv_equal_tids", "erl_drv_thread_name")
def test_every_thread_has_an_identifier(inside):
    def job():
        me = erl_drv_thread_self()
        assert erl_drv_equal_tids(me, erl_drv_thread_self()) != 0
        other = started(lambda _: erl_drv_thread_self(), name="a rather long name for a thread")
        assert joined(other) is other
        assert erl_drv_equal_tids(me, other) == 0
        names = [erl_drv_thread_name(tid) for tid in (me, other, started(lambda _: None, name=None), None)]
        assert names == ["unknown", "a rather long name for a thread", "unknown", None]
        for tids in ((None, me), (me, None)):
            with pytest.raises(DriverMisuse, match=r"erl_drv_equal_tids\(\): Invalid argument"):
                erl_drv_equal_tids(*tids)

    inside(job)


@proves("erl_drv_thread_opts_create", "erl_drv_thread_opts_destroy", "erl_drv_thread_create")
def test_options_suggest_a_stack_size(inside):
    def job():
        opts = erl_drv_thread_opts_create("opts")
        assert opts.suggested_stack_size == -1
        opts.suggested_stack_size = 64
        tid = Pointer(None)
        assert erl_drv_thread_create("small", tid, lambda _: "ran", None, opts) == 0
        assert joined(tid.value) == "ran"
        assert erl_drv_thread_opts_destroy(opts) is None
        with pytest.raises(DriverMisuse, match=r"erl_drv_thread_opts_destroy\(\): Invalid argument"):
            erl_drv_thread_opts_destroy(None)

    inside(job)


@proves("erl_drv_thread_create")
def test_a_thread_needs_a_function_and_a_place_for_its_identifier(inside):
    def job():
        for tid, function in ((None, print), (Pointer(None), None)):
            with pytest.raises(DriverMisuse, match="needs a Pointer and a function"):
                erl_drv_thread_create("x", tid, function, None, None)

    inside(job)


@proves("erl_drv_thread_create")
def test_when_the_system_has_no_more_threads_it_is_an_errno(emu, inside, monkeypatch):
    def refuse(name, target):
        raise RuntimeError("can't start new thread")

    def job():
        monkeypatch.setattr(Emulator, "spawn_thread", lambda self, name, target: refuse(name, target))
        tid = Pointer("untouched")
        result = erl_drv_thread_create("x", tid, lambda _: None, None, None)
        monkeypatch.undo()
        return result, tid.value

    assert inside(job) == (errno.EAGAIN, "untouched")


@proves("erl_drv_thread_create")
def test_what_a_threads_function_raises_is_the_drivers_error():
    emu = Emulator(threads="simulated")
    with pytest.raises(DriverCallbackError, match=r"thread faulty.*ZeroDivisionError"), emu, emu.attach() as me:
        assert Lab(me).run(lambda _: joined(started(lambda _: 1 / 0, name="faulty"))) is None


@proves("erl_drv_thread_create", "erl_drv_mutex_lock")
def test_a_thread_that_ends_with_a_lock_is_noticed():
    emu = Emulator(threads="simulated")

    def job(_):
        mutex = erl_drv_mutex_create("kept")
        joined(started(lambda _: erl_drv_mutex_lock(mutex), name="kept_it"))

    with pytest.raises(DriverCallbackError, match="thread kept_it still holding 'kept"), emu, emu.attach() as me:
        Lab(me).run(job)


@proves("erl_drv_thread_create")
@everywhere
def test_what_works_in_a_drivers_thread(run):
    def scenario(emu):
        with emu.attach() as me:

            def thread(driver):
                term = driver.term
                driver_pdl_lock(driver.pdl)
                queue = driver_enq(driver.port, b"abc"), driver_sizeq(driver.port), driver_deq(driver.port, 3)
                driver_pdl_unlock(driver.pdl)
                return (
                    erl_drv_output_term(term, [ERL_DRV_NIL]),
                    erl_drv_send_term(term, me.pid, [ERL_DRV_NIL]),
                    queue,
                    erl_drv_monotonic_time(ERL_DRV_SEC),
                    driver_create_port(driver.port, me.pid, "x", None) is INVALID_PORT,
                )

            def job(driver):
                driver.term, driver.pdl = driver_mk_port(driver.port), driver_pdl_create(driver.port)
                return joined(started(thread, driver))

            assert Lab(me).run(job) == (1, 1, (0, 3, 0), ERL_DRV_TIME_ERROR, True)
            assert [me.receive(), me.receive()] == [[], []]

    run(scenario, **schedules(run, 50))


# --- thread-specific data ---


@proves("erl_drv_tsd_key_create", "erl_drv_tsd_key_destroy")
def test_the_lowest_free_number_is_the_next_key(inside):
    def key(name):
        pointer = Pointer(-5)
        assert erl_drv_tsd_key_create(name, pointer) == 0
        return pointer.value

    def job():
        assert [key("a"), key(None), key("c")] == [1, 2, 3]
        assert erl_drv_tsd_key_destroy(1) is None
        erl_drv_tsd_key_destroy(3)
        assert [key("d"), key("e"), key("f")] == [1, 3, 4]
        with pytest.raises(DriverMisuse, match=r"erl_drv_tsd_key_create\(\): Invalid argument \[22\]"):
            erl_drv_tsd_key_create("x", None)

    inside(job)


@proves("erl_drv_tsd_set", "erl_drv_tsd_get")
def test_a_value_left_behind_is_there_again_under_a_new_key_of_its_number(inside):
    def job():
        key = Pointer(0)
        erl_drv_tsd_key_create("a", key)
        assert erl_drv_tsd_get(key.value) is None
        assert erl_drv_tsd_set(key.value, 77) is None
        erl_drv_tsd_key_destroy(key.value)
        erl_drv_tsd_key_create("b", key)
        return erl_drv_tsd_get(key.value), joined(started(lambda _: erl_drv_tsd_get(key.value)))

    assert inside(job) == (77, None)  # as erl 25 says


@proves("erl_drv_tsd_set", "erl_drv_tsd_get", "erl_drv_tsd_key_destroy")
@pytest.mark.parametrize("function", [lambda key: erl_drv_tsd_set(key, 1), erl_drv_tsd_get, erl_drv_tsd_key_destroy])
@pytest.mark.parametrize("key", [0, 1, 99, -1])
def test_an_unknown_key_is_an_error(inside, function, key):
    def job():
        with pytest.raises(DriverMisuse, match=r"erl_drv_tsd_\w+\(\): Invalid argument \[22\]"):
            function(key)

    inside(job)


@proves("erl_drv_tsd_set", "erl_drv_tsd_get", "erl_drv_tsd_key_create")
@everywhere
def test_each_thread_has_its_own_values(run):
    def scenario(emu):
        with emu.attach() as me:
            mutex = None
            key = Pointer(0)

            def thread(number):
                erl_drv_tsd_set(key.value, number)
                started_inside = started(lambda _: erl_drv_tsd_get(key.value))
                return erl_drv_tsd_get(key.value), joined(started_inside)

            def job(_):
                nonlocal mutex
                mutex = erl_drv_mutex_create("m")
                erl_drv_tsd_key_create("own", key)
                erl_drv_tsd_set(key.value, "callback")
                tids = [started(thread, number) for number in range(3)]
                return [joined(tid) for tid in tids], erl_drv_tsd_get(key.value)

            assert Lab(me).run(job) == ([(0, None), (1, None), (2, None)], "callback")

    run(scenario, **schedules(run, 40))
