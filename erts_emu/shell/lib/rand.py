"""The module ``rand``, with its default algorithm, ``exsss`` (Xorshift116**)."""

from __future__ import annotations

import math
from typing import Any, Final

from erts_emu.shell.lib._arguments import refuse
from erts_emu.shell.lib._ziggurat import BITS, EDGE, LAYERS, in_tail, layers
from erts_emu.shell.native import Library
from erts_emu.shell.operators import add, multiply
from erts_emu.shell.values import UNDEFINED, Raised, badarith
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import Fun, ImproperList
from erts_emu.terms.maps import exact_key

LIBRARY: Final = Library("rand")

_BITS: Final = 58
_OCTETS: Final = 7
_MASK: Final = (1 << _BITS) - 1
_MASK64: Final = (1 << 64) - 1
_ALGORITHM: Final = Atom("exsss")
_KEY: Final = Atom("rand_seed")
_ALIASES: Final = (Atom("default"), _ALGORITHM)

State = tuple[Any, tuple[int, int]]


def _splitmix64(state: int) -> tuple[int, int]:
    state = (state + 0x9E3779B97F4A7C15) & _MASK64
    mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK64
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK64
    return mixed ^ (mixed >> 31), state


def _seed58(state: int) -> tuple[int, int]:
    while True:
        number, state = _splitmix64(state)
        if number & _MASK:
            return number & _MASK, state


def _seeded(seed: Any) -> tuple[int, int]:
    if type(seed) is int:
        first, state = _seed58(seed & _MASK64)
        second, _ = _seed58(state)
        return first, second
    if type(seed) is list:
        return _given(seed)
    if type(seed) is tuple and len(seed) == 3:
        if not all(type(part) is int for part in seed):
            raise badarith()
        _, state = _seed58(seed[0] & _MASK64)
        first, state = _seed58((seed[1] & _MASK64) ^ state)
        second, _ = _seed58((seed[2] & _MASK64) ^ state)
        return first, second
    return refuse()


def _given(seed: list[Any]) -> tuple[int, int]:
    """A state as such: up to two integers."""
    if any(type(part) is not int for part in seed[:2]):
        raise Raised(Atom("non_integer_seed"))
    if len(seed) > 2:
        raise Raised(Atom("too_many_seed_integers"))
    if not any(part & _MASK for part in seed):
        raise Raised(Atom("zero_seed"))
    first, second = (*(part & _MASK for part in seed), 0)[:2]
    return first, second


def _advance(state: tuple[int, int]) -> tuple[int, int]:
    second, first = state
    mixed = second ^ ((second << 24) & _MASK)
    return first, mixed ^ first ^ (mixed >> 11) ^ (first >> 41)


def _next(state: tuple[int, int]) -> tuple[int, tuple[int, int]]:
    number = (state[1] * 5) & _MASK
    number = ((number << 7) & _MASK) | (number >> (_BITS - 7))
    return (number * 9) & _MASK, _advance(state)


_JUMP: Final = 0x345D2A0F85F788C << _BITS | 0x2F8EA6BC32C797
"""A polynomial: which of the next states make up the one after 2**64 steps."""


def _jumped(state: tuple[int, int]) -> tuple[int, int]:
    first = second = 0
    for bit in range(2 * _BITS):
        if _JUMP >> bit & 1:
            first, second = first ^ state[0], second ^ state[1]
        state = _advance(state)
    return first, second


# --- states as terms ---


def _function(index: int, arity: int) -> Fun:
    """A fun of the real module: nothing here calls it, but states look as they do there."""
    return Fun(Atom("rand"), index, 34006561, arity)


_HANDLER: Final = {
    Atom("type"): _ALGORITHM, Atom("bits"): _BITS, Atom("next"): _function(0, 1), Atom("uniform"): _function(1, 1),
    Atom("uniform_n"): _function(2, 2), Atom("jump"): _function(3, 1),
}  # fmt: skip


def _exported(state: tuple[int, int]) -> Any:
    return (_ALGORITHM, ImproperList([state[0]], state[1]))


def _handler(state: tuple[int, int]) -> Any:
    return (_HANDLER, ImproperList([state[0]], state[1]))


def _state_of(term: Any) -> tuple[int, int]:
    if type(term) is tuple and len(term) == 2 and _is_state(term[1]):
        first: Any = term[1].elements[0]
        second: Any = term[1].tail
        return first, second
    return refuse()


def _is_state(term: Any) -> bool:
    return type(term) is ImproperList and len(term.elements) == 1 and type(term.elements[0]) is type(term.tail) is int


def _current(machine: Any) -> tuple[int, int]:
    found = machine.process.dictionary.get(exact_key(_KEY))
    if found is not None:
        return _state_of(found[1])
    return _random_seed(machine)


def _random_seed(machine: Any) -> tuple[int, int]:
    random = machine.process.emu.layer.random
    return _seeded(random.getrandbits(64))


def _keep(machine: Any, state: tuple[int, int]) -> None:
    machine.process.dictionary[exact_key(_KEY)] = (_KEY, _handler(state))


def _algorithm(term: Any) -> None:
    if term not in _ALIASES:
        refuse()


def _made(machine: Any, given: tuple[Any, ...]) -> tuple[int, int]:
    if len(given) == 2:
        _algorithm(given[0])
        return _seeded(given[1])
    if type(given[0]) is Atom:
        _algorithm(given[0])
        return _random_seed(machine)
    state = _state_of(given[0])
    if type(given[0][0]) is Atom:
        _algorithm(given[0][0])
    return state


@LIBRARY.context("seed", 1, 2)
def _seed(machine: Any, *given: Any) -> Any:
    state = _made(machine, given)
    _keep(machine, state)
    return _handler(state)


@LIBRARY.context("seed_s", 1, 2)
def _seed_s(machine: Any, *given: Any) -> Any:
    return _handler(_made(machine, given))


@LIBRARY.context("export_seed")
def _export_seed(machine: Any) -> Any:
    found = machine.process.dictionary.get(exact_key(_KEY))
    return UNDEFINED if found is None else _exported(_state_of(found[1]))


@LIBRARY.plain("export_seed_s")
def _export_seed_s(state: Any) -> Any:
    return _exported(_state_of(state))


# --- numbers ---


def _float(state: tuple[int, int]) -> tuple[float, tuple[int, int]]:
    number, state = _next(state)
    return (number >> (_BITS - 53)) * 2.0**-53, state


def _below(limit: Any, state: tuple[int, int]) -> tuple[int, tuple[int, int]]:
    """A number from 1 to *limit*: what would make some numbers more frequent is drawn again."""
    if type(limit) is not int or limit < 1:
        refuse()
    if limit > 1 << _BITS:
        return _below_large(limit, state)
    while True:
        number, state = _next(state)
        if number < limit:
            return number + 1, state
        rest = number % limit
        if number - rest <= (1 << _BITS) - limit:
            return rest + 1, state


def _below_large(limit: int, state: tuple[int, int]) -> tuple[int, tuple[int, int]]:
    """More than 58 bits: as many numbers as it takes, the first one highest, and at least two bits to spare."""
    power_of_two = not limit & (limit - 1)
    while True:
        number, state = _next(state)
        bits = _BITS
        wanted = limit >> (_BITS if power_of_two else _BITS - 2)
        while wanted > 1:
            further, state = _next(state)
            number = (number << _BITS) | further
            bits += _BITS
            wanted >>= _BITS
        rest = number % limit
        if power_of_two or number - rest <= (1 << bits) - limit:
            return rest + 1, state


@LIBRARY.context("uniform", 0, 1)
def _uniform(machine: Any, *limit: Any) -> Any:
    state = _current(machine)
    number, state = _below(limit[0], state) if limit else _float(state)
    _keep(machine, state)
    return number


@LIBRARY.plain("uniform_s", 1, 2)
def _uniform_s(*given: Any) -> Any:
    state = _state_of(given[-1])
    number, state = _below(given[0], state) if len(given) == 2 else _float(state)
    return (number, _handler(state))


@LIBRARY.plain("uniform_real_s")
def _uniform_real_s(term: Any) -> Any:
    number, state = _real(_state_of(term))
    return (number, _handler(state))


@LIBRARY.context("uniform_real")
def _uniform_real(machine: Any) -> float:
    number, state = _real(_current(machine))
    _keep(machine, state)
    return number


_DIGITS: Final = 53
_DRAWN: Final = 56


def _real(state: tuple[int, int]) -> tuple[float, tuple[int, int]]:
    """A number between 0 and 1 with all the digits a float has, however small it is."""
    number, state = _next(state)
    digits, exponent = number >> (_BITS - _DRAWN), -_DRAWN
    while not digits:
        number, state = _next(state)
        digits, exponent = number >> (_BITS - _DRAWN), exponent - _DRAWN
    missing = _DIGITS - digits.bit_length()
    if missing <= 0:
        return (digits >> -missing) * 2.0 ** (exponent - missing), state
    number, state = _next(state)
    return (digits << missing | number >> (_BITS - missing)) * 2.0 ** (exponent - missing), state


def _octets(count: Any, state: tuple[int, int]) -> tuple[bytes, tuple[int, int]]:
    if type(count) is not int or count < 0:
        refuse()
    data = bytearray()
    for _ in range((count - 1) // _OCTETS):
        number, state = _next(state)
        data += (number >> 2).to_bytes(_OCTETS, "big")
    rest = count - len(data)
    if rest or not count:
        number, state = _next(state)
        data += (number >> 8 * (_OCTETS - rest) & ((1 << 8 * rest) - 1)).to_bytes(rest, "big")
    return bytes(data), state


@LIBRARY.context("bytes")
def _bytes(machine: Any, count: Any) -> bytes:
    data, state = _octets(count, _current(machine))
    _keep(machine, state)
    return data


@LIBRARY.plain("bytes_s")
def _bytes_s(count: Any, term: Any) -> Any:
    data, state = _octets(count, _state_of(term))
    return (data, _handler(state))


@LIBRARY.context("jump", 0)
def _jump_own(machine: Any) -> Any:
    state = _jumped(_current(machine))
    _keep(machine, state)
    return _handler(state)


@LIBRARY.plain("jump", 1)
def _jump(term: Any) -> Any:
    return _handler(_jumped(_state_of(term)))


# --- normally distributed numbers ---


def _normally(state: tuple[int, int]) -> tuple[float, tuple[int, int]]:
    table = layers()
    while True:
        number, state = _next(state)
        sign = -1 if number >> (_BITS - BITS - 1) & 1 else 1
        place = number >> (_BITS - BITS)
        layer = place % LAYERS
        found = sign * place * table.width[layer]
        if place < table.inside[layer]:
            return found, state
        if layer == 0:
            return _beyond(sign, state)
        chance, state = _float(state)
        top, bottom = table.density[layer - 1], table.density[layer]
        if (top - bottom) * chance + bottom < math.exp(-0.5 * found * found):
            return found, state


def _beyond(sign: int, state: tuple[int, int]) -> tuple[float, tuple[int, int]]:
    while True:
        first, state = _float(state)
        second, state = _float(state)
        found = in_tail(first, second)
        if found is not None:
            return sign * (float(EDGE) + found), state


def _scaled(number: float, shape: tuple[Any, ...]) -> Any:
    if not shape:
        return number
    mean, variance = shape
    if not isinstance(variance, int | float) or not variance > 0:
        refuse()
    return add(mean, multiply(_root(variance), number))


def _root(variance: Any) -> float:
    try:
        return math.sqrt(variance)
    except OverflowError:
        raise badarith() from None


@LIBRARY.context("normal", 0, 2)
def _normal(machine: Any, *shape: Any) -> Any:
    number, state = _normally(_current(machine))
    result = _scaled(number, shape)
    _keep(machine, state)
    return result


@LIBRARY.plain("normal_s", 1, 3)
def _normal_s(*given: Any) -> Any:
    number, state = _normally(_state_of(given[-1]))
    return (_scaled(number, given[:-1]), _handler(state))


# --- generators by themselves, whose states are plain terms ---


@LIBRARY.plain("exsp_next")
def _exsp_next(term: Any) -> Any:
    state = _plain_state(term)
    first, second = _advance(state)
    return ((first + second) & _MASK, ImproperList((first,), second))


@LIBRARY.plain("exsp_jump")
def _exsp_jump(term: Any) -> Any:
    first, second = _jumped(_plain_state(term))
    return ImproperList((first,), second)


def _plain_state(term: Any) -> tuple[int, int]:
    if not _is_state(term):
        refuse()
    return term.elements[0], term.tail


@LIBRARY.plain("splitmix64_next")
def _splitmix64_next(state: Any) -> tuple[int, int]:
    if type(state) is not int:
        raise badarith()
    return _splitmix64(state)


_MWC59_FACTOR: Final = 0x7FA6502
_MWC59_STATES: Final = 59


@LIBRARY.plain("mwc59")
def _mwc59(state: Any) -> int:
    if type(state) is not int:
        raise badarith()
    return _MWC59_FACTOR * (state & 0xFFFFFFFF) + (state >> 32)


@LIBRARY.plain("mwc59_value32")
def _mwc59_value32(state: Any) -> int:
    if type(state) is not int:
        raise badarith()
    low = state & 0xFFFFFFFF
    return low ^ (low << 8 & 0xFFFFFFFF)


@LIBRARY.plain("mwc59_value")
def _mwc59_value(state: Any) -> int:
    if type(state) is not int:
        raise badarith()
    mask = (1 << _MWC59_STATES) - 1
    mixed = state ^ (state << 4 & mask)
    return mixed ^ (mixed << 27 & mask)


@LIBRARY.plain("mwc59_float")
def _mwc59_float(state: Any) -> float:
    return (_mwc59_value(state) & ((1 << 53) - 1)) * 2.0**-53


@LIBRARY.plain("mwc59_seed", 1)
def _mwc59_seed(seed: Any) -> int:
    if type(seed) is not int or not 0 <= seed <= _MASK:
        refuse()
    return _mwc59_state(seed)


def _mwc59_state(seed: int) -> int:
    """Mix the bits of a seed of 58 bits; 0 is no state."""
    for factor in (0x351AFD7ED558CCD, 0x0CEB9FE1A85EC53):
        seed = (seed ^ (seed >> 29)) * factor & _MASK
    return (seed ^ (seed >> 29)) + 1


@LIBRARY.context("mwc59_seed", 0)
def _mwc59_random_seed(machine: Any) -> int:
    return _mwc59_state(machine.process.emu.layer.random.getrandbits(_BITS))
