import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erts_emu.terms import (
    Atom,
    Bitstring,
    ExportFun,
    Fun,
    ImproperList,
    Map,
    Pid,
    PortId,
    Reference,
    format_p,
    format_shell,
    format_w,
)

from .strategies import terms


def a(name: str) -> Atom:
    return Atom(name)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.0, "1.0"), (100.0, "100.0"), (1000.0, "1.0e3"), (12000.0, "1.2e4"), (123456.0, "123456.0"),
        (123456789.0, "123456789.0"), (0.001, "0.001"), (0.0001, "0.0001"), (0.00012, "1.2e-4"), (0.0, "0.0"),
        (9007199254740991.0, "9007199254740991.0"), (9007199254740992.0, "9.007199254740992e15"), (-0.0, "-0.0"),
        (1 / 3, "0.3333333333333333"), (1e22, "1.0e22"), (5e-324, "5.0e-324"),
        (1.7976931348623157e308, "1.7976931348623157e308"),
        (1.5e5, "1.5e5"), (12345.678, "12345.678"), (1.23e-5, "1.23e-5"), (0.00123, "0.00123"), (4e15, "4.0e15"),
    ],
)  # fmt: skip
def test_floats(number, text):
    assert format_w(number) == format_p(number) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_floats_read_back(number):
    assert float(format_w(number)) == number
    assert "." in format_w(number)


def test_integers_of_any_length():
    assert format_w(-(10**6000)) == "-1" + "0" * 6000
    assert format_w(10**500 - 1) == "9" * 500
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        for number in (7**9000, -(7**9001), 2**2000, 2**2001 + 1):
            assert format_w(number) == str(number)
    finally:
        sys.set_int_max_str_digits(limit)


@pytest.mark.parametrize(
    ("name", "latin1", "unicode"),
    [
        ("ok", "ok", "ok"),
        ("a@B_9", "a@B_9", "a@B_9"),
        ("", "''", "''"),
        ("Ok", "'Ok'", "'Ok'"),
        ("_a", "'_a'", "'_a'"),
        ("9a", "'9a'", "'9a'"),
        ("a b", "'a b'", "'a b'"),
        ("end", "'end'", "'end'"),
        ("maybe", "maybe", "maybe"),
        ("else", "else", "else"),
        ("\xe9", "\xe9", "\xe9"),
        ("\xc9", "'\xc9'", "'\xc9'"),
        ("\xf7", "'\xf7'", "'\xf7'"),
        ("\u03b1", "'\\x{3B1}'", "'\u03b1'"),
        ("it's\\", "'it\\'s\\\\'", "'it\\'s\\\\'"),
        (
            "\n\t\v\b\f\r\x1b\x7f\x01\x9f",
            "'\\n\\t\\v\\b\\f\\r\\e\\d\\001\\237'",
            "'\\n\\t\\v\\b\\f\\r\\e\\d\\001\\237'",
        ),
        ('"', "'\"'", "'\"'"),
    ],
)
def test_atoms(name, latin1, unicode):
    assert format_w(a(name)) == format_p(a(name)) == latin1
    assert format_w(a(name), encoding="unicode") == format_p(a(name), encoding="unicode") == unicode


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (True, "true"),
        (Pid(82), "<0.82.0>"),
        (PortId(6), "#Port<0.6>"),
        (Reference((36658, 2828271618, 1570309557)), "#Ref<0.1570309557.2828271618.36658>"),
        (ExportFun(a("lists"), a("map"), 2), "fun lists:map/2"),
        (ExportFun(a("A b"), a("end"), 0), "fun 'A b':end/0"),
        (ExportFun(a("a@b"), a("\x7f\x1b\n"), 0), "fun 'a@b':'\x7f\\033\\n'/0"),
        (ExportFun(a("\xe9"), a("\u03b1"), 0), "fun \xc3\xa9:'\xce\xb1'/0"),
        (Fun(a("erl_eval"), 43, 3316493, 0), "#Fun<erl_eval.43.3316493>"),
        ([], "[]"),
        ((), "{}"),
        ({}, "#{}"),
        (Map(), "#{}"),
        ([97, 98], "[97,98]"),
        (ImproperList([1, 2], a("x")), "[1,2|x]"),
        (b"", "<<>>"),
        (b"ab", "<<97,98>>"),
        (Bitstring(b"ab\x10", 4), "<<97,98,1:4>>"),
        ({a("b"): 2, 1: [], a("a"): {}}, "#{1 => [],a => #{},b => 2}"),
        ((1, [2, (3,)], {4: (5, [6])}), "{1,[2,{3}],#{4 => {5,[6]}}}"),
    ],
)
def test_w(term, text):
    assert format_w(term) == text


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ([65, 66, 10], '"AB\\n"'),
        ([65, 66, 0], "[65,66,0]"),
        ([945], "[945]"),
        ([34, 92, 27, 8], '"\\"\\\\\\e\\b"'),
        ([65, True], "[65,true]"),
        ([65, 66.0], "[65,66.0]"),
        (ImproperList([97], a("b")), "[97|b]"),
        (b"abc", '<<"abc">>'),
        (b"\1\2\3", "<<1,2,3>>"),
        (b"\xe9", '<<"\xe9">>'),
        (Bitstring(b"abc\x10", 4), "<<97,98,99,1:4>>"),
        ({a("a"): 1, a("b"): [97]}, '#{a => 1,b => "a"}'),
    ],
)
def test_p(term, text):
    assert format_p(term) == text


@pytest.mark.parametrize(
    ("term", "default", "wide"),
    [
        ([945], "[945]", '"\u03b1"'),
        ("\xe9".encode(), '<<"\xe9"/utf8>>', '<<"\xe9"/utf8>>'),
        (b"\xe9", '<<"\xe9">>', '<<"\xe9">>'),
        ("\u03b1".encode(), "<<206,177>>", '<<"\u03b1"/utf8>>'),
        (b"\xce\xb1\xff", '<<"\xce\xb1\xff">>', '<<"\xce\xb1\xff">>'),
        ([0xD800], "[55296]", "[55296]"),
        ([0xFFFE], "[65534]", "[65534]"),
    ],
)
def test_tp(term, default, wide):
    assert format_p(term, encoding="unicode") == default
    assert format_p(term, encoding="unicode", printable_range="unicode") == wide


def test_without_strings():
    assert format_p([[97, 98], b"ab"], strings=False) == "[[97,98],<<97,98>>]"


def seq(first, last):
    return list(range(first, last + 1))


SHELL = [
    (
        [(a("name"), list(b"some long string here")), (a("other"), list(b"some other long string here"))],
        '[{name,"some long string here"},\n {other,"some other long string here"}]',
    ),
    (
        (a("a"), a("b"), a("c"), list(b"some long string here to force"), list(b"some other long string here")),
        '{a,b,c,"some long string here to force",\n   "some other long string here"}',
    ),
    (
        {a("alpha"): list(b"some long string here"), a("beta"): list(b"some other long string here"), a("gamma"): 1},
        '#{alpha => "some long string here",\n  beta => "some other long string here",gamma => 1}',
    ),
    (
        [a("a"), a("b"), a("c"), *seq(1, 10), (a("x"), a("y")), *seq(1, 40)],
        "[a,b,c,1,2,3,4,5,6,7,8,9,10,\n {x,y},\n 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15|...]",
    ),
    (
        {a("a"): {a("b"): seq(1, 40)}},
        "#{a =>\n      #{b =>\n            [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,\n"
        "             23,24,25,26,27|...]}}",
    ),
    (
        seq(1, 40),
        "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,\n 23,24,25,26,27,28,29|...]",
    ),
    (
        [
            (a("name"), list(b"fx")), (a("links"), [Pid(82)]), (a("id"), 48), (a("connected"), Pid(82)),
            (a("input"), 0), (a("output"), 0), (a("os_pid"), a("undefined")),
        ],
        '[{name,"fx"},\n {links,[<0.82.0>]},\n {id,48},\n {connected,<0.82.0>},\n {input,0},\n'
        " {output,0},\n {os_pid,undefined}]",
    ),
    (b"a" * 200, '<<"' + "a" * 116 + '"...>>'),
    ((b"a" * 200,), '{<<"' + "a" * 112 + '"...>>}'),
    ((a("x"), b"a" * 200), '{x,<<"' + "a" * 108 + '"...>>}'),
    (list(b"a" * 200), '"' + "a" * 200 + '"'),
]  # fmt: skip


@pytest.mark.parametrize(("term", "text"), SHELL)
def test_the_shell(term, text):
    assert format_shell(term) == text


def test_long_data_hangs_under_its_column():
    term = (PortId(6), (a("data"), b"echo this is long " * 9))
    assert format_p(term, 11) == '{#Port<0.6>,\n           {data,<<"' + "echo this is long " * 9 + '">>}}'


def test_depth():
    assert format_p([1, 2, 3], depth=0) == format_w([1], 0) == "..."
    assert format_p([1, 2, 3], depth=1) == "[...]"
    assert format_p([1, 2, 3], depth=3) == "[1,2|...]"
    assert format_p((1, 2, 3), depth=3) == "{1,2,...}"
    assert format_p({1: 2, 3: 4}, depth=2) == "#{1 => 2,...}"
    assert format_p(b"\0\0", depth=1) == "<<...>>"
    assert format_p(b"abcdefgh", depth=2) == '<<"abcd"...>>'
    assert format_p({1: 2}, depth=1) == "#{...}"
    assert format_p({1: 2}, depth=2) == "#{1 => 2}"
    assert format_w({1: 2}, 1) == "#{}"
    assert format_w({1: 2}, 2) == "#{1 => 2,...}"
    assert format_w([1, [2, 3], 4], 3) == "[1,[...]|...]"


@settings(deadline=None)
@given(terms, st.integers(1, 90), st.integers(0, 100), st.integers(-1, 70))
def test_line_breaks_add_nothing_but_white_space(term, column, width, most):
    broken = format_p(term, column, width, -1, most, strings=False)
    lines = broken.split("\n")
    joined = lines[0] + "".join(line.lstrip(" ") if "=>" not in line[:3] else line for line in lines[1:])
    assert joined.replace(" =>", "=>").replace("=> ", "=>") == (
        format_w(term).replace(" =>", "=>").replace("=> ", "=>")
    )


def test_deep_terms():
    term: list[object] = []
    for _ in range(50_000):
        term = [term]
    text = "[" * 50_001 + "]" * 50_001
    assert format_w(term) == text
    assert format_p(term) == text
    assert format_shell(term) == "[" * 30 + "..." + "]" * 30
