"""The lessons, and what their texts print when they are run."""

from __future__ import annotations

import ast
import contextlib
import importlib.util
import io
import itertools
import os
import runpy
import shutil
import stat
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from attrs import frozen

from tests.transcripts import Block, blocks_of, exchanges, run_cells, run_commands

ROOT: Final = Path(__file__).parents[2]
LESSONS: Final = ROOT / "examples" / "lessons"
GUIDES: Final = [ROOT / "docs" / "quick_start.md", ROOT / "docs" / "drivers.md"]
"""Pages of the documentation that are run as the lessons are."""
TO_THE_LESSONS: Final = [". .venv/bin/activate", "cd examples/lessons"]
_NESTED: Final = (ast.ClassDef, ast.FunctionDef)
INDEX: Final = LESSONS / "README.md"


def module(file: Path) -> ModuleType:
    """Run a file as a module."""
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


@frozen
class Lesson:
    """One lesson: a folder ``NN_name``."""

    folder: Path

    @property
    def number(self) -> str:
        """Two digits."""
        return self.folder.name[:2]

    @property
    def page(self) -> Path:
        """Its text."""
        return self.folder / "README.md"

    def file(self, kind: str) -> Path:
        """The file of a *kind*: ``lesson``, ``exercise``, ``solution`` or ``rules``."""
        in_c = self.folder / f"{kind}_{self.number}.c"
        return in_c if in_c.exists() else in_c.with_suffix(".py")

    def __str__(self) -> str:
        return self.folder.name


CHECK: Final = module(LESSONS / "check.py")
ALL: Final = [Lesson(path) for path in sorted(LESSONS.glob("[0-9][0-9]_*"))]


def script_of(page: str) -> str:
    """The Python of a lesson's text as one program."""
    script = f'"""{title_of(page)}: the program of the lesson; README.md explains it."""\n'
    nested = True
    for block in blocks_of(page):
        if block.language == "python":
            statements = ast.parse(block.text).body
            nested = nested or isinstance(statements[0], _NESTED)
            script += ("\n\n" if nested and script.count("\n") > 1 else "\n") + block.text
            nested = isinstance(statements[-1], _NESTED)
    return script


def title_of(page: str) -> str:
    """A page's heading."""
    return page.partition("\n")[0].removeprefix("# ")


def checkout(folder: Path) -> Path:
    """Make *folder* look like a fresh clone in which the README's first command has been run; return it.

    The lessons are copied, since their commands may write files beside them; of the rest they only read.
    """
    for name in ("README.md", "drivers", "docs"):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(LESSONS, folder / "examples" / "lessons", ignore=shutil.ignore_patterns("__pycache__", "*.so"))
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name, command in (("python", ""), ("erts-emu", "-m erts_emu.cli")):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {command} "$@"\n', encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (programs / "activate").write_text('PATH="$PWD/.venv/bin:$PATH"\n', encoding="utf-8")
    return folder


def printed_by_cells(page: str, name: str) -> list[tuple[int, Block | None, str]]:
    """Run the Python of a page; for each block its line, the block of what it should print, and what it prints."""
    return [(cell.code.line, cell.printed, printed) for cell, printed in run_cells(page, name)]


def printed_by_commands(page: str, folder: Path) -> list[tuple[Block, str]]:
    """Run the commands of a page in a *folder* for :func:`checkout`; each block as it should be.

    A page that begins with the commands that lead to the lessons gets a real shell for all. Other pages want to be read
    where these have been given; if they do nothing but to start Python programs, these are run in this process, since
    starting an interpreter for each would take longer than all the rest.
    """
    blocks = [block for block in blocks_of(page) if block.language == "console"]
    commands = [[command for command, _ in exchanges(block.text, r"\$ ")] for block in blocks]
    flat = list(itertools.chain(*commands))
    if not flat:
        return []
    checkout(folder)
    if all(command.startswith("python ") for command in flat):
        printed = iter([printed_by_program(command.split()[1:], folder / "examples" / "lessons") for command in flat])
    else:
        given = [] if flat[0] in TO_THE_LESSONS else TO_THE_LESSONS
        environment = {"PYTHONPATH": str(ROOT), "COLUMNS": "100", "PYTHONDONTWRITEBYTECODE": "1"}
        printed = iter(run_commands([*given, *flat], folder, environment)[len(given) :])
    return [
        (block, "".join(f"$ {command}\n{next(printed)}" for command in each))
        for block, each in zip(blocks, commands, strict=True)
    ]


def printed_by_program(arguments: list[str], folder: Path) -> str:
    """What ``python ARGUMENTS`` prints in *folder*."""
    before = Path.cwd(), sys.argv
    os.chdir(folder)
    sys.argv = arguments
    try:
        with contextlib.redirect_stdout(io.StringIO()) as stream, contextlib.suppress(SystemExit):
            runpy.run_path(arguments[0], run_name="__main__")
    finally:
        os.chdir(before[0])
        sys.argv = before[1]
    return stream.getvalue()


def printed_by_session(block: Block, talk: Any) -> str:
    """Give the commands of a block to the shell *talk*; the block as it should be."""
    commands = [command for command, _ in exchanges(block.text)]
    return "".join(f"{number}> {command}\n{talk(command)}" for number, command in enumerate(commands, 1))
