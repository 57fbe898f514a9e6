"""Failing and exiting (driver_api.md §2.3)."""

import errno

import pytest

from erts_emu import Atom
from erts_emu.driver import (
    DriverMisuse,
    driver_enq,
    driver_exit,
    driver_failure,
    driver_failure_atom,
    driver_failure_eof,
    driver_failure_posix,
    driver_output,
    driver_set_timer,
    driver_sizeq,
)

from .proof import Lab, proves

EXIT, DOWN, NORMAL = Atom("EXIT"), Atom("DOWN"), Atom("normal")

REASONS = [
    (driver_failure_atom, "overheated", Atom("overheated")),
    (driver_failure_atom, b"\xe5", Atom("å")),
    (driver_failure_atom, "a" * 300, Atom("a" * 255)),
    (driver_failure_posix, errno.ENOENT, Atom("enoent")),
    (driver_failure_posix, 0, Atom("unknown")),
    (driver_failure_posix, 9999, Atom("unknown")),
    (driver_failure, 7, 7),
    (driver_failure, -7, -7),
    (driver_failure, 0, NORMAL),
    (lambda port, _: driver_failure_eof(port), None, NORMAL),
]


@proves("driver_failure_atom", "driver_failure_posix", "driver_failure", "driver_failure_eof", "S34", "S47")
@pytest.mark.parametrize(("fail", "argument", "reason"), REASONS)
def test_links_and_monitors_get_the_reason(me, fail, argument, reason):
    me.trap_exit = True
    lab = Lab(me)
    reference = me.monitor(lab.port)
    assert lab.run(lambda d: fail(d.port, argument)) == 0
    assert me.flush() == [(EXIT, lab.port, reason), (DOWN, reference, Atom("port"), lab.port, reason)]


@proves("driver_exit", "S33")
@pytest.mark.parametrize(("error", "reason"), [(0, NORMAL), (errno.EACCES, Atom("eacces")), (9999, Atom("unknown"))])
def test_driver_exit_tells_the_owner_nothing_but_everybody_else(emu, me, error, reason):
    me.trap_exit = True
    lab = Lab(me)
    told = []

    async def linked(process):
        process.trap_exit = True
        await process.link(lab.port)
        told.append(await process.receive())

    me.spawn(linked)
    reference = me.monitor(lab.port)
    me.sleep(0.01)
    assert lab.run(lambda d: driver_exit(d.port, error)) == 0
    me.sleep(0.01)
    assert told == [(EXIT, lab.port, reason)]
    assert me.flush() == [(DOWN, reference, Atom("port"), lab.port, reason)]


@proves("driver_failure_eof", "S34")
@pytest.mark.parametrize("fail", [driver_failure_eof, lambda port: driver_failure(port, 0)])
def test_with_option_eof_the_end_of_file_is_only_a_message_each_time(me, fail):
    me.trap_exit = True
    lab = Lab(me, "eof")

    def job(driver):
        driver_enq(driver.port, b"stays")
        return fail(driver.port), fail(driver.port), driver_sizeq(driver.port)

    assert lab.run(job) == (0, 0, 5)
    assert me.flush() == [(lab.port, Atom("eof"))] * 2
    assert lab.run(lambda d: driver_failure_atom(d.port, "now")) == 0


@proves("driver_failure_eof")
def test_the_end_of_file_delivers_the_unfinished_line(me):
    me.trap_exit = True
    lab = Lab(me, ("line", 80))
    lab.run(lambda d: driver_output(d.port, b"rest"))
    lab.run(lambda d: driver_failure_eof(d.port))
    assert me.flush() == [(lab.port, (Atom("data"), (Atom("noeol"), b"rest"))), (EXIT, lab.port, NORMAL)]


@proves("driver_failure_atom")
def test_other_failures_lose_the_unfinished_line(me):
    me.trap_exit = True
    lab = Lab(me, ("line", 80))
    lab.run(lambda d: driver_output(d.port, b"rest"))
    lab.run(lambda d: driver_failure_atom(d.port, "x"))
    assert me.flush() == [(EXIT, lab.port, Atom("x"))]


@proves("S35", "driver_failure_atom", "driver_exit")
@pytest.mark.parametrize("fail", [driver_failure_atom, driver_failure, driver_exit])
def test_stop_has_run_when_the_function_returns_and_queue_and_flush_are_left_out(me, fail):
    me.trap_exit = True
    log = []
    lab = Lab(me, stop=lambda d: log.append("stop"), flush=lambda d: log.append("flush"))

    def job(driver):
        driver_enq(driver.port, b"lost")
        result = fail(driver.port, 5 if fail is not driver_failure_atom else "x")
        log.append("returned")
        return result, driver_output(driver.port, b"dead"), fail(driver.port, 5)

    assert lab.run(job) == (0, -1, -1)
    assert log == ["stop", "returned"]


@proves("driver_failure_atom")
def test_the_callback_goes_on_and_its_reply_is_delivered(me):
    me.trap_exit = True
    lab = Lab(me)
    lab.reply = b"still"
    lab._job = lambda d: driver_failure_atom(d.port, "x")
    assert me.port_control(lab.port, 0, b"") == [*b"still"]


@proves("driver_failure_atom", "S36")
def test_in_stop_failing_does_nothing_and_output_comes_after_the_exit(me):
    me.trap_exit = True
    results = []

    def stop(driver):
        results.append(driver_failure_atom(driver.port, "again"))
        results.append(driver_exit(driver.port, 1))
        results.append(driver_output(driver.port, b"last words"))

    lab = Lab(me, stop=stop)
    me.port_close(lab.port)
    assert results == [0, 0, 0]
    assert me.flush() == [(EXIT, lab.port, NORMAL), (lab.port, (Atom("data"), b"last words"))]


@proves("driver_failure", "driver_failure_eof", "driver_exit")
@pytest.mark.parametrize(
    "fail", [driver_failure_eof, lambda port: driver_failure(port, 9), lambda p: driver_exit(p, 1)]
)
def test_a_closing_port_ends_at_once_without_a_second_signal(me, fail):
    me.trap_exit = True
    log = []

    def timeout(driver):
        log.append(fail(driver.port))

    lab = Lab(me, timeout=timeout, stop=lambda d: log.append("stop"), flush=lambda d: log.append("flush"))
    lab.run(lambda d: driver_enq(d.port, b"lost") + driver_set_timer(d.port, 5))
    me.send(lab.port, (me.pid, Atom("close")))
    assert log == ["flush"]
    me.sleep(0.02)
    assert log == ["flush", "stop", 0]
    assert me.flush() == [(EXIT, lab.port, NORMAL), (lab.port, Atom("closed"))]


@proves("S1")
@pytest.mark.parametrize(
    "fail", [driver_failure_eof, lambda port: driver_failure_atom(port, "x"), lambda p: driver_exit(p, 0)]
)
def test_failing_in_start_is_an_error_where_otp_crashes(me, fail):
    def start(driver):
        with pytest.raises(DriverMisuse, match="inside start crashes OTP: return ERL_DRV_ERROR_GENERAL"):
            fail(driver.port)

    lab = Lab(me, start=start)
    assert me.port_info(lab.port, "connected") == (Atom("connected"), me.pid)


@proves("S4")
@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (Atom("x"), "port"),
        (5, "port"),
        ([], "port"),
        ((1, 2), "process"),
        (b"x", "process"),
        (2**70, "process"),
        ([1], "process"),
    ],
)
def test_the_down_message_says_process_if_the_reason_is_no_immediate_term(me, reason, kind):
    me.trap_exit = True
    lab = Lab(me)
    reference = me.monitor(lab.port)
    me.exit_signal(lab.port, reason)
    assert (DOWN, reference, Atom(kind), lab.port, reason) in me.flush()
