"""The state flags of a port, and the sets of them that decide who still finds it (ERTS: ``erl_port.h``)."""

from __future__ import annotations

from enum import IntFlag
from typing import Final


class PortState(IntFlag):
    """The state flags of a port (``ERTS_PORT_SFLG_*``)."""

    CONNECTED = 0x0001
    EXITING = 0x0002
    DISTRIBUTION = 0x0004
    BINARY_IO = 0x0008
    SOFT_EOF = 0x0010
    CLOSING = 0x0020
    SEND_CLOSED = 0x0040
    LINEBUF_IO = 0x0080
    FREE = 0x0100
    INITIALIZING = 0x0200
    PORT_SPECIFIC_LOCK = 0x0400
    INVALID = 0x0800
    HALT = 0x1000
    CHECK_FD_CLEANUP = 0x2000
    # Not flags in ERTS:
    XPORTS = 0x4000
    """A callback under way has made other ports; ERTS looks at the list of them."""
    STARTING = 0x8000
    """The driver's start is under way: ERTS crashes if the port fails now."""


CONNECTED: Final = int(PortState.CONNECTED)
EXITING: Final = int(PortState.EXITING)
BINARY_IO: Final = int(PortState.BINARY_IO)
SOFT_EOF: Final = int(PortState.SOFT_EOF)
CLOSING: Final = int(PortState.CLOSING)
SEND_CLOSED: Final = int(PortState.SEND_CLOSED)
LINEBUF_IO: Final = int(PortState.LINEBUF_IO)
FREE: Final = int(PortState.FREE)
INITIALIZING: Final = int(PortState.INITIALIZING)
PORT_SPECIFIC_LOCK: Final = int(PortState.PORT_SPECIFIC_LOCK)
INVALID: Final = int(PortState.INVALID)
XPORTS: Final = int(PortState.XPORTS)
STARTING: Final = int(PortState.STARTING)
NEEDS_EPILOGUE: Final = CLOSING | XPORTS
"""With any of these set, a callback ends with the epilogue."""

INVALID_DRIVER_LOOKUP: Final = FREE | INITIALIZING | INVALID
INVALID_LOOKUP: Final = INVALID_DRIVER_LOOKUP | EXITING | CLOSING
