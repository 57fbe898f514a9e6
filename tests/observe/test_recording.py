"""Recordings: what a run leaves behind, on both kinds of threads; files of it."""

import gc
import random
import re
import threading
import time
import weakref
from typing import ClassVar

import pytest

from erts_emu import Emulator
from erts_emu.driver import (
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    Driver,
    driver_async,
    driver_cancel_timer,
    driver_output,
    driver_pdl_create,
    driver_set_timer,
)
from erts_emu.ethread import SeededRandom
from erts_emu.observe import BadRecording, Recorder, Recording
from erts_emu.observe.chrome_trace import chrome_trace
from erts_emu.observe.folded import folded_stacks
from erts_emu.observe.tape import StoredTape
from erts_emu.trace import TRACEPOINTS
from tests.observe.programs import Doomed

JOB_LIFE = [
    "driver_async",
    "aio_pool_get",
    "driver_async_invoke",
    "driver_async_invoke_return",
    "aio_ready",
    "driver_ready_async",
    "driver_return",
    "aio_done",
]


class Shout(Driver):
    driver_name = "shout_drv"

    def output(self, buf):
        driver_async(self.port, None, self.work, [buf], None)

    @staticmethod
    def work(job):
        job.append(job[0].upper())

    def ready_async(self, job):
        driver_output(self.port, job[1])


def shout(emu, words=(b"hello",), driver=Shout):
    me = emu.attach()
    me.erl_ddll.load_driver(driver, driver.driver_name)
    port = me.open_port(("spawn_driver", driver.driver_name), ["binary"])
    for word in words:
        me.port_command(port, word)
    results = [me.receive(timeout=30)[1][1] for _ in words]
    assert sorted(results) == sorted(word.upper() for word in words)
    me.port_close(port)
    return port


@pytest.fixture(params=["simulated", "real"])
def any_emu(request):
    with Emulator(threads=request.param, async_threads=2) as emulator:
        yield emulator


@pytest.fixture(params=["compiled", "in Python"])
def real_recorder(request):
    with Emulator(threads="real", async_threads=2) as emulator:
        yield emulator, Recorder(emulator, compiled=request.param == "compiled")


def named(recording, *names):
    return [event for event in recording.events() if event.name in names]


def test_one_job_is_seen_at_every_station_with_its_thread(any_emu):
    with any_emu.record() as recording:
        port = shout(any_emu)
    life = [event for event in recording.events() if event.fields.get("job") == 1]
    assert [event.name for event in life] == JOB_LIFE
    assert {event.fields["port"] for event in life[:-1]} == {str(port)}
    assert {event.fields["driver"] for event in life[:-1]} == {"shout_drv"}
    assert [event.thread for event in life] == ["scheduler 1"] + ["async_2"] * 3 + ["scheduler 1"] * 4
    assert life[-1].fields["completed"]


def test_events_come_in_the_order_of_time(any_emu):
    with any_emu.record() as recording:
        shout(any_emu, [b"a", b"b", b"c"])
    times = [event.time_ns for event in recording.events()]
    assert times == sorted(times)
    assert times[0] == 0


def test_every_callback_and_job_that_begins_also_ends(any_emu):
    with any_emu.record() as recording:
        shout(any_emu, [b"x"] * 30)
    open_slices = []
    begun = 0
    for event in recording.events():
        if event.name == "driver_return":
            assert open_slices.pop() == (event.thread, event.fields["callback"])
        elif "callback" in event.fields or event.name == "driver_ready_async":
            begun += 1
            open_slices.append((event.thread, event.fields.get("callback", "ready_async")))
    assert begun == 61 + 1  # start, outputs, results; the driver has no stop of its own
    assert not open_slices
    assert len(named(recording, "driver_async_invoke")) == len(named(recording, "driver_async_invoke_return")) == 30


def test_queue_lengths_rise_and_fall_to_nothing(any_emu):
    with any_emu.record() as recording:
        shout(any_emu, [b"x"] * 30)
    lengths = {}
    for event in named(recording, "queue_length"):
        lengths.setdefault(event.fields["queue"], []).append(event.fields["length"])
    assert set(lengths) == {"async_1", "async_2", "ready 1", "run_queue 1"}
    assert all(min(found) == 0 and max(found) > 0 for found in lengths.values())
    assert [lengths[queue][-1] for queue in ("async_1", "async_2", "ready 1")] == [0, 0, 0]


def test_the_driver_s_reference_count_is_followed_through_jobs(any_emu):
    with any_emu.record() as recording:
        shout(any_emu, [b"x"] * 5)
        handle = any_emu.ddll.drivers[0].handle
        for _ in range(100):
            if handle.refc == 1:
                break
            any_emu.attach().let_work(0.01)
    counts = [event.fields["count"] for event in named(recording, "driver_references")]
    assert counts[:2] == [1, 2]
    assert max(counts) >= 3
    assert counts[-1] == handle.refc


class Locked(Shout):
    driver_name = "locked_drv"

    def start(self, command):
        self.pdl = driver_pdl_create(self.port)


def test_the_port_data_lock_s_references_are_recorded(any_emu):
    with any_emu.record() as recording:
        port = shout(any_emu, driver=Locked)
    counts = [event.fields for event in named(recording, "pdl_references")]
    assert [(fields["port"], fields["count"]) for fields in counts] == [(str(port), 2), (str(port), 1), (str(port), 0)]


class Own(Shout):
    driver_name = "own_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING


@pytest.mark.parametrize(
    "options",
    [{"threads": "simulated"}, {"threads": "real"}, {"threads": "real", "lock_counters": True}],
    ids=["simulated", "real", "real, counted"],
)
def test_callbacks_of_a_port_run_between_taking_its_lock_and_giving_it_back(options):
    with Emulator(**options) as emu, emu.record() as recording:
        port = shout(emu, [b"x"] * 3, Own)
    held = False
    callbacks = 0
    for event in recording.events():
        if event.name in ("lock_acquire", "lock_release") and event.fields["name"] == str(port):
            if event.fields["lock"] == "port_lock":
                assert held is (event.name == "lock_release")
                held = not held
        elif event.name in ("driver_start", "driver_output", "driver_ready_async"):
            callbacks += 1
            assert held
        elif event.name == "driver_return" and "port" in event.fields:
            assert held
    assert not held
    assert callbacks == 7


def test_without_port_locking_the_lock_is_the_driver_s():
    with Emulator(threads="real") as emu, emu.record() as recording:
        shout(emu)
    assert {(event.fields["lock"], event.fields["name"]) for event in named(recording, "lock_acquire")} == {
        ("driver_lock", "shout_drv")
    }


class Picky(Driver):
    driver_name = "picky_drv"

    def output(self, buf):
        raise ValueError("no")


def test_a_callback_that_raises_has_ended_too_and_the_reason_of_the_port_s_end_is_a_text():
    with Emulator(threads="simulated", strict=False) as emu, emu.record() as recording:
        me = emu.attach(trap_exit=True)
        me.erl_ddll.load_driver(Picky, "picky_drv")
        me.port_command(me.open_port(("spawn_driver", "picky_drv"), []), b"x")
    story = [event.name for event in named(recording, "driver_output", "driver_return", "port_exit", "port_terminate")]
    assert story[-4:] == ["driver_output", "port_exit", "port_terminate", "driver_return"]
    assert named(recording, "port_exit")[0].fields["reason"] == "driver_raised"


def test_a_job_whose_port_has_gone_is_freed_and_not_completed(any_emu):
    with any_emu.record() as recording:
        me = any_emu.attach(trap_exit=True)
        me.erl_ddll.load_driver(Doomed, "doomed_drv")
        me.port_command(me.open_port(("spawn_driver", "doomed_drv"), []), b"x")
        for _ in range(1000):
            if named(recording, "aio_done"):
                break
            me.let_work(0.01)
    life = [event.name for event in recording.events() if event.fields.get("job") == 1]
    assert life[-4:] == ["aio_ready", "driver_async_free", "driver_async_free_return", "aio_done"]
    assert not named(recording, "aio_done")[0].fields["completed"]


def test_a_recording_that_begins_in_the_middle_knows_the_ports_and_drivers_there_are(any_emu):
    me = any_emu.attach()
    me.erl_ddll.load_driver(Shout, "shout_drv")
    port = me.open_port(("spawn_driver", "shout_drv"), ["binary"])
    with any_emu.record() as recording:
        me.port_command(port, b"x")
        me.receive(timeout=30)
    assert recording.ports == {str(port): ("shout_drv", "shout_drv")}
    events = list(recording.events())
    assert events[1].fields == {"driver": "shout_drv", "count": 2}
    assert "driver_output" in [event.name for event in events]


def test_a_recorder_that_has_stopped_leaves_no_tracepoint_in_use_and_records_no_more(any_emu):
    with any_emu.record() as recording:
        shout(any_emu)
    before = len(recording)
    assert all(getattr(any_emu.trace, name) is None for name in TRACEPOINTS)
    me = any_emu.attach()
    me.open_port(("spawn_driver", "shout_drv"), [])
    assert len(recording) == before > 0


def test_a_recorder_records_once(emu):
    recorder = Recorder(emu)
    recorder.start()
    recorder.stop()
    recorder.stop()
    with pytest.raises(RuntimeError, match="once"):
        recorder.start()


def test_two_recorders_and_a_listener_hear_the_same(emu):
    heard = []
    emu.trace.subscribe(lambda name, fields: heard.append(name), "driver_output", "driver_ready_async")
    with emu.record() as first, emu.record() as second:
        shout(emu, [b"a", b"b"])
    names = [event.name for event in named(first, "driver_output", "driver_ready_async")]
    assert names == heard == ["driver_output", "driver_output", "driver_ready_async", "driver_ready_async"]
    assert [event.name for event in second.events()] == [event.name for event in first.events()]


def test_simulated_runs_on_the_same_schedule_give_the_same_recording():
    def run():
        with Emulator(threads="simulated", async_threads=2) as emu, emu.record() as recording:
            shout(emu, [b"a", b"b"])
        return list(recording.events())

    first = run()
    assert first == run()
    steps = [event.step for event in first]
    assert steps == sorted(steps)
    assert steps[-1] > 50


def test_what_was_saved_is_loaded_again(any_emu, tmp_path):
    with any_emu.record() as recording:
        shout(any_emu, [b"a", b"b"])
    file = tmp_path / "run.etrace"
    recording.save(file)
    loaded = Recording.load(file)
    assert list(loaded.events()) == list(recording.events())
    assert loaded.ports == recording.ports
    assert loaded.threads == recording.threads == ("scheduler 1", "async_1", "async_2")
    assert loaded.clock == any_emu.layer.kind
    assert len(loaded) == len(recording)
    assert file.stat().st_size < 32 * len(recording) + 4096


def test_a_file_that_is_no_recording_is_refused_with_the_reason(emu, tmp_path):
    with emu.record() as recording:
        shout(emu)
    file = tmp_path / "run.etrace"
    recording.save(file)
    good = file.read_bytes()
    for damaged, reason in [
        (b"", "no recording"),
        (b"PNG" + good, "no recording"),
        (good[:7] + b"\x63" + good[8:], "format 99"),
        (good[:-1], "announces"),
        (good.replace(b'"clock"', b'"clack"'), "damaged tables"),
    ]:
        file.write_bytes(damaged)
        with pytest.raises(BadRecording, match=reason):
            Recording.load(file)


def test_a_growing_recording_can_be_read(any_emu):
    with any_emu.record() as recording:
        me = any_emu.attach()
        me.erl_ddll.load_driver(Shout, "shout_drv")
        first = list(recording.events())
        me.open_port(("spawn_driver", "shout_drv"), [])
        second = list(recording.events())
        assert second[: len(first)] == first
        assert len(second) > len(first)


def test_probes_written_in_c_and_in_python_record_the_same(real_recorder):
    emu, recorder = real_recorder
    with recorder as recording:
        port = shout(emu)
    story = [(event.thread, event.name) for event in recording.events() if event.fields.get("port") == str(port)]
    assert story == [
        ("scheduler 1", "driver_start"),
        ("scheduler 1", "driver_return"),
        ("scheduler 1", "port_open"),
        ("scheduler 1", "driver_output"),
        ("scheduler 1", "driver_async"),
        ("scheduler 1", "driver_return"),
        ("async_2", "aio_pool_get"),
        ("async_2", "driver_async_invoke"),
        ("async_2", "driver_async_invoke_return"),
        ("scheduler 1", "aio_ready"),
        ("scheduler 1", "driver_ready_async"),
        ("scheduler 1", "port_send"),
        ("scheduler 1", "driver_return"),
        ("scheduler 1", "aio_done"),
        ("scheduler 1", "port_exit"),
        ("scheduler 1", "port_terminate"),
    ]
    sent = named(recording, "port_send")[0]
    assert sent.fields["process"] == "<0.80.0>"
    assert named(recording, "driver_init")[0].fields == {"callback": "init", "driver": "shout_drv"}


def test_the_times_of_real_threads_are_those_of_the_clock(real_recorder):
    emu, recorder = real_recorder
    recorder.start()
    began = time.monotonic_ns()
    me = emu.attach()
    me.erl_ddll.load_driver(Shout, "shout_drv")
    time.sleep(0.02)
    port = me.open_port(("spawn_driver", "shout_drv"), [])
    ended = time.monotonic_ns()
    recorder.stop()
    times = {event.name: event.time_ns for event in recorder.recording.events()}
    assert 20_000_000 <= times["driver_start"] - times["driver_init"] <= (ended - began) * 1.001
    assert port


def test_many_threads_write_whole_records(real_recorder):
    emu, recorder = real_recorder
    with recorder as recording:
        shout(emu, [b"x"] * 2000)
    numbers = {name: sorted(event.fields["job"] for event in named(recording, name)) for name in JOB_LIFE[:4]}
    assert all(found == list(range(1, 2001)) for found in numbers.values())
    assert len(recording) > 2000 * 6


@pytest.mark.parametrize("threads", ["simulated", "real"])
def test_a_recording_does_not_keep_its_recorder_and_emulator_alive(threads):
    with Emulator(threads=threads) as emu:
        recorder = Recorder(emu)
        with recorder as recording:
            shout(emu)
    gone = weakref.ref(recorder)
    del recorder
    gc.collect()
    assert gone() is None
    assert len(recording) > 10


@pytest.mark.parametrize("threads", ["simulated", "real"])
def test_without_async_threads_ready_async_is_of_no_job(threads):
    with Emulator(threads=threads, async_threads=0) as emu, emu.record() as recording:
        port = shout(emu)
    [begun] = named(recording, "driver_ready_async")
    assert begun.fields == {"job": 0, "port": str(port), "driver": "shout_drv"}
    returned = [event.fields["callback"] for event in named(recording, "driver_return")]
    assert returned == ["init", "start", "ready_async", "output"]
    assert not named(recording, "driver_async", "aio_ready")
    assert chrome_trace(recording)["traceEvents"]
    assert "output shout_drv;ready_async shout_drv " in folded_stacks(recording)
    assert "<svg" in recording.port(port).svg()


def test_the_jobs_of_a_recording_are_in_the_order_in_which_they_were_asked_for(any_emu):
    with any_emu.record() as recording:
        shout(any_emu, [b"x"] * 4)
    assert recording.jobs == (1, 2, 3, 4)


class Slow(Shout):
    """Gives others the time to want the driver's lock, which all its ports share."""

    driver_name = "slow_drv"

    def output(self, buf):
        for _ in range(5):
            driver_output(self.port, buf)
        driver_set_timer(self.port, 0)

    def timeout(self):
        self.output(b"y")
        driver_cancel_timer(self.port)


async def _use(process, driver):
    port = await process.open_port(("spawn_driver", driver), [])
    for _ in range(20):
        await process.port_command(port, b"x")
    await process.port_close(port)


def record_contention(seed):
    with Emulator(threads="simulated", schedulers=2, strategy=SeededRandom(seed), strict=False) as emu:
        me = emu.attach(trap_exit=True)
        me.erl_ddll.load_driver(Slow, "slow_drv")
        with emu.record() as recording:
            for process in [emu.spawn(_use, "slow_drv", scheduler=number) for number in (1, 2)]:
                me.wait_for(process)
    return recording


def test_who_waits_for_a_lock_is_recorded_and_gets_it_afterwards():
    satisfied = 0
    for seed in range(4):
        waiting = set()
        for event in named(record_contention(seed), "lock_contended", "lock_acquire"):
            lock = (event.thread, event.fields["lock"], event.fields["name"])
            if event.name == "lock_contended":
                waiting.add(lock)
            elif lock in waiting:
                waiting.remove(lock)
                satisfied += 1
        assert {lock for _, lock, _ in waiting} <= {"driver_lock", "run_queue"}  # only tried: a request becomes a task
    assert satisfied > 4


class Patient(Shout):
    """Its jobs wait until they are let go."""

    driver_name = "patient_drv"
    gates: ClassVar = {}

    @staticmethod
    def work(job):
        Patient.gates[job[0]].wait(30)
        job.append(job[0].upper())


def test_what_ends_is_what_has_begun_even_if_recorders_come_and_go_in_between():
    Patient.gates = {name: threading.Event() for name in (b"a", b"b", b"c")}
    with Emulator(threads="real", async_threads=1) as emu:
        me = emu.attach()
        me.erl_ddll.load_driver(Patient, "patient_drv")
        port = me.open_port(("spawn_driver", "patient_drv"), ["binary"])
        with emu.record() as first:
            me.port_command(port, b"a")
            while not named(first, "driver_async_invoke"):
                me.let_work(0.001)
        Patient.gates[b"a"].set()  # job 1 has begun under the first recorder, and ends under none
        assert me.receive(timeout=30)[1][1] == b"A"
        me.port_command(port, b"b")  # job 2 begins under none
        with emu.record() as second, emu.record() as third:
            Patient.gates[b"b"].set()
            assert me.receive(timeout=30)[1][1] == b"B"
            me.port_command(port, b"c")
            Patient.gates[b"c"].set()
            assert me.receive(timeout=30)[1][1] == b"C"
            while len(named(second, "aio_done")) < 2:
                me.let_work(0.001)
    assert [event.fields["job"] for event in named(first, "driver_async_invoke", "driver_async_invoke_return")] == [1]
    for recording in (second, third):
        ended = named(recording, "driver_async_invoke_return", "aio_done", "driver_ready_async")
        assert [event.fields["job"] for event in ended if event.fields["job"] == 3] == [3, 3, 3]
        assert {event.fields["job"] for event in ended} <= {2, 3}


def test_damaged_records_are_refused_and_nothing_worse_happens():
    with Emulator(threads="simulated", async_threads=2) as emu, emu.record() as recording:
        shout(emu, [b"a", b"b", b"c"])
    records = recording._tape.records()
    chance = random.Random(1)
    refused = []
    for _ in range(400):
        damaged = bytearray(records)
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        try:
            list(Recording(recording._tables, StoredTape(bytes(damaged))).events())
        except BadRecording as error:
            refused.append(str(error))
    assert 10 < len(refused) < 200  # most flips only change a number or a time
    assert all(re.match(r"record \d+ is damaged: head 0x", message) for message in refused)
