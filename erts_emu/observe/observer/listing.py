"""The widget that shows a table of views, and follows them as they change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final, final

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from erts_emu.observe.observer.bars import gauge, microstate_bar
from erts_emu.observe.observer.samples import Sample, TableName
from erts_emu.observe.observer.tables import FIRST_SORT, TABLES, Column, Table, grouped
from erts_emu.observe.observer.watching import Rate, Shares

_BAR_WIDTH: Final = 20
_GAUGE_WIDTH: Final = 10
_COLOURS: Final[dict[str, str]] = {
    "busy": "#e0af68", "busy-queue": "#e0af68", "suspended": "#e0af68", "closing": "#f7768e", "exiting": "#f7768e",
    "eof": "#7dcfff", "running": "#9ece6a", "runnable": "#9ece6a", "waiting": "dim", "open": "dim", "offline": "dim",
    "held": "#e0af68", "unload": "#f7768e", "reload": "#e0af68", "ok": "#9ece6a",
}  # fmt: skip

Extra = tuple[str, Text, Callable[[Any, Sample], Text]]
"""A column's key and heading, and what draws a cell of it."""


@final
class Listing(DataTable[Text]):
    """The rows of one table at a time. ``sort`` and ``descending`` are what to ask for."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select_cursor", "Look into")]

    def __init__(self) -> None:
        super().__init__(id="table", cursor_type="row", zebra_stripes=True, cursor_foreground_priority="renderable")
        self.table: Table = TABLES["ports"]
        self.sort_key = ""
        self.descending = False
        self._keys: list[str] = []
        self._cells: list[list[Text]] = []
        self._shares = Shares()
        self._rates: dict[str, Rate] = {}
        self._chosen: dict[TableName, tuple[str, bool]] = dict(FIRST_SORT)
        self._extras: list[Extra] = []

    def on_mount(self) -> None:
        """Begin with the ports."""
        self.choose("ports")

    # --- which table, in which order ---

    def choose(self, name: TableName) -> None:
        """Show another table, in the order in which it was last."""
        self.table = TABLES[name]
        self.sort_key, self.descending = self._chosen.get(name, (self.table.columns[0].key, False))
        self._extras = self._extras_of(name)
        self._set_heads()
        self.refresh_bindings()

    def sort_by(self, key: str) -> None:
        """Sort by a column: text upwards at first, numbers downwards; the other way round when asked again."""
        if key == self.sort_key:
            self.descending = not self.descending
        else:
            self.sort_key, self.descending = key, self.table.column(key).number
        self._chosen[self.table.name] = (self.sort_key, self.descending)
        self._set_heads()

    def sort_by_next(self) -> None:
        """Sort by the column right of the present one."""
        keys = [column.key for column in self.table.columns]
        self.sort_by(keys[(keys.index(self.sort_key) + 1) % len(keys)])

    def _set_heads(self) -> None:
        self.clear(columns=True)
        self._keys, self._cells = [], []
        heads = [(column.key, self._head(column)) for column in self.table.columns]
        heads[1:1] = [(f"extra {key}", heading) for key, heading, _ in self._extras]
        for key, label in heads:
            self.add_column(label, key=key)

    def _head(self, column: Column) -> Text:
        arrow = (" ▼" if self.descending else " ▲") if column.key == self.sort_key else ""
        return Text(column.heading + arrow, justify="right" if column.number else "left")

    def _extras_of(self, name: TableName) -> list[Extra]:
        """The columns that are drawn and no mere facts; they stand behind the first."""
        if name in ("schedulers", "async"):
            return [
                ("time", Text("Where its time goes"), self._time_bar),
                ("rate", Text("Jobs/s", justify="right"), self._job_rate),
            ]
        if name == "locks":
            return [("contention", Text(""), _contention_gauge)]
        return []

    def _time_bar(self, view: Any, sample: Sample) -> Text:
        parts = self._shares.add(f"{self.table.name} {self.table.row_key(view)}", sample.clock, view.microstates)
        return microstate_bar(parts, _BAR_WIDTH)

    def _job_rate(self, view: Any, sample: Sample) -> Text:
        rate = self._rates.setdefault(f"{self.table.name} {self.table.row_key(view)}", Rate())
        jobs = view.jobs if self.table.name == "async" else view.ready_jobs
        return Text(grouped(round(rate.add(sample.at, jobs))), justify="right")

    # --- samples ---

    def show(self, sample: Sample) -> None:
        """Show what a sample has of this table. The cursor stays on its row; rows that stay are not drawn anew."""
        if sample.table != self.table.name:
            return  # an answer to what was asked before the table was changed
        keys = [self.table.row_key(view) for view in sample.rows]
        cells = [self._row(view, sample) for view in sample.rows]
        if keys == self._keys:
            self._change(cells)
        else:
            self._replace(keys, cells)
        self._keys, self._cells = keys, cells

    def _row(self, view: Any, sample: Sample) -> list[Text]:
        row = []
        for column in self.table.columns:
            text = column.text(view)
            style = _COLOURS.get(text.rpartition(" ")[2], "")
            row.append(Text(text, style, justify="right" if column.number else "left", no_wrap=True))
        row[1:1] = [draw(view, sample) for _, _, draw in self._extras]
        return row

    def _change(self, cells: list[list[Text]]) -> None:
        for number, (old, new) in enumerate(zip(self._cells, cells, strict=True)):
            for column, (before, now) in enumerate(zip(old, new, strict=True)):
                if before != now:
                    wider = now.cell_len > before.cell_len
                    self.update_cell_at(Coordinate(number, column), now, update_width=wider)

    def _replace(self, keys: Sequence[str], cells: list[list[Text]]) -> None:
        selected, top, left = self.selected_key, self.scroll_offset.y, self.scroll_offset.x
        self.clear()
        for key, row in zip(keys, cells, strict=True):
            self.add_row(*row, key=key)
        if selected in keys:
            self.move_cursor(row=keys.index(selected), scroll=False)
        self.scroll_to(left, top, animate=False, force=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only ports can be looked into."""
        return action != "select_cursor" or self.table.name == "ports"

    @property
    def selected_key(self) -> str:
        """The key of the row under the cursor; nothing if there is none."""
        return self._keys[self.cursor_row] if 0 <= self.cursor_row < len(self._keys) else ""


def _contention_gauge(lock: Any, _sample: Sample) -> Text:
    share = lock.collisions / lock.tries if lock.tries else 0.0
    return gauge(share, _GAUGE_WIDTH, "#f7768e" if share > 0.1 else "#e0af68")
