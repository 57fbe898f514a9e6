"""The I/O queue (driver_api.md §2.5)."""

import pytest
from helpers import everywhere, schedules

from erts_emu.driver import (
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    ErlDrvBinary,
    ErlIOVec,
    Pointer,
    driver_async,
    driver_binary_get_refc,
    driver_deq,
    driver_enq,
    driver_enq_bin,
    driver_enqv,
    driver_pdl_create,
    driver_pdl_lock,
    driver_pdl_unlock,
    driver_peekq,
    driver_peekqv,
    driver_pushq,
    driver_pushq_bin,
    driver_pushqv,
    driver_sizeq,
)
from erts_emu.locks import LockNotHeld

from .proof import Lab, proves


def contents(driver):
    return b"|".join(driver_peekq(driver.port))


def emptied(lab):
    lab.run(lambda d: driver_deq(d.port, driver_sizeq(d.port)))


@proves("driver_enq", "driver_pushq", "driver_deq", "driver_sizeq", "driver_peekq")
def test_bytes_go_in_at_both_ends_and_out_at_the_head(me):
    def job(driver):
        port = driver.port
        assert driver_enq(port, b"cd") == driver_enq(port, bytearray(b"ef")) == driver_pushq(port, b"ab") == 0
        assert driver_enq(port, b"") == driver_pushq(port, b"") == 0
        assert (contents(driver), driver_sizeq(port)) == (b"ab|cd|ef", 6)
        assert driver_deq(port, 3) == 3
        assert contents(driver) == b"d|ef"
        assert driver_deq(port, 4) == -1
        assert contents(driver) == b"d|ef"
        assert driver_deq(port, 0) == 3
        assert driver_deq(port, 3) == 0
        assert driver_peekq(port) == []

    Lab(me).run(job)


def test_the_rest_of_a_large_block_is_no_copy(me):
    """Blocks of megabytes are written out bit by bit: that must not copy them each time."""
    block = bytes(range(256)) * 1024

    def use(port):
        driver_enq(port, block)
        seen = b""
        kinds = set()
        while rest := driver_sizeq(port):
            [part] = driver_peekq(port)
            seen += part[:1000]
            kinds.add(type(part))
            driver_deq(port, min(1000, rest))
            if len(seen) == 5000:
                ev = ErlIOVec([])
                assert driver_peekqv(port, ev) == len(block) - 5000
                driver_enqv(port, ev, 7)
                driver_deq(port, len(block) - 5000)
        assert seen == block[:5000] + block[5007:]
        return kinds

    assert Lab(me).run(lambda driver: use(driver.port)) == {bytes, memoryview}


@proves("driver_peekq", "driver_peekqv")
def test_looking_takes_nothing(me):
    def job(driver):
        port = driver.port
        vlen, ev = Pointer(99), ErlIOVec([b"old"])
        assert (driver_peekq(port, vlen), vlen.value) == ([], 0)
        assert driver_peekqv(port, ev) == 0
        assert (ev.vsize, ev.size, ev.iov, ev.binv) == (0, 0, [], [])
        binary = ErlDrvBinary(b"0123")
        driver_enq(port, b"ab")
        driver_enq_bin(port, binary, 1, 2)
        assert (driver_peekq(port, vlen), vlen.value) == ([b"ab", b"12"], 2)
        assert driver_peekqv(port, ev) == 4
        assert (ev.iov, ev.size, ev.binv[1]) == ([b"ab", b"12"], 4, binary)
        assert driver_deq(port, 4) == 0

    Lab(me).run(job)


@proves("driver_enq_bin", "driver_pushq_bin", "driver_deq")
def test_binaries_are_referenced_while_a_part_of_them_is_queued(me):
    def job(driver):
        port = driver.port
        binary = ErlDrvBinary(b"0123456789")
        assert driver_enq_bin(port, binary, 5, 3) == 0
        assert driver_pushq_bin(port, binary, 0, 2) == 0
        assert driver_enq_bin(port, binary, 4, 0) == 0
        assert driver_binary_get_refc(binary) == 3
        assert contents(driver) == b"01|567"
        driver_deq(port, 3)
        assert (contents(driver), driver_binary_get_refc(binary)) == (b"67", 2)
        driver_deq(port, 2)
        assert driver_binary_get_refc(binary) == 1

    Lab(me).run(job)


@proves("driver_enqv", "driver_pushqv")
def test_vectors_keep_their_order_and_count_per_element(me):
    def job(driver):
        port = driver.port
        binary = ErlDrvBinary(b"abcdef")
        ev = ErlIOVec([b"", b"abc", b"", b"def"], [None, binary, None, binary])
        driver_enq(port, b"QQ")
        assert driver_enqv(port, ev, 0) == 0
        assert driver_binary_get_refc(binary) == 3
        assert driver_pushqv(port, ev, 0) == 0
        assert driver_binary_get_refc(binary) == 5
        assert contents(driver) == b"abc|def|QQ|abc|def"
        assert driver_sizeq(port) == 14
        assert driver_enqv(port, ev, 6) == driver_pushqv(port, ev, 99) == 0
        assert driver_deq(port, 14) == 0
        assert driver_binary_get_refc(binary) == 1

    Lab(me).run(job)


@proves("S16", "driver_enqv", "driver_pushqv")
@pytest.mark.parametrize("function", [driver_enqv, driver_pushqv])
def test_skipping_cuts_the_callers_vector(me, function):
    def job(driver):
        ev = ErlIOVec([b"ab", b"cde", b"f"])
        assert function(driver.port, ev, 3) == 0
        assert contents(driver) == b"de|f"
        assert ev.iov == [b"ab", b"de", b"f"]
        driver_deq(driver.port, 3)

    Lab(me).run(job)


@proves("S17", "driver_pushqv")
def test_pushing_elements_without_a_binary_copies_them_where_otp_corrupts_the_queue(me):
    def job(driver):
        driver_enq(driver.port, b"QQQ")
        assert driver_pushqv(driver.port, ErlIOVec([b"abc", b"defg"]), 0) == 0
        assert (contents(driver), driver_sizeq(driver.port)) == (b"abc|defg|QQQ", 10)
        driver_deq(driver.port, 10)

    Lab(me).run(job)


@proves("driver_enq")
def test_filling_the_queue_again_prolongs_a_closing_ports_life(me):
    log = []
    lab = Lab(me, stop=lambda d: log.append("stop"))
    lab.run(lambda d: driver_enq(d.port, b"one"))
    me.port_close(lab.port)
    assert lab.run(lambda d: (driver_deq(d.port, 3), driver_enq(d.port, b"two"))) == (0, 0)
    assert lab.port in me.ports()
    assert log == []
    emptied(lab)
    assert (log, lab.port in me.ports()) == (["stop"], False)


@proves("driver_enq_bin")
def test_the_queues_references_end_with_the_port(me):
    me.trap_exit = True
    binary = ErlDrvBinary(b"0123")
    lab = Lab(me)
    lab.run(lambda d: driver_enq_bin(d.port, binary, 0, 4))
    assert driver_binary_get_refc(binary) == 2
    me.exit_signal(lab.port, "kill")
    assert driver_binary_get_refc(binary) == 1


QUEUE_CALLS = [
    lambda port: driver_enq(port, b"x"),
    lambda port: driver_pushq(port, b"x"),
    lambda port: driver_enq_bin(port, ErlDrvBinary(b"x"), 0, 1),
    lambda port: driver_pushq_bin(port, ErlDrvBinary(b"x"), 0, 1),
    lambda port: driver_enqv(port, ErlIOVec([b"x"]), 0),
    lambda port: driver_pushqv(port, ErlIOVec([b"x"]), 0),
    lambda port: driver_deq(port, 0),
    driver_sizeq,
    driver_peekq,
    lambda port: driver_peekqv(port, ErlIOVec([])),
]


@proves("driver_enq", "driver_pushq", "driver_enq_bin", "driver_pushq_bin", "driver_enqv", "driver_pushqv")
@proves("driver_deq", "driver_sizeq", "driver_peekq", "driver_peekqv")
@pytest.mark.parametrize("call", QUEUE_CALLS)
def test_without_a_data_lock_the_port_lock_is_needed_and_with_one_only_that(me, call):
    lab = Lab(me)
    with pytest.raises(LockNotHeld, match="needs driver_lock:lab"):
        call(lab.driver.port)

    def job(driver):
        call(driver.port)
        pdl = driver_pdl_create(driver.port)
        with pytest.raises(LockNotHeld, match="needs port_data_lock"):
            call(driver.port)
        driver_pdl_lock(pdl)
        call(driver.port)
        driver_pdl_unlock(pdl)
        return pdl

    pdl = lab.run(job)
    driver_pdl_lock(pdl)  # this thread has no callback of the port
    call(lab.driver.port)
    driver_deq(lab.driver.port, driver_sizeq(lab.driver.port))
    driver_pdl_unlock(pdl)


@proves("driver_enq", "driver_deq", "driver_sizeq")
@everywhere
def test_jobs_fill_the_queue_under_the_data_lock(run):
    """Each job adds a byte at either end; callbacks take bytes out. In the end all are accounted for."""

    def scenario(emu):
        jobs = 6
        taken = []

        def invoke(driver):
            driver_pdl_lock(driver.pdl)
            driver_enq(driver.port, b"x")
            driver_pushq(driver.port, b"y")
            driver_pdl_unlock(driver.pdl)

        def ready_async(driver, data):
            driver_pdl_lock(driver.pdl)
            size = driver_sizeq(driver.port)
            taken.append(size - driver_deq(driver.port, size // 2))
            driver_pdl_unlock(driver.pdl)

        def start_jobs(driver):
            driver.pdl = driver_pdl_create(driver.port)
            for number in range(jobs):
                driver_async(driver.port, Pointer(number), invoke, driver, None)

        with emu.attach() as me:
            lab = Lab(me, flags=ERL_DRV_FLAG_USE_PORT_LOCKING, ready_async=ready_async)
            lab.run(start_jobs)
            while len(taken) < jobs:
                me.sleep(0.001)

            def rest(driver):
                driver_pdl_lock(driver.pdl)
                left = driver_sizeq(driver.port)
                driver_deq(driver.port, left)
                driver_pdl_unlock(driver.pdl)
                return left

            assert sum(taken) + lab.run(rest) == 2 * jobs

    run(scenario, async_threads=2, **schedules(run, 60))
