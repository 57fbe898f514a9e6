"""Tracepoints: the single source of what logs, timelines, checks and explorers know about a run.

Each tracepoint is an attribute of a :class:`Trace`: ``None`` while nobody listens, a callable otherwise. Code
that passes one asks first, so an unused tracepoint costs one attribute read::

    if (tracepoint := trace.port_open) is not None:
        tracepoint(port=port, driver=driver)

Names are those of ERTS's own probes (LTTng provider ``org_erlang_otp``), plus a few of the emulator's.
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
    "port_open": "a port has been opened",
    "port_exit": "a port starts to terminate",
    "port_connect": "a port got a new owner",
    "port_busy": "a port became busy",
    "port_not_busy": "a port is busy no more",
    "port_terminate": "a port has left the port table",
    "process_spawn": "a process was made",
    "process_exit": "a process has ended",
    "message_send": "a message was put into a process's queue",
    "aio_pool_put": "an async job was put into an input queue (gone from ERTS since OTP 23)",
    "aio_pool_get": "an async thread took a job (gone from ERTS since OTP 23)",
    "aio_ready": "a scheduler took a finished job from its ready queue",
    "aio_ready_batch": "a scheduler made one pass over its ready queue",
}

Listener = Callable[[str, Mapping[str, Any]], None]
Tracepoint = Callable[..., None]


@final
class Trace:
    """The tracepoints of one emulator. Subscribe before or while it runs; listeners run on the traced thread."""

    __slots__ = (*TRACEPOINTS, "_listeners")

    def __init__(self) -> None:
        self._listeners: dict[str, list[Listener]] = {name: [] for name in TRACEPOINTS}
        for name in TRACEPOINTS:
            setattr(self, name, None)

    def __repr__(self) -> str:
        return f"<Trace {[name for name, listeners in self._listeners.items() if listeners]}>"

    if TYPE_CHECKING:  # at run time it would make every read of a tracepoint slow, even with nobody listening

        def __getattr__(self, name: str) -> Tracepoint | None: ...

    def subscribe(self, listener: Listener, *names: str) -> None:
        """Call ``listener(name, fields)`` at each of the tracepoints *names* (all, if none is given).

        A listener that raises is logged and removed. Raises ``ValueError`` for a name that does not exist.
        """
        for name in names or TRACEPOINTS:
            if name not in TRACEPOINTS:
                raise ValueError(f"no tracepoint is called {name!r}; there are {', '.join(TRACEPOINTS)}")
            self._listeners[name].append(listener)
            self._rebuild(name)

    def unsubscribe(self, listener: Listener) -> None:
        """Stop calling *listener*."""
        for name, listeners in self._listeners.items():
            if listener in listeners:
                listeners.remove(listener)
                self._rebuild(name)

    def _rebuild(self, name: str) -> None:
        listeners = tuple(self._listeners[name])

        def fire(**fields: Any) -> None:
            for listener in listeners:
                try:
                    listener(name, fields)
                except Exception as error:  # noqa: BLE001 -- a listener never takes the emulator down
                    self.unsubscribe(listener)
                    logger().error(
                        "trace_listener_removed", tracepoint=name, listener=repr(listener), error=repr(error)
                    )

        setattr(self, name, fire if listeners else None)
