"""Normally distributed numbers by the ziggurat method of Marsaglia and Tsang, with 256 layers, as in ``rand``."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from functools import cache
from typing import Final, NamedTuple

EDGE: Final = Decimal("3.6541528853610087963519472518")
"""Where the lowest layer ends and the tail of the distribution begins."""
LAYERS: Final = 256
BITS: Final = 51
"""How many random bits choose a layer and a place in it."""
_PRECISION: Final = 45
_FRACTIONS: Final = 300


class Layers(NamedTuple):
    """For each layer: below which number a place is inside for sure, its width for 1, the density at its edge."""

    inside: list[int]
    width: list[float]
    density: list[float]


def _density(place: Decimal) -> Decimal:
    return (-place * place / 2).exp()


def _tail_area(edge: Decimal) -> Decimal:
    """The area under the density from *edge* on, as a continued fraction."""
    fraction = Decimal(0)
    for step in range(_FRACTIONS, 0, -1):
        fraction = step / (edge + fraction)
    return _density(edge) / (edge + fraction)


@cache
def layers() -> Layers:
    """The layers, which all have the same area."""
    with localcontext() as context:
        context.prec = _PRECISION
        area = EDGE * _density(EDGE) + _tail_area(EDGE)
        edges = [EDGE]
        while len(edges) < LAYERS - 1:
            edges.append((-2 * (area / edges[-1] + _density(edges[-1])).ln()).sqrt())
        edges.append(area / _density(EDGE))
        edges.reverse()
        full = 2**BITS
        inside = [int(EDGE / edges[0] * full), 0]
        inside += [int(edges[layer - 1] / edges[layer] * full) for layer in range(2, LAYERS)]
        density = [1.0, *(float(_density(edge)) for edge in edges[1:])]
        return Layers(inside, [float(edge / full) for edge in edges], density)


def in_tail(first: float, second: float) -> float | None:
    """How far beyond the edge two random numbers lead, or None if two more are needed."""
    beyond = -1 / float(EDGE) * math.log(first)
    height = -math.log(second)
    return beyond if height + height > beyond * beyond else None
