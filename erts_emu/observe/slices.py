"""Events as what pictures are drawn of: slices with a begin and an end, and a time axis.

With real threads the axis is time. With simulated ones it is the step, in thousandths: virtual time stands still while
threads work, so that everything would happen at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, final

from attrs import define

from erts_emu.observe.recording import Event, Recording

_ENDS: Final = {
    "driver_async_invoke": "driver_async_invoke_return",
    "driver_async_free": "driver_async_free_return",
    "process_scheduled": "process_unscheduled",
    "port_scheduled": "port_unscheduled",
    "driver_ready_async": "driver_return",
}
_ENDING: Final = frozenset(_ENDS.values())
PER_STEP: Final = 1000


@final
@define
class Slice:
    """Something that took a while on one thread. ``depth`` counts the slices around it; ``end`` may be missing."""

    thread: str
    kind: str
    """``callback``, ``job``, ``process``, ``port`` or ``lock``."""
    name: str
    begin: int
    end: int | None
    depth: int
    fields: dict[str, Any]


def positions(recording: Recording) -> Iterator[tuple[int, Event]]:
    """Yield the events with their places on the axis, which only grow."""
    simulated = recording.clock == "simulated"
    latest = -1
    for event in recording.events():
        latest = max(latest + 1, event.step * PER_STEP) if simulated else event.time_ns
        yield latest, event


def slices(placed: Iterable[tuple[int, Event]]) -> list[Slice]:
    """Return the slices of threads, in the order in which they begin; locks are left out."""
    found: list[Slice] = []
    stacks: dict[str, list[Slice]] = {}
    for place, event in placed:
        stack = stacks.setdefault(event.thread, [])
        begun = _begun(event)
        if begun is not None:
            kind, name = begun
            new = Slice(event.thread, kind, name, place, None, len(stack), dict(event.fields))
            found.append(new)
            stack.append(new)
        elif event.name in _ENDING:
            _end(stack, event, place)
    return found


def _begun(event: Event) -> tuple[str, str] | None:
    """The kind and name of the slice that an event begins."""
    fields = event.fields
    if event.name == "driver_async_invoke":
        return "job", "async_invoke"
    if event.name == "driver_async_free":
        return "job", "async_free"
    if event.name == "driver_ready_async":
        return "callback", "ready_async"
    if event.name == "process_scheduled":
        return "process", f"{fields['process']} {fields['label']}".strip()
    if event.name == "port_scheduled":
        return "port", fields["port"]
    if event.name != "driver_return" and "callback" in fields:
        return "callback", fields["callback"]
    return None


def _end(stack: list[Slice], event: Event, place: int) -> None:
    """End the innermost slice that *event* can end; what began inside of it and never ended leaves the stack, too."""
    for index in range(len(stack) - 1, -1, -1):
        if _ends(event, stack[index]):
            stack[index].end = place
            del stack[index:]
            return


def _ends(event: Event, candidate: Slice) -> bool:
    if event.name == "driver_return":
        return candidate.kind == "callback" and candidate.name == event.fields["callback"]
    if event.name == "driver_async_invoke_return":
        return candidate.name == "async_invoke"
    if event.name == "driver_async_free_return":
        return candidate.name == "async_free"
    return candidate.kind == ("process" if event.name == "process_unscheduled" else "port")


def lock_slices(placed: Iterable[tuple[int, Event]]) -> list[Slice]:
    """Return how long locks were held; ``thread`` is who held it, ``name`` the lock."""
    found: list[Slice] = []
    held: dict[tuple[str, str], Slice] = {}
    for place, event in placed:
        if event.name not in ("lock_acquire", "lock_release"):
            continue
        name = lock_name(event.fields)
        key = (event.thread, name)
        if event.name == "lock_acquire":
            held[key] = Slice(event.thread, "lock", name, place, None, 0, dict(event.fields))
            found.append(held[key])
        elif (taken := held.pop(key, None)) is not None:
            taken.end = place
    return found


def lock_name(fields: Any) -> str:
    """``CLASS:INSTANCE``, as ERTS prints a lock."""
    return f"{fields['lock']}:{fields['name']}" if fields["name"] else str(fields["lock"])
