"""Saving a session: as a script, or as a test."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from erts_emu.shell.constants import constant_value
from erts_emu.shell.lib.auto_imported import NAMES
from erts_emu.shell.repl.commands import Commands
from erts_emu.shell.repl.expansion import rewritten
from erts_emu.shell.repl.journal import Entry
from erts_emu.shell.syntax import Call, Literal, Node, Var
from erts_emu.shell.tokens import STRING
from erts_emu.shell.values import OK, badarg
from erts_emu.terms.atoms import Atom

if TYPE_CHECKING:
    from erts_emu.shell.repl.shell import Shell

SAVING: Final = Commands("saving the session")

_SCRIPT_HEAD: Final = "%% A session of the shell of erts_emu. Run it with: erts-emu run FILE\n"
_TEST: Final = '''\
"""A session of the shell of erts_emu: the same commands print the same again."""

from erts_emu.shell.repl.playing import play

SESSION = [
{session}]


def test_{name}():
    play(SESSION, {options})
'''


@SAVING.add("save(File)", "save the session as a script that erl can run, too", needs_process=False)
def _save(shell: Shell, _machine: Any, file: Any) -> Atom:
    _write(file, script_text(shell.journal.entries))
    return OK


@SAVING.add("save_test(File)", "save the session as a test: what is printed must be the same", needs_process=False)
def _save_test(shell: Shell, _machine: Any, file: Any) -> Atom:
    stem = os.path.splitext(os.path.basename(file_name(file)))[0]
    name = "".join(character if character.isalnum() else "_" for character in stem).removeprefix("test_")
    _write(file, test_text(shell.transcript, name or "session", shell.options))
    return OK


def file_name(file: Any) -> str:
    """The file that a term names: an atom, or a string. Raises ``badarg``."""
    if type(file) is Atom:
        return file.name
    try:
        return "".join(map(chr, file))
    except (TypeError, ValueError):
        raise badarg() from None


def _write(file: Any, text: str) -> None:
    try:
        with open(file_name(file), "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError:
        raise badarg() from None


def script_text(entries: list[Entry]) -> str:
    """The commands as a file of expressions.

    Those that only the shell understands become comments, or are left out if they only show something.

    A value that a later command uses as ``v(N)`` gets a name.
    """
    from erts_emu.shell.repl.source import source_text

    used = {name for entry in entries for name in entry.values}
    lines = [_SCRIPT_HEAD]
    for entry in entries:
        nodes = [_without_commands(node) for node in entry.nodes]
        own = any(map(_is_the_shells, nodes))
        if own and not entry.moved:
            continue
        text = source_text(nodes, 0)
        name = f"v({entry.number})"
        if name in used:
            text = f"{_variable(name)} = begin {text} end"
        for value in entry.values:
            text = text.replace(value, _variable(value))
        if not entry.succeeded:
            text = f"catch begin {text} end"
        if own:
            text = "%% " + text.replace("\n", "\n%% ")
        lines.append(f"{text}.\n")
    return "".join(lines)


def _name_and_arity(node: Call) -> str:
    return f"{getattr(constant_value(node.function), 'name', '')}/{len(node.arguments)}"


def _without_commands(node: Any) -> Any:
    """A copy in which the bundled drivers' folder has its name, since only the shell knows it otherwise."""
    from erts_emu.bundled import bundled_drivers

    def replace(node: Node) -> Node:
        if isinstance(node, Call) and _name_and_arity(node) == "bundled/0":
            return Literal(node.line, node.column, STRING, [*map(ord, bundled_drivers())])
        return node

    return rewritten(node, replace)


def _variable(name: str) -> str:
    return f"Value{name[2:-1]}"


def _is_the_shells(node: Any) -> bool:
    """Whether a node has a call that only the shell understands."""
    if isinstance(node, Call) and type(node.function) is Literal and _name_and_arity(node) not in NAMES:
        return True
    if isinstance(node, list | tuple):
        return any(map(_is_the_shells, node))
    if isinstance(node, Var) or not hasattr(type(node), "__slots__"):
        return False
    return any(
        _is_the_shells(part)
        for name in type(node).__slots__
        if isinstance(part := getattr(node, name), Node | list | tuple) or hasattr(part, "key")
    )


def test_text(transcript: list[tuple[str, str]], name: str, options: dict[str, Any]) -> str:
    """The commands as a module of pytest, with what each has printed."""
    pairs = (pair for pair in transcript if not pair[0].startswith("save"))
    session = "".join(f"    (\n        {text!r},\n        {printed!r},\n    ),\n" for text, printed in pairs)
    shown = ", ".join(f"{option}={value!r}" for option, value in options.items())
    return _TEST.format(session=session, name=name, options=shown)
