import copy
import pickle
from collections import namedtuple
from enum import IntEnum

import pytest

from erts_emu.terms import (
    Atom,
    Bitstring,
    ExportFun,
    Fun,
    ImproperList,
    NotATerm,
    Pid,
    bitstring,
    format_w,
    list_with_tail,
    term_to_binary,
)
from erts_emu.terms.kinds import rank

VALUES = [
    ImproperList((1, 2), Atom("x")),
    Bitstring(b"\xa0", 3),
    ExportFun(Atom("lists"), Atom("map"), 2),
    Fun(Atom("m"), 1, 2, 3, [[1]], Pid(7), 4, bytes(range(16))),
]


@pytest.mark.parametrize("value", VALUES)
def test_values_compare_by_content_and_survive_pickling(value):
    assert pickle.loads(pickle.dumps(value)) == value
    assert copy.copy(value) is value
    assert copy.deepcopy(value) is value
    assert value != VALUES[VALUES.index(value) - 1]
    assert eval(repr(value), {**globals(), "Pid": lambda text: text}) == value if type(value) is not Fun else True


@pytest.mark.parametrize("value", VALUES)
def test_values_are_immutable(value):
    with pytest.raises(AttributeError, match="immutable"):
        value.anything = 1


def test_equal_values_have_equal_hashes():
    assert len({hash(ImproperList([1], 2)), hash(ImproperList((1,), 2))}) == 1
    assert len({hash(Fun(Atom("m"), 1, 2, 3, [[1]])), hash(Fun(Atom("m"), 1, 2, 3, ([1],)))}) == 1


@pytest.mark.parametrize(("elements", "tail"), [((), 1), ((1,), []), ((1,), [2]), ((1,), ImproperList((2,), 3))])
def test_an_improper_list_has_one_spelling(elements, tail):
    with pytest.raises(ValueError, match="list_with_tail"):
        ImproperList(elements, tail)


def test_list_with_tail_makes_whichever_list_is_needed():
    assert list_with_tail([1], [2]) == [1, 2]
    assert list_with_tail([], [2]) == [2]
    assert list_with_tail([], 2) == 2
    assert list_with_tail((), b"x") == b"x"
    assert list_with_tail([1], 2) == ImproperList((1,), 2)
    assert list_with_tail([1], ImproperList((2,), 3)) == ImproperList((1, 2), 3)


def test_bits_that_do_not_count_are_zero():
    assert Bitstring(b"\xff\xff", 3) == Bitstring(b"\xff\xe0", 3)
    assert Bitstring(b"\xff\xff", 3).bit_size == 11
    assert bitstring(b"\xff", 8) == b"\xff"
    assert bitstring(b"", 3) == b""


@pytest.mark.parametrize(("data", "bits"), [(b"", 1), (b"x", 0), (b"x", 8), (b"x", -1)])
def test_a_bitstring_needs_a_last_byte_of_some_bits(data, bits):
    with pytest.raises(ValueError, match="1 to 7 bits"):
        Bitstring(data, bits)


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        ("text", "use bytes for a binary"),
        (None, "None is no Erlang term: use an atom"),
        (bytearray(b"x"), "use bytes"),
        (float("inf"), "inf is no Erlang term: only finite floats are"),
        (float("nan"), "nan is no Erlang term"),
        ({1, 2}, "a set is no Erlang term"),
        (1j, "a complex is no Erlang term"),
    ],
)
@pytest.mark.parametrize("use", [term_to_binary, format_w])
def test_what_is_no_term_is_refused_with_advice(use, value, advice):
    with pytest.raises(NotATerm, match=advice) as caught:
        use([1, {2: value}])
    assert caught.value.value is value
    assert isinstance(caught.value, TypeError)


def test_derived_classes_count_as_what_they_are_derived_from():
    class Op(IntEnum):
        PING = 7

    point = namedtuple("point", "x y")(1, Op.PING)
    assert format_w(point) == "{1,7}"
    assert term_to_binary(point) == term_to_binary((1, 7))
    assert rank(point) == rank(())


def test_a_face_may_derive_callable_funs():
    class Closure(Fun):
        def __call__(self, x):
            return x + self.free[0]

    closure = Closure(Atom("erl_eval"), 42, 3316493, 1, [10])
    assert closure(1) == 11
    assert format_w(closure) == "#Fun<erl_eval.42.3316493>"
    assert {closure: 1}[closure] == 1
