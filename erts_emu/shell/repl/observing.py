"""The command that opens the observer on the shell's own emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from erts_emu.shell.repl.commands import Commands
from erts_emu.shell.values import OK, Raised
from erts_emu.terms.atoms import Atom

if TYPE_CHECKING:
    from erts_emu.shell.repl.shell import Shell

OBSERVING: Final = Commands("a live view")
_NOT_AVAILABLE: Final = Atom("not_available")


@OBSERVING.add("observer()", "watch ports, processes, threads and locks live; q there leads back", needs_process=False)
def _observer(shell: Shell, _machine: Any) -> Atom:
    from erts_emu.observe.observer.opening import ObserverUnavailable, require

    try:
        require()
    except ObserverUnavailable as error:
        raise Raised((_NOT_AVAILABLE, [*map(ord, str(error))])) from error
    shell.emulator.check_running()  # boots it, if nothing has needed it yet
    shell.leave_for = lambda: _open(shell)
    return OK


def _open(shell: Shell) -> None:
    """Give the terminal to the observer until the user leaves it; then show what was written meanwhile."""
    from erts_emu.observe.observer.opening import open_observer
    from erts_emu.observe.observer.shells import ObservedShell

    observed = ObservedShell(shell)
    kept = open_observer(observed, meanwhile=observed.serve)
    shell.write(kept.everything().decode("utf-8", "replace"))
