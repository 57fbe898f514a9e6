"""Faults come where they were ordered, and nowhere else."""

import errno
import socket

import pytest

from erts_emu import bundled_drivers
from erts_emu.driver import (
    Driver,
    driver_alloc,
    driver_async,
    driver_free,
    driver_output,
    driver_pdl_create,
    erl_drv_mutex_create,
)
from erts_emu.errors import DriverLoadError, OpenPortError, ReceiveTimeout
from erts_emu.testing import Workbench, explore


class Careful(Driver):
    """Answers whether it got memory; its job takes no time."""

    driver_name = "careful"

    def output(self, buf):
        block = driver_alloc(10)
        if block is None:
            driver_output(self.port, b"no memory")
            return
        driver_free(block)
        if driver_async(self.port, None, lambda data: None, None, None) == -1:
            driver_output(self.port, b"no job")

    def ready_async(self, data):
        driver_output(self.port, b"done")


def answers(bench, count):
    port = bench.open_port(Careful)
    for _ in range(count):
        port.command()
    return [port.receive() for _ in range(count)]


def test_the_nth_call_fails_and_the_others_do_not():
    with Workbench() as bench:
        bench.faults.fail("driver_alloc", nth=2)
        port = bench.open_port(Careful)
        seen = []
        for _ in range(3):
            port.command()
            seen.append(port.receive())
        assert seen == [b"done", b"no memory", b"done"]
        assert bench.faults.made == ["driver_alloc failed"]


@pytest.mark.parametrize("faulty", [0, 1])
def test_of_two_benches_each_has_its_own_faults(faulty):
    with Workbench() as first, Workbench() as second:
        benches = (first, second)
        benches[faulty].faults.fail("driver_alloc")
        seen = [answers(bench, 1) for bench in benches]
        assert (seen[faulty], seen[1 - faulty]) == ([b"no memory"], [b"done"])
        assert [bench.faults.made for bench in benches][1 - faulty] == []


def test_calls_can_fail_more_than_once_and_by_the_function_itself():
    with Workbench() as bench:
        bench.faults.fail(driver_async, times=2)
        assert sorted(answers(bench, 3)) == [b"done", b"no job", b"no job"]


def test_a_result_of_ones_own_is_returned():
    with Workbench() as bench:
        bench.faults.fail("driver_alloc", result=None)
        assert answers(bench, 1) == [b"no memory"]


def test_functions_that_return_a_pointer_return_null():
    class Locks(Driver):
        driver_name = "locks"

        def control(self, command, buf):
            return repr((erl_drv_mutex_create("m"), driver_pdl_create(self.port))).encode()

    with Workbench() as bench:
        bench.faults.fail("erl_drv_mutex_create")
        bench.faults.fail("driver_pdl_create")
        assert bytes(bench.open_port(Locks).control(1)) == b"(None, None)"


def test_what_cannot_fail_is_refused():
    with Workbench() as bench:
        with pytest.raises(ValueError, match="driver_free cannot fail"):
            bench.faults.fail("driver_free")
        with pytest.raises(ValueError, match="is no function of the driver API"):
            bench.faults.fail("malloc")
        with pytest.raises(ValueError, match="count from 1"):
            bench.faults.fail("driver_alloc", nth=0)


def test_a_late_job_comes_late():
    with Workbench() as bench:
        bench.faults.delay_job(3.0)
        begun = bench.clock.now
        assert answers(bench, 1) == [b"done"]
        assert bench.clock.now - begun >= 3.0


def test_a_job_that_hangs_takes_its_thread_until_the_test_ends():
    with Workbench(async_threads=1) as bench:
        bench.faults.hang_job()
        port = bench.open_port(Careful)
        port.command()
        port.command()
        with pytest.raises(ReceiveTimeout):
            port.receive()
        assert bench.faults.made == ["a job hung"]


def test_a_load_fails_once():
    with Workbench() as bench:
        bench.faults.fail_load("careful")
        with pytest.raises(DriverLoadError, match="init returned -1"):
            bench.driver(Careful)
        assert answers(bench, 1) == [b"done"]


@pytest.mark.parametrize(("function", "error"), [("open", errno.EMFILE), ("readv", errno.EIO), ("fstat", errno.ENOSPC)])
def test_the_digest_driver_reports_what_the_system_refuses(tmp_path, function, error):
    file = tmp_path / "file"
    file.write_bytes(b"content")
    with Workbench() as bench:
        driver = bench.driver(bundled_drivers(), "digest_drv")
        bench.faults.fail_os(function, error)
        port = driver.open()
        port.command(bytes(file))
        assert port.receive() == (1).to_bytes(4) + b"\x01" + errno.errorcode[error].lower().encode()
        port.command(bytes(file))
        assert port.receive()[4] == 0
        for wrong, said in (
            (lambda: bench.faults.fail_os("wriet", errno.ENOSPC), "there is no function os.wriet"),
            (lambda: bench.faults.fail_socket("recieve", errno.EIO), "there is no function socket.recieve"),
            (lambda: bench.faults.fail_os("write", 99999), "99999 is no error of the system"),
            (lambda: bench.faults.delay_job(-1), "more than 0 seconds, not -1"),
        ):
            with pytest.raises(ValueError, match=said):
                wrong()
        with pytest.raises(ValueError, match="no loaded driver uses the module socket"):
            bench.faults.fail_socket("recv", errno.ECONNRESET)


def test_a_dead_thread_stops_its_own_jobs_and_no_others():
    with Workbench(async_threads=2) as bench:
        bench.faults.kill_thread(1)
        port = bench.open_port(Careful)
        for _ in range(4):  # by turns
            port.command()
        assert [port.receive(), port.receive()] == [b"done", b"done"]
        with pytest.raises(ReceiveTimeout):
            port.receive()
        assert bench.faults.made == ["async_1 was dead"]
        with pytest.raises(ValueError, match="numbered from 1 to 2: there is no thread 3"):
            bench.faults.kill_thread(3)


def test_a_dead_thread_can_be_explored():
    def scenario(bench):
        bench.faults.kill_thread(2)
        port = bench.open_port(Careful)
        port.command()
        port.command()
        assert port.receive() == b"done"

    assert explore(scenario, schedules=20, async_threads=2).failure is None


@pytest.fixture
def server():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        sock.settimeout(20)
        yield sock


@pytest.mark.parametrize(("method", "error"), [("recv", errno.ECONNRESET), ("sendmsg", errno.EPIPE)])
def test_the_tcp_driver_tells_of_a_connection_that_breaks(server, method, error):
    with Workbench(threads="real") as bench:
        driver = bench.driver(bundled_drivers(), "tcp_drv")
        bench.faults.fail_socket(method, error)
        port = driver.open(command="connect {} {}".format(*server.getsockname()))
        assert port.receive() == b"c"
        peer, _ = server.accept()
        with peer:
            peer.sendall(b"hello") if method == "recv" else port.command(b"hello")
            assert port.receive() == b"e" + errno.errorcode[error].lower().encode()
        assert bench.faults.made == [f"socket.{method} failed"]


def test_connections_that_a_port_has_accepted_break_too():
    with Workbench(threads="real") as bench:
        driver = bench.driver(bundled_drivers(), "tcp_drv")
        bench.faults.fail_socket("recv", errno.ECONNRESET)
        listener = driver.open(command="listen 127.0.0.1 0")
        host, number = listener.control(2).decode().split()
        with socket.create_connection((host, int(number)), timeout=20) as peer:
            accepted = listener.receive()
            port = driver.open(command=f"adopt {int.from_bytes(accepted[1:5])}")
            peer.sendall(b"hello")
            assert port.receive() == b"eeconnreset"


@pytest.mark.parametrize("method", ["bind", "listen"])
def test_a_port_that_cannot_listen_does_not_open(method):
    with Workbench() as bench:
        driver = bench.driver(bundled_drivers(), "tcp_drv")
        bench.faults.fail_socket(method, errno.EADDRINUSE)
        with pytest.raises(OpenPortError, match="eaddrinuse"):
            driver.open(command="listen 127.0.0.1 0")


def test_a_fault_can_be_explored():
    """On every schedule the driver answers each command once, whichever allocation fails."""

    def scenario(bench):
        bench.faults.fail("driver_alloc", nth=2)
        assert sorted(answers(bench, 3)) == [b"done", b"done", b"no memory"]

    assert explore(scenario, schedules=30).schedules == 30


def test_drivers_get_their_functions_back():
    before = driver_alloc
    with Workbench() as bench:
        bench.open_port(Careful)
        assert driver_alloc is not before
    assert driver_alloc is before
