"""The screen about one port: how it is, how much goes through it, and what has happened to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final, final

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Static

from erts_emu.observe.observer.bars import sparkline
from erts_emu.observe.observer.samples import PortEvent, PortLife, Sample
from erts_emu.observe.observer.tables import size
from erts_emu.observe.observer.watching import PortRates
from erts_emu.port import PortStatistics

_MOST_ROWS: Final = 1000
"""With more rows than this, the list begins anew with those that are remembered."""
_ENDS: Final = ("port_exit", "port_terminate", "driver_stop", "driver_flush")


@final
class PortScreen(Screen[None]):
    """One port. ``follows`` says to note its callbacks and jobs as well: in a simulation, from the beginning."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "app.pop_screen", "Table"),
        Binding("f", "follow", "Follow"),
    ]

    def __init__(self, number: int, *, simulated: bool) -> None:
        super().__init__()
        self.number = number
        self.follows = self._simulated = simulated
        self._facts_above = Static(id="facts")
        self._traffic_lines = Static(id="rates")
        self._events: DataTable[Text] = DataTable(id="events", cursor_type="row", zebra_stripes=True)
        self._note_line = Static(id="where")
        self._ready = False
        self._rates = PortRates()
        self._last: PortStatistics | None = None
        self._noted = 0

    def compose(self) -> ComposeResult:
        """Facts above, traffic in the middle, history below."""
        yield self._facts_above
        yield self._traffic_lines
        yield self._events
        yield self._note_line
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """The history can be scrolled."""
        self._events.add_columns("Step" if self._simulated else "ms", "Thread", "What happened", "With")
        self._events.focus()
        self._ready = True

    def action_follow(self) -> None:
        """Note callbacks and jobs, or do so no more."""
        self.follows = not self.follows

    def show(self, sample: Sample, note: Text) -> None:
        """Show how the port is now, and a note below."""
        life = sample.port
        if life is None or not self._ready:
            return
        self._note_line.update(note)
        self._rates.add(sample, life)
        self._last = life.now or self._last
        self._facts_above.update(self._facts(sample, life))
        self._traffic_lines.update(self._traffic())
        if life.noted != self._noted:
            self._show_events(life)

    def hint(self, sample: Sample) -> Text:
        """What there is to know about the history below."""
        if self.follows:
            return Text("callbacks and jobs are noted, too; f stops that", "dim")
        if sample.port is not None and not sample.port.events:
            return Text("nothing has happened to it since the observer came; f notes callbacks and jobs, too", "dim")
        return Text("f notes callbacks and jobs, too: that slows the emulator down", "dim")

    def _facts(self, sample: Sample, life: PortLife) -> Table:
        grid = Table.grid(padding=(0, 1), expand=True)
        for _ in range(2):
            grid.add_column(style="dim", no_wrap=True)
            grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
        port = self._last
        title = Text(f"#Port<0.{self.number}>", "bold #7aa2f7")
        if port is None:
            grid.add_row(title, Text("was gone before it could be looked at", "#f7768e"))
            return grid
        state = Text(" ".join(port.states) or "open", "#e0af68" if port.states else "#9ece6a")
        if life.now is None:
            state = Text("gone", "bold #f7768e")
        pairs = _pairs(port, sample.clock)
        half = (len(pairs) + 1) // 2
        grid.add_row(title, state, "driver", Text(port.driver, "bold"))
        for left, right in zip(pairs[:half], [*pairs[half:], ("", "")], strict=False):
            grid.add_row(*left, *right)
        return grid

    def _traffic(self) -> Text:
        width = max(10, self.size.width - 30)
        text = Text(no_wrap=True)
        for name, values, colour, unit in (
            ("to owner", self._rates.bytes_in, "#9ece6a", "B/s"),
            ("to driver", self._rates.bytes_out, "#7aa2f7", "B/s"),
            ("queued", self._rates.queued, "#e0af68", "B"),
        ):
            last = size(round(values[-1])) if values else "0"
            text.append(f"{name:<10}", "dim").append_text(sparkline(values, width, colour))
            text.append(f" {last:>8} {unit}\n")
        text.right_crop(1)
        return text

    def _show_events(self, life: PortLife) -> None:
        table = self._events
        new = min(life.noted - self._noted, len(life.events)) if life.noted > self._noted else len(life.events)
        if life.noted < self._noted or new == len(life.events) or table.row_count > _MOST_ROWS:
            new = len(life.events)
            table.clear()
        at_end = table.cursor_row >= table.row_count - 1
        for event in life.events[-new:]:
            table.add_row(*self._event_row(event))
        self._noted = life.noted
        if at_end and table.row_count:
            table.move_cursor(row=table.row_count - 1)

    def _event_row(self, event: PortEvent) -> tuple[Text, ...]:
        colour = "#f7768e" if event.name in _ENDS else "#e0af68" if "busy" in event.name else "#7aa2f7"
        moment = f"{event.moment:,}" if self._simulated else f"{event.moment / 1e6:,.3f}"
        return Text(moment, "dim", justify="right"), Text(event.thread), Text(event.name, colour), Text(event.detail)


def _pairs(port: PortStatistics, clock: int) -> list[tuple[str, str]]:
    """What there is to say about a port, in two words each."""
    timer = "none" if port.timer_due is None else f"due in {(port.timer_due - clock) / 1e6:.1f} ms"
    data_lock = "none" if port.pdl_references is None else f"{port.pdl_references} references"
    return [
        ("command", port.name),
        ("registered", port.registered_name or "no"),
        ("owner", str(port.owner)),
        ("links", _listed(port.links)),
        ("monitored by", _listed(port.monitored_by)),
        ("driver monitors", _listed(port.driver_monitors)),
        ("suspended", _listed(port.suspended)),
        ("lock", f"{port.locking} level, {'held' if port.locked else 'free'}"),
        ("data lock", data_lock),
        ("I/O queue", f"{port.queue_bytes:,} bytes"),
        ("tasks", _listed(port.tasks)),
        ("held commands", f"{port.held_commands}, {port.command_bytes:,} bytes queued"),
        ("timer", timer),
        ("bytes in, out", f"{port.bytes_in:,}  {port.bytes_out:,}"),
        ("flags", " ".join(port.flags)),
        ("task flags", _listed(port.task_flags)),
    ]


def _listed(things: Iterable[object]) -> str:
    return " ".join(map(str, things)) or "none"
