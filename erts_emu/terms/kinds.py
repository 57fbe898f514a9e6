"""Which Python value stands for which Erlang term.

========================  =====================================================================
Erlang                    Python
========================  =====================================================================
atom                      :class:`Atom`; ``True`` and ``False`` are accepted as ``true``, ``false``
integer, float            ``int``, ``float`` (finite)
binary, bitstring         ``bytes``, :class:`Bitstring` (a size that is no multiple of eight)
tuple                     ``tuple``
list, improper list       ``list``, :class:`ImproperList`; a string is a list of integers
map                       ``dict``, or :class:`~erts_emu.terms.maps.Map` where a dict cannot carry the keys
pid, port, reference      :class:`Pid`, :class:`PortId`, :class:`Reference`
fun m:f/a, other funs     :class:`ExportFun`, :class:`Fun`
========================  =====================================================================

``str`` is no term: it is accepted only where iodata is expected (``iodata``).
Counterpart in ERTS: ``erl_term.h``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from math import isfinite
from typing import Any, Final, TypeAlias, final

from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import Pid, PortId, Reference, _Immutable

# -- values without a Python counterpart ----------------------------------------------------------


class _Value(_Immutable):
    """An immutable record whose slots say all there is to say about it."""

    __slots__ = ()

    def _fields(self) -> tuple[Any, ...]:
        names: tuple[str, ...] = self.__slots__
        return tuple(getattr(self, name) for name in names)

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, _Value) and type(self) is type(other) and self._fields() == other._fields()
        )

    def __hash__(self) -> int:
        return hash((type(self), self._fields()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self._fields()))})"

    def __reduce__(self) -> tuple[type[_Value], tuple[Any, ...]]:
        return (type(self), self._fields())


@final
class ImproperList(_Value):
    """A list that ends in something else than ``[]``: ``[a|b]`` is ``ImproperList((a,), b)``.

    It has at least one element, and its tail is no list, so that each improper list has
    exactly one spelling; :func:`list_with_tail` makes whichever kind of list is needed.
    """

    __slots__ = ("elements", "tail")

    elements: tuple[Term, ...]
    tail: Term

    def __init__(self, elements: Iterable[Term], tail: Term) -> None:
        put = object.__setattr__
        put(self, "elements", tuple(elements))
        put(self, "tail", tail)
        if not self.elements or isinstance(tail, list | ImproperList):
            raise ValueError("an improper list has an element and a tail that is no list: see list_with_tail()")


@final
class Bitstring(_Value):
    r"""Bits that do not fill the last byte: ``<<5:3>>`` is ``Bitstring(b"\xa0", 3)``.

    *bits* (1 to 7) of the last byte count, the highest ones; the others are set to zero.
    :func:`bitstring` makes ``bytes`` where all bits count.
    """

    __slots__ = ("bits", "data")

    data: bytes
    bits: int

    def __init__(self, data: bytes, bits: int) -> None:
        if not data or not 1 <= bits <= 7:
            raise ValueError("a bitstring has a last byte of which 1 to 7 bits count: see bitstring()")
        put = object.__setattr__
        put(self, "data", data[:-1] + bytes((data[-1] & -(1 << (8 - bits)) & 0xFF,)))
        put(self, "bits", bits)

    @property
    def bit_size(self) -> int:
        """The number of bits."""
        return 8 * len(self.data) - 8 + self.bits

    def _fields(self) -> tuple[bytes, int]:
        return (self.data, self.bits)


HEAP_BINARY_LIMIT: Final = 64
"""Bytes up to which a binary is copied rather than shared."""


@final
class SubBinary(bytes):
    """A binary that lies within a larger one, or in a driver binary: a term as any other that knows where it lies.

    Its bytes are a copy. *whole* is the larger one, which it keeps alive: ``bytes``, or what stands for a reference to
    a driver binary. ``outputv`` of a driver gets to see that one (ERTS: sub binaries, and ``ProcBin``).
    """

    whole: Any
    offset: int

    def __new__(cls, data: bytes | bytearray | memoryview, whole: Any, offset: int) -> SubBinary:
        made = super().__new__(cls, data)
        made.whole = whole
        made.offset = offset
        return made

    @property
    def whole_size(self) -> int:
        """The bytes of the larger one."""
        return len(self.whole) if isinstance(self.whole, Sized) else memoryview(self.whole).nbytes

    def __reduce__(self) -> tuple[type[bytes], tuple[bytes]]:
        return (bytes, (bytes(self),))


def part_of(data: bytes, start: int, end: int) -> bytes:
    """``data[start:end]``, which is a part of *data* unless it is small. The bounds are within *data*."""
    if end - start <= HEAP_BINARY_LIMIT:
        return data[start:end]
    if end - start == len(data):
        return data
    whole, offset = (data.whole, data.offset) if isinstance(data, SubBinary) else (data, 0)
    return SubBinary(memoryview(data)[start:end], whole, offset + start)


@final
class ExportFun(_Value):
    """An external fun, ``fun module:function/arity``."""

    __slots__ = ("module", "function", "arity")  # noqa: RUF023 - the order in which Erlang writes them

    module: Atom
    function: Atom
    arity: int

    def __init__(self, module: Atom, function: Atom, arity: int) -> None:
        put = object.__setattr__
        put(self, "module", module)
        put(self, "function", function)
        put(self, "arity", arity)


class Fun(_Value):
    """A fun made by code, printed ``#Fun<module.index.unique>``; read and written back unchanged.

    A face that evaluates funs may derive a callable class from it, and keeps in *free* (the
    values of the fun's free variables) what tells two funs of the same place in the code apart.
    *digest* and *new_index* are what newer code identifies funs by; they are only carried along.
    """

    __slots__ = ("module", "index", "unique", "arity", "free", "creator", "new_index", "digest")  # noqa: RUF023

    module: Atom
    index: int
    unique: int
    arity: int
    free: tuple[Term, ...]
    creator: Pid
    new_index: int
    digest: bytes

    def __init__(
        self,
        module: Atom,
        index: int,
        unique: int,
        arity: int,
        free: Iterable[Term] = (),
        creator: Pid | None = None,
        new_index: int | None = None,
        digest: bytes = bytes(16),
    ) -> None:
        put = object.__setattr__
        put(self, "module", module)
        put(self, "index", index)
        put(self, "unique", unique)
        put(self, "arity", arity)
        put(self, "free", tuple(free))
        put(self, "creator", creator or Pid(0))
        put(self, "new_index", index if new_index is None else new_index)
        put(self, "digest", digest)

    def _fields(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in Fun.__slots__)

    def __hash__(self) -> int:
        return hash((Fun, self.module, self.index, self.unique, self.arity))


fun_readers: Final[list[Callable[[Atom, int, Sequence[Any]], Fun | None]]] = []
"""How faces that evaluate funs find theirs in the external format: given module, unique number and free values."""

Term: TypeAlias = (
    int
    | float
    | Atom
    | bytes
    | Bitstring
    | tuple[Any, ...]
    | list[Any]
    | ImproperList
    | Mapping[Any, Any]
    | Pid
    | PortId
    | Reference
    | ExportFun
    | Fun
)
"""Any Erlang term. What is inside tuples, lists and maps is not checked statically."""


def heap_words(term: Term) -> int:
    """The words of 64 bits that a term takes on a heap of ``erl``, where nothing in it is shared."""
    words = 0
    pending: list[Any] = [term]
    while pending:
        part = pending.pop()
        kind = kind_of(part)
        if kind is tuple:
            words += 1 + len(part) if part else 0
            pending += part
        elif kind is list or kind is ImproperList:
            elements = part if kind is list else (*part.elements, part.tail)
            words += 2 * (len(part) if kind is list else len(part.elements))
            pending += elements
        elif kind is dict or kind is Mapping:
            words += 3 + (2 * len(part) + 1 if part else 0)
            pending += (each for pair in part.items() for each in pair)
        else:
            words += _leaf_words(kind, part)
    return words


def _leaf_words(kind: type, part: Any) -> int:
    if kind is int:
        return 0 if -_SMALL_LIMIT <= part < _SMALL_LIMIT else 1 + (part.bit_length() + 63) // 64
    if kind is bytes:
        return 2 + (len(part) + 7) // 8 if len(part) <= HEAP_BINARY_LIMIT else _SHARED_BINARY_WORDS
    return _LEAF_WORDS.get(kind, 0)


_SMALL_LIMIT: Final = 1 << 59
_SHARED_BINARY_WORDS: Final = 6
_LEAF_WORDS: Final[dict[type, int]] = {float: 2, Bitstring: 8, Reference: 3, ExportFun: 2, Fun: 5}


def list_with_tail(elements: Iterable[Term], tail: Term) -> Term:
    """``[Elements... | tail]``: a list, an improper list, or *tail* itself where there is no element."""
    elements = list(elements)
    if isinstance(tail, list):
        return elements + tail
    if not elements:
        return tail
    if isinstance(tail, ImproperList):
        return ImproperList((*elements, *tail.elements), tail.tail)
    return ImproperList(elements, tail)


def bitstring(data: bytes, bits: int = 8) -> bytes | Bitstring:
    """The bits of *data*, of whose last byte the upper *bits* (1 to 8) count."""
    return data if bits == 8 or not data else Bitstring(data, bits)


# -- kinds ----------------------------------------------------------------------------------------


class NotATerm(TypeError):
    """A Python value was used as an Erlang term and stands for none. It is in ``value``."""

    value: object

    def __init__(self, value: object) -> None:
        self.value = value
        super().__init__(f"{_described(value)} is no Erlang term{_ADVICE.get(type(value), '')}")


def _described(value: object) -> str:
    return repr(value) if value is None or isinstance(value, float) else f"a {type(value).__name__}"


_ADVICE: Final[dict[type, str]] = {
    str: ": use bytes for a binary, a list of integers for a string, Atom for an atom",
    bytearray: ": use bytes",
    memoryview: ": use bytes",
    float: ": only finite floats are",
    type(None): ": use an atom such as Atom('undefined')",
}

NUMBER, ATOM, REFERENCE, FUN, PORT, PID, TUPLE, MAP, LIST, BITSTRING = range(10)

RANKS: Final[dict[type, int]] = {
    int: NUMBER,
    float: NUMBER,
    Atom: ATOM,
    bool: ATOM,
    Reference: REFERENCE,
    Fun: FUN,
    ExportFun: FUN,
    PortId: PORT,
    Pid: PID,
    tuple: TUPLE,
    dict: MAP,
    Mapping: MAP,
    list: LIST,
    ImproperList: LIST,
    bytes: BITSTRING,
    Bitstring: BITSTRING,
}
"""The types that stand for terms, each with the place of its kind in Erlang's term order."""


def kind_of(term: object) -> type:
    """The type in :data:`RANKS` that stands for *term*: its own, or the nearest it is derived from.

    Raises :class:`NotATerm`.
    """
    for base in type(term).__mro__:
        if base in RANKS:
            return base
    raise NotATerm(term)


def rank(term: object) -> int:
    """The place of *term*'s kind in the term order. Raises :class:`NotATerm`."""
    found = RANKS.get(type(term))
    return RANKS[kind_of(term)] if found is None else found


def finite(number: float) -> float:
    """*number* itself. Raises :class:`NotATerm` if it is infinite or not a number."""
    if not isfinite(number):
        raise NotATerm(number)
    return number


TRUE: Final = Atom("true")
FALSE: Final = Atom("false")
NIL: Final[list[Any]] = []  # never changed: stands for the end of a list


def as_atom(term: Atom | bool) -> Atom:
    """*term*, where ``True`` and ``False`` stand for atoms."""
    if term is True:
        return TRUE
    return FALSE if term is False else term
