"""Data that a callback and a job share without agreeing who may touch it when."""

from __future__ import annotations

from typing import Any

from erts_emu.driver import (
    Driver,
    ErlDrvMutex,
    driver_async,
    driver_output,
    erl_drv_mutex_create,
    erl_drv_mutex_destroy,
    erl_drv_mutex_lock,
    erl_drv_mutex_unlock,
)
from erts_emu.testing import Workbench

from .library import planted

ONLY_BEHAVIOUR = {"allow": ("data-race", "use-after-stop")}
"""The check for data races would find these on the first schedule: here the explorer has to show the harm."""


class Locked(Driver):
    """A driver whose ports have a mutex, ``lock``."""

    driver_name = "planted"
    lock: ErlDrvMutex

    def start(self, command: str) -> None:
        """Make the mutex."""
        self.lock = erl_drv_mutex_create("count")
        self.begin()

    def begin(self) -> None:
        """Set what the port starts with."""

    def stop(self) -> None:
        """Destroy the mutex."""
        erl_drv_mutex_destroy(self.lock)


# --- lost update ---


class LostUpdate(Locked):
    """Counts in the callback and in the job."""

    def begin(self) -> None:
        """Begin at nothing."""
        self.count = 0

    def output(self, buf: bytes) -> None:
        """Queue a job, then count the command."""
        driver_async(self.port, None, self.work, None, None)
        self.add()

    def work(self, data: None) -> None:
        """Count the job."""
        self.add()

    def add(self) -> None:
        """Read, then write: two steps."""
        self.count = self.count + 1

    def ready_async(self, data: None) -> None:
        """Tell that the job is done."""
        driver_output(self.port, b"done")

    def control(self, command: int, buf: bytes) -> bytes:
        """Tell the count."""
        return bytes([self.count])


class LostUpdateFixed(LostUpdate):
    """Counts under the mutex."""

    def add(self) -> None:
        """Read and write under the lock."""
        erl_drv_mutex_lock(self.lock)
        self.count = self.count + 1
        erl_drv_mutex_unlock(self.lock)


@planted("counting without a lock loses counts: guard the counter", LostUpdate, LostUpdateFixed, **ONLY_BEHAVIOUR)
def lost_update(bench: Workbench, driver: type[Driver]) -> None:
    """One command and its job count to two."""
    port = bench.open_port(driver)
    port.command()
    port.receive()
    assert port.control(0) == [2]


# --- the same among jobs ---


class JobsCount(Locked):
    """Three jobs on three threads count."""

    def begin(self) -> None:
        """Begin at nothing."""
        self.count = 0
        self.left = 3

    def output(self, buf: bytes) -> None:
        """Queue three jobs."""
        for _ in range(3):
            driver_async(self.port, None, self.work, None, None)

    def work(self, data: None) -> None:
        """Count."""
        self.count += 1

    def ready_async(self, data: None) -> None:
        """Tell the count after the last job."""
        self.left -= 1
        if not self.left:
            driver_output(self.port, bytes([self.count]))


class JobsCountFixed(JobsCount):
    """Counts where the port lock is held."""

    def work(self, data: None) -> None:
        """Do nothing that others see."""

    def ready_async(self, data: None) -> None:
        """Count here: callbacks of one port never run at the same time."""
        self.count += 1
        super().ready_async(data)


@planted(
    "jobs of one port run at the same time: count in ready_async", JobsCount, JobsCountFixed, async_threads=3,
    **ONLY_BEHAVIOUR,
)  # fmt: skip
def jobs_count(bench: Workbench, driver: type[Driver]) -> None:
    """Three jobs count to three."""
    port = bench.open_port(driver)
    port.command()
    assert port.receive() == b"\x03"


# --- check, then act ---


class CheckThenAct(Locked):
    """Jobs take from a stock that must not fall below zero."""

    def begin(self) -> None:
        """Stock one."""
        self.stock = 1
        self.lowest = 1

    def output(self, buf: bytes) -> None:
        """Queue two takers."""
        driver_async(self.port, None, self.take, None, None)
        driver_async(self.port, None, self.take, None, None)

    def take(self, data: None) -> None:
        """Look, then take."""
        if self.stock > 0:
            self.stock = self.stock - 1
            self.lowest = min(self.lowest, self.stock)
            driver_count.append(1)

    def ready_async(self, data: None) -> None:
        """Tell that one taker has come back."""
        driver_output(self.port, b"done")


class CheckThenActFixed(CheckThenAct):
    """Looks and takes under the lock."""

    def take(self, data: None) -> None:
        """Look and take at once."""
        erl_drv_mutex_lock(self.lock)
        super().take(data)
        erl_drv_mutex_unlock(self.lock)


driver_count: list[int] = []
"""How many takers got something."""


@planted(
    "between looking and taking another job may take: do both under one lock", CheckThenAct, CheckThenActFixed,
    async_threads=2, **ONLY_BEHAVIOUR,
)  # fmt: skip
def check_then_act(bench: Workbench, driver: type[Driver]) -> None:
    """One thing in stock is taken once."""
    driver_count.clear()
    port = bench.open_port(driver)
    port.command()
    port.receive()
    port.receive()
    assert len(driver_count) == 1


# --- published before it is ready ---


class PublishedEarly(Locked):
    """The job sets a flag, and only then the value that the flag promises."""

    def begin(self) -> None:
        """Nothing is there."""
        self.ready = False
        self.value: bytes | None = None

    def output(self, buf: bytes) -> None:
        """Queue the job."""
        driver_async(self.port, None, self.work, None, None)

    def work(self, data: None) -> None:
        """Promise, then keep the promise."""
        self.ready = True
        self.value = b"value"

    def ready_async(self, data: None) -> None:
        """Nothing is left to do."""

    def control(self, command: int, buf: bytes) -> bytes | None:
        """Give the value if it is promised."""
        return self.value if self.ready else b"later"


class PublishedEarlyFixed(PublishedEarly):
    """Sets the value first."""

    def work(self, data: None) -> None:
        """Keep the promise, then make it."""
        self.value = b"value"
        self.ready = True


@planted(
    "a flag that says the value is there must be set after the value", PublishedEarly, PublishedEarlyFixed,
    **ONLY_BEHAVIOUR,
)  # fmt: skip
def published_early(bench: Workbench, driver: type[Driver]) -> None:
    """Whoever sees the flag sees the value."""
    port = bench.open_port(driver)
    port.command()
    for _ in range(3):
        assert port.control(0) in (list(b"value"), list(b"later"))


# --- two fields that belong together ---


class TornPair(Locked):
    """A job changes two fields that have to agree; a callback reads both."""

    def begin(self) -> None:
        """Begin in agreement."""
        self.low = 0
        self.high = 0

    def output(self, buf: bytes) -> None:
        """Queue the job."""
        driver_async(self.port, None, self.work, None, None)

    def work(self, data: None) -> None:
        """Change both."""
        self.low = 1
        self.high = 1

    def ready_async(self, data: None) -> None:
        """Tell that the job is done."""
        driver_output(self.port, b"done")

    def pair(self) -> bytes:
        """Read both."""
        return bytes([self.low, self.high])

    def control(self, command: int, buf: bytes) -> bytes:
        """Tell both."""
        return self.pair()


class TornPairFixed(TornPair):
    """Changes and reads both under the lock."""

    def work(self, data: None) -> None:
        """Change both at once."""
        erl_drv_mutex_lock(self.lock)
        super().work(data)
        erl_drv_mutex_unlock(self.lock)

    def pair(self) -> bytes:
        """Read both at once."""
        erl_drv_mutex_lock(self.lock)
        pair = super().pair()
        erl_drv_mutex_unlock(self.lock)
        return pair


@planted("fields that belong together change under one lock", TornPair, TornPairFixed, **ONLY_BEHAVIOUR)
def torn_pair(bench: Workbench, driver: type[Driver]) -> None:
    """The two fields agree whenever somebody looks."""
    port = bench.open_port(driver)
    port.command()
    for _ in range(2):
        low, high = port.control(0)
        assert low == high
    port.receive()


# --- the order of completions ---


class AssumesOrder(Locked):
    """Believes that jobs complete in the order in which they were queued."""

    def begin(self) -> None:
        """No job yet."""
        self.queued = 0
        self.completed = 0

    def output(self, buf: bytes) -> None:
        """Queue a job that carries its number."""
        self.queued += 1
        driver_async(self.port, None, self.work, self.queued, None)

    def work(self, data: int) -> None:
        """Take no time."""

    def ready_async(self, data: int) -> None:
        """Answer with the number that ought to be next."""
        self.completed += 1
        driver_output(self.port, bytes([self.completed, data]))


class AssumesOrderFixed(AssumesOrder):
    """Answers with the number that the job carries."""

    def ready_async(self, data: int) -> None:
        """Answer with the job's own number."""
        driver_output(self.port, bytes([data, data]))


@planted(
    "jobs on different threads overtake each other: let each carry what it answers", AssumesOrder, AssumesOrderFixed,
    async_threads=2, **ONLY_BEHAVIOUR,
)  # fmt: skip
def assumes_order(bench: Workbench, driver: type[Driver]) -> None:
    """Each answer belongs to its request."""
    port = bench.open_port(driver)
    port.command()
    port.command()
    for _ in range(2):
        counted, carried = port.receive()
        assert counted == carried


# --- one buffer for all jobs ---


class SharedBuffer(Locked):
    """All jobs work in one buffer of the port."""

    def begin(self) -> None:
        """An empty buffer."""
        self.buffer = b""

    def output(self, buf: bytes) -> None:
        """Put the command into the buffer, and queue a job that works on it."""
        self.buffer = buf
        driver_async(self.port, None, self.work, [buf], None)

    def work(self, data: list[bytes]) -> None:
        """Work on what is in the buffer."""
        data.append(self.buffer)

    def ready_async(self, data: list[bytes]) -> None:
        """Answer."""
        driver_output(self.port, b"".join(data))


class SharedBufferFixed(SharedBuffer):
    """Each job has its own."""

    def work(self, data: list[bytes]) -> None:
        """Work on what the job carries."""
        data.append(data[0])


@planted(
    "the next command overwrites what a job still works on: let the job carry its data", SharedBuffer,
    SharedBufferFixed, allow=("data-race", "null-async-free"),
)  # fmt: skip
def shared_buffer(bench: Workbench, driver: type[Driver]) -> None:
    """Each job answers for its own command."""
    port = bench.open_port(driver)
    port.command(b"a")
    port.command(b"b")
    assert [port.receive(), port.receive()] == [b"aa", b"bb"]


# --- lazy initialisation ---


class LazyTwice(Locked):
    """Makes something when it is first needed; it should be made once."""

    def begin(self) -> None:
        """Nothing is made."""
        self.table: str | None = None
        self.made = 0

    def output(self, buf: bytes) -> None:
        """Queue two jobs that need it."""
        driver_async(self.port, None, self.need, None, None)
        driver_async(self.port, None, self.need, None, None)

    def need(self, data: None) -> None:
        """Make it unless it is there."""
        if self.table is None:
            self.made += 1
            self.table = "table"

    def ready_async(self, data: None) -> None:
        """Tell how often it was made."""
        driver_output(self.port, bytes([self.made]))


class LazyTwiceFixed(LazyTwice):
    """Looks and makes under the lock."""

    def need(self, data: None) -> None:
        """One at a time."""
        erl_drv_mutex_lock(self.lock)
        super().need(data)
        erl_drv_mutex_unlock(self.lock)


@planted(
    "two jobs both see that it is not made yet: look and make under one lock", LazyTwice, LazyTwiceFixed,
    async_threads=2, **ONLY_BEHAVIOUR,
)  # fmt: skip
def lazy_twice(bench: Workbench, driver: type[Driver]) -> None:
    """It is made once."""
    port = bench.open_port(driver)
    port.command()
    answers: list[Any] = [port.receive(), port.receive()]
    assert b"\x02" not in answers


# --- three preemptions ---


class ThreeSwitches(Locked):
    """A hand-shake of two jobs that goes wrong only if they take turns exactly so."""

    def begin(self) -> None:
        """The first step is open."""
        self.step = 0
        self.lock_free = True

    def output(self, buf: bytes) -> None:
        """Queue both."""
        driver_async(self.port, None, self.one, None, None)
        driver_async(self.port, None, self.two, None, None)

    def advance(self, expected: int) -> None:
        """Go on if it is our turn."""
        if self.step == expected:
            self.step = expected + 1

    def one(self, data: None) -> None:
        """Steps 0 and 2."""
        self.advance(0)
        self.advance(2)

    def two(self, data: None) -> None:
        """Steps 1 and 3."""
        self.advance(1)
        self.advance(3)

    def ready_async(self, data: None) -> None:
        """Tell how far it went."""
        driver_output(self.port, bytes([self.step]))


class ThreeSwitchesFixed(ThreeSwitches):
    """Forgets what was reached by turns."""

    def two(self, data: None) -> None:
        """Only step 1."""
        self.advance(1)


@planted(
    "a state that only three switches of threads reach: PCT of depth 4, or patience", ThreeSwitches,
    ThreeSwitchesFixed, async_threads=2, **ONLY_BEHAVIOUR,
)  # fmt: skip
def three_switches(bench: Workbench, driver: type[Driver]) -> None:
    """Nobody reaches the fourth step."""
    port = bench.open_port(driver)
    port.command()
    assert b"\x04" not in [port.receive(), port.receive()]
