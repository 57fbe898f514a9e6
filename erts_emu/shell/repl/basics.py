"""The commands that the shell of ``erl`` has, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from erts_emu.shell.repl.commands import Commands
from erts_emu.shell.repl.expansion import FORGET
from erts_emu.shell.values import OK, badarg
from erts_emu.terms.atoms import Atom
from erts_emu.terms.format import format_p
from erts_emu.terms.identifiers import Pid

if TYPE_CHECKING:
    from erts_emu.shell.repl.shell import Shell

BASICS: Final = Commands("as in erl")


@BASICS.add("b()", "show the bindings of all variables", needs_process=False)
def _bindings(shell: Shell, _machine: Any) -> Atom:
    for name, value in sorted(shell.visible_bindings().items()):
        shell.write(f"{name} = {shell.console.binding_text(value, len(name) + 3)}\n")
    return OK


@BASICS.add("f()", "forget all bindings", needs_process=False)
def _forget_all(shell: Shell, _machine: Any) -> Atom:
    shell.forget(None)
    return OK


@BASICS.add("f(X)", "forget the binding of the variable X", name=FORGET, needs_process=False)
def _forget(shell: Shell, _machine: Any, name: Any) -> Atom:
    shell.forget(name.name)
    return OK


@BASICS.add("h()", "show the last commands and their values", needs_process=False)
def _history(shell: Shell, _machine: Any) -> Atom:
    shell.write(shell.history_text())
    return OK


@BASICS.add("history(N)", "keep N commands; the value is the former number", needs_process=False)
def _keep_commands(shell: Shell, _machine: Any, number: Any) -> int:
    former, shell.queries.commands_kept = shell.queries.commands_kept, _count(number)
    return former


@BASICS.add("results(N)", "keep N values; the value is the former number", needs_process=False)
def _keep_results(shell: Shell, _machine: Any, number: Any) -> int:
    former, shell.queries.results_kept = shell.queries.results_kept, _count(number)
    return former


def _count(number: Any) -> int:
    if type(number) is not int or number < 0:
        raise badarg()
    return number


@BASICS.add("catch_exception(B)", "true: exceptions leave the evaluating process alive", needs_process=False)
def _catch_exception(shell: Shell, _machine: Any, value: Any) -> Atom:
    if value not in (Atom("true"), Atom("false")):
        raise badarg()
    former, shell.catches = shell.catches, value is Atom("true")
    return Atom("true" if former else "false")


@BASICS.add("flush()", "show the messages that have been sent to the shell, and drop them")
def _flush(shell: Shell, machine: Any) -> Atom:
    process = machine.process
    process.fetch()
    while process.messages:
        message = process.messages.popleft()
        shell.write(f"Shell got {format_p(message, 11, shell.console.width, encoding=shell.console.encoding)}\n")
    return OK


@BASICS.add("pid(X, Y, Z)", "the process identifier <X.Y.Z>", needs_process=False)
def _pid(_shell: Shell, _machine: Any, node: Any, number: Any, serial: Any) -> Pid:
    if node != 0 or type(number) is not int or type(serial) is not int or number < 0 or serial < 0:
        raise badarg()
    return Pid(number, serial)


@BASICS.add("pwd()", "show the working directory", needs_process=False)
def _pwd(shell: Shell, _machine: Any) -> Atom:
    import os

    shell.write(f"{os.getcwd()}\n")
    return OK


@BASICS.add("cd(Dir)", "change the working directory, and show it", needs_process=False)
def _cd(shell: Shell, machine: Any, folder: Any) -> Atom:
    import os

    name = folder.name if type(folder) is Atom else "".join(map(chr, folder))
    try:
        os.chdir(name)
    except OSError:
        shell.write("No such directory\n")
    return _pwd(shell, machine)


@BASICS.add("ls()", "show the files in the working directory", needs_process=False)
def _ls(shell: Shell, machine: Any) -> Any:
    return _ls_folder(shell, machine, [ord(".")])


@BASICS.add("ls(Dir)", "show the files in a directory", needs_process=False)
def _ls_folder(shell: Shell, _machine: Any, folder: Any) -> Atom:
    import os

    name = folder.name if type(folder) is Atom else "".join(map(chr, folder))
    try:
        found = sorted(os.listdir(name))
    except OSError as error:
        shell.write(f"{error.strerror}\n")
        return OK
    column = max(map(len, found), default=0) + 4
    across = max(1, shell.console.width // column)
    for start in range(0, len(found), across):
        shell.write("".join(entry.ljust(column) for entry in found[start : start + across]).rstrip() + "\n")
    return OK


@BASICS.add("q()", "stop the emulator, and quit", needs_process=False)
def _quit(shell: Shell, _machine: Any) -> Atom:
    shell.quitting = True
    return OK


@BASICS.add("v(N)", "the value of query N; of an earlier one, counted backwards, if N is negative", name="v(N)")
@BASICS.add("e(N)", "do query N again", name="e(N)")
def _expanded(_shell: Shell, _machine: Any, _number: Any) -> Atom:
    raise AssertionError("these are replaced before anything is evaluated")


@BASICS.add("help()", "this text", needs_process=False)
def _help(shell: Shell, _machine: Any) -> Atom:
    shell.write(shell.help_text())
    return Atom("true")
