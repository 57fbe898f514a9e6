"""Standard output, as Erlang's ``user`` process writes it: characters in the encoding of the device."""

from __future__ import annotations

from typing import Protocol, final


class ByteStream(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object:
        """Write."""

    def flush(self) -> object:
        """Write out what is buffered."""


@final
class Output:
    """Writes characters at once. In Latin-1, which ``erl`` uses where it has no terminal, others are escaped."""

    def __init__(self, stream: ByteStream, *, unicode: bool = False) -> None:
        self._stream = stream
        self.unicode = unicode

    def __repr__(self) -> str:
        return f"<Output {'unicode' if self.unicode else 'latin1'}>"

    def write(self, text: str) -> None:
        """Write characters."""
        if self.unicode:
            data = text.encode("utf-8", "surrogatepass")
        else:
            data = "".join([c if c <= "\xff" else f"\\x{{{ord(c):X}}}" for c in text]).encode("latin-1")
        self._stream.write(data)
        self._stream.flush()
