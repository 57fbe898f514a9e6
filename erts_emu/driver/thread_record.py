"""What a thread is to drivers (OTP: ``erl_drv_thread.c``)."""

from __future__ import annotations

from typing import Any, Final, final

UNKNOWN: Final = "unknown"
"""The name of what was made without one, and of every thread that drivers did not make."""


@final
class ErlDrvTid:
    """One thread. The threads of the emulator itself have such a record too, made when it is first asked for.

    Private to the thread: ``values`` (its thread-specific data), ``dl_error``. ``result`` is there once it has ended.
    """

    __slots__ = ("dl_error", "joined", "made_by_driver", "name", "result", "thread", "values")

    def __init__(self, name: str, *, made_by_driver: bool = False) -> None:
        self.name = name
        self.made_by_driver = made_by_driver
        self.thread: Any = None
        self.joined = False
        self.result: Any = None
        self.values: dict[int, Any] = {}
        self.dl_error: str | None = None

    def __repr__(self) -> str:
        return f"<ErlDrvTid {self.name}>"


def current_thread(emu: Any) -> ErlDrvTid:
    """Return the calling thread's record."""
    tsd = emu.layer.tsd
    record: ErlDrvTid | None = tsd.driver_thread
    if record is None:
        record = tsd.driver_thread = ErlDrvTid(UNKNOWN)
    return record
