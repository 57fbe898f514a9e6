"""The first half of pretty printing: a term as nested boxes of known width.

A box is what its term looks like on one line. Depth limits take effect here, and strings are
recognised here; where lines break is decided in ``_layout``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, Final, NamedTuple

from erts_emu.terms._printable import binary_as_text, list_as_text
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import Bitstring, ImproperList, Term, as_atom, kind_of
from erts_emu.terms.order import ordered_items
from erts_emu.terms.spelling import LEAVES, Encoding, atom_text, bit_segments, string_text

# Shapes: how a box can be broken.
TEXT, BITS, LIST, TUPLE, TAGGED, MAP, PAIR = range(7)

BRACKETS: Final = {LIST: ("[", "]"), TUPLE: ("{", "}"), TAGGED: ("{", "}"), MAP: ("#{", "}"), PAIR: ("", "")}


class Box:
    """*width* characters: a *text*, or *items* between brackets and perhaps a *tail* that ends them."""

    __slots__ = ("items", "shape", "simple", "tail", "text", "width")

    shape: int
    width: int
    simple: bool
    """Whether it may share a line with its neighbours."""
    text: str
    items: list[Box]
    tail: Box | None

    def __init__(self, shape: int, text: str = "") -> None:
        self.shape = shape
        self.simple = shape == TEXT
        self.text = text
        self.width = _text_width(text)
        self.items = []
        self.tail = None

    @property
    def joint(self) -> str:
        """What stands before the tail."""
        return "|" if self.shape == LIST else ","


def _text_width(text: str) -> int:
    if text.isascii() or max(text) <= "\xff":
        return len(text)
    from erts_emu.terms._graphemes import visible_length

    return visible_length(text)


DOTS: Final = Box(TEXT, "...")


class Style(NamedTuple):
    """What influences the spelling of simple terms."""

    encoding: Encoding
    printable_range: Encoding
    strings: bool
    pretty: bool = True
    """``~P`` rather than ``~W``, which hides the pairs of a map without a trace, and cuts whole maps."""


class _Frame(NamedTuple):
    """A compound term whose boxes are being made."""

    shape: int
    parts: Iterator[tuple[Term, int]]
    boxes: list[Box]
    ending: int

    def box(self) -> Box:
        return _assembled(self.shape, self.boxes, self.ending)


# How a compound term ends.
_WHOLE, _CUT, _IMPROPER = range(3)


def box_of(term: Term, depth: int, style: Style) -> Box:
    """The box of *term*, in which *depth* positions and levels are shown; all of them if it is negative."""
    root = _Frame(LIST, iter(((term, depth),)), [], _WHOLE)
    pending = [root]
    while True:
        frame = pending[-1]
        for part, left in frame.parts:
            measure = _MEASURES.get(type(part)) or _MEASURES[kind_of(part)]
            made = measure(part, left, style)
            if isinstance(made, _Frame):
                pending.append(made)
                break
            frame.boxes.append(made)
        else:
            pending.pop()
            if not pending:
                return root.boxes[0]
            pending[-1].boxes.append(frame.box())


def _assembled(shape: int, boxes: list[Box], ending: int) -> Box:
    box = Box(shape)
    if shape == MAP:
        boxes = [_pair(boxes[at], boxes[at + 1]) for at in range(0, len(boxes), 2)]
    if ending == _CUT:
        box.tail = DOTS
    elif ending == _IMPROPER:
        box.tail = boxes.pop()
    box.items = boxes
    widths = [part.width for part in (boxes if box.tail is None else [*boxes, box.tail])]
    box.width = sum(map(len, BRACKETS[shape])) + sum(widths) + len(widths) - 1
    return box


def _pair(key: Box, value: Box) -> Box:
    box = Box(PAIR)
    box.items = [key, value]
    box.width = key.width + len(ARROW) + value.width
    box.simple = key.simple and value.simple
    return box


ARROW: Final = " => "

# -- simple terms ---------------------------------------------------------------------------------


def _leaf(spell: Callable[[Any], str]) -> Callable[[Any, int, Style], Box]:
    return lambda term, _depth, _style: Box(TEXT, spell(term))


def _atom(term: Atom | bool, _depth: int, style: Style) -> Box:
    return Box(TEXT, atom_text(as_atom(term), style.encoding))


# -- compound terms: each position and each level uses up one of the depth ------------------------


def _list(term: list[Any], depth: int, style: Style) -> Box | _Frame:
    if not term:
        return Box(TEXT, "[]")
    if style.strings and depth != 1:
        text = list_as_text(term, style.encoding, style.printable_range)
        if text is not None:
            return Box(TEXT, string_text(text, style.encoding))
    return _sequence(LIST, term, depth, _WHOLE)


def _improper(term: ImproperList, depth: int, _style: Style) -> _Frame:
    return _sequence(LIST, (*term.elements, term.tail), depth, _IMPROPER)


def _tuple(term: tuple[Any, ...], depth: int, _style: Style) -> Box | _Frame:
    if not term or depth == 1:
        return Box(TEXT, "{...}" if term else "{}")
    tagged = len(term) > 1 and isinstance(term[0], Atom | bool)
    return _sequence(TAGGED if tagged else TUPLE, term, depth, _WHOLE)


def _sequence(shape: int, terms: list[Any] | tuple[Any, ...], depth: int, ending: int) -> _Frame:
    if 0 < depth <= len(terms):
        terms, ending = terms[: depth - 1], _CUT
    return _Frame(shape, zip(terms, range(depth - 1, depth - 1 - len(terms), -1), strict=True), [], ending)


def _map(term: Mapping[Any, Any], depth: int, style: Style) -> Box | _Frame:
    if not term or depth == 1:
        return Box(TEXT, "#{...}" if term and style.pretty else "#{}")
    items, ending = ordered_items(term), _WHOLE
    if 0 < depth <= len(items) + (0 if style.pretty else 1):
        items, ending = items[: depth - 1], _CUT
    return _Frame(MAP, ((part, depth - 1) for part in chain.from_iterable(items)), [], ending)


# -- binaries -------------------------------------------------------------------------------------


def _binary(term: bytes, depth: int, style: Style) -> Box:
    if depth != 1 and style.strings:
        found = binary_as_text(term, depth - 1, style.encoding, style.printable_range)
        if found is not None:
            return Box(TEXT, f"<<{string_text(found.text, style.encoding)}{found.suffix}>>")
    return _bits(term, depth, style)


def _bits(term: bytes | Bitstring, depth: int, _style: Style) -> Box:
    segments = bit_segments(term)
    if not segments or depth == 1:
        return Box(TEXT, "<<...>>" if segments else "<<>>")
    if 0 < depth <= len(segments):
        segments[depth - 1 :] = ["..."]
    return Box(BITS, f"<<{','.join(segments)}>>")


_MEASURES: Final[dict[type, Callable[[Any, int, Style], Box | _Frame]]] = {
    **{cls: _leaf(spell) for cls, spell in LEAVES.items()},
    Atom: _atom,
    bool: _atom,
    list: _list,
    ImproperList: _improper,
    tuple: _tuple,
    dict: _map,
    Mapping: _map,
    bytes: _binary,
    Bitstring: _bits,
}
