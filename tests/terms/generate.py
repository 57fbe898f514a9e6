"""Random terms, with a liking for what is hard to print, to compare and to encode.

The generator is a plain seeded one, so that a campaign of many terms is fast and can be repeated; hypothesis has its
own strategies in ``strategies``.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from math import isfinite
from typing import Any

from erts_emu.terms import (
    Atom,
    ExportFun,
    Fun,
    ImproperList,
    Pid,
    PortId,
    Reference,
    Term,
    bitstring,
    map_from_pairs,
)

ATOMS = (
    "ok error true false undefined a b c abc name links nonode@nohost a@b aB a_1 some_rather_long_atom_name_here after "
    "and band case end fun maybe else not of receive when xor 'quoted' Upper _under 1digit with\\slash"
).split()
ODD_ATOMS = [
    *(
        "",
        " ",
        "with space",
        "tab\t",
        "nl\n",
        "\0\1",
        "\x1b",
        "\x7f",
        "\x80\x9f",
        "\xa0",
        "'",
        "\\",
        '"',
        "x" * 255,
        "x" * 70,
    ),
    *("\xe9", "\xc9", "\xdf", "\xff", "\xf7", "\xd7", "a\xe9", "\u03b1\u03b2", "\u65e5\u672c", "a\u03b1", "\U0001f600"),
    *("\ufffe", "x" * 70, "\u03b1" * 200),
]
ASCII = "abcdefghijklmnopqrstuvwxyz ABC 0123456789 .,;:\"\\'"
LATIN = ASCII + "\xe9\xc9\xdf\xf7\xd7\xa0\xad\t\n\r\v\b\f\x1b"
WIDE = LATIN + "\u03b1\u03b2\u03b3\u65e5\u672c\U0001f600\u0300\u200d\ufffe\uffff\ue000"
JOINING = (
    *(0x22, 0x41, 0x0D, 0x0A, 0x01, 0x85, 0xA9, 0xAD, 0x300, 0x301, 0x3B1, 0x600, 0x70F, 0x903, 0x93F, 0xE33, 0x102B),
    *(0x1100, 0x1161, 0x11A8, 0x200B, 0x200C, 0x200D, 0x200D, 0x2028, 0x20E3, 0x2764, 0x65E5, 0xAC00, 0xAC01, 0xFE0F),
    *(0x1F1E6, 0x1F1E7, 0x1F3FB, 0x1F468, 0x1F469, 0x1F600, 0xE01EF),
)


class Generator:
    """A source of random terms; the same *seed* gives the same terms."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.pick: Callable[..., Any] = self.random.choice
        self.between = self.random.randint

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    # -- simple terms -------------------------------------------------------------------------

    def integer(self) -> int:
        kind = self.between(0, 5)
        if kind <= 1:
            return self.between(-10, 300)
        if kind == 2:
            return self.between(-(2**31) - 2, 2**31 + 2)
        edge: int = 2 ** self.pick((7, 8, 27, 28, 31, 32, 53, 59, 60, 63, 64, 65, 127, 1023, 2040, 2048))
        return self.pick((-1, 1)) * (edge + self.between(-2, 2))

    def float(self) -> float:
        kind = self.between(0, 4)
        if kind == 0:
            return float(self.between(-100, 1000))
        if kind == 1:
            return round(self.random.uniform(-1000, 1000), self.between(0, 6))
        if kind == 2:
            return float(self.pick((-1, 1)) * 2.0 ** self.between(-60, 70) + self.between(-1, 1))
        if kind == 3:
            return self.between(1, 9999) * 10.0 ** self.between(-12, 25)
        number: float = struct.unpack(">d", self.random.randbytes(8))[0]
        return number if isfinite(number) else -0.0

    def atom(self) -> Atom:
        if self.chance(0.15):
            return Atom(self.pick(ODD_ATOMS))
        if self.chance(0.1):
            return Atom("".join(self.pick(LATIN) for _ in range(self.between(0, 40))))
        return Atom(self.pick(ATOMS))

    def pid(self) -> Pid:
        return Pid(self.pick((0, 1, 79, 32767)), self.pick((0, 0, 1, 8191)))

    def port(self) -> PortId:
        return PortId(self.pick((0, 3, 6, 70021, 0x0FFFFFFF)))

    def reference(self) -> Reference:
        return Reference((self.between(0, 0x3FFFF), self.between(0, 2**32 - 1), self.between(0, 2**32 - 1)))

    def fun(self) -> ExportFun | Fun:
        if self.chance(0.6):
            return ExportFun(self.atom(), self.atom(), self.between(0, 255))
        module, index = Atom(self.pick(("fx", "no_such_module"))), self.between(0, 3)
        # one place in the code has one unique number, whatever the values of its free variables
        unique, digest = 1000 * index + len(module.name), bytes((index,)) * 16
        free = [self.simple() for _ in range(self.between(0, 2))]
        return Fun(module, index, unique, index % 3, free, self.pid(), index, digest)

    def text(self, most: int) -> str:
        alphabet = self.pick((ASCII, ASCII, ASCII, LATIN, WIDE))
        return "".join(self.random.choices(alphabet, k=self.between(0, most)))

    def clusters(self) -> str:
        """A short text of characters that like to join."""
        return "".join(
            chr(self.pick(JOINING) if self.chance(0.9) else self.character()) for _ in range(self.between(1, 7))
        )

    def character(self) -> int:
        code = self.between(0, self.pick((0x3000, 0x10FFFF)))
        return 97 if 0xD800 <= code < 0xE000 else code

    def string(self) -> list[Any]:
        text: list[Any] = list(map(ord, self.text(self.pick((5, 20, 60, 130)))))
        if text and self.chance(0.1):
            text[self.between(0, len(text) - 1)] = self.pick((0, 7, 127, 128, 159, 256, -1, 1.0, 0xD800, 0x10FFFF))
        return text

    def binary(self) -> Term:
        kind = self.between(0, 5)
        if kind == 0:
            return self.random.randbytes(self.between(0, 40))
        if kind == 1:
            return bitstring(self.random.randbytes(self.between(1, 30)), self.between(1, 7))
        if kind == 2:
            return self.text(50).encode() + self.random.randbytes(self.between(0, 3))
        if kind == 3:
            return self.text(self.pick((10, 60, 150))).encode("utf-8")
        return self.text(self.pick((5, 20, 60, 130))).encode("latin-1", "replace")

    def simple(self) -> Term:
        kind = self.between(0, 11)
        makers = (
            self.integer, self.integer, self.float, self.atom, self.atom, self.pid, self.port, self.reference, self.fun,
            self.string, self.binary, self.binary,
        )  # fmt: skip
        made: Term = makers[kind]()
        return made

    # -- compound terms -----------------------------------------------------------------------

    def term(self, depth: int = 5) -> Term:
        if depth <= 0 or self.chance(0.25):
            return self.simple()
        kind = self.between(0, 9)
        if kind <= 2:
            return self.parts(depth)
        if kind <= 3:
            return tuple(self.parts(depth))
        if kind <= 5:
            return (self.atom(), *self.parts(depth))
        if kind <= 7:
            return map_from_pairs(self.pairs(depth))
        if kind == 8:
            return ImproperList([*self.parts(depth), self.simple()], self.tail(depth))
        return [self.between(-3, 999999) for _ in range(self.between(1, 70))]

    def parts(self, depth: int) -> list[Any]:
        return [self.term(depth - self.between(1, 3)) for _ in range(self.pick((0, 1, 2, 3, 3, 4, 6, 9)))]

    def tail(self, depth: int) -> Term:
        tail = self.term(depth - 1)
        return Atom("tail") if isinstance(tail, list | ImproperList) else tail

    def pairs(self, depth: int) -> list[tuple[Term, Term]]:
        count = self.between(20, 32) if self.chance(0.03) else self.between(0, 5)
        return self.distinct([(self.key(depth), self.term(depth - self.between(1, 3))) for _ in range(count)])

    def key(self, depth: int) -> Term:
        return self.atom() if self.chance(0.7) else self.term(depth - 3)

    def distinct(self, pairs: list[tuple[Term, Term]]) -> list[tuple[Term, Term]]:
        return list(map_from_pairs(map_from_pairs(pairs).items()).items())

    def top(self) -> Term:
        """A term for printing."""
        return self.term(self.pick((1, 2, 3, 4, 5, 6, 8)))

    # -- terms that are often nearly equal ----------------------------------------------------

    def near(self, depth: int = 3) -> Term:
        kind = self.between(0, 18 if depth > 0 else 12)
        if kind <= 6:
            return self.near_simple(kind)
        if kind <= 12:
            return self.simple() if kind == 12 else self.near_number()
        few = [self.near(depth - 1) for _ in range(self.between(0, 3))]
        if kind <= 14:
            return tuple(few)
        if kind == 15:
            return few
        if kind == 16:
            tail = self.near_simple(self.between(0, 6))
            return ImproperList([1, *few], Atom("b") if isinstance(tail, list) else tail)
        return map_from_pairs((self.near(depth - 2), value) for value in few)

    def near_simple(self, kind: int) -> Term:
        few: tuple[Term, ...] = (
            Atom(self.pick("abA")),
            bytes(self.between(0, 2) for _ in range(self.between(0, 2))),
            bitstring(bytes((0, self.pick((0, 64, 128, 255)))), self.between(1, 8)),
            Pid(self.between(0, 2), self.between(0, 2)),
            PortId(self.between(0, 2)),
            Reference((self.between(0, 1), self.between(0, 1), self.between(0, 1))),
            [],
        )
        return few[kind]

    def near_number(self) -> Term:
        base: int = self.pick((0, 1, 2, 2**53, 2**59, 2**60, 2**64, 2**1000))
        number = base + self.between(-1, 1)
        return float(number) if self.chance(0.4) else number
