"""The module ``rand``, with its default algorithm, ``exsss`` (Xorshift116**)."""

from __future__ import annotations

from typing import Any, Final

from erts_emu.shell.lib._arguments import refuse
from erts_emu.shell.native import Library
from erts_emu.shell.values import UNDEFINED, badarg
from erts_emu.terms.atoms import Atom
from erts_emu.terms.kinds import ImproperList
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
    if type(seed) is tuple and len(seed) == 3 and all(type(part) is int for part in seed):
        _, state = _seed58(seed[0] & _MASK64)
        first, state = _seed58((seed[1] & _MASK64) ^ state)
        second, _ = _seed58((seed[2] & _MASK64) ^ state)
        return first, second
    if type(seed) is list and len(seed) == 2 and all(type(part) is int for part in seed):
        return seed[0] & _MASK, seed[1] & _MASK
    return refuse()


def _next(state: tuple[int, int]) -> tuple[int, tuple[int, int]]:
    second, first = state
    mixed = second ^ ((second << 24) & _MASK)
    new = mixed ^ first ^ (mixed >> 11) ^ (first >> 41)
    number = (first * 5) & _MASK
    number = ((number << 7) & _MASK) | (number >> (_BITS - 7))
    return (number * 9) & _MASK, (first, new)


# --- states as terms: the real one has an algorithm handler there, which is a map of funs ---


def _exported(state: tuple[int, int]) -> Any:
    return (_ALGORITHM, ImproperList([state[0]], state[1]))


def _handler(state: tuple[int, int]) -> Any:
    return ({Atom("type"): _ALGORITHM, Atom("bits"): _BITS}, ImproperList([state[0]], state[1]))


def _state_of(term: Any) -> tuple[int, int]:
    if type(term) is tuple and len(term) == 2 and type(term[1]) is ImproperList and len(term[1].elements) == 1:
        first: Any = term[1].elements[0]
        second: Any = term[1].tail
        return first, second
    raise badarg()


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
    return _state_of(given[0])


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


@LIBRARY.context("uniform_real")
def _uniform_real(machine: Any) -> float:
    number, state = _real(_current(machine))
    _keep(machine, state)
    return number


def _real(state: tuple[int, int]) -> tuple[float, tuple[int, int]]:
    while True:
        number, state = _next(state)
        if number >> (_BITS - 53):
            return (number >> (_BITS - 53)) * 2.0**-53, state


def _octets(count: Any, state: tuple[int, int]) -> tuple[bytes, tuple[int, int]]:
    if type(count) is not int or count < 0:
        refuse()
    data = bytearray()
    for _ in range((count - 1) // _OCTETS):
        number, state = _next(state)
        data += (number >> 2).to_bytes(_OCTETS, "big")
    rest = count - len(data)
    if rest:
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
