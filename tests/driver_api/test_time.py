"""Timer and time (driver_api.md §2.7, §2.8)."""

import pytest

from erts_emu import Emulator
from erts_emu.driver import (
    ERL_DRV_MSEC,
    ERL_DRV_NSEC,
    ERL_DRV_SEC,
    ERL_DRV_TIME_ERROR,
    ERL_DRV_USEC,
    ErlDrvNowData,
    Pointer,
    driver_async,
    driver_cancel_timer,
    driver_deq,
    driver_enq,
    driver_get_now,
    driver_read_timer,
    driver_set_timer,
    driver_sizeq,
    erl_drv_convert_time_unit,
    erl_drv_monotonic_time,
    erl_drv_sleep,
    erl_drv_time_offset,
)

from .proof import Lab, proves

MS = 1_000_000


@proves("driver_set_timer", "driver_read_timer")
def test_a_timer_fires_once_at_its_time(emu, me):
    fired = []
    lab = Lab(me, timeout=lambda d: fired.append(emu.layer.monotonic()))
    left = Pointer(7)

    def job(driver):
        return driver_set_timer(driver.port, 50), driver_read_timer(driver.port, left), left.value

    begin = emu.layer.monotonic()
    assert lab.run(job) == (0, 0, 50)
    me.sleep(0.049)
    assert fired == []
    assert lab.run(lambda d: driver_read_timer(d.port, left)) == 0
    assert left.value == 1
    me.sleep(0.1)
    assert [moment - begin for moment in fired] == [50 * MS]
    assert lab.run(lambda d: driver_read_timer(d.port, left)) == 0
    assert left.value == 0


@proves("driver_set_timer")
def test_there_is_one_timer_and_setting_it_replaces_it(emu, me):
    fired = []
    lab = Lab(me, timeout=lambda d: fired.append(emu.layer.monotonic()))
    begin = emu.layer.monotonic()
    lab.run(lambda d: driver_set_timer(d.port, 10) + driver_set_timer(d.port, 30))
    me.sleep(0.1)
    assert [moment - begin for moment in fired] == [30 * MS]


@proves("driver_cancel_timer", "driver_read_timer")
def test_cancelling_says_0_set_or_not(me):
    fired = []
    lab = Lab(me, timeout=fired.append)
    left = Pointer(7)
    assert lab.run(lambda d: driver_cancel_timer(d.port)) == 0
    assert lab.run(lambda d: driver_set_timer(d.port, 10) + driver_cancel_timer(d.port)) == 0
    lab.run(lambda d: driver_read_timer(d.port, left))
    me.sleep(0.05)
    assert (fired, left.value) == ([], 0)


@proves("driver_cancel_timer")
def test_an_expiry_that_was_not_delivered_is_discarded(me):
    fired = []
    lab = Lab(me, timeout=fired.append)
    assert lab.run(lambda d: driver_set_timer(d.port, 0) + driver_cancel_timer(d.port)) == 0
    me.sleep(0.01)
    assert fired == []


@proves("S40", "driver_set_timer")
def test_a_timer_of_0_never_recurses(me):
    depth, deepest, count = 0, 0, 0

    def timeout(driver):
        nonlocal depth, deepest, count
        depth += 1
        deepest = max(deepest, depth)
        count += 1
        if count < 5000:
            driver_set_timer(driver.port, 0)
        depth -= 1

    lab = Lab(me, timeout=timeout)
    assert lab.run(lambda d: (driver_set_timer(d.port, 0), count)) == (0, 0)
    while count < 5000:
        me.sleep(0.001)
    assert deepest == 1


@proves("S5", "driver_set_timer")
def test_setting_a_timer_is_no_error_without_the_callback(me):
    lab = Lab(me)
    assert lab.run(lambda d: driver_set_timer(d.port, 1)) == 0
    me.sleep(0.01)
    assert lab.run(lambda d: driver_set_timer(d.port, 0)) == 0


@proves("driver_set_timer")
def test_a_closing_port_still_has_its_timer(me):
    def timeout(driver):
        if driver_deq(driver.port, 3):
            driver_set_timer(driver.port, 5)

    stopped = []
    lab = Lab(me, timeout=timeout, flush=lambda d: driver_set_timer(d.port, 5), stop=lambda d: stopped.append("stop"))
    lab.run(lambda d: driver_enq(d.port, b"abcdef"))
    me.port_close(lab.port)
    me.sleep(0.007)
    assert lab.run(lambda d: driver_sizeq(d.port)) == 3
    me.sleep(0.01)
    assert stopped == ["stop"]


@proves("erl_drv_monotonic_time", "erl_drv_time_offset")
@pytest.mark.parametrize(
    ("unit", "per_second"),
    [(ERL_DRV_SEC, 1), (ERL_DRV_MSEC, 1000), (ERL_DRV_USEC, 10**6), (ERL_DRV_NSEC, 10**9)],
)
def test_time_in_each_unit(emu, me, unit, per_second):
    me.sleep(2.5)
    monotonic, offset = Lab(me).run(lambda _: (erl_drv_monotonic_time(unit), erl_drv_time_offset(unit)))
    assert monotonic == emu.layer.monotonic() * per_second // 10**9
    assert offset == 10**9 * per_second  # where every simulation begins


@proves("erl_drv_monotonic_time", "erl_drv_time_offset", "driver_get_now")
def test_real_time_is_the_systems():
    import time

    with Emulator(lock_checker=True) as emu, emu.attach() as me:
        now = ErlDrvNowData()
        before = time.time()

        def job(_):
            driver_get_now(now)
            return erl_drv_monotonic_time(ERL_DRV_USEC) + erl_drv_time_offset(ERL_DRV_USEC)

        system = Lab(me).run(job) / 10**6
        assert before - 0.1 <= system <= time.time() + 0.1
        assert abs(now.megasecs * 10**6 + now.secs - before) < 2


@proves("erl_drv_monotonic_time", "erl_drv_time_offset")
def test_time_errors_are_bad_units_and_foreign_threads(me):
    lab = Lab(me, ready_async=lambda d, data: None)
    assert lab.run(lambda _: [erl_drv_monotonic_time(unit) for unit in (4, -1)]) == [ERL_DRV_TIME_ERROR] * 2
    assert lab.run(lambda _: [erl_drv_time_offset(unit) for unit in (4, -1)]) == [ERL_DRV_TIME_ERROR] * 2
    results = []

    def invoke(_):
        results.extend((erl_drv_monotonic_time(ERL_DRV_SEC), erl_drv_time_offset(ERL_DRV_SEC)))

    lab.run(lambda d: driver_async(d.port, None, invoke, None, None))
    me.sleep(0.01)
    assert results == [ERL_DRV_TIME_ERROR] * 2


@proves("erl_drv_convert_time_unit")
@pytest.mark.parametrize(
    ("value", "from_unit", "to_unit", "result"),
    [
        (-1001, ERL_DRV_USEC, ERL_DRV_MSEC, -2),
        (5, ERL_DRV_SEC, ERL_DRV_NSEC, 5_000_000_000),
        (1500, ERL_DRV_MSEC, ERL_DRV_SEC, 1),
        (7, ERL_DRV_NSEC, ERL_DRV_NSEC, 7),
        (1, 9, ERL_DRV_SEC, ERL_DRV_TIME_ERROR),
        (1, ERL_DRV_SEC, -1, ERL_DRV_TIME_ERROR),
    ],
)
def test_units_are_converted_rounding_down(value, from_unit, to_unit, result):
    assert erl_drv_convert_time_unit(value, from_unit, to_unit) == result


@proves("driver_get_now")
def test_now_is_larger_each_time(me):
    def job(_):
        moments = [ErlDrvNowData() for _ in range(3)]
        return [driver_get_now(moment) for moment in moments], moments, driver_get_now(None)

    results, moments, null = Lab(me).run(job)
    assert (results, null) == ([0, 0, 0], -1)
    assert moments[0].megasecs == 1000
    assert [moment.microsecs - moments[0].microsecs for moment in moments] == [0, 1, 2]


def test_sleeping_is_on_the_emulators_clock(emu, me):
    lab = Lab(me, ready_async=lambda d, data: done.append(emu.layer.monotonic()))
    done = []
    begin = emu.layer.monotonic()
    lab.run(lambda d: driver_async(d.port, None, lambda _: erl_drv_sleep(3_600_000), None, None))
    me.sleep(3601)
    assert [moment - begin for moment in done] == [3600 * 10**9]
