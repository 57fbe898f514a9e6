"""How finished jobs come back: the outcome matrix, the ready pass, ordering (§4.7, §4.8, §12, §13, §19)."""

import itertools

import pytest
from helpers import Gate, Log, every_schedule, everywhere, in_order, open_port, received, schedules, traced, until

from erts_emu.driver import (
    ERL_DRV_ERROR_GENERAL,
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    Driver,
    Pointer,
    driver_async,
    driver_deq,
    driver_enq,
    driver_failure_atom,
    driver_output,
)
from erts_emu.errors import OpenPortError
from erts_emu.terms import Atom


def nothing(data):
    """Do nothing."""


# --- the outcome matrix ---


@everywhere
def test_a_live_port_without_ready_async_is_locked_during_async_free(run):
    def scenario(emu):
        locked = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, nothing, None, lambda _: locked.append(emu.ddll.find("d").lock.locked()))

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            until(emu, lambda: locked)
        assert locked == [True]

    run(scenario)


@everywhere
def test_a_closing_port_gets_ready_async_and_stops_right_after_it_drained_the_queue(run):
    def scenario(emu):
        gate = Gate(emu)
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_enq(self.port, buf)
                for number in (1, 2):
                    driver_async(self.port, Pointer(0), gate.wait, number, lambda n: log.append(f"free {n}"))

            def flush(self):
                log.append("flush")
                gate.open()

            def ready_async(self, data):
                log.append(f"ready {data}")
                driver_deq(self.port, 3)

            def stop(self):
                log.append("stop")

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"abc")
            me.port_close(port)
            assert me.port_info(port, "links") == (Atom("links"), []) or "stop" in log
            until(emu, lambda: "free 2" in log)
        assert log == ["flush", "ready 1", "stop", "free 2"]

    run(scenario)


@everywhere
def test_a_closing_port_without_ready_async_stops_before_the_data_is_freed(run):
    def scenario(emu):
        gate = Gate(emu)
        log = Log()
        handles = []

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_enq(self.port, buf)
                driver_async(self.port, None, gate.wait, None, lambda _: log.append("free"))

            def flush(self):
                handles.append(self.port)
                driver_async(self.port, None, nothing, None, None)
                driver_deq(self.port, 3)
                log.append("flush")

            def stop(self):
                log.append("stop")
                gate.open()

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"abc")
            me.port_close(port)
            until(emu, lambda: "free" in log)
        assert log == ["flush", "stop", "free"]

    run(scenario)


@everywhere
def test_failing_the_port_in_the_first_ready_async_has_the_other_jobs_freed(run):
    def scenario(emu):
        gate = Gate(emu)
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                for number in (1, 2, 3):
                    driver_async(self.port, Pointer(0), gate.wait, number, lambda n: log.append(("free", n)))

            def ready_async(self, data):
                log.append(("ready", data))
                driver_failure_atom(self.port, "enough")

            def stop(self):
                log.append(("stop",))

        with emu.attach(trap_exit=True) as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            gate.open()
            assert me.receive() == (Atom("EXIT"), port, Atom("enough"))
            until(emu, lambda: len(log.of("free")) == 2)
        assert log == [("ready", 1), ("stop",), ("free", 2), ("free", 3)]

    run(scenario)


@everywhere
def test_a_port_in_the_slot_of_a_dead_one_does_not_get_its_jobs(run):
    def scenario(emu):
        gate = Gate(emu)
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, gate.wait, None, lambda _: log.append("free"))

            def ready_async(self, data):
                log.append("ready")

        with emu.attach() as me:
            first = open_port(me, D)
            me.port_command(first, b"")
            me.port_close(first)
            while (other := me.open_port(("spawn_driver", "d"))).number % 16 != first.number % 16:
                me.port_close(other)
            gate.open()
            until(emu, lambda: log)
        assert log == ["free"]

    run(scenario, max_ports=16)


@everywhere
def test_free_of_a_dead_ports_job_runs_without_the_port_lock(run):
    def scenario(emu):
        gate = Gate(emu)
        held = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, gate.wait, None, free)

        def free(data):
            held.append(list(emu.locks.checker.held()))

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            me.port_close(port)
            gate.open()
            until(emu, lambda: held)
        assert held == [[]]

    run(scenario, lock_checker=True)


# --- driver_async in unusual places ---


@everywhere
@pytest.mark.parametrize("place", ["stop", "flush"])
def test_a_job_submitted_while_the_port_ends_is_accepted_and_freed(run, place):
    def scenario(emu):
        gate = Gate(emu)
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_enq(self.port, buf)

            def flush(self):
                if place == "flush":
                    self.submit()
                driver_deq(self.port, 1)

            def stop(self):
                if place == "stop":
                    self.submit()
                log.append("stop")
                gate.open()

            def ready_async(self, data):
                log.append("ready")

            def submit(self):
                log.append(driver_async(self.port, None, gate.wait, None, lambda _: log.append("free")))

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"x")
            me.port_close(port)
            until(emu, lambda: "free" in log)
        assert log == [1, "stop", "free"]

    run(scenario)


@everywhere
def test_a_job_submitted_in_start_completes_like_any_other(run):
    def scenario(emu):
        class D(Driver):
            driver_name = "d"

            def start(self, command):
                assert driver_async(self.port, None, nothing, b"from start", None) == 1

            def ready_async(self, data):
                driver_output(self.port, data)

        with emu.attach() as me:
            open_port(me, D)
            assert received(me, 1) == [b"from start"]

    run(scenario)


@everywhere
def test_a_job_of_a_start_that_failed_runs_and_is_freed(run):
    def scenario(emu):
        log = Log()

        class D(Driver):
            driver_name = "d"

            def start(self, command):
                driver_async(self.port, None, lambda _: log.append("invoke"), None, lambda _: log.append("free"))
                return ERL_DRV_ERROR_GENERAL

            def stop(self):
                log.append("stop")

            def ready_async(self, data):
                log.append("ready")

        with emu.attach() as me:
            me.erl_ddll.load(D, "d")
            with pytest.raises(OpenPortError):
                me.open_port(("spawn_driver", "d"))
            until(emu, lambda: "free" in log)
        assert log == ["invoke", "free"]

    run(scenario)


@everywhere
def test_ready_async_may_submit_the_next_job(run):
    def scenario(emu):
        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, nothing, 1, None)

            def ready_async(self, data):
                driver_output(self.port, bytes([data]))
                if data < 5:
                    assert driver_async(self.port, None, nothing, data + 1, None) == data + 1

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            assert received(me, 5) == [b"\x01", b"\x02", b"\x03", b"\x04", b"\x05"]

    run(scenario, async_threads=2)


# --- the ready pass ---


def finished(emu, me, count, **callbacks):
    """Have *count* jobs finished while their scheduler is stuck in a callback; return the port."""
    thr_q = emu.schedulers[0].ready_queue.thr_q

    class D(Driver):
        driver_name = "d"

        def output(self, buf):
            for number in range(count):
                driver_async(self.port, Pointer(0), nothing, number, None)
            until(emu, lambda: thr_q.length_dirty() == count)

        def ready_async(self, data):
            callbacks["ready"](self, data)

    port = open_port(me, D)
    me.port_command(port, b"")
    return port


@everywhere
@pytest.mark.parametrize(("count", "batches"), [(1, [1]), (20, [20]), (21, [20, 1]), (45, [20, 20, 5])])
def test_a_pass_completes_twenty_jobs_and_no_more(run, count, batches):
    def scenario(emu):
        with emu.attach() as me:
            log = traced(emu, "aio_ready_batch")
            finished(emu, me, count, ready=lambda driver, _: driver_output(driver.port, b""))
            received(me, count)
            until(emu, lambda: sum(fields["jobs"] for _, fields in log) == count)
            assert [fields["jobs"] for _, fields in log] == batches

    run(scenario, **schedules(run, 50))


@everywhere
@pytest.mark.parametrize(("count", "results"), [(19, [False]), (20, [True, False]), (21, [True, False])])
def test_the_result_of_a_pass_says_that_twenty_were_handled_even_when_none_is_left(run, count, results):
    def scenario(emu):
        scheduler = emu.schedulers[0]
        ready = scheduler.ready_queue
        gate = Gate(emu)
        seen = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                for number in range(count):
                    driver_async(self.port, Pointer(0), nothing if number else gate.wait, number, None)

        def operation():
            gate.open()
            until(emu, lambda: ready.thr_q.length_dirty() == count)
            seen.extend(emu.async_pool.check_async_ready(scheduler, ready) for _ in results)
            seen.append(ready.thr_q.length_dirty())

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            scheduler.runq.schedule_misc_op(operation)
            until(emu, lambda: seen)
        assert seen == [*results, 0]

    run(scenario, **schedules(run, 30))


def test_a_busy_scheduler_runs_a_process_between_two_passes(emu):
    async def busy(process):
        for _ in range(100):
            log.append("process")
            await process.let_others_run()

    log = []
    with emu.attach() as me:
        emu.trace.subscribe(lambda _, fields: log.append(fields["jobs"]), "aio_ready_batch")
        emu.spawn(busy)
        finished(emu, me, 100, ready=lambda driver, data: data == 99 and driver_output(driver.port, b""))
        received(me, 1)
    passes = [index for index, entry in enumerate(log) if entry == 20]
    assert len(passes) == 5
    assert all("process" in log[first:second] for first, second in itertools.pairwise(passes))


def test_a_finished_job_waits_for_its_scheduler_although_another_is_idle():
    def scenario(emu):
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, nothing, None, None)
                thr_q = emu.schedulers[0].ready_queue.thr_q
                until(emu, lambda: thr_q.length_dirty() == 1)
                emu.schedulers[1].poke()
                for _ in range(20):
                    emu.layer.sleep(1_000_000)
                log.append("callback returns")

            def ready_async(self, data):
                log.append(("ready", emu.layer.tsd.scheduler.id))
                driver_output(self.port, b"")

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            received(me, 1)
        assert log == ["callback returns", ("ready", 1)]

    in_order(scenario, schedulers=2)
    every_schedule(scenario, schedulers=2)


# --- order ---


@everywhere
def test_jobs_of_one_key_are_invoked_and_completed_in_order_on_any_thread(run):
    def scenario(emu):
        invoked = {key: [] for key in range(4)}

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                for number in range(12):
                    driver_async(self.port, Pointer(number % 4), invoke, number, None)

            def ready_async(self, data):
                driver_output(self.port, bytes([data]))

        def invoke(number):
            invoked[number % 4].append(number)

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            completed = [data[0] for data in received(me, 12)]
        for key in range(4):
            expected = list(range(key, 12, 4))
            assert invoked[key] == expected
            assert [number for number in completed if number % 4 == key] == expected

    run(scenario, async_threads=4)


def test_jobs_on_several_threads_come_back_in_any_order():
    orders = set()

    def scenario(emu):
        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                for number in range(6):
                    driver_async(self.port, None, nothing, number, None)

            def ready_async(self, data):
                driver_output(self.port, bytes([data]))

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            orders.add(tuple(received(me, 6)))

    every_schedule(scenario, async_threads=4)
    assert len(orders) > 5


def test_a_finished_job_overtakes_the_signals_queued_to_its_port():
    def scenario(emu):
        log = Log()
        thr_q = emu.schedulers[0].ready_queue.thr_q

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                if buf == b"first":
                    for _ in range(2):
                        emu.spawn(sender, port, scheduler=2)
                    driver_async(self.port, None, nothing, None, None)
                    until(emu, lambda: thr_q.length_dirty() == 1 and len(tasks()) == 2)
                log.append(buf)

            def ready_async(self, data):
                log.append("ready")

        async def sender(process, port):
            await process.port_command(port, b"queued")

        def tasks():
            port = next(iter(emu.ports.table.values()))
            return port._tasks or ()

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"first")
            until(emu, lambda: len(log) == 4)
        assert log == [b"first", "ready", b"queued", b"queued"]

    in_order(scenario, schedulers=2, work_stealing=False)
    every_schedule(scenario, schedulers=2, work_stealing=False)


# --- locks around ready_async ---


def two_ports(emu, flags, ready):
    """Have one job of each of two ports complete, on two schedulers."""

    class D(Driver):
        driver_name = "d"
        driver_flags = flags

        def output(self, buf):
            driver_async(self.port, None, nothing, None, None)

        def ready_async(self, data):
            ready()
            driver_output(self.port, b"")

    with emu.attach(scheduler=1) as one, emu.attach(scheduler=2) as two:
        first = open_port(one, D)
        second = two.open_port(("spawn_driver", "d"), ["binary"])
        one.port_command(first, b"")
        two.port_command(second, b"")
        received(two, 1)
        received(one, 1)


@everywhere
def test_a_driver_level_lock_keeps_completions_on_two_schedulers_apart(run):
    def scenario(emu):
        inside = emu.layer.atomic()

        def ready():
            assert inside.add_read(1) == 1
            emu.layer.sleep(1_000_000)
            assert inside.add_read(-1) == 0

        two_ports(emu, 0, ready)

    run(scenario, schedulers=2, async_threads=2)


@everywhere
def test_with_port_level_locks_completions_on_two_schedulers_overlap(run):
    def scenario(emu):
        inside = emu.layer.atomic()

        def ready():
            inside.add_read(1)
            until(emu, lambda: inside.read() == 2)  # neither returns before the other has begun

        two_ports(emu, ERL_DRV_FLAG_USE_PORT_LOCKING, ready)

    run(scenario, schedulers=2, async_threads=2)
