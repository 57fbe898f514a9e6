"""Random input: terms, specs, options, bytes, sources, most of them nearly right.

A plain seeded generator: fast, and the same input for the same seed.
"""

from __future__ import annotations

import io
import random
import struct
import tokenize
from collections.abc import Callable
from typing import Any

from erts_emu import driver as api
from erts_emu.driver import ErlDrvBinary, Pointer
from erts_emu.terms import (
    Atom,
    Bitstring,
    ExportFun,
    ImproperList,
    Pid,
    PortId,
    Reference,
    list_with_tail,
    map_from_pairs,
    term_to_binary,
)

NUMBERS = (0, 1, 2, 3, 7, 8, 63, 64, 127, 128, 255, 256, 511, 512, 4096, 8192, 65535, 65536, 2**31 - 1, 2**31,
           2**32 - 1, 2**32, 2**59, 2**60, 2**63 - 1, 2**63, 2**64 - 1, 2**64)  # fmt: skip
TAGS = tuple(value for name, value in vars(api).items() if name.startswith("ERL_DRV_") and type(value) is int)
SPEC_TAGS = (
    api.ERL_DRV_NIL, api.ERL_DRV_ATOM, api.ERL_DRV_INT, api.ERL_DRV_PORT, api.ERL_DRV_BINARY, api.ERL_DRV_STRING,
    api.ERL_DRV_TUPLE, api.ERL_DRV_LIST, api.ERL_DRV_STRING_CONS, api.ERL_DRV_PID, api.ERL_DRV_FLOAT,
    api.ERL_DRV_EXT2TERM, api.ERL_DRV_BUF2BINARY, api.ERL_DRV_INT64, api.ERL_DRV_UINT64, api.ERL_DRV_UINT,
    api.ERL_DRV_MAP,
)  # fmt: skip
NAMES = "a ok error true false undefined data close command connect nonode@nohost äö".split()
ATOMS = (*map(Atom, NAMES), Atom(""), Atom("x" * 255))
SETTINGS = """in out stream line binary eof exit_status hide use_stdio nouse_stdio stderr_to_stdout overlapped_io
packet line cd env args arg0 parallelism busy_limits_port busy_limits_msgq disabled""".split()


class Chance(random.Random):
    """A random generator that also makes terms."""

    def one(self, *choices: Callable[[], Any]) -> Any:
        """The result of one of the functions."""
        return self.choice(choices)()

    def number(self) -> int:
        """A number, with a liking for limits."""
        roll = self.random()
        if roll < 0.5:
            return self.randrange(300)
        number = self.choice(NUMBERS) + self.randrange(-2, 3)
        return -number if roll > 0.8 else number

    def bytes_(self, most: int = 40) -> bytes:
        """A few bytes."""
        return self.randbytes(self.randrange(self.choice((2, 6, most))))

    def text(self) -> str:
        """A few characters, of any plane."""
        return "".join(
            chr(self.choice((97, 0, 32, 47, 255, 256, 0x20AC, 0x1F600, 46))) for _ in range(self.randrange(6))
        )

    def scalar(self) -> Any:
        """A term without parts."""
        return self.one(
            self.number, self.bytes_, lambda: self.choice(ATOMS), self.random, lambda: Pid(self.randrange(200), 0),
            lambda: PortId(self.randrange(20)), lambda: Reference((1, 2, 3)), lambda: Bitstring(b"\xa0", 3),
            lambda: ExportFun(ATOMS[0], ATOMS[1], 2), lambda: self.choice((True, False)), list, lambda: (),
        )  # fmt: skip

    def term(self, depth: int = 3) -> Any:
        """Any term."""
        if not depth or self.random() < 0.4:
            return self.scalar()
        parts = [self.term(depth - 1) for _ in range(self.randrange(5))]
        return self.one(
            lambda: parts, lambda: tuple(parts), lambda: ImproperList((1, *parts), self.bytes_()),
            lambda: map_from_pairs([(part, 1) for part in parts if not isinstance(part, bool)][:1]),
            lambda: [self.randrange(256) for _ in range(5)],
        )  # fmt: skip

    def anything(self) -> Any:
        """A term, or something that is none."""
        return (
            self.term() if self.random() < 0.9 else self.choice((None, self.text(), object(), bytearray(b"x"), 1j, {}))
        )

    def iodata(self, depth: int = 3) -> Any:
        """Mostly iodata."""
        roll = self.random()
        if roll < 0.05:
            return self.anything()
        if not depth or roll < 0.5:
            return self.one(self.bytes_, lambda: [self.randrange(256)], list, lambda: "text")
        parts = [
            self.one(lambda: self.iodata(depth - 1), lambda: self.randrange(256)) for _ in range(self.randrange(4))
        ]
        return parts if roll < 0.9 else list_with_tail([b"", *parts], self.iodata(0))

    # --- external format ---

    def external(self) -> bytes:
        """Bytes in external format, mostly with something wrong."""
        roll = self.random()
        if roll < 0.1:
            return b"\x83" + self.bytes_(20)
        data = bytearray(term_to_binary(self.term()))
        for _ in range(self.choice((0, 1, 1, 2, 4))):
            self.damage(data)
        return bytes(data)

    def damage(self, data: bytearray) -> None:
        """Change bytes a little."""
        at = self.randrange(len(data) + 1)
        roll = self.randrange(5)
        if roll == 0 and at < len(data):
            data[at] = self.choice((0, 1, 70, 77, 80, 82, 88, 97, 98, 99, 100, 104, 105, 106, 107, 108, 109, 110, 111,
                                    112, 113, 115, 116, 118, 119, 120, 131, 255, self.randrange(256)))  # fmt: skip
        elif roll == 1:
            del data[at:]
        elif roll == 2:
            data[at:at] = self.bytes_(8)
        elif roll == 3 and at + 4 <= len(data):
            data[at : at + 4] = struct.pack(">L", self.number() & 0xFFFFFFFF)
        else:
            del data[at : at + self.randrange(1, 4)]

    # --- specs ---

    def spec(self) -> list[Any]:
        """A spec of a term: a program that is mostly right."""
        words: list[Any] = []
        depth = 0
        for _ in range(self.randrange(1, 7)):
            part, depth = self.instruction(depth)
            words += part
        if depth != 1 and self.random() < 0.8:
            words += [api.ERL_DRV_TUPLE, depth]
        for _ in range(self.choice((0, 0, 1, 2))):
            self._damage_words(words)
        return words

    def instruction(self, depth: int) -> tuple[list[Any], int]:
        """A tag with its arguments, and the depth of the stack after it."""
        tag = self.choice(SPEC_TAGS)
        if tag in (api.ERL_DRV_TUPLE, api.ERL_DRV_LIST, api.ERL_DRV_MAP):
            count = self.randrange(depth + 1) // (2 if tag == api.ERL_DRV_MAP else 1)
            return [tag, count], depth - count * (2 if tag == api.ERL_DRV_MAP else 1) + 1
        buffer = self.external() if tag == api.ERL_DRV_EXT2TERM else self.bytes_()
        arguments = {
            api.ERL_DRV_NIL: list,
            api.ERL_DRV_ATOM: lambda: [self.choice(ATOMS)],
            api.ERL_DRV_PORT: lambda: [PortId(self.randrange(9))],
            api.ERL_DRV_PID: lambda: [Pid(self.randrange(99), 0)],
            api.ERL_DRV_FLOAT: lambda: [self.choice((1.5, Pointer(2.5), float("inf"), float("nan"), -0.0))],
            api.ERL_DRV_BINARY: lambda: [ErlDrvBinary(buffer), self.randrange(len(buffer) + 1), 0],
        }
        if tag in arguments:
            return [tag, *arguments[tag]()], depth + 1
        if tag in (api.ERL_DRV_STRING, api.ERL_DRV_STRING_CONS, api.ERL_DRV_BUF2BINARY, api.ERL_DRV_EXT2TERM):
            return [tag, buffer, len(buffer)], depth + (tag != api.ERL_DRV_STRING_CONS)
        return [tag, self.one(self.number, lambda: Pointer(self.number()))], depth + 1

    def _damage_words(self, words: list[Any]) -> None:
        at = self.randrange(len(words) + 1)
        roll = self.randrange(4)
        if roll == 0 and at < len(words):
            words[at] = self.one(self.number, self.anything, lambda: None, lambda: self.choice(TAGS))
        elif roll == 1:
            del words[at:]
        elif roll == 2:
            words[at:at] = [self.one(self.number, lambda: self.choice(TAGS))]
        else:
            del words[at : at + 1]

    # --- open_port ---

    def setting(self) -> Any:
        """A setting of open_port, mostly one that exists."""
        name = self.choice(SETTINGS) if self.random() < 0.9 else self.anything()
        name = Atom(name) if isinstance(name, str) and self.random() < 0.5 else name
        if self.random() < 0.5:
            return name
        value = self.one(
            self.number, self.anything, lambda: (self.number(), self.number()), lambda: Atom("disabled"),
            lambda: self.choice((True, False, 1, 2, 4)), lambda: [(self.text(), self.text())],
            lambda: [("A", self.anything())], self.text,
        )  # fmt: skip
        return (name, value) if self.random() < 0.95 else (name, value, 1)

    def settings(self) -> Any:
        """The settings of open_port."""
        if self.random() < 0.03:
            return self.anything()
        return [self.setting() for _ in range(self.randrange(4))]

    def port_name(self, driver: str) -> Any:
        """What to open, mostly a driver that is there."""
        roll = self.random()
        if roll < 0.05:
            return self.anything()
        form = self.choice(
            ("spawn_driver", Atom("spawn_driver"), Atom("spawn"), "fd", "spawn_executable", self.anything())
        )
        if roll < 0.2:
            return (form, self.anything())
        command: Any = driver + self.choice(("", " ", " x", "\t", "\0", " \0", " " + self.text()))
        return (form, self.one(lambda: command, command.encode, lambda: [*command], lambda: [*command.encode()]))

    # --- sources ---

    def source(self, text: str) -> str:
        """A Python source with a few tokens changed."""
        tokens = [token.string for token in tokenize.generate_tokens(io.StringIO(text).readline)]
        lines = text.splitlines(keepends=True)
        for _ in range(self.choice((1, 1, 2, 3, 5))):
            at = self.randrange(len(lines))
            roll = self.randrange(5)
            if roll == 0:
                del lines[at]
            elif roll == 1:
                lines[at:at] = [self.choice(lines)]
            elif roll == 2:
                other = self.randrange(len(lines))
                lines[at], lines[other] = lines[other], lines[at]
            else:
                word = self.choice(tokens).strip() or "0"
                lines[at] = lines[at].replace(word, self.choice(tokens).strip() or "None", 1)
            if not lines:
                return ""
        return "".join(lines)
