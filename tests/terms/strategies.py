"""Hypothesis strategies for terms."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from erts_emu.terms import (
    Atom,
    ExportFun,
    Fun,
    Map,
    Pid,
    PortId,
    Reference,
    bitstring,
    list_with_tail,
    map_from_pairs,
)

words = st.integers(0, 2**32 - 1)
floats = st.floats(allow_nan=False, allow_infinity=False)
atoms = st.text(st.characters(exclude_categories=("Cs",)), max_size=12).map(Atom)
pids = st.builds(Pid, st.integers(0, 0x7FFF), st.integers(0, 0x1FFF))
ports = st.builds(PortId, st.integers(0, 0x0FFFFFFF))
references = st.tuples(st.integers(0, 0x3FFFF), words, words).map(Reference)
bitstrings = st.builds(bitstring, st.binary(max_size=12), st.integers(1, 8))
exports = st.builds(ExportFun, atoms, atoms, st.integers(0, 255))

scalars = st.one_of(
    st.integers(), st.integers(-300, 300), floats, atoms, pids, ports, references, bitstrings, exports
)  # fmt: skip


def _compounds(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    few = st.lists(inner, max_size=4)
    pairs = st.lists(st.tuples(inner, inner), max_size=4)
    return st.one_of(
        few,
        few.map(tuple),
        st.builds(list_with_tail, few, inner),
        pairs.map(lambda some: map_from_pairs(Map(some).items())),
        st.builds(Fun, atoms, words, words, st.integers(0, 255), few, pids),
        st.lists(st.integers(0, 255), max_size=9),
    )


terms = st.recursive(scalars, _compounds, max_leaves=15)

iodata = st.recursive(
    st.binary(max_size=6) | st.text(st.characters(max_codepoint=255), max_size=6),
    lambda inner: (
        st.lists(inner | st.integers(0, 255), max_size=6)
        | st.builds(list_with_tail, st.lists(inner, min_size=1, max_size=3), st.binary(max_size=4))
    ),
    max_leaves=12,
)
