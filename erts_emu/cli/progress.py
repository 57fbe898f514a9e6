"""How far a command has come: one line to begin with and, on a terminal, a bar. Both go to standard error."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any, Self, final


@final
class Progress:
    """A context manager around the work; ``show`` is cheap enough for ten calls a second. Shows nothing by itself."""

    def __init__(self, title: str, total: int) -> None:
        print(title, file=sys.stderr)
        self._bar: Any = None
        if sys.stderr.isatty():
            self._bar, self._task = _rich_bar(total)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def show(self, done: int) -> None:
        """Bring the bar up to date."""
        if self._bar is not None:
            self._bar.update(self._task, completed=done)
            self._bar.refresh()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


def _rich_bar(total: int) -> tuple[Any, Any]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = RichProgress(*columns, console=Console(stderr=True), auto_refresh=False)
    return bar, bar.add_task("", total=total)
