"""The exhaustive strategies visit exactly as many schedules as there are.

A thread's start and end, and going on after an unlock, are seen by nobody: they make no schedules of their own.
"""

from math import comb, factorial, prod

import pytest

from erts_emu.testing import explore_threads
from tests.testing.programs import indexer, lastzero, locking, readers, steps


def number_of(program, strategy):
    result = explore_threads(program, strategy=strategy, schedules=None)
    assert (result.exhausted, result.failure) == (True, None)
    return result.schedules


@pytest.mark.parametrize("counts", [(1, 1), (2, 3), (3, 3), (4, 4), (1, 1, 1), (2, 2, 2), (3, 2, 1)])
def test_independent_of_each_other_threads_interleave_in_multinomially_many_ways(counts):
    expected = factorial(sum(counts)) // prod(factorial(count) for count in counts)
    assert number_of(steps(*counts), "exhaustive") == expected


@pytest.mark.parametrize(("threads", "times"), [(2, 1), (2, 2), (3, 1), (2, 3)])
def test_critical_sections_interleave_as_wholes(threads, times):
    assert number_of(locking(threads, times), "exhaustive") == factorial(threads * times) // factorial(times) ** threads


@pytest.mark.parametrize(("bound", "expected"), [(0, 2), (1, 2 + 2 * 2), (2, 2 + 2 * 2 + 2 * 2 * 2), (9, comb(6, 3))])
def test_a_bound_on_preemptions_leaves_what_takes_no_more(bound, expected):
    """Two threads A and B of three steps. AAABBB needs none; A|BBB|AA or AA|BBB|A one; A|B|AA|BB and so on two.

    With two: the first to run is left after 1 or 2 of its steps, the second after 1 or 2 of its own.
    """
    assert number_of(steps(3, 3), f"preemptions:{bound}") == expected


def test_a_bound_on_delays_lets_only_so_many_threads_be_passed_over():
    """Three threads of one step in the order of the round: with one delay, the first or the second waits."""
    assert [number_of(steps(1, 1, 1), f"delays:{bound}") for bound in (0, 1, 2, 3)] == [1, 3, 5, 6]


@pytest.mark.parametrize(("count", "classes"), [(1, 2), (2, 4), (4, 16), (8, 256)])
def test_reduced_each_reader_comes_before_or_after_the_writer(count, classes):
    assert number_of(readers(count), "reduced") == classes == 2**count


@pytest.mark.parametrize(("count", "classes"), [(10, 1), (11, 1), (12, 8)])
def test_reduced_only_colliding_insertions_have_an_order(count, classes):
    """Up to eleven threads hash to different places; the twelfth meets others at three."""
    assert number_of(indexer(count), "reduced") == classes


def test_reduced_lastzero_takes_the_optimal_number_of_complete_runs():
    """64 equivalence classes with five threads; the method may begin others that it sees to be redundant half-way."""
    result = explore_threads(lastzero(5), strategy="reduced", schedules=None)
    assert (result.schedules, result.exhausted) == (64, True)
    assert result.redundant <= 10


def test_reduced_critical_sections_of_one_lock_keep_all_their_orders():
    assert number_of(locking(3), "reduced") == 6
    assert number_of(locking(2, 2), "reduced") == comb(4, 2)


def test_reduced_threads_that_share_nothing_have_one_schedule():
    def program(layer):
        numbers = [layer.atomic() for _ in range(4)]
        threads = [layer.spawn("t", lambda n=n: [n.add_read(1) for _ in range(5)]) for n in numbers]
        for thread in threads:
            thread.join()

    assert number_of(program, "reduced") == 1


def outcomes(make, strategy):
    """What the threads of a program have seen, over all its schedules."""
    seen = set()
    explore_threads(make(seen), strategy=strategy, schedules=None)
    return seen


def stores_and_loads(seen):
    """Two flags, each set by one thread, which then reads the other's."""

    def program(layer):
        flags = [layer.atomic(), layer.atomic()]
        read = {}

        def go(me):
            flags[me].set(1)
            read[me] = flags[1 - me].read()

        threads = [layer.spawn("t", lambda me=me: go(me)) for me in (0, 1)]
        for thread in threads:
            thread.join()
        seen.add((read[0], read[1]))

    return program


def lock_or_try(seen):
    """One thread takes a lock for two steps; another tries to."""

    def program(layer):
        lock, number = layer.mutex("m"), layer.atomic()
        got = []

        def take():
            lock.acquire()
            number.set(1)
            lock.release()

        def try_it():
            if lock.acquire(False):
                got.append(number.read())
                lock.release()
            else:
                got.append("busy")

        threads = [layer.spawn("t", take), layer.spawn("t", try_it)]
        for thread in threads:
            thread.join()
        seen.add(got[0])

    return program


def event_and_queue(seen):
    """A consumer that looks at a queue by hints, and two producers."""

    def program(layer):
        queue, event = layer.queue(), layer.event("e")
        got = []

        def produce(item):
            queue.append(item)
            event.set()

        def consume():
            while len(got) < 2:
                event.reset()
                if queue:
                    got.append(queue.popleft())
                else:
                    event.wait()

        threads = [layer.spawn("t", consume)]
        threads += [layer.spawn("t", lambda item=item: produce(item)) for item in "ab"]
        for thread in threads:
            thread.join()
        seen.add("".join(got))

    return program


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (stores_and_loads, {(0, 1), (1, 0), (1, 1)}),
        (lock_or_try, {0, 1, "busy"}),
        (event_and_queue, {"ab", "ba"}),
    ],
)
def test_reduction_loses_no_outcome(make, expected):
    assert outcomes(make, "reduced") == expected
    if make is not event_and_queue:  # which has too many schedules to try them all
        assert outcomes(make, "exhaustive") == expected
