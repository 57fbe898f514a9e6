"""The thread layer: everything concurrent in an emulator goes through one of these.

Two layers implement the interface: :mod:`erts_emu.ethread.real` (OS threads) and
:mod:`erts_emu.ethread.simulated` (one thread at a time, any interleaving on demand, virtual
time). The emulator's code is the same on both. Counterpart in ERTS: ``ethread``.

Units: every time is an integer number of nanoseconds on the layer's own monotonic clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any, Literal, Protocol

NANOSECONDS_PER_MILLISECOND = 1_000_000
NANOSECONDS_PER_SECOND = 1_000_000_000

LayerKind = Literal["real", "simulated"]


class Mutex(Protocol):
    """A mutual-exclusion lock, not recursive. A real one without checks *is* the interpreter's own lock."""

    def acquire(self, blocking: bool = ..., /) -> bool:
        """Take the lock; with ``blocking=False`` only try, and say whether it was taken."""

    def release(self) -> None:
        """Give the lock back."""

    def locked(self) -> bool:
        """Say whether some thread holds the lock; stale as soon as it is read."""


class Condition(Protocol):
    """A condition variable bound to one mutex, which the caller of ``wait`` holds."""

    def wait(self, timeout: int | None = None) -> bool:
        """Give the mutex back, sleep until signalled, take it again. False after *timeout* nanoseconds."""

    def signal(self) -> None:
        """Wake one waiter, if there is one."""

    def broadcast(self) -> None:
        """Wake every waiter."""


class RWLock(Protocol):
    """A lock shared by readers and exclusive to one writer; writers go first."""

    def rlock(self) -> None:
        """Take the lock for reading."""

    def tryrlock(self) -> bool:
        """Take the lock for reading if no writer holds it or waits for it."""

    def runlock(self) -> None:
        """Give a read lock back."""

    def rwlock(self) -> None:
        """Take the lock for writing."""

    def tryrwlock(self) -> bool:
        """Take the lock for writing if nobody holds it."""

    def rwunlock(self) -> None:
        """Give the write lock back."""


class ThreadEvent(Protocol):
    """A thread's own event (ERTS: ``erts_tse_t``): ON or OFF, one thread waits, any thread sets.

    The waiter resets the event, looks once more for work, and only then waits: a ``set`` that
    comes after the reset is never lost. A wait may return although nobody has set the event. Who has added work
    and then reads ``on`` as true need not set the event: the waiter has not reset it yet, and will look again.
    """

    on: bool

    def set(self) -> None:
        """Turn the event ON and wake the waiter."""

    def reset(self) -> None:
        """Turn the event OFF."""

    def spin(self, *owed: ThreadEvent) -> bool:
        """Wait some microseconds, giving the processor to others; say whether the event came. May say no at once.

        First turn the *owed* events ON, which are of the same layer: as late as can be, so that whoever waits for them
        finds the way free.
        """

    def wait(self, timeout: int | None = None) -> None:
        """Return once the event is ON, or after *timeout* nanoseconds."""


class Atomic(Protocol):
    """An integer that several threads change without a lock. Every method is one indivisible step.

    ``value`` may be read as a hint: that is no step, and what it says may be over when it is used.
    """

    value: int

    def read(self) -> int:
        """Return the value."""

    def set(self, value: int, /) -> None:
        """Replace the value."""

    def add_read(self, amount: int, /) -> int:
        """Add, and return the new value."""

    def read_bor(self, mask: int, /) -> int:
        """Set the bits of *mask*, and return the old value."""

    def read_band(self, mask: int, /) -> int:
        """Clear the bits outside *mask*, and return the old value."""

    def cmpxchg(self, new: int, expected: int, /) -> int:
        """Store *new* if the value is *expected*; return the old value either way."""


class Thread(Protocol):
    """A running thread, joinable once by any thread."""

    name: str

    def join(self, timeout: int | None = None) -> bool:
        """Wait until the thread has ended, or *timeout* nanoseconds; say whether it has."""


class ThreadSpecificData:
    """What one thread knows about itself. The defaults are those of a thread ERTS knows nothing of.

    ``scheduler`` is the scheduler whose seat the thread holds (ERTS: ``erts_get_scheduler_data``), ``held`` the locks
    the lock checker saw it take, in that order,
    ``callback`` the driver callback it is inside of, and ``name`` how the lock checker calls it.
    The values belong to higher floors, hence ``Any``.
    """

    scheduler: Any = None
    callback: Any = None
    driver_thread: Any = None
    name: str = "unknown"

    def __init__(self) -> None:
        self.held: list[Any] = []


class Pollable(Protocol):
    """A set of file descriptors that can be polled."""

    def poll(self, timeout: float | None) -> list[tuple[int, int]]:
        """Wait up to *timeout* seconds (None: for ever) and return ``(fd, events)`` pairs."""

    def __len__(self) -> int:
        """The number of watched descriptors."""


class ThreadLayer(Protocol):
    """The maker of threads, locks, events, atomics, clocks and random choices of one emulator."""

    kind: LayerKind
    spins: bool
    """Whether events spin: then who is about to may leave setting other events to it."""
    tsd: ThreadSpecificData

    @property
    def random(self) -> Random:
        """The layer's random choices."""

    def spawn(self, name: str, target: Callable[[], None]) -> Thread:
        """Start a thread that runs *target*. Its *name* appears in reports (and in the OS where it can)."""

    def mutex(self, name: str, ident: object = None) -> Mutex:
        """Make a mutex. *name* and *ident*, which tells those of one name apart, are for reports."""

    def condition(self, mutex: Any, name: str) -> Condition:
        """Make a condition variable for *mutex*, which this layer made."""

    def rwlock(self, name: str) -> RWLock:
        """Make a readers-writer lock."""

    def event(self, name: str) -> ThreadEvent:
        """Make a thread event, initially OFF."""

    def atomic(self, value: int = 0) -> Atomic:
        """Make an atomic integer."""

    def queue(self) -> deque[Any]:
        """Make a deque whose single operations are atomic: the lock-free list of this layer."""

    def monotonic(self) -> int:
        """Nanoseconds on the layer's clock, which never goes back."""

    def time_offset(self) -> int:
        """What to add to ``monotonic()`` to get nanoseconds since 1970; constant."""

    def sleep(self, duration: int) -> None:
        """Let *duration* nanoseconds pass for the calling thread."""

    def compute(self, duration: int) -> None:
        """Say that the calling thread has computed for *duration* nanoseconds, and may go on.

        Virtual time moves that far, descriptors are looked at and every other thread gets its turn, so that a loop
        that waits for any of them ends. Real time has passed by itself.
        """

    def wait_for_io(self, poll_set: Pollable) -> list[tuple[int, int]]:
        """Block the calling thread until *poll_set* reports something, or is woken. One thread at a time."""

    def wake_io(self) -> None:
        """Let a simulated thread in ``wait_for_io`` return; a real one returns when its poll set is woken."""

    def close(self) -> None:
        """End the layer. Threads that still wait are unwound; using the layer afterwards is an error."""
