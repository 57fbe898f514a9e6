"""Driver binaries and memory (driver_api.md §2.4, §2.6)."""

import pytest

from erts_emu.driver import (
    PORT_CONTROL_FLAG_BINARY,
    DriverMisuse,
    ErlDrvBinary,
    driver_alloc,
    driver_alloc_binary,
    driver_binary_dec_refc,
    driver_binary_get_refc,
    driver_binary_inc_refc,
    driver_free,
    driver_free_binary,
    driver_output_binary,
    driver_realloc,
    driver_realloc_binary,
    set_port_control_flags,
)
from erts_emu.terms import Atom
from erts_emu.terms.kinds import part_of

from .proof import Lab, proves

HUGE = 2**62


@proves("driver_alloc_binary", "driver_binary_get_refc")
def test_a_new_binary_has_count_1():
    binary = driver_alloc_binary(4)
    assert (binary.orig_size, driver_binary_get_refc(binary)) == (4, 1)
    binary.orig_bytes[:] = b"abcd"
    assert driver_alloc_binary(0).orig_size == 0


@proves("driver_alloc_binary", "driver_realloc_binary")
@pytest.mark.parametrize("size", [HUGE, -1])
def test_an_impossible_binary_is_none(size):
    binary = ErlDrvBinary(b"keep")
    assert driver_alloc_binary(size) is None
    assert driver_realloc_binary(binary, size) is None
    assert binary.orig_bytes == b"keep"


@proves("driver_realloc_binary")
def test_realloc_keeps_contents_and_count():
    binary = ErlDrvBinary(b"abcd")
    driver_binary_inc_refc(binary)
    longer = driver_realloc_binary(binary, 6)
    assert (bytes(longer.orig_bytes), longer.orig_size, driver_binary_get_refc(longer)) == (b"abcd\0\0", 6, 2)
    assert bytes(driver_realloc_binary(longer, 2).orig_bytes) == b"ab"
    assert driver_realloc_binary(None, 3).orig_size == 3


@proves("driver_binary_inc_refc", "driver_binary_dec_refc", "driver_binary_get_refc")
def test_counting_tells_the_new_count():
    binary = ErlDrvBinary(b"abcd")
    assert driver_binary_inc_refc(binary) == 2
    assert driver_binary_get_refc(binary) == 2
    assert driver_binary_dec_refc(binary) == 1


@proves("S46", "driver_binary_dec_refc")
def test_counting_down_to_0_does_not_free():
    binary = ErlDrvBinary(b"abcd")
    assert driver_binary_dec_refc(binary) == 0
    assert binary.orig_bytes == b"abcd"
    assert driver_binary_inc_refc(binary) == 1
    assert binary.slice(0, 4) == b"abcd"


@proves("driver_free_binary")
def test_free_drops_one_reference_and_the_last_one_ends_it():
    binary = ErlDrvBinary(b"abcd")
    driver_binary_inc_refc(binary)
    driver_free_binary(binary)
    assert driver_binary_get_refc(binary) == 1
    driver_free_binary(binary)
    with pytest.raises(DriverMisuse, match="free already"):
        driver_free_binary(binary)
    driver_free_binary(None)


@proves("driver_free_binary")
def test_using_a_freed_binary_is_an_error(me):
    def job(driver):
        binary = driver_alloc_binary(4)
        driver_free_binary(binary)
        with pytest.raises(DriverMisuse, match="was freed and is used again"):
            driver_output_binary(driver.port, b"", binary, 0, 4)

    Lab(me).run(job)


@proves("driver_alloc", "driver_free")
def test_memory_is_counted_until_it_is_freed(emu, me):
    memory = emu.driver_world.memory

    def job(_):
        small, empty = driver_alloc(10), driver_alloc(0)
        before = memory.statistics()
        driver_free(small)
        driver_free(empty)
        driver_free(None)
        return len(small), bool(empty), before.blocks, before.bytes

    assert Lab(me).run(job) == (0, True, 2, 10)
    assert (memory.statistics().blocks, memory.statistics().bytes) == (0, 0)


@proves("driver_realloc", "driver_alloc", "driver_free")
def test_blocks_are_resized_in_place(emu, me):
    memory = emu.driver_world.memory

    def job(_):
        block = driver_alloc(4)
        block[:] = b"abcd"
        longer = driver_realloc(block, 6)
        contents = bytes(longer)
        counted = memory.statistics().bytes
        assert driver_realloc(longer, HUGE) is None
        assert bytes(longer) == b"abcd\0\0"
        shorter = driver_realloc(longer, 0)
        assert shorter is not None
        driver_free(shorter)
        new = driver_realloc(None, 3)
        driver_free(new)
        return contents, counted

    assert Lab(me).run(job) == (b"abcd\0\0", 6)
    assert memory.statistics().blocks == 0


@proves("driver_alloc")
def test_an_impossible_block_is_none():
    assert driver_alloc(HUGE) is None
    assert driver_alloc(-1) is None


@proves("driver_free", "driver_realloc")
def test_a_freed_block_is_gone():
    block = driver_alloc(4)
    driver_free(block)
    with pytest.raises(DriverMisuse, match="driver_free"):
        driver_free(block)
    with pytest.raises(DriverMisuse, match="driver_realloc"):
        driver_realloc(block, 4)
    with pytest.raises(IndexError):
        block[0]


@proves("driver_alloc")
def test_a_block_as_controls_reply_is_freed_by_the_emulator(emu, me):
    lab = Lab(me)

    def job(_):
        lab.reply = driver_alloc(3)
        lab.reply[:] = b"abc"

    lab._job = job
    assert me.port_control(lab.port, 0, b"") == [*b"abc"]
    assert emu.driver_world.memory.statistics().blocks == 0


@proves("S27", "set_port_control_flags")
def test_a_whole_binary_is_the_reply_and_the_flags_count_as_they_are_after_the_callback(me):
    lab = Lab(me)
    lab.reply = ErlDrvBinary(b"x" * 70)
    lab._job = lambda d: set_port_control_flags(d.port, PORT_CONTROL_FLAG_BINARY)
    assert me.port_control(lab.port, 0, b"") == b"x" * 70
    lab.reply = ErlDrvBinary(b"x" * 70)  # the first one has been given away
    lab._job = lambda d: set_port_control_flags(d.port, 0)
    assert me.port_control(lab.port, 0, b"") == [*b"x" * 70]


@proves("S29")
def test_a_null_reply_is_an_empty_list_even_in_binary_mode(me):
    lab = Lab(me)
    lab._job = lambda d: set_port_control_flags(d.port, PORT_CONTROL_FLAG_BINARY)
    for lab.reply, reply in ((None, []), (b"", b"")):
        assert me.port_control(lab.port, 0, b"") == reply


@proves("driver_output_binary", "driver_binary_get_refc")
@pytest.mark.parametrize(("size", "held"), [(64, 1), (65, 2)])
def test_a_large_binary_that_was_sent_is_held_until_the_message_is_gone(me, size, held):
    lab = Lab(me)
    binary = ErlDrvBinary(b"x" * 100)
    lab.run(lambda driver: driver_output_binary(driver.port, None, binary, 1, size))
    assert driver_binary_get_refc(binary) == held
    message = me.receive()
    assert driver_binary_get_refc(binary) == held
    del message
    assert driver_binary_get_refc(binary) == 1


@proves("driver_output_binary")
def test_in_list_mode_a_binary_is_not_held(me):
    lab = Lab(me)
    port = me.open_port(("spawn_driver", "lab"), [])
    binary = ErlDrvBinary(b"x" * 100)
    lab.run(lambda _: driver_output_binary(lab.drivers[1].port, None, binary, 0, 100), at=port)
    assert me.receive() == (port, (Atom("data"), [*b"x" * 100]))
    assert driver_binary_get_refc(binary) == 1


@proves("driver_output_binary", "driver_free_binary")
def test_a_binary_that_comes_back_is_the_same(me):
    seen = []
    lab = Lab(me, outputv=lambda driver, ev: seen.append((ev.iov[1], ev.binv[1], ev.offsets[1])))
    binary = ErlDrvBinary(bytes(range(200)))
    lab.run(lambda driver: driver_output_binary(driver.port, None, binary, 20, 100))
    _, (_, data) = me.receive()
    driver_free_binary(binary)
    with pytest.raises(DriverMisuse, match="only terms refer"):
        driver_free_binary(binary)
    me.port_command(lab.port, data)
    me.port_command(lab.port, part_of(data, 10, 90))
    assert seen == [(bytes(range(20, 120)), binary, 20), (bytes(range(30, 110)), binary, 30)]


def test_parts_of_one_binary_share_it(me):
    seen = []
    lab = Lab(me, outputv=lambda driver, ev: seen.append(ev))
    whole = bytes(range(250))
    me.port_command(lab.port, [whole, part_of(whole, 100, 200), part_of(part_of(whole, 10, 240), 5, 6)])
    (vector,) = seen
    assert vector.binv[1] is vector.binv[2]
    assert vector.binv[2].orig_size == 250
    assert vector.offsets == [0, 0, 100, 0]
    assert (vector.iov[3], vector.binv[3].orig_size) == (b"\x0f", 1)


def test_a_reply_that_is_a_binary_takes_the_reference_over(me):
    lab = Lab(me)
    lab.run(lambda driver: set_port_control_flags(driver.port, PORT_CONTROL_FLAG_BINARY))
    lab.reply = binary = ErlDrvBinary(b"x" * 100)
    answer = me.port_control(lab.port, 0, b"")
    assert (answer, driver_binary_get_refc(binary)) == (b"x" * 100, 1)
    del answer
    assert driver_binary_get_refc(binary) == 0
