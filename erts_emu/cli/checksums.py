"""The format of ``sha256sum`` and its relatives."""

from __future__ import annotations

from typing import Final

_ESCAPES: Final = ((b"\\", b"\\\\"), (b"\n", b"\\n"), (b"\r", b"\\r"))
"""The backslash comes first: the others bring in backslashes of their own."""


def checksum_line(path: bytes, digest: bytes) -> bytes:
    """Return the line that ``sha256sum`` prints for a file: a leading backslash tells that the name is escaped."""
    name = path
    for character, escape in _ESCAPES:
        name = name.replace(character, escape)
    return b"%s%s  %s\n" % (b"\\" if name != path else b"", digest.hex().encode(), name)
