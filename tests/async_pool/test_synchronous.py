"""The pool of no threads, ``+A 0`` until OTP 22: everything happens inside ``driver_async`` (§9)."""

import pytest
from helpers import Log, everywhere, open_port, received, traced

from erts_emu import Emulator
from erts_emu.driver import (
    Driver,
    DriverCallbackError,
    Pointer,
    driver_async,
    driver_deq,
    driver_enq,
    driver_output,
    driver_pdl_create,
    driver_pdl_get_refc,
    erl_drv_sleep,
)
from erts_emu.terms import Atom


def nothing(data):
    """Do nothing."""


@everywhere
def test_ready_async_comes_before_driver_async_returns_zero(run):
    def scenario(emu):
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                for number in range(3):
                    key = Pointer(7)
                    log.append(
                        (driver_async(self.port, key, lambda n: log.append(("invoke", n)), number, None), key.value)
                    )

            def ready_async(self, data):
                log.append(("ready", data))

        with emu.attach() as me:
            assert emu.async_pool.size == 0
            me.port_command(open_port(me, D), b"")
        assert log == [entry for n in range(3) for entry in (("invoke", n), ("ready", n), (0, 0))]
        assert emu.async_pool.statistics().jobs_submitted == 0

    run(scenario, async_threads=0)


@everywhere
def test_without_ready_async_the_data_is_freed_inside_driver_async(run):
    def scenario(emu):
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, nothing, buf, lambda data: log.append(("free", data)))
                driver_async(self.port, None, nothing, buf, None)
                log.append("returned")

        with emu.attach() as me:
            me.port_command(open_port(me, D), b"x")
        assert log == [("free", b"x"), "returned"]

    run(scenario, async_threads=0)


@everywhere
def test_neither_pdl_nor_driver_are_referenced(run):
    def scenario(emu):
        seen = Log()

        class D(Driver):
            driver_name = "d"

            def start(self, command):
                self.pdl = driver_pdl_create(self.port)

            def output(self, buf):
                driver_async(self.port, None, lambda _: self.look(), None, None)

            def ready_async(self, data):
                self.look()

            def look(self):
                seen.append((driver_pdl_get_refc(self.pdl), emu.ddll.find("d").handle.refc))

        with emu.attach() as me:
            me.port_command(open_port(me, D), b"")
        assert seen == [(1, 2)] * 2

    run(scenario, async_threads=0)


@everywhere
def test_a_closing_port_that_the_job_drains_stops_inside_driver_async(run):
    def scenario(emu):
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_enq(self.port, buf)

            def flush(self):
                log.append("flush")
                driver_async(self.port, None, lambda _: log.append("invoke"), None, None)
                log.append("flush returns")

            def ready_async(self, data):
                log.append("ready")
                driver_deq(self.port, 1)

            def stop(self):
                log.append("stop")

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"x")
            me.port_close(port)
            assert me.ports() == []
        assert log == ["flush", "invoke", "ready", "stop", "flush returns"]

    run(scenario, async_threads=0)


@everywhere
def test_driver_async_in_stop_does_not_stop_the_port_again(run):
    """In ERTS this recurses until the stack overflows."""

    def scenario(emu):
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_enq(self.port, buf)

            def flush(self):
                driver_deq(self.port, 1)

            def stop(self):
                log.append("stop")
                driver_async(self.port, None, nothing, None, None)

            def ready_async(self, data):
                log.append("ready")

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"x")
            me.port_close(port)
        assert log == ["stop", "ready"]

    run(scenario, async_threads=0)


def test_the_invoke_counts_as_port_time_of_the_scheduler():
    class D(Driver):
        driver_name = "d"

        def output(self, buf):
            driver_async(self.port, None, lambda _: erl_drv_sleep(30), None, None)

    with Emulator(threads="simulated", async_threads=0, msacc=True) as emu, emu.attach() as me:
        me.port_command(open_port(me, D), b"")
        assert [states.type for states in emu.microstates()] == ["scheduler"]
        assert emu.microstates()[0].snapshot()["port"] == 30_000_000


@everywhere
def test_a_job_that_raises_fails_its_port_and_its_data_is_freed(run):
    def scenario(emu):
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, lambda _: 1 // 0, None, lambda _: log.append("free"))
                log.append("returned")

            def ready_async(self, data):
                log.append("ready")

        with emu.attach(trap_exit=True) as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            assert me.receive() == (Atom("EXIT"), port, Atom("driver_raised"))
        assert log == ["free", "returned"]
        (error,) = emu.driver_errors
        assert isinstance(error.__cause__, ZeroDivisionError)

    run(scenario, async_threads=0, strict=False)


def test_an_exception_of_a_free_function_is_reported_and_nothing_else_happens():
    class D(Driver):
        driver_name = "d"

        def output(self, buf):
            driver_async(self.port, None, nothing, None, lambda _: 1 // 0)
            driver_output(self.port, b"still here")

    def run_it():
        with Emulator(threads="simulated", async_threads=0) as emu, emu.attach() as me:
            frees = traced(emu, "driver_async_free")
            me.port_command(open_port(me, D), b"")
            assert received(me, 1) == [b"still here"]
            assert len(frees) == 1

    with pytest.raises(DriverCallbackError, match=r"driver 'd': async_free of #Port<0\.5> raised ZeroDivisionError"):
        run_it()


def test_there_are_no_ready_queues_and_no_completions(emu):
    with Emulator(threads="simulated", async_threads=0) as bare:
        assert bare.async_pool.ready_queues == []
        assert bare.schedulers[0].ready_queue is None
        assert bare.async_pool.statistics().threads == ()
