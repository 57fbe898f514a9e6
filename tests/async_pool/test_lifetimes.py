"""What a job keeps alive: the port data lock and the driver, and when it lets go (§10, §11)."""

import pytest
from helpers import Gate, Log, everywhere, open_port, received, simulated, until

from erts_emu.driver import (
    Driver,
    DriverMisuse,
    Pointer,
    driver_async,
    driver_enq,
    driver_output,
    driver_pdl_create,
    driver_pdl_dec_refc,
    driver_pdl_get_refc,
    driver_pdl_inc_refc,
    driver_pdl_lock,
    driver_pdl_unlock,
    driver_sizeq,
)
from erts_emu.terms import Atom

OK = Atom("ok")


def nothing(data):
    """Do nothing."""


# --- the port data lock ---


@everywhere
def test_a_job_that_holds_the_pdl_sees_three_references(run):
    def scenario(emu):
        seen = Log()

        class D(Driver):
            driver_name = "d"

            def start(self, command):
                self.pdl = driver_pdl_create(self.port)

            def output(self, buf):
                driver_async(self.port, None, self.invoke, buf, None)

            def invoke(self, data):
                driver_pdl_lock(self.pdl)
                seen.append(driver_pdl_get_refc(self.pdl))
                driver_enq(self.port, data)
                driver_pdl_unlock(self.pdl)

            def ready_async(self, data):
                seen.append(driver_pdl_get_refc(self.pdl))
                driver_pdl_lock(self.pdl)
                seen.append(driver_sizeq(self.port))
                driver_pdl_unlock(self.pdl)
                driver_output(self.port, b"")

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"queued by the job")
            received(me, 1)
            emu.halt(flush=False)
        assert seen == [3, 2, 17]

    run(scenario)


@everywhere
def test_a_pdl_made_after_the_submission_does_not_count_the_job(run):
    def scenario(emu):
        gate = Gate(emu)
        seen = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, gate.wait, None, None)
                self.pdl = driver_pdl_create(self.port)
                seen.append(driver_pdl_get_refc(self.pdl))
                gate.open()

            def ready_async(self, data):
                seen.append(driver_pdl_get_refc(self.pdl))
                driver_output(self.port, b"")

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            received(me, 1)
        assert seen == [1, 1]

    run(scenario)


@everywhere
def test_the_pdl_outlives_its_port_until_the_job_is_freed_and_keeps_the_structure(run):
    def scenario(emu):
        gate = Gate(emu)
        seen = Log()
        ports = []

        class D(Driver):
            driver_name = "d"

            def start(self, command):
                self.pdl = driver_pdl_create(self.port)
                ports.append(self.port)

            def output(self, buf):
                driver_async(self.port, None, self.invoke, self.pdl, lambda pdl: seen.append(driver_pdl_get_refc(pdl)))

            def invoke(self, data):
                gate.wait()
                driver_pdl_lock(data)
                driver_pdl_unlock(data)

        with emu.attach() as me:
            port = open_port(me, D)
            handle = emu.ddll.find("d").handle
            me.port_command(port, b"")
            before = handle.refc
            me.port_close(port)
            me.sleep(0.05)
            assert handle.refc == before, "the job's PDL holds the port structure, and that the driver"
            gate.open()
            until(emu, lambda: handle.refc == 1)
        assert seen == [1]

    run(scenario)


@everywhere
def test_the_drivers_own_references_keep_the_pdl(run):
    def scenario(emu):
        pdls = []

        class D(Driver):
            driver_name = "d"

            def start(self, command):
                pdls.append(driver_pdl_create(self.port))
                assert driver_pdl_inc_refc(pdls[0]) == 2

        with emu.attach() as me:
            port = open_port(me, D)
            handle = emu.ddll.find("d").handle
            me.port_close(port)
            me.sleep(0.05)
            assert driver_pdl_get_refc(pdls[0]) == 1
            assert handle.refc == 2
            assert driver_pdl_dec_refc(pdls[0]) == 0
            until(emu, lambda: handle.refc == 1)
            with pytest.raises(DriverMisuse, match="was destroyed when its count reached 0"):
                driver_pdl_lock(pdls[0])
            with pytest.raises(DriverMisuse, match="more references dropped than were taken"):
                driver_pdl_dec_refc(pdls[0])

    run(scenario)


# --- the driver handle ---


@simulated
def test_the_reference_count_of_a_handle_follows_loads_ports_and_jobs(run):
    """The trace of one counter in §11, step by step."""

    def scenario(emu):
        gates = [Gate(emu), Gate(emu)]

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                for gate in gates:
                    driver_async(self.port, Pointer(0), gate.wait, None, None)

            @staticmethod
            def finish():
                counts.append("finish")

        counts = Log()
        with emu.attach() as me, emu.attach() as other:
            me.erl_ddll.load(D, "d")
            handle = emu.ddll.find("d").handle
            counts.append(handle.refc)
            me.erl_ddll.load(D, "d")
            counts.append(handle.refc)
            port = me.open_port(("spawn_driver", "d"))
            counts.append((handle.refc, handle.port_count))
            me.port_command(port, b"")
            counts.append(handle.refc)
            me.port_close(port)
            me.sleep(0.05)  # the structure is freed after thread progress
            counts.append((handle.refc, handle.port_count))
            me.erl_ddll.try_unload("d")
            counts.append(handle.refc)
            result = me.erl_ddll.try_unload("d", [("monitor", "pending")])
            assert result[:2] == (OK, Atom("pending_driver"))
            counts.append(handle.refc)
            assert other.erl_ddll.info("d", "port_count") == 0
            assert other.erl_ddll.info("d", "processes") == []
            gates[0].open()
            until(emu, lambda: emu.schedulers[0].ready_jobs == 1)
            me.sleep(0)
            counts.append(handle.refc)
            gates[1].open()
            me.receive((Atom("DOWN"), result[2], Atom("driver"), Atom("d"), Atom("unloaded")))
            counts.append(handle.refc)
        assert counts == [1, 2, (3, 1), 5, (4, 0), 3, 2, 1, "finish", 0]

    run(scenario)


@everywhere
def test_a_driver_whose_jobs_are_in_flight_can_be_loaded_again(run):
    def scenario(emu):
        gate = Gate(emu)
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, gate.wait, None, lambda _: log.append("free"))

            @staticmethod
            def finish():
                log.append("finish")

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            me.port_close(port)
            handle = emu.ddll.find("d").handle
            assert me.erl_ddll.try_unload("d") == (OK, Atom("pending_driver"))
            assert me.erl_ddll.loaded_drivers() == ["d"]
            assert me.erl_ddll.try_load(D, "d") == (OK, Atom("already_loaded"))
            gate.open()
            until(emu, lambda: handle.refc == 1)
            assert log == ["free"]
            me.port_close(me.open_port(("spawn_driver", "d")))

    run(scenario)


@everywhere
def test_unload_driver_waits_for_the_last_job(run):
    def scenario(emu):
        gate = Gate(emu)
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, gate.wait, None, lambda _: log.append("free"))

            def stop(self):
                log.append("stop")
                gate.open()

            @staticmethod
            def finish():
                log.append("finish")

        with emu.attach() as me:
            me.erl_ddll.load_driver(D, "d")
            port = me.open_port(("spawn_driver", "d"))
            me.unlink(port)
            me.port_command(port, b"")
            me.erl_ddll.unload_driver("d")
            log.append("unloaded")
        assert log == ["stop", "free", "finish", "unloaded"]

    run(scenario)


@everywhere
def test_a_statically_linked_driver_is_not_counted(run):
    def scenario(emu):
        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                assert driver_async(self.port, None, nothing, b"done", None) == 1

            def ready_async(self, data):
                driver_output(self.port, data)

        emu.ddll.add_static(D.entry())
        with emu.attach() as me:
            port = me.open_port(("spawn_driver", "d"), ["binary"])
            me.port_command(port, b"")
            assert received(me, 1) == [b"done"]

    run(scenario)


@everywhere
def test_ready_async_runs_before_the_references_are_dropped(run):
    def scenario(emu):
        seen = Log()

        class D(Driver):
            driver_name = "d"

            def start(self, command):
                self.pdl = driver_pdl_create(self.port)

            def output(self, buf):
                driver_async(self.port, None, nothing, None, None)

            def ready_async(self, data):
                handle = emu.ddll.find("d").handle
                seen.append((driver_pdl_get_refc(self.pdl), handle.refc))
                driver_output(self.port, b"")

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            received(me, 1)
            until(emu, lambda: emu.ddll.find("d").handle.refc == 2)
        assert seen == [(2, 3)]

    run(scenario)
