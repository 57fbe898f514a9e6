"""Calls of library functions, at random: functions of ``signatures.txt`` with arguments of ``pools.txt``."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

FOLDER = Path(__file__).parent
TEMPTING = frozenset(("count", "small", "char", "base", "depth", "bad_timeout"))
"""Kinds in whose place no other term is given: a huge number would take all memory, or all time."""


class Signature(NamedTuple):
    """A function, and the kinds of its arguments."""

    module: str
    name: str
    kinds: tuple[str, ...]

    @property
    def called(self) -> str:
        """The function as one writes it in a call."""
        name = self.name if re.fullmatch(r"[a-z]\w*", self.name) and self.name not in RESERVED else f"'{self.name}'"
        return f"{self.module}:{name}"

    def __str__(self) -> str:
        return f"{self.module}:{self.name}/{len(self.kinds)}"


DEEP = ("io_lib:format", "io_lib:fwrite", "io_lib:write", "io_lib:print")
"""What returns characters in lists whose depth says nothing."""
RESERVED = frozenset("and band bnot bor bsl bsr bxor div not or rem xor".split())


def read_signatures() -> list[Signature]:
    """All that ``signatures.txt`` says, a function as often as it is named there."""
    found: list[Signature] = []
    module = ""
    for line in (FOLDER / "signatures.txt").read_text("utf-8").splitlines():
        calls = re.findall(r"(\S+?)\(([\w ]*)\)", line)
        if line and not calls and not line.startswith("#"):
            module = line.strip()
        found += [Signature(module, name, tuple(kinds.split())) for name, kinds in calls]
    return found


def read_pools() -> dict[str, list[str]]:
    """The arguments of each kind."""
    pools: dict[str, list[str]] = defaultdict(list)
    kind = ""
    for line in (FOLDER / "pools.txt").read_text("utf-8").splitlines():
        if line.startswith("== "):
            kind = line[3:]
        elif line and kind:
            pools[kind].append(line)
    return dict(pools)


class Calls:
    """A source of random calls; the same *seed* gives the same ones."""

    def __init__(self, seed: int, wrong: float = 0.1) -> None:
        self.random = Random(seed)
        self.wrong = wrong
        self.pools = read_pools()

    def argument(self, kind: str) -> str:
        """Some term of a kind, or now and then any term at all."""
        return self.random.choice(
            self.pools["any" if self.random.random() < self.wrong and kind not in TEMPTING else kind]
        )

    def call(self, signature: Signature) -> str:
        """A call of a function."""
        call = self._plain_call(signature)
        return (
            f"lists:flatten({call})"
            if f"{signature.module}:{signature.name}" in DEEP and self.random.random() < 0.7
            else call
        )

    def _plain_call(self, signature: Signature) -> str:
        if signature.kinds == ("control", "arguments"):
            return f"{signature.called}({self.format()})"
        return f"{signature.called}({', '.join(map(self.argument, signature.kinds))})"

    def calls(self, count: int, only: str = "") -> Iterator[tuple[Signature, str]]:
        """So many calls, of functions chosen evenly; *only* those whose name contains this."""
        signatures = [each for each in read_signatures() if re.search(only, str(each))]
        for _ in range(count):
            signature = self.random.choice(signatures)
            yield signature, self.call(signature)

    # --- formats ---

    def format(self) -> str:
        """The two arguments of ``io_lib:format``."""
        controls, arguments = [], []
        for _ in range(self.random.choice((1, 1, 1, 2, 3))):
            control, taken = self.directive()
            controls.append(self.random.choice(("", "", "", "x", "ab ", "\\n", "\\t", "\\x{e4}", "\\x{3b1}")))
            controls.append(control)
            arguments += taken
        if self.random.random() < self.wrong / 3:
            arguments.append("extra")
        if self.random.random() < self.wrong / 3 and arguments:
            arguments.pop()
        return f'"{"".join(controls)}", [{", ".join(arguments)}]'

    def directive(self) -> tuple[str, list[str]]:
        """A control sequence, and what it takes."""
        choice, chance = self.random.choice, self.random.random
        letter, kind = choice(DIRECTIVES)
        arguments: list[str] = []
        text = "~"
        if chance() < 0.4:
            text += choice(("", "", "-")) + self._number(("3", "5", "10", "20", "1", "0", "40"), arguments, "-3")
        if chance() < 0.35:
            text += "." + self._number(("1", "2", "3", "6", "8", "16", "0", "20"), arguments, "4")
            if chance() < 0.3:
                text += choice((".0", "._", ". ", ".*", ".x"))
                if text.endswith("*"):
                    arguments.append(choice(("$-", "$*")))
        text += choice(("", "", "", "t", "l", "tl", "k", "lt", "K"))[: 2 if letter in "pPwWsc" else 0]
        if kind:
            arguments.append(self.argument(kind))
        if letter in "xX":
            arguments.append(choice(('"0x"', '""', "pre", '<<"b">>', '["a",$b]', "1")))
        if letter in "PW":
            arguments.append(self.argument("depth"))
        return text + letter, arguments

    def _number(self, numbers: tuple[str, ...], arguments: list[str], odd: str) -> str:
        if self.random.random() < 0.12:
            arguments.append(self.random.choice((*numbers, odd, "a")))
            return "*"
        return self.random.choice(numbers)


DIRECTIVES = (
    ("p", "any"),
    ("w", "any"),
    ("s", "text"),
    ("s", "text"),
    ("s", "atom"),
    ("c", "char"),
    ("b", "int"),
    ("B", "int"),
    ("x", "int"),
    ("X", "int"),
    ("+", "int"),
    ("#", "int"),
    ("e", "float"),
    ("f", "float"),
    ("g", "float"),
    ("P", "any"),
    ("W", "any"),
    ("p", "list"),
    ("w", "map"),
    ("i", "any"),
    ("n", ""),
    ("~", ""),
    ("q", "any"),
    ("", ""),
)
