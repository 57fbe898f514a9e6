import timeit
from enum import IntEnum

import pytest
from hypothesis import given

from erts_emu.terms import Atom, Bitstring, ImproperList, NotIodata, iolist_size, iolist_to_bytes

from .strategies import iodata


def plain(data):
    if isinstance(data, ImproperList):
        return plain([*data.elements, data.tail])
    if isinstance(data, list):
        return b"".join(map(plain, data))
    return bytes((data,)) if isinstance(data, int) else data.encode("latin-1") if isinstance(data, str) else bytes(data)


def test_bytes_come_back_as_they_are():
    data = b"x" * 1000
    assert iolist_to_bytes(data) is data


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([], b""),
        ("", b""),
        ("h\xe9", b"h\xe9"),
        ([104, "e", b"l", [[], [108, [b"o"]]]], b"hello"),
        (list(b"hello"), b"hello"),
        ([0, 255], b"\0\xff"),
        (ImproperList([1, [2]], b"\3"), b"\1\2\3"),
        (ImproperList(["a"], "b"), b"ab"),
        ([ImproperList([1], b"x"), 2], b"\1x\2"),
        (bytearray(b"ab"), b"ab"),
        ([memoryview(b"ab"), bytearray(b"c")], b"abc"),
    ],
)
def test_iodata(data, expected):
    assert iolist_to_bytes(data) == expected
    assert iolist_size(data) == len(expected)


def test_members_of_an_int_enum_are_bytes():
    class Op(IntEnum):
        PING = 7

    assert iolist_to_bytes([Op.PING, b"x"]) == b"\7x"


@pytest.mark.parametrize(
    ("data", "culprit", "why"),
    [
        (65, 65, "an integer stands outside a list"),
        ([1, 256], 256, "256 is no byte"),
        ([1, [-1]], -1, "-1 is no byte"),
        ([1, 2.0], 2.0, "a float"),
        (Atom("a"), Atom("a"), "an atom"),
        (True, True, "an atom"),
        ([65, True], True, "an atom"),
        (ImproperList([1], 2), 2, "an integer is the tail"),
        ([[ImproperList([1], Atom("a"))]], Atom("a"), "an atom"),
        ([Bitstring(b"\x80", 1)], Bitstring(b"\x80", 1), "a Bitstring"),
        ("\u03b1", "\u03b1", "the character '\u03b1' is above 255"),
        ([(1, 2)], (1, 2), "a tuple"),
        (None, None, "a NoneType"),
    ],
)
def test_what_is_no_iodata_is_named(data, culprit, why):
    with pytest.raises(NotIodata, match=why) as caught:
        iolist_to_bytes(data)
    assert caught.value.value == culprit
    assert isinstance(caught.value, ValueError)


@given(iodata)
def test_any_iodata(data):
    assert iolist_to_bytes(data) == plain(data)


def test_deep_iodata():
    data: list[object] = []
    for _ in range(100_000):
        data = [b"a", data, 98]
    assert iolist_to_bytes(data) == b"a" * 100_000 + b"b" * 100_000


def test_the_usual_case_is_fast():
    data = b"hello"
    fastest = min(timeit.repeat(lambda: iolist_to_bytes(data), number=10_000, repeat=20))
    assert fastest / 10_000 < 2e-6  # some 30 ns where nothing else runs
