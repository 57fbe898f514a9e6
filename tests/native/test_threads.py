"""Threads of every kind hold a driver's locks across API calls while callbacks want them: nobody waits for ever."""

import pytest

from erts_emu import Emulator
from erts_emu.ethread import SeededRandom, SimulatedThreads

ROUNDS = 100


def opened(emu, folder):
    me = emu.attach()
    me.erl_ddll.load_driver(folder, "threads_drv")
    return me, me.open_port(("spawn_driver", "threads_drv"), [])


def numbers(me, jobs, others):
    """All numbers that the rounds have sent, and a -1 of each job."""
    got = [me.receive() for _ in range(ROUNDS * (jobs + others) + 2 * jobs)]
    assert got.count(-1) == jobs
    return [number for number in got if number != -1]


@pytest.mark.parametrize("checker", [False, True])
def test_jobs_and_callbacks_contend_for_locks_of_the_driver(driver, checker):
    with Emulator(async_threads=4, schedulers=2, lock_checker=checker) as emu:
        me, port = opened(emu, driver("threads_drv", "-lpthread"))
        for _ in range(4):
            me.port_control(port, ord("j"), b"")
            me.port_control(port, ord("w"), b"")
        assert sorted(numbers(me, 4, 4)) == list(range(1, 8 * ROUNDS + 5))


@pytest.mark.parametrize("kind", ["d", "p"])
def test_drivers_threads_and_unknown_threads_send_terms(driver, kind):
    with Emulator(async_threads=2) as emu:
        me, port = opened(emu, driver("threads_drv", "-lpthread"))
        me.port_control(port, ord("j"), b"")
        me.port_control(port, ord(kind), b"")
        assert sorted(numbers(me, 1, 1)) == list(range(1, 2 * ROUNDS + 2))


def test_an_unknown_thread_that_does_wrong_is_reported(driver):
    with Emulator(strict=False) as emu:
        me, port = opened(emu, driver("threads_drv", "-lpthread"))
        me.port_control(port, ord("m"), b"")
        [error] = emu.driver_errors
        assert "erl_drv_mutex_unlock() of mutex threads_drv, which nobody has locked" in str(error)


@pytest.mark.parametrize("carrier", ["greenlet", "thread"])
def test_on_simulated_threads_they_contend_in_any_order(driver, carrier):
    folder = driver("threads_drv", "-lpthread")
    orders = set()
    for seed in range(4):
        layer = SimulatedThreads(SeededRandom(seed), seed=seed, carrier=carrier)
        with Emulator(threads=layer, async_threads=2) as emu:
            me, port = opened(emu, folder)
            for _ in range(2):
                me.port_control(port, ord("j"), b"")
            got = [me.receive() for _ in range(2 * ROUNDS + 4)]
            assert sorted(got)[2:] == list(range(1, 2 * ROUNDS + 3))
            orders.add(str(emu.schedule()))
    assert len(orders) > 1
