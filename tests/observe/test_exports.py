"""Recordings in other forms: the Trace Event Format, folded stacks, files by their endings."""

import json
import re

import pytest

from erts_emu.observe import Recording
from erts_emu.observe.chrome_trace import chrome_trace, chrome_trace_json
from erts_emu.observe.export import ENDINGS, ExportError, export
from erts_emu.observe.folded import folded_stacks
from erts_emu.observe.records import Code
from erts_emu.observe.tape import StoredTape
from tests.observe.programs import record_shouting

NEEDED = {
    "M": {"name", "pid", "tid", "args"},
    "X": {"name", "cat", "pid", "tid", "ts", "dur", "args"},
    "s": {"name", "cat", "id", "pid", "tid", "ts"},
    "t": {"name", "cat", "id", "pid", "tid", "ts"},
    "f": {"name", "cat", "id", "pid", "tid", "ts", "bp"},
    "C": {"name", "pid", "ts", "args"},
    "i": {"name", "s", "pid", "tid", "ts"},
}
"""Phase to the fields that the format's description asks for."""


@pytest.fixture(scope="module", params=["simulated", "real"])
def recording(request):
    return record_shouting(request.param)


@pytest.fixture
def trace(recording):
    return json.loads(chrome_trace_json(recording))


def nanoseconds(microseconds):
    return round(microseconds * 1000)


def phase(trace, letter):
    return [event for event in trace["traceEvents"] if event["ph"] == letter]


def test_every_event_has_the_fields_that_its_phase_needs(trace, recording):
    assert trace["otherData"]["clock"] == recording.clock
    for event in trace["traceEvents"]:
        assert NEEDED[event["ph"]] <= event.keys()
        assert event.get("ts", 0) >= 0
        assert event.get("dur", 0) >= 0
        assert type(event["pid"]) is int
    assert {event["ph"] for event in trace["traceEvents"]} == set(NEEDED)


def test_every_thread_and_lock_is_a_track_with_a_name(trace, recording):
    names = {(event["pid"], event["args"]["name"]) for event in phase(trace, "M") if event["name"] == "thread_name"}
    assert {name for group, name in names if group == 1} == set(recording.threads)
    assert {"port_lock:#Port<0.5>", "port_lock:#Port<0.6>"} <= {name for group, name in names if group == 2}
    tracks = {(e["pid"], e["tid"]) for e in phase(trace, "M") if e["name"] == "thread_name"}
    assert {(event["pid"], event["tid"]) for event in phase(trace, "X")} <= tracks


def test_slices_of_one_track_lie_apart_or_inside_of_each_other(trace):
    tracks = {}
    for event in phase(trace, "X"):
        begin, took = nanoseconds(event["ts"]), nanoseconds(event["dur"])
        tracks.setdefault((event["pid"], event["tid"]), []).append((begin, begin + took))
    for slices in tracks.values():
        ends = []
        for begin, end in slices:
            while ends and ends[-1] <= begin:
                ends.pop()
            assert not ends or end <= ends[-1]
            ends.append(end)


def test_each_job_is_an_arrow_of_three_parts_each_inside_a_slice(trace):
    slices = [(e["tid"], e["ts"], e["ts"] + e["dur"], e["name"]) for e in phase(trace, "X") if e["pid"] == 1]

    def around(event):
        return [n for t, b, e, n in slices if t == event["tid"] and b <= event["ts"] <= e]

    for letter, name in (("s", "output"), ("t", "async_invoke"), ("f", "ready_async")):
        parts = phase(trace, letter)
        assert sorted(part["id"] for part in parts) == [1, 2, 3, 4, 5, 6]
        assert all(name in around(part) for part in parts)
    by_job = {part["id"]: part["ts"] for part in phase(trace, "s")}
    assert all(part["ts"] > by_job[part["id"]] for part in phase(trace, "f"))


def test_counters_follow_queues_and_reference_counts(trace):
    counters = {}
    for event in phase(trace, "C"):
        counters.setdefault(event["name"], []).append(*event["args"].values())
    assert {"queue async_1", "queue async_2", "queue ready 1", "references of driver shout_drv"} <= counters.keys()
    assert max(counters["queue async_1"]) >= 1
    assert counters["queue async_1"][-1] == 0
    assert max(counters["references of driver shout_drv"]) >= 4


def test_an_unfinished_slice_lasts_to_the_end(recording):
    last = max(event["ts"] for event in phase(chrome_trace(recording), "i"))
    records = recording._tape.records()
    index = next(i for i in range(0, len(records), 32) if records[i + 8] == Code.INVOKE_RETURN)
    cut = Recording(recording._tables, StoredTape(records[:index]))
    jobs = [event for event in phase(chrome_trace(cut), "X") if event["cat"] == "job"]
    assert jobs
    assert all(job["ts"] + job["dur"] <= last for job in jobs)


def test_folded_stacks_are_lines_of_frames_and_a_number(recording):
    lines = folded_stacks(recording).splitlines()
    assert lines == sorted(lines)
    assert all(re.fullmatch(r"[^;]+(;[^;]+)+ [1-9][0-9]*", line) for line in lines)
    stacks = {line.rsplit(" ", 1)[0] for line in lines}
    assert {"async_1;async_invoke shout_drv", "scheduler 1;ready_async shout_drv"} <= stacks
    assert any(stack.endswith("output shout_drv") for stack in stacks)


def test_folded_time_is_what_the_slices_took(recording):
    total = sum(int(line.rsplit(" ", 1)[1]) for line in folded_stacks(recording).splitlines())
    outermost = {}
    for event in sorted(phase(chrome_trace(recording), "X"), key=lambda e: (e["tid"], e["ts"], -e["dur"])):
        if event["pid"] == 1:
            known = outermost.setdefault(event["tid"], [])
            begin = nanoseconds(event["ts"])
            if not known or begin >= known[-1][1]:
                known.append((begin, begin + nanoseconds(event["dur"])))
    assert total == sum(end - begin for spans in outermost.values() for begin, end in spans)


def test_a_file_s_ending_chooses_its_form(recording, tmp_path):
    begins = {".etrace": b"ERTSEMU", ".html": b"<!", ".json": b'{"traceEvents"', ".folded": b"async_1;"}
    for ending, begin in begins.items():
        file = tmp_path / f"run{ending}"
        export(recording, file)
        assert file.read_bytes().lower().startswith(begin.lower())
    with pytest.raises(ExportError, match="end in one of"):
        export(recording, tmp_path / "run.txt")
    assert set(begins) <= set(ENDINGS)
