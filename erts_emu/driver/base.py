"""The thin convenience over the driver entry: a class whose methods are the callbacks, an instance per port."""

from __future__ import annotations

from typing import Any, ClassVar

from erts_emu.driver.entry import CALLBACK_PARAMETERS, DriverEntry, start_of_class
from erts_emu.driver.errors import DriverMisuse
from erts_emu.driver.handles import ErlDrvPort

_START_ERRORS = (-1, -2, -3)
_CALLBACKS = frozenset(CALLBACK_PARAMETERS) - {"start"}


class Driver:
    """Subclass it, name it, define the callbacks you need; API functions take ``self.port``.

    ``start(self, command)`` is called on the new instance, which becomes the *drv_data* of the other callbacks: they
    are plain methods. It returns None, or one of ``ERL_DRV_ERROR_*``. ``init``, ``finish`` and ``stop_select`` belong
    to the driver and not to a port: make them class or static methods. A callback that is not defined is a NULL
    pointer in the entry.
    """

    driver_name: ClassVar[str] = ""
    driver_flags: ClassVar[int] = 0
    port: ErlDrvPort

    @classmethod
    def entry(cls) -> DriverEntry:
        """Return the driver entry that ``driver_init`` returns. Raises ``BadDriverEntry`` if ``start`` is malformed."""
        defined = {name for base in cls.__mro__ for name in vars(base).keys() & _CALLBACKS}
        callbacks: dict[str, Any] = {name: getattr(cls, name) for name in defined}
        return DriverEntry(
            driver_name=cls.driver_name,
            driver_flags=cls.driver_flags,
            start=_starter(cls, start_of_class(cls, cls.driver_name)),
            source=f"{cls.__module__}.{cls.__qualname__}",
            **callbacks,
        )


def _starter(cls: type[Driver], own_start: Any) -> Any:
    def start(port: ErlDrvPort, command: str) -> object:
        instance = cls()
        instance.port = port
        return instance

    def start_with_own(port: ErlDrvPort, command: str) -> object:
        instance = cls()
        instance.port = port
        result = own_start(instance, command)
        if result is None:
            return instance
        if result in _START_ERRORS:
            return result
        raise DriverMisuse(
            f"start of {cls.__qualname__} returned {result!r}: the instance is the drv_data, so it returns None, or "
            "one of ERL_DRV_ERROR_GENERAL, ERL_DRV_ERROR_ERRNO and ERL_DRV_ERROR_BADARG"
        )

    return start if own_start is None else start_with_own
