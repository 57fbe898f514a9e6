"""What every function with a port handle answers for a dead port (driver_api.md §0.4 and the column *Dead* of §2)."""

import pytest

from erts_emu.driver import (
    ERL_DRV_BUSY_MSGQ_DISABLED,
    ERL_DRV_NIL,
    INVALID_PORT,
    ErlDrvBinary,
    ErlDrvMonitor,
    ErlIOVec,
    Pointer,
    StalePortHandle,
    driver_async,
    driver_async_port_key,
    driver_caller,
    driver_cancel_timer,
    driver_connected,
    driver_create_port,
    driver_demonitor_process,
    driver_deq,
    driver_enq,
    driver_enq_bin,
    driver_enqv,
    driver_exit,
    driver_failure,
    driver_failure_atom,
    driver_failure_eof,
    driver_failure_posix,
    driver_get_monitored_process,
    driver_lock_driver,
    driver_mk_port,
    driver_monitor_process,
    driver_output,
    driver_output2,
    driver_output_binary,
    driver_output_term,
    driver_outputv,
    driver_pdl_create,
    driver_peekq,
    driver_peekqv,
    driver_pushq,
    driver_pushq_bin,
    driver_pushqv,
    driver_read_timer,
    driver_select,
    driver_send_term,
    driver_set_timer,
    driver_sizeq,
    erl_drv_busy_msgq_limits,
    erl_drv_consume_timeslice,
    erl_drv_init_ack,
    erl_drv_set_os_pid,
    get_port_flags,
    set_busy_port,
    set_port_control_flags,
)

from .proof import Lab, proves

BINARY = ErlDrvBinary(b"x")

CALLS = {
    driver_output: (lambda p: driver_output(p, b"x"), -1),
    driver_output2: (lambda p: driver_output2(p, b"x", b"x"), -1),
    driver_output_binary: (lambda p: driver_output_binary(p, b"x", BINARY, 0, 1), -1),
    driver_outputv: (lambda p: driver_outputv(p, b"x", ErlIOVec([b"x"]), 0), -1),
    driver_output_term: (lambda p: driver_output_term(p, [ERL_DRV_NIL]), -1),
    driver_send_term: (lambda p: driver_send_term(p, None, [ERL_DRV_NIL]), -1),
    driver_exit: (lambda p: driver_exit(p, 0), -1),
    driver_failure: (lambda p: driver_failure(p, 1), -1),
    driver_failure_atom: (lambda p: driver_failure_atom(p, "x"), -1),
    driver_failure_eof: (driver_failure_eof, -1),
    driver_failure_posix: (lambda p: driver_failure_posix(p, 1), -1),
    driver_deq: (lambda p: driver_deq(p, 0), -1),
    driver_enq: (lambda p: driver_enq(p, b"x"), -1),
    driver_enq_bin: (lambda p: driver_enq_bin(p, BINARY, 0, 1), -1),
    driver_enqv: (lambda p: driver_enqv(p, ErlIOVec([b"x"]), 0), -1),
    driver_peekq: (driver_peekq, None),
    driver_peekqv: (lambda p: driver_peekqv(p, ErlIOVec([])), -1),
    driver_pushq: (lambda p: driver_pushq(p, b"x"), -1),
    driver_pushq_bin: (lambda p: driver_pushq_bin(p, BINARY, 0, 1), -1),
    driver_pushqv: (lambda p: driver_pushqv(p, ErlIOVec([b"x"]), 0), -1),
    driver_sizeq: (driver_sizeq, -1),
    driver_cancel_timer: (driver_cancel_timer, -1),
    driver_read_timer: (lambda p: driver_read_timer(p, Pointer(0)), -1),
    driver_set_timer: (lambda p: driver_set_timer(p, 1), -1),
    driver_select: (lambda p: driver_select(p, 0, 1, 1), -1),
    driver_async: (lambda p: driver_async(p, None, print, None, None), -1),
    driver_async_port_key: (driver_async_port_key, 0),
    driver_pdl_create: (driver_pdl_create, None),
    set_busy_port: (lambda p: set_busy_port(p, 1), None),
    erl_drv_busy_msgq_limits: (lambda p: erl_drv_busy_msgq_limits(p, None, None), None),
    driver_caller: (driver_caller, None),
    driver_connected: (driver_connected, None),
    driver_lock_driver: (driver_lock_driver, -1),
    driver_mk_port: (driver_mk_port, None),
    erl_drv_consume_timeslice: (lambda p: erl_drv_consume_timeslice(p, 1), -1),
    erl_drv_set_os_pid: (lambda p: erl_drv_set_os_pid(p, 1), None),
    get_port_flags: (get_port_flags, 0),
    set_port_control_flags: (lambda p: set_port_control_flags(p, 1), None),
    driver_demonitor_process: (lambda p: driver_demonitor_process(p, ErlDrvMonitor()), -1),
    driver_get_monitored_process: (lambda p: driver_get_monitored_process(p, ErlDrvMonitor()), None),
    driver_monitor_process: (lambda p: driver_monitor_process(p, None, ErlDrvMonitor()), -1),
    driver_create_port: (lambda p: driver_create_port(p, None, "x", None), INVALID_PORT),
    erl_drv_init_ack: (lambda p: erl_drv_init_ack(p, None), None),
}

functions = pytest.mark.parametrize("function", CALLS, ids=lambda function: function.__name__)


@functions
def test_a_port_that_has_died_in_this_callback_and_the_invalid_one(me, function):
    me.trap_exit = True
    lab = Lab(me, process_exit=lambda d, monitor: None)
    call, dead = CALLS[function]

    def job(driver):
        invalid = call(INVALID_PORT)
        assert driver_exit(driver.port, 0) == 0
        return call(driver.port), invalid

    for answer in lab.run(job):
        assert answer is dead if dead is None or dead is INVALID_PORT else answer == dead


@functions
def test_a_stale_handle_is_an_error_where_c_has_undefined_behaviour(me, function):
    me.trap_exit = True
    lab = Lab(me)
    handle = lab.driver.port
    me.port_close(lab.port)
    me.sleep(0.01)
    other = Lab(me, name="other")

    def job(_):
        with pytest.raises(StalePortHandle, match=rf"{function.__name__}\(\) was called with <ErlDrvPort #Port<0.5>>"):
            CALLS[function][0](handle)

    other.run(job)


@proves("driver_enq", "driver_pushq", "driver_enq_bin", "driver_pushq_bin")
def test_putting_nothing_into_a_dead_ports_queue_is_0(me):
    def job(_):
        return (
            driver_enq(INVALID_PORT, b""), driver_pushq(INVALID_PORT, b""), driver_enq_bin(INVALID_PORT, BINARY, 0, 0),
            driver_pushq_bin(INVALID_PORT, BINARY, 0, 0),
        )  # fmt: skip

    assert Lab(me).run(job) == (0, 0, 0, 0)


@proves("driver_peekq", "driver_peekqv", "driver_read_timer", "erl_drv_busy_msgq_limits")
def test_what_a_dead_port_leaves_in_out_parameters(me):
    def job(_):
        vlen, left, low, ev = Pointer(7), Pointer(7), Pointer(7), ErlIOVec([b"untouched"])
        driver_peekq(INVALID_PORT, vlen)
        driver_peekqv(INVALID_PORT, ev)
        driver_read_timer(INVALID_PORT, left)
        erl_drv_busy_msgq_limits(INVALID_PORT, low, None)
        return vlen.value, ev.iov, left.value, low.value

    assert Lab(me).run(job) == (-1, [b"untouched"], 7, ERL_DRV_BUSY_MSGQ_DISABLED)
