import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erts_emu.terms import (
    Atom,
    Bitstring,
    ExportFun,
    Fun,
    ImproperList,
    Map,
    NotATerm,
    Pid,
    PortId,
    Reference,
    compare,
    compare_keys,
    exactly_equal,
    ordered_items,
    sort_key,
)

from .strategies import terms

ASCENDING = [
    -(2**2000), -1.7976931348623157e308, -1, 0, 0.5, 1, 2**53, 2**53 + 1, 2.0**53 + 2, 2**1000, 1.7976931348623157e308,
    2**1024,
    Atom(""), Atom("A"), Atom("a"), Atom("aa"), Atom("\xe9"), Atom("\u03b1"),
    Reference((5, 5, 1)), Reference((5, 1, 2)), Reference((1, 5, 2)),
    Fun(Atom("z"), 1, 2, 3), Fun(Atom("z"), 1, 2, 3, [1]), Fun(Atom("z"), 1, 2, 3, [2]),
    ExportFun(Atom("a"), Atom("a"), 0),
    ExportFun(Atom("a"), Atom("b"), 0), ExportFun(Atom("a"), Atom("b"), 1),
    PortId(0), PortId(7),
    Pid(3), Pid(4), Pid(0, 1),
    (), (9,), (1, 1), (1, 2), (1, 1, 1),
    {}, {1: 9}, {2: 1}, {0.5: 1}, {1.0: 1}, {Atom("a"): 1}, {1: 1, 2: 2}, {1: 1, 2: 3}, {1: 1, 3: 0},
    [], ImproperList([1], 2), ImproperList([1], Atom("a")), [1], ImproperList([1, 2], 3), [1, 2], [1, 2, 3],
    ImproperList([1], b""), [2],
    b"", Bitstring(b"\0", 1), Bitstring(b"\0", 3), b"\0", b"\0\1", Bitstring(b"\x20", 3), Bitstring(b"\x80", 1),
    b"\x80", Bitstring(b"\xfc", 7), Bitstring(b"\xfe", 7), b"\xff", Bitstring(b"\xff\0", 1),
]  # fmt: skip


@pytest.mark.parametrize(("low", "high"), list(itertools.pairwise(ASCENDING)))
def test_neighbours(low, high):
    assert compare(low, high) == -1
    assert compare(high, low) == 1


def test_sort_key_sorts():
    assert sorted((*ASCENDING[1::2], *ASCENDING[::2]), key=sort_key) == ASCENDING


@pytest.mark.parametrize(
    ("left", "right"),
    [(1, 1.0), (2**60, 2.0**60), ((1,), (1.0,)), ([1, 2.0], [1.0, 2]), ({1: 2}, {1: 2.0}), (True, Atom("true"))],
)
def test_equal(left, right):
    assert compare(left, right) == compare(right, left) == 0


def test_integers_and_floats_are_compared_by_exact_value():
    assert compare(2**53 + 1, 2.0**53) == 1
    assert compare(2**60 + 1, 2.0**60) == 1
    assert compare(10**400, 1e308) == 1


def test_in_key_order_every_integer_is_less_than_every_float():
    assert compare_keys(5, 1.0) == -1
    assert compare_keys((5,), (1.0,)) == -1
    assert compare_keys(1.0, 1) == 1
    assert ordered_items(Map([(1.0, 1), (Atom("a"), 2), (7, 3), (0.5, 4), (1, 5)])) == [
        (1, 5), (7, 3), (0.5, 4), (1.0, 1), (Atom("a"), 2),
    ]  # fmt: skip


def test_what_is_no_term_has_no_place():
    with pytest.raises(NotATerm):
        compare(1, "1")
    with pytest.raises(NotATerm):
        compare([1, 2], [1, None])


@given(terms, terms)
def test_antisymmetry(left, right):
    assert compare(left, right) == -compare(right, left)
    if exactly_equal(left, right):
        assert compare(left, right) == 0


@given(st.lists(terms, min_size=3, max_size=3))
def test_transitivity(some):
    for low, middle, high in itertools.permutations(some):
        if compare(low, middle) <= 0 and compare(middle, high) <= 0:
            assert compare(low, high) <= 0


@given(terms, terms)
def test_key_order_is_exact(left, right):
    assert (compare_keys(left, right) == 0) is exactly_equal(left, right)


def test_deep_terms():
    left: list[object] = []
    right: list[object] = []
    for _ in range(100_000):
        left, right = [left], [right]
    assert compare(left, right) == 0
    assert compare([left], right) == 1
