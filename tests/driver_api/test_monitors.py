"""Process monitors (driver_api.md §2.14)."""

import pytest
from helpers import everywhere, schedules

from erts_emu import Atom, Pid
from erts_emu.driver import (
    DriverMisuse,
    ErlDrvMonitor,
    Pointer,
    driver_compare_monitors,
    driver_demonitor_process,
    driver_deq,
    driver_enq,
    driver_failure_atom,
    driver_get_monitored_process,
    driver_monitor_process,
    driver_pdl_create,
    driver_pdl_lock,
    driver_pdl_unlock,
    erl_drv_thread_create,
    erl_drv_thread_join,
)
from erts_emu.locks import LockNotHeld, SelfDeadlock

from .proof import Lab, proves


async def waiting(process):
    return await process.receive()


def monitored(driver, pid, monitor=None):
    monitor = ErlDrvMonitor() if monitor is None else monitor
    assert driver_monitor_process(driver.port, pid, monitor) == 0
    return monitor


@proves("driver_monitor_process", "driver_get_monitored_process")
def test_process_exit_is_called_once_and_knows_who_it_was(me):
    told = []

    def process_exit(driver, monitor):
        told.append(driver_get_monitored_process(driver.port, monitor))

    lab = Lab(me, process_exit=process_exit)
    pid = me.spawn(waiting)
    monitor = lab.run(lambda d: monitored(d, pid))
    assert lab.run(lambda d: driver_get_monitored_process(d.port, monitor)) == pid
    assert me.port_info(lab.port, "monitors") == (Atom("monitors"), [(Atom("process"), pid)])
    me.send(pid, "end")
    me.sleep(0.01)
    assert told == [pid]
    assert lab.run(lambda d: driver_get_monitored_process(d.port, monitor)) is None
    assert lab.run(lambda d: driver_demonitor_process(d.port, monitor)) == 1


@proves("driver_monitor_process")
def test_each_monitor_of_a_process_has_its_own_callback(me):
    told = []
    lab = Lab(me, process_exit=lambda d, monitor: told.append(monitor))
    pid = me.spawn(waiting)
    monitors = lab.run(lambda d: [monitored(d, pid) for _ in range(3)])
    me.send(pid, "end")
    me.sleep(0.01)
    assert [driver_compare_monitors(a, b) for a, b in zip(told, monitors, strict=True)] == [0, 0, 0]


@proves("driver_monitor_process")
@pytest.mark.parametrize("pid", [Pid(9999), None, Atom("x")])
def test_a_dead_process_is_1_and_a_missing_callback_minus_1(me, pid):
    lab = Lab(me, process_exit=lambda d, monitor: None)
    assert lab.run(lambda d: driver_monitor_process(d.port, pid, ErlDrvMonitor())) == 1


@proves("driver_monitor_process")
def test_without_process_exit_monitoring_is_minus_1(me):
    assert Lab(me).run(lambda d: driver_monitor_process(d.port, me.pid, ErlDrvMonitor())) == -1


@proves("driver_demonitor_process")
def test_after_demonitoring_nobody_is_told(me):
    told = []
    lab = Lab(me, process_exit=lambda d, monitor: told.append(monitor))
    pid = me.spawn(waiting)
    monitor = lab.run(lambda d: monitored(d, pid))
    assert lab.run(lambda d: [driver_demonitor_process(d.port, monitor) for _ in range(2)]) == [0, 1]
    assert lab.run(lambda d: driver_get_monitored_process(d.port, monitor)) is None
    me.send(pid, "end")
    me.sleep(0.01)
    assert told == []


@proves("driver_compare_monitors")
def test_monitors_are_compared_by_what_they_name(me):
    lab = Lab(me, process_exit=lambda d, monitor: None)
    first, second = lab.run(lambda d: [monitored(d, me.pid) for _ in range(2)])
    assert driver_compare_monitors(first, first) == 0
    assert driver_compare_monitors(first, second) * driver_compare_monitors(second, first) < 0


@proves("driver_monitor_process")
def test_monitors_vanish_when_the_port_starts_to_close(me):
    told = []
    lab = Lab(me, process_exit=lambda d, monitor: told.append(monitor))
    pid = me.spawn(waiting)
    monitor = lab.run(lambda d: monitored(d, pid))
    lab.run(lambda d: driver_enq(d.port, b"x"))
    me.port_close(lab.port)
    assert lab.run(lambda d: driver_get_monitored_process(d.port, monitor)) is None
    me.send(pid, "end")
    me.sleep(0.01)
    assert told == []
    lab.run(lambda d: driver_deq(d.port, 1))


@proves("S2", "driver_demonitor_process")
@pytest.mark.parametrize(
    "act", [lambda d, m: driver_demonitor_process(d.port, m), lambda d, m: driver_failure_atom(d.port, "x")]
)
def test_what_crashes_otp_in_process_exit_is_an_error(me, act):
    results = []

    def process_exit(driver, monitor):
        with pytest.raises(DriverMisuse, match="crashes OTP"):
            act(driver, monitor)
        results.append(driver_demonitor_process(driver.port, driver.other))

    lab = Lab(me, process_exit=process_exit)
    pid = me.spawn(waiting)

    def job(driver):
        monitored(driver, pid)
        driver.other = monitored(driver, me.pid)

    lab.run(job)
    me.send(pid, "end")
    me.sleep(0.01)
    assert results == [0]
    assert lab.port in me.ports()


@proves("driver_monitor_process", "driver_demonitor_process", "driver_get_monitored_process")
def test_without_a_data_lock_the_port_lock_is_needed(me):
    port = Lab(me, process_exit=lambda d, monitor: None).driver.port
    for call in (
        lambda: driver_monitor_process(port, me.pid, ErlDrvMonitor()),
        lambda: driver_demonitor_process(port, ErlDrvMonitor()),
        lambda: driver_get_monitored_process(port, ErlDrvMonitor()),
    ):
        with pytest.raises(LockNotHeld):
            call()


@proves("driver_monitor_process")
def test_the_functions_take_the_data_lock_themselves_so_that_nobody_may_have_it(me):
    lab = Lab(me, process_exit=lambda d, monitor: None)

    def job(driver):
        lock = driver_pdl_create(driver.port)
        monitored(driver, me.pid)
        driver_pdl_lock(lock)
        with pytest.raises(SelfDeadlock):  # erl hangs
            driver_monitor_process(driver.port, me.pid, ErlDrvMonitor())
        driver_pdl_unlock(lock)

    lab.run(job)


@proves("driver_monitor_process", "driver_demonitor_process", "driver_get_monitored_process")
@everywhere
def test_drivers_threads_monitor_processes_of_a_port_with_a_data_lock(run):
    def scenario(emu):
        with emu.attach() as me:
            told, results = [], []
            lab = Lab(me, process_exit=lambda d, monitor: told.append(monitor))
            kept = ErlDrvMonitor()

            def thread(port):
                dropped = ErlDrvMonitor()
                results.append(driver_monitor_process(port, pid, dropped))
                results.append(driver_get_monitored_process(port, dropped) == pid)
                results.append(driver_demonitor_process(port, dropped))
                results.append(driver_monitor_process(port, pid, kept))

            def job(driver):
                driver_pdl_create(driver.port)
                driver.tid = Pointer(None)
                erl_drv_thread_create("monitoring", driver.tid, thread, driver.port, None)

            pid = me.spawn(waiting)
            lab.run(job)
            lab.run(lambda d: erl_drv_thread_join(d.tid.value, None))
            assert results == [0, True, 0, 0]
            me.send(pid, "end")
            while not told:
                me.sleep(0.001)
            me.sleep(0.005)
            assert [driver_compare_monitors(monitor, kept) for monitor in told] == [0]

    run(scenario, **schedules(run, 50))
