"""Line mode of ports: splitting a driver's output into lines (ERTS: ``linebuf`` in ``io.c``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, final

from erts_emu.terms import Atom

EOL: Final = Atom("eol")
NOEOL: Final = Atom("noeol")
_FIRST_ROOM: Final = 100


@final
class LineBuffer:
    r"""Collects bytes until a line ends or *limit* are there. ``\r\n`` is one end of line, a lone ``\r`` is data."""

    __slots__ = ("_carriage_return", "_line", "limit", "room")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.room = min(limit, _FIRST_ROOM)
        """The bytes that ERTS would have allocated for it."""
        self._line = bytearray()
        self._carriage_return = False

    def __repr__(self) -> str:
        return f"<LineBuffer {len(self._line)} of {self.limit} bytes>"

    def feed(self, data: bytes) -> Iterator[tuple[Atom, bytes]]:
        """Yield ``(eol | noeol, line)`` for every line that *data* completes."""
        for byte in data:
            if byte == 0x0A:
                self._carriage_return = False
                yield EOL, self._take()
                continue
            if self._carriage_return:
                self._carriage_return = False
                yield from self._add(0x0D)
            if byte == 0x0D:
                self._carriage_return = True
            else:
                yield from self._add(byte)

    def flush(self) -> Iterator[tuple[Atom, bytes]]:
        """Yield what is left as incomplete lines: the driver has reported the end of file."""
        if self._carriage_return:
            self._carriage_return = False
            yield from self._add(0x0D)
        if self._line:
            yield NOEOL, self._take()

    def _add(self, byte: int) -> Iterator[tuple[Atom, bytes]]:
        if len(self._line) >= self.limit:
            yield NOEOL, self._take()
        self._line.append(byte)
        while self.room < len(self._line):
            self.room = min(2 * self.room, self.limit)

    def _take(self) -> bytes:
        line = bytes(self._line)
        self._line.clear()
        return line
