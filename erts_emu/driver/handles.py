"""What a driver holds of the emulator's objects: opaque handles.

A handle leads to the emulator's object only inside this package. Once the object is freed the handle leads to a
tombstone, so that using it is an error and never touches somebody else's port.
"""

from __future__ import annotations

from typing import Any, Final, Generic, TypeVar, final

from erts_emu.driver.errors import StalePortHandle

T = TypeVar("T")

INVALID_STATE: Final = 0x0800
"""``ERTS_PORT_SFLG_INVALID``: the state bit of the port that does not exist."""


@final
class Pointer(Generic[T]):
    """One cell of memory that a function reads and writes, where C has a pointer argument (``unsigned int *key``)."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"Pointer({self.value!r})"


@final
class _NoPort:
    """The port that a dead or invalid handle leads to: a stale one raises, the invalid one answers as OTP does."""

    __slots__ = ("_stale",)

    state = INVALID_STATE
    checker = None

    def __init__(self, *, stale: bool) -> None:
        self._stale = stale

    def dead(self, result: T, function: str, handle: ErlDrvPort) -> T:
        """Answer an API call on a port that does not exist."""
        if self._stale:
            raise StalePortHandle(function, handle)
        return result


@final
class ErlDrvPort:
    """A driver's handle of its port. Compare it, keep it, pass it to API functions."""

    __slots__ = ("_id", "_port")

    def __init__(self, port: Any, port_id: object) -> None:
        self._port = port
        self._id = port_id

    def __repr__(self) -> str:
        return f"<ErlDrvPort {self._id}>"


TOMBSTONE: Final = _NoPort(stale=True)
"""Where a handle leads once its port structure has been freed."""

INVALID_PORT: Final = ErlDrvPort(_NoPort(stale=False), -1)
"""``(ErlDrvPort) -1``: API functions answer as for a dead port."""


@final
class ErlDrvMonitor:
    """A driver's monitor of a process. May be copied and compared; nothing points at it."""

    __slots__ = ("_reference",)

    def __init__(self) -> None:
        self._reference: Any = None

    def __repr__(self) -> str:
        return f"<ErlDrvMonitor {self._reference}>"
