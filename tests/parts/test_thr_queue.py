"""The thread queue against a list: items, cells, the marker, clean states, deferred lists (``scheduling.md`` §3)."""

from collections import deque
from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from erts_emu.ethread import RealThreads, SeededRandom, SimulatedThreads
from erts_emu.thr_progress import ThrProgress
from erts_emu.thr_queue import (
    MAX_DEQUEUE_CLEAN_OPS,
    MAX_FINI_DEQ_OPS,
    MAX_SCHED_CLEAN_OPS,
    ThrQueue,
    ThrQueueState,
    finalize_dequeue,
)

CLEAN, NEED, DIRTY = ThrQueueState.CLEAN, ThrQueueState.NEED_THR_PRGR, ThrQueueState.DIRTY


class Bench:
    """A queue with its consumer's thread progress, on one thread."""

    def __init__(self, layer=None, *, auto_finalize=False):
        self.layer = layer or SimulatedThreads()
        self.progress = ThrProgress(self.layer)
        self.consumer = self.progress.register_managed("consumer", lambda: None)
        self.notified = 0
        self.queue = ThrQueue("q", self.layer, self.progress, self.consumer, self.notify, auto_finalize=auto_finalize)

    def notify(self):
        self.notified += 1

    def step(self, times=1):
        """Move thread progress on."""
        for _ in range(times):
            before = self.progress.current
            self.progress.update(self.consumer)
            assert self.progress.current == before + 1

    def drain(self):
        """Clean until the marker is the only cell; return the states on the way."""
        states = []
        while not states or states[-1] is not CLEAN:
            states.append(self.queue.clean())
            if states[-1] is NEED:
                self.step()
            assert len(states) < 1000, "cleaning never ends"
        return states


# --- states ---


def test_a_fresh_queue_consists_of_the_marker_alone_and_is_clean():
    queue = Bench().queue
    assert queue.inspect(ensure_empty=True) is CLEAN
    assert queue.clean() is CLEAN
    assert queue.dequeue() is None
    stats = queue.statistics()
    assert (stats.queued, stats.spent, stats.deferred) == (0, 0, 0)
    assert (CLEAN, NEED, DIRTY) == (0, 1, 2)


def test_one_item_passes_every_state_until_the_marker_is_behind_it():
    bench = Bench()
    queue = bench.queue
    queue.enqueue("item", True)
    assert queue.inspect(ensure_empty=True) is DIRTY
    assert queue.dequeue() == "item"
    states = bench.drain()
    assert states[-1] is CLEAN
    assert NEED in states, "the last cell may still be looked at by a producer"
    assert DIRTY in states, "the marker is put behind it, then it is reclaimed"
    assert queue.get_finalize_dequeue_data() == 1


def test_need_thr_progress_stays_until_the_value_is_reached_and_then_is_dirty():
    bench = Bench()
    queue = bench.queue
    queue.enqueue("item", True)
    queue.dequeue()
    while queue.clean() is not NEED:
        pass
    value = queue.need_thr_progress()
    assert value == bench.consumer.later()
    while not bench.progress.has_reached(value):
        assert queue.clean() is NEED
        assert queue.inspect(ensure_empty=False) is NEED
        bench.step()
    assert queue.inspect(ensure_empty=False) is DIRTY
    assert queue.clean() is DIRTY


def test_inspect_changes_nothing_but_skips_a_marker():
    bench = Bench()
    queue = bench.queue
    for number in range(3):
        queue.enqueue(number, True)
    before = queue.statistics()
    assert queue.inspect(ensure_empty=True) is DIRTY
    assert queue.inspect(ensure_empty=False) is CLEAN
    assert queue.statistics() == before


LEGAL = {
    DIRTY: {DIRTY, NEED, CLEAN},
    NEED: {NEED, DIRTY},
    CLEAN: {CLEAN},
}


@pytest.mark.parametrize("items", [1, 2, 23, 24, 25, 49, 50, 51, 100, 260])
def test_cleaning_takes_only_legal_transitions_and_gives_every_cell_back(items):
    bench = Bench()
    for number in range(items):
        bench.queue.enqueue(number, True)
    assert [bench.queue.dequeue() for _ in range(items)] == [*range(items)]
    states = bench.drain()
    assert all(new in LEGAL[old] for old, new in pairwise(states))
    assert bench.queue.get_finalize_dequeue_data() == items
    assert bench.queue.statistics().spent == 0
    assert bench.queue.clean() is CLEAN


# --- cells ---


def test_a_clean_reclaims_at_most_fifty_cells():
    bench = Bench()
    queue = bench.queue
    for number in range(200):
        queue.enqueue(number, True)
    queue.cells.clear()  # taken by a loop of the caller's own, which accounts for them in one go
    queue._head += 200
    reclaimed = []
    for _ in range(60):
        before = queue.deferred
        if queue.clean() is NEED:
            bench.step()
        reclaimed.append(queue.deferred - before)
    assert max(reclaimed) == MAX_SCHED_CLEAN_OPS == 50
    assert sum(reclaimed) == 200


def test_dequeuing_reclaims_in_passing_so_that_spent_cells_stay_few():
    bench = Bench()
    queue = bench.queue
    most = 0
    for number in range(2000):
        queue.enqueue(number, True)
        assert queue.dequeue() == number
        bench.step()
        most = max(most, queue.statistics().spent)
    assert most <= 2 * MAX_DEQUEUE_CLEAN_OPS
    assert queue.get_finalize_dequeue_data() >= 1900


def test_without_progress_nothing_is_reclaimed():
    bench = Bench()
    queue = bench.queue
    for number in range(500):
        queue.enqueue(number, True)
        queue.dequeue()
        queue.clean()
    assert queue.statistics().spent == 500
    assert queue.deferred == 0


def test_an_auto_finalizing_queue_defers_nothing():
    bench = Bench(auto_finalize=True)
    for number in range(100):
        bench.queue.enqueue(number, True)
        bench.queue.dequeue()
    bench.drain()
    assert bench.queue.deferred == 0
    assert bench.queue.get_finalize_dequeue_data() == 0


def test_took_accounts_for_items_that_the_caller_took_itself():
    by_dequeue, by_hand = Bench(), Bench()
    for bench in (by_dequeue, by_hand):
        for number in range(30):
            bench.queue.enqueue(number, True)
    for _ in range(30):
        by_dequeue.queue.dequeue()
        by_hand.queue.cells.popleft()
        by_hand.queue.took(1)
    assert by_hand.queue.statistics() == by_dequeue.queue.statistics()
    assert by_hand.drain() == by_dequeue.drain()
    assert by_hand.queue.deferred == by_dequeue.queue.deferred == 30


@pytest.mark.parametrize(("cells", "remain"), [(0, 0), (1, 0), (50, 0), (51, 1), (120, 70)])
def test_fifty_deferred_cells_are_freed_a_call(cells, remain):
    assert MAX_FINI_DEQ_OPS == 50
    assert finalize_dequeue(cells) == remain


def test_handing_out_deferred_cells_empties_the_list():
    bench = Bench()
    bench.queue.enqueue(None, True)
    bench.queue.enqueue(None, True)
    bench.queue.cells.clear()
    bench.queue.took(2)
    bench.drain()
    assert bench.queue.get_finalize_dequeue_data() == 2
    assert bench.queue.get_finalize_dequeue_data() == 0
    assert bench.queue.statistics().deferred == 0


# --- producers ---


@pytest.mark.parametrize("managed", [True, False])
def test_the_consumer_is_notified_of_each_item(managed):
    bench = Bench()
    bench.queue.enqueue("a", managed)
    assert bench.notified == 1
    assert bench.queue.prepare_enqueue() == 1
    assert bench.notified == 1, "a reserved cell is no item"
    assert bench.queue.dequeue() == "a"
    bench.queue.enqueue_prepared("b", managed)
    assert bench.notified == 2
    assert bench.queue.dequeue() == "b"


def test_an_unmanaged_producer_inside_the_queue_holds_reclaiming_up():
    bench = Bench()
    queue = bench.queue
    real = queue.cells

    class Interrupting(deque):
        """A list whose ``append`` is interrupted: the consumer works meanwhile."""

        def append(self, item):
            queue.cells = real
            states.extend(self.meanwhile())
            real.append(item)

        @staticmethod
        def meanwhile():
            for _ in range(20):
                yield queue.clean()
                bench.step()

    states = []
    queue.enqueue("first", True)
    queue.dequeue()
    queue.cells = Interrupting()
    queue.enqueue("second", False)
    assert states[-5:] == [NEED] * 5
    assert queue.deferred == 0
    assert queue.dequeue() == "second"
    bench.drain()
    assert queue.deferred == 2


@pytest.mark.parametrize(
    "layer", [RealThreads, SimulatedThreads, *(lambda s=s: SimulatedThreads(SeededRandom(s)) for s in range(40))]
)
@pytest.mark.parametrize("managed", [True, False])
def test_items_of_many_producers_arrive_once_and_each_producers_in_order(layer, managed):
    layer = layer()
    event = layer.event("items")
    progress = ThrProgress(layer)
    consumer = progress.register_managed("consumer", event.set)
    queue = ThrQueue("q", layer, progress, consumer, event.set, auto_finalize=False)
    count = 30 if layer.kind == "simulated" else 400
    taken = []

    def produce(name):
        for number in range(count):
            queue.enqueue((name, number), managed)

    threads = [layer.spawn(name, lambda name=name: produce(name)) for name in "abc"]
    freed = 0
    while len(taken) < 3 * count or queue.clean() is not CLEAN:
        item = queue.dequeue()
        if item is not None:
            taken.append(item)
            continue
        progress.update(consumer)
        freed += queue.get_finalize_dequeue_data()
        event.reset()
        if queue.inspect(ensure_empty=True) is CLEAN and len(taken) < 3 * count:
            event.wait()
    for thread in threads:
        thread.join()
    for name in "abc":
        assert [number for owner, number in taken if owner == name] == [*range(count)]
    assert freed + queue.get_finalize_dequeue_data() == 3 * count
    layer.close()


# --- the model ---


class QueueMachine(RuleBasedStateMachine):
    """Random operations, checked against a list of items and the promises about cells."""

    def __init__(self):
        super().__init__()
        self.bench = Bench()
        self.queue = self.bench.queue
        self.other = self.bench.progress.register_managed("producer", lambda: None)
        self.model = []
        self.entered_at = []
        self.given_back = 0
        self.next_item = 0
        self.last = None
        self.progress_at_last = 0
        self.delays = []

    def now(self):
        return self.bench.progress.current

    @rule(managed=st.booleans(), prepared=st.booleans(), count=st.integers(1, 40))
    def enqueue(self, managed, prepared, count):
        for _ in range(count):
            self.model.append(self.next_item)
            if prepared:
                assert self.queue.prepare_enqueue() == 1
                self.queue.enqueue_prepared(self.next_item, managed)
            else:
                self.queue.enqueue(self.next_item, managed)
            self.entered_at.append(self.now())
            self.next_item += 1
        self.last = None

    @rule(count=st.integers(1, 40))
    def dequeue(self, count):
        for _ in range(count):
            expected = self.model.pop(0) if self.model else None
            assert self.queue.dequeue() == expected
        self.last = None

    @rule()
    def clean(self):
        state = self.queue.clean()
        if self.last is not None:
            assert state in LEGAL[self.last]
            if self.last is NEED and self.now() == self.progress_at_last:
                assert state is NEED
        self.last, self.progress_at_last = state, self.now()

    @rule(ensure_empty=st.booleans())
    def inspect(self, ensure_empty):
        state = self.queue.inspect(ensure_empty=ensure_empty)
        if ensure_empty and self.model:
            assert state is DIRTY
        if state is CLEAN:
            assert self.queue.statistics().spent == 0
        if state is NEED:
            assert not self.bench.progress.has_reached(self.queue.need_thr_progress())

    @rule(who=st.sampled_from(["consumer", "other"]), times=st.integers(1, 4))
    def progress(self, who, times):
        for _ in range(times):
            self.bench.progress.update(self.bench.consumer if who == "consumer" else self.other)

    @rule()
    def delay(self):
        self.delays.append(self.bench.progress.unmanaged_delay())

    @precondition(lambda self: self.delays)
    @rule()
    def go_on(self):
        self.bench.progress.unmanaged_continue(self.delays.pop())

    @rule()
    def hand_out(self):
        self.given_back += self.queue.get_finalize_dequeue_data()

    @invariant()
    def items_are_those_of_the_model(self):
        assert self.queue.length_dirty() == len(self.model) == self.queue.statistics().queued
        assert (self.queue.statistics().queued == 0) == (not self.model)

    @invariant()
    def cells_are_conserved(self):
        """Queued, spent or given back: one cell may be the last one dequeued, which is in none of the three."""
        stats = self.queue.statistics()
        missing = self.next_item - (stats.queued + stats.spent + stats.deferred + self.given_back)
        assert missing in (-1, 0, 1), "the marker may be among the spent ones, the last data cell outside of them"
        assert stats.spent >= 0

    @invariant()
    def no_cell_comes_back_before_two_steps_of_progress(self):
        back = self.given_back + self.queue.deferred
        assert all(at + 2 <= self.now() for at in self.entered_at[:back])

    def teardown(self):
        for index in self.delays:
            self.bench.progress.unmanaged_continue(index)
        while self.model:
            assert self.queue.dequeue() == self.model.pop(0)
        for _ in range(1000):
            if self.queue.clean() is CLEAN:
                break
            self.bench.progress.update(self.bench.consumer)
            self.bench.progress.update(self.other)
        else:
            raise AssertionError("cleaning never ends")
        assert self.given_back + self.queue.get_finalize_dequeue_data() == self.next_item


QueueMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestQueueAgainstAList = QueueMachine.TestCase
