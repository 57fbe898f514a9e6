"""What is written by whoever is observed: kept, for the terminal belongs to the face."""

from __future__ import annotations

import os
import sys
import threading
from types import TracebackType
from typing import Final, NamedTuple, Self, final

KEPT: Final = 1 << 18
"""The bytes that are kept: of more, the oldest are forgotten."""


Terminal = tuple[int, int, int]
"""Descriptors: where a face reads what is typed, where it draws, where it complains."""


class Written(NamedTuple):
    """What is new of what was written, how many bytes there were in all, and whether what was known is void."""

    text: str = ""
    end: int = 0
    anew: bool = False


NOTHING_WRITTEN: Final = Written()


@final
class Kept:
    """The end of what was written. Any thread writes; ``_lock`` guards all."""

    def __init__(self, kept: int = KEPT) -> None:
        self._lock = threading.Lock()
        self._kept = kept
        self._text = bytearray()
        self._written = 0
        self._cleared_at = 0

    def __repr__(self) -> str:
        return f"<Kept, {self._written} bytes were written>"

    def write(self, data: bytes) -> None:
        """Add *data*."""
        with self._lock:
            self._text += data
            self._written += len(data)
            if len(self._text) > 2 * self._kept:
                del self._text[: -self._kept]

    def flush(self) -> None:
        """Nothing is kept back."""

    def clear(self) -> None:
        """Forget all: it is going to be written again."""
        with self._lock:
            self._text.clear()
            self._cleared_at = self._written

    def since(self, known: int) -> Written:
        """What was written after the first *known* bytes, as far as it is kept."""
        with self._lock:
            anew = 0 < self._cleared_at >= known
            new = min(self._written - known, len(self._text))
            text = bytes(self._text[-new:]) if new > 0 else b""
            return Written(text.decode("utf-8", "replace"), self._written, anew)

    def everything(self) -> bytes:
        """All that is kept."""
        with self._lock:
            return bytes(self._text)


@final
class Diverted:
    """Standard output and error of this process, C code's included, on their way into a :class:`Kept`.

    ``terminal`` are duplicates of the descriptors that they had: those that a face may use.
    """

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._thread: threading.Thread | None = None
        self.terminal: Terminal = (0, 1, 2)

    def __enter__(self) -> Self:
        _flush()
        self.terminal = (0, os.dup(1), os.dup(2))
        read, write = os.pipe()
        os.dup2(write, 1)
        os.dup2(write, 2)
        os.close(write)
        self._thread = threading.Thread(target=self._read, args=(read,), name="observer output", daemon=True)
        self._thread.start()
        return self

    def _read(self, descriptor: int) -> None:
        while data := os.read(descriptor, 1 << 16):
            self._kept.write(data)
        os.close(descriptor)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        _flush()
        for number, descriptor in enumerate(self.terminal[1:], 1):
            os.dup2(descriptor, number)
            os.close(descriptor)
        assert self._thread is not None
        self._thread.join(1.0)  # a child that has inherited the pipe would keep it open


def _flush() -> None:
    sys.stdout.flush()
    sys.stderr.flush()
