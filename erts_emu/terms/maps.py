"""Maps whose keys are told apart as Erlang does, by exact equality (``=:=``).

Python says ``1 == 1.0 == True`` and does not hash lists; Erlang tells ``1``, ``1.0`` and ``true``
apart, also as map keys, and takes any term as a key. A ``dict`` stands for a map wherever it
can: where all keys are hashable and distinct for Python too. A :class:`Map` stands for the others.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, ItemsView, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias, final

from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import Pid, PortId, Reference
from erts_emu.terms.kinds import Bitstring, ExportFun, Fun, ImproperList, Term, as_atom, kind_of
from erts_emu.terms.order import exactly_equal

# -- keys -----------------------------------------------------------------------------------------


def exact_key(term: Any) -> Hashable:
    """A hashable value that is equal for two terms if and only if they are exactly equal.

    It is flat, since Python can neither hash nor compare deeply nested tuples: a sequence of
    tokens in which each compound term announces its type and size. Only maps, which have no
    order, are nested; they are built from the inside out, and remember their hash.
    """
    if type(term) in _THEIR_OWN_KEY:
        return term  # type: ignore[no-any-return]
    if type(term) is Map:
        return term.exact_key()
    tokens: list[Any] = []
    pending: list[_Work] = [(term, tokens)]
    while pending:
        part, out = pending.pop()
        if isinstance(part, _EndOfMap):
            out.append(part.entries())
            continue
        cls = type(part)
        if cls in _THEIR_OWN_KEY:
            out.append(part)
        else:
            (_TOKENS.get(cls) or _TOKENS[kind_of(part)])(part, out, pending)
    return _unwrapped(tokens)


_Work: TypeAlias = tuple[Any, list[Any]]

_THEIR_OWN_KEY: Final = frozenset((int, Atom, bytes, Bitstring, Pid, PortId, Reference, ExportFun))


class _EndOfMap:
    """Waits below a map's keys and values until their tokens are there."""

    __slots__ = ("keys", "values")

    def __init__(self, size: int) -> None:
        self.keys: list[list[Any]] = [[] for _ in range(size)]
        self.values: list[list[Any]] = [[] for _ in range(size)]

    def entries(self) -> Hashable:
        """The map's token; its hash is computed now, while those inside have theirs."""
        tokens = frozenset(zip(map(_unwrapped, self.keys), map(_unwrapped, self.values), strict=True))
        hash(tokens)
        return tokens


def _unwrapped(tokens: list[Any]) -> Hashable:
    return tokens[0] if len(tokens) == 1 else tuple(tokens)


def _float_tokens(term: float, out: list[Any], _pending: list[_Work]) -> None:
    out += (float, term)


def _bool_tokens(term: bool, out: list[Any], _pending: list[_Work]) -> None:
    out.append(as_atom(term))


def _plain_tokens(term: Term, out: list[Any], _pending: list[_Work]) -> None:
    out.append(term)


def _tuple_tokens(term: tuple[Term, ...], out: list[Any], pending: list[_Work]) -> None:
    out += (tuple, len(term))
    pending += ((element, out) for element in reversed(term))


def _list_tokens(term: list[Term], out: list[Any], pending: list[_Work]) -> None:
    out += (list, len(term))
    pending += ((element, out) for element in reversed(term))


def _improper_tokens(term: ImproperList, out: list[Any], pending: list[_Work]) -> None:
    out += (ImproperList, len(term.elements))
    pending.append((term.tail, out))
    pending += ((element, out) for element in reversed(term.elements))


def _fun_tokens(term: Fun, out: list[Any], pending: list[_Work]) -> None:
    out += (Fun, term.module, term.index, term.unique, term.arity, len(term.free))
    pending += ((value, out) for value in reversed(term.free))


def _map_tokens(term: Mapping[Term, Term], out: list[Any], pending: list[_Work]) -> None:
    if isinstance(term, Map):
        out.append(term.exact_key())
        return
    end = _EndOfMap(len(term))
    pending.append((end, out))
    pending += zip(term.keys(), end.keys, strict=True)
    pending += zip(term.values(), end.values, strict=True)


_TOKENS: Final[dict[type, Callable[[Any, list[Any], list[_Work]], None]]] = {
    **dict.fromkeys(_THEIR_OWN_KEY, _plain_tokens),  # for classes derived from these
    float: _float_tokens,
    bool: _bool_tokens,
    tuple: _tuple_tokens,
    list: _list_tokens,
    ImproperList: _improper_tokens,
    dict: _map_tokens,
    Mapping: _map_tokens,
    Fun: _fun_tokens,
}


# -- maps -----------------------------------------------------------------------------------------


@final
class Map(Mapping[Any, Any]):
    """An immutable map whose keys may be any terms, told apart as Erlang does.

    Made from pairs or from a mapping; of two equal keys, the later pair counts. It equals
    another map, a dict included, if all keys and values are exactly equal.
    """

    __slots__ = ("_entries", "_exact_key")

    _entries: dict[Hashable, tuple[Term, Term]]
    _exact_key: Hashable

    def __init__(self, pairs: Mapping[Any, Any] | Iterable[tuple[Term, Term]] = ()) -> None:
        if isinstance(pairs, Mapping):
            pairs = pairs.items()
        self._entries = {exact_key(key): (key, value) for key, value in pairs}
        self._exact_key = None

    def __getitem__(self, key: Term) -> Any:
        try:
            return self._entries[exact_key(key)][1]
        except KeyError:
            raise KeyError(key) from None

    def __iter__(self) -> Iterator[Any]:
        return (key for key, _value in self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def items(self) -> ItemsView[Any, Any]:
        return _Items(self)

    def exact_key(self) -> Hashable:
        """What :func:`exact_key` gives for this map, computed once."""
        if self._exact_key is None:
            entries = frozenset((key, exact_key(value)) for key, (_, value) in self._entries.items())
            hash(entries)
            self._exact_key = entries
        return self._exact_key

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and exactly_equal(self, other)

    def __hash__(self) -> int:
        return hash(self.exact_key())

    def __repr__(self) -> str:
        return f"Map({list(self._entries.values())!r})"


class _Items(ItemsView[Any, Any]):
    """The pairs of a map, without looking up each key again."""

    __slots__ = ()
    _mapping: Map

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        return iter(self._mapping._entries.values())


def map_from_pairs(pairs: Iterable[tuple[Term, Term]]) -> dict[Any, Any] | Map:
    """A map of *pairs*: a ``dict`` where that can carry the keys, otherwise a :class:`Map`."""
    pairs = list(pairs)
    if all(_plain_key(key, 8) for key, _value in pairs):
        plain = dict(pairs)
        if len(plain) == len(pairs):
            return plain
    return Map(pairs)


def _plain_key(key: Term, depth: int) -> bool:
    if type(key) is tuple:
        return depth > 0 and all(_plain_key(element, depth - 1) for element in key)
    return type(key) in _PLAIN_KEYS


_PLAIN_KEYS: Final = _THEIR_OWN_KEY | {float}
