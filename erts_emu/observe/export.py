"""Recordings in other forms, chosen by a file name's ending."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Final

from erts_emu.observe.recording import Recording

if TYPE_CHECKING:
    from erts_emu.observe.sequence import JobLife, PortLife

ENDINGS: Final = (".etrace", ".html", ".json", ".folded", ".svg", ".mmd")


class ExportError(ValueError):
    """A recording cannot be written that way; the message says why, and what can be done."""


def export(
    recording: Recording,
    path: str | PathLike[str],
    *,
    job: int | None = None,
    port: str | None = None,
    title: str | None = None,
) -> None:
    """Write *recording* to *path* in the form that its ending names.

    ``.etrace`` is the recording itself, ``.html`` the timeline, ``.json`` the Trace Event Format, ``.folded`` folded
    stacks, ``.svg`` and ``.mmd`` (Mermaid) the sequence diagram of *job* or *port*; of the first job if neither is
    given, or else the first port. *title* is the timeline's: what was recorded. Raises ``ExportError``, or ``OSError``.
    """
    ending = Path(path).suffix
    if ending == ".etrace":
        recording.save(path)
        return
    if ending == ".html":
        text = _html(recording, title)
    elif (write := _WRITERS.get(ending)) is not None:
        text = write(recording, job, port)
    else:
        raise ExportError(f"{fspath(path)}: the name has to end in one of {' '.join(ENDINGS)}")
    Path(path).write_text(text, encoding="utf-8")


def _html(recording: Recording, title: str | None) -> str:
    from erts_emu.observe.timeline import timeline_html

    return timeline_html(recording) if title is None else timeline_html(recording, title=title)


def _json(recording: Recording, _job: int | None, _port: str | None) -> str:
    from erts_emu.observe.chrome_trace import chrome_trace_json

    return chrome_trace_json(recording)


def _folded(recording: Recording, _job: int | None, _port: str | None) -> str:
    from erts_emu.observe.folded import folded_stacks

    return folded_stacks(recording)


def _life(recording: Recording, job: int | None, port: str | None) -> JobLife | PortLife:
    """What a sequence diagram is to show."""
    from erts_emu.observe.sequence import NotRecorded

    try:
        if port is not None:
            return recording.port(port)
        if job is None:
            job = next(iter(recording.jobs), None)
        if job is not None:
            return recording.job(job)
        if not recording.ports:
            raise ExportError("the recording has neither jobs nor ports: there is nothing for a sequence diagram")
        return recording.port(next(iter(recording.ports)))
    except NotRecorded as error:
        raise ExportError(str(error)) from error


def _svg(recording: Recording, job: int | None, port: str | None) -> str:
    return _life(recording, job, port).svg()


def _mermaid(recording: Recording, job: int | None, port: str | None) -> str:
    return _life(recording, job, port).mermaid()


_WRITERS: Final[dict[str, Callable[[Recording, int | None, str | None], str]]] = {
    ".json": _json,
    ".folded": _folded,
    ".svg": _svg,
    ".mmd": _mermaid,
}
