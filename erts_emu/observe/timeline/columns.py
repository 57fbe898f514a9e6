"""Numbers as the page wants them: typed columns, one after the other, in one compressed text."""

from __future__ import annotations

import base64
import sys
import zlib
from array import array
from collections.abc import Iterable
from itertools import chain
from typing import Any, Final, final

from erts_emu.observe.timeline.model import Job, Lane, Row, Series, Slice, TimelineModel

_TYPES: Final = {"B": "u1", "I": "u4", "i": "i4", "d": "f8"}
_ALIGNMENT: Final = 8
_COMPRESSION: Final = 6


@final
class Columns:
    """Columns by name; ``directory`` says of each its type, its place in bytes, and its length."""

    def __init__(self) -> None:
        self.directory: list[tuple[str, str, int, int]] = []
        self._parts: list[bytes] = []
        self._size = 0

    def __repr__(self) -> str:
        return f"<Columns {[name for name, *_ in self.directory]}, {self._size} bytes>"

    def add(self, name: str, numbers: array[Any]) -> None:
        """Add a column."""
        self.directory.append((name, _TYPES[numbers.typecode], self._size, len(numbers)))
        if sys.byteorder == "big":
            numbers = array(numbers.typecode, numbers)
            numbers.byteswap()
        data = numbers.tobytes()
        data += bytes(-len(data) % _ALIGNMENT)
        self._parts.append(data)
        self._size += len(data)

    def text(self) -> str:
        """Return all columns as one zlib stream in base64."""
        return base64.b64encode(zlib.compress(b"".join(self._parts), _COMPRESSION)).decode("ascii")


def pack(model: TimelineModel) -> tuple[dict[str, Any], Columns]:
    """Return what the page's scripts read: a description for JSON, and the columns that it refers to."""
    columns = Columns()
    text = model.texts.number
    _pack_steps(model, columns)
    _pack_slices(model.slices(), columns)
    _pack_jobs(model.jobs, columns)
    every = list(dict.fromkeys(
        chain((series for lane in model.lanes for series in lane.charts),
              (series for section in model.sections for row in section.rows.values() for series in row.values))
    ))  # fmt: skip
    described = _pack_series(every, columns)
    description = {
        "schemas": [
            {"name": text(name), "fields": [(text(key), is_text) for key, is_text in fields]}
            for name, fields in model.steps.schemas
        ],
        "lanes": list(_described_lanes(model.lanes, described, columns)),
        "state": [
            {"title": section.title, "rows": [_described_row(row, described) for row in section.rows.values()]}
            for section in model.sections
        ],
        "columns": columns.directory,
        "strings": model.texts.all(),
    }
    return description, columns


def _pack_steps(model: TimelineModel, columns: Columns) -> None:
    steps = model.steps
    columns.add("time", steps.time)
    columns.add("schema", steps.schema)
    columns.add("thread", steps.thread)
    columns.add("stepJob", steps.job)
    columns.add("stepRow", steps.row)
    columns.add("values", steps.values)


def _pack_slices(slices: Iterable[Slice], columns: Columns) -> None:
    every = list(slices)
    columns.add("sliceBegin", array("I", [each.begin for each in every]))
    columns.add("sliceEnd", array("I", [each.end for each in every]))
    columns.add("sliceLabel", array("I", [each.label for each in every]))
    columns.add("sliceKind", array("B", [each.kind for each in every]))
    columns.add("sliceJob", array("i", [each.job for each in every]))
    columns.add("slicePort", array("i", [each.port for each in every]))


def _pack_jobs(jobs: list[Job], columns: Columns) -> None:
    columns.add("jobNumber", array("d", [float(job.number) for job in jobs]))
    columns.add("jobPort", array("i", [job.port for job in jobs]))
    columns.add("jobThread", array("i", [job.thread for job in jobs]))
    columns.add("jobScheduler", array("i", [job.scheduler for job in jobs]))
    columns.add("jobPut", array("I", [job.put for job in jobs]))
    columns.add("jobGet", array("I", [job.get for job in jobs]))
    columns.add("jobInvoke", array("I", [job.invoke for job in jobs]))
    columns.add("jobDone", array("I", [job.done for job in jobs]))
    columns.add("jobReady", array("I", [job.ready for job in jobs]))
    columns.add("jobEnd", array("I", [job.end for job in jobs]))
    columns.add("jobFreed", array("B", [job.freed for job in jobs]))


def _pack_series(every: list[Series], columns: Columns) -> dict[Series, dict[str, Any]]:
    steps, values = array("I"), array("i")
    described: dict[Series, dict[str, Any]] = {}
    for series in every:
        described[series] = {
            "key": series.key,
            "label": series.label,
            "text": series.texts is not None,
            "quiet": series.quiet,
            "first": len(steps),
            "count": len(series.steps),
            "max": max(series.values, default=0),
        }
        steps.extend(series.steps)
        values.extend(series.values)
    columns.add("seriesStep", steps)
    columns.add("seriesValue", values)
    return described


def _described_lanes(
    lanes: list[Lane], described: dict[Series, dict[str, Any]], columns: Columns
) -> Iterable[dict[str, Any]]:
    steps = array("I")
    slices = 0
    for lane in lanes:
        rows = []
        for row in lane.rows:
            rows.append((slices, len(row)))
            slices += len(row)
        yield {
            "group": lane.group,
            "label": lane.label,
            "note": lane.note,
            "thread": lane.thread,
            "life": lane.life,
            "rows": rows,
            "charts": [described[series] for series in lane.charts if series.steps],
            "steps": (len(steps), len(lane.steps)),
        }
        steps.extend(lane.steps)
    columns.add("laneSteps", steps)


def _described_row(row: Row, described: dict[Series, dict[str, Any]]) -> dict[str, Any]:
    return {
        "key": row.key,
        "label": row.label,
        "queue": row.queue,
        "values": [described[series] for series in row.values],
    }
