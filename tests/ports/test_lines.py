"""Line mode (ports.md §1.4.2): the table observed in erl, and what must hold for any data in any pieces."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from erts_emu import Atom
from erts_emu.driver import (
    ErlDrvBinary,
    ErlIOVec,
    driver_failure_eof,
    driver_output,
    driver_output2,
    driver_output_binary,
    driver_outputv,
)
from erts_emu.line_buffer import EOL, NOEOL, LineBuffer
from erts_emu.terms import ImproperList

from .parts import DATA, EXIT, NORMAL, driver, opened

E, N = EOL, NOEOL

TABLE = [
    # pieces, lines of at most 5 bytes, what an end of file adds
    ([b"abc\n"], [(E, b"abc")], []),
    ([b"abc", b"def\n"], [(N, b"abcde"), (E, b"f")], []),
    ([b"abcde\n"], [(E, b"abcde")], []),
    ([b"abcdefghijk\n"], [(N, b"abcde"), (N, b"fghij"), (E, b"k")], []),
    ([b"abcde"], [], [(N, b"abcde")]),
    ([b"\n", b"\r\n"], [(E, b""), (E, b"")], []),
    ([b"ab\r\n"], [(E, b"ab")], []),
    ([b"ab\r", b"\n"], [(E, b"ab")], []),
    ([b"ab\r", b"cd\n"], [(E, b"ab\rcd")], []),
    ([b"abcde\r\n"], [(E, b"abcde")], []),
    ([b"abcd\re\n"], [(N, b"abcd\r"), (E, b"e")], []),
    ([b"no newline"], [(N, b"no ne")], [(N, b"wline")]),
    ([b"abcde\r"], [], [(N, b"abcde"), (N, b"\r")]),
    ([b"\r\r\n"], [(E, b"\r")], []),
    ([b"\r"], [], [(N, b"\r")]),
    ([b""], [], []),
]


@pytest.mark.parametrize(("pieces", "lines", "rest"), TABLE, ids=[repr(row[0]) for row in TABLE])
def test_the_table(pieces, lines, rest):
    buffer = LineBuffer(5)
    assert [line for piece in pieces for line in buffer.feed(piece)] == lines
    assert list(buffer.flush()) == rest
    assert list(buffer.flush()) == []


data = st.binary(max_size=60) | st.lists(st.sampled_from(b"ab\r\n"), max_size=60).map(bytes)
limits = st.integers(1, 10)


def whole(text, limit):
    buffer = LineBuffer(limit)
    return [*buffer.feed(text), *buffer.flush()]


@given(data, limits, st.lists(st.integers(0, 60), max_size=5))
def test_pieces_make_no_difference(text, limit, cuts):
    cuts = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    buffer = LineBuffer(limit)
    pieces = [text[start:end] for start, end in itertools.pairwise(cuts)]
    assert [*(line for piece in pieces for line in buffer.feed(piece)), *buffer.flush()] == whole(text, limit)


@given(data, limits)
def test_nothing_is_lost_and_no_line_is_too_long(text, limit):
    """Lines put together again are the text, but that a carriage return before a newline is gone."""
    lines = whole(text, limit)
    assert all(len(line) <= limit for _, line in lines)
    together = b"".join(line + (b"\n" if kind is EOL else b"") for kind, line in lines)
    assert together == text.replace(b"\r\n", b"\n")


@given(data, limits)
def test_a_line_is_cut_only_where_it_has_to_be(text, limit):
    lines = whole(text, limit)
    for (kind, line), _ in itertools.pairwise(lines):
        if kind is NOEOL:
            # Followed by more of the same line: it must have been full, or the file ended.
            assert len(line) == limit


class Talker:
    """A port whose control calls one output function with the given data."""

    def __init__(self, me, *settings):
        self.calls = []
        name = f"talker{len(me.erl_ddll.loaded_drivers())}_drv"

        def control(driver_, command, buf):
            self.calls.pop(0)(driver_.port)
            return b""

        self.me = me
        me.trap_exit = True
        self.port = opened(me, driver(name, control=control), *settings)

    def says(self, call):
        """What the owner gets when the driver makes *call*."""
        self.calls.append(call)
        self.me.port_control(self.port, 0, b"")
        return [message[1][1] if message[0] == self.port else message for message in self.me.flush()]


@pytest.mark.parametrize("binary", [False, True])
def test_shapes_of_lines(binary, me):
    shape = bytes if binary else list
    talker = Talker(me, ("line", 5), *(["binary"] if binary else []))
    assert talker.says(lambda port: driver_output(port, b"one\ntwo")) == [(E, shape(b"one"))]
    assert talker.says(lambda port: driver_output(port, b"\n\n")) == [(E, shape(b"two")), (E, shape(b""))]


def test_the_header_stands_before_every_line_of_its_call_and_is_never_kept(me):
    talker = Talker(me, ("line", 5))
    assert talker.says(lambda port: driver_output2(port, b"HD", b"abcdefg")) == [(N, list(b"HDabcde"))]
    assert talker.says(lambda port: driver_output2(port, b"XY", b"\nz\n")) == [(E, list(b"XYfg")), (E, list(b"XYz"))]
    assert talker.says(lambda port: driver_output2(port, b"lost", b"a")) == []
    assert talker.says(lambda port: driver_output(port, b"\n")) == [(E, list(b"a"))]
    binary = Talker(me, ("line", 5), "binary")
    assert binary.says(lambda port: driver_output2(port, b"HD", b"ab\n")) == [(E, ImproperList((72, 68), b"ab"))]


def test_binaries_and_vectors_are_not_split(me):
    """Nor do they flush what is pending."""
    talker = Talker(me, ("line", 5))
    assert talker.says(lambda port: driver_output(port, b"abc")) == []
    long = ErlDrvBinary(b"a long line\nand another")
    assert talker.says(lambda port: driver_output_binary(port, b"", long, 0, 23)) == [list(b"a long line\nand another")]
    assert talker.says(lambda port: driver_outputv(port, b"H", ErlIOVec([b"long", b"vector"]), 0)) == [
        list(b"Hlongvector")
    ]
    assert talker.says(lambda port: driver_output(port, b"\n")) == [(E, list(b"abc"))]


def test_only_an_end_of_file_delivers_the_rest(me):
    talker = Talker(me, ("line", 5))
    talker.says(lambda port: driver_output(port, b"rest"))
    assert talker.says(driver_failure_eof) == [(N, list(b"rest")), (EXIT, talker.port, NORMAL)]
    talker = Talker(me, ("line", 5))
    talker.says(lambda port: driver_output(port, b"rest"))
    me.port_close(talker.port)
    assert me.flush() == [(EXIT, talker.port, NORMAL)]


def test_with_soft_eof_the_port_and_its_buffer_go_on(me):
    talker = Talker(me, ("line", 5), "eof")
    eof = [(talker.port, Atom("eof"))]
    port = talker.port
    talker.calls += [
        lambda p: driver_output(p, b"ab"),
        driver_failure_eof,
        lambda p: driver_output(p, b"cd\n"),
        driver_failure_eof,
    ]
    for _ in range(4):
        me.port_control(port, 0, b"")
    assert me.flush() == [(port, (DATA, (N, list(b"ab")))), *eof, (port, (DATA, (E, list(b"cd")))), *eof]


def test_the_usual_length_is_512(me):
    talker = Talker(me, "line")
    assert talker.says(lambda port: driver_output(port, b"a" * 600)) == [(N, [97] * 512)]
