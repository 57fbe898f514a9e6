"""What the real ``erl``, and what the emulator's shell, make of expressions."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from erts_emu import Emulator
from erts_emu.errors import ErlangError, ProcessExited
from erts_emu.shell.format import format_text
from erts_emu.shell.parser import ParseError
from erts_emu.shell.runtime import raised_class
from erts_emu.shell.scope import CompileError
from erts_emu.shell.session import Session, read_forms
from erts_emu.shell.tokens import ScanError
from erts_emu.terms import Atom, format_p

AVAILABLE = shutil.which("erl") is not None
SOURCE = Path(__file__).with_name("oracle.erl")
RUN = """
{{ok, oracle, Code}} = compile:file("{source}", [binary]),
{{module, oracle}} = code:load_binary(oracle, "{source}", Code),
oracle:{function}("{questions}", "{answers}").
"""


def ask_erl(expressions: Sequence[str], folder: Path, function: str = "main") -> list[str]:
    """The answers of one ``erl`` to all expressions, in order; with ``reports``, texts of exceptions."""
    questions, answers = folder / "questions", folder / "answers"
    questions.write_bytes(b"\0".join(text.encode() for text in expressions))
    program = RUN.format(source=SOURCE, function=function, questions=questions, answers=answers)
    command = ["erl", "-noshell", "-kernel", "logger_level", "none", "-eval", program]
    done = subprocess.run(command, capture_output=True, check=False, timeout=300)
    if done.returncode != 0:
        raise RuntimeError((done.stdout + done.stderr).decode("latin-1")[-4000:])
    return list(_fields(answers.read_bytes()))


def _fields(data: bytes) -> Iterator[str]:
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 4 + size].decode()
        at += 4 + size


Answerer = Callable[[Session, str], Any]


class Nowhere:
    """Standard output that nobody reads."""

    def write(self, data: bytes) -> None:
        """Lose *data*."""

    def flush(self) -> None:
        """Do nothing."""


def ask_shell(expressions: Sequence[str], answer_to: Answerer | None = None) -> list[str]:
    """The answers of the emulator's shell: values and reasons, or what *answer_to* makes of each."""
    from erts_emu.shell.output import Output

    session = None
    answers = []
    for text in expressions:
        if session is None:
            session = Session(lambda: Emulator(threads="simulated", strict=False), Output(Nowhere()))
            session.start().process.trap_exit = False
        try:
            answer = (answer_to or _answer)(session, text)
        except ProcessExited as exited:
            answer = (Atom("exited"), exited.reason)
        answers.append(format_p(answer, 1, 0, encoding="unicode"))
        # Each form gets a process of its own, in effect.
        if session.main is not None:
            session.stop(flush=False)
            session = None
    return answers


def _answer(session: Session, text: str) -> Any:
    form = next(read_forms(text))
    try:
        if form.error is not None:
            raise form.error
        value = session.evaluate(form.nodes, {})
    except ScanError as error:
        return (Atom("refused"), Atom("erl_scan"), error.reason)
    except ParseError as error:
        described = error.reason
        reason = _chars(described) if isinstance(described, str) else [_chars(part) for part in described]
        return (Atom("refused"), Atom("erl_parse"), reason)
    except CompileError as error:
        return (Atom("error"), error.reason)
    except ErlangError as error:
        return (raised_class(error), error.reason)
    return (Atom("ok"), value, format_text(_chars("~p|~w"), [value, value]).encode())


def _chars(text: str) -> list[int]:
    return [*map(ord, text)]
