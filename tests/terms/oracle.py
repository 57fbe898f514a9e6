"""One run of the real ``erl`` over a file of questions."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from struct import pack
from typing import NamedTuple

from erts_emu.terms import Term, term_to_binary

AVAILABLE = shutil.which("erl") is not None
SOURCE = Path(__file__).with_name("oracle.erl")
RUN = """
{{ok, oracle, Code}} = compile:file("{source}", [binary]),
{{module, oracle}} = code:load_binary(oracle, "{source}", Code),
oracle:main("{questions}", "{answers}").
"""


class Options(NamedTuple):
    """The options of a pretty print."""

    column: int = 1
    width: int = 80
    depth: int = -1
    max_chars: int = -1
    strings: bool = True


USUAL = Options()

PRINTED = ("w", "tw", "p", "tp", "shell", "tshell", "options", "toptions", "W", "external")
"""What the answer to a print question consists of."""


def print_question(term: Term, options: Options = USUAL) -> bytes:
    return b"p" + pack(">iIiiB", *options) + _sized(term_to_binary(term))


def sort_question(terms: Sequence[Term]) -> bytes:
    return b"s" + _sized(term_to_binary(list(terms)))


def decode_question(data: bytes) -> bytes:
    return b"d" + _sized(data)


def hash_question(term: Term) -> bytes:
    return b"h" + _sized(term_to_binary(term))


def length_question(text: str) -> bytes:
    return b"l" + _sized(text.encode())


def _sized(data: bytes) -> bytes:
    return pack(">I", len(data)) + data


def ask(questions: Sequence[bytes], folder: Path, *flags: str) -> Iterator[bytes]:
    """The fields of the answers, in order."""
    asked, answers = folder / "questions", folder / "answers"
    asked.write_bytes(b"".join(questions))
    program = RUN.format(source=SOURCE, questions=asked, answers=answers)
    command = ["erl", "-noshell", *flags, "-eval", program]
    done = subprocess.run(command, capture_output=True, check=False, timeout=3000)
    if done.returncode != 0:
        raise RuntimeError((done.stdout + done.stderr).decode("latin-1")[-4000:])
    return _fields(answers.read_bytes())


def _fields(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 4 + size]
        at += 4 + size
