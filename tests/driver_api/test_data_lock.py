"""The port data lock (driver_api.md §2.11)."""

import pytest
from helpers import everywhere, schedules

from erts_emu.driver import (
    DriverMisuse,
    driver_async,
    driver_pdl_create,
    driver_pdl_dec_refc,
    driver_pdl_get_refc,
    driver_pdl_inc_refc,
    driver_pdl_lock,
    driver_pdl_unlock,
)

from .proof import Lab, proves


@pytest.fixture
def pdl(me):
    lab = Lab(me)
    return lab, lab.run(lambda d: driver_pdl_create(d.port))


@proves("driver_pdl_create", "driver_pdl_get_refc")
def test_a_port_gets_one_data_lock(pdl):
    lab, lock = pdl
    assert driver_pdl_get_refc(lock) == 1
    assert lab.run(lambda d: driver_pdl_create(d.port)) is None


@proves("driver_pdl_lock", "driver_pdl_unlock")
def test_locking_counts(pdl):
    _, lock = pdl
    driver_pdl_lock(lock)
    assert driver_pdl_get_refc(lock) == 2
    driver_pdl_unlock(lock)
    assert driver_pdl_get_refc(lock) == 1


@proves("driver_pdl_inc_refc", "driver_pdl_dec_refc", "driver_pdl_get_refc")
def test_the_lock_outlives_its_port_as_long_as_it_is_counted(me, pdl):
    lab, lock = pdl
    assert driver_pdl_inc_refc(lock) == 2
    me.port_close(lab.port)
    assert driver_pdl_get_refc(lock) == 1
    driver_pdl_lock(lock)
    driver_pdl_unlock(lock)
    assert driver_pdl_dec_refc(lock) == 0
    with pytest.raises(DriverMisuse, match="was destroyed when its count reached 0"):
        driver_pdl_lock(lock)


@proves("driver_pdl_dec_refc")
def test_more_references_than_there_are_cannot_be_dropped(me, pdl):
    lab, lock = pdl
    me.port_close(lab.port)
    with pytest.raises(DriverMisuse, match="more references dropped"):
        driver_pdl_dec_refc(lock)


@proves("driver_pdl_get_refc", "driver_async")
def test_a_job_in_flight_holds_a_reference(me):
    counts = []
    lab = Lab(me, ready_async=lambda d, data: counts.append(driver_pdl_get_refc(d.lock)))

    def job(driver):
        driver.lock = driver_pdl_create(driver.port)
        driver_async(driver.port, None, lambda _: None, None, None)
        counts.append(driver_pdl_get_refc(driver.lock))

    lab.run(job)
    me.sleep(0.01)
    counts.append(driver_pdl_get_refc(lab.driver.lock))
    assert counts == [2, 2, 1]


@proves("driver_pdl_lock", "driver_pdl_unlock")
@everywhere
def test_one_thread_at_a_time_has_the_lock(run):
    def scenario(emu):
        inside, most, done = 0, 0, []

        def invoke(lock):
            nonlocal inside, most
            driver_pdl_lock(lock)
            inside += 1
            most = max(most, inside)
            emu.layer.atomic().read()  # let others try
            inside -= 1
            driver_pdl_unlock(lock)

        def jobs(driver):
            lock = driver_pdl_create(driver.port)
            for _ in range(4):
                driver_async(driver.port, None, invoke, lock, None)

        with emu.attach() as me:
            lab = Lab(me, ready_async=lambda d, data: done.append(data))
            lab.run(jobs)
            while len(done) < 4:
                me.sleep(0.001)
            assert most == 1
            assert driver_pdl_get_refc(done[0]) == 1

    run(scenario, async_threads=2, **schedules(run, 50))
