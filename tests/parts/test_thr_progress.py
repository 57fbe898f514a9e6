"""Thread progress: grace periods, sleepers, leaders, delays, wake-ups, wrap-around (``scheduling.md`` §2)."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from erts_emu.ethread import RealThreads, SeededRandom, SimulatedThreads
from erts_emu.thr_progress import WAITING, ThrProgress, progress_after


def nothing():
    """Do nothing."""


def start(*names, current=0):
    """A thread progress with managed threads, on one thread."""
    progress = ThrProgress(SimulatedThreads())
    progress.current = current
    return progress, [progress.register_managed(name, nothing) for name in names]


# --- values ---


@pytest.mark.parametrize(
    ("value", "steps", "after"),
    [
        (0, 2, 2),
        (7, 0, 7),
        (WAITING - 2, 1, WAITING - 1),
        (WAITING - 2, 2, 0),
        (WAITING - 1, 1, 0),
        (WAITING - 1, 2, 1),
    ],
)
def test_values_wrap_and_never_are_waiting(value, steps, after):
    assert progress_after(value, steps) == after


def test_the_first_value_is_zero_and_later_is_two_further():
    progress, (a, _) = start("a", "b")
    assert progress.current == 0
    assert a.later() == 2
    progress.update(a)
    assert a.later() == 3, "one that has confirmed the next value counts from there"


def test_later_on_an_unmanaged_thread_counts_from_the_current_value():
    progress, (a,) = start("a")
    unmanaged = progress.register_unmanaged("u", nothing)
    assert unmanaged.later() == 2
    progress.update(a)
    assert unmanaged.later() == 3


def test_two_steps_are_needed_because_others_may_have_confirmed_the_first_already():
    progress, (a, b) = start("a", "b")
    progress.update(a)  # a is in a known state, and then looks at something
    unlinked_at = b.later()
    progress.update(b)  # all have confirmed 1
    progress.update(a)
    assert progress.has_reached(1)
    assert not progress.has_reached(unlinked_at), "a has not been in a known state since"
    for thread in (b, a, b, a):
        progress.update(thread)
    assert progress.has_reached(unlinked_at)


def test_one_thread_that_does_not_update_stops_everybody():
    progress, (a, _) = start("a", "b")
    for _ in range(10):
        progress.update(a)
    assert progress.current == 0


# --- sleeping ---


def test_a_sleeping_thread_does_not_hold_progress_up():
    progress, (a, b) = start("a", "b")
    progress.prepare_wait(b)
    assert b.confirmed == WAITING
    for _ in range(5):
        progress.update(a)
    assert progress.current == 5
    progress.finalize_wait(b)
    assert b.confirmed == 6, "it confirms a value beyond the current one before it touches anything"
    progress.update(a)
    progress.update(a)
    assert progress.current == 6, "and is waited for again"


def test_exactly_one_active_thread_leads_and_it_hands_over_when_it_sleeps():
    progress, threads = start("a", "b", "c")
    for thread in threads:
        progress.update(thread)
    assert [thread.leader for thread in threads] == [True, False, False]
    progress.prepare_wait(threads[0])
    assert not any(thread.leader for thread in threads)
    progress.update(threads[2])
    assert [thread.leader for thread in threads] == [False, False, True]
    progress.finalize_wait(threads[0])
    progress.update(threads[0])
    assert not threads[0].leader


def test_the_last_one_to_sleep_wakes_itself_while_somebody_waits_for_a_value():
    woken = []
    progress = ThrProgress(SimulatedThreads())
    a = progress.register_managed("a", lambda: woken.append("a"))
    b = progress.register_managed("b", lambda: woken.append("b"))
    u = progress.register_unmanaged("u", lambda: woken.append("u"))
    progress.request_wakeup(u, u.later())
    progress.prepare_wait(a)
    assert woken == [], "b is still active"
    progress.prepare_wait(b)
    assert woken == ["b"]
    while "u" not in woken:
        progress.finalize_wait(b)
        progress.update(b)
        progress.prepare_wait(b)
        assert len(woken) < 10
    before = len(woken)
    progress.finalize_wait(b)
    progress.prepare_wait(b)
    assert len(woken) == before, "with nobody waiting, all may sleep"


def test_a_request_made_while_everybody_sleeps_wakes_somebody():
    woken = []
    progress = ThrProgress(SimulatedThreads())
    a = progress.register_managed("a", lambda: woken.append("a"))
    u = progress.register_unmanaged("u", lambda: woken.append("u"))
    progress.prepare_wait(a)
    progress.request_wakeup(u, u.later())
    assert woken == ["a"]


# --- unmanaged threads ---


def test_an_unmanaged_thread_never_holds_progress_up():
    progress, (a,) = start("a")
    progress.register_unmanaged("u", nothing)
    for _ in range(5):
        progress.update(a)
    assert progress.current == 5


def test_a_delay_lets_one_step_pass_and_stops_the_next():
    progress, (a,) = start("a")
    index = progress.unmanaged_delay()
    for _ in range(5):
        progress.update(a)
    assert progress.current == 1
    progress.unmanaged_continue(index)
    progress.update(a)
    assert progress.current > 1


def test_later_delays_enter_the_other_counter_and_cannot_starve_progress():
    progress, (a,) = start("a")
    first = progress.unmanaged_delay()
    progress.update(a)
    second = progress.unmanaged_delay()
    assert {first, second} == {0, 1}
    progress.unmanaged_continue(first)
    for _ in range(3):
        progress.update(a)
    assert progress.current == 2, "the first delay is over, the second one stops the step after the next"
    progress.unmanaged_continue(second)
    for _ in range(3):
        progress.update(a)
    assert progress.current > 2


# --- wake-ups ---


def test_a_thread_is_woken_when_its_value_is_reached_and_not_before():
    woken = []
    progress = ThrProgress(SimulatedThreads())
    a = progress.register_managed("a", lambda: woken.append(("a", progress.current)))
    u = progress.register_unmanaged("u", lambda: woken.append(("u", progress.current)))
    progress.request_wakeup(a, 2)
    progress.request_wakeup(u, 3)
    progress.request_wakeup(u, 3)
    for _ in range(5):
        progress.update(a)
    assert woken == [("a", 2), ("u", 3)], "a repeated request is one request"


def test_a_request_for_a_value_that_is_reached_wakes_at_once():
    woken = []
    progress = ThrProgress(SimulatedThreads())
    a = progress.register_managed("a", lambda: woken.append("a"))
    progress.update(a)
    progress.request_wakeup(a, 1)
    progress.request_wakeup(a, 0)
    assert woken == ["a", "a"]


def test_a_wake_up_after_unregistering_is_ignored():
    progress, (a,) = start("a")
    u = progress.register_unmanaged("u", lambda: pytest.fail("woken"))
    progress.request_wakeup(u, 2)
    progress.unregister(u)
    for _ in range(3):
        progress.update(a)
    progress.request_wakeup(u, 0)


def test_an_unregistered_managed_thread_is_waited_for_no_more():
    progress, (a, b) = start("a", "b")
    progress.update(a)
    progress.unregister(b)
    progress.update(a)
    assert progress.current >= 1


# --- wrap-around ---


def test_progress_passes_the_end_of_the_word_and_skips_waiting():
    progress, (a,) = start("a", current=WAITING - 2)
    value = a.later()
    assert value == 0
    seen = []
    for _ in range(4):
        progress.update(a)
        seen.append(progress.current)
    assert seen == [WAITING - 1, 0, 1, 2]
    assert progress.has_reached(value)
    assert progress.has_reached(WAITING - 1)
    assert not progress.has_reached(3)


def test_a_wake_up_across_the_end_of_the_word_comes_in_time():
    woken = []
    progress = ThrProgress(SimulatedThreads())
    progress.current = WAITING - 1
    a = progress.register_managed("a", lambda: woken.append(progress.current))
    progress.request_wakeup(a, a.later())
    assert woken == []
    progress.update(a)
    assert woken == []
    progress.update(a)
    assert woken == [1]


# --- the promise, on any schedule ---


class ProgressMachine(RuleBasedStateMachine):
    """Whatever threads do: a reached value means that all others were in a known state since it was taken.

    An unmanaged thread is in one whenever it is not between delay and continue.
    """

    @initialize(current=st.sampled_from([0, 1, 2**62, 2**63 - 2, WAITING - 3, WAITING - 2, WAITING - 1]))
    def begin(self, current):
        self.progress, self.threads = start("a", "b", "c", current=current)
        self.clock = 0
        self.known = [0, 0, 0]
        self.asleep = [False] * 3
        self.taken = []
        self.delays = []

    def pass_known_state(self, index):
        self.clock += 1
        self.known[index] = self.clock

    @rule(index=st.integers(0, 2))
    def update(self, index):
        if not self.asleep[index]:
            self.pass_known_state(index)
            self.progress.update(self.threads[index])

    @rule(index=st.integers(0, 2))
    def sleep_or_wake(self, index):
        self.pass_known_state(index)
        if self.asleep[index]:
            self.progress.finalize_wait(self.threads[index])
        else:
            self.progress.prepare_wait(self.threads[index])
        self.asleep[index] = not self.asleep[index]

    @rule(index=st.integers(0, 2))
    def unlink(self, index):
        if not self.asleep[index]:
            self.clock += 1
            value = self.threads[index].later()
            assert value != WAITING
            assert not self.progress.has_reached(value)
            self.taken.append((value, self.clock, index, tuple(self.asleep)))

    @rule()
    def delay(self):
        self.clock += 1
        self.delays.append((self.progress.unmanaged_delay(), self.clock))

    @precondition(lambda self: self.delays)
    @rule(which=st.integers(0, 5))
    def go_on(self, which):
        index, _ = self.delays.pop(which % len(self.delays))
        self.progress.unmanaged_continue(index)

    @precondition(lambda self: self.taken)
    @rule()
    def everybody_updates_until_all_is_reached(self):
        for index in range(3):
            if self.asleep[index]:
                self.sleep_or_wake(index)
        while self.delays:
            self.go_on(0)
        for _ in range(8):
            for index in range(3):
                self.update(index)
        assert all(self.progress.has_reached(value) for value, *_ in self.taken)
        self.taken.clear()

    @invariant()
    def current_is_no_special_value(self):
        assert 0 <= getattr(self, "progress", start()[0]).current < WAITING

    @invariant()
    def reached_means_that_all_others_have_been_in_a_known_state(self):
        for value, when, owner, asleep in getattr(self, "taken", ()):
            if self.progress.has_reached(value):
                for index in range(3):
                    assert index == owner or asleep[index] or self.known[index] > when
                assert not any(begun < when for _, begun in self.delays)


ProgressMachine.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestTheGracePeriod = ProgressMachine.TestCase


@pytest.mark.parametrize("layer", [RealThreads, *(lambda s=s: SimulatedThreads(SeededRandom(s)) for s in range(60))])
def test_nothing_is_freed_while_a_reader_may_hold_it(layer):
    """Readers look at a shared object between known states; the writer replaces it and frees the old one in time."""
    layer = layer()
    progress = ThrProgress(layer)
    rounds = 12
    shared = {"alive": True}
    done = layer.atomic()
    used_after_free = []
    threads = [progress.register_managed(name, nothing) for name in ("writer", "reader 1", "reader 2")]
    progress.current = WAITING - 5
    for thread in threads:
        thread.confirmed = progress.current

    def read(me):
        while not done.read():
            progress.update(me)
            seen = shared
            done.read()  # a step: others run
            if not seen["alive"]:
                used_after_free.append(me)
        progress.prepare_wait(me)

    def write(me):
        nonlocal shared
        for _ in range(rounds):
            old, shared = shared, {"alive": True}
            value = me.later()
            while not progress.has_reached(value):
                progress.update(me)
                done.read()
            old["alive"] = False
        done.set(1)
        progress.prepare_wait(me)

    running = [layer.spawn("writer", lambda: write(threads[0]))]
    running += [layer.spawn(thread.name, lambda thread=thread: read(thread)) for thread in threads[1:]]
    for thread in running:
        thread.join()
    assert used_after_free == []
