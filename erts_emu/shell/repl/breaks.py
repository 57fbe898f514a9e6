"""What Ctrl-C and Ctrl-G lead to: the break menu, and the one of the user switch."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from erts_emu.shell.repl.inspection import processes_text
from erts_emu.shell.session import Halt

if TYPE_CHECKING:
    from erts_emu.shell.repl.shell import Shell

_BREAK: Final = """
BREAK: (a)bort (c)ontinue (p)roc info (i)nfo (l)oaded (v)ersion
       (k)ill the evaluation
"""
_SWITCH_HELP: Final = """\
  c            - connect to the shell
  i            - interrupt it: the evaluation is killed
  j            - list the jobs
  q            - quit
  ? | h        - this text
"""


def break_menu(shell: Shell) -> None:
    """Ask what to do, until the answer is to go on. Raises ``Halt`` for (a)bort."""
    print(_BREAK, end="", flush=True)
    while True:
        answer = sys.stdin.readline()
        choice = answer.strip()[:1]
        if choice == "a" or not answer:
            raise Halt(0, flush=False)
        if choice == "k":
            shell.world.interrupt()
            return
        if choice in ("", "c"):
            return
        action = _ACTIONS.get(choice)
        print(_BREAK if action is None else action(shell), flush=True)


def switch_menu(shell: Shell) -> None:
    """The menu of the user switch. Raises ``Halt`` for q."""
    print("\nUser switch command", flush=True)
    while True:
        print(" --> ", end="", flush=True)
        answer = sys.stdin.readline()
        choice = answer.strip()[:1]
        if choice == "q" or not answer:
            raise Halt(0, flush=True)
        if choice == "c":
            return
        if choice == "i":
            shell.world.interrupt()
        elif choice == "j":
            print("   1* {shell,start,[]}")
        elif choice in ("h", "?"):
            print(_SWITCH_HELP, end="")
        elif choice:
            print("Unknown command")


_ACTIONS: Final[dict[str, Callable[[Shell], str]]] = {
    "p": processes_text,
    "i": lambda shell: shell.system_banner(),
    "l": lambda shell: "\n".join(shell.loaded_drivers()),
    "v": lambda shell: shell.system_banner(),
}
