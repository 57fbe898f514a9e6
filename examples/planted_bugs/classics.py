"""Small programs of the kind that benchmarks of systematic testing use, as drivers: every thread is an async job.

The programs are our own; what they are about is common property: accounts, a device that is stopped while it is used,
philosophers, wrong locks, token rings, reordered stores, circular buffers, stacks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from erts_emu.driver import (
    Driver,
    driver_async,
    driver_output,
    erl_drv_mutex_create,
    erl_drv_mutex_destroy,
    erl_drv_mutex_lock,
    erl_drv_mutex_unlock,
)
from erts_emu.testing import Workbench

from .library import planted

UNCHECKED = {"lock_checker": False, "allow": ("data-race", "use-after-stop", "lock")}


class Classic(Driver):
    """One command queues every job; after the last one the port tells whether all is well."""

    driver_name = "planted"

    def start(self, command: str) -> None:
        """Make the locks."""
        self.locks = [erl_drv_mutex_create(f"lock {number}") for number in range(3)]
        self.left = 0
        self.begin()

    def begin(self) -> None:
        """Set what the program starts with."""

    def jobs(self) -> Sequence[Callable[[], None]]:
        """The program's threads."""
        raise NotImplementedError

    def is_well(self) -> bool:
        """What has to hold at the end."""
        raise NotImplementedError

    def output(self, buf: bytes) -> None:
        """Queue every job."""
        jobs = self.jobs()
        self.left = len(jobs)
        for job in jobs:
            driver_async(self.port, None, partial(run, job), None, None)

    def ready_async(self, data: None) -> None:
        """Tell how it went."""
        self.left -= 1
        if not self.left:
            driver_output(self.port, b"well" if self.is_well() else b"broken")

    def stop(self) -> None:
        """Destroy the locks."""
        for lock in self.locks:
            erl_drv_mutex_destroy(lock)

    def lock(self, number: int = 0) -> None:
        """Take a lock."""
        erl_drv_mutex_lock(self.locks[number])

    def unlock(self, number: int = 0) -> None:
        """Give it back."""
        erl_drv_mutex_unlock(self.locks[number])


def run(job: Callable[[], None], data: None) -> None:
    """Run a job."""
    job()


def all_is_well(bench: Workbench, driver: type[Driver]) -> None:
    """The program ends, and its condition holds."""
    port = bench.open_port(driver)
    port.command()
    assert port.receive() == b"well"


class Account(Classic):
    """Deposits and withdrawals; the balance is read outside the lock."""

    def begin(self) -> None:
        """A hundred."""
        self.balance = 100

    def move(self, amount: int) -> None:
        """Change the balance."""
        balance = self.balance
        self.lock()
        self.balance = balance + amount
        self.unlock()

    def jobs(self) -> Sequence[Callable[[], None]]:
        """One deposit, one withdrawal."""
        return (lambda: self.move(50), lambda: self.move(-30))

    def is_well(self) -> bool:
        """Nothing is lost."""
        return self.balance == 120


class AccountFixed(Account):
    """Reads inside the lock."""

    def move(self, amount: int) -> None:
        """Change the balance."""
        self.lock()
        self.balance = self.balance + amount
        self.unlock()


@planted("a value read before the lock is old", Account, AccountFixed, async_threads=2, **UNCHECKED)
def account(bench: Workbench, driver: type[Driver]) -> None:
    """The balance is right."""
    all_is_well(bench, driver)


class Bluetooth(Classic):
    """One thread uses the device, one stops it; the user looks whether it is stopping, and only then says it is in."""

    def begin(self) -> None:
        """One user: the stopper itself."""
        self.pending = 1
        self.stopping = False
        self.stopped = False
        self.used_stopped = False

    def enter(self) -> bool:
        """Look, then come in."""
        if self.stopping:
            return False
        self.lock()
        self.pending = self.pending + 1
        self.unlock()
        return True

    def leave(self) -> None:
        """Go; the last one stops the device."""
        self.lock()
        self.pending = self.pending - 1
        if self.pending == 0:
            self.stopped = True
        self.unlock()

    def use(self) -> None:
        """Use the device."""
        if self.enter():
            if self.stopped:
                self.used_stopped = True
            self.leave()

    def halt(self) -> None:
        """Stop the device."""
        self.stopping = True
        self.leave()

    def jobs(self) -> Sequence[Callable[[], None]]:
        """User and stopper."""
        return (self.use, self.halt)

    def is_well(self) -> bool:
        """Nobody used a stopped device."""
        return not self.used_stopped


class BluetoothFixed(Bluetooth):
    """Comes in, then looks."""

    def enter(self) -> bool:
        """Come in, then look."""
        self.lock()
        come_in = not self.stopping
        if come_in:
            self.pending = self.pending + 1
        self.unlock()
        return come_in

    def halt(self) -> None:
        """Stop the device."""
        self.lock()
        self.stopping = True
        self.unlock()
        self.leave()


@planted("coming in and looking are one step", Bluetooth, BluetoothFixed, async_threads=2, **UNCHECKED)
def bluetooth(bench: Workbench, driver: type[Driver]) -> None:
    """A stopped device is not used."""
    all_is_well(bench, driver)


class Philosophers(Classic):
    """Three philosophers take the left fork first."""

    def begin(self) -> None:
        """Nobody has eaten."""
        self.meals = [0, 0, 0]

    def forks(self, number: int) -> tuple[int, int]:
        """Left, then right."""
        return number, (number + 1) % 3

    def dine(self, number: int) -> None:
        """Eat once."""
        first, second = self.forks(number)
        self.lock(first)
        self.lock(second)
        self.meals[number] += 1
        self.unlock(second)
        self.unlock(first)

    def jobs(self) -> Sequence[Callable[[], None]]:
        """Three of them."""
        return tuple(partial(self.dine, number) for number in range(3))

    def is_well(self) -> bool:
        """All have eaten."""
        return self.meals == [1, 1, 1]


class PhilosophersFixed(Philosophers):
    """The lower fork first."""

    def forks(self, number: int) -> tuple[int, int]:
        """Lower, then higher."""
        low, high = sorted(super().forks(number))
        return low, high


@planted("everybody waits for the neighbour: order the forks", Philosophers, PhilosophersFixed, async_threads=3,
         **UNCHECKED)  # fmt: skip
def philosophers(bench: Workbench, driver: type[Driver]) -> None:
    """All eat."""
    all_is_well(bench, driver)


class WrongLock(Classic):
    """Two threads guard one counter with different locks."""

    def begin(self) -> None:
        """Begin at nothing."""
        self.count = 0

    def add(self, lock: int) -> None:
        """Count under a lock."""
        self.lock(lock)
        self.count = self.count + 1
        self.unlock(lock)

    def jobs(self) -> Sequence[Callable[[], None]]:
        """Two that count."""
        return (lambda: self.add(0), lambda: self.add(self.other))

    other = 1

    def is_well(self) -> bool:
        """Both have counted."""
        return self.count == 2


class WrongLockFixed(WrongLock):
    """Takes the same lock."""

    other = 0


@planted("a lock guards only against those who take it too", WrongLock, WrongLockFixed, async_threads=2, **UNCHECKED)
def wrong_lock(bench: Workbench, driver: type[Driver]) -> None:
    """Nothing is lost."""
    all_is_well(bench, driver)


class TokenRing(Classic):
    """Four threads each copy their left neighbour's token, which the last one expects to have come round."""

    def begin(self) -> None:
        """The first has it."""
        self.tokens = [1, 0, 0, 0]
        self.turn = 0

    def copy(self, number: int) -> None:
        """Take the neighbour's."""
        self.lock()
        if self.turn >= number - 1 or not self.in_turn:
            self.tokens[number] = self.tokens[number - 1]
            self.turn = number
        else:
            self.missed = True
        self.unlock()

    in_turn = False
    missed = False

    def jobs(self) -> Sequence[Callable[[], None]]:
        """Three copiers."""
        return tuple(partial(self.copy, number) for number in (1, 2, 3))

    def is_well(self) -> bool:
        """It has come round, or somebody knows that it has not."""
        return self.tokens[3] == 1 or self.missed


class TokenRingFixed(TokenRing):
    """Copies only in turn."""

    in_turn = True


@planted("threads start in any order: do not count on it", TokenRing, TokenRingFixed, async_threads=3, **UNCHECKED)
def token_ring(bench: Workbench, driver: type[Driver]) -> None:
    """The token comes round."""
    all_is_well(bench, driver)


class Reorder(Classic):
    """Setters store a, then b; a checker reads b, then a: it must not see b without a... but reads a first."""

    def begin(self) -> None:
        """Nothing is set."""
        self.a = 0
        self.b = 0
        self.seen = (0, 0)

    def set_both(self) -> None:
        """Store a, then b."""
        self.a = 1
        self.b = 1

    def check(self) -> None:
        """Read a, then b."""
        a = self.a
        b = self.b
        self.seen = (a, b)

    def jobs(self) -> Sequence[Callable[[], None]]:
        """Two setters and a checker."""
        return (self.set_both, self.set_both, self.check)

    def is_well(self) -> bool:
        """Who sees b sees a."""
        return self.seen != (0, 1)


class ReorderFixed(Reorder):
    """Reads in the other order."""

    def check(self) -> None:
        """Read b, then a."""
        b = self.b
        a = self.a
        self.seen = (a, b)


@planted("readers go through what writers store in the opposite order", Reorder, ReorderFixed, async_threads=3,
         **UNCHECKED)  # fmt: skip
def reorder(bench: Workbench, driver: type[Driver]) -> None:
    """The checker sees no b without a."""
    all_is_well(bench, driver)


class CircularBuffer(Classic):
    """One thread puts in, one takes out; the place in is moved before the thing is there."""

    def begin(self) -> None:
        """An empty buffer."""
        self.buffer: list[int | None] = [None] * 3
        self.place_in = 0
        self.place_out = 0
        self.got: list[int | None] = []

    def put(self, thing: int) -> None:
        """Move the place, then store."""
        place = self.place_in
        self.place_in = place + 1
        self.store(place, thing)

    def store(self, place: int, thing: int) -> None:
        """Store a thing."""
        self.buffer = [*self.buffer[:place], thing, *self.buffer[place + 1 :]]

    def produce(self) -> None:
        """Put two things in."""
        self.put(1)
        self.put(2)

    def consume(self) -> None:
        """Take out what is there."""
        for _ in range(2):
            if self.place_out < self.place_in:
                self.got.append(self.buffer[self.place_out])
                self.place_out = self.place_out + 1

    def jobs(self) -> Sequence[Callable[[], None]]:
        """Producer and consumer."""
        return (self.produce, self.consume)

    def is_well(self) -> bool:
        """Nobody got a thing that was not there."""
        return None not in self.got


class CircularBufferFixed(CircularBuffer):
    """Stores first."""

    def put(self, thing: int) -> None:
        """Store, then move the place."""
        place = self.place_in
        self.store(place, thing)
        self.place_in = place + 1


@planted("the index tells that the thing is there: move it last", CircularBuffer, CircularBufferFixed,
         async_threads=2, **UNCHECKED)  # fmt: skip
def circular_buffer(bench: Workbench, driver: type[Driver]) -> None:
    """What is taken out was put in."""
    all_is_well(bench, driver)


class Stack(Classic):
    """One thread pushes, one pops; pop looks at the height outside the lock."""

    def begin(self) -> None:
        """One thing."""
        self.height = 1
        self.underflow = False

    def pop(self) -> None:
        """Look, then pop."""
        if self.height > 0:
            self.lock()
            self.take()
            self.unlock()

    def take(self) -> None:
        """Pop one."""
        self.height = self.height - 1
        if self.height < 0:
            self.underflow = True

    def jobs(self) -> Sequence[Callable[[], None]]:
        """Two that pop."""
        return (self.pop, self.pop)

    def is_well(self) -> bool:
        """The stack was never below its floor."""
        return not self.underflow


class StackFixed(Stack):
    """Looks inside the lock."""

    def pop(self) -> None:
        """Look and pop."""
        self.lock()
        if self.height > 0:
            self.take()
        self.unlock()


@planted("look again once you hold the lock", Stack, StackFixed, async_threads=2, **UNCHECKED)
def stack(bench: Workbench, driver: type[Driver]) -> None:
    """Nothing is popped from an empty stack."""
    all_is_well(bench, driver)


class QueueLag(Classic):
    """Needs three switches: a writer must be overtaken between each two of its stores."""

    def begin(self) -> None:
        """Nothing has happened."""
        self.phase = 0
        self.bad = False

    def write(self) -> None:
        """Go through the phases."""
        self.phase = 1
        self.phase = 2
        self.phase = 3

    def watch(self) -> None:
        """See every phase."""
        seen = [self.phase, self.phase, self.phase]
        self.bad = seen == [1, 2, 3] and self.strict

    strict = True

    def jobs(self) -> Sequence[Callable[[], None]]:
        """Writer and watcher."""
        return (self.write, self.watch)

    def is_well(self) -> bool:
        """Nobody saw all three."""
        return not self.bad


class QueueLagFixed(QueueLag):
    """Does not mind."""

    strict = False


@planted("three observations in three phases: four switches", QueueLag, QueueLagFixed, async_threads=2, **UNCHECKED)
def queue_lag(bench: Workbench, driver: type[Driver]) -> None:
    """The watcher does not see all phases."""
    all_is_well(bench, driver)
