"""Process, port and reference identifiers: small immutable terms.

They name an object and never point at it: looking one up again may find nothing.
Counterpart in ERTS: the immediate and boxed identifier words of ``erl_term.h``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import final


class _Immutable:
    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __copy__(self) -> _Immutable:
        return self

    def __deepcopy__(self, memo: object) -> _Immutable:
        return self


@final
class Pid(_Immutable):
    """A process identifier, printed ``<0.number.serial>``; *node* 0 is the local node."""

    __slots__ = ("node", "number", "serial")

    node: int
    number: int
    serial: int

    def __init__(self, number: int, serial: int = 0, node: int = 0) -> None:
        put = object.__setattr__
        put(self, "number", number)
        put(self, "serial", serial)
        put(self, "node", node)

    def __eq__(self, other: object) -> bool:
        return self is other or (
            type(other) is Pid
            and self.number == other.number
            and self.serial == other.serial
            and self.node == other.node
        )

    def __hash__(self) -> int:
        return hash((Pid, self.number, self.serial))

    def __repr__(self) -> str:
        return f"Pid<{self.node}.{self.number}.{self.serial}>"

    def __str__(self) -> str:
        return f"<{self.node}.{self.number}.{self.serial}>"

    def __reduce__(self) -> tuple[type[Pid], tuple[int, int, int]]:
        return (Pid, (self.number, self.serial, self.node))


@final
class PortId(_Immutable):
    """A port identifier, printed ``#Port<0.number>``; *node* 0 is the local node."""

    __slots__ = ("node", "number")

    node: int
    number: int

    def __init__(self, number: int, node: int = 0) -> None:
        _set_port_number(self, number)
        _set_port_node(self, node)

    def __eq__(self, other: object) -> bool:
        return self is other or (type(other) is PortId and self.number == other.number and self.node == other.node)

    def __hash__(self) -> int:
        return hash((PortId, self.number))

    def __repr__(self) -> str:
        return f"Port<{self.node}.{self.number}>"

    def __str__(self) -> str:
        return f"#Port<{self.node}.{self.number}>"

    def __reduce__(self) -> tuple[type[PortId], tuple[int, int]]:
        return (PortId, (self.number, self.node))


# A port's birth is timed in microseconds: the slots' own setters cost half of object.__setattr__.
_set_port_number: Callable[[PortId, int], None] = vars(PortId)["number"].__set__
_set_port_node: Callable[[PortId, int], None] = vars(PortId)["node"].__set__


@final
class Reference(_Immutable):
    """A unique reference of three words (most significant last), printed ``#Ref<0.w2.w1.w0>``."""

    __slots__ = ("node", "words")

    node: int
    words: tuple[int, ...]

    def __init__(self, words: tuple[int, ...], node: int = 0) -> None:
        put = object.__setattr__
        put(self, "words", words)
        put(self, "node", node)

    def __eq__(self, other: object) -> bool:
        return self is other or (type(other) is Reference and self.words == other.words and self.node == other.node)

    def __hash__(self) -> int:
        return hash((Reference, self.words))

    def __repr__(self) -> str:
        return f"Ref<{'.'.join(map(str, (self.node, *reversed(self.words))))}>"

    def __str__(self) -> str:
        return f"#{self!r}"

    def __reduce__(self) -> tuple[type[Reference], tuple[tuple[int, ...], int]]:
        return (Reference, (self.words, self.node))
