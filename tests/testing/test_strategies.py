"""What each strategy promises, measured. The seeds are fixed: these runs are the same every time."""

from collections import Counter

import pytest
from planted_bugs import ALL

from erts_emu.testing import InterleavingFailed, explore, explore_threads
from erts_emu.testing.explorer.campaign import STRATEGIES, strategy_from
from erts_emu.testing.explorer.pct import PCT
from tests.testing.programs import steps, together


def orders(program_of, strategy, schedules):
    """Count what a program that appends to a list leaves there."""
    seen = Counter()

    def program(layer):
        log = []
        program_of(layer, log)
        seen["".join(log)] += 1

    explore_threads(program, strategy=strategy, schedules=schedules)
    return seen


def three_and_three(layer, log):
    number = layer.atomic()

    def work(name):
        for _ in range(3):
            number.add_read(1)
            log.append(name)

    together(layer, lambda: work("a"), lambda: work("b"))


def ordered(depth, threads, noise):
    """A bug that *depth* steps of different threads in one order make, among *noise* other steps of each thread.

    Thread 1 has to take its marked step first, then thread 2, and so on; the last one fails.
    """

    def program(layer):
        number = layer.atomic()
        reached = []

        def work(me):
            for _ in range(noise):
                number.add_read(1)
            number.add_read(1)
            if me < depth and len(reached) == me:
                reached.append(me)
            for _ in range(noise):
                number.add_read(1)

        # The order that is wanted is against the order of creation, so that running in order does not show it.
        together(layer, *[lambda me=me: work(me) for me in reversed(range(threads))])
        assert len(reached) < depth

    return program


def found(program, strategy, runs):
    """How many of *runs* runs of a strategy fail."""
    failed = 0
    for seed in range(runs):
        failed += explore_threads(program, strategy=strategy(seed), schedules=1).failure is not None
    return failed


@pytest.mark.parametrize(("depth", "threads", "noise"), [(2, 2, 3), (2, 3, 3), (3, 3, 1)])
def test_pct_meets_its_bound(depth, threads, noise):
    """The chance of one run is at least 1/(n * k**(d-1)).

    n counts the main thread; k is what PCT takes as the number of steps. With 400 runs of chance p the number of
    failures is less than half of 400 * p with a probability below exp(-400 * p / 8); seeds are fixed, so it never is.
    """
    program = ordered(depth, threads, noise)
    k = explore_threads(program, strategy="in order").steps
    n = threads + 1
    bound = 1 / (n * k ** (depth - 1))

    def pct(seed):
        strategy = PCT(seed, depth=depth)
        strategy.steps = k
        return strategy

    assert found(program, pct, 400) >= 400 * bound


def test_pct_of_depth_one_never_leaves_a_thread_that_can_go_on():
    seen = orders(three_and_three, "pct:1", 200)
    assert set(seen) == {"aaabbb", "bbbaaa"}
    assert min(seen.values()) > 50


def test_random_choice_reaches_every_interleaving():
    assert len(orders(three_and_three, "random", 1000)) == 20


def test_the_random_walk_is_more_even_than_random_choice():
    """20 interleavings of three and three steps: choosing uniformly, the two without a switch are the rarest."""
    random, walk = orders(three_and_three, "random", 1500), orders(three_and_three, "walk", 1500)
    assert len(walk) == 20
    assert max(walk.values()) - min(walk.values()) < max(random.values()) - min(random.values())


def test_in_order_is_one_run():
    result = explore_threads(steps(2, 2), strategy="in order", schedules=None)
    assert (result.schedules, result.exhausted) == (1, True)


@pytest.mark.parametrize("name", STRATEGIES)
def test_runs_of_one_seed_are_the_same(name):
    def log_of():
        logs = []

        def program(layer):
            log = []
            three_and_three(layer, log)
            logs.append("".join(log))

        explore_threads(program, strategy=name, schedules=15, seed=5)
        return logs

    assert log_of() == log_of()


def test_an_unknown_strategy_is_refused_with_the_names_that_exist():
    with pytest.raises(ValueError, match=r"no strategy is called 'pct:x'; there are campaign, in order"):
        strategy_from("pct:x")
    with pytest.raises(ValueError, match="depth of PCT"):
        strategy_from("pct:0")


def bug(name):
    return next(bug for bug in ALL if bug.name == name)


def test_a_bound_can_be_exhausted_on_a_whole_emulator():
    """Branching only where drivers can see it, all schedules with one preemption are soon tried."""
    account = bug("account")
    fixed = explore(account.run(account.fixed), strategy="preemptions:1", schedules=2000, **account.options)
    assert fixed.exhausted
    assert 10 < fixed.schedules < 1000
    with pytest.raises(InterleavingFailed):
        explore(account.run(account.buggy), strategy="preemptions:1", schedules=2000, **account.options)


def test_a_bug_that_needs_a_preemption_is_not_found_without():
    """A job's two stores have to be interrupted."""
    pair = bug("torn_pair")
    none = explore(pair.run(pair.buggy), strategy="preemptions:0", schedules=2000, **pair.options)
    assert none.exhausted
    with pytest.raises(InterleavingFailed):
        explore(pair.run(pair.buggy), strategy="preemptions:1", schedules=2000, **pair.options)
