"""Which emulator the calling thread works for, where an API function has no port to tell."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from erts_emu.driver.errors import DriverMisuse

current_emulator: ContextVar[Any] = ContextVar("erts_emu_current_emulator")
"""Set on every thread of an emulator (simulated ones too: each has a context of its own)."""


def emulator(function: str) -> Any:
    """Return the calling thread's emulator. Raises ``DriverMisuse`` on a thread of nobody's."""
    try:
        return current_emulator.get()
    except LookupError:
        raise DriverMisuse(
            f"{function}() was called on a thread that belongs to no emulator: call it from a callback, a job, or a "
            "thread made with erl_drv_thread_create()"
        ) from None
