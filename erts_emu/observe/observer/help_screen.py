"""The screen that lists all keys."""

from __future__ import annotations

from typing import ClassVar, Final, final

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen
from textual.widgets import Static

_ALWAYS: Final = (
    ("1 … 7", "ports, drivers, processes, threads, locks, output"),
    ("↑ ↓ PgUp PgDn", "move in a table, or in a history"),
    ("Enter, Esc", "look into a port, and back"),
    ("f", "there: note its callbacks and jobs, too"),
    ("s, r", "sort by the next column; the other way round"),
    ("/", "only rows with these words; Esc Esc: all again"),
    ("m", "account for where threads' time goes, or stop that"),
    ("Space", "freeze the picture; a simulation: pause, go on"),
)
_STEPPING: Final = (
    ("n, N", "one step of a simulated thread, ten steps"),
    ("b, B", "one step back, ten: the run is repeated up to there"),
    ("u", "go on until a tracepoint is passed"),
)
_EVALUATING: Final = ((":", "evaluate an expression in the observed shell"),)
_LAST: Final = (("?, q", "these keys; quit"),)


@final
class HelpScreen(ModalScreen[None]):
    """All keys, and what they do."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter,space", "app.pop_screen", "Close"),
    ]

    def __init__(self, orders: tuple[str, ...]) -> None:
        super().__init__()
        self._orders = orders

    def compose(self) -> ComposeResult:
        """A box in the middle."""
        lines = [*_ALWAYS, *(_STEPPING if "step" in self._orders else ())]
        lines += _EVALUATING if "evaluate" in self._orders else ()
        lines += _LAST
        table = Table.grid(padding=(0, 2))
        for keys, meaning in lines:
            table.add_row(Text(keys, "bold #7aa2f7"), Text(meaning))
        yield Static(table, id="help")
