"""How the emulator and the process that an isolated driver lives in talk: calls in both directions on one line.

Each thread that enters the driver has a line of its own, and at its other end a thread that does its calls: so
thread-specific data, and locks that remember their holder, work as they do within one process. A call may lead to
calls back on the same line before it returns.
"""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import reduction
from multiprocessing.connection import Connection
from typing import Any, final

from erts_emu.driver.errors import DriverMisuse


class OtherSideGone(Exception):
    """The process at the other end has ended."""


class NoAnswer(Exception):
    """The process at the other end has not done in time what it was called for."""


@final
class PortRef(int):
    """A port, by the number that both sides know it by."""


Handler = Callable[["Line", str, tuple[Any, ...]], Any]


@final
class Line:
    """One connection, used by one thread at each end."""

    def __init__(self, connection: Connection[Any, Any], handler: Handler) -> None:
        self._connection = connection
        self._handler = handler
        self.descriptor = -1
        """The descriptor that the other side has sent last."""

    def __repr__(self) -> str:
        return f"<Line {self._connection!r}>"

    def call(self, name: str, *arguments: Any, time_left: Callable[[], float] | None = None) -> Any:
        """Have the other side do something; return or raise what came of it.

        Raises ``OtherSideGone``, and ``NoAnswer`` if *time_left* (seconds) is over before: the line is of no use then.
        """
        self._send(("call", name, arguments))
        while True:
            if time_left is not None and not self._connection.poll(time_left()):
                raise NoAnswer
            kind, *rest = self._receive()
            if kind == "return":
                return rest[0]
            if kind == "raise":
                raise _rebuilt(*rest)
            self._serve(kind, *rest)

    def send_descriptor(self, descriptor: int) -> None:
        """Give the other side a descriptor, for the call that follows."""
        self._send(("descriptor",))
        reduction.send_handle(self._connection, descriptor, 0)

    def serve(self) -> None:
        """Do what the other side calls for, until it is gone."""
        try:
            while True:
                self._serve(*self._receive())
        except OtherSideGone:
            self._connection.close()

    def _serve(self, kind: str, *rest: Any) -> None:
        if kind == "descriptor":
            self.descriptor = reduction.recv_handle(self._connection)
        else:
            self._do(*rest)

    def _do(self, name: str, arguments: tuple[Any, ...]) -> None:
        try:
            result = self._handler(self, name, arguments)
        except OtherSideGone:
            raise
        except Exception as error:  # noqa: BLE001 -- raised at the other side
            self._send(("raise", type(error).__name__, str(error), getattr(error, "errno", None)))
        else:
            self._send(("return", result))

    def _send(self, message: tuple[Any, ...]) -> None:
        try:
            self._connection.send(message)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise OtherSideGone from error

    def _receive(self) -> Any:
        try:
            return self._connection.recv()
        except (EOFError, ConnectionResetError) as error:
            raise OtherSideGone from error


def _rebuilt(kind: str, text: str, number: int | None) -> Exception:
    if number is not None:
        return OSError(number, text)
    return DriverMisuse(text if kind in ("DriverMisuse", "StalePortHandle", "NotAPortHandle") else f"{kind}: {text}")
