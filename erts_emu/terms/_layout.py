"""The second half of pretty printing: where the lines of a box break.

The rules, as ``erl`` has them:

1. A box that fits is written on one line. It fits if it ends before the line's *width*, counting
   the brackets that must close after it (*closing*), and if the line then has at most *budget*
   characters, not counting indentation (*used* so far).
2. Any other compound box is opened: its items start below each other, right of the bracket. Neighbours
   share a line while they are simple and fit; a compound item begins a line and ends it.
3. The items of a tagged tuple, ``{tag,...}``, are aligned after the tag, so ever deeper. If anywhere
   in the term that would exceed half the width, all tags are indented by 4 instead, and if that
   would too, by 1: hence the trial runs.
4. A pair of a map that does not fit breaks after its arrow, its value on a line of its own.
5. Numbers of a binary fill lines.

Where the trial counts differently from the real run, so does ``erl``; it is marked *as erl*.
Opened boxes are generators on an explicit stack, so that depth is no danger.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from erts_emu.terms._boxes import ARROW, BITS, BRACKETS, DOTS, MAP, PAIR, TAGGED, TEXT, Box

_Steps: TypeAlias = Iterator["_Steps"]
"""A box being opened: yields each box inside that has to be opened in turn."""

_ALIGNED: Final = -1
_TRIED_INDENTS: Final = (_ALIGNED, 4)  # of what follows a tag: after it, or by so many columns
_ARROW_INDENT: Final = 4
_LEAST_BINARY_WIDTH: Final = 8


def laid_out(box: Box, column: int, width: int, max_chars: int) -> str:
    """*box* as text whose first character stands in *column* (from 1); negative *max_chars*: no limit."""
    budget = box.width if max_chars < 0 else max_chars
    if width == 0 or (box.width < width - column and box.width <= budget):
        return flat(box)
    indent = next((i for i in _TRIED_INDENTS if _Layout(width, budget, i, trial=True).succeeds(box, column)), 1)
    layout = _Layout(width, budget, indent, trial=False)
    layout.run(box, column)
    return "".join(layout.out)


def flat(box: Box) -> str:
    """*box* on one line."""
    out: list[str] = []
    _write(box, out)
    return "".join(out)


def _write(box: Box, out: list[str]) -> None:
    pending: list[Box | str] = [box]
    while pending:
        part = pending.pop()
        if isinstance(part, str):
            out.append(part)
        elif part.shape in (TEXT, BITS):
            out.append(part.text)
        else:
            pending += reversed(_flat_parts(part))


def _flat_parts(box: Box) -> list[Box | str]:
    start, end = BRACKETS[box.shape]
    joint = ARROW if box.shape == PAIR else ","
    parts: list[Box | str] = [part for item in box.items for part in (joint, item)]
    if box.tail is not None:
        parts += (box.joint, box.tail)
    return [start, *parts[1:], end]


class _TooDeep(Exception):
    """The indentation of a tag exceeds half the width."""


class _Layout:
    """One run over a box: a trial, which only checks how deep tags are indented, or the real one."""

    __slots__ = ("budget", "indent", "out", "trial", "width")

    def __init__(self, width: int, budget: int, indent: int, *, trial: bool) -> None:
        self.width = width
        self.budget = budget
        self.indent = indent
        self.trial = trial
        self.out: list[str] = []

    def succeeds(self, box: Box, column: int) -> bool:
        try:
            self.run(box, column)
        except _TooDeep:
            return False
        return True

    def run(self, box: Box, column: int) -> None:
        pending = [self.place(box, column, 0, 0)]
        while pending:
            inner = next(pending[-1], None)
            if inner is None:
                pending.pop()
            else:
                pending.append(inner)

    # -- pieces ---------------------------------------------------------------------------------

    def put(self, text: str) -> None:
        if not self.trial:
            self.out.append(text)

    def put_flat(self, box: Box) -> None:
        if not self.trial:
            _write(box, self.out)

    def new_line(self, column: int) -> None:
        self.put("\n" + " " * (column - 1))

    def fits(self, size: int, column: int, closing: int, used: int) -> bool:
        return size < self.width - column - closing and size + used + closing <= self.budget

    # -- boxes ----------------------------------------------------------------------------------

    def place(self, box: Box, column: int, closing: int, used: int) -> _Steps:
        """Write *box* on the line if it fits, and open it otherwise."""
        if box.shape == TEXT or self.fits(box.width, column, closing, used):
            self.put_flat(box)
        elif box.shape == BITS:
            self.put_bits(box, column + 2, closing, used)
        elif box.shape == PAIR:
            yield self.pair(box, column, closing, used)
        else:
            start, end = BRACKETS[box.shape]
            self.put(start)
            if box.shape == TAGGED and box.items:
                yield self.tagged(box, column, closing, used + 1)
            else:
                # as erl: the real run counts one character for the two of a map's bracket
                used += len(start) if self.trial else 1
                yield self.sequence(box, column + len(start), closing, used)
            self.put(end)

    def pair(self, box: Box, column: int, closing: int, used: int) -> _Steps:
        key, value = box.items
        yield self.place(key, column, closing, used)
        self.put(ARROW.rstrip())
        column += self.indent if self.indent > 0 else _ARROW_INDENT
        self.new_line(column)
        yield self.place(value, column, closing, 0)

    def tagged(self, box: Box, column: int, closing: int, used: int) -> _Steps:
        """A tag, and what follows it aligned: after the tag, or under it where an indent is set."""
        tag, *rest = box.items
        inner = Box(box.shape)
        inner.items, inner.tail = rest, box.tail
        self.put_flat(tag)
        after_tag = column + tag.width + 2
        used += tag.width
        if 0 < self.indent < tag.width + 2:
            column += self.indent
            self.check(self.budget + column <= self.width or column <= self.width // 2)
            yield self.following(inner, column, after_tag, closing, used)
        else:
            self.check(self.budget + after_tag < self.width or after_tag < self.width // 2)
            self.put(",")
            yield self.sequence(inner, after_tag, closing, used + 1)

    def check(self, shallow: bool) -> None:
        if self.trial and not shallow:
            raise _TooDeep

    def sequence(self, box: Box, column: int, closing: int, used: int) -> _Steps:
        """The items of *box*, of which the first stands at *column*, below which all others are aligned."""
        if not box.items:
            self.put(DOTS.text)
            return
        first = box.items[0]
        inner = Box(box.shape)
        inner.items, inner.tail = box.items[1:], box.tail
        taken = self.taken(first, column, 0 if inner.items else closing + 1, used)
        yield self.place(first, column, 0 if inner.items else closing + 1, used)
        # as erl: the real run forgets what a map has used before its first pair
        used = taken if box.shape == MAP and not self.trial else used + taken
        yield self.following(inner, column, column + taken, closing, used)

    def following(self, box: Box, column: int, at: int, closing: int, used: int) -> _Steps:
        """Further items of *box*, the line being written up to *at*."""
        last = len(box.items) - 1
        for index, item in enumerate(box.items):
            inner = closing + 1 if index == last else 0
            self.put(",")
            if item.simple and self.fits(item.width + 1, at, inner or 1, used):
                self.put_flat(item)
                at += item.width + 1
                used += item.width + 1
            else:
                self.new_line(column)
                used = self.taken(item, column, inner, 0)
                yield self.place(item, column, inner, 0)
                at = column + used
        if box.tail is not None:
            yield self.ending(box, column, at, closing + 1, used)

    def taken(self, box: Box, column: int, closing: int, used: int) -> int:
        """How much of the line *box* takes: all of it, unless it is simple and fits."""
        return box.width if box.simple and self.fits(box.width, column, closing, used) else self.width

    def ending(self, box: Box, column: int, at: int, closing: int, used: int) -> _Steps:
        """What ends a list: dots, or the tail of an improper one."""
        tail = box.tail or DOTS
        self.put(box.joint)
        if tail is DOTS or (tail.simple and self.fits(tail.width + 1, at, closing, used)):
            self.put_flat(tail)
            return
        self.new_line(column)
        # as erl: the trial measures from the end of the line, not from where the tail will stand
        yield self.place(tail, at if self.trial else column, closing, 0)

    def put_bits(self, box: Box, column: int, closing: int, used: int) -> None:
        room = max(_LEAST_BINARY_WIDTH, min(self.width - column, self.budget - 4 - used) - closing)
        left = room
        *numbers, last = box.text[2:-2].split(",")
        self.put("<<")
        for number in [*(f"{number}," for number in numbers), last]:
            if len(number) > left:
                self.new_line(column)
                left = room
            self.put(number)
            left -= len(number)
        self.put(">>")
