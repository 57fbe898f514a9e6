"""What every thread layer promises: mutexes, conditions, rwlocks, events, atomics, lists, threads, clocks."""

import pytest

from erts_emu.ethread import NANOSECONDS_PER_MILLISECOND as MS
from erts_emu.ethread import RealThreads
from erts_emu.ethread.real import GilAtomic, LockedAtomic


def in_parallel(layer, *targets):
    """Run the targets as threads to their end."""
    threads = [layer.spawn(f"thread {number}", target) for number, target in enumerate(targets)]
    for thread in threads:
        thread.join()


def until(layer, condition):
    while not condition():
        layer.sleep(MS // 10)


# --- mutexes ---


def test_a_mutex_lets_one_thread_in_at_a_time(layer):
    mutex = layer.mutex("m")
    value = 0

    def count():
        nonlocal value
        for _ in range(50):
            mutex.acquire()
            seen = value
            layer.sleep(0)  # others may run here
            value = seen + 1
            mutex.release()

    in_parallel(layer, count, count, count)
    assert value == 150


def test_trying_a_held_mutex_fails_at_once(layer):
    mutex = layer.mutex("m")
    assert not mutex.locked()
    assert mutex.acquire() is True
    assert mutex.locked()
    seen = []
    in_parallel(layer, lambda: seen.append(mutex.acquire(False)))
    assert seen == [False]
    mutex.release()
    assert mutex.acquire(False) is True
    mutex.release()


def test_a_mutex_may_be_given_back_by_another_thread(layer):
    mutex = layer.mutex("m")
    mutex.acquire()
    thread = layer.spawn("other", mutex.release)
    mutex.acquire()
    thread.join()
    assert mutex.locked()
    mutex.release()


def test_releasing_a_free_mutex_is_an_error(layer):
    with pytest.raises(RuntimeError, match="release"):
        layer.mutex("m").release()


# --- condition variables ---


def test_a_signal_wakes_one_waiter_and_a_broadcast_all(layer):
    mutex = layer.mutex("m")
    changed = layer.condition(mutex, "changed")
    waiting = 0
    tokens = 0
    woken = []

    def wait():
        nonlocal waiting, tokens
        mutex.acquire()
        waiting += 1
        while not tokens:
            changed.wait()
        tokens -= 1
        woken.append(None)
        mutex.release()

    threads = [layer.spawn(f"waiter {number}", wait) for number in range(4)]
    until(layer, lambda: waiting == 4)
    mutex.acquire()
    tokens = 1
    changed.signal()
    mutex.release()
    until(layer, lambda: len(woken) == 1)
    mutex.acquire()
    tokens = 3
    changed.broadcast()
    mutex.release()
    for thread in threads:
        thread.join()
    assert len(woken) == 4


def test_waiting_gives_the_mutex_back_and_takes_it_again(layer):
    mutex = layer.mutex("m")
    changed = layer.condition(mutex, "changed")
    log = []

    def wait():
        mutex.acquire()
        log.append("waits")
        signalled = changed.wait()
        log.append((signalled, mutex.locked()))
        mutex.release()

    thread = layer.spawn("waiter", wait)
    until(layer, lambda: log == ["waits"] and not mutex.locked())
    mutex.acquire()
    changed.signal()
    log.append("signals")
    mutex.release()
    thread.join()
    assert log == ["waits", "signals", (True, True)]


def test_waiting_ends_after_its_time_and_says_so(layer):
    mutex = layer.mutex("m")
    changed = layer.condition(mutex, "changed")
    mutex.acquire()
    assert changed.wait(MS) is False
    assert mutex.locked()
    mutex.release()
    changed.signal()  # the one who gave up is no waiter any more
    changed.broadcast()


def test_a_signal_without_waiters_is_forgotten(layer):
    mutex = layer.mutex("m")
    changed = layer.condition(mutex, "changed")
    changed.signal()
    mutex.acquire()
    assert changed.wait(MS) is False
    mutex.release()


# --- readers-writer locks ---


def test_readers_share_and_a_writer_is_alone(layer):
    lock = layer.rwlock("l")
    lock.rlock()
    assert lock.tryrlock() is True
    assert lock.tryrwlock() is False
    lock.runlock()
    assert lock.tryrwlock() is False
    lock.runlock()
    assert lock.tryrwlock() is True
    assert lock.tryrlock() is False
    assert lock.tryrwlock() is False
    lock.rwunlock()
    assert lock.tryrlock() is True
    lock.runlock()


def test_a_waiting_writer_goes_before_new_readers(layer):
    lock = layer.rwlock("l")
    log = []

    def write():
        lock.rwlock()
        log.append("writes")
        lock.rwunlock()

    def read():
        lock.rlock()
        log.append("reads")
        lock.runlock()

    lock.rlock()
    writer = layer.spawn("writer", write)
    until(layer, lambda: not lock.tryrlock() or lock.runlock())
    reader = layer.spawn("reader", read)
    lock.runlock()
    writer.join()
    reader.join()
    assert log == ["writes", "reads"]


def test_a_readers_writer_lock_protects_what_it_guards(layer):
    lock = layer.rwlock("l")
    pair = [0, 0]
    torn = []

    def write():
        for _ in range(20):
            lock.rwlock()
            pair[0] += 1
            layer.sleep(0)
            pair[1] += 1
            lock.rwunlock()

    def read():
        for _ in range(20):
            lock.rlock()
            first = pair[0]
            layer.sleep(0)
            if first != pair[1]:
                torn.append(pair)
            lock.runlock()

    in_parallel(layer, write, read, write, read)
    assert pair == [40, 40]
    assert torn == []


# --- thread events ---


def test_an_event_that_is_on_does_not_block(layer):
    event = layer.event("e")
    assert event.on is False
    event.set()
    assert event.on is True
    event.wait()
    event.wait(MS)
    event.set()
    event.wait()
    event.reset()
    assert event.on is False
    event.wait(MS)  # nobody sets it: only time ends this
    assert event.spin() is False


def test_a_set_wakes_the_waiter(layer):
    event = layer.event("e")
    log = []

    def wait():
        log.append("waits")
        event.wait()
        log.append("woken")

    thread = layer.spawn("waiter", wait)
    until(layer, lambda: log == ["waits"])
    event.set()
    thread.join()
    assert log == ["waits", "woken"]


def test_several_setters_at_once_are_one_set(layer):
    event = layer.event("e")
    rounds = 60
    acknowledged = layer.atomic()
    started = layer.atomic()

    def set_it():
        for number in range(1, rounds + 1):
            event.set()
            started.add_read(1)
            until(layer, lambda number=number: acknowledged.read() >= number)

    def wait():
        for number in range(1, rounds + 1):
            until_started = 3 * number
            while started.read() < until_started:
                event.reset()
                if started.read() < until_started:
                    event.wait(MS)
            acknowledged.set(number)

    in_parallel(layer, wait, set_it, set_it, set_it)
    assert started.read() == 3 * rounds


def test_no_set_is_lost_however_many_producers_there_are(layer):
    """The waiter's protocol: reset, look once more, wait. A lost wake-up would hang (or be a deadlock)."""
    event = layer.event("e")
    queue = layer.queue()
    items = 150
    taken = []

    def produce():
        for number in range(items):
            queue.append(number)
            event.set()

    def consume():
        while len(taken) < 3 * items:
            if queue:
                taken.append(queue.popleft())
                continue
            event.reset()
            if not queue:
                event.wait()

    in_parallel(layer, consume, produce, produce, produce)
    assert sorted(taken) == sorted([*range(items)] * 3)


def test_a_producer_that_sees_the_event_on_need_not_set_it(layer):
    event = layer.event("e")
    queue = layer.queue()
    items = 150
    taken = []

    def produce():
        for number in range(items):
            queue.append(number)
            if not event.on:
                event.set()

    def consume():
        while len(taken) < 3 * items:
            event.reset()
            if queue:
                taken.append(queue.popleft())
            elif not event.spin():
                event.wait()

    in_parallel(layer, consume, produce, produce, produce)
    assert len(taken) == 3 * items


def test_spinning_sets_the_events_that_are_owed(layer):
    mine, theirs = layer.event("mine"), [layer.event("first"), layer.event("second")]
    assert mine.spin(*theirs) is False
    assert [event.on for event in (mine, *theirs)] == [False, True, True]
    mine.set()
    assert mine.spin() is layer.spins


def test_threads_that_owe_each_other_a_wake_up_take_turns(layer):
    events = [layer.event("first"), layer.event("second")]
    turns = []

    def take_turns(me):
        mine, other = events[me], events[1 - me]
        for _ in range(50):
            while turns.count(me) > turns.count(1 - me) - me:
                mine.reset()
                if turns.count(me) > turns.count(1 - me) - me and not mine.spin():
                    mine.wait()
            turns.append(me)
            mine.spin(other)

    in_parallel(layer, lambda: take_turns(0), lambda: take_turns(1))
    assert turns == [0, 1] * 50


# --- atomics ---


def atomics_of(layer):
    return [GilAtomic, LockedAtomic] if isinstance(layer, RealThreads) else [layer.atomic]


def test_an_atomic_does_what_its_operations_say(layer):
    for make in (layer.atomic, *atomics_of(layer)):
        number = make(5)
        assert number.read() == 5
        number.set(0b1100)
        assert number.add_read(-2) == 0b1010
        assert number.read_bor(0b0101) == 0b1010
        assert number.read_band(0b0110) == 0b1111
        assert number.cmpxchg(9, 0b0110) == 0b0110
        assert number.cmpxchg(1, 2) == 9
        assert number.value == number.read() == 9
    assert layer.atomic().read() == 0


def test_concurrent_increments_lose_nothing(layer):
    times = 3000 if isinstance(layer, RealThreads) else 50
    for make in atomics_of(layer):
        number = make(0)
        results = []

        def count(number=number, results=results):
            results.extend(number.add_read(1) for _ in range(times))

        in_parallel(layer, *[count] * 4)
        assert number.read() == 4 * times
        assert sorted(results) == [*range(1, 4 * times + 1)], "each increment has a result of its own"


def test_concurrent_flags_are_each_new_to_one_thread(layer):
    for make in atomics_of(layer):
        flags = make(0)
        first = []

        def raise_flags(flags=flags, first=first):
            first.extend(bit for bit in range(64) if not flags.read_bor(1 << bit) & 1 << bit)

        in_parallel(layer, *[raise_flags] * 4)
        assert sorted(first) == [*range(64)]
        assert flags.read() == 2**64 - 1

        def clear_flags(flags=flags, first=first):
            first.extend(bit for bit in range(64) if flags.read_band(~(1 << bit)) & 1 << bit)

        first.clear()
        in_parallel(layer, *[clear_flags] * 4)
        assert sorted(first) == [*range(64)]
        assert flags.read() == 0


def test_compare_and_exchange_has_one_winner(layer):
    for make in atomics_of(layer):
        number = make(0)
        winners = []

        def race(number=number, winners=winners):
            for turn in range(100):
                old = number.read()
                while old < turn + 1:
                    if number.cmpxchg(turn + 1, old) == old:
                        winners.append(turn)
                    old = number.read()

        in_parallel(layer, *[race] * 4)
        assert sorted(winners) == [*range(100)]


# --- lock-free lists ---


def test_items_of_several_producers_are_all_taken_and_each_producers_in_order(layer):
    queue = layer.queue()
    taken = []

    def produce(name):
        for number in range(60):
            queue.append((name, number))

    def consume():
        while len(taken) < 180:
            if queue:
                taken.append(queue.popleft())
            else:
                layer.sleep(MS // 10)

    in_parallel(layer, consume, *(lambda name=name: produce(name) for name in "abc"))
    for name in "abc":
        assert [number for owner, number in taken if owner == name] == [*range(60)]


def test_taking_from_an_empty_list_is_an_error(layer):
    with pytest.raises(IndexError):
        layer.queue().popleft()


# --- threads, what they know of themselves, clocks ---


def test_join_waits_for_the_end_and_may_be_repeated(layer):
    log = []

    def work():
        layer.sleep(MS)
        log.append("done")

    thread = layer.spawn("worker", work)
    thread.join()
    assert log == ["done"]
    thread.join()
    assert thread.name == "worker"
    assert "worker" in repr(thread)


def test_every_thread_has_data_of_its_own_with_the_same_defaults(layer):
    names = []
    layer.tsd.name = "main"

    def work():
        names.append(layer.tsd.name)
        layer.tsd.name = "other"
        layer.sleep(MS)
        names.append(layer.tsd.name)
        names.append(layer.tsd.scheduler)

    in_parallel(layer, work)
    assert names == ["unknown", "other", None]
    assert layer.tsd.name == "main"


def test_a_thread_may_start_threads(layer):
    log = []

    def grandparent():
        thread = layer.spawn("parent", parent)
        thread.join()
        log.append("grandparent")

    def parent():
        thread = layer.spawn("child", lambda: log.append("child"))
        thread.join()
        log.append("parent")

    in_parallel(layer, grandparent)
    assert log == ["child", "parent", "grandparent"]


def test_the_clock_goes_forward(layer):
    before = layer.monotonic()
    layer.sleep(2 * MS)
    after = layer.monotonic()
    assert after - before >= 2 * MS
    layer.sleep(0)
    assert layer.monotonic() >= after


def test_a_description_of_everything_names_it(layer):
    assert "m1" in repr(layer.rwlock("m1"))
    assert "e1" in repr(layer.event("e1"))
    assert "OFF" in repr(layer.event("e1"))
    assert "7" in repr(layer.atomic(7))
    assert "Threads" in repr(layer)


def test_real_layers_without_seed_choose_differently_and_with_one_alike():
    assert RealThreads().random.random() != RealThreads().random.random()
    assert RealThreads(5).random.random() == RealThreads(5).random.random()


def test_a_thread_that_computes_lets_others_run_and_time_pass(layer):
    """So a loop that waits for another thread, or for the clock, ends on every layer."""
    done = layer.atomic()

    def work():
        layer.sleep(2 * MS)
        done.set(1)

    worker = layer.spawn("worker", work)
    end = layer.monotonic() + 5 * MS
    while not done.read() or layer.monotonic() < end:
        layer.compute(MS)
    worker.join()
