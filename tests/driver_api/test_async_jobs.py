"""Asynchronous jobs (driver_api.md §2.10). What the pool does with them is tested in ``tests/async_pool``."""

import pytest
from helpers import everywhere, schedules

from erts_emu.driver import INVALID_PORT, Pointer, driver_async, driver_async_port_key
from erts_emu.locks import LockNotHeld

from .proof import Lab, proves


@proves("driver_async")
@everywhere
def test_a_job_is_invoked_and_its_result_made_ready(run):
    def scenario(emu):
        with emu.attach() as me:
            done = []
            lab = Lab(me, ready_async=lambda d, data: done.append(data))
            cell = []
            assert lab.run(lambda d: driver_async(d.port, None, lambda data: data.append("invoked"), cell, None)) == 1
            while not done:
                me.sleep(0.001)
            assert done == [["invoked"]]
            assert done[0] is cell

    run(scenario, **schedules(run, 50))


@proves("driver_async")
def test_jobs_are_numbered_from_1(me):
    lab = Lab(me, ready_async=lambda d, data: None)
    job = lambda d: driver_async(d.port, None, lambda _: None, None, None)  # noqa: E731
    assert [lab.run(job) for _ in range(3)] == [1, 2, 3]


@proves("driver_async")
def test_without_ready_async_the_data_is_freed(me):
    freed = []
    lab = Lab(me)
    lab.run(lambda d: driver_async(d.port, None, lambda _: None, "data", freed.append))
    me.sleep(0.01)
    assert freed == ["data"]


@proves("S18", "driver_async")
@pytest.mark.parametrize(("size", "key", "left"), [(4, 11, 3), (1, 11, 0), (3, 2**32 + 4, 1)])
def test_the_key_becomes_the_threads_number(size, key, left):
    from erts_emu import Emulator

    with Emulator(threads="simulated", async_threads=size) as emu, emu.attach() as me:
        names = []
        lab = Lab(me, ready_async=lambda d, data: None)
        pointer = Pointer(key)
        lab.run(lambda d: driver_async(d.port, pointer, lambda _: names.append(emu.layer.tsd.name), None, None))
        me.sleep(0.01)
        assert (pointer.value, names) == (left, [f"async_{left + 1}"])


@proves("driver_async_port_key")
def test_the_ports_key_is_its_number(me):
    lab = Lab(me)
    assert lab.run(lambda d: driver_async_port_key(d.port)) == lab.port.number == 5
    lab.open()
    assert lab.run(lambda _: driver_async_port_key(lab.drivers[1].port)) == 6
    assert driver_async_port_key(INVALID_PORT) == 0


@proves("driver_async", "driver_async_port_key")
def test_jobs_are_submitted_in_callbacks(me):
    port = Lab(me).driver.port
    with pytest.raises(LockNotHeld, match="driver_async needs"):
        driver_async(port, None, lambda _: None, None, None)
    with pytest.raises(LockNotHeld, match="driver_async_port_key needs"):
        driver_async_port_key(port)
