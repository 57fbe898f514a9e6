"""What a driver may not do in a job, and what becomes of one that raises (§20)."""

import pytest
from helpers import Log, everywhere, open_port, received, schedules, until

from erts_emu import Emulator
from erts_emu.driver import (
    Driver,
    DriverCallbackError,
    Pointer,
    driver_async,
    driver_async_port_key,
    driver_deq,
    driver_enq,
    driver_failure_atom,
    driver_mk_port,
    driver_output,
    driver_pdl_create,
    driver_pdl_lock,
    driver_pdl_unlock,
    driver_set_timer,
    driver_sizeq,
)
from erts_emu.locks import LockNotHeld
from erts_emu.terms import Atom

RAISED = Atom("driver_raised")


def nothing(data):
    """Do nothing."""


class Echo(Driver):
    """Another driver, which has to go on whatever happens."""

    driver_name = "echo"

    def output(self, buf):
        driver_output(self.port, buf)


@everywhere
def test_a_job_that_raises_fails_its_port_frees_its_data_and_nothing_else(run):
    def scenario(emu):
        freed = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, Pointer(0), lambda _: 1 // 0, 1, freed.append)
                driver_async(self.port, Pointer(0), nothing, 2, freed.append)

            def ready_async(self, data):
                freed.append("ready")

        with emu.attach(trap_exit=True) as me:
            other = open_port(me, Echo)
            port = open_port(me, D)
            me.port_command(port, b"")
            assert me.receive() == (Atom("EXIT"), port, RAISED)
            until(emu, lambda: len(freed) == 2)
            me.port_command(other, b"goes on")
            assert received(me, 1) == [b"goes on"]
            assert me.open_port(("spawn_driver", "d")) in me.ports()
        assert freed == [1, 2]
        (error,) = emu.driver_errors
        assert isinstance(error, DriverCallbackError)
        assert isinstance(error.__cause__, ZeroDivisionError)
        assert (error.driver, error.callback, error.port) == ("d", "async_invoke", str(port))

    run(scenario, strict=False)


@everywhere
def test_a_job_that_raises_after_its_port_has_gone_frees_its_data(run):
    def scenario(emu):
        freed = Log()

        class D(Driver):
            driver_name = "d"

            def stop(self):
                driver_async(self.port, None, lambda _: 1 // 0, 1, freed.append)

        with emu.attach() as me:
            me.port_close(open_port(me, D))
            until(emu, lambda: freed)
        assert freed == [1]

    run(scenario, strict=False)


@everywhere
def test_a_free_function_that_raises_is_reported_and_the_next_job_goes_on(run):
    def scenario(emu):
        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                for number in (1, 2):
                    driver_async(self.port, Pointer(0), nothing, number, free)

        def free(number):
            freed.append(number)
            raise OSError("no more")

        freed = Log()
        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            until(emu, lambda: len(emu.driver_errors) == 2)
            assert freed == [1, 2]
            assert port in me.ports()
        assert {(error.driver, error.callback, error.port) for error in emu.driver_errors} == {
            ("d", "async_free", str(port))
        }

    run(scenario, strict=False)


@everywhere
def test_a_ready_async_that_raises_fails_its_port(run):
    def scenario(emu):
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                for number in (1, 2):
                    driver_async(self.port, Pointer(0), nothing, number, lambda n: log.append(("free", n)))

            def ready_async(self, data):
                log.append(("ready", data))
                raise KeyError(data)

        with emu.attach(trap_exit=True) as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            assert me.receive() == (Atom("EXIT"), port, RAISED)
            until(emu, lambda: len(log) == 2)
        assert log == [("ready", 1), ("free", 2)]

    run(scenario, strict=False)


FORBIDDEN = {
    "driver_output": lambda port: driver_output(port, b""),
    "driver_async": lambda port: driver_async(port, None, nothing, None, None),
    "driver_async_port_key": driver_async_port_key,
    "driver_failure_atom": lambda port: driver_failure_atom(port, "x"),
    "driver_set_timer": lambda port: driver_set_timer(port, 1),
    "driver_mk_port": driver_mk_port,
    "driver_pdl_create": driver_pdl_create,
    "driver_enq": lambda port: driver_enq(port, b"x"),
    "driver_deq": lambda port: driver_deq(port, 0),
    "driver_sizeq": driver_sizeq,
}


@everywhere
@pytest.mark.parametrize("function", FORBIDDEN)
def test_an_api_function_that_needs_the_port_lock_is_refused_in_a_job(run, function):
    def scenario(emu):
        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, lambda _: FORBIDDEN[function](self.port), None, None)

        with emu.attach(trap_exit=True) as me:
            other = open_port(me, Echo)
            port = open_port(me, D)
            me.port_command(port, b"")
            assert me.receive() == (Atom("EXIT"), port, RAISED)
            me.port_command(other, b"goes on")
            assert received(me, 1) == [b"goes on"]
        (error,) = emu.driver_errors
        cause = error.__cause__
        assert isinstance(cause, LockNotHeld)
        assert cause.lock == "driver_lock:d"
        assert f"{function} needs driver_lock:d held" in str(cause)
        assert "async_1 holds no lock" in str(cause)

    run(scenario, **schedules(run, 20), strict=False, lock_checker=True)


def on_checked(scenario):
    """Run *scenario* with the lock checker, expecting one driver error; return its cause."""
    with Emulator(threads="simulated", strict=False) as emu:
        scenario(emu)
    (error,) = emu.driver_errors
    return error.__cause__


def test_a_queue_call_on_a_port_with_a_pdl_needs_the_pdl_even_in_a_callback():
    class D(Driver):
        driver_name = "d"

        def start(self, command):
            self.pdl = driver_pdl_create(self.port)

        def output(self, buf):
            driver_pdl_lock(self.pdl)
            driver_enq(self.port, buf)
            driver_pdl_unlock(self.pdl)
            driver_enq(self.port, buf)

    def scenario(emu):
        with emu.attach(trap_exit=True) as me:
            port = open_port(me, D)
            me.port_command(port, b"x")
            assert me.receive() == (Atom("EXIT"), port, RAISED)

    cause = on_checked(scenario)
    assert isinstance(cause, LockNotHeld)
    assert "driver_enq needs port_data_lock:#Port<0.5>" in str(cause)
    assert "scheduler 1" in str(cause) or "driver_lock:d" in str(cause)


@everywhere
def test_a_job_that_holds_the_pdl_may_use_the_queue(run):
    def scenario(emu):
        class D(Driver):
            driver_name = "d"

            def start(self, command):
                self.pdl = driver_pdl_create(self.port)

            def output(self, buf):
                for _ in range(2):
                    driver_async(self.port, None, self.work, buf, None)

            def work(self, data):
                driver_pdl_lock(self.pdl)
                driver_enq(self.port, data)
                assert driver_sizeq(self.port) % 3 == 0
                driver_pdl_unlock(self.pdl)

            def ready_async(self, data):
                driver_pdl_lock(self.pdl)
                size = driver_sizeq(self.port)
                if size == 6:
                    assert driver_deq(self.port, 6) == 0
                driver_pdl_unlock(self.pdl)
                if size == 6:
                    driver_output(self.port, b"all there")

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"abc")
            assert received(me, 1) == [b"all there"]

    run(scenario, async_threads=2)


def test_there_is_no_way_to_cancel_a_job():
    import erts_emu.driver

    assert not hasattr(erts_emu.driver, "driver_async_cancel")
