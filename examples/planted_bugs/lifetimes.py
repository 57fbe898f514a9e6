"""What lives too long, not long enough, or dies twice."""

from __future__ import annotations

from typing import Any, ClassVar

from erts_emu.driver import (
    Driver,
    ErlDrvBlock,
    ErlDrvMutex,
    ErlDrvPDL,
    ErlDrvPort,
    ErlDrvTid,
    Pointer,
    driver_alloc,
    driver_async,
    driver_deq,
    driver_enq,
    driver_free,
    driver_output,
    driver_pdl_create,
    driver_pdl_dec_refc,
    driver_pdl_inc_refc,
    driver_sizeq,
    erl_drv_mutex_create,
    erl_drv_mutex_destroy,
    erl_drv_mutex_lock,
    erl_drv_mutex_unlock,
    erl_drv_sleep,
    erl_drv_thread_create,
    erl_drv_thread_join,
)
from erts_emu.testing import Workbench

from .library import planted


class Planted(Driver):
    """What the drivers below have in common: their name."""

    driver_name = "planted"


def command_then_close(bench: Workbench, driver: type[Driver]) -> None:
    """One command; the port is closed at once."""
    port = bench.open_port(driver)
    port.command(b"x")
    port.close()


# --- use after stop ---


class UseAfterStop(Planted):
    """The job stores its result in the port's data, which may be gone."""

    def start(self, command: str) -> None:
        """No result yet."""
        self.result = b""

    def output(self, buf: bytes) -> None:
        """Queue the job."""
        driver_async(self.port, None, self.work, [buf], self.discard)

    def work(self, data: list[bytes]) -> None:
        """Store the result here."""
        self.result = data[0] * 2

    def discard(self, data: list[bytes]) -> None:
        """Drop what the job owns."""
        data.clear()

    def ready_async(self, data: list[bytes]) -> None:
        """Answer."""
        driver_output(self.port, self.result)


class UseAfterStopFixed(UseAfterStop):
    """The job keeps its result itself."""

    def work(self, data: list[bytes]) -> None:
        """Store the result in the job."""
        data[0] *= 2

    def ready_async(self, data: list[bytes]) -> None:
        """Answer."""
        driver_output(self.port, data[0])


@planted("a job outlives its port: let it own what it touches", UseAfterStop, UseAfterStopFixed)
def use_after_stop(bench: Workbench, driver: type[Driver]) -> None:
    """The port may be closed before the job runs."""
    port = bench.open_port(driver)
    port.command(b"x")
    port.close()


# --- double free ---


class DoubleFree(Planted):
    """Both stop and async_free give the job's memory back."""

    block: ErlDrvBlock | None = None

    def output(self, buf: bytes) -> None:
        """Queue a job with memory of its own."""
        self.block = driver_alloc(16)
        driver_async(self.port, None, self.work, self.block, driver_free)

    def work(self, data: ErlDrvBlock) -> None:
        """Take no time."""

    def ready_async(self, data: ErlDrvBlock) -> None:
        """Free the memory, and forget it."""
        driver_free(data)
        self.block = None

    def stop(self) -> None:
        """Free what is left."""
        driver_free(self.block)


class DoubleFreeFixed(DoubleFree):
    """The job's memory is the job's."""

    def stop(self) -> None:
        """Free nothing: async_free does, for a job that comes late."""


@planted("memory of a job in flight is freed by async_free alone", DoubleFree, DoubleFreeFixed)
def double_free(bench: Workbench, driver: type[Driver]) -> None:
    """The port may be closed before the job completes."""
    command_then_close(bench, driver)


# --- port data lock counted wrongly ---


class PDLMiscount(Planted):
    """Takes a reference for each job, and drops it only where the job completes in time."""

    pdl: ErlDrvPDL

    def start(self, command: str) -> None:
        """Make the lock."""
        pdl = driver_pdl_create(self.port)
        assert pdl is not None
        self.pdl = pdl

    def output(self, buf: bytes) -> None:
        """Queue a job that holds a reference."""
        driver_pdl_inc_refc(self.pdl)
        driver_async(self.port, None, self.work, [self.pdl], self.discard)

    def work(self, data: list[ErlDrvPDL]) -> None:
        """Take no time."""

    def discard(self, data: list[ErlDrvPDL]) -> None:
        """Drop the job."""
        data.clear()

    def ready_async(self, data: list[ErlDrvPDL]) -> None:
        """Drop the reference, and the job."""
        driver_pdl_dec_refc(data[0])
        data.clear()


class PDLMiscountFixed(PDLMiscount):
    """Drops it on both ways."""

    def discard(self, data: list[ErlDrvPDL]) -> None:
        """Drop the reference, and the job."""
        driver_pdl_dec_refc(data[0])
        data.clear()


@planted("what a job references, async_free must drop too", PDLMiscount, PDLMiscountFixed)
def pdl_miscount(bench: Workbench, driver: type[Driver]) -> None:
    """The driver can be unloaded after the port was closed with a job in flight."""
    command_then_close(bench, driver)


# --- a thread that outlives the driver ---


class ThreadOutlives(Planted):
    """Starts a thread that uses a lock of the driver's, and never waits for its end."""

    mutex: ClassVar[ErlDrvMutex]

    @classmethod
    def init(cls) -> int:
        """Make the driver's lock."""
        cls.mutex = erl_drv_mutex_create("driver")
        return 0

    @classmethod
    def finish(cls) -> None:
        """Destroy it."""
        erl_drv_mutex_destroy(cls.mutex)

    def start(self, command: str) -> None:
        """Start the thread."""
        self.tid: Pointer[ErlDrvTid | None] = Pointer(None)
        erl_drv_thread_create("helper", self.tid, self.help_out, None, None)

    def help_out(self, arg: None) -> None:
        """Use the lock a few times."""
        for _ in range(3):
            erl_drv_mutex_lock(self.mutex)
            erl_drv_mutex_unlock(self.mutex)
            erl_drv_sleep(1)


class ThreadOutlivesFixed(ThreadOutlives):
    """Waits for the thread."""

    def stop(self) -> None:
        """Join the thread."""
        erl_drv_thread_join(self.tid.value, None)


@planted(
    "nothing keeps a driver loaded for a thread of its own: join it in stop", ThreadOutlives, ThreadOutlivesFixed,
    allow=("thread", "long-callback"),
)  # fmt: skip
def thread_outlives(bench: Workbench, driver: type[Driver]) -> None:
    """The driver is unloaded while the thread is at work."""
    bench.open_port(driver).close()


# --- no flush ---


class MissingFlush(Planted):
    """Queues output, and writes it out in ready_async: but nobody waits for that when the port closes."""

    def output(self, buf: bytes) -> None:
        """Queue the data, and a job that prepares the writing."""
        driver_enq(self.port, buf)
        if driver_sizeq(self.port) > 1:
            driver_async(self.port, None, self.work, None, None)

    def work(self, data: None) -> None:
        """Take no time."""

    def ready_async(self, data: None) -> None:
        """Write everything out."""
        driver_deq(self.port, driver_sizeq(self.port))


class MissingFlushFixed(MissingFlush):
    """Writes out what is left."""

    def flush(self) -> None:
        """Write everything out."""
        driver_deq(self.port, driver_sizeq(self.port))


@planted("a closed port lives until its queue is empty: write it out in flush", MissingFlush, MissingFlushFixed)
def missing_flush(bench: Workbench, driver: type[Driver]) -> None:
    """Three commands, and close."""
    port = bench.open_port(driver)
    for _ in range(3):
        port.command(b"x")
    port.close()


# --- no async_free ---


class NullAsyncFree(Planted):
    """Passes no async_free."""

    def output(self, buf: bytes) -> None:
        """Queue a job with data of its own."""
        driver_async(self.port, None, self.work, [buf], None)

    def work(self, data: list[bytes]) -> None:
        """Take no time."""

    def ready_async(self, data: list[bytes]) -> None:
        """Answer, and drop the data."""
        driver_output(self.port, data.pop())


class NullAsyncFreeFixed(NullAsyncFree):
    """Passes one."""

    def output(self, buf: bytes) -> None:
        """Queue a job with data of its own."""
        driver_async(self.port, None, self.work, [buf], list.clear)


@planted("without async_free the data of late jobs leaks", NullAsyncFree, NullAsyncFreeFixed)
def null_async_free(bench: Workbench, driver: type[Driver]) -> None:
    """The port is closed before the second job completes."""
    port = bench.open_port(driver)
    port.command(b"x")
    port.receive()
    port.command(b"x")
    port.close()


# --- the way out that nobody tests ---


class LeakOnError(Planted):
    """Forgets its memory when the job cannot be queued."""

    def output(self, buf: bytes) -> None:
        """Queue a job with memory of its own."""
        block = driver_alloc(16)
        if driver_async(self.port, None, self.work, block, driver_free) < 0:
            self.refuse(block)

    def refuse(self, block: ErlDrvBlock | None) -> None:
        """Say no."""
        driver_output(self.port, b"no")

    def work(self, data: ErlDrvBlock) -> None:
        """Take no time."""

    def ready_async(self, data: ErlDrvBlock) -> None:
        """Free the memory, and answer."""
        driver_free(data)
        driver_output(self.port, b"done")


class LeakOnErrorFixed(LeakOnError):
    """Frees it."""

    def refuse(self, block: ErlDrvBlock | None) -> None:
        """Free the memory, and say no."""
        driver_free(block)
        driver_output(self.port, b"no")


@planted("when driver_async fails the data is still the caller's", LeakOnError, LeakOnErrorFixed)
def leak_on_error(bench: Workbench, driver: type[Driver]) -> None:
    """The second job cannot be queued."""
    bench.faults.fail("driver_async", nth=2)
    port = bench.open_port(driver)
    answers: list[Any] = []
    for _ in range(3):
        port.command()
        answers.append(port.receive())
    assert answers == [b"done", b"no", b"done"]


# --- another port's handle ---


class StaleHandle(Planted):
    """Ports tell each other of commands, and are not struck off the list when they close."""

    ports: ClassVar[list[ErlDrvPort]]

    @classmethod
    def init(cls) -> int:
        """Nobody is there."""
        cls.ports = []
        return 0

    def start(self, command: str) -> None:
        """Enter the list."""
        self.ports.append(self.port)

    def output(self, buf: bytes) -> None:
        """Tell everybody, once the job is done."""
        driver_async(self.port, None, self.work, None, None)

    def work(self, data: None) -> None:
        """Take no time."""

    def ready_async(self, data: None) -> None:
        """Tell everybody."""
        for port in self.ports:
            driver_output(port, b"news")


class StaleHandleFixed(StaleHandle):
    """Leaves the list."""

    def stop(self) -> None:
        """Leave the list."""
        self.ports.remove(self.port)


@planted("a handle is good until stop: forget it there", StaleHandle, StaleHandleFixed)
def stale_handle(bench: Workbench, driver: type[Driver]) -> None:
    """One port closes while another's job is under way."""
    one, other = bench.open_port(driver), bench.open_port(driver)
    one.command()
    other.close()
    assert one.receive() == b"news"
