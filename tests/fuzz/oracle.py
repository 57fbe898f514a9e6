"""Damaged external format, decoded by us and by the real ``erl``: both accept the same bytes, as the same terms.

Left out is what differs on purpose: identifiers of other nodes, which do not exist here; ``ATOM_INTERNAL_REF`` (73, and
75), with which ``erl`` numbers its own atoms; references of no words, for which ``erl`` reads what follows them.
"""

from __future__ import annotations

import struct
import subprocess
import tempfile
from pathlib import Path

from erts_emu.terms import BadExternal, binary_to_term, term_to_binary

from .generate import Chance

REFUSED = b"badarg"
ON_PURPOSE = ("of the node", "tag 73", "tag 75", "words, not 0")
PROGRAM = """
{ok, In} = file:read_file("%s"),
Loop = fun Loop(<<Size:32, Bytes:Size/binary, Rest/binary>>, Answers) ->
               Answer = try term_to_binary(binary_to_term(Bytes)) catch error:badarg -> <<"badarg">> end,
               Loop(Rest, [[<<(byte_size(Answer)):32>>, Answer] | Answers]);
           Loop(<<>>, Answers) -> lists:reverse(Answers)
       end,
ok = file:write_file("%s", Loop(In, [])),
halt().
"""


def ask_erl(inputs: list[bytes]) -> list[bytes]:
    """What ``erl`` makes of each input: its term, encoded anew, or ``badarg``."""
    with tempfile.TemporaryDirectory() as folder:
        question, answer = Path(folder, "in"), Path(folder, "out")
        question.write_bytes(b"".join(struct.pack(">L", len(each)) + each for each in inputs))
        subprocess.run(["erl", "-noshell", "-eval", PROGRAM % (question, answer)], check=True, timeout=300)
        data = answer.read_bytes()
    answers = []
    at = 0
    while at < len(data):
        (size,) = struct.unpack_from(">L", data, at)
        answers.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return answers


def our_answer(data: bytes) -> bytes | None:
    """The same from us; None where we differ on purpose."""
    try:
        return term_to_binary(binary_to_term(data))
    except BadExternal as error:
        return None if any(part in str(error) for part in ON_PURPOSE) else REFUSED


def differences(seed: int, count: int) -> tuple[list[tuple[bytes, bytes, bytes]], int]:
    """Return the input, erl's answer and ours where they differ; and how many inputs were terms."""
    chance = Chance(f"external {seed}")
    inputs = [chance.external() for _ in range(count)]
    answers = ask_erl(inputs)
    assert len(answers) == count
    found = []
    for data, erl in zip(inputs, answers, strict=True):
        ours = our_answer(data)
        if ours is not None and ours != erl:
            found.append((data, erl, ours))
    return found, sum(answer != REFUSED for answer in answers)
