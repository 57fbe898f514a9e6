"""Process, port and reference identifiers: small immutable terms.

They name an object and never point at it: looking one up again may find nothing. Those of other nodes come out of the
external format, are printed, compared and written again; nobody answers to them, since there is no distribution.
Counterpart in ERTS: the immediate and boxed identifier words of ``erl_term.h``, the node table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, final

from erts_emu.terms.atoms import Atom, atom_number

LOCAL_NODE: Final = Atom("nonode@nohost")
"""The name of the only node that runs."""


class _Immutable:
    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __copy__(self) -> _Immutable:
        return self

    def __deepcopy__(self, memo: object) -> _Immutable:
        return self


@final
class Node(_Immutable):
    """A node other than the one that runs, or another incarnation of that: a name, and a number of 32 bits.

    Printed is the place of its name in the atom table, as ``erl`` does it; 0 for the name of the local node.
    """

    __slots__ = ("creation", "name")

    name: Atom
    creation: int

    def __init__(self, name: Atom, creation: int) -> None:
        put = object.__setattr__
        put(self, "name", name)
        put(self, "creation", creation)

    def __eq__(self, other: object) -> bool:
        return type(other) is Node and self.name is other.name and self.creation == other.creation

    def __hash__(self) -> int:
        return hash((Node, self.name, self.creation))

    def __repr__(self) -> str:
        return f"Node({self.name!r}, {self.creation})"

    def __str__(self) -> str:
        return "0" if self.name is LOCAL_NODE else str(atom_number(self.name))

    def __reduce__(self) -> tuple[type[Node], tuple[Atom, int]]:
        return (Node, (self.name, self.creation))


def node_name(identifier: Pid | PortId | Reference) -> Atom:
    """``node/1``: the name of the node that *identifier* comes from."""
    return LOCAL_NODE if identifier.node is None else identifier.node.name


@final
class Pid(_Immutable):
    """A process identifier, printed ``<0.number.serial>``; *node* is None on the local node."""

    __slots__ = ("node", "number", "serial")

    node: Node | None
    number: int
    serial: int

    def __init__(self, number: int, serial: int = 0, node: Node | None = None) -> None:
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
        return f"Pid<{self.node or 0}.{self.number}.{self.serial}>"

    def __str__(self) -> str:
        return f"<{self.node or 0}.{self.number}.{self.serial}>"

    def __reduce__(self) -> tuple[type[Pid], tuple[int, int, Node | None]]:
        return (Pid, (self.number, self.serial, self.node))


@final
class PortId(_Immutable):
    """A port identifier, printed ``#Port<0.number>``; *node* is None on the local node."""

    __slots__ = ("node", "number")

    node: Node | None
    number: int

    def __init__(self, number: int, node: Node | None = None) -> None:
        _set_port_number(self, number)
        _set_port_node(self, node)

    def __eq__(self, other: object) -> bool:
        return self is other or (type(other) is PortId and self.number == other.number and self.node == other.node)

    def __hash__(self) -> int:
        return hash((PortId, self.number))

    def __repr__(self) -> str:
        return f"Port<{self.node or 0}.{self.number}>"

    def __str__(self) -> str:
        return f"#Port<{self.node or 0}.{self.number}>"

    def __reduce__(self) -> tuple[type[PortId], tuple[int, Node | None]]:
        return (PortId, (self.number, self.node))


# A port's birth is timed in microseconds: the slots' own setters cost half of object.__setattr__.
_set_port_number: Callable[[PortId, int], None] = vars(PortId)["number"].__set__
_set_port_node: Callable[[PortId, Node | None], None] = vars(PortId)["node"].__set__


@final
class Reference(_Immutable):
    """A unique reference of three words (most significant last), printed ``#Ref<0.w2.w1.w0>``.

    Those of other nodes have up to five words; words of 0 at the end tell no references apart.
    """

    __slots__ = ("node", "words")

    node: Node | None
    words: tuple[int, ...]

    def __init__(self, words: tuple[int, ...], node: Node | None = None) -> None:
        put = object.__setattr__
        put(self, "words", words)
        put(self, "node", node)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(other) is not Reference or self.node != other.node:
            return False
        return self.words == other.words or (self.node is not None and self.significant == other.significant)

    def __hash__(self) -> int:
        return hash((Reference, self.words if self.node is None else self.significant))

    @property
    def significant(self) -> tuple[int, ...]:
        """The words without those of 0 at the end."""
        words = self.words
        while words and not words[-1]:
            words = words[:-1]
        return words

    def __repr__(self) -> str:
        return f"Ref<{'.'.join(map(str, (self.node or 0, *reversed(self.words))))}>"

    def __str__(self) -> str:
        return f"#{self!r}"

    def __reduce__(self) -> tuple[type[Reference], tuple[tuple[int, ...], Node | None]]:
        return (Reference, (self.words, self.node))
