"""Floats as text, with a given number of digits."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext

from erts_emu.terms.spelling import float_text


def shortest(number: float) -> str:
    """The fewest digits that read back as *number*."""
    return float_text(number)


def scientific(number: float, digits: int) -> str:
    """``d.ddde+dd`` with so many digits after the point, as C's ``%.*e``."""
    return f"{number:.{digits}e}"


def decimals(number: float, digits: int) -> str:
    """So many digits after the point; the exact value of *number* is rounded, halves away from zero."""
    with localcontext() as context:
        context.prec = 800
        rounded = Decimal(number).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return f"{rounded:f}"
