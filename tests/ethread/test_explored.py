"""The protocols of thread events and atomics under many schedules."""

from erts_emu.ethread import DeadlockError, SeededRandom, SimulatedThreads

SEEDS = 500


def test_reset_look_wait_loses_no_wake_up_under_any_schedule():
    for seed in range(SEEDS):
        sim = SimulatedThreads(SeededRandom(seed))
        event, queue, taken = sim.event("e"), sim.queue(), []

        def produce(queue=queue, event=event):
            for number in range(4):
                queue.append(number)
                if not event.on:
                    event.set()

        def consume(queue=queue, event=event, taken=taken):
            while len(taken) < 8:
                event.reset()
                if queue:
                    taken.append(queue.popleft())
                else:
                    event.wait()

        threads = [sim.spawn("consumer", consume), sim.spawn("one", produce), sim.spawn("two", produce)]
        for thread in threads:
            thread.join()
        assert sorted(taken) == [0, 0, 1, 1, 2, 2, 3, 3]


def test_looking_before_the_reset_does_lose_wake_ups_and_that_is_found():
    """The same protocol with its first two steps exchanged: a planted bug, to see that exploring finds it."""
    deadlocks = 0
    for seed in range(SEEDS):
        sim = SimulatedThreads(SeededRandom(seed))
        event, queue, taken = sim.event("e"), sim.queue(), []

        def consume(queue=queue, event=event, taken=taken):
            while len(taken) < 2:
                if queue:
                    taken.append(queue.popleft())
                    continue
                event.reset()
                event.wait()

        def produce(queue=queue, event=event):
            queue.append(None)
            event.set()

        threads = [sim.spawn("consumer", consume), sim.spawn("one", produce), sim.spawn("two", produce)]
        try:
            for thread in threads:
                thread.join()
        except DeadlockError:
            deadlocks += 1
            sim.close()
    assert 0 < deadlocks < SEEDS


def test_an_increment_in_two_steps_is_seen_to_lose_one():
    """Reading and setting are one step each; together they are two."""
    finals = set()
    for seed in range(SEEDS):
        sim = SimulatedThreads(SeededRandom(seed))
        number = sim.atomic()
        threads = [sim.spawn(str(n), lambda number=number: number.set(number.read() + 1)) for n in range(2)]
        for thread in threads:
            thread.join()
        finals.add(number.read())
    assert finals == {1, 2}


def test_every_order_of_three_steps_turns_up():
    """Six orders, uniform choices: the chance that one is missing after 500 runs is below 10**-9."""
    orders = set()
    for seed in range(SEEDS):
        sim = SimulatedThreads(SeededRandom(seed))
        log = []
        step = sim.atomic()
        threads = [
            sim.spawn(str(n), lambda n=n, step=step, log=log: log.append((step.add_read(1), n))) for n in range(3)
        ]
        for thread in threads:
            thread.join()
        orders.add(tuple(n for _, n in sorted(log)))
    assert len(orders) == 6


def test_a_spurious_look_costs_nothing_and_a_timed_wait_sees_every_item():
    for seed in range(SEEDS):
        sim = SimulatedThreads(SeededRandom(seed))
        event, queue, taken = sim.event("e"), sim.queue(), []

        def produce(sim=sim, queue=queue, event=event):
            for number in range(3):
                sim.sleep(1000)
                queue.append(number)
                event.set()

        def consume(queue=queue, event=event, taken=taken):
            while len(taken) < 3:
                event.reset()
                if queue:
                    taken.append(queue.popleft())
                else:
                    event.wait(700)

        threads = [sim.spawn("consumer", consume), sim.spawn("producer", produce)]
        for thread in threads:
            thread.join()
        assert taken == [0, 1, 2]
