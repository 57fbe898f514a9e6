"""Output to the owner (driver_api.md §2.1)."""

import pytest

from erts_emu import Atom
from erts_emu.driver import (
    DriverMisuse,
    ErlDrvBinary,
    ErlIOVec,
    driver_deq,
    driver_enq,
    driver_output,
    driver_output2,
    driver_output_binary,
    driver_outputv,
    driver_vec_to_buf,
)
from erts_emu.locks import LockNotHeld
from erts_emu.terms import ImproperList

from .proof import Lab, data_of, proves


def vector(*parts, binaries=True):
    return ErlIOVec(list(parts), [ErlDrvBinary(part) if binaries and part else None for part in parts])


def sent(me, lab, job, count=1):
    """What *job* sends; it must return 0."""
    assert lab.run(job) == 0
    return data_of(me, lab.port, count)


@proves("driver_output")
@pytest.mark.parametrize(
    ("settings", "buf", "data"),
    [
        ((), b"hello", b"hello"),
        ((), b"", b""),
        (("list",), b"hello", [*b"hello"]),
        (("list",), b"", []),
    ],
)
def test_output_is_a_list_or_a_binary(me, settings, buf, data):
    lab = Lab(me)
    if settings:
        lab.port = lab.open()
    assert sent(me, lab, lambda _: driver_output(lab.drivers[-1].port, buf)) == [data]


@proves("S13", "driver_output")
def test_the_null_buffer_is_an_empty_list_even_for_a_binary_port(me):
    lab = Lab(me)
    assert sent(me, lab, lambda d: driver_output(d.port, None)) == [[]]
    assert sent(me, lab, lambda d: driver_output(d.port, b"")) == [b""]
    assert sent(me, lab, lambda d: driver_output2(d.port, b"AB", None)) == [[*b"AB"]]


@proves("driver_output2")
def test_a_header_is_list_cells_in_front(me):
    lab = Lab(me)
    assert sent(me, lab, lambda d: driver_output2(d.port, b"AB", b"cd")) == [ImproperList(tuple(b"AB"), b"cd")]
    assert sent(me, lab, lambda d: driver_output2(d.port, None, b"cd")) == [b"cd"]
    lab.port = lab.open()
    assert sent(me, lab, lambda d: driver_output2(d.port, b"AB", b"cd")) == [[*b"ABcd"]]


@proves("driver_output_binary")
def test_a_part_of_a_binary_is_sent_and_the_reference_kept(me):
    lab = Lab(me)
    binary = ErlDrvBinary(b"0123456789")
    header = ImproperList(tuple(b"XY"), b"23456")
    assert sent(me, lab, lambda d: driver_output_binary(d.port, b"XY", binary, 2, 5)) == [header]
    assert sent(me, lab, lambda d: driver_output_binary(d.port, None, binary, 2, 5)) == [b"23456"]
    assert binary._refc == 1


@proves("driver_output_binary")
def test_a_part_outside_of_the_binary_is_an_error_where_otp_does_not_look(me):
    def job(driver):
        with pytest.raises(DriverMisuse, match="3 bytes from offset 2 are outside"):
            driver_output_binary(driver.port, b"", ErlDrvBinary(b"0123"), 2, 3)

    Lab(me).run(job)


@proves("driver_outputv")
@pytest.mark.parametrize(
    ("header", "skip", "data"),
    [
        (b"", 0, ImproperList((b"abc", b"vvvv"), b"zz")),
        (b"HH", 1, ImproperList((*b"HH", b"bc", b"vvvv"), b"zz")),
        (b"", 3, ImproperList((b"vvvv",), b"zz")),
        (b"", 7, b"zz"),
        (b"HH", 9, [*b"HH"]),
        (b"", 9, []),
        (b"", 99, []),
    ],
)
def test_a_vector_is_a_list_of_binaries_whose_last_is_the_tail(me, header, skip, data):
    lab = Lab(me)
    ev = vector(b"", b"abc", b"vvvv", b"zz")
    assert sent(me, lab, lambda d: driver_outputv(d.port, header, ev, skip)) == [data]


@proves("driver_outputv")
def test_of_empty_elements_only_leading_ones_are_left_out(me):
    lab = Lab(me)
    for skip, expected in [
        (0, ImproperList((b"", b"abc"), b"")),
        (1, ImproperList((b"bc",), b"")),
    ]:
        ev = vector(b"", b"", b"abc", b"")
        assert sent(me, lab, lambda d, ev=ev, skip=skip: driver_outputv(d.port, b"", ev, skip)) == [expected]


@proves("driver_outputv")
def test_a_vector_in_list_mode_is_joined(me):
    lab = Lab(me)
    lab.port = lab.open()
    assert sent(me, lab, lambda d: driver_outputv(d.port, b"HH", vector(b"ab", b"", b"cd"), 1)) == [[*b"HHbcd"]]


@proves("S16", "driver_outputv")
def test_outputv_cuts_the_callers_vector(me):
    lab = Lab(me)
    ev = vector(b"", b"abc", b"de")
    assert sent(me, lab, lambda d: driver_outputv(d.port, b"", ev, 1)) == [ImproperList((b"bc",), b"de")]
    assert ev.iov == [b"", b"bc", b"de"]
    assert sent(me, lab, lambda d: driver_outputv(d.port, b"", ev, 2)) == [b"de"]
    assert ev.iov == [b"", b"bc", b"de"]


@proves("S6", "driver_vec_to_buf")
@pytest.mark.parametrize(("room", "copied"), [(20, 7), (7, 7), (5, 5), (0, 0)])
def test_vec_to_buf_tells_the_bytes_copied(room, copied):
    buf = bytearray(b"." * room)
    assert driver_vec_to_buf(vector(b"", b"abc", b"defg"), buf) == copied
    assert bytes(buf) == b"abcdefg"[:copied].ljust(room, b".")


@proves("driver_vec_to_buf")
def test_vec_to_buf_needs_something_to_write_to():
    with pytest.raises(DriverMisuse, match="bytearray, not bytes"):
        driver_vec_to_buf(vector(b"abc"), b"...")


@proves("S14", "driver_outputv", "driver_output_binary")
def test_binaries_and_vectors_pass_line_mode_by(me):
    lab = Lab(me, ("line", 80))
    eol, noeol = Atom("eol"), Atom("noeol")

    def job(driver):
        return (
            driver_output(driver.port, b"part")
            + driver_output_binary(driver.port, b"", ErlDrvBinary(b"a\nb"), 0, 3)
            + driver_outputv(driver.port, b"", vector(b"c\nd"), 0)
            + driver_output(driver.port, b"ial\nrest")
        )

    assert sent(me, lab, job, 3) == [b"a\nb", b"c\nd", (eol, b"partial")]
    assert noeol not in me.flush()


@proves("S15", "driver_output2")
def test_in_line_mode_the_header_goes_before_each_completed_line_or_is_lost(me):
    lab = Lab(me, ("line", 80))
    eol = Atom("eol")
    expected = [(eol, ImproperList(tuple(b"AB"), line)) for line in (b"b", b"cd")]
    assert sent(me, lab, lambda d: driver_output2(d.port, b"AB", b"b\ncd\nx"), 2) == expected
    assert lab.run(lambda d: driver_output2(d.port, b"ZZ", b"y")) == 0
    assert sent(me, lab, lambda d: driver_output(d.port, b"\n")) == [(eol, b"xy")]


@proves("S12", "driver_output")
def test_in_start_output_is_a_list_whatever_the_settings(me):
    lab = Lab(me, "eof", ("line", 10), start=lambda d: None if driver_output(d.port, b"a\nb") == 0 else -1)
    assert data_of(me, lab.port, 1) == [[*b"a\nb"]]
    assert sent(me, lab, lambda d: driver_output(d.port, b"a\n")) == [(Atom("eol"), b"a")]


@proves("driver_output", "driver_output2", "driver_output_binary", "driver_outputv")
def test_a_closing_port_drops_output_and_says_0(me):
    results = []

    def flush(driver):
        port = driver.port
        results.append(driver_output(port, b"x"))
        results.append(driver_output2(port, b"x", b"x"))
        results.append(driver_output_binary(port, b"", ErlDrvBinary(b"x"), 0, 1))
        results.append(driver_outputv(port, b"", vector(b"x"), 0))

    lab = Lab(me, flush=flush)
    me.unlink(lab.port)
    lab.run(lambda d: driver_enq(d.port, b"queued"))
    me.port_close(lab.port)
    assert results == [0, 0, 0, 0]
    assert me.flush() == []
    lab.run(lambda d: driver_deq(d.port, 6))


@proves("driver_output")
def test_output_counts_header_and_data_as_input(me):
    lab = Lab(me)
    lab.run(lambda d: driver_output2(d.port, b"12", b"345"))
    lab.run(lambda d: driver_outputv(d.port, b"1", vector(b"", b"2345"), 1))
    assert me.port_info(lab.port, "input") == (Atom("input"), 5 + 4)


@proves("driver_output", "driver_output2", "driver_output_binary", "driver_outputv")
def test_output_outside_of_a_callback_is_noticed(me):
    port = Lab(me).driver.port
    for call in (
        lambda: driver_output(port, b"x"),
        lambda: driver_output2(port, b"x", b"x"),
        lambda: driver_output_binary(port, b"x", ErlDrvBinary(b"x"), 0, 1),
        lambda: driver_outputv(port, b"x", vector(b"x"), 0),
    ):
        with pytest.raises(LockNotHeld, match=r"driver_output.* needs driver_lock:lab"):
            call()
