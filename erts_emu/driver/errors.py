"""What a driver can do wrong, as typed errors that name the driver, the callback and the rule."""

from __future__ import annotations


class DriverError(RuntimeError):
    """The base of the errors that a driver's own code causes."""


class BadDriverEntry(DriverError, TypeError):
    """A driver entry is malformed. ``where`` names the file, ``driver`` and ``field`` what is wrong (or None)."""

    def __init__(self, where: str, driver: str | None, field: str | None, problem: str) -> None:
        name = f"driver {driver!r}" if driver else "driver entry"
        super().__init__(f"{where}: {name}: {f'{field} ' if field else ''}{problem}")
        self.where = where
        self.driver = driver
        self.field = field


class DriverCallbackError(DriverError):
    """A driver callback raised an exception, which is this one's ``__cause__``, or returned nonsense.

    C has no exceptions; here the port fails with reason ``driver_raised`` and the emulator goes on.
    """

    def __init__(self, driver: str, callback: str, port: str, problem: str) -> None:
        super().__init__(f"driver {driver!r}: {callback} of {port} {problem}")
        self.driver = driver
        self.callback = callback
        self.port = port


class DriverMisuse(DriverError):
    """A driver broke a rule of the API that OTP does not check (there, it corrupts or crashes the VM)."""


class StalePortHandle(DriverMisuse):
    """An ``ErlDrvPort`` was used after its port structure was freed. In C this is undefined behaviour."""

    def __init__(self, function: str, handle: object) -> None:
        super().__init__(
            f"{function}() was called with {handle!r}, whose port is gone. A handle is valid until the callback in "
            "which its port died has returned: forget it in stop()"
        )
