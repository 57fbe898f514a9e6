"""``zlib_drv`` against Python's zlib, with streams in many shapes."""

import os
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from erts_emu import ANY, Atom, Emulator, bundled_drivers
from erts_emu.errors import Badarg

DEFLATE_INIT, INFLATE_INIT, RUN, PIECES, CHECKSUMS, QUEUED, RESET = range(1, 8)
DONE, MORE, ENDED = b"\x00", b"\x01", b"\x02"
NO_FLUSH, SYNC, FULL, FINISH = 0, 2, 3, 4
PIECE = 16 * 1024
TEXT = b"the quick brown fox jumps over the lazy dog. " * 2000


@pytest.fixture(params=["real", "in_order", 1], ids=lambda threads: f"{threads}")
def threads(request):
    """How threads run: fewer schedules than usual, as each test costs real time."""
    return request.param


def run(me, port, flush=NO_FLUSH):
    """Work until nothing is left: the last reply, and all output."""
    output = []
    reply = MORE
    while reply == MORE:
        reply = me.port_control(port, RUN, bytes([flush]))
        while me.process.messages:
            output.append(me.receive((port, ANY))[1][1])
    assert all(0 < len(piece) <= PIECE for piece in output)
    return reply, b"".join(output)


def deflate_init(me, port, level=-1, bits=15):
    return me.port_control(port, DEFLATE_INIT, level.to_bytes(1, signed=True) + bits.to_bytes(1, signed=True))


def inflate_init(me, port, bits=15):
    return me.port_control(port, INFLATE_INIT, bits.to_bytes(1, signed=True))


@pytest.fixture
def port(open_port):
    return open_port()


@pytest.mark.parametrize("bits", [15, -15, 31, 9])
def test_zlib_reads_what_was_deflated(bits, me, port):
    for level in (-1, 0, 1, 9):
        deflate_init(me, port, level, bits)
        me.port_command(port, TEXT)
        reply, output = run(me, port, FINISH)
        assert reply == DONE
        assert zlib.decompress(output, bits) == TEXT


@pytest.mark.parametrize("bits", [15, -15, 31])
def test_what_zlib_deflated_is_inflated(bits, me, port):
    compressor = zlib.compressobj(wbits=bits)
    data = compressor.compress(TEXT) + compressor.flush()
    inflate_init(me, port, bits)
    for at in range(0, len(data), 100):
        me.port_command(port, data[at : at + 100])
    assert run(me, port) == (ENDED, TEXT)


def test_input_may_come_while_work_is_under_way(me, port):
    deflate_init(me, port)
    output = b""
    for at in range(0, len(TEXT), 10_000):
        me.port_command(port, TEXT[at : at + 10_000])
        reply, more = run(me, port, SYNC)
        assert reply == DONE
        output += more
        # After a sync flush everything that went in can be read.
        assert zlib.decompressobj().decompress(output) == TEXT[: at + 10_000]
    reply, more = run(me, port, FINISH)
    assert zlib.decompress(output + more) == TEXT
    with pytest.raises(Badarg):
        run(me, port)  # the stream has ended


def test_a_call_makes_so_many_pieces_and_says_that_there_is_more(me, port):
    data = zlib.compress(bytes(20 * PIECE))
    me.port_control(port, PIECES, (3).to_bytes(4))
    inflate_init(me, port)
    me.port_command(port, data)
    assert me.port_control(port, RUN, b"\0") == MORE
    first = [message[1][1] for message in me.flush()]
    assert [len(piece) for piece in first] == [PIECE] * 3
    reply, rest = run(me, port)
    assert reply == ENDED
    assert len(rest) == 17 * PIECE


def test_little_input_that_is_much_output_gives_the_caller_its_turn_back(me, port):
    me.port_control(port, PIECES, (2**32 - 1).to_bytes(4))
    inflate_init(me, port)
    me.port_command(port, zlib.compress(bytes(200 * PIECE)))
    assert me.port_control(port, RUN, b"\0") == MORE
    assert len(me.flush()) < 200


def test_what_follows_a_stream_stays_queued_for_the_next(me, port):
    first, second = zlib.compress(b"one"), zlib.compress(b"two")
    me.port_command(port, [first + second[:3], second[3:]])
    for expected in (b"one", b"two"):
        inflate_init(me, port)
        assert run(me, port) == (ENDED, expected)
    assert me.port_control(port, QUEUED, b"") == bytes(8)


def test_bad_input_is_an_answer_and_the_port_goes_on(me, port):
    inflate_init(me, port)
    me.port_command(port, b"this is no stream")
    reply, output = run(me, port)
    assert reply[:1] == b"\x03"
    assert b"Error -3" in reply
    assert output == b""
    me.port_control(port, RESET, b"")
    inflate_init(me, port)
    me.port_command(port, zlib.compress(b"good"))
    assert run(me, port) == (ENDED, b"good")


def test_checksums_are_those_of_the_plain_data(me, port):
    expected = zlib.crc32(TEXT).to_bytes(4) + zlib.adler32(TEXT).to_bytes(4)
    deflate_init(me, port)
    assert me.port_control(port, CHECKSUMS, b"") == zlib.crc32(b"").to_bytes(4) + zlib.adler32(b"").to_bytes(4)
    me.port_command(port, TEXT)
    _, output = run(me, port, FINISH)
    assert me.port_control(port, CHECKSUMS, b"") == expected
    inflate_init(me, port)
    me.port_command(port, output)
    run(me, port)
    assert me.port_control(port, CHECKSUMS, b"") == expected


def test_what_makes_no_sense(me, port):
    refused = [
        (RUN, b"\0"), (DEFLATE_INIT, b"\x0a\x0f"), (DEFLATE_INIT, b"\x01\x00"), (DEFLATE_INIT, b"\x01"),
        (INFLATE_INIT, b"\x64"), (INFLATE_INIT, b""), (PIECES, bytes(4)), (QUEUED, b"x"), (99, b""),
    ]  # fmt: skip
    for command, data in refused:
        with pytest.raises(Badarg):
            me.port_control(port, command, data)
    deflate_init(me, port)
    for flush in (1, 5, 255):
        with pytest.raises(Badarg):
            me.port_control(port, RUN, bytes([flush]))


def test_a_port_closed_with_input_in_its_queue_is_gone_at_once(me, port, silent):
    me.port_command(port, TEXT)
    assert int.from_bytes(me.port_control(port, QUEUED, b"")) == len(TEXT)
    me.port_close(port)
    assert me.ports() == []
    me.receive((Atom("EXIT"), port, Atom("normal")))
    assert silent()


SIZES = st.lists(st.integers(0, 40_000), max_size=6)


@settings(max_examples=25, deadline=None)
@given(sizes=SIZES, noise=st.booleans(), flush=st.sampled_from([NO_FLUSH, SYNC, FULL]), level=st.integers(-1, 9))
def test_any_data_in_any_pieces_comes_back(sizes, noise, flush, level):
    pieces = [os.urandom(size) if noise else bytes(size) for size in sizes]
    with Emulator(threads="simulated") as emu, emu.attach() as me:
        me.erl_ddll.load_driver(bundled_drivers(), "zlib_drv")
        there, back = (me.open_port(("spawn_driver", "zlib_drv"), ["binary"]) for _ in range(2))
        deflate_init(me, there, level)
        inflate_init(me, back)
        plain = b""
        for piece in pieces:
            me.port_command(there, piece)
            me.port_command(back, run(me, there, flush)[1])
            plain += run(me, back)[1]
        me.port_command(back, run(me, there, FINISH)[1])
        reply, rest = run(me, back)
        assert (reply, plain + rest) == (ENDED, b"".join(pieces))
