"""The frozen statistics views: what they say, that they take nothing, and that they can be sent to another process."""

import pickle
import threading

import pytest

from erts_emu import Emulator
from erts_emu.driver import Driver, driver_async, driver_deq, driver_enq, driver_output, set_busy_port
from tests.helpers import open_port


class ViewedDriver(Driver):
    driver_name = "viewed_drv"

    def output(self, data):
        if data == b"busy":
            set_busy_port(self.port, 1)
        elif data == b"queue":
            driver_enq(self.port, b"12345")
        elif data == b"drop":
            driver_deq(self.port, 5)
        elif data == b"job":
            driver_async(self.port, None, lambda job: None, "job", None)
        else:
            driver_output(self.port, data)

    def ready_async(self, data):
        driver_output(self.port, b"done")


@pytest.fixture
def port(me):
    return open_port(me, ViewedDriver)


def test_a_port_says_who_owns_it_and_what_waits_for_it(emu, me, port):
    me.port_command(port, b"abc")
    me.port_command(port, b"queue")
    me.register("viewed", port)
    (view,) = emu.ports.statistics()
    assert (view.id, view.driver, view.owner, view.registered_name) == (port, "viewed_drv", me.pid, "viewed")
    assert (view.bytes_in, view.bytes_out, view.queue_bytes) == (3, 8, 5)
    assert view.links == (me.pid,)
    assert view.states == ()
    assert not view.locked
    assert emu.ports.find_statistics(port.number) == view
    me.port_command(port, b"drop")


def test_a_busy_port_and_its_suspended_sender_say_so(emu, me, port):
    me.port_command(port, b"busy")

    async def sender(self):
        await self.port_command(port, b"more")

    process = emu.spawn(sender)
    me.sleep(0.01)
    view = emu.ports.find_statistics(port.number)
    assert view.states == ("busy",)
    assert view.suspended == (process.pid,)
    seen = {each.pid: each for each in emu.processes.statistics()}[process.pid]
    assert (seen.state, seen.waits_for) == ("suspended", port)


def test_a_port_that_has_gone_has_no_view(emu, me, port):
    me.port_close(port)
    assert emu.ports.statistics() == []
    assert emu.ports.find_statistics(port.number) is None


def test_a_driver_says_how_many_ports_and_which_callbacks_it_has(emu, me, port):
    (view,) = emu.ddll.statistics()
    assert (view.name, view.locking) == ("viewed_drv", "driver")
    assert (view.ports, view.users) == (1, (me.pid,))
    assert {"output", "ready_async"} <= set(view.callbacks)
    assert "flush" not in view.callbacks


def test_schedulers_and_async_threads_say_what_they_have_done(emu, me, port):
    me.port_command(port, b"job")
    me.receive()
    scheduler = emu.schedulers[0].statistics()
    assert (scheduler.id, scheduler.online, scheduler.ready_jobs, scheduler.ready_queue) == (1, True, 1, 0)
    (thread,) = emu.async_pool.statistics().threads
    assert (thread.name, thread.jobs, thread.queued, thread.longest_queue) == ("async_1", 1, 0, 1)
    assert (thread.state, thread.microstates) == (None, {})


def test_with_microstate_accounting_threads_say_where_their_time_goes():
    with Emulator(threads="simulated", msacc=True) as emu, emu.attach() as me:
        me.sleep(0.5)
        scheduler = emu.schedulers[0].statistics()
        assert scheduler.state is not None
        assert scheduler.microstates["sleep"] == 500_000_000
        assert set(emu.async_pool.statistics().threads[0].microstates) == set(scheduler.microstates)


def test_the_time_of_processes_is_emulator_time_and_that_of_callbacks_is_port_time():
    class SlowDriver(Driver):
        driver_name = "slow_drv"

        def output(self, data):
            emu.layer.sleep(3_000_000)

    async def work(process):
        await process.erl_ddll.load(SlowDriver, "slow_drv")
        port = await process.open_port(("spawn_driver", "slow_drv"), [])
        await process.port_command(port, b"")
        emu.layer.sleep(2_000_000)
        await process.port_close(port)

    with Emulator(threads="simulated", msacc=True) as emu:
        emu.run(work)
        microstates = emu.schedulers[0].statistics().microstates
        assert (microstates["emulator"], microstates["port"]) == (2_000_000, 3_000_000)


def test_microstate_accounting_is_turned_on_and_off_while_the_emulator_works():
    with Emulator(async_threads=2) as emu, emu.attach() as me:
        port = open_port(me, ViewedDriver)
        assert emu.microstates() == []
        stop = []

        def turn():
            while not stop:
                emu.account_microstates(not emu.msacc_enabled)

        thread = threading.Thread(target=turn)
        thread.start()
        for _ in range(300):
            me.port_command(port, b"job")
            me.receive()
        stop.append(True)
        thread.join()
        emu.account_microstates(True)
        assert emu.account_microstates(True) is True
        for _ in range(40):
            me.port_command(port, b"job")
            me.receive()
        assert emu.schedulers[0].statistics().microstates["port"] > 0
        assert all(each.microstates["port"] > 0 for each in emu.async_pool.statistics().threads)
        assert emu.account_microstates(False) is True
        me.port_command(port, b"job")
        assert me.receive()[1][1] == b"done"
        assert emu.schedulers[0].statistics().microstates == {}


def test_each_lock_says_how_often_it_was_tried_and_whether_it_is_held(emu, me, port):
    lock = emu.locks.mutex("run_queue", "mine")
    lock.acquire()
    lock.acquire(False)
    views = {(view.name, view.ident): view for view in emu.locks.instances()}
    assert (views["run_queue", "mine"].tries, views["run_queue", "mine"].collisions) == (2, 1)
    assert views["run_queue", "mine"].held is True
    assert views["driver_list", ""].held is None
    lock.release()
    assert lock.statistics().held is False


def test_looking_is_no_step_of_a_simulation(emu, me, port):
    before = emu.layer.steps
    pickled = pickle.dumps(
        [
            emu.ports.statistics(),
            emu.processes.statistics(),
            emu.ddll.statistics(),
            emu.locks.instances(),
            emu.async_pool.statistics(),
            [scheduler.statistics() for scheduler in emu.schedulers],
        ]
    )
    assert emu.layer.steps == before
    assert pickle.loads(pickled)[0] == emu.ports.statistics(), "a view survives the way to another process"


def test_a_simulation_can_be_dropped_where_it_stands():
    class StuckDriver(Driver):
        driver_name = "stuck_drv"
        stopped = False

        def stop(self):
            StuckDriver.stopped = True

    emulator = Emulator(threads="simulated", strict=False)
    with emulator.attach() as process:
        open_port(process, StuckDriver)
        emulator.ports.table[5].lock.acquire()
        emulator.abandon()
    assert emulator.halted
    assert not StuckDriver.stopped
    emulator.halt()


def test_real_threads_cannot_be_dropped():
    with Emulator() as emulator, pytest.raises(TypeError, match="halt"):
        emulator.abandon()


def test_of_many_ports_the_first_ones_can_be_asked_for(emu, me):
    ports = [open_port(me, ViewedDriver) for _ in range(5)]
    assert [view.id for view in emu.ports.statistics(3)] == ports[:3]
    assert [view.id for view in emu.ports.statistics()] == ports
