"""Jobs of compiled drivers that are run in batches: nobody can tell, but by the speed."""

import pytest

from erts_emu import Atom, Emulator
from erts_emu.native import FREE_THREADED


@pytest.fixture(params=[1, 2], ids=["one thread", "two threads"])
def bench(request, driver):
    """A process, a port, and the sizes of the batches that were made."""
    with Emulator(async_threads=request.param, strict=False) as emu:
        me = emu.attach(trap_exit=True)
        me.erl_ddll.load_driver(driver("batch_drv", "-lpthread"), "batch_drv")
        port = me.open_port(("spawn_driver", "batch_drv"), [])
        sizes = []
        if not FREE_THREADED:
            make = emu.async_pool.make_runner
            emu.async_pool.make_runner = lambda jobs: sizes.append(len(jobs)) or make(jobs)
        yield me, port, sizes


def received(me, port, count):
    return "".join(chr(byte) for _ in range(count) for byte in me.receive(timeout=30)[1][1])


def test_jobs_complete_in_the_order_of_their_submission(bench):
    me, port, sizes = bench
    me.port_control(port, 1, b"q" * 100)
    assert received(me, port, 100) == "q" * 100
    assert FREE_THREADED or max(sizes) > 1


@pytest.mark.parametrize("jobs", ["qw", "qqqwqqwq", "q" * 15 + "w", "qwwwq"])
def test_a_job_may_wait_for_the_completion_of_the_jobs_before_it_in_the_batch(bench, jobs):
    me, port, sizes = bench
    for _ in range(5):
        me.port_control(port, 1, jobs.encode())
        assert sorted(received(me, port, len(jobs))) == sorted(jobs)
    assert FREE_THREADED or max(sizes) > 1


def test_an_error_is_the_one_jobs_that_made_it(bench):
    me, port, _ = bench
    me.port_control(port, 1, b"qqmqq")
    answers = []
    while not answers or answers[-1][0] != Atom("EXIT"):
        answers.append(me.receive(timeout=30))
    assert answers[-1] == (Atom("EXIT"), port, Atom("driver_raised"))
    [error] = me.emu.driver_errors
    assert "async_invoke" in str(error)
    assert all(answer == (port, (Atom("data"), list(b"q"))) for answer in answers[:-1])
