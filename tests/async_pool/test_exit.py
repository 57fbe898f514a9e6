"""Ways out of an emulator with jobs in flight (§15)."""

import pytest
from helpers import Gate, Log, everywhere, in_order, open_port, simulated, traced, until

from erts_emu import Emulator
from erts_emu.driver import Driver, Pointer, driver_async, driver_deq, driver_enq
from erts_emu.emulator import HaltIncomplete
from erts_emu.errors import EmulatorHalted


def nothing(data):
    """Do nothing."""


@everywhere
def test_halt_lets_a_lingering_port_drain_through_its_job_before_completions_stop(run):
    def scenario(emu):
        gate = Gate(emu)
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_enq(self.port, buf)
                for number in range(3):
                    driver_async(self.port, Pointer(0), gate.wait, number, lambda n: log.append(("free", n)))

            def flush(self):
                log.append("flush")
                gate.open()

            def ready_async(self, data):
                log.append(("ready", data))
                driver_deq(self.port, 1)

            def stop(self):
                log.append("stop")

        with emu.attach() as me:
            port = open_port(me, D)
            me.unlink(port)
            me.port_command(port, b"x")
            emu.halt()
        assert log == ["flush", ("ready", 0), "stop"]
        assert emu.async_pool.threads[0].jobs == 3

    run(scenario)


@everywhere
def test_a_job_submitted_in_stop_during_halt_is_invoked_and_not_freed(run):
    def scenario(emu):
        log = Log()

        class D(Driver):
            driver_name = "d"

            def stop(self):
                driver_async(self.port, None, lambda _: log.append("invoke"), None, lambda _: log.append("free"))
                log.append("stop")

        with emu.attach() as me:
            me.unlink(open_port(me, D))
            emu.halt()
        assert sorted(log) == ["invoke", "stop"]

    run(scenario)


@everywhere
def test_halt_joins_every_async_thread_after_its_last_job(run):
    def scenario(emu):
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                for number in range(8):
                    driver_async(self.port, Pointer(number), log.append, number, None)

        with emu.attach() as me:
            port = open_port(me, D)
            me.unlink(port)
            me.port_command(port, b"")
            emu.halt()
        assert sorted(log) == [*range(8)]
        assert [thread.jobs for thread in emu.async_pool.threads] == [2, 2, 2, 2]

    run(scenario, async_threads=4)


@everywhere
def test_finish_is_never_called_by_halt(run):
    def scenario(emu):
        log = Log()

        class D(Driver):
            driver_name = "d"

            @staticmethod
            def finish():
                log.append("finish")

        with emu.attach() as me:
            me.unlink(open_port(me, D))
            emu.halt()
        assert log == []

    run(scenario)


@pytest.mark.parametrize("flush", [True, False])
def test_halting_twice_is_halting_once(emu, flush):
    emu.halt(flush=flush)
    emu.halt(flush=not flush)
    assert emu.halted
    with pytest.raises(EmulatorHalted):
        emu.attach()


def test_halt_without_flush_calls_nothing_of_the_driver():
    def scenario(emu):
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_enq(self.port, buf)
                driver_async(self.port, None, nothing, None, lambda _: log.append("free"))

            def flush(self):
                log.append("flush")

            def stop(self):
                log.append("stop")

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"x")
            emu.halt(flush=False)
        assert log == []

    in_order(scenario)


def test_halt_names_the_ports_that_never_drain():
    class D(Driver):
        driver_name = "d"

        def output(self, buf):
            driver_enq(self.port, buf)

    def run_it():
        with Emulator(threads="simulated") as emu, emu.attach() as me:
            port = open_port(me, D)
            me.unlink(port)
            me.port_command(port, b"stuck")

    with pytest.raises(HaltIncomplete, match=r"halt waits for #Port<0\.5>") as caught:
        run_it()
    assert caught.value.ports == ["#Port<0.5>"]


@simulated
def test_the_terminating_record_carries_no_port(run):
    def scenario(emu):
        gets = traced(emu, "aio_pool_get")
        emu.halt()
        assert [(fields["port"], fields["length"]) for _, fields in gets] == [(None, 0)] * 2

    run(scenario, async_threads=2)


@everywhere
def test_completions_go_on_normally_while_the_system_runs(run):
    """``init:stop`` ends processes first: what completes meanwhile completes as ever."""

    def scenario(emu):
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, nothing, None, None)

            def ready_async(self, data):
                log.append("ready")

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            until(emu, lambda: log)
            emu.halt()
        assert log == ["ready"]

    run(scenario)
