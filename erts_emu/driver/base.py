"""The thin convenience over the driver entry: a class whose methods are the callbacks, an instance per port."""

from __future__ import annotations

from typing import Any, ClassVar

from erts_emu.driver.entry import CALLBACK_PARAMETERS, DriverEntry
from erts_emu.driver.handles import ErlDrvPort

_OF_THE_CLASS = frozenset(("init", "finish", "stop_select"))


class Driver:
    """Subclass it, name it, define the callbacks you need; API functions take ``self.port``.

    ``start(self, command)`` is called on the new instance, which becomes the *drv_data* of the other callbacks: they
    are plain methods. ``init``, ``finish`` and ``stop_select`` belong to the driver and not to a port: make them
    class or static methods. A callback that is not defined is a NULL pointer in the entry.
    """

    driver_name: ClassVar[str] = ""
    driver_flags: ClassVar[int] = 0
    port: ErlDrvPort

    @classmethod
    def entry(cls) -> DriverEntry:
        """Return the driver entry that ``driver_init`` returns."""
        callbacks: dict[str, Any] = {
            name: getattr(cls, name)
            for name in CALLBACK_PARAMETERS
            if name != "start" and getattr(cls, name, None) is not None
        }
        return DriverEntry(
            driver_name=cls.driver_name,
            driver_flags=cls.driver_flags,
            start=_starter(cls),
            source=f"{cls.__module__}.{cls.__qualname__}",
            **callbacks,
        )


def _starter(cls: type[Driver]) -> Any:
    own_start = getattr(cls, "start", None)

    def start(port: ErlDrvPort, command: str) -> object:
        instance = cls()
        instance.port = port
        return instance

    def start_with_own(port: ErlDrvPort, command: str) -> object:
        instance = cls()
        instance.port = port
        result = own_start(instance, command)  # type: ignore[misc]
        return instance if result is None else result

    return start if own_start is None else start_with_own
