"""The module ``math``."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from erts_emu.shell.native import Library
from erts_emu.shell.values import badarg, badarith

LIBRARY: Final = Library("math")


def _number(term: Any) -> float:
    if type(term) is not int and type(term) is not float:
        raise badarg()
    try:
        return float(term)
    except OverflowError:
        raise badarith() from None


def _register(name: str, function: Callable[..., float], arity: int = 1) -> None:
    def one(argument: Any) -> float:
        return _computed(function, _number(argument))

    def two(left: Any, right: Any) -> float:
        return _computed(function, _number(left), _number(right))

    LIBRARY.plain(name, arity)(one if arity == 1 else two)


def _computed(function: Callable[..., float], *arguments: float) -> float:
    try:
        result = float(function(*arguments))
    except (ValueError, OverflowError, ZeroDivisionError):
        raise badarith() from None
    if not math.isfinite(result):
        raise badarith()
    return result


_FUNCTIONS: Final[dict[str, Callable[..., float]]] = {
    name: getattr(math, name)
    for name in ("acos acosh asin asinh atan atanh cos cosh erf erfc exp log log10 log2 sin sinh sqrt tan tanh".split())
}

for _name, _function in _FUNCTIONS.items():
    _register(_name, _function)
_register("ceil", lambda number: math.copysign(math.ceil(number), number))
_register("floor", lambda number: math.copysign(math.floor(number), number))
_register("atan2", math.atan2, 2)
_register("pow", math.pow, 2)
_register("fmod", math.fmod, 2)


@LIBRARY.plain("pi")
def _pi() -> float:
    return math.pi
