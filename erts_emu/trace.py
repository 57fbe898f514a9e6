"""Tracepoints: the single source of what logs, timelines, checks and explorers know about a run.

Each tracepoint is an attribute of a :class:`Trace`: ``None`` while nobody listens, a callable otherwise. Code
that passes one asks first, so an unused tracepoint costs one attribute read::

    if (tracepoint := trace.port_open) is not None:
        tracepoint(port=port, driver=driver)

Names are those of ERTS's own probes (LTTng provider ``org_erlang_otp``), plus a few of the emulator's.

A *listener* hears of many tracepoints and gets a name and a dict. A *probe* is one function for one tracepoint, called
with its fields as keyword arguments and nothing in between: for recorders, which are passed millions of times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.logs import logger

TRACEPOINTS: Final[Mapping[str, str]] = {
    "driver_init": "a driver was added to the driver list; before its init callback",
    "driver_start": "before start",
    "driver_stop": "before stop",
    "driver_flush": "before flush",
    "driver_output": "before output",
    "driver_outputv": "before outputv",
    "driver_control": "before control",
    "driver_call": "before call",
    "driver_ready_input": "before ready_input",
    "driver_ready_output": "before ready_output",
    "driver_timeout": "before timeout",
    "driver_ready_async": "before ready_async",
    "driver_async_free": "before the free function of an async job",
    "driver_async_invoke": "before the invoke function of an async job, on its async thread",
    "driver_process_exit": "before process_exit",
    "driver_stop_select": "before stop_select",
    "driver_finish": "before finish, when the driver is removed",
    "driver_return": "after a callback, also if it raised; after ready_async only if driver_ready_async is in use",
    "driver_async_invoke_return": "after the invoke function of an async job, also if it raised",
    "driver_async_free_return": "after the free function of an async job, also if it raised",
    "driver_references": "the reference count of a driver handle has changed",
    "pdl_references": "the reference count of a port data lock has changed",
    "port_open": "a port has been opened",
    "port_exit": "a port starts to terminate",
    "port_connect": "a port got a new owner",
    "port_busy": "a port became busy",
    "port_not_busy": "a port is busy no more",
    "port_terminate": "a port has left the port table",
    "port_send": "a port sends a message to its owner",
    "port_scheduled": "a scheduler is about to execute a port's tasks",
    "port_unscheduled": "a scheduler has executed tasks of a port",
    "seat_taken": "a thread has sat down in a scheduler's seat",
    "seat_left": "a thread has stood up from a scheduler's seat",
    "process_spawn": "a process was made",
    "process_exit": "a process has ended",
    "process_scheduled": "a scheduler gives a process its turn",
    "process_unscheduled": "the turn of a process is over",
    "message_send": "a message was put into a process's queue",
    "driver_async": "before an async job is put into an input queue",
    "aio_pool_put": "an async job was put into an input queue (gone from ERTS since OTP 23)",
    "aio_pool_get": "an async thread took a job (gone from ERTS since OTP 23)",
    "aio_ready": "a scheduler took a finished job from its ready queue",
    "aio_done": "a scheduler has done what a finished job asked for: the port has its result, or it was freed",
    "aio_ready_batch": "a scheduler made one pass over its ready queue",
    "run_queue_length": "something was put into a run queue, or taken out",
    "lock_acquire": "a lock was taken; this and the next two: of locks that are checked or counted",
    "lock_contended": "a lock was wanted that somebody else holds",
    "lock_release": "before a lock is given back",
}
DETAILS: Final = frozenset(
    """driver_async driver_return driver_async_invoke_return driver_async_free_return driver_references pdl_references
    port_send port_scheduled port_unscheduled process_scheduled process_unscheduled aio_done run_queue_length
    lock_acquire lock_contended lock_release seat_taken seat_left""".split()
)
"""Those that are passed so often, or say so little on their own, that a person wants them only by name."""

Listener = Callable[[str, Mapping[str, Any]], None]
Tracepoint = Callable[..., None]


@final
class Trace:
    """The tracepoints of one emulator. Subscribe before or while it runs; listeners run on the traced thread."""

    __slots__ = (*TRACEPOINTS, "_listeners", "_probes")

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = {}
        self._probes: dict[str, list[Tracepoint]] = {}
        for name in TRACEPOINTS:
            setattr(self, name, None)

    def __repr__(self) -> str:
        return f"<Trace {[name for name in TRACEPOINTS if getattr(self, name) is not None]}>"

    if TYPE_CHECKING:  # at run time it would make every read of a tracepoint slow, even with nobody listening

        def __getattr__(self, name: str) -> Tracepoint | None: ...

    def subscribe(self, listener: Listener, *names: str) -> None:
        """Call ``listener(name, fields)`` at each of the tracepoints *names* (all, if none is given).

        A listener that raises is logged and removed. Raises ``ValueError`` for a name that does not exist.
        """
        for name in names or TRACEPOINTS:
            if name not in TRACEPOINTS:
                raise ValueError(f"no tracepoint is called {name!r}; there are {', '.join(TRACEPOINTS)}")
            self._listeners.setdefault(name, []).append(listener)
            self._rebuild(name)

    def unsubscribe(self, listener: Listener) -> None:
        """Stop calling *listener*."""
        for name, listeners in tuple(self._listeners.items()):
            if listener in listeners:
                listeners.remove(listener)
                self._rebuild(name)

    def attach(self, name: str, probe: Tracepoint) -> None:
        """Call ``probe(**fields)`` at tracepoint *name*, before any listener. It must never raise.

        Raises ``ValueError`` for a name that does not exist.
        """
        if name not in TRACEPOINTS:
            raise ValueError(f"no tracepoint is called {name!r}; there are {', '.join(TRACEPOINTS)}")
        self._probes.setdefault(name, []).append(probe)
        self._rebuild(name)

    def detach(self, name: str, probe: Tracepoint) -> None:
        """Stop calling *probe* at tracepoint *name*."""
        self._probes[name].remove(probe)
        self._rebuild(name)

    def _rebuild(self, name: str) -> None:
        listeners = tuple(self._listeners.get(name, ()))
        probes = tuple(self._probes.get(name, ()))
        if listeners or len(probes) > 1:
            setattr(self, name, self._all_of(name, probes, listeners))
        else:
            setattr(self, name, probes[0] if probes else None)

    def _all_of(self, name: str, probes: tuple[Tracepoint, ...], listeners: tuple[Listener, ...]) -> Tracepoint:
        def fire(**fields: Any) -> None:
            for probe in probes:
                probe(**fields)
            for listener in listeners:
                try:
                    listener(name, fields)
                except Exception as error:  # noqa: BLE001 -- a listener never takes the emulator down
                    self.unsubscribe(listener)
                    logger().error(
                        "trace_listener_removed", tracepoint=name, listener=repr(listener), error=repr(error)
                    )

        return fire
