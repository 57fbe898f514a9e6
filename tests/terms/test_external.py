import contextlib
import struct
import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erts_emu.terms import (
    Atom,
    BadExternal,
    Bitstring,
    ExportFun,
    Fun,
    ImproperList,
    Map,
    Node,
    Pid,
    PortId,
    Reference,
    binary_to_term,
    decode_prefix,
    exactly_equal,
    term_to_binary,
)

from .strategies import terms

NODE = b"d\0\rnonode@nohost"

# As erl of OTP 25 encodes them.
ENCODED = [
    (255, b"a\xff"),
    (256, b"b\0\0\1\0"),
    (-1, b"b\xff\xff\xff\xff"),
    (2**31 - 1, b"b\x7f\xff\xff\xff"),
    (2**31, b"n\4\0\0\0\0\x80"),
    (-(2**31), b"b\x80\0\0\0"),
    (-(2**31) - 1, b"n\4\1\1\0\0\x80"),
    (2**2040, b"o\0\0\1\0\0" + bytes(255) + b"\1"),
    (1.5, b"F\x3f\xf8\0\0\0\0\0\0"),
    (-0.0, b"F\x80\0\0\0\0\0\0\0"),
    (Atom("ok"), b"d\0\2ok"),
    (Atom("\xe9"), b"d\0\1\xe9"),
    (Atom("\u03b1"), b"w\2\xce\xb1"),
    (Atom("\u03b1" * 200), b"v\1\x90" + b"\xce\xb1" * 200),
    (Atom(""), b"d\0\0"),
    (b"ab", b"m\0\0\0\2ab"),
    (Bitstring(b"\xa0", 3), b"M\0\0\0\1\3\xa0"),
    ([], b"j"),
    ([1, 2], b"k\0\2\1\2"),
    ([0] * 65535, b"k\xff\xff" + bytes(65535)),
    ([0] * 65536, b"l\0\1\0\0" + b"a\0" * 65536 + b"j"),
    ([256], b"l\0\0\0\1b\0\0\1\0j"),
    (ImproperList([1], 2), b"l\0\0\0\1a\1a\2"),
    ((), b"h\0"),
    ((1,), b"h\1a\1"),
    ((1,) * 256, b"i\0\0\1\0" + b"a\1" * 256),
    ({}, b"t\0\0\0\0"),
    ({Atom("b"): 1, 2: 3, Atom("a"): 4}, b"t\0\0\0\3a\2a\3d\0\1aa\4d\0\1ba\1"),
    (Map([(1.0, 1), (1, 2)]), b"t\0\0\0\2a\1a\2F\x3f\xf0\0\0\0\0\0\0a\1"),
    (Pid(9), b"X" + NODE + b"\0\0\0\x09\0\0\0\0\0\0\0\0"),
    (PortId(4), b"Y" + NODE + b"\0\0\0\4\0\0\0\0"),
    (Reference((1, 2, 3)), b"Z\0\3" + NODE + b"\0\0\0\0\0\0\0\1\0\0\0\2\0\0\0\3"),
    (ExportFun(Atom("a"), Atom("b"), 2), b"qd\0\1ad\0\1ba\2"),
]


@pytest.mark.parametrize(("term", "data"), ENCODED, ids=lambda value: repr(value)[:40])
def test_the_bytes_are_those_of_erl(term, data):
    assert term_to_binary(term) == b"\x83" + data
    assert exactly_equal(binary_to_term(b"\x83" + data), term)
    assert decode_prefix(b"xx\x83" + data + b"rest", 2) == (binary_to_term(b"\x83" + data), 3 + len(data))


def test_a_fun_comes_back_as_it_was():
    fun = Fun(Atom("m"), 4, 5, 2, [[1.5], b"x"], Pid(80), 6, bytes(range(16)))
    data = term_to_binary([fun])
    assert data[7:11] == len(data[7:-1]).to_bytes(4, "big")
    assert binary_to_term(data) == [fun]


def test_true_and_false_are_atoms():
    assert binary_to_term(term_to_binary({True: [False]})) == {Atom("true"): [Atom("false")]}


@pytest.mark.parametrize(
    ("term", "minor_version", "data"),
    [
        (-1.5, 0, b"c-1.50000000000000000000e+00" + bytes(4)),
        (Atom("a"), 0, b"d\0\1a"),
        ([Atom("a"), True], 2, b"l\0\0\0\2w\1aw\4truej"),
        (Atom("\u03b1" * 200), 2, b"v\1\x90" + b"\xce\xb1" * 200),
        (PortId(4), 2, b"Yw\rnonode@nohost" + b"\0\0\0\4\0\0\0\0"),
        (1.5, 2, b"F\x3f\xf8\0\0\0\0\0\0"),
    ],
)
def test_minor_versions_choose_how_floats_and_atoms_are_written(term, minor_version, data):
    assert term_to_binary(term, minor_version) == b"\x83" + data


OLD = [
    (b"c" + b"1.50000000000000000000e+00".ljust(31, b"\0"), 1.5),
    (b"c" + b"-1,5E3".ljust(31, b"\0"), -1500.0),
    (b"s\1a", Atom("a")),
    (b"v\0\1a", Atom("a")),
    (b"w\1a", Atom("a")),
    (b"g" + NODE + b"\0\0\0\7\0\0\0\1\0", Pid(7, 1)),
    (b"f" + NODE + b"\0\0\0\7\0", PortId(7)),
    (b"x" + NODE + b"\0\0\0\0\0\0\0\7\0\0\0\0", PortId(7)),
    (b"r\0\2" + NODE + b"\0\0\0\0\7\0\0\0\x08", Reference((7, 8, 0))),
    (b"e" + NODE + b"\0\0\0\7\0", Reference((7, 0, 0))),
    (b"n\0\0", 0),
    (b"n\2\1\5\0", -5),
    (b"k\0\0", []),
    (b"i\0\0\0\0", ()),
    (b"l\0\0\0\0a\1", 1),
    (b"l\0\0\0\1a\1k\0\1\2", [1, 2]),
    (b"l\0\0\0\1a\1l\0\0\0\1a\2a\3", ImproperList([1, 2], 3)),
    (b"M\0\0\0\1\x08\xff", b"\xff"),
    (b"M\0\0\0\1\3\xff", Bitstring(b"\xe0", 3)),
    (b"M\0\0\0\0\0", b""),
]


@pytest.mark.parametrize(("data", "term"), OLD)
def test_unusual_forms_are_read(data, term):
    assert exactly_equal(binary_to_term(b"\x83" + data), term)


@pytest.mark.parametrize("level", [0, 1, 9])
def test_compressed_terms_are_read(level):
    term = [b"abc" * 100, Atom("ok")]
    plain = term_to_binary(term)[1:]
    data = b"\x83P" + struct.pack(">I", len(plain)) + zlib.compress(plain, level)
    assert decode_prefix(data + b"more") == (term, len(data))


BAD = [
    (b"", "1 .*|too early", 0, None),
    (b"\x82a\1", "starts with 130", 0, None),
    (b"\x83", "too early|cannot fit", 1, None),
    (b"\x83\xff", "tag is unknown", 1, 255),
    (b"\x83R\0", "tag is unknown", 1, 82),
    (b"\x83\x83a\1", "tag is unknown", 1, 131),
    (b"\x83a", "too early", 1, 97),
    (b"\x83h\2a\1", "too early", 5, None),
    (b"\x83h\1b\0", "4 bytes are needed", 3, 98),
    (b"\x83m\xff\xff\xff\xffx", "4294967295 bytes are needed and 1 left", 1, 109),
    (b"\x83l\xff\xff\xff\xffj", "cannot fit", 1, 108),
    (b"\x83l\0\0\0\1a\1l\xff\xff\xff\xffj", "cannot fit", 8, 108),
    (b"\x83i\xff\xff\xff\xffj", "cannot fit", 1, 105),
    (b"\x83t\xff\xff\xff\xffj", "cannot fit", 1, 116),
    (b"\x83o\xff\xff\xff\xff\0\1", "4294967295 bytes are needed", 1, 111),
    (b"\x83t\0\0\0\2a\1a\1a\1a\2", "a key twice", 1, 116),
    (b"\x83t\0\0\0\2ja\1ja\2", "a key twice", 1, 116),
    (b"\x83F\x7f\xf0\0\0\0\0\0\0", "inf is no Erlang term", 1, 70),
    (b"\x83F\x7f\xf8\0\0\0\0\0\0", "nan is no Erlang term", 1, 70),
    (b"\x83c" + b"1e5".ljust(31, b"\0"), "no float", 1, 99),
    (b"\x83c" + b".5".ljust(31, b"\0"), "no float", 1, 99),
    (b"\x83c" + b"1.5e".ljust(31, b"\0"), "no float", 1, 99),
    (b"\x83c" + b"1_0.0".ljust(31, b"\0"), "no float", 1, 99),
    (b"\x83c" + b"1.0e999".ljust(31, b"\0"), "no float", 1, 99),
    (b"\x83w\1\xff", "not UTF-8", 1, 119),
    (b"\x83w\3\xed\xa0\x80", "not UTF-8", 1, 119),
    (b"\x83d\1\0" + b"a" * 256, "at most 255 characters", 1, 100),
    (b"\x83M\0\0\0\1\0\xff", "0 bits", 1, 77),
    (b"\x83M\0\0\0\1\x09\xff", "9 bits", 1, 77),
    (b"\x83M\0\0\0\0\3", "3 bits", 1, 77),
    (b"\x83gd\0\3a@b" + bytes(8) + b"\4", "4 in an identifier is above 3", 1, 103),
    (b"\x83Xa\1" + bytes(12), "no atom's", 1, 88),
    (b"\x83X" + NODE + b"\0\0\x80\0" + bytes(8), "above 32767", 1, 88),
    (b"\x83Y" + NODE + b"\x10\0\0\0" + bytes(4), "above 268435455", 1, 89),
    (b"\x83Z\0\4" + NODE + bytes(20), "of this node has up to 3 words", 1, 90),
    (b"\x83Z\0\1" + NODE + bytes(4) + b"\0\4\0\0", "above 262143", 1, 90),
    (b"\x83qa\1d\0\1ba\1", "an external fun is", 1, 113),
    (b"\x83qd\0\1ad\0\1bb\xff\xff\xff\xff", "an external fun is", 1, 113),
    (b"\x83p" + bytes(29) + b"jjjj", "a fun is", 1, 112),
    (b"\x83P\0\0\0\2xx", "incorrect header|header", 1, 80),
    (b"\x83P\0\0\0\3" + zlib.compress(b"a\1"), "do not make up 3", 1, 80),
    (b"\x83P\0\0\0\1" + zlib.compress(b"a\1"), "do not make up 1", 1, 80),
    (b"\x83P\xff\xff\xff\xff" + zlib.compress(b"a\1"), "cannot come from", 1, 80),
    (b"\x83P\0\0\0\2" + zlib.compress(b"a\1")[:-1], "do not make up", 1, 80),
    (b"\x83P\0\0\0\1" + zlib.compress(b"P"), "tag is unknown", 0, 80),
]  # fmt: skip


@pytest.mark.parametrize(("data", "why", "offset", "tag"), BAD)
def test_bad_data_is_refused_naming_place_and_tag(data, why, offset, tag):
    with pytest.raises(BadExternal, match=why) as caught:
        binary_to_term(data)
    assert (caught.value.offset, caught.value.tag) == (offset, tag)
    assert isinstance(caught.value, ValueError)


def test_an_offset_outside_of_the_data_is_refused():
    with pytest.raises(BadExternal):
        decode_prefix(b"\x83j", 5)
    with pytest.raises(IndexError, match="negative"):
        decode_prefix(b"\x83j", -1)


OTHER = Node(Atom("a@b"), 7)


@pytest.mark.parametrize(
    ("term", "data"),
    [
        (Pid(2**32 - 1, 5, OTHER), b"Xd\0\3a@b\xff\xff\xff\xff\0\0\0\5\0\0\0\7"),
        (PortId(2**28 - 1, OTHER), b"Yd\0\3a@b\x0f\xff\xff\xff\0\0\0\7"),
        (PortId(2**28, OTHER), b"xd\0\3a@b\0\0\0\0\x10\0\0\0\0\0\0\7"),
        (Reference((2**18,), OTHER), b"Z\0\1d\0\3a@b\0\0\0\7\0\4\0\0"),
        (Reference((1, 2, 3, 4, 5), OTHER), b"Z\0\5d\0\3a@b\0\0\0\7" + struct.pack(">5I", 1, 2, 3, 4, 5)),
        (Pid(9, 0, Node(Atom("nonode@nohost"), 1)), b"X" + NODE + b"\0\0\0\x09\0\0\0\0\0\0\0\1"),
    ],
)
def test_identifiers_of_other_nodes_are_read_and_written_as_they_are(term, data):
    again = binary_to_term(b"\x83" + data)
    assert again == term
    assert again.node == term.node
    assert term_to_binary(again) == b"\x83" + data


@given(terms)
def test_round_trip(term):
    data = term_to_binary(term)
    again = binary_to_term(data)
    assert exactly_equal(again, term)
    assert term_to_binary(again) == data


@given(terms)
def test_data_that_is_cut_off_is_refused(term):
    data = term_to_binary(term)
    for size in range(len(data)):
        with pytest.raises(BadExternal):
            decode_prefix(data[:size])


@given(terms, st.data())
def test_damaged_data_is_read_or_refused(term, source):
    data = bytearray(term_to_binary(term))
    for _ in range(source.draw(st.integers(1, 4))):
        data[source.draw(st.integers(0, len(data) - 1))] = source.draw(st.integers(0, 255))
    try:
        again, used = decode_prefix(data)
    except BadExternal:
        return
    assert 0 < used <= len(data)
    assert exactly_equal(binary_to_term(term_to_binary(again)), again)


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(data):
    try:
        decode_prefix(b"\x83" + data)
    except BadExternal as error:
        refused = error
    else:
        return
    assert refused.offset <= len(data) + 1


@pytest.mark.parametrize(
    ("opening", "closing"),
    [(b"h\1", b"j"), (b"l\0\0\0\1", b"j" * 100_001), (b"l\0\0\0\1j", b"j"), (b"t\0\0\0\1a\1", b"j")],
)
def test_deep_nesting_is_no_danger(opening, closing):
    begun = time.monotonic()
    data = b"\x83" + opening * 100_000 + closing
    term, used = decode_prefix(data)
    assert used == len(data)
    assert term_to_binary(term) == data or opening == b"l\0\0\0\1j"
    with pytest.raises(BadExternal):
        decode_prefix(data[: len(data) // 2])
    assert time.monotonic() - begun < 20


def test_maps_as_keys_of_maps_are_read_or_refused():
    data = b"\x83" + b"t\0\0\0\1" * 20_000 + b"j" + b"a\1" * 20_000
    assert term_to_binary(binary_to_term(data)) == data


def test_maps_as_keys_may_be_too_deep_to_be_told_apart():
    two = b"\x83" + b"t\0\0\0\2" * 2_000 + b"j" + b"a\1t\0\0\0\1a\1a\2a\3" * 2_000
    with contextlib.suppress(BadExternal):
        binary_to_term(two)


@pytest.mark.parametrize(("word", "used"), [(b"", 0), (b"\0\0\0\5", 4), (b"\xff\xff\xff\xff", 4)])
def test_a_reference_of_no_words_is_followed_by_one_that_is_ignored(word, used):
    """So it is in ``erl``, which reads the word even behind the end of the binary."""
    head = b"\x83Z\0\0d\0\3a@b\0\0\0\7"
    reference, length = decode_prefix(head + word)
    assert reference.words == ()
    assert length == len(head) + used
    assert term_to_binary(reference) == head


def test_a_reference_of_this_node_has_three_words_even_if_none_is_given():
    assert decode_prefix(b"\x83Z\0\0d\0\x0dnonode@nohost" + bytes(4) + b"\0\0\0\5")[0] == Reference((0, 0, 0))
