"""Recordings in the Trace Event Format, for ui.perfetto.dev and chrome://tracing.

A track for each thread with slices for callbacks, jobs, processes and port tasks; an arrow for each async job, from
``driver_async`` through the invoke function to ready_async; counters for queue lengths and reference counts; a track
for each lock with who held it. With simulated threads one step is shown as one microsecond.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from erts_emu.observe.recording import Event, Recording
from erts_emu.observe.slices import Slice, lock_name, lock_slices, positions, slices

THREADS, LOCKS = 1, 2
"""What the format calls processes: here they are groups of tracks."""
_INSTANTS: Final = frozenset(
    """port_open port_exit port_terminate port_connect port_busy port_not_busy port_send process_spawn process_exit
    message_send lock_contended""".split()
)
_FLOW: Final = {"driver_async": "s", "driver_async_invoke": "t", "driver_ready_async": "f", "driver_async_free": "f"}

Json = dict[str, Any]


def chrome_trace(recording: Recording) -> Json:
    """Return the trace as what JSON can hold: the JSON Object Format, with ``traceEvents``."""
    placed = list(positions(recording))
    last = placed[-1][0] if placed else 0
    tracks = {name: number for number, name in enumerate(recording.threads, 1)}
    held = lock_slices(placed)
    locks = {name: number for number, name in enumerate(sorted({each.name for each in held}), 1)}
    events: list[Json] = [
        _metadata("process_name", THREADS, 0, name="threads"),
        _metadata("process_sort_index", THREADS, 0, sort_index=THREADS),
    ]
    if locks:
        events += [_metadata("process_name", LOCKS, 0, name="locks"),
                   _metadata("process_sort_index", LOCKS, 0, sort_index=LOCKS)]  # fmt: skip
    for group, names in ((THREADS, tracks), (LOCKS, locks)):
        for name, number in names.items():
            events.append(_metadata("thread_name", group, number, name=name))
            events.append(_metadata("thread_sort_index", group, number, sort_index=number))
    events += [_complete(each, THREADS, tracks[each.thread], each.name, last) for each in slices(placed)]
    events += [_complete(each, LOCKS, locks[each.name], each.thread, last) for each in held]
    for place, event in placed:
        events += _points(place, event, tracks)
    return {
        "traceEvents": events,
        "displayTimeUnit": "ns",
        "otherData": {"producer": "erts_emu", "clock": recording.clock},
    }


def chrome_trace_json(recording: Recording) -> str:
    """Return the trace as JSON text."""
    return json.dumps(chrome_trace(recording), separators=(",", ":"))


def _metadata(what: str, group: int, track: int, **args: Any) -> Json:
    return {"ph": "M", "name": what, "pid": group, "tid": track, "args": args}


def _microseconds(place: int) -> float:
    return place / 1000


def _complete(each: Slice, group: int, track: int, name: str, last: int) -> Json:
    end = last if each.end is None else each.end
    return {
        "ph": "X", "name": name, "cat": each.kind, "pid": group, "tid": track, "ts": _microseconds(each.begin),
        "dur": _microseconds(end - each.begin), "args": each.fields,
    }  # fmt: skip


def _points(place: int, event: Event, tracks: dict[str, int]) -> Iterator[Json]:
    """What happens at one moment: the parts of arrows, counters, instants."""
    fields = event.fields
    common = {"pid": THREADS, "tid": tracks[event.thread], "ts": _microseconds(place)}
    if event.name in _FLOW and fields["job"]:
        phase = _FLOW[event.name]
        arrow = {"ph": phase, "name": "async job", "cat": "job", "id": fields["job"], **common}
        yield {**arrow, "bp": "e"} if phase == "f" else arrow
    elif event.name == "queue_length":
        yield _counter(f"queue {fields['queue']}", "length", fields["length"], common)
    elif event.name == "driver_references":
        yield _counter(f"references of driver {fields['driver']}", "count", fields["count"], common)
    elif event.name == "pdl_references":
        yield _counter(f"references of port_data_lock:{fields['port']}", "count", fields["count"], common)
    elif event.name in _INSTANTS:
        name = f"{lock_name(fields)} contended" if event.name == "lock_contended" else event.name
        yield {"ph": "i", "s": "t", "name": name, "cat": "event", "args": dict(fields), **common}


def _counter(name: str, unit: str, value: int, common: Json) -> Json:
    return {"ph": "C", "name": name, "args": {unit: value}, "pid": THREADS, "tid": 0, "ts": common["ts"]}
