"""Recordings: the trace of a run, finished or growing; saved to and loaded from one file format."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, Final, final

from attrs import frozen

from erts_emu.observe.records import RECORD, Code, Tables
from erts_emu.observe.tape import StoredTape, Tape
from erts_emu.terms import PortId

if TYPE_CHECKING:
    from erts_emu.observe.sequence import JobLife, PortLife

MAGIC: Final = b"ERTSEMU\x01"
_LENGTHS: Final = struct.Struct("<QQ")


class BadRecording(ValueError):
    """A file is no recording, or a damaged one; the message says what is wrong, and where."""


@final
@frozen
class Event:
    """Something that happened: when, on which thread, what, and with whom.

    ``time_ns`` counts from the begin of the recording: nanoseconds, virtual ones with simulated threads, where ``step``
    is the number of synchronisation steps that the run had taken (0 with real threads). ``name`` is a tracepoint's,
    or ``queue_length``. ``fields`` hold texts and integers only; ``docs/recording.md`` lists them.
    """

    time_ns: int
    thread: str
    name: str
    fields: Mapping[str, Any]
    step: int = 0


@final
class Recording:
    """The trace of a run. Compact: 32 bytes a record; events are made of them when they are asked for."""

    def __init__(self, tables: Tables, tape: Tape) -> None:
        self._tables = tables
        self._tape = tape

    def __repr__(self) -> str:
        return f"<Recording of {len(self)} records, {self.clock} clock>"

    def __len__(self) -> int:
        """The number of records: each becomes one event or several."""
        return len(self._tape)

    @property
    def clock(self) -> str:
        """``"real"``, or ``"simulated"``: time is virtual, and events carry steps."""
        return self._tables.clock

    @property
    def schedulers(self) -> tuple[str, ...]:
        """The schedulers' names, in order."""
        return tuple(f"scheduler {number}" for number in range(1, self._tables.schedulers + 1))

    @property
    def async_threads(self) -> tuple[str, ...]:
        """The async threads' names, in order."""
        return tuple(f"async_{number}" for number in range(1, self._tables.async_threads + 1))

    @property
    def threads(self) -> tuple[str, ...]:
        """The names of all threads that were seen: schedulers, async threads, then others."""
        return tuple(self._tables.lanes[lane] for lane in sorted(self._tables.lanes))

    @property
    def ports(self) -> dict[str, tuple[str, str]]:
        """The ports that were seen, as ``#Port<0.N>``: each with its name and its driver's."""
        return {f"#Port<0.{number}>": names for number, names in sorted(self._tables.ports.items())}

    @property
    def jobs(self) -> tuple[int, ...]:
        """The async jobs that were asked for, in that order."""
        return tuple(a for _, head, a, _ in RECORD.iter_unpack(self._tape.records()) if head & 0xFF == Code.ASYNC)

    def events(self) -> Iterator[Event]:
        """Yield what happened, in order. Of a growing recording: up to now.

        Raises ``BadRecording`` at a record that makes no sense, in a damaged file.
        """
        from erts_emu.observe.decoding import decode

        return decode(self._tables, self._tape.records())

    # --- pictures ---

    def job(self, number: int) -> JobLife:
        """Return one async job: a sequence diagram, in Jupyter and by ``svg()`` and ``mermaid()``.

        Raises ``NotRecorded`` if no such job was asked for.
        """
        from erts_emu.observe.sequence import JobLife

        return JobLife(self, number)

    def port(self, port: str | int | PortId) -> PortLife:
        """Return one port, named as a term, ``#Port<0.5>`` or 5: a sequence diagram. Raises ``NotRecorded``."""
        from erts_emu.observe.sequence import PortLife

        return PortLife(self, f"#Port<0.{port}>" if isinstance(port, int) else str(port))

    def _repr_html_(self) -> str:
        """The timeline, for Jupyter."""
        from erts_emu.observe.timeline import timeline_frame

        return timeline_frame(self)

    # --- files ---

    def save(self, path: str | PathLike[str]) -> None:
        """Write the recording to a file. The format: ``docs/recording.md``."""
        records = self._tape.records()
        header = json.dumps(self._tables.as_json(), separators=(",", ":")).encode()
        with open(path, "wb") as file:
            file.write(MAGIC)
            file.write(_LENGTHS.pack(len(header), len(records)))
            file.write(header)
            file.write(records)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Recording:
        """Read a file that ``save`` has written. Raises ``BadRecording``, or ``OSError``."""
        with open(path, "rb") as file:
            data = file.read()
        start = len(MAGIC) + _LENGTHS.size
        if data[: len(MAGIC) - 1] != MAGIC[:-1] or len(data) < start:
            raise BadRecording(f"{path}: no recording of erts_emu")
        if data[len(MAGIC) - 1] != MAGIC[-1]:
            raise BadRecording(f"{path}: a recording of format {data[len(MAGIC) - 1]}; this version reads {MAGIC[-1]}")
        header, records = _LENGTHS.unpack_from(data, len(MAGIC))
        if len(data) != start + header + records or records % RECORD.size:
            raise BadRecording(f"{path}: {len(data)} bytes where its header announces {start + header + records}")
        try:
            tables = Tables.from_json(json.loads(data[start : start + header]))
        except (KeyError, TypeError, ValueError) as error:
            raise BadRecording(f"{path}: damaged tables: {error!r}") from error
        return cls(tables, StoredTape(data[start + header :]))
