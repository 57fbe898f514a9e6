"""What the page shows, worked out from a recording: lanes, slices, jobs, and the state after each step.

A *step* is one event of the recording; steps are counted from 0 (the page counts them from 1, as people do). Texts are
kept once, in :class:`Texts`, and named by their number.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Any, Final, final

from attrs import Factory, define, field

NEVER: Final = 0xFFFFFFFF
"""The step of what did not happen while the recording lasted."""
NOBODY: Final = -1
INT32: Final = range(-(2**31), 2**31)

State = dict[str, dict[str, dict[str, int | str]]]
"""Section -> row -> value's name -> value."""


class Kind(IntEnum):
    """What a slice is; the numbers are those of KINDS in ``page/colours.js``."""

    COMMAND = 0
    LIFE = 1
    IO = 2
    INVOKE = 3
    READY = 4
    FREE = 5
    OTHER = 6
    HELD = 7
    WAITING = 8
    BUSY = 9
    ALIVE = 10
    RUN = 11


@final
class Texts:
    """Numbers for texts, counted from 0."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __repr__(self) -> str:
        return f"<Texts {len(self._numbers)}>"

    def number(self, text: str) -> int:
        """Return the number of *text*, a new one if it has none."""
        number = self._numbers.get(text)
        if number is None:
            number = self._numbers[text] = len(self._numbers)
        return number

    def all(self) -> list[str]:
        """Return the texts, by number."""
        return list(self._numbers)


@final
@define(eq=False)
class Series:
    """A value that changes: at ``steps[i]`` it becomes ``values[i]``. Texts are kept as their numbers.

    A *quiet* one is no reason to show its row while it is 0.
    """

    key: str
    label: str
    texts: Texts | None = None
    quiet: bool = False
    steps: array[int] = field(factory=lambda: array("I"), repr=False)
    values: array[int] = field(factory=lambda: array("i"), repr=False)

    def set(self, step: int, value: int | str) -> None:
        """From *step* on the value is *value*."""
        number = self.texts.number(value) if self.texts is not None and isinstance(value, str) else value
        assert isinstance(number, int)
        if self.steps and self.steps[-1] == step:
            self.values[-1] = number
        elif not self.values or self.values[-1] != number:
            self.steps.append(step)
            self.values.append(number)

    def add(self, step: int, difference: int) -> None:
        """From *step* on the value is more by *difference*; before the first change it is 0, and it is never less."""
        before = self.values[-1] if self.values else 0
        self.set(step, max(0, before + difference))

    def set_at_first(self, value: int | str) -> None:
        """From the first step on, up to the first known change, the value is *value*."""
        later = list(zip(self.steps, self.values, strict=True))
        del self.steps[:], self.values[:]
        self.set(0, value)
        for step, known in later:
            self.set(step, known)

    @property
    def last(self) -> int:
        """The value at the end; 0 if there was none. Of a text, its number."""
        return self.values[-1] if self.values else 0

    def at(self, step: int, texts: list[str]) -> int | str | None:
        """Return the value after *step*; None before its first change."""
        index = bisect_right(self.steps, step) - 1
        if index < 0:
            return None
        return texts[self.values[index]] if self.texts is not None else self.values[index]

    def is_loud(self, value: int | str | None) -> bool:
        """Say whether *value* is worth a row: neither nothing nor, of a quiet one, 0."""
        return value is not None and value != "" and not (self.quiet and value == 0)


@final
@define(eq=False)
class Row:
    """A line of the state panel. *queue* names the jobs to show with it: ``t`` or ``r`` and the queue's number."""

    key: str
    label: str
    values: list[Series]
    queue: str = ""


@final
@define(eq=False)
class Section:
    """A part of the state panel, rows in the order in which they were first heard of."""

    title: str
    rows: dict[str, Row] = Factory(dict)


@final
@define(eq=False)
class Slice:
    """Something that lasts: it begins and ends with a step. ``port`` is the number of a text."""

    begin: int
    label: int
    kind: Kind
    port: int = NOBODY
    job: int = NOBODY
    end: int = NEVER


@final
@define(eq=False)
class Lane:
    """A line of the picture. ``rows`` holds slices that do not overlap; ``thread`` is the text of its thread's name.

    ``busy``, the slices in which a port is busy, becomes the last row.
    """

    group: str
    label: str
    note: str = ""
    thread: int = NOBODY
    life: tuple[int, int] | None = None
    rows: list[list[Slice]] = Factory(list)
    busy: list[Slice] = Factory(list)
    charts: list[Series] = Factory(list)
    steps: array[int] = field(factory=lambda: array("I"), repr=False)

    def put(self, slice_: Slice, row: int) -> None:
        """Put a slice into a row, whose last slice must have ended; rows are made as needed."""
        while len(self.rows) <= row:
            self.rows.append([])
        self.rows[row].append(slice_)

    def free_row(self, step: int, first: int = 0) -> int:
        """Return the first row from *first* on in which nothing lasts at *step*."""
        row = first
        while row < len(self.rows) and self.rows[row] and self.rows[row][-1].end > step:
            row += 1
        return row


@final
@define(eq=False)
class Job:
    """An async job and the steps of its life; ``end`` is where ready_async or async_free begins."""

    number: int
    port: int = NOBODY
    thread: int = NOBODY
    scheduler: int = NOBODY
    put: int = NEVER
    get: int = NEVER
    invoke: int = NEVER
    done: int = NEVER
    ready: int = NEVER
    end: int = NEVER
    freed: bool = False


@final
@define(eq=False)
class Steps:
    """The events themselves, column by column. A schema is the name of an event with the names of its fields."""

    time: array[float] = field(factory=lambda: array("d"))
    schema: array[int] = field(factory=lambda: array("I"))
    thread: array[int] = field(factory=lambda: array("I"))
    job: array[int] = field(factory=lambda: array("i"))
    row: array[int] = field(factory=lambda: array("B"))
    values: array[int] = field(factory=lambda: array("i"))
    schemas: dict[tuple[str, tuple[tuple[str, bool], ...]], int] = Factory(dict)
    _schema_of: dict[tuple[Any, ...], tuple[int, tuple[bool, ...]]] = Factory(dict)

    def __len__(self) -> int:
        return len(self.time)

    def keep(self, name: str, fields: Mapping[str, Any], texts: Texts) -> None:
        """Keep the name and the fields of the next step."""
        schema = self._schema_of.get(key := (name, *fields, *map(type, fields.values())))
        if schema is None:
            kinds = tuple(type(value) is int for value in fields.values())
            schema = self._schema_of[key] = self._schema(name, fields, kinds)
        before = len(self.values)
        try:
            self._keep_values(fields, schema[1], texts)
        except OverflowError:  # a number that is too large for its column is kept as a text
            del self.values[before:]
            schema = self._schema(name, fields, tuple(type(each) is int and each in INT32 for each in fields.values()))
            self._keep_values(fields, schema[1], texts)
        self.schema.append(schema[0])

    def _keep_values(self, fields: Mapping[str, Any], kinds: tuple[bool, ...], texts: Texts) -> None:
        pairs = zip(fields.values(), kinds, strict=True)
        self.values.extend([value if is_number else texts.number(str(value)) for value, is_number in pairs])

    def _schema(self, name: str, fields: Mapping[str, Any], kinds: tuple[bool, ...]) -> tuple[int, tuple[bool, ...]]:
        columns = tuple((field, not number) for field, number in zip(fields, kinds, strict=True))
        return self.schemas.setdefault((name, columns), len(self.schemas)), kinds


@final
@define(eq=False)
class TimelineModel:
    """Everything that the page shows."""

    texts: Texts = Factory(Texts)
    steps: Steps = Factory(Steps)
    lanes: list[Lane] = Factory(list)
    jobs: list[Job] = Factory(list)
    sections: list[Section] = Factory(list)

    def slices(self) -> Iterator[Slice]:
        """Yield the slices, lane by lane and row by row, each row in order of time."""
        for lane in self.lanes:
            for row in lane.rows:
                yield from row

    def state_at(self, step: int) -> State:
        """Return the state after *step*: what the page's state panel shows there, values without jobs."""
        texts = self.texts.all()
        state: State = {}
        for section in self.sections:
            rows = state[section.title] = {}
            for row in section.rows.values():
                found = [(series, series.at(step, texts)) for series in row.values]
                if any(series.is_loud(value) for series, value in found):
                    rows[row.key] = {series.key: value for series, value in found if value is not None and value != ""}
        return state

    def queued_at(self, queue: str, step: int) -> list[int]:
        """Return the numbers of the jobs that stand in *queue* (see :class:`Row`) after *step*, oldest first."""
        number = int(queue[1:])
        if queue[0] == "t":
            inside = [(job.put, job) for job in self.jobs if job.thread == number and job.put <= step < job.get]
        else:
            inside = [(job.done, job) for job in self.jobs if job.scheduler == number and job.done <= step < job.ready]
        return [job.number for _, job in sorted(inside, key=lambda each: each[0])]
