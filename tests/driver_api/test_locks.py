"""Mutexes, conditions, readers-writer locks (driver_api.md §2.17)."""

import errno

import pytest
from helpers import everywhere, schedules

from erts_emu import Emulator
from erts_emu.driver import (
    DriverMisuse,
    Pointer,
    erl_drv_cond_broadcast,
    erl_drv_cond_create,
    erl_drv_cond_destroy,
    erl_drv_cond_name,
    erl_drv_cond_signal,
    erl_drv_cond_wait,
    erl_drv_mutex_create,
    erl_drv_mutex_destroy,
    erl_drv_mutex_lock,
    erl_drv_mutex_name,
    erl_drv_mutex_trylock,
    erl_drv_mutex_unlock,
    erl_drv_rwlock_create,
    erl_drv_rwlock_destroy,
    erl_drv_rwlock_name,
    erl_drv_rwlock_rlock,
    erl_drv_rwlock_runlock,
    erl_drv_rwlock_rwlock,
    erl_drv_rwlock_rwunlock,
    erl_drv_rwlock_tryrlock,
    erl_drv_rwlock_tryrwlock,
    erl_drv_sleep,
    erl_drv_thread_create,
    erl_drv_thread_join,
)
from erts_emu.ethread import DeadlockError, SeededRandom
from erts_emu.locks import LockNotHeld, LockOrderViolation, NotLockOwner, SelfDeadlock

from .proof import Lab, proves

EBUSY = errno.EBUSY
INVALID = r"Fatal error in {}\(\): Invalid argument \[22\]"
BUSY = r"Fatal error in {}\(\): Device or resource busy \[16\]"


@pytest.fixture
def inside(me):
    """Run a function inside a callback."""
    lab = Lab(me)
    return lambda function: lab.run(lambda _: function())


def threads(count, function):
    """Start threads that call ``function(number)``, and wait for all of them."""
    tids = [Pointer(None) for _ in range(count)]
    for number, tid in enumerate(tids):
        assert erl_drv_thread_create(f"thread {number}", tid, function, number, None) == 0
    for tid in tids:
        assert erl_drv_thread_join(tid.value, None) == 0


# --- mutexes ---


@proves("erl_drv_mutex_create", "erl_drv_mutex_name", "erl_drv_mutex_destroy")
@proves("erl_drv_cond_create", "erl_drv_cond_name", "erl_drv_cond_destroy")
@proves("erl_drv_rwlock_create", "erl_drv_rwlock_name", "erl_drv_rwlock_destroy")
@pytest.mark.parametrize(
    ("create", "name_of", "destroy"),
    [
        (erl_drv_mutex_create, erl_drv_mutex_name, erl_drv_mutex_destroy),
        (erl_drv_cond_create, erl_drv_cond_name, erl_drv_cond_destroy),
        (erl_drv_rwlock_create, erl_drv_rwlock_name, erl_drv_rwlock_destroy),
    ],
)
def test_what_is_made_has_a_name_and_an_end(inside, create, name_of, destroy):
    def job():
        named, nameless = create("mine"), create(None)
        assert (name_of(named), name_of(nameless), name_of(None)) == ("mine", "unknown", None)
        assert destroy(named) is None
        with pytest.raises(DriverMisuse, match=INVALID.format(destroy.__name__)):
            destroy(named)
        with pytest.raises(DriverMisuse, match=INVALID.format(destroy.__name__)):
            destroy(None)

    inside(job)


@proves("erl_drv_mutex_lock", "erl_drv_mutex_unlock", "erl_drv_mutex_trylock")
def test_a_mutex_is_had_once_even_by_its_owner(inside):
    def job():
        mutex = erl_drv_mutex_create("m")
        assert erl_drv_mutex_trylock(mutex) == 0
        assert erl_drv_mutex_trylock(mutex) == EBUSY
        erl_drv_mutex_unlock(mutex)
        erl_drv_mutex_lock(mutex)
        assert erl_drv_mutex_trylock(mutex) == EBUSY
        erl_drv_mutex_unlock(mutex)
        assert erl_drv_mutex_trylock(mutex) == 0
        erl_drv_mutex_unlock(mutex)

    inside(job)


@proves("erl_drv_mutex_destroy")
def test_a_locked_mutex_cannot_be_destroyed(inside):
    def job():
        mutex = erl_drv_mutex_create("m")
        erl_drv_mutex_lock(mutex)
        with pytest.raises(DriverMisuse, match=BUSY.format("erl_drv_mutex_destroy")):
            erl_drv_mutex_destroy(mutex)
        erl_drv_mutex_unlock(mutex)
        erl_drv_mutex_destroy(mutex)

    inside(job)


@proves("erl_drv_mutex_lock", "erl_drv_mutex_unlock", "erl_drv_mutex_trylock", "erl_drv_cond_signal")
@proves("erl_drv_cond_broadcast", "erl_drv_cond_wait", "erl_drv_rwlock_rlock", "erl_drv_rwlock_runlock")
@proves("erl_drv_rwlock_tryrlock", "erl_drv_rwlock_rwlock", "erl_drv_rwlock_rwunlock", "erl_drv_rwlock_tryrwlock")
@pytest.mark.parametrize(
    "function",
    [
        erl_drv_mutex_lock, erl_drv_mutex_unlock, erl_drv_mutex_trylock, erl_drv_cond_signal, erl_drv_cond_broadcast,
        erl_drv_rwlock_rlock, erl_drv_rwlock_runlock, erl_drv_rwlock_tryrlock, erl_drv_rwlock_rwlock,
        erl_drv_rwlock_rwunlock, erl_drv_rwlock_tryrwlock, lambda null: erl_drv_cond_wait(null, null),
        lambda null: erl_drv_cond_wait(erl_drv_cond_create("c"), null),
    ],
)  # fmt: skip
def test_null_ends_otp_and_is_an_error(inside, function):
    def job():
        name = "erl_drv_cond_wait" if function.__name__ == "<lambda>" else function.__name__
        with pytest.raises(DriverMisuse, match=INVALID.format(name)):
            function(None)

    inside(job)


@proves("erl_drv_mutex_unlock", "erl_drv_rwlock_runlock", "erl_drv_rwlock_rwunlock", "erl_drv_cond_wait")
@pytest.mark.parametrize("checked", [True, False])
def test_giving_back_what_nobody_has_is_an_error_with_or_without_the_checker(checked):
    with Emulator(threads="simulated", lock_checker=checked) as emu, emu.attach() as me:

        def job(_):
            mutex, rwlock = erl_drv_mutex_create("m"), erl_drv_rwlock_create("l")
            with pytest.raises((NotLockOwner, DriverMisuse)):
                erl_drv_mutex_unlock(mutex)
            with pytest.raises((NotLockOwner, RuntimeError)):
                erl_drv_rwlock_runlock(rwlock)
            with pytest.raises((NotLockOwner, RuntimeError)):
                erl_drv_rwlock_rwunlock(rwlock)
            with pytest.raises((LockNotHeld, DriverMisuse)):
                erl_drv_cond_wait(erl_drv_cond_create("c"), mutex)
            assert erl_drv_rwlock_tryrwlock(rwlock) == 0
            erl_drv_rwlock_rwunlock(rwlock)

        Lab(me).run(job)


@proves("erl_drv_mutex_lock")
def test_locking_twice_is_found_by_the_checker(inside):
    def job():
        mutex = erl_drv_mutex_create("m")
        erl_drv_mutex_lock(mutex)
        with pytest.raises(SelfDeadlock, match="takes m"):
            erl_drv_mutex_lock(mutex)
        erl_drv_mutex_unlock(mutex)

    inside(job)


@proves("erl_drv_mutex_lock")
def test_without_the_checker_a_simulation_reports_the_deadlock():
    emu = Emulator(threads="simulated", lock_checker=False)

    def job(_):
        mutex = erl_drv_mutex_create("m")
        erl_drv_mutex_lock(mutex)
        erl_drv_mutex_lock(mutex)

    with pytest.raises(DeadlockError, match="main waits for <Mutex m>"), emu, emu.attach(trap_exit=True) as me:
        Lab(me).run(job)


@proves("erl_drv_mutex_lock")
def test_an_order_is_checked_by_name_before_it_can_deadlock(inside):
    def job():
        first, second = erl_drv_mutex_create("first"), erl_drv_mutex_create("second")
        erl_drv_mutex_lock(first)
        erl_drv_mutex_lock(second)
        erl_drv_mutex_unlock(second)
        erl_drv_mutex_unlock(first)
        erl_drv_mutex_lock(second)
        with pytest.raises(LockOrderViolation, match="first has been taken before second"):
            erl_drv_mutex_lock(first)
        assert erl_drv_mutex_trylock(first) == 0  # trying cannot deadlock
        erl_drv_mutex_unlock(first)
        erl_drv_mutex_unlock(second)

    inside(job)


@proves("erl_drv_mutex_create")
def test_a_name_of_the_emulators_own_locks_is_no_place_in_their_order(inside):
    def job():
        mutex = erl_drv_mutex_create("port_lock")
        erl_drv_mutex_lock(mutex)  # with the driver's lock held, and another of its own
        other = erl_drv_mutex_create("driver_lock")
        erl_drv_mutex_lock(other)
        erl_drv_mutex_unlock(other)
        erl_drv_mutex_unlock(mutex)
        assert erl_drv_mutex_name(mutex) == "port_lock"

    inside(job)


@proves("erl_drv_mutex_lock", "erl_drv_mutex_unlock")
@everywhere
def test_a_mutex_guards_what_takes_several_steps(run):
    def scenario(emu):
        with emu.attach() as me:
            counter = 0
            mutex = None

            def count(_):
                nonlocal counter
                for _ in range(3):
                    erl_drv_mutex_lock(mutex)
                    value = counter
                    erl_drv_sleep(0)
                    counter = value + 1
                    erl_drv_mutex_unlock(mutex)

            def job(_):
                nonlocal mutex
                mutex = erl_drv_mutex_create("counter")
                threads(3, count)
                erl_drv_mutex_destroy(mutex)

            Lab(me).run(job)
            assert counter == 9

    run(scenario, **schedules(run, 50))


# --- conditions ---


@proves("erl_drv_cond_wait", "erl_drv_cond_signal")
@everywhere
def test_a_queue_of_one_place_between_threads(run):
    """Signals are sent with and without the mutex."""

    def scenario(emu):
        with emu.attach() as me:
            place, got = [], []

            def job(_):
                mutex = erl_drv_mutex_create("place")
                full, empty = erl_drv_cond_create("full"), erl_drv_cond_create("empty")

                def producer():
                    for item in range(5):
                        erl_drv_mutex_lock(mutex)
                        while place:
                            erl_drv_cond_wait(empty, mutex)
                        place.append(item)
                        erl_drv_cond_signal(full)
                        erl_drv_mutex_unlock(mutex)

                def consumer():
                    for _ in range(5):
                        erl_drv_mutex_lock(mutex)
                        while not place:
                            erl_drv_cond_wait(full, mutex)
                        got.append(place.pop())
                        erl_drv_mutex_unlock(mutex)
                        erl_drv_cond_signal(empty)

                threads(2, lambda number: (producer, consumer)[number]())
                for cond in (full, empty):
                    erl_drv_cond_destroy(cond)
                assert erl_drv_mutex_trylock(mutex) == 0
                erl_drv_mutex_unlock(mutex)

            Lab(me).run(job)
            assert got == [0, 1, 2, 3, 4]

    run(scenario, **schedules(run, 60))


@proves("erl_drv_cond_broadcast", "erl_drv_cond_wait")
@everywhere
def test_a_broadcast_wakes_everybody(run):
    def scenario(emu):
        with emu.attach() as me:
            opened, through = [], []

            def job(_):
                mutex, cond = erl_drv_mutex_create("gate"), erl_drv_cond_create("gate")

                def through_the_gate(number):
                    if number == 3:
                        erl_drv_mutex_lock(mutex)
                        opened.append(True)
                        erl_drv_mutex_unlock(mutex)
                        erl_drv_cond_broadcast(cond)
                        return
                    erl_drv_mutex_lock(mutex)
                    while not opened:
                        erl_drv_cond_wait(cond, mutex)
                    through.append(number)
                    erl_drv_mutex_unlock(mutex)

                threads(4, through_the_gate)

            Lab(me).run(job)
            assert sorted(through) == [0, 1, 2]

    run(scenario, **schedules(run, 60))


@proves("erl_drv_cond_signal", "erl_drv_cond_broadcast")
def test_waking_nobody_does_nothing(inside):
    def job():
        cond = erl_drv_cond_create("c")
        assert erl_drv_cond_signal(cond) is None
        assert erl_drv_cond_broadcast(cond) is None

    inside(job)


@proves("erl_drv_cond_destroy", "erl_drv_cond_wait")
def test_a_condition_that_is_waited_for_keeps_its_mutex_and_its_life(inside):
    def job():
        mutex, other, cond = erl_drv_mutex_create("m"), erl_drv_mutex_create("n"), erl_drv_cond_create("c")
        woken = []

        def wait(_):
            erl_drv_mutex_lock(mutex)
            while not woken:
                erl_drv_cond_wait(cond, mutex)
            erl_drv_mutex_unlock(mutex)

        tid = Pointer(None)
        erl_drv_thread_create("waiting", tid, wait, None, None)
        erl_drv_sleep(1)
        with pytest.raises(DriverMisuse, match=BUSY.format("erl_drv_cond_destroy")):
            erl_drv_cond_destroy(cond)
        erl_drv_mutex_lock(other)
        with pytest.raises(DriverMisuse, match="others wait with"):
            erl_drv_cond_wait(cond, other)
        erl_drv_mutex_unlock(other)
        woken.append(True)
        erl_drv_cond_signal(cond)
        erl_drv_thread_join(tid.value, None)
        erl_drv_cond_destroy(cond)

    inside(job)


# --- readers-writer locks ---


@proves("erl_drv_rwlock_rlock", "erl_drv_rwlock_runlock", "erl_drv_rwlock_rwlock", "erl_drv_rwlock_rwunlock")
@proves("erl_drv_rwlock_tryrlock", "erl_drv_rwlock_tryrwlock")
def test_readers_share_and_a_writer_is_alone(inside):
    def job():
        rwlock = erl_drv_rwlock_create("l")
        erl_drv_rwlock_rlock(rwlock)
        assert erl_drv_rwlock_tryrlock(rwlock) == 0  # by the same thread
        assert erl_drv_rwlock_tryrwlock(rwlock) == EBUSY
        erl_drv_rwlock_runlock(rwlock)
        erl_drv_rwlock_runlock(rwlock)
        erl_drv_rwlock_rwlock(rwlock)
        assert erl_drv_rwlock_tryrlock(rwlock) == erl_drv_rwlock_tryrwlock(rwlock) == EBUSY
        erl_drv_rwlock_rwunlock(rwlock)
        assert erl_drv_rwlock_tryrwlock(rwlock) == 0
        erl_drv_rwlock_rwunlock(rwlock)

    inside(job)


@proves("erl_drv_rwlock_destroy")
@pytest.mark.parametrize(
    ("lock", "unlock"),
    [(erl_drv_rwlock_rlock, erl_drv_rwlock_runlock), (erl_drv_rwlock_rwlock, erl_drv_rwlock_rwunlock)],
)
def test_a_lock_in_use_cannot_be_destroyed(inside, lock, unlock):
    def job():
        rwlock = erl_drv_rwlock_create("l")
        lock(rwlock)
        with pytest.raises(DriverMisuse, match=BUSY.format("erl_drv_rwlock_destroy")):
            erl_drv_rwlock_destroy(rwlock)
        unlock(rwlock)
        erl_drv_rwlock_destroy(rwlock)

    inside(job)


@proves("erl_drv_rwlock_rlock", "erl_drv_rwlock_rwlock", "erl_drv_rwlock_runlock", "erl_drv_rwlock_rwunlock")
@everywhere
def test_readers_never_see_a_writer_at_work(run):
    def scenario(emu):
        with emu.attach() as me:
            pair, seen = [0, 0], []

            def job(_):
                rwlock = erl_drv_rwlock_create("pair")

                def work(number):
                    for _ in range(2):
                        if number:
                            erl_drv_rwlock_rlock(rwlock)
                            first = pair[0]
                            erl_drv_sleep(0)
                            seen.append((first, pair[1]))
                            erl_drv_rwlock_runlock(rwlock)
                        else:
                            erl_drv_rwlock_rwlock(rwlock)
                            pair[0] += 1
                            erl_drv_sleep(0)
                            pair[1] += 1
                            erl_drv_rwlock_rwunlock(rwlock)

                threads(3, work)

            Lab(me).run(job)
            assert len(seen) == 4
            assert all(first == second for first, second in seen)

    run(scenario, **schedules(run, 50))


@proves("erl_drv_mutex_lock")
def test_a_race_is_found_by_some_schedule():
    """Without a mutex, some schedule loses a step: drivers' threads are scheduling points of the simulation."""

    def job(_):
        counter = [0]
        mutex = erl_drv_mutex_create("useless")

        def count(_):
            value = counter[0]
            erl_drv_mutex_lock(mutex)  # guards nothing
            erl_drv_mutex_unlock(mutex)
            counter[0] = value + 1

        threads(2, count)
        return counter[0]

    totals = set()
    for seed in range(30):
        with Emulator(threads="simulated", strategy=SeededRandom(seed), seed=seed) as emu, emu.attach() as me:
            totals.add(Lab(me).run(job))
    assert totals == {1, 2}
