"""What a driver can do wrong, as typed errors that name the driver, the callback and the rule."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Final

_PACKAGE: Final = f"{__name__.partition('.')[0]}."


CALLBACK_FAILURES: Final = (Exception, SystemExit)
"""What ends a callback but not the emulator: ``sys.exit()`` in a driver is an error of the driver."""


class DriverError(RuntimeError):
    """The base of the errors that a driver's own code causes.

    ``exit_reason`` is the reason with which a port fails in whose callback it was raised; None means ``driver_raised``.
    """

    exit_reason: Any = None


class BadDriverEntry(DriverError, TypeError):
    """A driver entry is malformed. ``where`` names the file, ``driver`` and ``field`` what is wrong (or None)."""

    def __init__(self, where: str, driver: str | None, field: str | None, problem: str) -> None:
        name = f"driver {driver!r}" if driver else "driver entry"
        super().__init__(f"{where}: {name}: {f'{field} ' if field else ''}{problem}")
        self.where = where
        self.driver = driver
        self.field = field


class DriverCallbackError(DriverError):
    """A driver callback raised *error*, which is this one's ``__cause__``, or returned nonsense.

    C has no exceptions; here the port fails with reason ``driver_raised`` and the emulator goes on. ``file`` and
    ``line`` are where the driver's own code was last.
    """

    def __init__(self, driver: str, callback: str, port: str, error: BaseException) -> None:
        self.driver = driver
        self.callback = callback
        self.port = port
        self.file, self.line = _last_line_outside(error.__traceback__)
        kind = ": " if isinstance(error, DriverMisuse) else f" raised {type(error).__name__}: "
        where = f" (at {self.file}:{self.line})" if self.file else ""
        super().__init__(f"driver {driver!r}: {callback} of {port}{kind}{error}{where}")


def _last_line_outside(traceback: TracebackType | None) -> tuple[str, int]:
    """The innermost line of a traceback that is not the emulator's own."""
    file, line = "", 0
    while traceback is not None:
        if not str(traceback.tb_frame.f_globals.get("__name__", "")).startswith(_PACKAGE):
            file, line = traceback.tb_frame.f_code.co_filename, traceback.tb_lineno
        traceback = traceback.tb_next
    return file, line


class DriverMisuse(DriverError):
    """A driver broke a rule of the API that OTP does not check (there, it corrupts or crashes the VM)."""


class NotAPortHandle(DriverMisuse, TypeError):
    """A function that takes an ``ErlDrvPort`` was given something else. A C compiler would have refused that."""

    def __init__(self, function: str, value: object) -> None:
        super().__init__(
            f"{function}() takes the ErlDrvPort that start got (self.port in a Driver class), not {value!r}"
        )


class StalePortHandle(DriverMisuse):
    """An ``ErlDrvPort`` was used after its port structure was freed. In C this is undefined behaviour."""

    def __init__(self, function: str, handle: object) -> None:
        super().__init__(
            f"{function}() was called with {handle!r}, whose port is gone. A handle is valid until the callback in "
            "which its port died has returned: forget it in stop()"
        )
