"""Named locks: their order, what the lock checker reports, what the counters count (``scheduling.md`` §10)."""

from pathlib import Path

import pytest
from helpers import every_schedule, everywhere, in_order, open_port, received, schedules, until

from erts_emu import Emulator
from erts_emu.driver import (
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    Driver,
    driver_async,
    driver_output,
    driver_pdl_create,
    driver_pdl_lock,
    driver_pdl_unlock,
)
from erts_emu.ethread import DeadlockError, RealThreads, SeededRandom, SimulatedThreads
from erts_emu.locks import (
    LOCK_ORDER,
    LockCounts,
    LockError,
    LockNotHeld,
    LockOrderViolation,
    Locks,
    NotLockOwner,
    SelfDeadlock,
)
from erts_emu.terms import Atom, PortId

HERE = Path(__file__).name


@pytest.fixture(params=[SimulatedThreads, RealThreads])
def locks(request):
    """A lock maker with the checker on."""
    layer = request.param()
    layer.tsd.name = "scheduler 1"
    return Locks(layer, check=True)


# --- the order ---


def test_the_order_has_the_eighty_one_classes_of_otp_25():
    """The numbered table of the reference, whole."""
    table = """1 driver_lock 2 port_lock 3 port_data_lock 4 reg_tab 5 proc_main 6 old_code 7 nif_call_tab
    8 nodes_monitors 9 meta_name_tab 10 db_tab 11 db_tab_fix 12 db_hash_slot 13 erl_db_catree_base_node
    14 erl_db_catree_route_node
    15 resource_monitors 16 driver_list 17 dist_entry 18 proc_msgq 19 proc_btm 20 dist_entry_links
    21 update_persistent_term_permission 22 persistent_term_delete_permission 23 code_write_permission
    24 purge_state 25 proc_status 26 proc_trace 27 node_table 28 dist_table 29 sys_tracers 30 export_tab 31 fun_tab
    32 environ 33 release_literal_areas 34 drv_ev_state_grow 35 drv_ev_state 36 safe_hash 37 state_prealloc
    38 schdlr_sspnd 39 migration_info_update 40 run_queue 41 dirty_run_queue_sleep_list 42 dirty_gc_info
    43 dirty_break_point_index 44 process_table 45 cpu_info 46 pollset 47 block_poll_thread 48 alcu_init_atoms
    49 mseg_init_atoms 50 mmap_init_atoms 51 drv_tsd 52 async_enq_mtx 53 msacc_list_mutex 54 msacc_unmanaged_mutex
    55 atom_tab 56 dist_entry_out_queue 57 port_sched_lock 58 sys_msg_q 59 tracer_mtx 60 port_table
    61 magic_ref_table 62 pid_ref_table 63 instr_x 64 instr 65 dyn_lock_check 66 nif_load 67 alcu_allocator 68 mseg
    69 get_time 70 get_corrected_time 71 runtime 72 pix_lock 73 sched_stat 74 async_init_mtx 75 os_monotonic_time
    76 erts_alloc_hard_debug 77 hard_dbg_mseg 78 perf 79 jit_debug_descriptor 80 erts_mmap
    81 proc_sig_queue_buffer""".split()
    assert [int(number) for number in table[::2]] == [*range(1, 82)]
    assert tuple(table[1::2]) == LOCK_ORDER
    assert len(set(LOCK_ORDER)) == 81


def test_locks_are_taken_upwards(locks):
    taken = [locks.mutex(name, None) for name in LOCK_ORDER]
    for mutex in taken:
        mutex.acquire()
    for mutex in taken:
        mutex.release()
    assert locks.checker.held() == []


def test_a_lower_class_after_a_higher_one_is_an_order_violation(locks):
    later, earlier = locks.mutex("run_queue", 1), locks.mutex("driver_lock", "d")
    later.acquire()
    with pytest.raises(LockOrderViolation) as caught:
        earlier.acquire()
    text = str(caught.value)
    assert text.startswith("scheduler 1 takes driver_lock:d[mutex] at ")
    assert f"{HERE}:" in text
    assert f"'run_queue:1[mutex]({__file__}:" in text
    assert "(none) comes later in the lock order" in text
    assert caught.value.lock == "driver_lock:d"
    assert not earlier.locked()


def test_the_order_counts_and_not_the_time_of_taking(locks):
    """Held are a high one and, by trying, a low one: the highest of them decides."""
    high, low, middle = locks.mutex("port_table", None), locks.mutex("driver_lock", "d"), locks.mutex("run_queue", 1)
    high.acquire()
    assert low.acquire(False) is True, "a try cannot deadlock"
    with pytest.raises(LockOrderViolation, match="'port_table"):
        middle.acquire()


@pytest.mark.parametrize(
    ("first", "second"),
    [(1, 2), (PortId(5), PortId(6)), (PortId(9), PortId(10))],
)
def test_within_a_class_the_lower_instance_comes_first(locks, first, second):
    low, high = locks.mutex("port_data_lock", first), locks.mutex("port_data_lock", second)
    low.acquire()
    high.acquire()
    high.release()
    low.release()
    high.acquire()
    with pytest.raises(LockOrderViolation, match="of one class the lower instance"):
        low.acquire()


def test_readers_writer_locks_obey_the_order_too(locks):
    driver_list, run_queue = locks.rwlock("driver_list"), locks.mutex("run_queue", 1)
    driver_list.rlock()
    run_queue.acquire()
    run_queue.release()
    driver_list.runlock()
    run_queue.acquire()
    for take in (driver_list.rlock, driver_list.rwlock):
        with pytest.raises(LockOrderViolation):
            take()
    assert driver_list.tryrlock()
    driver_list.runlock()


# --- self-deadlock, owners, modes ---


def test_taking_a_lock_twice_would_wait_for_ever(locks):
    mutex = locks.mutex("port_lock", PortId(5))
    mutex.acquire()
    with pytest.raises(
        SelfDeadlock, match=r"takes port_lock:#Port<0\.5>\[mutex\] at .*, which it holds already"
    ) as caught:
        mutex.acquire()
    assert str(caught.value).count(f"{HERE}:") == 2, "where it takes it, and where it took it"
    assert mutex.acquire(False) is False
    mutex.release()


def test_giving_back_what_one_does_not_hold_is_an_error(locks):
    mutex, rwlock = locks.mutex("port_lock", PortId(5)), locks.rwlock("driver_list")
    for give_back in (mutex.release, rwlock.runlock, rwlock.rwunlock):
        with pytest.raises(
            NotLockOwner, match=rf"gives (port_lock|driver_list).* back at .*{HERE}:\d+, which it does not"
        ):
            give_back()


def test_giving_back_what_another_thread_holds_is_an_error(locks):
    mutex = locks.mutex("port_lock", PortId(5))
    mutex.acquire()
    seen = []

    def meddle():
        try:
            mutex.release()
        except NotLockOwner as error:
            seen.append(str(error))

    locks._layer.spawn("other", meddle).join()
    assert seen[0].startswith("unknown gives port_lock")
    assert mutex.locked()


def test_giving_back_in_another_mode_is_an_error(locks):
    rwlock = locks.rwlock("driver_list")
    rwlock.rlock()
    with pytest.raises(NotLockOwner, match=r"gives driver_list back in mode rw at .*, but took it as .*\(r\)"):
        rwlock.rwunlock()
    rwlock.runlock()
    rwlock.rwlock()
    with pytest.raises(NotLockOwner, match=r"in mode r at .*\(rw\)"):
        rwlock.runlock()


def test_locks_may_be_given_back_in_any_order(locks):
    first, second = locks.mutex("driver_lock", "d"), locks.mutex("run_queue", 1)
    first.acquire()
    second.acquire()
    first.release()
    assert locks.checker.holds(second)
    assert not locks.checker.holds(first)
    second.release()


def test_what_is_required_is_checked(locks):
    mutex, other = locks.mutex("port_lock", PortId(5)), locks.mutex("run_queue", 1)
    other.acquire()
    with pytest.raises(
        LockNotHeld, match=r"work needs port_lock:#Port<0\.5> held by the calling thread; scheduler 1 holds 'run"
    ):
        locks.checker.require(mutex, "work")
    with pytest.raises(LockError, match="at a known state"):
        locks.checker.require_none("a known state")
    other.release()
    with pytest.raises(LockNotHeld, match="scheduler 1 holds no lock"):
        locks.checker.require(mutex, "work")
    locks.checker.require_none("a known state")
    mutex.acquire()
    locks.checker.require(mutex, "work")
    mutex.release()


def test_each_thread_holds_its_own_locks(locks):
    mutex = locks.mutex("run_queue", 1)
    mutex.acquire()
    seen = []
    locks._layer.spawn("other", lambda: seen.append(locks.checker.held())).join()
    assert seen == [[]]
    assert [str(item).split("(")[0] for item in locks.checker.held()] == ["'run_queue:1[mutex]"]
    mutex.release()


# --- a driver's own locks ---


def test_the_names_of_a_drivers_locks_must_stay_acyclic(locks):
    a, b, c = (locks.mutex(name, None) for name in "abc")

    def nest(outer, inner):
        outer.acquire()
        try:
            inner.acquire()
            inner.release()
        finally:
            outer.release()

    nest(a, b)
    nest(b, c)
    nest(a, c)
    with pytest.raises(LockOrderViolation, match="a has been taken before c elsewhere"):
        nest(c, a)
    with pytest.raises(LockOrderViolation, match="a has been taken before b elsewhere"):
        nest(b, a)
    nest(a, b)


def test_a_drivers_lock_does_not_mix_with_the_fixed_order(locks):
    mine, run_queue, driver = locks.mutex("mine", None), locks.mutex("run_queue", 1), locks.mutex("driver_lock", "d")
    run_queue.acquire()
    mine.acquire()
    mine.release()
    run_queue.release()
    mine.acquire()
    driver.acquire()
    driver.release()
    mine.release()


# --- counters, costs, descriptions ---


def test_tries_and_collisions_are_counted_by_class():
    layer = SimulatedThreads()
    locks = Locks(layer, count=True)
    first, second = locks.mutex("run_queue", 1), locks.mutex("run_queue", 2)
    rwlock = locks.rwlock("driver_list")
    for mutex in (first, second):
        mutex.acquire()
    thread = layer.spawn("other", lambda: (first.acquire(), first.release(), rwlock.rlock(), rwlock.runlock()))
    layer.sleep(1)
    assert second.acquire(False) is False
    first.release()
    thread.join()
    rwlock.rwlock()
    assert rwlock.tryrwlock() is False
    assert locks.statistics() == {"run_queue": LockCounts(4, 2), "driver_list": LockCounts(3, 1)}
    locks.forget(first)
    assert locks.statistics()["run_queue"] == LockCounts(4, 2), "what was counted stays counted"
    locks.forget(object())


def test_without_observation_a_lock_is_the_layers_own():
    layer = RealThreads()
    locks = Locks(layer)
    assert type(locks.mutex("run_queue", 1)) is type(layer.mutex("run_queue"))
    assert type(locks.rwlock("driver_list")) is type(layer.rwlock("driver_list"))
    assert locks.statistics() == {}
    assert locks.checker is None


def test_a_lock_describes_itself_by_class_and_instance(locks):
    assert repr(locks.mutex("port_lock", PortId(5))) == "<mutex port_lock:#Port<0.5>>"
    assert repr(locks.rwlock("driver_list")) == "<rw_mutex driver_list>"


def test_the_checker_needs_no_deadlock_to_find_one():
    """Opposite orders are reported in every run, although few runs of them would deadlock."""
    for seed in range(20):
        for checked in (True, False):
            layer = SimulatedThreads(SeededRandom(seed))
            locks = Locks(layer, check=checked)
            a, b = locks.mutex("port_data_lock", 5), locks.mutex("port_data_lock", 6)
            caught = []

            def nest(outer, inner, caught=caught):
                outer.acquire()
                try:
                    inner.acquire()
                    inner.release()
                except LockOrderViolation as error:
                    caught.append(error)
                outer.release()

            threads = [
                layer.spawn("up", lambda a=a, b=b, nest=nest: nest(a, b)),
                layer.spawn("down", lambda a=a, b=b, nest=nest: nest(b, a)),
            ]
            try:
                for thread in threads:
                    thread.join()
            except DeadlockError:
                assert not checked
                layer.close()
            assert len(caught) == checked


# --- in the emulator ---


@everywhere
def test_the_emulator_itself_obeys_the_order(run):
    """Loading, opening, jobs with a PDL, closing, unloading, with every lock checked on real threads too."""

    def scenario(emu):
        class D(Driver):
            driver_name = "d"

            def start(self, command):
                self.pdl = driver_pdl_create(self.port)

            def output(self, buf):
                driver_async(self.port, None, self.invoke, buf, None)

            def invoke(self, data):
                driver_pdl_lock(self.pdl)
                driver_pdl_unlock(self.pdl)

            def ready_async(self, data):
                driver_output(self.port, data)

        with emu.attach() as me:
            port = open_port(me, D)
            for _ in range(3):
                me.port_command(port, b"x")
            received(me, 3)
            me.port_close(port)
            me.erl_ddll.unload_driver("d")
            assert emu.locks.checker.held() == []

    run(scenario, schedulers=2, async_threads=2, lock_checker=True)


@pytest.mark.parametrize("run", [in_order, every_schedule])
def test_two_pdls_are_taken_in_the_order_of_their_ports(run):
    def scenario(emu):
        pdls = []

        class D(Driver):
            driver_name = "d"

            def start(self, command):
                pdls.append(driver_pdl_create(self.port))

            def control(self, command, buf):
                first, second = pdls if command else reversed(pdls)
                driver_pdl_lock(first)
                try:
                    driver_pdl_lock(second)
                    driver_pdl_unlock(second)
                finally:
                    driver_pdl_unlock(first)
                return b"taken"

        with emu.attach(trap_exit=True) as me:
            one = open_port(me, D)
            me.open_port(("spawn_driver", "d"))
            assert bytes(me.port_control(one, 1, b"")) == b"taken"
            with pytest.raises(ValueError, match="badarg"):
                me.port_control(one, 0, b"")
            assert me.receive() == (Atom("EXIT"), one, Atom("driver_raised"))
        (error,) = emu.driver_errors
        assert isinstance(error.__cause__, LockOrderViolation)

    run(scenario, strict=False)


def test_a_job_that_calls_the_port_fails_it_and_leaves_the_others_alone():
    def scenario(emu):
        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, lambda _: driver_output(self.port, buf), None, None)

        with emu.attach(trap_exit=True) as me:
            bad, good = open_port(me, D), open_port(me, D)
            me.port_command(bad, b"x")
            assert me.receive() == (Atom("EXIT"), bad, Atom("driver_raised"))
            assert good in me.ports()
        (error,) = emu.driver_errors
        assert isinstance(error.__cause__, LockNotHeld)
        assert error.__cause__.lock == "driver_lock:d"

    in_order(scenario, strict=False)
    every_schedule(scenario, strict=False)


def test_without_the_checker_the_same_call_works_as_on_a_release_emulator():
    def scenario(emu):
        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, lambda _: driver_output(self.port, buf), None, None)

        with emu.attach() as me:
            port = open_port(me, D)
            me.port_command(port, b"from the job")
            assert received(me, 1) == [b"from the job"]

    in_order(scenario, lock_checker=False)


def test_a_pdl_left_locked_by_a_callback_is_seen():
    """ERTS compares the locks held after a callback with those before."""

    def scenario(emu):
        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_pdl_lock(driver_pdl_create(self.port))
                if buf == b"raise":
                    raise KeyError

        with emu.attach(trap_exit=True) as me:
            keeps, raises = open_port(me, D), open_port(me, D)
            for port, data in ((keeps, b""), (raises, b"raise")):
                me.port_command(port, data)
                assert me.receive() == (Atom("EXIT"), port, Atom("driver_raised"))
        kept, raised = emu.driver_errors
        assert type(kept.__cause__) is LockError
        assert "returned from output still holding 'port_data_lock:#Port<0.5>[mutex](" in str(kept.__cause__)
        assert isinstance(raised.__cause__, KeyError)

    in_order(scenario, strict=False)
    every_schedule(scenario, strict=False)


@everywhere
def test_counters_count_in_a_running_emulator(run):
    def scenario(emu):
        class D(Driver):
            driver_name = "d"

            def output(self, buf):
                driver_async(self.port, None, lambda _: None, None, None)

            def ready_async(self, data):
                driver_output(self.port, b"")

        with emu.attach() as me:
            port = open_port(me, D)
            for _ in range(10):
                me.port_command(port, b"x")
            received(me, 10)
            until(emu, lambda: emu.statistics().locks["async_enq_mtx"].tries == 10)
            locks = emu.statistics().locks
            assert locks["driver_lock"].tries >= 20
            assert locks["async_enq_mtx"].collisions == 0, "one async thread has nobody to collide with"
            assert locks["driver_list"].tries >= 2

    run(scenario, lock_counters=True)


@everywhere
def test_destroyed_locks_leave_nothing_but_their_counts(run):
    """Processes, ports and port data locks come and go; what the checker keeps does not grow."""

    def scenario(emu):
        class D(Driver):
            driver_name = "d"
            driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

            def start(self, command):
                driver_pdl_create(self.port)

        async def live(process):
            await process.port_close(await process.open_port(("spawn_driver", "d")))

        with emu.attach() as me:
            me.erl_ddll.load(D, "d")
            before = emu.locks.observed_count()
            for _ in range(5):
                me.wait_for(emu.spawn(live))
            until(emu, lambda: emu.locks.observed_count() == before)
            assert emu.locks.statistics()["port_data_lock"].tries == 0

    run(scenario, lock_checker=True, **schedules(run, 30))


def test_counted_locks_of_ports_that_have_gone_are_forgotten_without_a_checker_too():
    class D(Driver):
        driver_name = "d"
        driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    with Emulator(lock_checker=False, lock_counters=True) as emu, emu.attach() as me:
        me.erl_ddll.load(D, "d")
        before = emu.locks.observed_count()
        for _ in range(20):
            me.port_close(me.open_port(("spawn_driver", "d"), []))
        until(emu, lambda: emu.locks.observed_count() == before)
