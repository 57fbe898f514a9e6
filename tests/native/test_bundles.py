"""Jobs of compiled drivers that a callback queues in a row: nobody can tell that they are queued together."""

import pytest

from erts_emu import Atom, Emulator
from erts_emu.native import FREE_THREADED
from erts_emu.testing import Workbench


@pytest.fixture(params=[1, 3], ids=["one thread", "three threads"])
def bench(request, driver):
    """A process, and the number of jobs in each bundle that was queued."""
    with Emulator(async_threads=request.param) as emu:
        me = emu.attach()
        me.erl_ddll.load_driver(driver("bundle_drv", "-lpthread"), "bundle_drv")
        bundles = []
        submit = emu.async_pool._submit_all
        emu.async_pool._submit_all = lambda bundle, jobs: bundles.append(len(jobs)) or submit(bundle, jobs)
        yield me, bundles


def opened(me, command="bundle_drv"):
    return me.open_port(("spawn_driver", command), [Atom("binary")])


def queued(me, port, letters):
    """Have jobs queued: their numbers, and the keys that were written back."""
    reply = bytes(me.port_control(port, 1, letters.encode()))
    parts = [reply[at : at + 9] for at in range(0, len(reply), 9)]
    return [int.from_bytes(part[:8]) for part in parts], [part[8] for part in parts]


def completed(me, port, count):
    """Wait for the results of so many jobs: (place in the letters, when it was run) of each; and other output."""
    results, others = [], []
    while len(results) < count:
        sender, (_, data) = me.receive(timeout=30)
        assert sender == port
        if len(data) == 8:
            results.append((int.from_bytes(data[4:]), int.from_bytes(data[:4])))
        else:
            others.append(data)
    return results, others


@pytest.mark.parametrize("count", [1, 3, 4, 5, 63, 64, 65, 66, 67, 68, 69, 200, 1000])
def test_jobs_have_consecutive_numbers_and_each_is_run_once(bench, count):
    me, _ = bench
    port = opened(me)
    first = me.emu.async_pool.ids.value + 1
    for _ in range(3):
        numbers, keys = queued(me, port, "j" * count)
        assert numbers == list(range(first, first + count))
        assert keys == [255] * count
        first += count
        results, _ = completed(me, port, count)
        assert sorted(place for place, _ in results) == list(range(count))
    assert me.emu.async_pool.ids.value == first - 1


def test_jobs_of_one_thread_are_run_in_order(bench):
    me, _ = bench
    port = opened(me)
    size = me.emu.async_pool.size
    letters = "0123456789" * 40
    _, keys = queued(me, port, letters)
    assert keys == [int(letter) % size for letter in letters]
    results, _ = completed(me, port, len(letters))
    when = dict(results)
    for thread in range(size):
        notes = [when[place] for place, key in enumerate(keys) if key == thread]
        assert notes == sorted(notes)


@pytest.mark.skipif(FREE_THREADED, reason="there is no interpreter lock to save")
def test_many_jobs_are_queued_together_while_their_threads_are_awake(bench):
    me, bundles = bench
    port = opened(me)
    for _ in range(500):  # a thread that is asleep gets each job for itself
        queued(me, port, "jjjw" + "j" * 100)
        completed(me, port, 103)
        if bundles and max(bundles) > 1:
            break
    assert max(bundles) > 1


@pytest.mark.parametrize("letters", ["jjjjjjw", "jwjwjwjwjwjwjw", ("j" * 30 + "w") * 5, "000000w012012012012w"])
def test_a_callback_may_wait_for_the_jobs_that_it_has_queued(bench, letters):
    me, _ = bench
    port = opened(me)
    count = len(letters) - letters.count("w")
    for _ in range(20):
        queued(me, port, letters)
        completed(me, port, count)


def test_what_a_callback_does_between_comes_after_the_jobs_before_it(bench):
    me, _ = bench
    port = opened(me)
    numbers, _ = queued(me, port, "jjjjjjojjjojjjjjjjjjwojj")
    assert numbers == list(range(numbers[0], numbers[0] + 20))
    _, others = completed(me, port, 20)
    assert others == [b"o"] * 3


@pytest.mark.parametrize("command", ["bundle_drv", "bundle_drv pdl"])
def test_the_driver_is_kept_until_its_jobs_are_done(bench, command):
    me, _ = bench
    port = opened(me, command)
    queued(me, port, "j" * 500)
    me.port_close(port)
    me.erl_ddll.unload_driver("bundle_drv")
    for _ in range(100):
        if "bundle_drv" not in me.erl_ddll.loaded_drivers():
            break
        me.emu.layer.sleep(50_000_000)
    assert "bundle_drv" not in me.erl_ddll.loaded_drivers()


def test_with_a_listener_every_job_is_seen_when_it_is_queued(bench):
    me, bundles = bench
    port = opened(me)
    seen = []
    me.emu.trace.subscribe(lambda name, fields: seen.append(fields["job"].async_id), "driver_async")
    numbers, _ = queued(me, port, "j" * 50)
    assert seen == numbers
    completed(me, port, 50)
    assert not bundles


def test_a_fault_finds_its_job_among_many_that_a_callback_queues(driver):
    with Workbench(threads="real", checks=False) as bench:
        bench.driver(driver("bundle_drv", "-lpthread"), "bundle_drv")
        port = opened(bench.me)
        for _ in range(20):
            bench.faults.delay_job(0.0001, nth=50)
            queued(bench.me, port, "jjjw" + "j" * 100)
            completed(bench.me, port, 103)
        assert len(bench.faults.made) == 20
