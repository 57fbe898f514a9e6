"""What can be seen of the pool from outside: tracepoints, microstates, lock counters, logs (§3.2, §16, §17)."""

from helpers import Gate, everywhere, open_port, received, simulated, traced, until

from erts_emu import Emulator
from erts_emu.driver import Driver, Pointer, driver_async, driver_output, erl_drv_sleep

MS = 1_000_000


def nothing(data):
    """Do nothing."""


class Worker(Driver):
    """Submits one job a command, and tells its owner when it is done."""

    driver_name = "worker"
    job = staticmethod(nothing)

    def output(self, buf):
        for _ in buf:
            driver_async(self.port, Pointer(0), self.job, buf, None)

    def ready_async(self, data):
        driver_output(self.port, b"done")


# --- tracepoints ---


@everywhere
def test_put_names_the_port_and_never_knows_the_length(run):
    def scenario(emu):
        with emu.attach() as me:
            puts = traced(emu, "aio_pool_put")
            port = open_port(me, Worker)
            me.port_command(port, b"xy")
            received(me, 2)
            assert [(fields["port"], fields["length"]) for _, fields in puts] == [(port, -1)] * 2
            assert [fields["job"].async_id for _, fields in puts] == [1, 2]

    run(scenario)


@everywhere
def test_get_tells_how_many_jobs_are_still_queued(run):
    def scenario(emu):
        gate = Gate(emu)

        class D(Worker):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, gate.wait, None, None)
                super().output(buf)

        with emu.attach() as me:
            gets = traced(emu, "aio_pool_get")
            port = open_port(me, D)
            me.port_command(port, b"abc")
            gate.open()
            received(me, 4)
            assert [fields["port"] for _, fields in gets] == [port] * 4
            lengths = [fields["length"] for _, fields in gets]
            assert lengths[1:] == [2, 1, 0], "the marker is not counted"

    run(scenario)


@everywhere
def test_a_job_passes_its_tracepoints_in_order(run):
    def scenario(emu):
        class D(Worker):
            driver_name = "d"
            ready_async = None

            def output(self, buf):
                driver_async(self.port, None, nothing, None, nothing)

        with emu.attach() as me:
            log = traced(
                emu, "driver_async_invoke", "aio_ready", "driver_ready_async", "driver_async_free", "aio_ready_batch"
            )
            with_ready, without = open_port(me, Worker), open_port(me, D)
            me.port_command(with_ready, b"x")
            received(me, 1)
            until(emu, lambda: len(log) == 4)
            assert [name for name, _ in log] == [
                "driver_async_invoke", "aio_ready", "driver_ready_async", "aio_ready_batch",
            ]  # fmt: skip
            assert log[2][1]["name"] == "worker"
            assert log[2][1]["process"] == me.pid
            log.clear()
            me.port_command(without, b"x")
            until(emu, lambda: len(log) == 4)
            assert [name for name, _ in log] == [
                "driver_async_invoke", "aio_ready", "driver_async_free", "aio_ready_batch",
            ]  # fmt: skip

    run(scenario)


# --- microstates ---


def test_an_invoke_counts_as_port_time_of_its_thread_and_waiting_as_sleep():
    class D(Worker):
        driver_name = "d"
        job = staticmethod(lambda _: erl_drv_sleep(300))

        def ready_async(self, data):
            erl_drv_sleep(50)
            driver_output(self.port, b"done")

    with Emulator(threads="simulated", msacc=True) as emu, emu.attach() as me:
        port = open_port(me, D)
        me.sleep(0.5)
        me.port_command(port, b"x")
        received(me, 1)
        scheduler, thread = (states.snapshot() for states in emu.microstates())
        assert thread["port"] == 300 * MS
        assert thread["sleep"] >= 500 * MS
        assert scheduler["port"] == 50 * MS
        assert scheduler["sleep"] >= 800 * MS
        assert sum(scheduler.values()) == sum(thread.values()) == emu.layer.monotonic()


def test_every_callback_counts_as_port_time_of_its_scheduler():
    """Output, control, start, stop and async_free: five callbacks of 10 ms each."""

    class D(Driver):
        driver_name = "d"

        def start(self, command):
            erl_drv_sleep(10)

        def stop(self):
            erl_drv_sleep(10)

        def output(self, buf):
            erl_drv_sleep(10)
            driver_async(self.port, None, nothing, None, lambda _: erl_drv_sleep(10))

        def control(self, command, buf):
            erl_drv_sleep(10)
            return b""

    with Emulator(threads="simulated", msacc=True) as emu, emu.attach() as me:
        port = open_port(me, D)
        me.port_control(port, 0, b"")
        me.port_command(port, b"x")
        me.sleep(0.1)
        me.port_close(port)
        assert emu.microstates()[0].snapshot()["port"] == 50 * MS


@simulated
def test_an_async_threads_microstate_id_is_its_order_of_arrival(run):
    def scenario(emu):
        until(emu, lambda: all(thread.msacc for thread in emu.async_pool.threads))  # made after the barrier
        idents = [states.ident for states in emu.microstates() if states.type == "async"]
        assert sorted(idents) == [0, 1, 2, 3]
        seen.add(tuple(idents))

    seen = set()
    run(scenario, async_threads=4, msacc=True)
    assert len(seen) == 1 or len(seen) > 5, "in order, or in any order"


def test_without_accounting_there_are_no_microstates(emu):
    assert emu.microstates() == []


# --- lock counters ---


@everywhere
def test_a_finished_job_takes_the_enqueue_mutex_once(run):
    def scenario(emu):
        with emu.attach() as me:
            port = open_port(me, Worker)
            before = emu.statistics().locks["async_enq_mtx"].tries
            me.port_command(port, b"x" * 30)
            received(me, 30)
            assert emu.statistics().locks["async_enq_mtx"].tries - before == 30

    run(scenario, lock_counters=True, async_threads=2)


@everywhere
def test_nothing_is_taken_under_the_enqueue_mutex(run):
    """The poke of the scheduler is lock free: the checker would say otherwise if a lock with a lower position came."""

    def scenario(emu):
        class D(Worker):
            driver_name = "d"

            def output(self, buf):
                mutex = emu.async_pool.ready_queues[0].enq_mtx
                original = mutex._mutex

                class Spy:
                    acquire = original.acquire
                    locked = original.locked

                    @staticmethod
                    def release():
                        held.append([item.lock.name for item in emu.locks.checker.held()])
                        original.release()

                mutex._mutex = Spy
                super().output(buf)

        held = []
        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"x")
            received(me, 1)
            until(emu, lambda: held)
        assert held == [[]]

    run(scenario, lock_checker=True)


# --- statistics and descriptions ---


@everywhere
def test_statistics_count_what_was_done(run):
    def scenario(emu):
        with emu.attach() as me:
            port = open_port(me, Worker)
            me.port_command(port, b"x" * 6)
            received(me, 6)
            stats = emu.statistics()
            assert stats.async_pool.jobs_submitted == 6
            until(emu, lambda: sum(t.jobs for t in emu.async_pool.statistics().threads) == 6)
            until(emu, lambda: emu.schedulers[0].statistics().ready_jobs == 6)
            assert emu.schedulers[0].statistics().ready_batches >= 1

    run(scenario, async_threads=2)


def test_everything_describes_itself(emu, me):
    puts = traced(emu, "aio_pool_put")
    port = open_port(me, Worker)
    me.port_command(port, b"x")
    received(me, 1)
    assert repr(emu.async_pool) == "<AsyncPool 1 threads>"
    assert repr(emu.async_pool.threads[0]) == "<AsyncThread async_1 1 jobs>"
    assert "AsyncReadyQ" in repr(emu.schedulers[0].ready_queue)
    assert repr(puts[0][1]["job"]) == f"<AsyncJob 1 of {port}>"
