"""What ``driver_async`` does before it returns: ids, queue choice, the scheduler to complete on (§5 to §8, §18)."""

import pytest
from helpers import Gate, everywhere, in_order, on_real_threads, open_port, received, traced, until

from erts_emu.driver import (
    INVALID_PORT,
    Driver,
    Pointer,
    driver_async,
    driver_async_port_key,
    driver_failure_atom,
    driver_output,
)


def nothing(data):
    """Do nothing."""


class Numbered(Driver):
    """Tells its caller the id of each job, eight bytes."""

    driver_name = "numbered"

    def control(self, command, buf):
        return driver_async(self.port, None, nothing, None, None).to_bytes(9)


def ids(me, port, count):
    return [int.from_bytes(bytes(me.port_control(port, 0, b""))) for _ in range(count)]


def test_ids_are_one_counter_for_all_drivers_keyed_jobs_included(emu, me):
    class Keyed(Driver):
        driver_name = "keyed"

        def control(self, command, buf):
            return bytes([driver_async(self.port, Pointer(9), nothing, None, None)])

    unkeyed, keyed = open_port(me, Numbered), open_port(me, Keyed)
    assert ids(me, unkeyed, 1) == [1]
    assert me.port_control(keyed, 0, b"") == [2]
    assert ids(me, unkeyed, 2) == [3, 4]
    assert emu.async_pool.statistics().jobs_submitted == 4


def test_ids_past_the_sign_bit_are_folded_and_descend(emu, me):
    port = open_port(me, Numbered)
    emu.async_pool.ids.set(2**63 - 3)
    assert ids(me, port, 2) == [2**63 - 2, 2**63 - 1]
    emu.async_pool.ids.set(2**63)  # the one value that is its own negative is an assertion in ERTS
    assert ids(me, port, 2) == [2**63 - 1, 2**63 - 2]


def test_the_smallest_number_still_is_a_positive_id(emu, me):
    port = open_port(me, Numbered)
    emu.async_pool.ids.set(2**63 - 1)
    assert ids(me, port, 1)[0] > 0


def test_ids_skip_zero_when_the_counter_wraps(emu, me):
    port = open_port(me, Numbered)
    emu.async_pool.ids.set(2**64 - 3)
    assert ids(me, port, 4) == [2, 1, 1, 2]


@everywhere
def test_a_folded_id_chooses_its_thread_like_any_other(run):
    def scenario(emu):
        emu.async_pool.ids.set(2**63)
        with emu.attach() as me:
            invokes = traced(emu, "driver_async_invoke")
            port = open_port(me, Numbered)
            expected = {number: f"async_{number % 3 + 1}" for number in ids(me, port, 5)}
            until(emu, lambda: len(invokes) == 5)
            assert {fields["job"].async_id: fields["thread"].name for _, fields in invokes} == expected

    run(scenario, async_threads=3)


@everywhere
def test_unkeyed_jobs_take_threads_by_id(run):
    def scenario(emu):
        with emu.attach() as me:
            invokes = traced(emu, "driver_async_invoke")
            port = open_port(me, Numbered)
            ids(me, port, 8)
            until(emu, lambda: len(invokes) == 8)
            by_id = {fields["job"].async_id: fields["thread"].name for _, fields in invokes}
            assert by_id[3] == "async_4"
            assert by_id[4] == "async_1"
            assert all(name == f"async_{number % 4 + 1}" for number, name in by_id.items())

    run(scenario, async_threads=4)


def test_async_threads_are_named_by_number(emu):
    threads = emu.async_pool.threads
    assert [thread.name for thread in threads] == ["async_1"]
    assert threads[0].thread.name == "async_1"


def test_the_pool_size_has_ertss_limits(emu, me):
    from erts_emu import Emulator

    for size in (-1, 1025, 2.5, "4"):
        with pytest.raises(ValueError, match="async_threads is an integer between 0 and 1024"):
            Emulator(threads="simulated", async_threads=size)


@pytest.mark.parametrize("run", [on_real_threads, in_order])
def test_a_thousand_and_twenty_four_threads_all_reach_the_barrier(run):
    def scenario(emu):
        assert sorted(fields for fields in (thread.msacc.ident for thread in emu.async_pool.threads)) == [*range(1024)]

    run(scenario, async_threads=1024, msacc=True)


@everywhere
def test_a_foreign_thread_submits_for_scheduler_one(run):
    def scenario(emu):
        class D(Driver):
            driver_name = "d"

            def start(self, command):
                handles.append(self.port)

            def ready_async(self, data):
                driver_output(self.port, bytes([emu.layer.tsd.scheduler.id]))

        handles = []
        with emu.attach(scheduler=2) as me:
            open_port(me, D)
            # This thread stands outside of any scheduler's seat here; only the lock checker would mind.
            assert driver_async(handles[0], None, nothing, None, None) == 1
            assert received(me, 1) == [b"\x01"]

    run(scenario, schedulers=2, lock_checker=False)


@everywhere
def test_a_job_may_finish_before_driver_async_returns_but_completes_after_the_callback(run):
    def scenario(emu):
        log = []
        scheduler = emu.schedulers[0]

        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, lambda _: log.append("invoke"), None, None)
                until(emu, lambda: scheduler.ready_queue.thr_q.length_dirty() == 1)
                log.append("returned")

            def ready_async(self, data):
                log.append("ready")
                driver_output(self.port, b"")

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"")
            received(me, 1)
        assert log == ["invoke", "returned", "ready"]

    run(scenario)


def test_the_port_key_is_the_ports_number_and_zero_for_no_port(emu, me):
    keys = []

    class D(Driver):
        driver_name = "d"

        def control(self, command, buf):
            keys.append(driver_async_port_key(self.port))
            driver_failure_atom(self.port, "over")
            keys.extend((driver_async_port_key(self.port), driver_async_port_key(INVALID_PORT)))
            return b""

    me.trap_exit = True
    port = open_port(me, D)
    me.port_control(port, 0, b"")
    assert keys == [port.number, 0, 0]


def test_the_longest_queue_of_each_thread_is_noted(emu, me):
    gate = Gate(emu)

    class D(Driver):
        driver_name = "d"

        def output(self, buf):
            for invoke in (gate.wait, nothing, nothing, nothing):
                driver_async(self.port, None, invoke, None, None)

    port = open_port(me, D)
    me.port_command(port, b"")
    gate.open()
    until(emu, lambda: emu.async_pool.threads[0].jobs == 4)
    stats = emu.async_pool.statistics().threads[0]
    assert (stats.name, stats.jobs) == ("async_1", 4)
    assert stats.longest_queue == 4
