"""The lives of ports: what tracepoints have told of them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.observe.observer.samples import PortEvent
from erts_emu.terms import PortId

if TYPE_CHECKING:
    from erts_emu.emulator import Emulator
    from erts_emu.ethread import ThreadLayer

LIFE: Final = (
    "driver_start", "port_open", "port_connect", "port_busy", "port_not_busy", "port_exit", "driver_flush",
    "driver_stop", "port_terminate",
)  # fmt: skip
"""What happens to a port a few times at most: noted for every port, all the time."""
CALLBACKS: Final = (
    "driver_output", "driver_outputv", "driver_control", "driver_call", "driver_ready_input", "driver_ready_output",
    "driver_timeout", "driver_ready_async", "driver_async_free", "driver_async_invoke", "driver_process_exit",
    "aio_pool_put", "aio_pool_get", "aio_ready",
)  # fmt: skip
"""What may happen a hundred thousand times a second: noted for ports that are followed."""
FOLLOWED_FOR: Final = 5.0
"""The seconds for which a port is followed once somebody has asked for it: a face that has gone asks no more."""
EVENTS_KEPT: Final = 200
PORTS_KEPT: Final = 10_000
"""Of more ports than this the oldest are forgotten."""


@final
class Life:
    """One port's events. Appending is atomic: whoever passes a tracepoint adds."""

    __slots__ = ("events", "noted")

    def __init__(self) -> None:
        self.events: deque[PortEvent] = deque(maxlen=EVENTS_KEPT)
        self.noted = 0

    def __repr__(self) -> str:
        return f"<Life, {self.noted} events>"


@final
class Histories:
    """The lives of all ports of one emulator, from now on. Listeners run on the traced threads, and take no lock.

    *moment* says when it is: the step of a simulation. By default, nanoseconds since now are counted.
    """

    def __init__(self, emulator: Emulator, moment: Callable[[], int] | None = None) -> None:
        self.emulator = emulator
        monotonic, began = emulator.layer.monotonic, emulator.layer.monotonic()
        self._moment = moment or (lambda: monotonic() - began)
        self._lives: dict[int, Life] = {}
        self._followed: dict[int, float] = {}
        emulator.trace.subscribe(self._lives_on, *LIFE)

    def __repr__(self) -> str:
        return f"<Histories of {len(self._lives)} ports>"

    def close(self) -> None:
        """Listen no more."""
        self.emulator.trace.unsubscribe(self._lives_on)
        self.emulator.trace.unsubscribe(self._called)
        self._followed = {}

    def follow(self, number: int | None) -> None:
        """Note every callback and job of the port of this number, for some seconds: to be asked for again and again.

        Called with None, too, for what has run out to end.
        """
        now = time.monotonic()
        listening = bool(self._followed)
        if number is not None:
            self._followed[number] = now + FOLLOWED_FOR
        for old in [port for port, end in self._followed.items() if end < now]:
            del self._followed[old]
        if listening and not self._followed:
            self.emulator.trace.unsubscribe(self._called)
        elif self._followed and not listening:
            self.emulator.trace.subscribe(self._called, *CALLBACKS)

    def of(self, number: int) -> Life:
        """The life of the port of this number, as far as it was seen."""
        return self._lives.get(number) or Life()

    # --- listeners ---

    def _lives_on(self, name: str, fields: Mapping[str, Any]) -> None:
        self._note(_number(fields), name, fields)

    def _called(self, name: str, fields: Mapping[str, Any]) -> None:
        number = _number(fields)
        if number in self._followed:
            self._note(number, name, fields)

    def _note(self, number: int | None, name: str, fields: Mapping[str, Any]) -> None:
        if number is None:
            return
        life = self._lives.get(number)
        if life is None:
            life = self._lives[number] = Life()
            if len(self._lives) > PORTS_KEPT:
                self._lives.pop(next(iter(self._lives)), None)
        layer = self.emulator.layer
        life.events.append(PortEvent(self._moment(), _thread(layer), name, _detail(fields)))
        life.noted += 1


def _thread(layer: ThreadLayer) -> str:
    """The scheduler whose seat the calling thread has; its own name, if it has none."""
    tsd = layer.tsd
    return tsd.name if tsd.scheduler is None else f"{tsd.scheduler.id}_scheduler"


def _number(fields: Mapping[str, Any]) -> int | None:
    """The number of the port that a tracepoint is about; None for the record that ends an async thread."""
    port = fields.get("port")
    if port is None:
        port = getattr(fields.get("job"), "port", None)
    identifier = port if isinstance(port, PortId) or port is None else port.id
    return None if identifier is None else identifier.number


def _detail(fields: Mapping[str, Any]) -> str:
    """What else a tracepoint tells, in a few words."""
    parts = []
    if (job := fields.get("job")) is not None:
        parts.append(f"job {getattr(job, 'async_id', job)}")
    data = fields.get("data")
    if isinstance(data, bytes | bytearray):
        parts.append(f"{len(data)} bytes")
    if (vector := fields.get("vector")) is not None:
        parts.append(f"{vector.size} bytes")
    parts += [f"{key} {_shown(fields[key])}" for key in ("command", "reason", "process", "thread") if key in fields]
    return ", ".join(parts)


def _shown(value: Any) -> str:
    for attribute in ("pid", "name"):
        found = getattr(value, attribute, None)
        if found is not None:
            return str(found)
    return str(value)[:60]
