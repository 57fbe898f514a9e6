"""Watching tracepoints: each that is passed becomes a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.shell.repl.commands import Commands
from erts_emu.shell.repl.tables import described, pairs
from erts_emu.shell.values import OK, badarg
from erts_emu.terms.atoms import Atom
from erts_emu.terms.format import format_w
from erts_emu.terms.kinds import NotATerm
from erts_emu.trace import DETAILS, TRACEPOINTS

if TYPE_CHECKING:
    from erts_emu.emulator import Emulator
    from erts_emu.shell.repl.shell import Shell

WATCHING: Final = Commands("watching tracepoints")


@final
class Watch:
    """The tracepoints that are watched in one shell. Lines are written by whoever passes one, on any thread."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self.names: set[str] = set()

    def __repr__(self) -> str:
        return f"<Watch {sorted(self.names)}>"

    def add(self, names: Iterable[str]) -> None:
        """Watch more."""
        emulator = self._shell.emulator
        self.names |= set(names)
        self.start(emulator)

    def drop(self, names: Iterable[str]) -> None:
        """Watch less."""
        self.names -= set(names)
        self.start(self._shell.emulator)

    def start(self, emulator: Emulator) -> None:
        """Watch, in this emulator, what is to be watched."""
        emulator.trace.unsubscribe(self._passed)
        if self.names:
            emulator.trace.subscribe(self._passed, *sorted(self.names))

    def _passed(self, name: str, fields: Mapping[str, Any]) -> None:
        self._shell.write(f"{passed_text(self._shell.emulator, name, fields)}\n")


def passed_text(emulator: Emulator, name: str, fields: Mapping[str, Any]) -> str:
    """One line about a tracepoint that the calling thread passes."""
    shown = " ".join(f"{key}={_shown(value)}" for key, value in fields.items() if value != -1)
    return f"{emulator.layer.monotonic() / 1e6:12.3f} ms  {emulator.layer.tsd.name:<12}  {name} {shown}"


def _shown(value: Any) -> str:
    for attribute in ("id", "pid", "async_id", "name"):
        found = getattr(value, attribute, None)
        if found is not None and not callable(found):
            return str(found)
    if isinstance(value, str):
        return value
    try:
        text = format_w(value)
    except NotATerm:
        return described(value, _LONGEST)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


_LONGEST: Final = 60


def tracepoint_name(term: Any) -> str:
    """The tracepoint that a term names. Raises ``badarg``."""
    if type(term) is not Atom or term.name not in TRACEPOINTS:
        raise badarg()
    return term.name


def _names(term: Any) -> list[str]:
    return [tracepoint_name(each) for each in (term if type(term) is list else [term])]


@WATCHING.add("tracepoints()", "the tracepoints there are", needs_process=False)
def _tracepoints(shell: Shell, _machine: Any) -> Atom:
    marks = {name: "*" if name in shell.watch.names else " " for name in TRACEPOINTS}
    shell.write(pairs((f"{marks[name]} {name}", text) for name, text in TRACEPOINTS.items()))
    return OK


@WATCHING.add("watch()", "watch all tracepoints but those of details", needs_process=False)
def _watch_all(shell: Shell, _machine: Any) -> Atom:
    shell.watch.add(TRACEPOINTS.keys() - DETAILS)
    return OK


@WATCHING.add("watch(T)", "show whenever tracepoint T is passed, or one of a list", needs_process=False)
def _watch(shell: Shell, _machine: Any, names: Any) -> Atom:
    shell.watch.add(_names(names))
    return OK


@WATCHING.add("unwatch()", "watch no tracepoint", needs_process=False)
def _unwatch_all(shell: Shell, _machine: Any) -> Atom:
    shell.watch.drop(TRACEPOINTS)
    return OK


@WATCHING.add("unwatch(T)", "do not watch T, or those of a list, any more", needs_process=False)
def _unwatch(shell: Shell, _machine: Any, names: Any) -> Atom:
    shell.watch.drop(_names(names))
    return OK
