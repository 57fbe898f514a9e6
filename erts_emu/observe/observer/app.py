"""The face: a Textual program, in a terminal or in a browser."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import ClassVar, Final, final

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.suggester import SuggestFromList
from textual.widgets import DataTable, Footer, Input, RichLog, Static, Tab, Tabs
from textual.worker import get_current_worker

from erts_emu.observe.observer.bars import legend
from erts_emu.observe.observer.help_screen import HelpScreen
from erts_emu.observe.observer.link import Link, LinkLost
from erts_emu.observe.observer.listing import Listing
from erts_emu.observe.observer.port_screen import PortScreen
from erts_emu.observe.observer.samples import Order, Question, RunState, Sample, Totals
from erts_emu.observe.observer.tables import TABLES, grouped
from erts_emu.observe.observer.watching import Rate
from erts_emu.trace import TRACEPOINTS

INTERVAL: Final = 0.1
"""The seconds from one sample to the next, at least."""
MOST_OF_A_PROCESSOR: Final = 0.05
"""The share of the observed process's time that samples may take: where there is much to see, they come less often."""
OUTPUT: Final = "output"
_TABS: Final = [*TABLES, OUTPUT]
_PHASES: Final = {
    "starting": "dim", "running": "#9ece6a", "paused": "#e0af68", "ended": "#7dcfff", "halted": "#f7768e",
}  # fmt: skip
_OF_THE_TABLE: Final = ("tab", "sort", "reverse", "ask", "look_into")
_ASKS: Final = {
    "filter": "only rows that contain …",
    "until": "go on until which tracepoint? (empty: any of the next)",
    "evaluate": "an expression, such as  P ! {self(), {command, <<1>>}}.",
}


@final
class ObserverApp(App[None]):
    """Shows samples as they come; asks for the next when the last has been shown."""

    CSS_PATH = "app.tcss"
    TITLE = "erts-emu observer"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(number), f"tab({name!r})", show=False) for number, name in enumerate(_TABS, 1)),
        Binding("s", "sort", "Sort"),
        Binding("r", "reverse", show=False),
        Binding("m", "account", "Time"),
        Binding("slash", "ask('filter')", "Filter", key_display="/"),
        Binding("space", "pause", "Pause"),
        Binding("n", "order('step', 1)", "Step"),
        Binding("N", "order('step', 10)", show=False),
        Binding("b", "order('back', 1)", "Back"),
        Binding("B", "order('back', 10)", show=False),
        Binding("u", "ask('until')", "Until"),
        Binding("colon", "ask('evaluate')", "Eval", key_display=":"),
        Binding("question_mark", "help", "Keys", key_display="?"),
        Binding("q", "quit", "Quit"),
        Binding("escape", "close_line", show=False),
    ]

    def __init__(self, link: Link) -> None:
        super().__init__()
        self.link = link
        self._head_line = Static(id="head")
        self._tabs = Tabs(*(Tab(f"{number} {name.capitalize()}", id=name) for number, name in enumerate(_TABS, 1)))
        self._listing = Listing()
        self._written = RichLog(id="written", max_lines=5000, auto_scroll=True)
        self._note_line = Static(id="note")
        self._line = Input(id="line")
        self.sample: Sample | None = None
        self.updates = 0
        self._frozen = False
        self._words = ""
        self._asking = ""
        self._output_from = 0
        self._shown_at: deque[int] = deque(maxlen=50)
        self._jobs = Rate()
        self._hurry = threading.Event()
        self._said = ""

    def compose(self) -> ComposeResult:
        """One screen: head, tabs, the table or the output, a line for a note, a line to type in, the keys."""
        yield self._head_line
        yield self._tabs
        yield self._listing
        yield self._written
        yield self._note_line
        yield self._line
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Begin to ask."""
        self.theme = "tokyo-night"
        self.animation_level = "none"
        self._listing.focus()
        self._tabs.can_focus = False
        self.run_worker(self._ask_on, thread=True, group="asking")

    def on_unmount(self) -> None:
        """Wake the thread that asks, so that it sees the end."""
        self._hurry.set()

    # --- asking ---

    def question(self) -> Question:
        """What the face wants to know now."""
        screen = self.screen
        port = screen if isinstance(screen, PortScreen) else None
        return Question(
            table=None if port is not None or self.tab == OUTPUT else self._listing.table.name,
            sort=self._listing.sort_key,
            descending=self._listing.descending,
            words=self._words,
            port=None if port is None else port.number,
            follow=port is not None and port.follows,
            output_from=self._output_from,
        )

    def _ask_on(self) -> None:
        """On a thread of its own: ask, have the answer shown, wait."""
        worker = get_current_worker()
        while not worker.is_cancelled and not self._exit:
            wait = INTERVAL
            if not self._frozen:
                began = time.monotonic()
                try:
                    sample = self.link.ask(self._question_now())
                except LinkLost as lost:
                    self.call_from_thread(self.lose, str(lost))
                    return
                self.call_from_thread(self.show, sample)
                wait = max(INTERVAL, sample.cost / 1e9 / MOST_OF_A_PROCESSOR) - (time.monotonic() - began)
            self._hurry.wait(max(0.0, wait))
            self._hurry.clear()

    def _question_now(self) -> Question:
        return self.call_from_thread(self.question)

    def hurry(self) -> None:
        """Ask now: something else is to be seen."""
        self._hurry.set()

    def lose(self, why: str) -> None:
        """The observed process answers no more: nobody is left to give the terminal back to."""
        self.exit(return_code=1, message=why)

    # --- showing ---

    @property
    def tab(self) -> str:
        """The name of what is shown: a table, or the output."""
        return self._tabs.active or "ports"

    def show(self, sample: Sample) -> None:
        """Show a sample, wherever the user is."""
        if self._exit:
            return
        before, self.sample = self.sample, sample
        self.updates += 1
        self._shown_at.append(sample.at)
        self._output(sample)
        if before is None or before.run.orders != sample.run.orders:
            self.refresh_bindings()
        self._head_line.update(self._head(sample))
        screen = self.screen
        if isinstance(screen, PortScreen):
            screen.show(sample, self._note())
        else:
            self._listing.show(sample)
        self._show_note()

    def _output(self, sample: Sample) -> None:
        text, end, anew = sample.written
        if anew:
            self._written.clear()
        if text:
            self._written.write(text.rstrip("\n"))
        self._output_from = end

    def _head(self, sample: Sample) -> Text:
        run, width = sample.run, max(20, self.size.width - 2)
        rate = f"{self.updates_per_second:.0f} updates/s"
        first = Text(no_wrap=True, overflow="ellipsis")
        first.append("erts-emu ", "bold").append(run.title, "bold #7aa2f7").append(f"  {run.threads} threads  ", "dim")
        phase = "frozen view" if self._frozen else run.phase
        first.append(phase, f"bold {_PHASES.get(phase, '#e0af68')}")
        if run.message:
            first.append(f"  {run.message}", "dim")
        first.truncate(width - len(rate) - 1, overflow="ellipsis", pad=True)
        first.append(f" {rate}", "dim")
        return first.append("\n").append_text(self._totals(sample))

    def _totals(self, sample: Sample) -> Text:
        totals: Totals = sample.totals
        rate = self._jobs.add(sample.at, totals.jobs_completed)
        text = Text(no_wrap=True, overflow="ellipsis")
        for name, value in (
            ("ports", grouped(totals.ports)),
            ("procs", grouped(totals.processes)),
            ("jobs", grouped(totals.jobs_submitted)),
            ("waiting", grouped(totals.jobs_waiting)),
            ("ready", grouped(totals.jobs_ready)),
            ("done/s", grouped(round(rate))),
        ):
            text.append(f"{name} ", "dim").append(value, "bold").append("  ")
        return text

    @property
    def updates_per_second(self) -> float:
        """How often the screen has followed, lately."""
        shown = self._shown_at
        if len(shown) < 2 or shown[-1] == shown[0]:
            return 0.0
        return (len(shown) - 1) / ((shown[-1] - shown[0]) / 1e9)

    def _show_note(self) -> None:
        self._note_line.update(self._note())

    def _note(self) -> Text:
        """The line below the table: where a simulation stands, or what there is to know about the table."""
        text = Text(no_wrap=True, overflow="ellipsis")
        sample = self.sample
        if sample is None:
            return text.append("asking …", "dim")
        if self._said:
            text.append(f"{self._said}  ", "#e0af68")
        run: RunState = sample.run
        if run.threads == "simulated" and run.phase in ("paused", "running"):
            text.append(f"step {grouped(run.steps)}  ", "bold")
            return text.append(f"{run.thread} ", "#7aa2f7").append(run.doing, "dim")
        return text.append_text(self._about_the_table(sample))

    def _about_the_table(self, sample: Sample) -> Text:
        name = self.tab
        if isinstance(self.screen, PortScreen):
            return self.screen.hint(sample)
        if name in ("schedulers", "async") and sample.accounts:
            return legend()
        if name in ("schedulers", "async"):
            return Text("m accounts for where threads' time goes; with tiny jobs that costs half as much again", "dim")
        if name == "locks" and not sample.counts_locks:
            return Text("locks are not counted: start with --count-locks", "dim")
        if name == OUTPUT:
            return Text("what the observed program has written", "dim")
        words = f" with {self._words!r}" if self._words else ""
        more = f", the first {len(sample.rows)} shown" if len(sample.rows) < sample.matching else ""
        return Text(f"{grouped(sample.matching)} of {grouped(sample.existing)} {name}{words}{more}", "dim")

    # --- what keys do ---

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that nothing obeys here are not in the footer."""
        orders = () if self.sample is None else self.sample.run.orders
        if action == "order":
            return str(parameters[0]) in orders
        if action == "ask" and parameters[0] in ("until", "evaluate"):
            return str(parameters[0]) in orders
        if action == "account":
            return self.tab in ("schedulers", "async")
        return action not in _OF_THE_TABLE or not isinstance(self.screen, PortScreen | HelpScreen)

    def action_tab(self, name: str) -> None:
        """Show a table, or the output."""
        self._tabs.active = name

    def on_tabs_tab_activated(self, event: Tabs.TabActivated) -> None:
        """Another tab: another table."""
        name = event.tab.id or "ports"
        self._listing.display = name != OUTPUT
        self._written.display = name == OUTPUT
        if name in TABLES:
            self._listing.choose(TABLES[name].name)
        if not self._asking:
            (self._written if name == OUTPUT else self._listing).focus()
        self.refresh_bindings()
        self.hurry()

    def action_sort(self) -> None:
        """Sort by the next column."""
        self._listing.sort_by_next()
        self.hurry()

    def action_reverse(self) -> None:
        """Turn the order round."""
        self._listing.sort_by(self._listing.sort_key)
        self.hurry()

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        """A click on a heading sorts by it."""
        key = str(event.column_key.value)
        if isinstance(event.data_table, Listing) and not key.startswith("extra"):
            event.data_table.sort_by(key)
            self.hurry()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Enter, or a click, on a port: look into it."""
        if isinstance(event.data_table, Listing):
            self.action_look_into()

    def action_look_into(self) -> None:
        """Look into the port under the cursor."""
        if self._listing.table.name == "ports" and self.tab == "ports" and self._listing.selected_key:
            simulated = self.sample is not None and self.sample.run.threads == "simulated"
            self.push_screen(PortScreen(int(self._listing.selected_key), simulated=simulated))
            self.hurry()

    def action_pause(self) -> None:
        """Stop a simulation, or let it go on; what runs on real threads cannot be stopped, but its picture can."""
        orders = () if self.sample is None else self.sample.run.orders
        if "pause" in orders and self.sample is not None:
            self.action_order("go" if self.sample.run.phase == "paused" else "pause", 1)
            return
        self._frozen = not self._frozen
        if self.sample is not None:
            self._head_line.update(self._head(self.sample))
        self.hurry()

    def action_account(self) -> None:
        """Account for where threads' time goes, or do so no more."""
        self.action_order("account", 1)

    def action_order(self, name: str, count: int = 1, text: str = "") -> None:
        """Have the subject do something, without waiting for it here."""

        def obey() -> None:
            try:
                said = self.link.order(Order(name, count, text))
            except LinkLost as lost:
                self.call_from_thread(self.lose, str(lost))
                return
            self.call_from_thread(self._say, said)

        self.run_worker(obey, thread=True, group="orders")

    def _say(self, said: str) -> None:
        self._said = said
        self._show_note()
        self.hurry()

    # --- the line to type in ---

    def action_ask(self, what: str) -> None:
        """Open the line to type in."""
        self._asking = what
        self._line.placeholder = _ASKS[what]
        self._line.suggester = SuggestFromList(list(TRACEPOINTS), case_sensitive=False) if what == "until" else None
        self._line.value = self._words if what == "filter" else ""
        self._line.add_class("open")
        self._line.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """A filter works while it is typed."""
        if self._asking == "filter":
            self._words = event.value
            self.hurry()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Do what was asked for."""
        asked, value = self._asking, event.value.strip()
        if asked != "evaluate" or not value:
            self.action_close_line()
        if asked == "until":
            self.action_order("until", 1, value)
        elif asked == "evaluate" and value:
            event.input.value = ""
            self.action_tab(OUTPUT)
            event.input.focus()
            self.action_order("evaluate", 1, value)

    def action_close_line(self) -> None:
        """Close the line to type in; a filter that is being typed is dropped with Escape."""
        if self._line.has_class("open"):
            self._asking = ""
            self._line.remove_class("open")
        elif self._words:
            self._words = ""
        self._focus_what_is_shown()
        self.hurry()

    def _focus_what_is_shown(self) -> None:
        (self._written if self.tab == OUTPUT else self._listing).focus()

    def action_help(self) -> None:
        """Show all keys."""
        self.push_screen(HelpScreen(self.sample.run.orders if self.sample else ()))


def run_face(link: Link) -> None:
    """Show the observer until the user quits."""
    ObserverApp(link).run()


__all__ = ["ObserverApp", "run_face"]
