"""Schedulers: what one turn does, priorities, budgets, sleeping, stealing, visitors (``scheduling.md`` §5 to §8)."""

import threading
from collections import Counter
from itertools import groupby

import pytest
from helpers import (
    Gate,
    Log,
    every_schedule,
    everywhere,
    in_order,
    on_real_threads,
    open_port,
    received,
    schedules,
    simulated,
    until,
)

from erts_emu import Emulator
from erts_emu.driver import (
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    Driver,
    Pointer,
    driver_async,
    driver_output,
    driver_set_timer,
)
from erts_emu.port_task import CALL_REDS, CALLBACK_REDS, SIGNAL_REDS, PortTask
from erts_emu.scheduler import AuxWork
from erts_emu.terms import Atom


def nothing(data=None):
    """Do nothing."""


def port_of(emu, port):
    return emu.ports.table[port.number]


def on_scheduler(emu, operation, number=1):
    """Run *operation* in the seat of a scheduler, as a misc operation, and wait until it has run."""
    done = []
    emu.schedulers[number - 1].runq.schedule_misc_op(lambda: (operation(), done.append(True)))
    until(emu, lambda: done)


class Echo(Driver):
    """Sends back what it gets."""

    driver_name = "echo"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def output(self, buf):
        driver_output(self.port, buf)


# --- processes by priority ---


async def slices(process, log, name, count):
    for _ in range(count):
        log.append(name)
        await process.let_others_run()


def run_together(emu, log, *processes):
    """Make processes runnable at once, in the given order, and wait until all have ended."""
    started = []

    def start():
        started.extend(emu.spawn(slices, log, name, count, priority=priority) for name, priority, count in processes)

    on_scheduler(emu, start)
    until(emu, lambda: not any(process.is_alive for process in started))


def test_higher_priorities_run_first():
    def scenario(emu):
        log = Log()
        run_together(emu, log, ("normal", "normal", 3), ("low", "low", 3), ("high", "high", 3), ("max", "max", 3))
        assert log[:9] == ["max"] * 3 + ["high"] * 3 + ["normal"] * 3
        assert log[9:] == ["low"] * 3

    in_order(scenario)
    every_schedule(scenario)


def test_a_low_process_is_passed_over_seven_times_out_of_eight():
    def scenario(emu):
        log = Log()
        run_together(emu, log, ("low", "low", 5), ("normal", "normal", 60))
        runs = [(name, len(list(group))) for name, group in groupby(log)]
        between = [count for name, count in runs if name == "normal"]
        # Seven times it is at the head in vain; after it has run, the other one is at the head once.
        assert between[:5] == [7, 8, 8, 8, 8]
        assert all(count == 1 for name, count in runs if name == "low")

    in_order(scenario)


def test_low_processes_alone_need_not_wait():
    def scenario(emu):
        log = Log()
        run_together(emu, log, ("a", "low", 3), ("b", "low", 3))
        assert sorted(log) == ["a"] * 3 + ["b"] * 3
        assert emu.schedulers[0].turns < 40

    in_order(scenario)


def test_processes_of_one_priority_take_turns():
    def scenario(emu):
        log = Log()
        run_together(emu, log, ("a", "normal", 3), ("b", "normal", 3), ("c", "normal", 3))
        assert log == ["a", "b", "c"] * 3

    in_order(scenario)
    every_schedule(scenario)


def test_a_short_slice_costs_four_hundred_reductions():
    def scenario(emu):
        before = emu.schedulers[0].reductions
        run_together(emu, Log(), ("a", "normal", 4))
        assert emu.schedulers[0].reductions - before == 5 * 400

    in_order(scenario)


def test_a_slice_ends_when_its_reductions_are_used_up():
    """Two processes that receive for ever from a full queue share the scheduler."""

    def scenario(emu):
        log = Log()

        async def reader(process, name):
            for _ in range(9000):
                await process.receive()
                log.append(name)

        processes = [emu.spawn(reader, name) for name in "ab"]
        for process in processes:
            process.inq.extend([None] * 9000)
        until(emu, lambda: not any(process.is_alive for process in processes))
        runs = [len(list(group)) for _, group in groupby(log)]
        assert max(runs) <= 4000
        assert len(runs) >= 4

    in_order(scenario)


# --- one turn ---


def test_at_most_five_misc_operations_run_a_turn():
    def scenario(emu):
        scheduler = emu.schedulers[0]
        turns = []
        on_scheduler(
            emu, lambda: [scheduler.runq.schedule_misc_op(lambda: turns.append(scheduler.turns)) for _ in range(12)]
        )
        until(emu, lambda: len(turns) == 12)
        assert max(Counter(turns).values()) == 5
        assert len(set(turns)) == 3

    in_order(scenario)
    every_schedule(scenario)
    on_real_threads(scenario)


def test_a_turn_does_timers_aux_work_misc_operations_one_port_and_one_process_in_that_order():
    def scenario(emu):
        scheduler = emu.schedulers[0]
        gate = Gate(emu)
        log = Log()

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, gate.wait, None, None)

            def ready_async(self, data):
                log.append("aux work")

        async def process_body(process):
            log.append("process")

        async def prepare(process):
            """A process runs last in its turn."""
            gate.open()
            until(emu, lambda: scheduler.ready_queue.thr_q.length_dirty() == 1)
            scheduler.timers.set(emu.layer.monotonic(), lambda: log.append("timer"))
            scheduler.runq.schedule_misc_op(lambda: log.append("misc"))
            port_of(emu, port).schedule_task(PortTask("test", lambda: log.append("port")))
            emu.spawn(process_body, scheduler=1)

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            me.sleep(0.01)
            emu.spawn(prepare, scheduler=1)
            until(emu, lambda: len(log) == 5)
        assert log == ["timer", "aux work", "misc", "port", "process"]

    in_order(scenario)
    every_schedule(scenario)


def test_one_port_runs_a_turn_and_ports_take_turns():
    def scenario(emu):
        scheduler = emu.schedulers[0]
        log = Log()
        with emu.attach() as me:
            ports = [open_port(me, Echo), open_port(me, Echo)]

            def prepare():
                for port in ports:
                    for _ in range(20):
                        run = lambda port=port: log.append((scheduler.turns, port))  # noqa: E731
                        port_of(emu, port).schedule_task(PortTask("test", run))

            on_scheduler(emu, prepare)
            until(emu, lambda: len(log) == 40)
        by_turn = [(turn, {port for _, port in group}) for turn, group in groupby(log, key=lambda entry: entry[0])]
        assert [ports_of_turn for _, ports_of_turn in by_turn] == [{ports[0]}, {ports[1]}, {ports[0]}, {ports[1]}]

    in_order(scenario)
    every_schedule(scenario)


@pytest.mark.parametrize(("reds", "per_turn"), [(CALLBACK_REDS, 12), (SIGNAL_REDS, 13), (CALL_REDS, 10)])
def test_a_port_has_a_budget_of_reductions_a_turn(reds, per_turn):
    def scenario(emu):
        scheduler = emu.schedulers[0]
        turns = []
        with emu.attach() as me:
            port = port_of(emu, open_port(me, Echo))
            before = scheduler.reductions

            def prepare():
                for _ in range(3 * per_turn + 4):
                    port.schedule_task(PortTask("test", lambda: turns.append(scheduler.turns), reds))

            on_scheduler(emu, prepare)
            until(emu, lambda: len(turns) == 3 * per_turn + 4)
            assert [len(list(group)) for _, group in groupby(turns)] == [per_turn] * 3 + [4]
            assert scheduler.reductions - before == reds * len(turns), "the virtual part is taken off again"

    in_order(scenario)
    every_schedule(scenario, n=50)


def test_a_hundred_queued_commands_run_twelve_a_turn_between_process_slices():
    def scenario(emu):
        turns = []
        others = []
        scheduler = emu.schedulers[0]

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                turns.append(scheduler.turns)

        async def sender(process, port):
            for _ in range(100):
                await process.send(port, (me.pid, (Atom("command"), b"x")))

        async def bystander(process):
            while len(turns) < 100:
                others.append(scheduler.turns)
                await process.let_others_run()

        with emu.attach() as me:
            port = open_port(me, D, ("parallelism", True))
            on_scheduler(emu, lambda: (emu.spawn(sender, port), emu.spawn(bystander)))
            until(emu, lambda: len(turns) == 100)
        assert [len(list(group)) for _, group in groupby(turns)] == [12] * 8 + [4]
        assert len(set(others) & set(turns)) >= 7, "nearly every one of these turns runs the process too"

    in_order(scenario)


# --- aux work ---


def test_aux_work_flags_have_ertss_bits():
    assert [flag.name for flag in AuxWork] == [
        "DELAYED_AW_WAKEUP", "DD", "DD_THR_PRGR", "FIX_ALLOC_DEALLOC", "FIX_ALLOC_LOWER_LIM", "THR_PRGR_LATER_OP",
        "CNCLD_TMRS", "CNCLD_TMRS_THR_PRGR", "ASYNC_READY", "ASYNC_READY_CLEAN", "MISC_THR_PRGR", "MISC", "SET_TMO",
        "MSEG_CACHE_CHECK", "YIELD", "REAP_PORTS", "DEBUG_WAIT_COMPLETED",
    ]  # fmt: skip
    assert [flag.value for flag in AuxWork] == [1 << bit for bit in range(17)]


@everywhere
def test_a_later_operation_runs_once_thread_progress_has_passed_two_steps(run):
    def scenario(emu):
        log = Log()
        scheduler = emu.schedulers[0]

        def schedule():
            value = scheduler.progress.later()
            emu.schedule_later_op(lambda argument: log.append((argument, emu.progress.has_reached(value))), "x")

        on_scheduler(emu, schedule)
        until(emu, lambda: log)
        assert log == [("x", True)]

    run(scenario, schedulers=2)


@everywhere
def test_a_later_operation_of_a_foreign_thread_runs_on_scheduler_one(run):
    def scenario(emu):
        log = Log()
        emu.schedule_later_op(lambda _: log.append(emu.layer.tsd.scheduler.id), None)
        until(emu, lambda: log)
        assert log == [1]

    run(scenario, schedulers=2)


@simulated
def test_later_operations_are_run_in_bounded_passes(run):
    def scenario(emu):
        scheduler = emu.schedulers[0]
        turns = []
        on_scheduler(
            emu,
            lambda: [emu.schedule_later_op(lambda _: turns.append(scheduler.turns), None) for _ in range(200)],
        )
        until(emu, lambda: len(turns) == 200)
        passes = [len(list(group)) for _, group in groupby(turns)]
        assert passes == [75, 65, 57, 3], "fifty and an eighth of those that are left"

    run(scenario, **schedules(run, 20))


@everywhere
def test_an_idle_ready_queue_shrinks_to_its_marker_and_so_does_the_input_queue(run):
    def scenario(emu):
        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                for _ in range(30):
                    driver_async(self.port, None, nothing, None, None)

            def ready_async(self, data):
                driver_output(self.port, b"")

        queues = [emu.schedulers[0].ready_queue.thr_q, emu.async_pool.threads[0].thr_q]
        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            received(me, 30)
        until(emu, lambda: all((q.statistics().spent, q.statistics().queued) == (0, 0) for q in queues))
        until(emu, lambda: not emu.schedulers[0].aux_flags.value & AuxWork.ASYNC_READY_CLEAN)
        assert emu.async_pool.threads[0].saved == 0

    run(scenario)


# --- sleeping and waking ---


def test_a_job_that_is_queued_but_not_announced_yet_is_no_cleaning_work():
    """Its async thread may be anywhere between the two: a scheduler that went round would never let it go on."""
    with Emulator(threads="simulated") as emu:
        scheduler = emu.schedulers[0]
        ready = scheduler.ready_queue
        job = object()
        ready.thr_q._marker_at = None  # as after a job or two: the marker is put back when the queue is empty
        ready.thr_q.cells.append(job)
        assert any(not scheduler._clean_async_ready() for _ in range(100))
        assert ready.thr_q.has_items()
        ready.thr_q.cells.remove(job)


def test_an_idle_emulator_does_nothing_for_an_hour():
    def scenario(emu):
        with emu.attach() as me:
            port = open_port(me, Echo)
            me.port_command(port, b"x")
            received(me, 1)
        until(emu, lambda: True)
        emu.layer.sleep(1_000_000_000)
        before = (emu.layer.steps, [scheduler.turns for scheduler in emu.schedulers])
        emu.layer.sleep(3600 * 1_000_000_000)
        assert [scheduler.turns for scheduler in emu.schedulers] == before[1]
        assert emu.layer.steps - before[0] < 10

    in_order(scenario, schedulers=3, async_threads=3)
    every_schedule(scenario, n=50, schedulers=3, async_threads=3)


@everywhere
def test_work_added_by_any_thread_wakes_a_sleeping_scheduler(run):
    def scenario(emu):
        log = Log()
        for round_ in range(20):
            emu.schedulers[round_ % 2].runq.schedule_misc_op(lambda: log.append(emu.layer.tsd.scheduler.id))
            until(emu, lambda round_=round_: len(log) == round_ + 1)
        assert log == [1, 2] * 10

    run(scenario, **schedules(run, 50), schedulers=2)


@everywhere
def test_a_long_callback_does_not_keep_another_scheduler_from_its_work(run):
    def scenario(emu):
        gate = Gate(emu)

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                gate.wait()

        async def opener(process):
            gate.open()

        with emu.attach() as me:
            port = open_port(me, D)
            emu.spawn(opener, scheduler=2)
            me.port_command(port, b"")

    run(scenario, schedulers=2)


# --- stealing ---


async def wander(process, log, rounds):
    for _ in range(rounds):
        log.append((process.pid, process.emu.layer.tsd.scheduler.id))
        await process.let_others_run()


@simulated
def test_an_idle_scheduler_takes_processes_that_are_not_bound(run):
    stolen = []

    def scenario(emu):
        free, bound = Log(), Log()
        processes = [emu.spawn(wander, bound, 10, scheduler=number) for number in (1, 2)]

        def start():
            processes.extend(emu.spawn(wander, free, 10) for _ in range(6))

        on_scheduler(emu, start)
        until(emu, lambda: len(processes) == 8 and not any(process.is_alive for process in processes))
        assert {number for pid, number in bound if pid == processes[0].pid} == {1}
        assert {number for pid, number in bound if pid == processes[1].pid} == {2}
        counts = Counter(pid for pid, _ in free)
        assert list(counts.values()) == [10] * 6, "each process ran as often as it wanted, once at a time"
        stolen.append(sum(scheduler.stolen for scheduler in emu.schedulers))
        assert not any(scheduler.runq.low_skips for scheduler in emu.schedulers)

    run(scenario, schedulers=2)
    assert any(stolen) or run is in_order, "in order, a scheduler that has work keeps the other one out"


def test_a_scheduler_with_much_to_do_wakes_an_idle_one_that_then_helps():
    def scenario(emu):
        log = Log()
        processes = []

        async def work(process):
            for _ in range(20):
                log.append((process.pid, emu.layer.tsd.scheduler.id))
                emu.layer.sleep(100_000)
                await process.let_others_run()

        def start():
            processes.extend(emu.spawn(work) for _ in range(12))

        on_scheduler(emu, start)
        until(emu, lambda: len(processes) == 12 and not any(process.is_alive for process in processes))
        helpers = {number for _, number in log}
        assert helpers == {1, 2, 3} if emu.layer.kind == "simulated" else len(helpers) > 1
        assert len(log) == 240

    every_schedule(scenario, n=50, schedulers=3)
    on_real_threads(scenario, schedulers=3)


@simulated
def test_without_work_stealing_everything_stays_where_it_is(run):
    def scenario(emu):
        log = Log()
        processes = []

        def start():
            processes.extend(emu.spawn(wander, log, 5) for _ in range(4))

        on_scheduler(emu, start, 2)
        until(emu, lambda: len(processes) == 4 and not any(process.is_alive for process in processes))
        assert {number for _, number in log} == {2}
        assert sum(scheduler.stolen for scheduler in emu.schedulers) == 0

    run(scenario, **schedules(run, 50), schedulers=2, work_stealing=False)


@simulated
def test_a_stolen_port_is_executed_by_one_scheduler_at_a_time_and_loses_nothing(run):
    def scenario(emu):
        log = Log()
        inside = emu.layer.atomic()

        class D(Driver):
            driver_name = "d"
            driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

            def output(self, buf):
                assert inside.add_read(1) == 1
                log.append(buf[0])
                assert inside.add_read(-1) == 0

        async def sender(process, port, owner):
            for number in range(40):
                await process.send(port, (owner, (Atom("command"), bytes([number]))))
                await process.let_others_run()

        with emu.attach() as me:
            port = open_port(me, D, ("parallelism", True))
            emu.spawn(wander, Log(), 20, scheduler=2)
            process = emu.spawn(sender, port, me.pid, scheduler=1)
            me.wait_for(process)
            until(emu, lambda: len(log) == 40)
        assert log == [*range(40)]

    run(scenario, schedulers=2)


@simulated
def test_a_low_priority_process_that_is_stolen_leaves_nothing_behind(run):
    def scenario(emu):
        processes = []

        def start():
            priorities = ("low", "normal") * 3
            processes.extend(emu.spawn(slices, Log(), "x", 10, priority=priority) for priority in priorities)

        emu.spawn(wander, Log(), 10, scheduler=2)
        on_scheduler(emu, start)
        until(emu, lambda: len(processes) == 6 and not any(process.is_alive for process in processes))
        assert [scheduler.runq.low_skips for scheduler in emu.schedulers] == [{}, {}]
        assert [scheduler.runq.length for scheduler in emu.schedulers] == [0, 0]

    run(scenario, schedulers=2)


# --- visitors ---


@pytest.mark.parametrize("checked", [False, True])
def test_several_python_threads_may_visit_one_scheduler(checked):
    with Emulator(schedulers=1, async_threads=2, lock_checker=checked, strict=True) as emu:
        failures = []

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, nothing, buf, None)

            def ready_async(self, data):
                driver_output(self.port, data)

        with emu.attach() as me:
            me.erl_ddll.load(D, "d")

            def visit(name):
                try:
                    with emu.attach() as mine:
                        port = mine.open_port(("spawn_driver", "d"), ["binary"])
                        for number in range(60):
                            data = f"{name} {number}".encode()
                            mine.port_command(port, data)
                            assert received(mine, 1) == [data]
                except BaseException as error:
                    failures.append(error)
                    raise

            threads = [threading.Thread(target=visit, args=(name,)) for name in "abc"]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert failures == []
        assert emu.schedulers[0].ready_jobs == 180


@everywhere
def test_two_attached_processes_on_one_scheduler_talk_to_each_other(run):
    def scenario(emu):
        async def echo(process):
            for _ in range(10):
                sender, number = await process.receive()
                await process.send(sender, number + 1)

        with emu.attach() as me:
            other = emu.spawn(echo)
            number = 0
            for _ in range(10):
                me.send(other.pid, (me.pid, number))
                number = me.receive()
            assert number == 10
            me.wait_for(other)

    run(scenario)


# --- under load ---


@pytest.mark.parametrize("checked", [False, True])
@pytest.mark.parametrize("flags", [0, ERL_DRV_FLAG_USE_PORT_LOCKING])
def test_several_schedulers_under_load_lose_nothing_and_complete_at_home(checked, flags):
    class D(Driver):
        driver_name = "d"
        driver_flags = flags

        def control(self, command, buf):
            home = self.emu.layer.tsd.scheduler.id
            driver_async(self.port, Pointer(command) if command % 2 else None, nothing, (home, buf), freed.append)
            return b""

        def start(self, command):
            self.emu = emu

        def ready_async(self, data):
            home, buf = data
            driver_output(self.port, bytes([home == self.emu.layer.tsd.scheduler.id]) + buf)

    async def client(process):
        port = await process.open_port(("spawn_driver", "d"), ["binary"])
        for number in range(40):
            await process.port_control(port, number, number.to_bytes(2))
            if number % 5 == 0:
                await process.let_others_run()
        results = [(await process.receive())[1][1] for _ in range(40)]
        assert all(result[0] == 1 for result in results), "completed where it was submitted"
        assert sorted(int.from_bytes(result[1:]) for result in results) == [*range(40)]
        await process.port_close(port)

    freed = []
    with Emulator(schedulers=4, async_threads=3, lock_checker=checked, strict=True) as emu, emu.attach() as me:
        me.erl_ddll.load(D, "d")
        processes = [emu.spawn(client, scheduler=1 + number % 4 if number % 2 else None) for number in range(16)]
        for process in processes:
            me.wait_for(process)
            process.outcome()
        assert freed == []
        assert sum(scheduler.ready_jobs for scheduler in emu.schedulers) == 16 * 40
        handle = emu.ddll.find("d").handle
        until(emu, lambda: handle.refc == 1)
        assert (handle.port_count, len(emu.ports)) == (0, 0)


def test_a_scheduler_describes_itself_and_counts(emu, me):
    me.port_command(open_port(me, Echo), b"x")
    received(me, 1)
    scheduler = emu.schedulers[0]
    assert repr(scheduler) == "<Scheduler 1 <RunQueue 1: 0 processes, 0 ports>>"
    stats = scheduler.statistics()
    assert stats.turns == scheduler.turns
    assert stats.reductions == scheduler.reductions
    assert stats.stolen == 0


# --- online and offline ---


async def tell_where(process, receiver):
    """Answer every message with the number of the scheduler this runs on."""
    while await process.receive() != "end":
        await process.send(receiver, process.emu.layer.tsd.scheduler.id)


@everywhere
def test_what_is_not_bound_moves_away_from_a_scheduler_that_goes_offline(run):
    def scenario(emu):
        with emu.attach() as me:
            free = emu.spawn(tell_where, me.pid, scheduler=3)
            free.bound = False
            me.send(free.pid, "where")
            assert me.receive(timeout=20) == 3
            assert emu.set_schedulers_online(1) == 3
            me.send(free.pid, "where")
            assert me.receive(timeout=20) == 1

    run(scenario, schedulers=3, work_stealing=False)


@everywhere
def test_bound_processes_wait_until_their_scheduler_is_online_again(run):
    def scenario(emu):
        with emu.attach() as me:
            bound = emu.spawn(tell_where, me.pid, scheduler=2)
            me.send(bound.pid, "where")
            assert me.receive(timeout=20) == 2
            emu.set_schedulers_online(1)
            me.send(bound.pid, "where")
            me.sleep(0.02)
            assert me.flush() == []
            assert emu.set_schedulers_online(2) == 1
            assert me.receive(timeout=20) == 2

    run(scenario, schedulers=2)


@everywhere
def test_timers_and_port_tasks_of_an_offline_scheduler_are_not_lost(run):
    def scenario(emu):
        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_set_timer(self.port, 5)

            def timeout(self):
                driver_output(self.port, b"timeout")

        async def start_timer(process, receiver):
            port = await process.open_port(("spawn_driver", "d"), ["binary"])
            await process.port_command(port, b"")
            await process.port_connect(port, receiver)
            await process.unlink(port)

        with emu.attach() as me:
            me.erl_ddll.load(D, "d")
            emu.spawn(start_timer, me.pid, scheduler=2)
            until(emu, lambda: emu.ports.all() and emu.ports.all()[0].connected == me.pid)
            emu.set_schedulers_online(1)
            assert me.receive(timeout=20)[1][1] == b"timeout"

    run(scenario, schedulers=2, work_stealing=False)


def test_some_schedulers_may_be_offline_from_the_start():
    with Emulator(threads="simulated", schedulers=3, schedulers_online=1) as emu, emu.attach() as me:
        assert [scheduler.online for scheduler in emu.schedulers] == [True, False, False]
        with pytest.raises(ValueError, match="scheduler is an integer between 1 and 1, not 2"):
            emu.attach(scheduler=2)
        process = emu.spawn(tell_where, me.pid)
        me.send(process.pid, "where")
        assert me.receive() == 1
        me.send(process.pid, "end")


@pytest.mark.parametrize("count", [0, 3, -1, "1", None])
def test_what_is_no_number_of_schedulers_online(count):
    with (
        Emulator(threads="simulated", schedulers=2) as emu,
        pytest.raises(ValueError, match="schedulers_online is an integer between 1 and 2"),
    ):
        emu.set_schedulers_online(count)
