"""The timeline's model against the emulator itself, and the page as a text."""

import base64
import html
import itertools
import json
import re
import struct
import zlib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from erts_emu import Emulator
from erts_emu.driver import Driver
from erts_emu.ethread import SeededRandom
from erts_emu.observe import Event
from erts_emu.observe.timeline import build_model, timeline_frame, timeline_html
from erts_emu.observe.timeline.model import NEVER
from erts_emu.observe.timeline.page import page_of
from erts_emu.thr_queue import MARKER
from tests.observe.runs import ASYNC_THREADS, PORTS, PortLockedWorker, Worker, emulator, recorded, work

ROOT = Path(__file__).parents[2]
MOMENTS = ("driver_async_invoke", "driver_async_invoke_return", "aio_ready", "aio_done")


# --- the state model ---


def cells(queue):
    return [job.async_id for job in queue.cells if job is not MARKER]


def state_of(emu):
    """The emulator's state as it says itself, in the words of the page."""
    ports = emu.ports.all()
    return {
        "Run queues": {scheduler.name: scheduler.runq.length for scheduler in emu.schedulers},
        "Thread queues": {thread.name: cells(thread.thr_q) for thread in emu.async_pool.threads},
        "Ready queues": {scheduler.name: cells(scheduler.ready_queue.thr_q) for scheduler in emu.schedulers},
        "Drivers": {f"driver {driver.name}": driver.handle.refc for driver in emu.ddll.drivers},
        "PDLs": {f"port data lock of {port.id}": port.pdl.refc.read() for port in ports if port.pdl is not None},
        "Ports": {str(port.id) for port in ports},
        "Held": {item.lock.label for item in emu.locks.checker.held()},
    }


def state_shown(model, step, thread):
    """The model's state after a step, in the same form. *thread* is the one whose locks are compared."""
    state = model.state_at(step)
    counts = {name: row["count"] for name, row in state["Reference counts"].items()}
    shown = {
        "Run queues": {name: row["length"] for name, row in state["Run queues"].items()},
        "Thread queues": {name: model.queued_at(f"t{name[6:]}", step) for name in state["Thread queues"]},
        "Ready queues": {name: model.queued_at(f"r{name[10:]}", step) for name in state["Ready queues"]},
        "Drivers": {name: count for name, count in counts.items() if name.startswith("driver")},
        "PDLs": {name: count for name, count in counts.items() if name.startswith("port") and count},
        "Ports": {name for name, row in state["Ports"].items() if row.get("state", "gone") != "gone"},
        "Held": {name.replace(" ", ":", 1) for name, row in state["Locks"].items() if row.get("holder") == thread},
    }
    for section in ("Thread queues", "Ready queues"):
        assert {name: len(jobs) for name, jobs in shown[section].items()} == {
            name: row["length"] for name, row in state[section].items()
        }
    return shown


def watched_run(driver=PortLockedWorker, **settings):
    """Run with a listener that asks the emulator at many moments; returns the model, and the answers by step."""
    answers = []
    with emulator(**settings) as emu:
        emu.trace.subscribe(
            lambda name, fields: answers.append((name, fields["job"].async_id, state_of(emu))), *MOMENTS
        )
        with emu.record() as recording:
            work(emu, driver=driver)
        end = state_of(emu)
    model = build_model(recording)
    texts = model.texts.all()
    names = [name for name, _ in model.steps.schemas]
    where = {}
    for step, (schema, job) in enumerate(zip(model.steps.schema, model.steps.job, strict=True)):
        if job >= 0:
            where[names[schema], model.jobs[job].number] = (step, texts[model.steps.thread[step]])
    return model, [(*where[name, job], answer) for name, job, answer in answers], end


@pytest.mark.parametrize("driver", [Worker, PortLockedWorker])
def test_the_state_shown_at_a_step_is_what_the_emulator_says_at_that_moment(driver):
    model, answers, _ = watched_run(driver)
    assert len(answers) == len(MOMENTS) * PORTS * 10
    for step, thread, answer in answers:
        assert state_shown(model, step, thread) == answer, step


@pytest.mark.parametrize("seed", [1, 2])
def test_so_it_is_when_threads_interleave_at_random(seed):
    model, answers, _ = watched_run(strategy=SeededRandom(seed))
    late = 0
    for step, thread, answer in answers:
        shown = state_shown(model, step, thread)
        # Between an operation and its tracepoint another thread may have run: it sees what is not recorded yet.
        late += shown.pop("Ready queues") != answer.pop("Ready queues")
        late += shown.pop("PDLs") != answer.pop("PDLs")
        assert shown == answer, step
    assert late < len(answers) / 10


def test_the_state_shown_at_the_last_step_is_what_the_emulator_says_at_the_end():
    model, _, end = watched_run()
    assert state_shown(model, len(model.steps) - 1, "scheduler 1") == end
    assert not any(end["Thread queues"].values())
    assert end["Drivers"] == {"driver port_worker_drv": 1}


def test_a_run_that_is_recorded_from_its_middle_on_shows_what_there_was_already():
    with emulator() as emu:
        work(emu, jobs=2)
        me = emu.attach()
        me.open_port(("spawn_driver", PortLockedWorker.driver_name), ["binary"])
        before = state_of(emu)
        assert before["Ports"]
        before["PDLs"].clear()  # nothing tells of their counts before they change
        with emu.record() as recording:
            me.send(me.process.pid, 1)
        model = build_model(recording)
        assert before["Drivers"]
        assert state_shown(model, 0, "nobody") == before


# --- lanes, slices, jobs ---


@pytest.mark.parametrize("threads", ["simulated", "real"])
def test_every_scheduler_thread_and_port_has_a_lane(threads):
    model = build_model(recorded(threads=threads))
    lanes = {}
    for lane in model.lanes:
        lanes.setdefault(lane.group, []).append(lane.label)
    assert lanes["Schedulers"] == ["scheduler 1", "scheduler 2"]
    assert lanes["Async threads"] == [f"async_{number}" for number in range(1, ASYNC_THREADS + 1)]
    assert len(lanes["Ports"]) == PORTS
    assert {f"port_lock {port}" for port in lanes["Ports"]} <= set(lanes["Locks"])
    groups = [lane.group for lane in model.lanes]
    assert groups == sorted(groups, key=["Schedulers", "Async threads", "Other threads", "Ports", "Locks"].index)


@pytest.mark.parametrize("threads", ["simulated", "real"])
def test_a_job_passes_its_stations_in_order(threads):
    model = build_model(recorded(threads=threads))
    assert len(model.jobs) == PORTS * 10
    for job in model.jobs:
        assert job.put < job.get < job.invoke < job.done < job.ready < job.end
        assert not job.freed


@pytest.mark.parametrize("threads", ["simulated", "real"])
def test_slices_of_a_row_follow_each_other_and_all_end(threads):
    model = build_model(recorded(threads=threads))
    for lane in model.lanes:
        for row in lane.rows:
            assert all(one.end <= other.begin for one, other in itertools.pairwise(row)), lane.label
            assert all(each.begin <= each.end < len(model.steps) for each in row), lane.label


def labels(model, group):
    texts = model.texts.all()
    return {texts[each.label] for lane in model.lanes if lane.group == group for row in lane.rows for each in row}


def test_slices_are_callbacks_jobs_turns_and_locks():
    model = build_model(recorded())
    assert {"output", "start", "stop", "ready_async 7"} <= labels(model, "Ports")
    assert "busy" in labels(model, "Ports")
    assert labels(model, "Async threads") == {f"invoke {number}" for number in range(1, PORTS * 10 + 1)}
    assert {"output", "ready_async 7"} <= labels(model, "Schedulers")
    assert any(label.startswith("<0.") for label in labels(model, "Schedulers"))
    assert {"scheduler 1", "async_1"} <= labels(model, "Locks")


def test_who_waits_for_a_lock_is_a_slice_of_its_own():
    model = build_model(recorded(driver=Worker, strategy=SeededRandom(5)))
    waits = [each for lane in model.lanes for row in lane.rows for each in row if each.kind == 8]
    assert waits
    assert any(row.get("waiting") for step in range(len(model.steps)) for row in model.state_at(step)["Locks"].values())


class Told:
    """A recording of events that a test has written down."""

    clock = "real"
    schedulers = ("scheduler 1",)
    async_threads = ("async_1",)

    def __init__(self, *events, ports=()):
        self.ports = {port: (port, "a_drv") for port in ports}
        self._events = [Event(time, thread, name, fields) for time, thread, name, fields in events]

    def events(self):
        return self._events


def test_a_recording_that_begins_and_ends_in_the_middle_of_callbacks_has_open_slices():
    output = {"callback": "output", "port": "#Port<0.5>", "driver": "a_drv"}
    model = build_model(Told(
        (0, "scheduler 1", "driver_return", output),
        (5, "scheduler 1", "driver_output", output),
        (6, "scheduler 1", "driver_call", output | {"callback": "call"}),
        (7, "scheduler 1", "driver_return", output),
        (8, "scheduler 1", "driver_output", output),
    ))  # fmt: skip
    rows = next(lane for lane in model.lanes if lane.label == "scheduler 1").rows
    assert [[(each.begin, each.end) for each in row] for row in rows] == [[(1, 3), (4, NEVER)], [(2, 3)]]
    assert json.loads(Page(page_of(model, "", "real")).texts["meta"])["lanes"]


def test_a_lock_that_was_only_tried_is_waited_for_until_the_next_step():
    lock = {"lock": "port_lock", "name": "#Port<0.5>"}
    model = build_model(Told(
        (0, "scheduler 1", "lock_acquire", lock),
        (1, "async_1", "lock_contended", lock),
        (2, "async_1", "port_busy", {"port": "#Port<0.5>", "driver": "a_drv"}),
        (3, "scheduler 1", "lock_release", lock),
    ))  # fmt: skip
    row = "port_lock #Port<0.5>"
    assert [model.state_at(step)["Locks"].get(row) for step in range(4)] == [
        {"holder": "scheduler 1"},
        {"holder": "scheduler 1", "waiting": 1},
        {"holder": "scheduler 1", "waiting": 0},
        None,
    ]


def test_a_port_that_is_gone_is_shown_as_long_as_jobs_of_it_are_in_flight():
    port = {"port": "#Port<0.5>", "driver": "a_drv"}
    job = port | {"job": 7}
    model = build_model(Told(
        (0, "scheduler 1", "port_open", port),
        (1, "scheduler 1", "driver_async", job | {"async_thread": "async_1"}),
        (2, "scheduler 1", "port_exit", port),
        (3, "scheduler 1", "port_terminate", port),
        (4, "scheduler 1", "driver_async_free", job),
        (5, "scheduler 1", "aio_done", {"job": 7, "completed": False}),
    ))  # fmt: skip
    assert [model.state_at(step)["Ports"].get("#Port<0.5>") for step in range(6)] == [
        {"state": "open"},
        {"state": "open", "jobs": 1},
        {"state": "closing", "jobs": 1},
        {"state": "gone", "jobs": 1},
        {"state": "gone", "jobs": 1},
        None,
    ]
    assert model.jobs[0].freed


def test_a_port_that_was_open_before_has_a_lane_and_a_state_from_the_first_step_on():
    port = {"port": "#Port<0.5>", "driver": "a_drv"}
    model = build_model(Told(
        (0, "scheduler 1", "port_busy", port),
        (1, "scheduler 1", "port_exit", port),
        (2, "scheduler 1", "port_not_busy", port),
        (3, "scheduler 1", "port_terminate", port),
        (4, "scheduler 1", "driver_start", {"callback": "start", "port": "#Port<0.7>", "driver": "a_drv"}),
        ports=["#Port<0.5>", "#Port<0.6>", "#Port<0.7>"],
    ))  # fmt: skip
    states = [{name: row["state"] for name, row in model.state_at(step)["Ports"].items()} for step in range(5)]
    assert [state.pop("#Port<0.6>") for state in states] == ["open"] * 5
    assert [state.get("#Port<0.5>") for state in states] == ["busy", "closing", "closing", None, None]
    assert not any("#Port<0.7>" in state for state in states), "its start may yet fail"
    lanes = {lane.label: (lane.note, lane.life) for lane in model.lanes if lane.group == "Ports"}
    assert lanes == {
        "#Port<0.5>": ("a_drv", (-1, 3)), "#Port<0.6>": ("a_drv", (-1, -1)), "#Port<0.7>": ("a_drv", None),
    }  # fmt: skip


def test_numbers_of_any_size_are_kept():
    sizes = [1, 2**31, -(2**63)]
    model = build_model(Told(*((0, "scheduler 1", "port_send", {"size": size}) for size in sizes)))
    texts, shown = model.texts.all(), []
    schemas = list(model.steps.schemas)
    for schema, value in zip(model.steps.schema, model.steps.values, strict=True):
        ((_, is_text),) = schemas[schema][1]
        shown.append(int(texts[value]) if is_text else value)
    assert shown == sizes


# --- the page ---


class Page(HTMLParser):
    """The elements of a page, and the texts of those that have an id."""

    def __init__(self, text):
        super().__init__()
        self.references = []
        self.texts = {}
        self._inside = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.references += [value for name, value in attrs if name in ("src", "href", "srcset", "action", "data")]
        self._inside = attributes.get("id")

    def handle_endtag(self, tag):
        self._inside = None

    def handle_data(self, data):
        if self._inside:
            self.texts[self._inside] = self.texts.get(self._inside, "") + data


@pytest.fixture(scope="module")
def recording():
    return recorded()


def test_a_page_refers_to_nothing_outside_of_it(recording):
    text = timeline_html(recording)
    assert Page(text).references == ["data:,"]
    assert "default-src 'none'" in text
    assert not re.search(r"@@\w+@@|@import|url\(|\bfetch\(|XMLHttpRequest|WebSocket|import\(", text)


FORMATS = {"u1": "B", "u4": "I", "i4": "i", "f8": "d"}


def test_the_columns_of_a_page_hold_the_model(recording):
    model = build_model(recording)
    page = Page(timeline_html(recording))
    meta = json.loads(page.texts["meta"])
    data = zlib.decompress(base64.b64decode(page.texts["columns"]))
    columns = {
        name: struct.unpack_from(f"<{length}{FORMATS[kind]}", data, offset)
        for name, kind, offset, length in meta["columns"]
    }
    assert columns["time"] == tuple(model.steps.time)
    assert columns["jobPut"] == tuple(job.put for job in model.jobs)
    assert columns["sliceBegin"] == tuple(each.begin for each in model.slices())
    assert [lane["label"] for lane in meta["lanes"]] == [lane.label for lane in model.lanes]
    assert meta["axis"] == "steps"


class Rude(Driver):
    driver_name = "</script><img/src=x/onerror=alert(1)>"


def test_no_name_of_a_driver_gets_out_of_its_text():
    with Emulator(threads="simulated") as emu, emu.record() as recording:
        me = emu.attach()
        me.erl_ddll.load_driver(Rude, Rude.driver_name)
        me.port_close(me.open_port(("spawn_driver", Rude.driver_name), []))
    text = timeline_html(recording, title="<b>& more")
    assert Rude.driver_name not in text
    assert "<title>&lt;b&gt;&amp; more</title>" in text
    assert Rude.driver_name in json.loads(Page(text).texts["meta"])["strings"]


def test_a_recording_of_nothing_is_a_page(emu):
    with emu.record() as recording:
        pass
    assert Page(timeline_html(recording)).texts["meta"]


def test_the_program_of_the_document_makes_a_page(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "timeline.md").read_text("utf-8"), re.DOTALL)
    exec(compile(program, "timeline.md", "exec"), {"__name__": "timeline_document"})
    assert capsys.readouterr().out.count("Port<") == 3
    page = Page((tmp_path / "run.html").read_text("utf-8"))
    assert json.loads(page.texts["meta"])["title"] == "Three words"


def test_the_keys_of_the_document_are_those_of_the_page():
    script = (ROOT / "erts_emu" / "observe" / "timeline" / "page" / "input.js").read_text("utf-8")
    document = (ROOT / "docs" / "timeline.md").read_text("utf-8")
    table = document.partition("## Keys")[2].partition("The wheel")[0]
    shown = {key for row in re.findall(r"^\| (.*?) \|", table, re.M) for key in row.replace(",", " ").split()}
    names = {"ArrowRight": "→", "ArrowLeft": "←", "ArrowUp": "↑", "ArrowDown": "↓", " ": "space", "Escape": "Esc"}
    bound = {
        names.get(key, key)
        for keys in re.findall(r"^  \[\[(.*?)\], ", script, re.M)
        for key in re.findall(r'"(.*?)"', keys)
    }
    assert shown - {"keys", "---"} == bound - {"="}


def test_a_frame_for_notebooks_holds_the_page(recording):
    frame = timeline_frame(recording, height=400)
    assert html.unescape(re.search(r'srcdoc="([^"]*)"', frame)[1]) == timeline_html(recording)
    assert "height: 400px" in frame
