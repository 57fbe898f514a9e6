"""The emulator's log: structlog, loaded when the first event is logged."""

from __future__ import annotations

from typing import Any


def logger() -> Any:
    """Return the logger ``erts_emu``: events are verb phrases, facts are key-values.

    Configure structlog as usual; without configuration events go to standard error, as ERTS's reports do.
    """
    import sys

    import structlog

    if not structlog.is_configured():
        return structlog.wrap_logger(structlog.PrintLogger(sys.stderr)).bind(logger="erts_emu")
    return structlog.get_logger("erts_emu")
