import pytest
from hypothesis import given
from hypothesis import strategies as st

from erts_emu.terms import Atom, ImproperList, Map, NotATerm, exact_key, exactly_equal, map_from_pairs

from .strategies import terms


def nested(depth, wrap, term):
    for _ in range(depth):
        term = wrap(term)
    return term


def test_a_map_tells_integers_floats_and_atoms_apart():
    tricky = Map([(1, "int"), (1.0, "float"), (True, "atom"), ([1], "list"), ([1.0], "other list")])
    assert len(tricky) == 5
    assert tricky[1] == "int"
    assert tricky[1.0] == "float"
    assert tricky[Atom("true")] == "atom"
    assert tricky[[1]] == "list"
    assert [1.0] in tricky
    assert [2] not in tricky
    assert list(tricky) == [1, 1.0, True, [1], [1.0]]


def test_a_missing_key_is_named():
    with pytest.raises(KeyError, match=r"\[2\]"):
        Map()[[2]]
    with pytest.raises(NotATerm):
        Map([("text", 1)])


def test_of_equal_keys_the_later_pair_counts():
    assert dict(Map([(1, 2), (1, 3)])) == {1: 3}
    assert len(Map([(0.0, 1), (-0.0, 2)])) == 1


def test_maps_and_dicts_are_equal_if_their_pairs_are_exactly_equal():
    assert Map({1: 2}) == {1: 2} == Map([(1, 2)])
    assert Map({1: 2}) != {1.0: 2}
    assert Map({1: 2}) != {1: 2.0}
    assert Map() != 1
    assert hash(Map([(1, [2]), ([3], 4)])) == hash(Map([([3], 4), (1, [2])]))
    assert repr(Map([([], 1)])) == "Map([([], 1)])"


def test_pairs_become_a_dict_where_that_can_carry_them():
    assert map_from_pairs([(Atom("a"), 1), ((1, (b"x",)), 2)]) == {Atom("a"): 1, (1, (b"x",)): 2}
    assert type(map_from_pairs([(1, 1)])) is dict
    for keys in ([1, 1.0], [(1,), (1.0,)], [[]], [([],)], [ImproperList([1], 2)], [{}], [True, 1]):
        assert type(map_from_pairs([(key, 0) for key in keys])) is Map


def test_a_deeply_nested_key_is_never_hashed_by_python():
    deep = nested(100_000, lambda term: (term,), 1)
    assert type(map_from_pairs([(deep, 1)])) is Map


@pytest.mark.parametrize(
    ("left", "right", "equal"),
    [
        (1, 1.0, False),
        ((1, [2]), (1, [2]), True),
        ([1], [1.0], False),
        (0.0, -0.0, True),
        (True, Atom("true"), True),
        (True, 1, False),
        ({1: [2.0]}, Map([(1, [2.0])]), True),
        ({1: 2.0}, {1: 2}, False),
        ((1, (2, 3)), (1, 2, (3,)), False),
        ([1, [2]], [[1], 2], False),
        (ImproperList([1], 2), [1, 2], False),
        (b"a", [97], False),
        (5, (5,), False),
        ({}, [], False),
    ],
)
def test_exact_equality(left, right, equal):
    assert exactly_equal(left, right) is equal
    assert (exact_key(left) == exact_key(right)) is equal


@given(st.lists(terms, min_size=2, max_size=6))
def test_keys_are_equal_exactly_where_terms_are(some):
    for left in some:
        for right in some:
            assert (exact_key(left) == exact_key(right)) is exactly_equal(left, right)
            if exactly_equal(left, right):
                assert hash(exact_key(left)) == hash(exact_key(right))


@given(st.lists(st.tuples(terms, terms), max_size=6))
def test_a_map_finds_the_last_value_of_each_key(pairs):
    mapping = Map(pairs)
    for key, _value in pairs:
        last = [value for other, value in pairs if exactly_equal(key, other)][-1]
        assert exactly_equal(mapping[key], last)
    assert Map(mapping) == mapping


@pytest.mark.parametrize("wrap", [lambda t: (t,), lambda t: [t], lambda t: {1: t}, lambda t: Map([(t, 1)])])
def test_keys_of_deep_terms(wrap):
    left, right = nested(20_000, wrap, 1), nested(20_000, wrap, 1)
    assert hash(exact_key(left)) == hash(exact_key(right))
    assert exactly_equal(left, right)
    assert not exactly_equal(left, nested(20_000, wrap, 1.0))
