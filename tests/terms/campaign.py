"""Random terms, printed, encoded and sorted by us and by the real ``erl``, and compared byte for byte; and read back.

``python -m tests.terms.campaign --count 100000`` runs a long campaign. The tests run a short one of
``ERTS_EMU_TERMS`` terms (2,000 unless set) with the seed ``ERTS_EMU_TERMS_SEED`` (0 unless set).
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import chain, islice, pairwise
from pathlib import Path
from struct import pack
from typing import NamedTuple

from erts_emu.shell.constants import NOT_CONSTANT
from erts_emu.shell.session import read_forms
from erts_emu.shell.terms_text import term_of
from erts_emu.terms import (
    BadExternal,
    ExportFun,
    Fun,
    ImproperList,
    Pid,
    PortId,
    Reference,
    Term,
    binary_to_term,
    compare,
    decode_prefix,
    exactly_equal,
    format_p,
    format_shell,
    format_w,
    sort_key,
    term_to_binary,
)
from erts_emu.terms._graphemes import visible_length
from erts_emu.terms._tags import NEW_FUN
from erts_emu.terms.hashes import phash, phash2
from erts_emu.terms.spelling import RESERVED

from .generate import Generator
from .oracle import (
    PRINTED,
    Options,
    ask,
    decode_question,
    hash_question,
    length_question,
    print_question,
    sort_question,
)

BATCH = 5_000
SORTED_AT_ONCE = 30


class Difference(NamedTuple):
    """Where we and ``erl`` do not agree."""

    what: str
    term: Term
    options: Options | None
    erl: bytes
    ours: bytes


def random_options(generator: Generator) -> Options:
    between, pick = generator.between, generator.pick
    return Options(
        column=pick((1, 1, 2, 11, 30, 60, 79, 81, between(1, 90))),
        width=pick((80, 80, 80, 60, 40, 20, 10, 0, 132)),
        depth=pick((-1, -1, between(1, 6), between(7, 40), 30)),
        max_chars=pick((-1, -1, 60, 20, between(1, 80))),
        strings=generator.chance(0.85),
    )


def our_answers(term: Term, options: Options, printable_range: str) -> tuple[bytes, ...]:
    """What ``printed`` of ``oracle.erl`` answers."""
    column, width, depth, most, strings = options
    wide = {"encoding": "unicode", "printable_range": printable_range}
    return (
        format_w(term).encode("latin-1"),
        format_w(term, encoding="unicode").encode(),
        format_p(term).encode("latin-1"),
        format_p(term, **wide).encode(),
        format_shell(term).encode(),
        format_shell(term, **wide).encode(),
        format_p(term, column, width, depth, most, strings=strings).encode(),
        format_p(term, column, width, depth, most, strings=strings, **wide).encode(),
        format_w(term, depth=depth).encode("latin-1"),
        term_to_binary(term),
    )


def printing(count: int, seed: int, folder: Path, printable_range: str = "latin1") -> Iterator[Difference]:
    """Print and encode *count* random terms."""
    generator = Generator(seed)
    asked = [(generator.top(), random_options(generator)) for _ in range(count)]
    answers = ask([print_question(*question) for question in asked], folder, "+pc", printable_range)
    for term, options in asked:
        for what, ours in zip(PRINTED, our_answers(term, options, printable_range), strict=True):
            theirs = next(answers)
            if theirs != ours:
                yield Difference(what, term, options, theirs, ours)
        if not exactly_equal(binary_to_term(term_to_binary(term)), term):
            yield Difference("round trip", term, None, b"", term_to_binary(term))


def reading(count: int, seed: int, _folder: Path) -> Iterator[Difference]:
    """Print *count* random terms, and read them back: on one line and on several, in both encodings."""
    generator = Generator(seed)
    for term in islice(filter(is_readable, iter(generator.top, None)), count):
        narrow = {"column": generator.between(1, 60), "width": generator.pick((0, 20, 80))}
        texts = [
            format_w(term),
            format_w(term, encoding="unicode"),
            format_p(term, **narrow),
            format_p(term, encoding="unicode", printable_range="unicode"),
        ]
        for text in texts:
            back = term_of(next(read_forms(f"{text} .")).nodes)
            if back is NOT_CONSTANT or not exactly_equal(back, term):
                yield Difference("reading", term, None, text.encode(), repr(back).encode())


def is_readable(term: Term) -> bool:
    """Whether a term can be written in source code; the emulator spells names of funs in a way of its own."""
    if isinstance(term, ExportFun):
        names = (term.module.name, term.function.name)
        return all(name.isascii() and name not in RESERVED for name in names)
    if isinstance(term, Mapping):
        return all(is_readable(part) for pair in term.items() for part in pair)
    if isinstance(term, ImproperList):
        return is_readable([*term.elements, term.tail])
    if isinstance(term, list | tuple):
        return all(map(is_readable, term))
    return not isinstance(term, Fun | Pid | PortId | Reference)


def sorting(count: int, seed: int, folder: Path) -> Iterator[Difference]:
    """Sort *count* random terms that are often nearly equal, some at a time."""
    generator = Generator(seed)
    asked = [[generator.near() for _ in range(SORTED_AT_ONCE)] for _ in range(count // SORTED_AT_ONCE)]
    answers = ask([sort_question(terms) for terms in asked], folder)
    for terms in asked:
        places = sorted(range(len(terms)), key=lambda place, terms=terms: sort_key(terms[place]))
        ours = b"".join(place.to_bytes(2, "big") for place in places)
        relations = b"".join(_relation(terms[one], terms[two]) for one, two in pairwise(places))
        for what, mine, theirs in (("order", ours, next(answers)), ("equality", relations, next(answers))):
            if mine != theirs:
                yield Difference(what, terms, None, theirs, mine)


def decoding(count: int, seed: int, folder: Path) -> Iterator[Difference]:
    """Decode *count* damaged encodings of random terms: the same ones are refused, the others mean the same.

    None of them has the tag of a fun, since a damaged fun can end ``erl`` 25 with a segmentation fault.
    """
    generator = Generator(seed)
    made = (damaged(term_to_binary(generator.term(generator.between(0, 3))), generator) for _ in range(count))
    asked = [data for data in made if NEW_FUN not in data]
    answers = ask([decode_question(data) for data in asked], folder)
    for data, theirs in zip(asked, answers, strict=True):
        ours = _decoded(data)
        if ours != theirs and not _on_purpose(data):
            yield Difference("decoding", data, None, theirs, ours)


def hashing(count: int, seed: int, folder: Path) -> Iterator[Difference]:
    """Hash *count* random terms."""
    generator = Generator(seed)
    asked = [generator.top() for _ in range(count)]
    for term, theirs in zip(asked, ask([hash_question(term) for term in asked], folder), strict=True):
        ours = pack(">III", phash2(term), phash2(term, 1 << 32), phash(term, 1 << 32) - 1)
        if ours != theirs:
            yield Difference("hash", term, None, theirs, ours)


def measuring(count: int, seed: int, folder: Path) -> Iterator[Difference]:
    """Count the visible characters of *count* texts."""
    generator = Generator(seed)
    asked = [generator.clusters() for _ in range(count)]
    for text, theirs in zip(asked, ask([length_question(text) for text in asked], folder), strict=True):
        ours = visible_length(text).to_bytes(4, "big")
        if ours != theirs:
            yield Difference("length", list(map(ord, text)), None, theirs, ours)


def damaged(data: bytes, generator: Generator) -> bytes:
    """*data* with a few bytes changed, removed or added; often tags and small numbers."""
    out = bytearray(data)
    for _ in range(generator.between(1, 3)):
        at = generator.between(1, len(out))
        value = generator.pick((generator.between(0, 255), generator.between(97, 120), generator.between(0, 3)))
        out[at : at + generator.between(0, 1)] = bytes((value,) * generator.between(0, 1))
    return bytes(out)


def _decoded(data: bytes) -> bytes:
    try:
        term, used = decode_prefix(data)
    except BadExternal:
        return b""
    return used.to_bytes(4, "big") + term_to_binary(term)


REFUSED_ON_PURPOSE = (
    "words, not 0",  # for which erl reads one word all the same
    "tag 73",  # internal to erl: numbers of atoms
    "tag 75",
)


def _on_purpose(data: bytes) -> bool:
    try:
        decode_prefix(data)
    except BadExternal as error:
        return any(reason in str(error) for reason in REFUSED_ON_PURPOSE)
    return False


def _relation(left: Term, right: Term) -> bytes:
    if exactly_equal(left, right):
        return b"i"
    return {0: b"e", -1: b"l", 1: b"g"}[compare(left, right)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--range", choices=("latin1", "unicode"), default="latin1")
    parser.add_argument("--show", type=int, default=3, help="how many differences of each kind to show")
    arguments = parser.parse_args()
    found: Counter[str] = Counter()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        for start in range(0, arguments.count, BATCH):
            count, seed = min(BATCH, arguments.count - start), arguments.seed + start
            for difference in printing(count, seed, Path(name), arguments.range):
                report(difference, found, arguments.show)
            others = (check(count, seed, Path(name)) for check in (sorting, decoding, measuring, reading, hashing))
            for difference in chain.from_iterable(others):
                report(difference, found, arguments.show)
            print(f"{start + count} terms, {time.monotonic() - begun:.0f} s, differences: {dict(found)}", flush=True)
    return 1 if found else 0


def report(difference: Difference, found: Counter[str], most: int) -> None:
    found[difference.what] += 1
    if found[difference.what] <= most:
        print(f"--- {difference.what} {difference.options}\n{difference.term!r}"[:3000])
        print("erl: ", difference.erl.decode("utf-8", "replace")[:3000])
        print("ours:", difference.ours.decode("utf-8", "replace")[:3000])


if __name__ == "__main__":
    raise SystemExit(main())
