"""The emulator's log: structlog, loaded when the first event is logged."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

if TYPE_CHECKING:
    from structlog.typing import ExcInfo

_OWN_FILES: Final = str(Path(__file__).parent)
_BUNDLED_DRIVERS: Final = str(Path(__file__).parent / "_bundled_drivers")


def logger() -> Any:
    """Return the logger ``erts_emu``: events are verb phrases, facts are key-values.

    Configure structlog as usual; without configuration events go to standard error, as ERTS's reports do.
    """
    import sys

    import structlog

    if structlog.is_configured():
        return structlog.get_logger("erts_emu")
    output = sys.stderr
    return structlog.wrap_logger(structlog.PrintLogger(output), _processors(output.isatty())).bind(logger="erts_emu")


@cache
def _processors(colors: bool) -> list[Any]:
    """Return structlog's usual chain, with tracebacks that a driver's author can use."""
    import structlog

    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
        structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=_print_exception),
    ]


def _print_exception(output: TextIO, exc_info: ExcInfo) -> None:
    """Print a traceback that begins in the driver or process that raised: how the emulator got there is no news."""
    import traceback

    kind, error, frames = exc_info
    while frames is not None and frames.tb_next is not None and _is_own(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    output.write("\n" + "".join(traceback.format_exception(kind, error, frames)).rstrip())


def _is_own(filename: str) -> bool:
    return filename.startswith(_OWN_FILES) and not filename.startswith(_BUNDLED_DRIVERS)
