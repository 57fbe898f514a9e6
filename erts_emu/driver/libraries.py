"""Dynamic libraries as drivers may open them: ``dlopen`` and its relatives, through :mod:`ctypes`."""

from __future__ import annotations

from typing import Any, final

from erts_emu.driver.errors import DriverMisuse


class LibraryFailure(OSError):
    """The dynamic linker refused; the message is its own."""


@final
class DynamicLibrary:
    """An open library. Raises ``LibraryFailure`` if there is none at *path*."""

    def __init__(self, path: str) -> None:
        import ctypes  # takes a while to import, and few drivers come here

        self.path = path
        try:
            self._library: Any = ctypes.CDLL(path)
        except OSError as error:
            raise LibraryFailure(str(error)) from error

    def __repr__(self) -> str:
        return f"<DynamicLibrary {self.path}{'' if self._library else ' closed'}>"

    def symbol(self, name: str) -> int:
        """Return the address of *name*. Raises ``LibraryFailure``."""
        import ctypes

        try:
            function = self._opened("driver_dl_sym")[name]
        except AttributeError as error:
            raise LibraryFailure(str(error)) from error
        address = ctypes.cast(function, ctypes.c_void_p).value
        assert address is not None
        return address

    def close(self, function: str) -> None:
        """Close the library for *function*. Raises ``DriverMisuse`` the second time."""
        import _ctypes

        library, self._library = self._opened(function), None
        _ctypes.dlclose(library._handle)

    def _opened(self, function: str) -> Any:
        if self._library is None:
            raise DriverMisuse(f"{function}() of {self!r}, which is closed")
        return self._library
