"""What only simulated threads can do: virtual time, deadlock reports, replay, limits, unwinding."""

import gc
import os
import threading
from pathlib import Path

import pytest

from erts_emu import Emulator
from erts_emu.ethread import (
    NANOSECONDS_PER_MILLISECOND as MS,
)
from erts_emu.ethread import (
    DeadlockError,
    InOrder,
    Replay,
    ReplayDivergence,
    Schedule,
    SeededRandom,
    SimulatedThreadCrashed,
    SimulatedThreads,
    StepLimitExceeded,
)
from erts_emu.ethread.errors import WrongOSThread
from erts_emu.poll_set import READABLE, PollSet
from erts_emu.testing import ExploredThreads

HERE = Path(__file__).name


@pytest.fixture(params=["greenlet", "thread"])
def carrier(request):
    """What simulated threads are made of."""
    return request.param


def diary(sim):
    """Run three threads that take steps; return who took which."""
    log = []
    value = sim.atomic()
    mutex = sim.mutex("m")

    def work(name):
        for step in range(8):
            log.append((name, step, value.add_read(1)))
            mutex.acquire()
            log.append((name, sim.random.randrange(100)))
            mutex.release()

    threads = [sim.spawn(name, lambda name=name: work(name)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.join()
    return log


# --- determinism ---


def test_in_order_is_the_default_and_runs_each_thread_until_it_blocks():
    assert diary(SimulatedThreads()) == diary(SimulatedThreads(InOrder()))
    names = [entry[0] for entry in diary(SimulatedThreads())]
    assert names == ["a"] * 16 + ["b"] * 16 + ["c"] * 16


def test_the_same_seed_gives_the_same_run(carrier):
    for seed in range(10):
        first, second = (SimulatedThreads(SeededRandom(seed), seed=seed, carrier=carrier) for _ in range(2))
        assert diary(first) == diary(second)
        assert first.schedule() == second.schedule()


def test_different_seeds_give_different_runs():
    """Three threads of over twenty steps each: two equal ones among a hundred runs would be a miracle."""
    runs = {tuple(diary(SimulatedThreads(SeededRandom(seed)))) for seed in range(100)}
    assert len(runs) == 100


def test_greenlets_and_os_threads_give_the_same_runs():
    for seed in range(10):
        runs = [diary(SimulatedThreads(SeededRandom(seed), seed=seed, carrier=kind)) for kind in ("greenlet", "thread")]
        assert runs[0] == runs[1]


def test_a_recorded_run_is_replayed_from_its_string(carrier):
    for seed in range(50):
        recorded = SimulatedThreads(SeededRandom(seed), seed=seed, carrier=carrier)
        log = diary(recorded)
        schedule = Schedule.parse(str(recorded.schedule()))
        assert schedule == recorded.schedule()
        replayed = SimulatedThreads(Replay(schedule), seed=schedule.seed, carrier=carrier)
        assert diary(replayed) == log
        assert replayed.schedule() == schedule


def test_a_replay_of_something_else_says_where_it_diverged():
    schedule = Schedule(0, {5: 2, 6: 9})
    with pytest.raises(ReplayDivergence, match=r"the schedule wants thread 9 at step 6, but only .* can run") as caught:
        diary(SimulatedThreads(Replay(schedule)))
    assert caught.value.step == 6


def test_a_schedule_is_a_short_string():
    schedule = Schedule(-7, {3: 1, 20: 0, 21: 2}, 40)
    assert str(schedule) == "sim1:-7:40:+3t1,+17t0,+1t2"
    assert Schedule.parse(f" {schedule}\n") == schedule
    assert Schedule.parse("sim1:0:0:") == Schedule(0)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "four parts"),
        ("sim1:0:0", "four parts"),
        ("sim2:0:0:", "starts with 'sim1'"),
        ("sim1:x:0:", "integers"),
        ("sim1:0:-1:", "integers"),
        ("sim1:0:0:+1", "looks like"),
        ("sim1:0:0:1t1", "looks like"),
        ("sim1:0:0:+1t1;+2t2", "looks like"),
    ],
)
def test_a_bad_schedule_is_refused_with_the_part_that_is_wrong(text, problem):
    with pytest.raises(ValueError, match=problem):
        Schedule.parse(text)


# --- time ---


def test_time_stands_still_while_a_thread_can_run(carrier):
    sim = SimulatedThreads(carrier=carrier)
    log = []

    def sleeper():
        sim.sleep(MS)
        log.append(("slept", sim.monotonic()))

    def worker():
        number = sim.atomic()
        for _ in range(500):
            number.add_read(1)
        log.append(("worked", sim.monotonic()))

    threads = [sim.spawn("sleeper", sleeper), sim.spawn("worker", worker)]
    for thread in threads:
        thread.join()
    assert log == [("worked", 0), ("slept", MS)]


def test_time_jumps_to_the_earliest_deadline_and_sleepers_wake_in_its_order():
    for seed in range(50):
        sim = SimulatedThreads(SeededRandom(seed))
        log = []

        def sleep(duration, sim=sim, log=log):
            sim.sleep(duration)
            log.append((duration, sim.monotonic()))

        threads = [sim.spawn("s", lambda d=d, sleep=sleep: sleep(d)) for d in (30 * MS, 10 * MS, 20 * MS)]
        for thread in threads:
            thread.join()
        assert log == [(10 * MS, 10 * MS), (20 * MS, 20 * MS), (30 * MS, 30 * MS)]


def test_a_timed_wait_ends_at_its_deadline_unless_it_is_woken_before():
    sim = SimulatedThreads()
    event = sim.event("e")
    event.wait(5 * MS)
    assert sim.monotonic() == 5 * MS
    sim.spawn("setter", lambda: (sim.sleep(MS), event.set()))
    event.wait(10 * MS)
    assert sim.monotonic() == 6 * MS


def test_a_day_passes_in_no_time():
    sim = SimulatedThreads()
    sim.sleep(86_400_000 * MS)
    assert sim.monotonic() == 86_400_000 * MS


# --- deadlocks ---


def dining(sim):
    """Have two threads take two mutexes in opposite order."""
    first, second = sim.mutex("first"), sim.mutex("second")

    def eat(left, right):
        left.acquire()
        right.acquire()
        right.release()
        left.release()

    threads = [sim.spawn("plato", lambda: eat(first, second)), sim.spawn("kant", lambda: eat(second, first))]
    for thread in threads:
        thread.join()


def first_deadlock(carrier):
    for seed in range(1000):
        try:
            dining(SimulatedThreads(SeededRandom(seed), seed=seed, carrier=carrier))
        except DeadlockError as error:
            return error
    raise AssertionError("no deadlock among 1000 seeds")


def test_a_deadlock_report_names_threads_what_they_wait_for_who_holds_it_and_where(carrier):
    report = first_deadlock(carrier).report
    assert "main waits for <SimThread" in report
    assert "plato waits for <Mutex second> (held by kant)" in report
    assert "kant waits for <Mutex first> (held by plato)" in report
    line = Path(__file__).read_text().splitlines().index("        right.acquire()") + 1
    assert report.count(f"{HERE}:{line} in dining.<locals>.eat") == 2


def waits(report):
    return [line for line in report.splitlines() if " waits for " in line]


def test_a_deadlock_is_found_again_by_its_schedule(carrier):
    error = first_deadlock(carrier)
    assert repr(error.schedule) in str(error)
    schedule = Schedule.parse(error.schedule)
    with pytest.raises(DeadlockError) as caught:
        dining(SimulatedThreads(Replay(schedule), seed=schedule.seed, carrier=carrier))
    assert waits(caught.value.report) == waits(error.report) != []


def test_a_wait_that_nobody_can_end_is_a_deadlock():
    sim = SimulatedThreads()
    with pytest.raises(DeadlockError, match=r"main waits for <ThreadEvent e OFF> \(ends when the event is set\)"):
        sim.event("e").wait()
    mutex = sim.mutex("m")
    mutex.acquire()
    with pytest.raises(DeadlockError, match=r"main waits for <Mutex m> \(held by main\)"):
        mutex.acquire()
    with pytest.raises(DeadlockError, match=r"<Condition c> \(ends with a signal\)"):
        sim.condition(mutex, "c").wait()


def test_a_deadlock_on_a_readers_writer_lock_names_its_holders():
    sim = SimulatedThreads()
    lock = sim.rwlock("driver_list")
    event = sim.event("never")

    def read():
        lock.rlock()
        event.wait()

    sim.spawn("reader one", read)
    sim.spawn("reader two", read)
    sim.sleep(MS)
    with pytest.raises(
        DeadlockError, match=r"main waits for <RWLock driver_list 2 readers> \(held by reader one, reader two\)"
    ):
        lock.rwlock()
    sim.close()
    lock = sim.rwlock("other")
    assert lock.holders() == "free"


def test_a_sleeper_is_no_deadlock():
    sim = SimulatedThreads()
    event = sim.event("e")
    sim.spawn("late", lambda: (sim.sleep(1000 * MS), event.set()))
    event.wait()
    assert event.on


# --- what goes wrong in a thread ---


@pytest.mark.parametrize("strategy", [InOrder, lambda: SeededRandom(1)])
def test_an_exception_of_a_thread_comes_out_of_main_with_its_cause(carrier, strategy):
    sim = SimulatedThreads(strategy(), carrier=carrier)

    def fail():
        sim.sleep(MS)
        raise ZeroDivisionError("inside")

    thread = sim.spawn("culprit", fail)
    with pytest.raises(SimulatedThreadCrashed, match=r"culprit ended with an exception; .*sim1:") as caught:
        thread.join()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert thread.state == "done"
    sim.sleep(MS)  # the others go on
    sim.close()


def test_a_crash_comes_out_of_main_whatever_main_waits_for(carrier):
    for wait in ("sleep", "mutex", "event", "condition"):
        sim = SimulatedThreads(carrier=carrier)
        mutex = sim.mutex("m")
        condition = sim.condition(mutex, "c")
        mutex.acquire()
        waits = {
            "sleep": lambda sim=sim: sim.sleep(MS),
            "mutex": mutex.acquire,
            "event": sim.event("e").wait,
            "condition": condition.wait,
        }
        sim.spawn("culprit", lambda: 1 // 0)
        with pytest.raises(SimulatedThreadCrashed):
            waits[wait]()
        sim.close()


@pytest.mark.parametrize("strategy", [InOrder, lambda: SeededRandom(1)])
def test_a_livelock_ends_at_the_step_limit(carrier, strategy):
    sim = SimulatedThreads(strategy(), step_limit=1000, carrier=carrier)
    flag = sim.atomic()

    def spin():
        while not flag.read():
            pass

    with pytest.raises(StepLimitExceeded, match="more than 1000 steps"):
        sim.spawn("spinner", spin).join()
    sim.close()


def test_an_error_of_the_simulation_cannot_be_swallowed_by_a_thread(carrier):
    sim = SimulatedThreads(step_limit=1000, carrier=carrier)
    flag = sim.atomic()

    def careless():
        while True:
            try:
                flag.read()
            except Exception:
                flag.set(1)

    with pytest.raises(StepLimitExceeded):
        sim.spawn("careless", careless).join()
    sim.close()
    assert flag.value == 0


def test_a_divergence_leaves_the_simulation_able_to_close(carrier):
    sim = SimulatedThreads(Replay(Schedule(0, {4: 9})), carrier=carrier)
    event = sim.event("e")
    sim.spawn("waiter", event.wait)
    sim.spawn("other", event.wait)
    with pytest.raises(ReplayDivergence):
        sim.sleep(MS)
    sim.close()
    assert sim.threads == [sim.main]


def test_steps_are_counted_and_the_limit_is_the_last_one_allowed():
    sim = SimulatedThreads(step_limit=10)
    number = sim.atomic()
    for _ in range(10):
        number.add_read(1)
    assert sim.steps == 10
    with pytest.raises(StepLimitExceeded, match="replay the schedule 'sim1:0:11:'"):
        number.add_read(1)


# --- the end ---


def test_close_unwinds_every_thread_that_waits(carrier):
    sim = SimulatedThreads(carrier=carrier)
    mutex = sim.mutex("m")
    mutex.acquire()
    condition = sim.condition(sim.mutex("other"), "c")
    log = []

    def wait(name, what):
        try:
            what()
            log.append(f"{name} went on")
        finally:
            log.append(name)
            sim.atomic().add_read(1)  # steps of the clean-up are harmless

    def nested():
        try:
            sim.event("inner").wait()
        finally:
            sim.sleep(MS)  # waits again, and is unwound again
            log.append("not reached")

    waits = {"mutex": mutex.acquire, "event": sim.event("e").wait, "sleep": lambda: sim.sleep(MS), "nested": nested}
    waits["condition"] = lambda: (condition._mutex.acquire(), condition.wait())
    for name, what in waits.items():
        sim.spawn(name, lambda name=name, what=what: wait(name, what))
    sim.spawn("waker", lambda: None).join()
    sim.close()
    assert log == ["mutex", "event", "sleep", "nested", "condition"]
    assert sim.threads == [sim.main]


def test_a_thread_that_never_ran_is_not_run_by_close(carrier):
    sim = SimulatedThreads(carrier=carrier)
    log = []
    sim.spawn("late", lambda: log.append("ran"))
    sim.close()
    assert log == []


def test_no_thread_can_swallow_its_end(carrier):
    sim = SimulatedThreads(carrier=carrier)
    log = []

    def stubborn():
        while True:
            try:
                sim.event("e").wait()
            except Exception:
                log.append("swallowed")

    sim.spawn("stubborn", stubborn)
    sim.sleep(MS)
    sim.close()
    assert log == []


def test_a_simulation_that_is_dropped_without_being_closed_is_harmless():
    sim = SimulatedThreads()
    sim.spawn("forgotten", sim.event("e").wait)
    sim.sleep(MS)
    del sim
    gc.collect()


# --- how many threads, and how far ---


def test_any_number_of_threads_may_wait_for_one_another():
    sim = SimulatedThreads()
    events = [sim.event(str(number)) for number in range(1001)]

    def relay(number):
        events[number].wait()
        events[number + 1].set()

    for number in range(1000):
        sim.spawn(f"relay {number}", lambda number=number: relay(number))
    events[0].set()
    events[1000].wait()
    sim.close()


def test_a_thousand_and_one_thousand_steps_are_reached_by_every_thread_under_random():
    """Uniform choice is fair: no thread starves."""
    sim = SimulatedThreads(SeededRandom(3))
    counts = [0, 0, 0]
    done = sim.atomic()

    def count(index):
        while not done.read():
            counts[index] += 1

    threads = [sim.spawn(str(index), lambda index=index: count(index)) for index in range(3)]
    while sim.steps < 4000:
        sim.atomic().read()
    done.set(1)
    for thread in threads:
        thread.join()
    assert min(counts) > 700


def test_another_os_thread_is_turned_away_before_it_does_harm():
    with Emulator(threads="simulated") as emu:
        caught = []

        def intrude():
            try:
                emu.attach()
            except WrongOSThread as error:
                caught.append(str(error))

        intruder = threading.Thread(target=intrude)
        intruder.start()
        intruder.join()
        assert "use threads='real' to share" in caught[0]
        with emu.attach() as me:
            me.sleep(1)


# --- the outside world ---


def test_waiting_for_a_descriptor_is_no_deadlock_and_ends_when_it_is_ready():

    sim = SimulatedThreads()
    reader, writer = os.pipe()
    poll_set = PollSet()
    try:
        poll_set.update(reader, READABLE)
        seen = []
        thread = sim.spawn("poller", lambda: seen.extend(sim.wait_for_io(poll_set)))
        sim.sleep(MS)
        assert seen == []
        os.write(writer, b"x")
        thread.join()
        assert seen == [(reader, READABLE)]
    finally:
        poll_set.close()
        os.close(reader)
        os.close(writer)


def test_waking_the_poller_lets_it_return_with_nothing():
    sim = SimulatedThreads()
    poll_set = PollSet()
    seen = []
    thread = sim.spawn("poller", lambda: seen.append(sim.wait_for_io(poll_set)))
    sim.sleep(MS)
    sim.wake_io()
    thread.join()
    assert seen == [[]]
    poll_set.close()


def test_a_strategy_sees_what_every_thread_is_about_to_do():
    class Onlooker:
        preempts = True

        def __init__(self):
            self.seen = set()

        def next_thread(self, runnable, current, step):
            self.seen |= {(thread.name, thread.operation, thread.resource) for thread in runnable}
            return runnable[0]

    strategy = Onlooker()
    sim = SimulatedThreads(strategy)
    number, lock = sim.atomic(), sim.mutex("m")

    def count():
        lock.acquire()
        number.add_read(1)
        lock.release()

    threads = [sim.spawn("one", count), sim.spawn("two", count)]
    threads[0].join()
    threads[1].join()
    begin = {("one", "begin", threads[0]), ("two", "begin", threads[1])}
    steps = {(name, *what) for name in ("one", "two") for what in (("lock", lock), ("add", number), ("unlock", lock))}
    assert strategy.seen >= {*begin, *steps, ("main", "spawn", threads[1])}


def test_computing_moves_the_clock_and_ends_the_sleep_of_others():
    sim = SimulatedThreads()
    woken = []

    def work():
        sim.sleep(3 * MS)
        woken.append(sim.monotonic())

    sim.spawn("worker", work)
    for _ in range(5):
        sim.compute(MS)
    assert sim.monotonic() == 5 * MS
    assert woken == [4 * MS], "it began to sleep when the first millisecond was over"


def test_a_deadlock_report_shows_no_frames_of_a_layer_that_someone_has_derived():
    report = []
    for layer in (SimulatedThreads, ExploredThreads):
        sim = layer(InOrder())
        lock = sim.mutex("m")

        def take_twice(lock=lock):
            lock.acquire()
            lock.acquire()

        with pytest.raises(DeadlockError) as caught:
            take_twice()
        report.append(str(caught.value))
        sim.close()
    assert report[0] == report[1]
    assert report[0].splitlines()[2].startswith(f"    at {__file__}:")


def test_computing_looks_at_descriptors():
    sim = SimulatedThreads()
    poll_set = PollSet()
    reader, writer = os.pipe()
    seen = []
    try:
        poll_set.update(reader, READABLE)
        thread = sim.spawn("poller", lambda: seen.append(sim.wait_for_io(poll_set)))
        sim.sleep(MS)
        os.write(writer, b"x")
        while not seen:
            sim.compute(MS)
        thread.join()
        assert seen == [[(reader, READABLE)]]
    finally:
        poll_set.close()
        os.close(reader)
        os.close(writer)
