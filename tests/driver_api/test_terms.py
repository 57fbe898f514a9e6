"""Sending terms (driver_api.md §2.2): each tag, each malformed spec, and the order of the checks."""

import math
import zlib

import pytest
from helpers import everywhere, schedules

from erts_emu import Atom, Pid, PortId
from erts_emu.driver import (
    ERL_DRV_ATOM,
    ERL_DRV_BINARY,
    ERL_DRV_BUF2BINARY,
    ERL_DRV_EXT2TERM,
    ERL_DRV_FLOAT,
    ERL_DRV_INT,
    ERL_DRV_INT64,
    ERL_DRV_LIST,
    ERL_DRV_MAP,
    ERL_DRV_NIL,
    ERL_DRV_PID,
    ERL_DRV_PORT,
    ERL_DRV_STRING,
    ERL_DRV_STRING_CONS,
    ERL_DRV_TUPLE,
    ERL_DRV_UINT,
    ERL_DRV_UINT64,
    INVALID_PORT,
    DriverMisuse,
    ErlDrvBinary,
    Pointer,
    driver_async,
    driver_binary_get_refc,
    driver_deq,
    driver_enq,
    driver_mk_atom,
    driver_mk_port,
    driver_output_term,
    driver_send_term,
    erl_drv_output_term,
    erl_drv_send_term,
)
from erts_emu.driver.external_shape import has_external_shape
from erts_emu.locks import LockNotHeld
from erts_emu.terms import BadExternal, ImproperList, Map, Node, binary_to_term, exactly_equal, term_to_binary

from .proof import Lab, proves

EXTERNAL = term_to_binary((1, [Atom("a")], b"bin"))
COMPRESSED = (
    b"\x83P" + (len(term_to_binary([1] * 1000)) - 1).to_bytes(4) + zlib.compress(term_to_binary([1] * 1000)[1:])
)
BINARY = ErlDrvBinary(b"0123456789")


@pytest.fixture
def lab(me):
    return Lab(me)


def output(lab, spec):
    return lab.run(lambda d: erl_drv_output_term(driver_mk_port(d.port), spec))


GOOD = {
    "nil": ([ERL_DRV_NIL], []),
    "atom": ([ERL_DRV_ATOM, Atom("ok")], Atom("ok")),
    "int": ([ERL_DRV_INT, -5], -5),
    "int_smallest": ([ERL_DRV_INT, -(2**63)], -(2**63)),
    "int_is_signed": ([ERL_DRV_INT, 2**64 - 1], -1),
    "uint": ([ERL_DRV_UINT, 2**64 - 1], 2**64 - 1),
    "uint_is_unsigned": ([ERL_DRV_UINT, -1], 2**64 - 1),
    "int64": ([ERL_DRV_INT64, Pointer(-(2**62))], -(2**62)),
    "int64_itself": ([ERL_DRV_INT64, 7], 7),
    "uint64": ([ERL_DRV_UINT64, Pointer(2**63)], 2**63),
    "float": ([ERL_DRV_FLOAT, Pointer(1.5)], 1.5),
    "float_of_an_integer": ([ERL_DRV_FLOAT, 2], 2.0),
    "port": ([ERL_DRV_PORT, PortId(5)], PortId(5)),
    "pid": ([ERL_DRV_PID, Pid(80)], Pid(80)),
    "binary": ([ERL_DRV_BINARY, BINARY, 3, 2], b"234"),
    "binary_empty_at_the_end": ([ERL_DRV_BINARY, BINARY, 0, 10], b""),
    "buf2binary": ([ERL_DRV_BUF2BINARY, b"abcdef", 3], b"abc"),
    "buf2binary_of_a_bytearray": ([ERL_DRV_BUF2BINARY, bytearray(b"abc"), 3], b"abc"),
    "buf2binary_null": ([ERL_DRV_BUF2BINARY, None, 0], b""),
    "string": ([ERL_DRV_STRING, b"abc\xff", 4], [97, 98, 99, 255]),
    "string_empty": ([ERL_DRV_STRING, b"", 0], []),
    "string_cons": (
        [ERL_DRV_NIL, ERL_DRV_STRING_CONS, b"123", 3, ERL_DRV_STRING_CONS, b"abc", 3],
        [*b"abc123"],
    ),
    "string_cons_on_any_tail": (
        [ERL_DRV_INT, 1, ERL_DRV_STRING_CONS, b"ab", 2],
        ImproperList((97, 98), 1),
    ),
    "ext2term": ([ERL_DRV_EXT2TERM, EXTERNAL, len(EXTERNAL)], (1, [Atom("a")], b"bin")),
    "ext2term_compressed": ([ERL_DRV_EXT2TERM, COMPRESSED, len(COMPRESSED)], [1] * 1000),
    "tuple": ([ERL_DRV_INT, 1, ERL_DRV_NIL, ERL_DRV_TUPLE, 2], (1, [])),
    "tuple_empty": ([ERL_DRV_TUPLE, 0], ()),
    "list": ([ERL_DRV_INT, 1, ERL_DRV_INT, 2, ERL_DRV_NIL, ERL_DRV_LIST, 3], [1, 2]),
    "list_improper": ([ERL_DRV_INT, 1, ERL_DRV_INT, 2, ERL_DRV_LIST, 2], ImproperList((1,), 2)),
    "list_of_one_is_the_element": ([ERL_DRV_INT, 1, ERL_DRV_LIST, 1], 1),
    "map": ([ERL_DRV_INT, 1, ERL_DRV_INT, 2, ERL_DRV_INT, 3, ERL_DRV_INT, 4, ERL_DRV_MAP, 2], {1: 2, 3: 4}),
    "map_empty": ([ERL_DRV_MAP, 0], {}),
    "map_with_1_and_1.0": (
        [ERL_DRV_INT, 1, ERL_DRV_INT, 2, ERL_DRV_FLOAT, 1.0, ERL_DRV_INT, 4, ERL_DRV_MAP, 2],
        Map([(1, 2), (1.0, 4)]),
    ),
    "nested": (
        [ERL_DRV_ATOM, Atom("t"), ERL_DRV_STRING, b"hi", 2, ERL_DRV_NIL, ERL_DRV_LIST, 2, ERL_DRV_TUPLE, 2],
        (Atom("t"), [[*b"hi"]]),
    ),
}


@proves("erl_drv_output_term", "S30", "S31")
@pytest.mark.parametrize("name", GOOD)
def test_what_a_spec_builds(me, lab, name):
    spec, term = GOOD[name]
    assert output(lab, spec) == 1
    assert exactly_equal(me.receive(), term)


@proves("erl_drv_output_term", "S32")
def test_what_follows_an_external_term_does_not_matter(me, lab):
    data = EXTERNAL + b"garbage"
    assert output(lab, [ERL_DRV_EXT2TERM, data, len(data)]) == 1
    assert me.receive() == (1, [Atom("a")], b"bin")


SYNTAX = {
    "empty": [],
    "two_terms": [ERL_DRV_NIL, ERL_DRV_NIL],
    "unknown_tag": [99],
    "tag_0": [0],
    "no_tag_at_all": [Atom("x")],
    "missing_word": [ERL_DRV_ATOM],
    "missing_second_word": [ERL_DRV_STRING, b"abc"],
    "missing_third_word": [ERL_DRV_BINARY, BINARY, 3],
    "no_atom": [ERL_DRV_ATOM, Pid(80)],
    "number_for_atom": [ERL_DRV_ATOM, 5],
    "nil_for_atom": [ERL_DRV_ATOM, None],
    "no_port": [ERL_DRV_PORT, Atom("x")],
    "port_of_another_node": [ERL_DRV_PORT, PortId(5, 3)],
    "no_pid": [ERL_DRV_PID, PortId(5)],
    "pid_of_another_node": [ERL_DRV_PID, Pid(80, 0, Node(Atom("a@b"), 3))],
    "binary_null": [ERL_DRV_BINARY, None, 0, 0],
    "binary_too_long": [ERL_DRV_BINARY, BINARY, 8, 3],
    "binary_huge": [ERL_DRV_BINARY, BINARY, -1, 0],
    "string_null": [ERL_DRV_STRING, None, 0],
    "string_negative": [ERL_DRV_STRING, b"abc", -1],
    "string_negative_as_an_int": [ERL_DRV_STRING, b"abc", 2**31],
    "string_cons_null": [ERL_DRV_NIL, ERL_DRV_STRING_CONS, None, 0],
    "string_cons_on_nothing": [ERL_DRV_STRING_CONS, b"abc", 3],
    "buf2binary_null": [ERL_DRV_BUF2BINARY, None, 1],
    "tuple_negative": [ERL_DRV_TUPLE, -1],
    "tuple_underflow": [ERL_DRV_NIL, ERL_DRV_TUPLE, 2],
    "list_0": [ERL_DRV_LIST, 0],
    "list_negative": [ERL_DRV_NIL, ERL_DRV_LIST, -1],
    "list_underflow": [ERL_DRV_NIL, ERL_DRV_LIST, 2],
    "map_negative": [ERL_DRV_MAP, -1],
    "map_underflow": [ERL_DRV_INT, 1, ERL_DRV_MAP, 1],
    "ext2term_null": [ERL_DRV_EXT2TERM, None, 5],
    "ext2term_0": [ERL_DRV_EXT2TERM, EXTERNAL, 0],
    "ext2term_negative": [ERL_DRV_EXT2TERM, EXTERNAL, -1],
    "ext2term_truncated": [ERL_DRV_EXT2TERM, EXTERNAL, len(EXTERNAL) - 1],
    "ext2term_no_version": [ERL_DRV_EXT2TERM, EXTERNAL[1:], len(EXTERNAL) - 1],
}
CONSTRUCTION = {
    "nan": [ERL_DRV_FLOAT, math.nan],
    "infinity": [ERL_DRV_FLOAT, Pointer(math.inf)],
    "key_twice": [ERL_DRV_INT, 1, ERL_DRV_NIL, ERL_DRV_INT, 1, ERL_DRV_NIL, ERL_DRV_MAP, 2],
    "ext2term_key_twice": [ERL_DRV_EXT2TERM, b"\x83t\0\0\0\2a\1a\1a\1a\2", 14],
}


@pytest.fixture
def dead(me):
    async def nothing(process):
        return None

    pid = me.spawn(nothing)
    me.sleep(0.01)
    return pid


@proves("erl_drv_output_term", "erl_drv_send_term", "S30", "S31")
@pytest.mark.parametrize("name", SYNTAX)
def test_a_malformed_spec_is_minus_1_whoever_is_to_receive(me, lab, dead, name):
    spec = SYNTAX[name]
    assert output(lab, spec) == -1
    assert lab.run(lambda d: erl_drv_send_term(driver_mk_port(d.port), dead, spec)) == -1
    assert me.flush() == []


@proves("erl_drv_output_term", "erl_drv_send_term", "S30")
@pytest.mark.parametrize("name", CONSTRUCTION)
def test_what_shows_in_construction_only_is_0_for_a_dead_receiver(me, lab, dead, name):
    spec = CONSTRUCTION[name]
    assert output(lab, spec) == -1
    assert lab.run(lambda d: erl_drv_send_term(driver_mk_port(d.port), dead, spec)) == 0
    assert me.flush() == []


EXTERNALS_IN_ERL = {
    # What erl 25 answers for bytes and a dead receiver: -1 if the first look fails, 0 if nothing but building would.
    "6101": -1, "8301": -1, "836200": -1, "83740000000261016101 61016102": 0, "83467ff8000000000000": 0, "837701ff": 0,
    "83 76 012c" + "61" * 300: 0, "836c0000000a6101": -1, "83610163": 0, "835000000064010203": -1, "83": -1,
    "83 63 312e35" + "00" * 28: 0, "83 63 616263" + "00" * 28: 0, "83 67 6101" + "00" * 9: 0, "83 4d 00000001 09 ff": 0,
    "83 4d 00000000 03": 0, "83 6c 00000001 6101 6102": 0, "83 72 0009": -1, "83 6e 01 05 01": 0, "83 52 00": 0,
    "83 71 6101 6102 6103": 0, "83 71 77016d 770166 6103": 0,
}  # fmt: skip


@proves("S30")
@pytest.mark.parametrize("data", EXTERNALS_IN_ERL)
def test_the_first_look_at_external_format_is_that_of_erl(data):
    assert has_external_shape(bytes.fromhex(data)) == (EXTERNALS_IN_ERL[data] == 0)


@proves("S30")
def test_every_external_term_passes_the_first_look():
    terms = [
        1,
        -1,
        2**70,
        1.5,
        Atom("å"),
        b"bin",
        b"x" * 99,
        (),
        (1,) * 300,
        [],
        [1, 2],
        [300],
        {1: 2},
        Pid(80),
    ]
    terms += [PortId(5), ImproperList((1,), 2)]
    for term in terms:
        data = term_to_binary(term)
        assert has_external_shape(data)
        for end in range(len(data)):
            cut = data[:end]
            if has_external_shape(cut):
                with pytest.raises(BadExternal):
                    binary_to_term(cut)
                pytest.fail(f"{cut!r} passes")


@proves("erl_drv_output_term")
@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ([ERL_DRV_STRING, b"abc", 4], "4 as the length of a buffer of 3 bytes"),
        ([ERL_DRV_STRING, "abc", 3], "'abc' where C has a char"),
        ([ERL_DRV_TUPLE, "1"], "'1' where C has a number"),
        ([ERL_DRV_BINARY, b"abc", 1, 0], "where C has an ErlDrvBinary"),
        ([ERL_DRV_FLOAT, None], "NULL where C follows the pointer"),
        ([ERL_DRV_INT64, None], "NULL where C follows the pointer"),
    ],
)
def test_words_that_a_c_compiler_refuses_are_errors(lab, spec, problem):
    def job(driver):
        with pytest.raises(DriverMisuse, match=problem):
            erl_drv_output_term(driver_mk_port(driver.port), spec)

    lab.run(job)


@proves("erl_drv_send_term")
def test_a_term_is_sent_to_a_process_and_counts_as_no_input(me, lab):
    assert lab.run(lambda d: erl_drv_send_term(driver_mk_port(d.port), me.pid, [ERL_DRV_NIL])) == 1
    assert me.receive() == []
    assert me.port_info(lab.port, "input") == (Atom("input"), 0)


@proves("erl_drv_send_term")
@pytest.mark.parametrize("receiver", [None, Atom("x"), PortId(5), Pid(9999)])
def test_what_is_no_process_is_an_absent_one(lab, receiver):
    assert lab.run(lambda d: erl_drv_send_term(driver_mk_port(d.port), receiver, [ERL_DRV_NIL])) == 0


@proves("erl_drv_output_term", "erl_drv_send_term")
@pytest.mark.parametrize("port", [None, Atom("x"), Pid(80), PortId(9999)])
def test_what_is_no_port_is_a_dead_one_and_comes_first(me, lab, port):
    assert lab.run(lambda d: erl_drv_output_term(port, [])) == -1
    assert lab.run(lambda d: erl_drv_send_term(port, me.pid, [ERL_DRV_NIL])) == -1


@proves("erl_drv_output_term", "erl_drv_send_term", "driver_output_term", "driver_send_term")
def test_a_closing_port_sends_nothing_and_does_not_look_at_the_spec(me):
    results = []

    def flush(driver):
        port, term = driver.port, driver_mk_port(driver.port)
        results.extend((erl_drv_output_term(term, []), erl_drv_send_term(term, me.pid, [])))
        results.extend((driver_output_term(port, []), driver_send_term(port, me.pid, [])))

    lab = Lab(me, flush=flush)
    lab.run(lambda d: driver_enq(d.port, b"queued"))
    me.port_close(lab.port)
    assert results == [0, 0, 0, 0]
    lab.run(lambda d: driver_deq(d.port, 6))


@proves("driver_output_term", "driver_send_term")
def test_the_deprecated_forms_take_the_handle(me, lab):
    assert lab.run(lambda d: driver_output_term(d.port, [ERL_DRV_INT, 1])) == 1
    assert lab.run(lambda d: driver_send_term(d.port, me.pid, [ERL_DRV_INT, 2])) == 1
    assert [me.receive(), me.receive()] == [1, 2]
    assert lab.run(lambda d: driver_output_term(d.port, [ERL_DRV_INT])) == -1
    assert lab.run(lambda d: driver_send_term(d.port, None, [ERL_DRV_INT, 2])) == 0
    assert lab.run(lambda d: driver_output_term(INVALID_PORT, [ERL_DRV_INT, 1])) == -1
    assert lab.run(lambda d: driver_send_term(INVALID_PORT, me.pid, [ERL_DRV_INT, 1])) == -1
    with pytest.raises(LockNotHeld, match="driver_output_term needs"):
        driver_output_term(lab.driver.port, [ERL_DRV_NIL])


@proves("erl_drv_output_term")
def test_the_owner_at_that_moment_is_told(me, lab):
    async def other(process):
        return await process.receive()

    pid = me.spawn(other)
    reference = me.monitor(pid)
    me.port_connect(lab.port, pid)
    assert output(lab, [ERL_DRV_NIL]) == 1
    assert me.receive()[1] == reference


@proves("erl_drv_output_term")
def test_a_driver_keeps_its_reference_to_a_binary(me, lab):
    binary = ErlDrvBinary(bytes(100))
    assert output(lab, [ERL_DRV_BINARY, binary, 100, 0]) == 1
    assert me.receive() == bytes(100)
    assert driver_binary_get_refc(binary) == 1


@proves("erl_drv_output_term", "erl_drv_send_term", "driver_send_term")
@everywhere
def test_any_thread_may_send(run):
    def scenario(emu):
        with emu.attach() as me:
            spec = [ERL_DRV_ATOM, driver_mk_atom("job"), ERL_DRV_NIL, ERL_DRV_TUPLE, 2]
            results = []

            def invoke(port):
                results.append(erl_drv_output_term(port, spec))
                results.append(erl_drv_send_term(port, me.pid, spec))
                results.append(driver_send_term(INVALID_PORT, me.pid, spec))  # which it does not look at

            lab = Lab(me, ready_async=lambda d, data: None)
            lab.run(lambda d: driver_async(d.port, None, invoke, driver_mk_port(d.port), None))
            assert [me.receive() for _ in range(3)] == [(Atom("job"), [])] * 3
            me.sleep(0.01)
            assert results == [1, 1, 1]

    run(scenario, **schedules(run, 60))


def test_words_count_as_c_casts_them_and_floats_are_numbers(lab, me):
    def send(driver, *spec):
        return driver_output_term(driver.port, spec)

    wrapped = [ERL_DRV_STRING, b"abc", 2**32 + 2, ERL_DRV_NIL, ERL_DRV_TUPLE, 2**32 + 2]
    assert lab.run(lambda driver: send(driver, *wrapped)) == 1
    assert me.receive() == ([97, 98], [])

    def send_no_numbers(driver):
        for word in ("1.5", b"x", object()):
            with pytest.raises(DriverMisuse, match="where C has a double"):
                send(driver, ERL_DRV_FLOAT, word)
        return send(driver, ERL_DRV_FLOAT, 10**400)

    assert lab.run(send_no_numbers) == -1
