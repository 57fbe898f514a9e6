"""The shell's own functions: a table of them, and how they become callable.

A command is a Python function that gets the shell, the machine that runs the calling process, and the arguments, and
returns a term. Each module of commands registers its own in a :class:`Commands`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar, final

from erts_emu.shell.frames import Path
from erts_emu.shell.native import CONTEXT, Native
from erts_emu.shell.traces import Trace
from erts_emu.shell.values import Raised
from erts_emu.terms.atoms import Atom

if TYPE_CHECKING:
    from erts_emu.shell.repl.shell import Shell

Function = TypeVar("Function", bound=Callable[..., Any])
MODULE: Final = "shell"
_UNDEFINED: Final[Path] = (("shell", "shell_undef", 2, 1079), ("local_func", 8, 649))


@final
class Command:
    """One function of the shell. ``usage`` and ``help`` are what ``help()`` prints."""

    __slots__ = ("arity", "function", "help", "name", "needs_process", "usage")

    def __init__(
        self,
        name: str,
        arity: int,
        function: Callable[..., Any],
        *,
        usage: str,
        text: str,
        needs_process: bool,
    ) -> None:
        self.name = name
        self.arity = arity
        self.function = function
        self.usage = usage
        self.help = text
        self.needs_process = needs_process

    def __repr__(self) -> str:
        return f"<Command {self.name}/{self.arity}>"


@final
class Commands:
    """A section of commands, with its heading in ``help()``."""

    def __init__(self, section: str) -> None:
        self.section = section
        self.commands: list[Command] = []

    def __repr__(self) -> str:
        return f"<Commands {self.section!r}, {len(self.commands)}>"

    def add(
        self, usage: str, text: str, *, name: str = "", needs_process: bool = True
    ) -> Callable[[Function], Function]:
        """Register a command, called as *usage* says. *name* is for one that cannot be typed; *text* explains it."""

        def register(function: Function) -> Function:
            arity: int = function.__code__.co_argcount - 2
            called = name or usage.partition("(")[0]
            self.commands.append(
                Command(
                    called,
                    arity,
                    function,
                    usage=usage,
                    text=text,
                    needs_process=needs_process,
                )
            )
            return function

        return register


@final
class CommandTable:
    """All commands of one shell, by name and arity, as functions that compiled code can call."""

    def __init__(self, shell: Shell, sections: list[Commands]) -> None:
        self.sections = sections
        self._shell = shell
        self._commands = {
            (command.name, command.arity): command for section in sections for command in section.commands
        }
        self._natives: dict[tuple[str, int], Native] = {}

    def __repr__(self) -> str:
        return f"<CommandTable, {len(self._commands)} commands>"

    def names(self) -> list[str]:
        """The names of all commands that can be typed."""
        return sorted({name for name, _ in self._commands if "(" not in name})

    def named(self, name: str) -> list[Command]:
        """The commands of one name."""
        return [command for (known, _), command in self._commands.items() if known == name]

    def find(self, name: str, arity: int) -> Native | None:
        """What a call without a module calls; None if it is one of the auto-imported BIFs."""
        from erts_emu.shell.native import auto_imported

        key = (name, arity)
        if key not in self._natives:
            command = self._commands.get(key)
            if command is None and auto_imported(name, arity):
                return None
            self._natives[key] = self._undefined(name, arity) if command is None else self._native(command)
        return self._natives[key]

    def _native(self, command: Command) -> Native:
        function, shell = command.function, self._shell

        def call(machine: Any, *arguments: Any) -> Any:
            return function(shell, machine, *arguments)

        return Native(MODULE, command.name, command.arity, call, CONTEXT, needs_process=command.needs_process)

    def _undefined(self, name: str, arity: int) -> Native:
        known = bool(self.named(name)) and name == "f" and arity == 1

        def call(_machine: Any, *_arguments: Any) -> Any:
            error = Raised(Atom("function_clause") if known else (Atom("shell_undef"), Atom(name), arity, []))
            error.stack = Trace()
            if known:
                error.stack.add((Atom(MODULE), Atom(name), arity, []))
            else:
                error.stack.add_path(_UNDEFINED)
            raise error

        return Native(MODULE, name, arity, call, CONTEXT, needs_process=False)
