"""Hashes as ``erl`` of OTP 25 gives them."""

import pytest

from erts_emu.terms import Atom, Bitstring, ImproperList, Pid, PortId, Reference
from erts_emu.terms.hashes import phash, phash2

HASHES = [
    (0, 88723725, 1),
    (1, 2614250, 2788898428),
    (-1, 44071773, 1680185270),
    (1 << 27, 12354923, 2147483673),
    (-(1 << 31), 62030289, 87681),
    (1 << 60, 31803508, 49),
    (-(1 << 64), 13457787, 1680185270),
    (1 << 200, 23185601, 1920229268),
    (Atom("a"), 97, 98),
    (Atom(""), 0, 1),
    ([], 113427502, 2),
    ([97, 98, 99], 117343302, 3654580166),
    ([256], 73608398, 1015129879),
    (ImproperList([1], 2), 86124794, 2402949552),
    ((), 87486268, 1),
    ((1, 2, 3), 28734975, 4267354534),
    (b"", 13708901, 1),
    (b"hello world", 33550279, 897712128),
    (Bitstring(b"\x20", 3), 73037028, 1345689961),
    (1.0, 77147068, 1072693249),
    (-0.0, 20875736, 1),
    ({}, 39679005, 1113425985),
    ({Atom("a"): 1, Atom("b"): 2}, 103634663, 2251123467),
]


@pytest.mark.parametrize(("term", "two", "one"), HASHES, ids=lambda value: repr(value)[:20])
def test_the_hashes_are_those_of_erl(term, two, one):
    assert (phash2(term), phash(term, 1 << 32)) == (two, one)


def test_the_limit_bounds_them():
    assert [phash2(Atom("a"), limit) for limit in (1, 2, 10, 1000)] == [0, 1, 7, 97]
    assert phash(Atom("a"), 1) == 1


def test_identifiers_have_hashes_of_their_numbers():
    assert len({phash2(term) for term in (Pid(80), Pid(81), PortId(80), Reference((80, 0, 0)))}) == 4


def test_deep_terms_are_hashed():
    term = []
    for _ in range(100_000):
        term = [Atom("a"), term]
    assert phash2(term) == phash2(term)
    assert phash(term, 100) <= 100
