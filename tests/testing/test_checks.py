"""What the checks find, and that they find nothing in a driver that does it right."""

import os
import re
import time

import pytest

from erts_emu import ENTRY_POINTS, bundled_drivers
from erts_emu.driver import (
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    ERL_DRV_READ,
    ERL_DRV_USE,
    ERL_DRV_WRITE,
    Driver,
    Pointer,
    driver_alloc,
    driver_alloc_binary,
    driver_async,
    driver_async_port_key,
    driver_binary_inc_refc,
    driver_deq,
    driver_enq,
    driver_failure_atom,
    driver_free,
    driver_free_binary,
    driver_output,
    driver_output_binary,
    driver_pdl_create,
    driver_pdl_dec_refc,
    driver_pdl_inc_refc,
    driver_select,
    driver_set_timer,
    driver_sizeq,
    erl_drv_cond_create,
    erl_drv_mutex_create,
    erl_drv_mutex_destroy,
    erl_drv_mutex_lock,
    erl_drv_rwlock_create,
    erl_drv_sleep,
    erl_drv_thread_create,
    erl_drv_thread_join,
)
from erts_emu.testing import CheckFailed, Workbench
from erts_emu.testing.findings import DriverWarning


class Base(Driver):
    driver_name = "bad"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def start(self, command):
        self.count = 0
        self.kept = None

    def output(self, buf):
        self.work()

    def work(self):
        raise NotImplementedError


class Binary(Base):
    def work(self):
        binary = driver_alloc_binary(10)
        driver_output_binary(self.port, b"", binary, 0, 10)


class SharedBinary(Base):
    output = None

    def outputv(self, ev):
        driver_binary_inc_refc(ev.binv[1])


class Memory(Base):
    def work(self):
        driver_alloc(10)


class DataLock(Base):
    def work(self):
        driver_pdl_inc_refc(driver_pdl_create(self.port))


class Mutex(Base):
    def work(self):
        erl_drv_mutex_create("m")


class RWLock(Base):
    def work(self):
        erl_drv_rwlock_create("rw")


class Cond(Base):
    def work(self):
        erl_drv_cond_create("c")


class Thread(Base):
    def work(self):
        erl_drv_thread_create("t", Pointer(None), lambda arg: None, None, None)


class Descriptor(Base):
    def work(self):
        driver_select(self.port, 0, ERL_DRV_READ, 1)

    def ready_input(self, event):
        pass


class NoStopSelect(Base):
    def work(self):
        read, write = os.pipe()
        driver_select(self.port, write, ERL_DRV_WRITE | ERL_DRV_USE, 1)
        driver_select(self.port, write, ERL_DRV_WRITE | ERL_DRV_USE, 0)
        os.close(read)
        os.close(write)

    def ready_output(self, event):
        pass


class Slow(Base):
    def work(self):
        erl_drv_sleep(20)


class Lingers(Base):
    def work(self):
        driver_enq(self.port, b"never written")


class NullAsyncFree(Base):
    def work(self):
        driver_async(self.port, None, lambda data: erl_drv_sleep(1), bytearray(5), None)

    def ready_async(self, data):
        pass


class JobUsesPort(Base):
    def work(self):
        driver_async(self.port, None, self.job, None, None)

    def job(self, data):
        erl_drv_sleep(1)
        self.count += 1

    def ready_async(self, data):
        pass


class AfterFailure(Base):
    def work(self):
        driver_failure_atom(self.port, "gone")
        self.count += 1


class Race(Base):
    def work(self):
        driver_async(self.port, None, self.job, None, None)
        self.count = 7

    def job(self, data):
        self.kept = self.count

    def ready_async(self, data):
        driver_output(self.port, b"done")


class DoubleFree(Base):
    def work(self):
        block = driver_alloc(1)
        driver_free(block)
        driver_free(block)


def findings(driver, *, receive=False, data=b"x" * 100, **options):
    """Open a port, send one command, end the test; return what the checks found."""
    try:
        with Workbench(**options) as bench:
            port = bench.open_port(driver)
            port.command(data)
            if receive:
                port.receive()
    except CheckFailed as failed:
        return failed.findings
    return ()


@pytest.mark.parametrize(
    ("driver", "rules"),
    [
        (Binary, {"binary"}),
        (SharedBinary, {"binary"}),
        (Memory, {"memory"}),
        (DataLock, {"driver-reference", "port-data-lock"}),
        (Mutex, {"lock"}),
        (RWLock, {"lock"}),
        (Cond, {"lock"}),
        (Thread, {"thread"}),
        (Descriptor, {"selected-descriptor"}),
        (NoStopSelect, {"no-stop-select"}),
        (Slow, {"long-callback"}),
        (Lingers, {"port-lingers"}),
        (NullAsyncFree, {"null-async-free"}),
        (JobUsesPort, {"use-after-stop"}),
        (AfterFailure, {"use-after-stop"}),
        (Race, {"data-race"}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_broken_rule_is_found_and_the_line_is_named(driver, rules):
    found = findings(driver, receive=driver is Race)
    assert {finding.rule for finding in found} - {"driver-reference"} == rules - {"driver-reference"}
    assert rules <= {finding.rule for finding in found}
    assert {finding.driver for finding in found} == {"bad"}
    for finding in found:
        if finding.rule not in ("driver-reference", "selected-descriptor", "port-lingers"):
            assert finding.where.startswith(__file__), finding


class Sleeps(Base):
    def work(self):
        time.sleep(0.02)


class FreesSlowly(Base):
    def work(self):
        driver_async(self.port, None, lambda data: None, [1], lambda data: time.sleep(0.02))


@pytest.mark.parametrize(("driver", "callback"), [(Sleeps, "output"), (FreesSlowly, "async_free")])
def test_on_real_threads_a_callback_may_take_as_long_as_the_test_says(driver, callback):
    every = findings(driver, threads="real", longest_callback=0.001)  # on a busy machine, others are found too
    [found] = [finding for finding in every if finding.what.startswith(f"{callback} kept its scheduler for")]
    assert (found.rule, found.driver) == ("long-callback", "bad")
    assert float(re.search(r"for (\S+) ms", found.what)[1]) >= 20
    assert found.where.startswith(__file__)
    assert not findings(driver, threads="real", longest_callback=600)
    assert not findings(driver, threads="real", longest_callback=0.001, allow=["long-callback"])


def test_virtual_time_may_be_allowed_to_callbacks_too():
    assert findings(Slow, longest_callback=0.019)
    assert not findings(Slow, longest_callback=0.021)


@pytest.mark.parametrize("rule", ["memory", "binary"])
def test_a_rule_that_is_allowed_is_not_reported(rule):
    assert not findings(Memory if rule == "memory" else Binary, allow=[rule])


def test_double_free_is_an_error_of_the_callback():
    with pytest.raises(RuntimeError, match=r"output of #Port<0.5>: driver_free\(\) of a block that was freed"):
        findings(DoubleFree)


class Tidy(Base):
    """Takes one of everything, and gives it back."""

    def start(self, command):
        super().start(command)
        self.closed = False
        self.mutex = erl_drv_mutex_create("tidy")
        self.pdl = driver_pdl_create(self.port)
        self.block = driver_alloc(10)
        self.tid = Pointer(None)
        erl_drv_thread_create("helper", self.tid, lambda arg: None, None, None)
        driver_pdl_inc_refc(self.pdl)

    def work(self):
        binary = driver_alloc_binary(10)
        driver_output_binary(self.port, b"", binary, 0, 10)
        driver_free_binary(binary)
        driver_async(self.port, None, self.job, [self], lambda data: data.clear())

    def job(self, data):
        if not self.closed:
            data.append(1)

    def ready_async(self, data):
        self.count += 1
        data.clear()

    def stop(self):
        self.closed = True
        erl_drv_thread_join(self.tid.value, None)
        erl_drv_mutex_destroy(self.mutex)
        driver_free(self.block)
        driver_pdl_dec_refc(self.pdl)


def test_a_driver_that_gives_everything_back_passes():
    assert not findings(Tidy, receive=True)


class Late(Base):
    """Writes its queue out when the port is closed."""

    def work(self):
        driver_enq(self.port, b"last words")

    def flush(self):
        driver_deq(self.port, driver_sizeq(self.port))


def test_what_a_lingering_port_holds_is_told():
    class Waits(Base):
        def work(self):
            driver_enq(self.port, b"never written")
            driver_pdl_create(self.port)

        def flush(self):
            driver_set_timer(self.port, 60_000)

    bench = Workbench()
    bench.open_port(Waits).command()
    with pytest.raises(CheckFailed, match=r"with it its timer, set to 60\S* s, its port data lock with 1 references"):
        bench.finish()
    bench.abandon()


def test_a_queue_that_flush_empties_does_not_linger():
    assert not findings(Late)


class Farewell(Base):
    """A job that stop queues frees what it owns itself: nobody else could."""

    def work(self):
        pass

    def stop(self):
        driver_async(self.port, None, lambda data: data.clear(), [1], None)


def test_a_job_that_stop_queues_needs_no_async_free():
    assert not findings(Farewell)


class OneKey(Base):
    def work(self):
        driver_async(self.port, Pointer(self.key()), lambda data: None, None, None)

    def key(self):
        return 3

    def ready_async(self, data):
        driver_output(self.port, b"")


class PortKey(OneKey):
    def key(self):
        return driver_async_port_key(self.port)


def use_keys(driver):
    with Workbench(async_threads=2) as bench:
        for port in [bench.open_port(driver), bench.open_port(driver)]:
            port.command()
            port.receive()


def test_one_key_for_all_ports_is_warned_of():
    with pytest.warns(DriverWarning, match=r"the jobs of 2 ports with the same key 3: one async thread runs them all"):
        use_keys(OneKey)
    use_keys(PortKey)


class Holds(Base):
    def work(self):
        self.mutex = erl_drv_mutex_create("held")
        erl_drv_mutex_lock(self.mutex)


def test_a_lock_that_a_callback_keeps_is_an_error_of_the_callback():
    with pytest.raises(RuntimeError, match="returned from output still holding 'held"):
        findings(Holds)


def test_a_driver_that_stays_in_memory_is_reported_at_unload():
    with Workbench(allow=["port-data-lock"]) as bench:
        driver = bench.driver(DataLock)
        driver.open().command()
        with pytest.raises(CheckFailed, match=r"keep it in memory: port_data_lock:#Port<0.5> \(1 references"):
            driver.unload()


@pytest.mark.parametrize("threads", ["real", "simulated"])
def test_the_bundled_digest_driver_passes(threads, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"content")
    with Workbench(threads=threads, async_threads=2) as bench:
        driver = bench.driver(bundled_drivers(), "digest_drv")
        ports = [driver.open(), driver.open()]
        for port in ports:
            for _ in range(3):
                port.command(bytes(file))
        assert ports[0].receive()[4] == 0
        ports[1].close()


def test_a_driver_is_found_among_the_installed_ones_too():
    with Workbench() as bench, pytest.raises(RuntimeError, match="no installed package announces a driver 'nobody'"):
        bench.driver(ENTRY_POINTS, "nobody")
