"""Terms as drivers describe them: programs for a small stack machine (OTP: ``driver_deliver_term`` in ``io.c``).

A spec is a list of words, as in C: a tag, its arguments, the next tag, … Where C has a pointer, Python has the object
itself (a buffer is ``bytes`` or alike, still followed by its length; None is NULL), and where C has a term word, the
term:

==================================  ==============================  ================================================
tag                                 words after it                  effect on the stack
==================================  ==============================  ================================================
``ERL_DRV_NIL``                                                     pushes ``[]``
``ERL_DRV_ATOM``                    an atom                         pushes it
``ERL_DRV_INT``, ``ERL_DRV_UINT``   a number                        pushes it as 64 bits, signed or not
``ERL_DRV_INT64``, ``…UINT64``      a number or ``Pointer`` to one  the same
``ERL_DRV_FLOAT``                   a float or ``Pointer`` to one   pushes it
``ERL_DRV_PORT``, ``ERL_DRV_PID``   a local port or pid             pushes it
``ERL_DRV_BINARY``                  binary, size, offset            pushes a part of a driver binary
``ERL_DRV_BUF2BINARY``              buffer, length                  pushes a binary
``ERL_DRV_STRING``                  buffer, length                  pushes the list of bytes
``ERL_DRV_STRING_CONS``             buffer, length                  puts bytes in front of the list on top
``ERL_DRV_EXT2TERM``                buffer, length                  pushes a term in external format
``ERL_DRV_TUPLE``                   n                               n elements become a tuple
``ERL_DRV_LIST``                    n                               n elements become a list, the last its tail
``ERL_DRV_MAP``                     n                               n keys and values become a map
==================================  ==============================  ================================================

At the end, one term must be on the stack. A first pass checks the syntax, a second one builds: some errors show in
the second only.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from erts_emu.driver.binaries import ErlDrvBinary
from erts_emu.driver.constants import (
    ERL_DRV_ATOM,
    ERL_DRV_BINARY,
    ERL_DRV_BUF2BINARY,
    ERL_DRV_EXT2TERM,
    ERL_DRV_FLOAT,
    ERL_DRV_INT,
    ERL_DRV_INT64,
    ERL_DRV_LIST,
    ERL_DRV_MAP,
    ERL_DRV_NIL,
    ERL_DRV_PID,
    ERL_DRV_PORT,
    ERL_DRV_STRING,
    ERL_DRV_STRING_CONS,
    ERL_DRV_TUPLE,
    ERL_DRV_UINT,
    ERL_DRV_UINT64,
)
from erts_emu.driver.errors import DriverMisuse
from erts_emu.driver.external_shape import has_external_shape
from erts_emu.driver.handles import Pointer
from erts_emu.terms import Atom, BadExternal, Pid, PortId, binary_to_term, list_with_tail, map_from_pairs

Words: TypeAlias = Sequence[Any]
_Stack: TypeAlias = list[Any]

_FAILS: Final = -1
"""Instead of a depth: the spec is malformed."""


class SpecError(ValueError):
    """A well-formed spec describes no term: a float that is not finite, a key twice in a map, undecodable bytes."""


def is_well_formed(spec: Words) -> bool:
    """Check the syntax of *spec*. Raises ``DriverMisuse`` for words that a C compiler would refuse."""
    depth = at = 0
    end = len(spec)
    while at < end:
        instruction = _INSTRUCTIONS.get(spec[at]) if type(spec[at]) is int else None
        at += 1
        if instruction is None or at + instruction.arguments > end:
            return False
        depth = instruction.check(spec[at : at + instruction.arguments], depth)
        if depth < 0:
            return False
        at += instruction.arguments
    return depth == 1


def build(spec: Words) -> Any:
    """Build the term of a well-formed *spec*. Raises ``SpecError``."""
    stack: _Stack = []
    at = 0
    while at < len(spec):
        instruction = _INSTRUCTIONS[spec[at]]
        at += 1
        instruction.execute(spec[at : at + instruction.arguments], stack)
        at += instruction.arguments
    return stack.pop()


class _Instruction:
    """How many words follow the tag; the depth of the stack after it, or ``_FAILS``; what it does."""

    __slots__ = ("arguments", "check", "execute")

    def __init__(
        self, arguments: int, check: Callable[[Words, int], int], execute: Callable[[Words, _Stack], None]
    ) -> None:
        self.arguments = arguments
        self.check = check
        self.execute = execute


# --- words ---


def _number(word: object) -> int:
    if not isinstance(word, int):
        raise DriverMisuse(f"a term spec has {word!r} where C has a number")
    return word


def _as_int(word: object) -> int:
    """A word cast to a C int."""
    return (_number(word) + 0x80000000 & 0xFFFFFFFF) - 0x80000000


def _signed(word: object) -> int:
    return (_number(word) + (1 << 63) & (1 << 64) - 1) - (1 << 63)


def _unsigned(word: object) -> int:
    return _number(word) & (1 << 64) - 1


def _at(word: object) -> Any:
    """What a pointer points at: the number itself will do."""
    if word is None:
        raise DriverMisuse("a term spec has NULL where C follows the pointer")
    return word.value if isinstance(word, Pointer) else word


def _bytes(buffer: Any, length: int) -> bytes:
    if not isinstance(buffer, bytes | bytearray | memoryview):
        raise DriverMisuse(f"a term spec has {buffer!r} where C has a char*: use bytes")
    if length > len(buffer):
        raise DriverMisuse(f"a term spec gives {length} as the length of a buffer of {len(buffer)} bytes")
    return bytes(buffer[:length])


# --- first pass ---


def _pushes(_words: Words, depth: int) -> int:
    return depth + 1


def _pushes_a(kind: type[Any]) -> Callable[[Words, int], int]:
    def check(words: Words, depth: int) -> int:
        word = words[0]
        return depth + 1 if isinstance(word, kind) and not getattr(word, "node", None) else _FAILS

    return check


def _pushes_binary(words: Words, depth: int) -> int:
    binary, size, offset = words[0], _unsigned(words[1]), _unsigned(words[2])
    if binary is not None and not isinstance(binary, ErlDrvBinary):
        raise DriverMisuse(f"a term spec has {binary!r} where C has an ErlDrvBinary*")
    return depth + 1 if binary is not None and size + offset <= binary.orig_size else _FAILS


def _pushes_buffer(words: Words, depth: int) -> int:
    return depth + 1 if words[0] is not None or not _unsigned(words[1]) else _FAILS


def _pushes_string(words: Words, depth: int) -> int:
    return depth + 1 if words[0] is not None and _as_int(words[1]) >= 0 else _FAILS


def _prepends_string(words: Words, depth: int) -> int:
    return depth if words[0] is not None and _as_int(words[1]) >= 0 and depth >= 1 else _FAILS


def _pushes_external(words: Words, depth: int) -> int:
    size = _signed(words[1])
    return depth + 1 if words[0] is not None and size > 0 and has_external_shape(_bytes(words[0], size)) else _FAILS


def _gathers(least: int, factor: int = 1) -> Callable[[Words, int], int]:
    def check(words: Words, depth: int) -> int:
        count = _as_int(words[0])
        return depth - factor * count + 1 if least <= count and factor * count <= depth else _FAILS

    return check


# --- second pass ---


def _push_nil(_words: Words, stack: _Stack) -> None:
    stack.append([])


def _push(words: Words, stack: _Stack) -> None:
    stack.append(words[0])


def _push_signed(words: Words, stack: _Stack) -> None:
    stack.append(_signed(_at(words[0])))


def _push_unsigned(words: Words, stack: _Stack) -> None:
    stack.append(_unsigned(_at(words[0])))


def _push_float(words: Words, stack: _Stack) -> None:
    number = _at(words[0])
    if not isinstance(number, int | float):
        raise DriverMisuse(f"a term spec has {number!r} where C has a double")
    try:
        value = float(number)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise SpecError(f"{number} is no term")
    stack.append(value)


def _push_binary(words: Words, stack: _Stack) -> None:
    stack.append(words[0].term(_unsigned(words[2]), _unsigned(words[1])))


def _push_buffer(words: Words, stack: _Stack) -> None:
    length = _unsigned(words[1])
    stack.append(_bytes(words[0], length) if length else b"")


def _push_string(words: Words, stack: _Stack) -> None:
    stack.append(list(_bytes(words[0], _as_int(words[1]))))


def _prepend_string(words: Words, stack: _Stack) -> None:
    stack.append(list_with_tail(_bytes(words[0], _as_int(words[1])), stack.pop()))


def _push_external(words: Words, stack: _Stack) -> None:
    try:
        stack.append(binary_to_term(_bytes(words[0], _signed(words[1]))))
    except BadExternal as error:
        raise SpecError(str(error)) from error


def _take(stack: _Stack, count: int) -> _Stack:
    taken = stack[len(stack) - count :]
    del stack[len(stack) - count :]
    return taken


def _make_tuple(words: Words, stack: _Stack) -> None:
    stack.append(tuple(_take(stack, _as_int(words[0]))))


def _make_list(words: Words, stack: _Stack) -> None:
    *elements, tail = _take(stack, _as_int(words[0]))
    stack.append(list_with_tail(elements, tail))


def _make_map(words: Words, stack: _Stack) -> None:
    count = _as_int(words[0])
    parts = _take(stack, 2 * count)
    made = map_from_pairs(zip(parts[::2], parts[1::2], strict=True))
    if len(made) != count:
        raise SpecError("a map has a key twice")
    stack.append(made)


_INSTRUCTIONS: Final = {
    ERL_DRV_NIL: _Instruction(0, _pushes, _push_nil),
    ERL_DRV_ATOM: _Instruction(1, _pushes_a(Atom), _push),
    ERL_DRV_INT: _Instruction(1, _pushes, _push_signed),
    ERL_DRV_UINT: _Instruction(1, _pushes, _push_unsigned),
    ERL_DRV_INT64: _Instruction(1, _pushes, _push_signed),
    ERL_DRV_UINT64: _Instruction(1, _pushes, _push_unsigned),
    ERL_DRV_FLOAT: _Instruction(1, _pushes, _push_float),
    ERL_DRV_PORT: _Instruction(1, _pushes_a(PortId), _push),
    ERL_DRV_PID: _Instruction(1, _pushes_a(Pid), _push),
    ERL_DRV_BINARY: _Instruction(3, _pushes_binary, _push_binary),
    ERL_DRV_BUF2BINARY: _Instruction(2, _pushes_buffer, _push_buffer),
    ERL_DRV_STRING: _Instruction(2, _pushes_string, _push_string),
    ERL_DRV_STRING_CONS: _Instruction(2, _prepends_string, _prepend_string),
    ERL_DRV_EXT2TERM: _Instruction(2, _pushes_external, _push_external),
    ERL_DRV_TUPLE: _Instruction(1, _gathers(0), _make_tuple),
    ERL_DRV_LIST: _Instruction(1, _gathers(1), _make_list),
    ERL_DRV_MAP: _Instruction(1, _gathers(0, 2), _make_map),
}
