"""Many programs on both systems, whatever they do to them.

``erl`` runs them in batches; one that it does not survive ends the batch, and the rest is begun anew. The emulator runs
them in processes of its own, one after the other, which are given up when a program does not end.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from attrs import frozen
from scripts import frame
from scripts.frame import Script

from .program import Program

BATCH: Final = 200
PATIENCE: Final = 20
"""Seconds for a program in the emulator, which may have to wait for a processor."""


@contextmanager
def scripts_of(programs: Sequence[Program]) -> Iterator[list[Script]]:
    """Write the programs down as scripts of their own, for as long as the context lasts."""
    with tempfile.TemporaryDirectory() as folder:
        written = []
        for index, program in enumerate(programs):
            path = Path(folder) / "p" / f"{index:06}.erl"
            path.parent.mkdir(exist_ok=True)
            path.write_text(program.script(), encoding="utf-8")
            written.append(Script.read(path))
        yield written


def ask_erl(programs: Sequence[Program]) -> list[str | None]:
    """What ``erl`` printed for each program; None for one that it did not run to its end."""
    answers: dict[str, str | None] = {}
    with scripts_of(programs) as written:
        left = list(written)
        while left:
            said = frame.ask_erl(left[:BATCH], whole=False)
            for script in left[: max(1, len(said))]:
                text = said.get(script.name)
                answers[script.name] = text if text is not None and "\nleft: " in text else None
            left = left[max(1, len(said)) :]
    return [answers[script.name] for script in written]


class Emulator:
    """A process that runs one script after the other, as ``erts-emu run`` does."""

    def __init__(self, *options: str) -> None:
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Emulator:
        return self

    def __exit__(self, *raised: object) -> None:
        self._end()

    def _end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _begin(self) -> subprocess.Popen[bytes]:
        top = Path(__file__).parents[2]
        environment = {**os.environ, "PYTHONPATH": f"{top}:{top / 'tests'}"}
        return subprocess.Popen(
            [sys.executable, "-m", "differential.running", *self._options], env=environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def ask(self, script: Script) -> str:
        """What the emulator printed, or how it came to no end."""
        if self._process is None:
            self._process = self._begin()
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{script.path}\n".encode())
        process.stdin.flush()
        if not select.select([process.stdout], [], [], PATIENCE)[0]:
            self._end()
            return "the emulator does not end"
        line = process.stdout.readline()
        if not line:
            status = process.wait()
            self._end()
            return f"the emulator died: {status}"
        return str(json.loads(line))


def ask_emulator(programs: Sequence[Program], *options: str) -> list[str]:
    """What the emulator printed for each program."""
    with scripts_of(programs) as written, Emulator(*options) as emulator:
        return [emulator.ask(script) for script in written]


@frozen
class Comparison:
    """What became of programs on the two systems."""

    unlike: list[tuple[Program, str, str]]
    """The programs that the systems treat unlike, each with what ``erl`` and the emulator printed."""
    lost: list[Program]
    """Those that ``erl`` did not survive, or did not bring to an end."""


def compare(programs: Sequence[Program], *options: str) -> Comparison:
    """Run programs on both systems, in the emulator with *options* of ``erts-emu run``."""
    by_erl, here = ask_erl(programs), ask_emulator(programs, *options)
    both = zip(programs, by_erl, here, strict=True)
    unlike = [(each, erl, ours) for each, erl, ours in both if erl is not None and erl != ours]
    return Comparison(unlike, [each for each, erl in zip(programs, by_erl, strict=True) if erl is None])
