"""The checklist for an emulator's async pool, item by item (``reference/async_pool.md`` §24).

Each item holds on real threads, on simulated threads in order, and under every random schedule.
"""

import pytest
from helpers import Gate, Log, everywhere, open_port, received, schedules, traced, until

from erts_emu.driver import (
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    INVALID_PORT,
    Driver,
    Pointer,
    driver_async,
    driver_failure_atom,
    driver_output,
    driver_pdl_create,
    driver_pdl_get_refc,
)
from erts_emu.terms import Atom


def nothing(data):
    """Do nothing: a job whose completion is what matters."""


# --- 1 ---


@everywhere
def test_one_thread_completes_unkeyed_jobs_in_order_with_increasing_ids(run):
    def scenario(emu):
        class D(Driver):
            driver_name = "d"

            def control(self, command, buf):
                return bytes([driver_async(self.port, None, nothing, command, None)])

            def ready_async(self, data):
                driver_output(self.port, bytes([data]))

        with emu.attach() as me:
            port = open_port(me, D)
            ids = [me.port_control(port, number, b"") for number in range(6)]
            assert ids == [[number] for number in range(1, 7)]
            assert received(me, 6) == [bytes([number]) for number in range(6)]

    run(scenario)


# --- 2 ---


@everywhere
@pytest.mark.parametrize(
    ("key", "index"), [(7, 3), (2**32 - 1, 3), (4, 0), (0, 0), (-1, 3), (2**32 + 1, 1)]
)  # fmt: skip
def test_a_key_chooses_the_thread_modulo_the_pool_and_is_written_back(run, key, index):
    def scenario(emu):
        pointer = Pointer(key)

        class D(Driver):
            driver_name = "d"

            def control(self, command, buf):
                driver_async(self.port, pointer, nothing, None, None)
                return bytes([pointer.value])

            def ready_async(self, data):
                driver_output(self.port, b"ready")

        with emu.attach() as me:
            invokes = traced(emu, "driver_async_invoke")
            port = open_port(me, D)
            assert me.port_control(port, 0, b"") == [index]
            assert me.port_control(port, 0, b"") == [index], "the written-back key keeps its thread"
            received(me, 2)
            assert [fields["thread"].name for _, fields in invokes] == [f"async_{index + 1}"] * 2

    run(scenario, **schedules(run, 35), async_threads=4)


# --- 3 ---


@everywhere
def test_a_slow_job_delays_its_own_key_only(run):
    def scenario(emu):
        gate = Gate(emu)

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                for key, invoke, data in ((0, gate.wait, b"slow"), (0, nothing, b"second"), (1, nothing, b"fast")):
                    driver_async(self.port, Pointer(key), invoke, data, None)

            def ready_async(self, data):
                driver_output(self.port, data)

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            assert received(me, 1) == [b"fast"]
            gate.open()
            assert received(me, 2) == [b"slow", b"second"]

    run(scenario, async_threads=4)


# --- 4 ---


@everywhere
@pytest.mark.parametrize("has_ready", [True, False])
def test_jobs_of_a_closed_port_are_all_invoked_and_each_freed_once_after_stop(run, has_ready):
    def scenario(emu):
        gate = Gate(emu)
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, Pointer(0), gate.wait, 0, lambda n: log.append(("free", n)))
                for number in range(1, 5):
                    driver_async(
                        self.port,
                        Pointer(0),
                        lambda n: log.append(("invoke", n)),
                        number,
                        lambda n: log.append(("free", n)),
                    )

            def stop(self):
                log.append(("stop",))

            if has_ready:

                def ready_async(self, data):
                    log.append(("ready", data))

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            me.port_close(port)
            gate.open()
            until(emu, lambda: len(log.of("free")) == 5)
        assert log.of("invoke") == [("invoke", number) for number in range(1, 5)]
        assert log.of("free") == [("free", number) for number in range(5)]
        assert not log.of("ready")
        assert log.position(("stop",)) < log.position(("free", 0))

    run(scenario)


# --- 5 ---


@everywhere
def test_without_ready_async_free_is_called_once_for_each_job(run):
    def scenario(emu):
        log = Log()

        class D(Driver):
            driver_name = "d"

            def control(self, command, buf):
                driver_async(self.port, None, lambda n: log.append(("invoke", n)), command, log_free)
                return

        def log_free(number):
            log.append(("free", number))

        with emu.attach() as me:
            port = open_port(me, D)
            for number in range(4):
                me.port_control(port, number, b"")
            until(emu, lambda: len(log.of("free")) == 4)
        assert sorted(log.of("free")) == [("free", number) for number in range(4)]
        for number in range(4):
            assert log.position(("invoke", number)) < log.position(("free", number))

    run(scenario, async_threads=2)


@everywhere
def test_without_ready_async_and_free_nothing_is_called_and_the_data_is_forgotten(run):
    def scenario(emu):
        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, nothing, buf, None)

        with emu.attach() as me:
            callbacks = traced(emu, "driver_ready_async", "driver_async_free")
            port = open_port(me, D)
            me.port_command(port, b"leaked")
            until(emu, lambda: emu.schedulers[0].ready_jobs == 1)
            assert callbacks == []
            assert me.port_info(port, "id") is not None

    run(scenario)


# --- 6 ---


@everywhere
def test_unloading_waits_for_jobs_finish_follows_the_last_free_and_down_follows_finish(run):
    def scenario(emu):
        gate = Gate(emu)
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, Pointer(0), gate.wait, None, lambda _: log.append(("free", 0)))
                driver_async(self.port, Pointer(0), nothing, None, lambda _: log.append(("free", 1)))

            @staticmethod
            def finish():
                log.append(("finish",))

        emu.trace.subscribe(lambda name, fields: gate.open(), "port_terminate")
        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            me.unlink(port)
            result = me.erl_ddll.try_unload("d", [("monitor", "pending_driver"), "kill_ports"])
            assert result[:2] == (Atom("ok"), Atom("pending_driver"))
            down = me.receive((Atom("DOWN"), result[2], Atom("driver"), Atom("d"), Atom("unloaded")))
            assert down
            assert log == [("free", 0), ("free", 1), ("finish",)]
            assert me.erl_ddll.loaded_drivers() == []

    run(scenario)


# --- 7 ---


@everywhere
def test_each_job_counts_one_reference_of_the_port_data_lock_until_it_has_completed(run):
    def scenario(emu):
        gate = Gate(emu)
        counts = Log()

        class D(Driver):
            driver_name = "d"

            def start(self, command):
                self.pdl = driver_pdl_create(self.port)
                counts.append(driver_pdl_get_refc(self.pdl))
                assert driver_pdl_create(self.port) is None

            def output(self, buf):
                for invoke in (gate.wait, nothing, nothing):
                    driver_async(self.port, Pointer(0), invoke, None, None)
                counts.append(driver_pdl_get_refc(self.pdl))
                gate.open()

            def ready_async(self, data):
                counts.append(driver_pdl_get_refc(self.pdl))
                driver_output(self.port, b"")

            def control(self, command, buf):
                return bytes([driver_pdl_get_refc(self.pdl)])

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            received(me, 3)
            until(emu, lambda: me.port_control(port, 0, b"") == [1])
        assert counts == [1, 4, 4, 3, 2]

    run(scenario)


# --- 8 ---


@everywhere
def test_a_busy_scheduler_completes_at_most_twenty_jobs_a_pass(run):
    def scenario(emu):
        scheduler = emu.schedulers[0]

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                for _ in range(100):
                    driver_async(self.port, None, nothing, None, None)
                # The scheduler is stuck in this callback until every job has finished.
                until(emu, lambda: scheduler.ready_queue.thr_q.length_dirty() == 100)

            def ready_async(self, data):
                driver_output(self.port, b"")

        with emu.attach() as me:
            batches = traced(emu, "aio_ready_batch")
            port = open_port(me, D)
            me.port_command(port, b"")
            received(me, 100)
            assert [fields["jobs"] for _, fields in batches] == [20] * 5

    run(scenario)


# --- 9 ---


@everywhere
def test_an_invalid_port_takes_no_job_and_leaves_key_and_data_with_the_caller(run):
    def scenario(emu):
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_failure_atom(self.port, "over")
                for port in (self.port, INVALID_PORT):
                    key = Pointer(7)
                    log.append((driver_async(port, key, log.append, "invoked", log.append), key.value))

        with emu.attach(trap_exit=True) as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            assert me.receive() == (Atom("EXIT"), port, Atom("over"))
        emu.halt()
        assert log == [(-1, 7), (-1, 7)]
        assert emu.async_pool.statistics().jobs_submitted == 0

    run(scenario)


# --- 10 ---


@everywhere
def test_halt_with_flush_runs_every_invoke_and_completes_nothing(run):
    def scenario(emu):
        gate = Gate(emu)
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, Pointer(0), gate.wait, None, lambda _: log.append("free"))
                for _ in range(5):
                    driver_async(
                        self.port, Pointer(0), lambda _: log.append("invoke"), None, lambda _: log.append("free")
                    )

            def stop(self):
                log.append("stop")
                gate.open()

            def ready_async(self, data):
                log.append("ready")

            @staticmethod
            def finish():
                log.append("finish")

        with emu.attach() as me:
            port = open_port(me, D)
            me.unlink(port)
            me.port_command(port, b"")
            emu.halt()
        assert log == ["stop", *["invoke"] * 5]

    run(scenario)


@everywhere
def test_halt_without_flush_runs_nothing_more(run):
    def scenario(emu):
        gate = Gate(emu)
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, Pointer(0), first, None, lambda _: log.append("free"))
                for _ in range(5):
                    driver_async(
                        self.port, Pointer(0), lambda _: log.append("invoke"), None, lambda _: log.append("free")
                    )

            def stop(self):
                log.append("stop")

            def ready_async(self, data):
                log.append("ready")

        def first(data):
            log.append("begin")
            gate.wait()

        with emu.attach() as me:
            port = open_port(me, D)
            me.unlink(port)
            me.port_command(port, b"")
            until(emu, lambda: log == ["begin"])
            emu.halt(flush=False)
        if emu.layer.kind == "real":  # simulated threads have been unwound
            gate.open()
            emu.async_pool.threads[0].thread.join()
        assert log == ["begin"]

    run(scenario)


# --- 11 ---


@everywhere
@pytest.mark.parametrize("flags", [0, ERL_DRV_FLAG_USE_PORT_LOCKING], ids=["driver_lock", "port_lock"])
@pytest.mark.parametrize("stealing", [False, True])
def test_jobs_complete_on_the_scheduler_that_submitted_them(run, flags, stealing):
    def scenario(emu):
        class D(Driver):
            driver_name = "d"
            driver_flags = flags

            def control(self, command, buf):
                driver_async(self.port, None, nothing, emu.layer.tsd.scheduler.id, None)
                return

            def ready_async(self, data):
                driver_output(self.port, bytes([data, emu.layer.tsd.scheduler.id]))

        with emu.attach(scheduler=1) as me:
            me.erl_ddll.load(D, "d")
            for number in (1, 2, 3):
                with emu.attach(scheduler=number) as other:
                    port = other.open_port(("spawn_driver", "d"), ["binary"])
                    for _ in range(3):
                        other.port_control(port, 0, b"")
                    for submitter, completer in received(other, 3):
                        assert completer == submitter
                        # A port that stands in a run queue may be stolen, and then the thief submits.
                        assert stealing or submitter == number

    run(scenario, **schedules(run, 50), schedulers=3, async_threads=2, work_stealing=stealing)


@everywhere
def test_a_scheduler_that_is_offline_still_completes_its_jobs(run):
    """The job is submitted on scheduler 2, which goes offline before the job is done."""

    def scenario(emu):
        gate = Gate(emu)

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, gate.wait, emu.layer.tsd.scheduler.id, None)

            def ready_async(self, data):
                driver_output(self.port, bytes([data, emu.layer.tsd.scheduler.id]))

        async def submit(process, receiver):
            port = await process.open_port(("spawn_driver", "d"), ["binary"])
            await process.port_connect(port, receiver)
            await process.port_command(port, b"")
            await process.send(receiver, "submitted")
            await process.receive()

        with emu.attach() as me:
            me.erl_ddll.load(D, "d")
            process = emu.spawn(submit, me.pid, scheduler=2)
            assert me.receive(timeout=20) == "submitted"
            assert emu.set_schedulers_online(1) == 2
            gate.open()
            assert me.receive(timeout=20)[1][1] == bytes([2, 2])
            emu.set_schedulers_online(2)
            me.send(process.pid, "end")

    run(scenario, schedulers=2, work_stealing=False)


# --- 12 ---


@everywhere
def test_completions_cost_no_reductions(run):
    def scenario(emu):
        scheduler = emu.schedulers[0]
        count = 200 if emu.layer.kind == "real" else 20

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                for _ in range(count):
                    driver_async(self.port, None, nothing, None, None)
                until(emu, lambda: scheduler.ready_queue.thr_q.length_dirty() == count)

            def ready_async(self, data):
                pass

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            before = scheduler.reductions
            until(emu, lambda: scheduler.ready_jobs == count)
            assert scheduler.reductions == before

    run(scenario)
