"""Simulated threads: one runs at a time, and control moves only at synchronisation steps.

The engine keeps its threads in two sets, *runnable* (longest first) and *blocked*. Every operation on a
lock, event, atomic or lock-free list is a step: it first asks the strategy who goes on. Time is virtual:
it moves only when no thread can run, to the earliest deadline among the blocked ones. With nobody
runnable, no deadline and no watched file descriptor the run is a deadlock, and is reported as one.

Everything here belongs to the simulation's single OS thread (or to whichever carrier has the baton), so
it needs no locks of its own.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable
from random import Random
from typing import Any, Final, Literal, Protocol, final

from erts_emu.ethread.carriers import BatonCarrier, Carrier, CarrierKind, Unwind, carrier_factory
from erts_emu.ethread.errors import (
    DeadlockError,
    SimulatedThreadCrashed,
    SimulationOver,
    StepLimitExceeded,
    WrongOSThread,
)
from erts_emu.ethread.interface import LayerKind, Pollable, RWLock, ThreadEvent, ThreadSpecificData
from erts_emu.ethread.rwlock import LayeredRWLock
from erts_emu.ethread.schedule import Schedule
from erts_emu.ethread.strategies import InOrder, Strategy

_PACKAGE: Final = __name__.rpartition(".")[0]

_REPORTED_FRAMES: Final = 4

BIRTH: Final = 1_000_000_000 * 1_000_000_000
"""When every simulation begins, in nanoseconds since 1970: 9 September 2001, 01:46:40 UTC."""

ThreadState = Literal["runnable", "blocked", "done"]


NOBODY: Final[tuple[()]] = ()


class Waitable(Protocol):
    """What a thread can block on. The list is made when somebody does: hardly anything is ever waited for."""

    waiters: list[SimThread] | tuple[()]

    def holders(self) -> str:
        """Say who could end the wait, for the deadlock report."""


@final
class SimThread:
    """One simulated thread. ``number`` counts from 0 (the thread that made the simulation).

    For strategies that ask: ``operation`` and ``resource`` say what the thread does as soon as it is chosen
    (``"unlock"``: it has done that, and goes on; ``"woken"``: it goes on after a wait). They are right whenever a
    strategy that ``preempts`` is asked. ``taken`` counts the steps that the thread had taken when it last gave way.
    """

    __slots__ = (
        "_sim", "carrier", "deadline", "name", "number", "operation", "resource", "state", "taken", "timed_out", "tsd",
        "waiters", "waits_for",
    )  # fmt: skip

    def __init__(self, sim: SimulatedThreads, name: str, number: int, target: Callable[[], None] | None) -> None:
        self._sim = sim
        self.name = name
        self.number = number
        self.state: ThreadState = "runnable"
        self.waits_for: Waitable | None = None
        self.deadline: int | None = None
        self.timed_out = False
        self.taken = 0
        self.operation = "begin"
        self.resource: object = self
        self.waiters: list[SimThread] | tuple[()] = NOBODY
        self.tsd = ThreadSpecificData()
        self.carrier: Carrier = sim.make_carrier(target, name)

    def __repr__(self) -> str:
        return f"<SimThread {self.number} {self.name} {self.state}>"

    def holders(self) -> str:
        return f"ends when {self.name} ends"

    def join(self, timeout: int | None = None) -> bool:
        """Block until the thread has ended, or *timeout* nanoseconds of virtual time; say whether it has."""
        sim = self._sim
        sim.point("join", self)
        deadline = None if timeout is None else sim.now + timeout
        while self.state != "done" and sim.block(self, deadline):
            pass
        sim.joined(self)
        return self.state == "done"


class SimulatedThreads:
    """The layer of simulated threads. Who wants to see every step overrides ``point``, ``block`` and the two wakes.

    *strategy* chooses the next thread (default: in order); *seed* feeds ``random``; *step_limit* bounds the
    run; *carrier* is what threads are made of. ``schedule()`` gives the run so far as data.

    Watched file descriptors are real, and so is waiting for them: with no thread runnable and no deadline
    ahead the simulation waits up to *io_patience* seconds for one to become ready. With a deadline ahead it waits
    *io_grace* seconds before it lets time pass.
    """

    # Slots: an instance of more than thirty attributes has slow ones otherwise, and these are read at every step.
    __slots__ = (
        "__weakref__", "_began", "_blocked", "_choices", "_closing", "_disturbed", "_error", "_io", "_livelock",
        "_os_thread", "_preempts", "_quiet_until", "_random", "_runnable", "_step_limit", "_strategy",
        "_thread_count", "current", "io_grace", "io_patience", "main", "make_carrier", "now", "seed", "steps", "tsd",
    )  # fmt: skip

    kind: LayerKind = "simulated"
    spins = False

    def __init__(
        self,
        strategy: Strategy | None = None,
        *,
        seed: int = 0,
        step_limit: int | None = None,
        carrier: CarrierKind = "greenlet",
        io_patience: float = 10.0,
        io_grace: float = 0.0,
    ) -> None:
        self.seed = seed
        self._random: Random | None = None
        self.steps = 0
        self.now = 0
        self.io_patience = io_patience
        self.io_grace = io_grace
        self._io = _WaitForIO()
        self._strategy: Strategy = InOrder() if strategy is None else strategy
        self._preempts = self._strategy.preempts
        self._step_limit = sys.maxsize if step_limit is None else step_limit
        self._quiet_until = self._step_limit
        self._began = 0
        self._choices: dict[int, int] = {}
        self._runnable: list[SimThread] = []
        self._blocked: dict[SimThread, None] = {}
        self._error: BaseException | None = None
        self._livelock: StepLimitExceeded | None = None
        self._closing = False
        self._disturbed = False
        self.make_carrier = carrier_factory(carrier, lambda: self.current.carrier)
        self._thread_count = 0
        self.main = self._new_thread("main", None)
        self._os_thread = None if isinstance(self.main.carrier, BatonCarrier) else threading.get_ident()
        self.current = self.main
        self.tsd = self.main.tsd

    def __repr__(self) -> str:
        return f"<SimulatedThreads step {self.steps}, {self._thread_count} threads, t={self.now} ns>"

    # --- the layer's interface ---

    @property
    def random(self) -> Random:
        """The layer's random choices, made when they are first asked for: most runs make none."""
        if self._random is None:
            self._random = Random(self.seed)
        return self._random

    def spawn(self, name: str, target: Callable[[], None]) -> SimThread:
        def run() -> None:
            self._run_thread(thread, target)

        thread = self._new_thread(name, run)
        self.point("spawn", thread)
        return thread

    def mutex(self, name: str, ident: object = None) -> SimMutex:
        return SimMutex(self, name if ident is None else f"{name}:{ident}")

    def condition(self, mutex: Any, name: str) -> SimCondition:
        return SimCondition(self, mutex, name)

    def rwlock(self, name: str) -> RWLock:
        mutex = self.mutex(name)
        changed = self.condition(mutex, name)
        lock = LayeredRWLock(name, mutex, changed, lambda: self.current.name)
        changed.part_of = lock
        return lock

    def event(self, name: str) -> SimEvent:
        # Whoever comes from another OS thread needs an event first: here the mistake shows before it does harm.
        if self._os_thread not in (None, threading.get_ident()):
            raise WrongOSThread
        return SimEvent(self, name)

    def atomic(self, value: int = 0) -> SimAtomic:
        return SimAtomic(self, value)

    def queue(self) -> deque[Any]:
        return SimQueue(self)

    def monotonic(self) -> int:
        return self.now

    def time_offset(self) -> int:
        return BIRTH

    def sleep(self, duration: int) -> None:
        sleep = _Sleep()
        self.point("sleep", sleep)
        self.block(sleep, self.now + max(0, duration))

    def compute(self, duration: int) -> None:
        self.point("compute", _Sleep())
        if self._closing:
            raise Unwind
        self.now += duration
        self._end_waits_that_are_due()
        if self._io.waiters:
            self._poll_io(0.0)
        me = self.current
        self._runnable.remove(me)
        self._runnable.append(me)  # behind the others
        chosen = self._successor()
        if chosen is not me:
            self._switch(chosen)
        elif self._disturbed:
            self._raise_what_came()

    def wait_for_io(self, poll_set: Pollable) -> list[tuple[int, int]]:
        self.point("poll", self._io)
        ready = poll_set.poll(0)
        if not ready:
            self._io.poll_set = poll_set
            self._io.ready = []
            self.block(self._io)
            ready = self._io.ready
        return ready

    def wake_io(self) -> None:
        """Let the thread in ``wait_for_io`` return with nothing."""
        self.wake(self._io)

    def close(self) -> None:
        """Unwind every thread that has not ended, in creation order. Called by the main thread."""
        self._begin_to_close()
        for thread in self.threads:
            if thread is not self.main:
                self._switch(thread)

    # --- schedules ---

    def schedule(self) -> Schedule:
        """Return the run so far as data: replaying it takes the same steps."""
        return Schedule(self.seed, dict(self._choices), self.steps)

    @property
    def threads(self) -> list[SimThread]:
        """The threads that have not ended, in creation order."""
        return sorted([*self._runnable, *self._blocked], key=lambda thread: thread.number)

    # --- the engine ---

    def point(self, operation: str, resource: object) -> None:
        """Take one step: let the strategy move control to another thread before *operation* on *resource*."""
        self.steps = step = self.steps + 1
        if step <= self._quiet_until:
            return  # most steps: there is nobody else, or nothing to choose
        if step > self._step_limit:
            self._give_up(StepLimitExceeded(self._step_limit, str(self.schedule())))
            return
        current = self.current
        current.operation = operation
        current.resource = resource
        try:
            chosen = self._strategy.next_thread(self._runnable, current, step)
        except SimulationOver as error:
            self._give_up(error)
            return
        if chosen is not current:
            self._choices[step] = chosen.number
            # What _switch(chosen) does, without its call: most moves of control are made here.
            current.taken += step - self._began
            self._began = step
            switch = chosen.carrier.switch
            switch()
            self.current = current
            self.tsd = current.tsd
            if self._disturbed:
                self._raise_what_came()

    def taken_by(self, thread: SimThread) -> int:
        """Return how many steps *thread* has taken, the one that it stands before included."""
        return thread.taken + self.steps - self._began if thread is self.current else thread.taken

    def _begin_to_close(self) -> None:
        """From now on nobody chooses, nobody can wait, and whoever gets control again unwinds."""
        self._closing = self._disturbed = True
        self._preempts = False
        self._step_limit = self._quiet_until = sys.maxsize

    def _look_for_choice(self) -> None:
        """Find out up to which step nobody need be asked. Blocking, waking and making threads know it by themselves."""
        self._quiet_until = 0 if self._preempts and len(self._runnable) > 1 else self._step_limit

    def joined(self, thread: SimThread) -> None:
        """The running thread has waited for the end of *thread*, or for as long as it wanted. Nothing, here."""

    def _give_up(self, error: SimulationOver) -> None:
        """Let an error of the simulation itself come out of the main thread, as it is.

        After a livelock the main thread may take more steps, to put down what it holds, but it cannot wait any more.
        """
        if isinstance(error, StepLimitExceeded):
            self._step_limit = sys.maxsize
            self._livelock = error
            self._look_for_choice()
        if self.current is self.main:
            raise error
        self._fail(error)
        self._switch(self.main)

    def _switch(self, thread: SimThread) -> None:
        """Run *thread*; return when somebody chooses the calling thread again."""
        me = self.current
        steps = self.steps
        me.taken += steps - self._began
        self._began = steps
        switch = thread.carrier.switch
        switch()
        self.current = me
        self.tsd = me.tsd
        if self._disturbed:
            self._raise_what_came()

    def _raise_what_came(self) -> None:
        """Control has come to a thread, and not because somebody chose it: there is an error, or the end."""
        if self.current is not self.main:
            if self._closing:
                raise Unwind
        elif self._error is not None:
            error, self._error = self._error, None
            self._disturbed = self._closing
            raise error

    def block(self, resource: Waitable, deadline: int | None = None) -> bool:
        """Leave the running thread blocked on *resource*. False if *deadline* (on ``now``) came first."""
        if self._closing:
            raise Unwind
        me = self.current
        if self._livelock is not None and me is self.main:
            raise self._livelock
        me.state = "blocked"
        me.waits_for = me.resource = resource
        me.operation = "lock" if isinstance(resource, SimMutex) else "woken"
        me.deadline = deadline
        me.timed_out = False
        self._runnable.remove(me)
        self._blocked[me] = None
        if resource.waiters:
            resource.waiters.append(me)
        else:
            resource.waiters = [me]
        chosen = self._successor()
        if chosen is not me:
            self._switch(chosen)
        elif self._disturbed:
            self._raise_what_came()
        return not me.timed_out

    def wake(self, resource: Waitable) -> None:
        """Make every thread blocked on *resource* runnable; each looks again whether it can go on."""
        waiters = resource.waiters
        if waiters:
            for thread in waiters:
                self._make_runnable(thread)
            resource.waiters = NOBODY

    def wake_one(self, resource: Waitable) -> None:
        """Make the thread that has been blocked on *resource* longest runnable."""
        if resource.waiters:
            self._make_runnable(resource.waiters.pop(0))

    def _make_runnable(self, thread: SimThread) -> None:
        thread.state = "runnable"
        thread.waits_for = None
        thread.deadline = None
        del self._blocked[thread]
        self._runnable.append(thread)
        if self._preempts:
            self._quiet_until = 0

    def _successor(self) -> SimThread:
        """Choose who runs now that the running thread cannot."""
        runnable = self._runnable
        while not runnable:
            self._when_idle()
        self.steps += 1
        self._began += 1  # nobody's step
        longest = runnable[0]
        if len(runnable) == 1 or not self._preempts:
            self._quiet_until = self._step_limit
            return longest
        self._quiet_until = 0
        try:
            chosen = self._strategy.next_thread(runnable, None, self.steps)
        except SimulationOver as error:
            self._fail(error)
            return self.main
        if chosen is not longest:
            self._choices[self.steps] = chosen.number
        return chosen

    def _when_idle(self) -> None:
        """No thread can run: look at the outside world, then let time pass, then give up."""
        due = min((thread.deadline for thread in self._blocked if thread.deadline is not None), default=None)
        if self._io.waiters and self._poll_io(self.io_patience if due is None else self.io_grace):
            return
        if due is None:
            self._fail(DeadlockError(self._deadlock_report(), str(self.schedule())))
            return
        self.now = max(self.now, due)
        self._end_waits_that_are_due()

    def _end_waits_that_are_due(self) -> None:
        for thread in [t for t in self._blocked if t.deadline is not None and t.deadline <= self.now]:
            thread.timed_out = True
            self._forget_wait(thread)

    def _poll_io(self, timeout: float) -> bool:
        io = self._io
        assert io.poll_set is not None
        if not len(io.poll_set):
            return False
        io.ready = io.poll_set.poll(timeout)
        if io.ready:
            self.wake(io)
        return bool(io.ready)

    def _forget_wait(self, thread: SimThread) -> None:
        assert thread.waits_for is not None
        assert thread.waits_for.waiters
        thread.waits_for.waiters.remove(thread)
        self._make_runnable(thread)

    def _fail(self, error: BaseException) -> None:
        """Let *error* come out of the main thread, wherever that one is."""
        self._error = error
        self._disturbed = True
        if self.main.state == "blocked":
            self._forget_wait(self.main)

    def _new_thread(self, name: str, target: Callable[[], None] | None) -> SimThread:
        thread = SimThread(self, name, self._thread_count, target)
        self._thread_count += 1
        if self._preempts and self._runnable:
            self._quiet_until = 0
        self._runnable.append(thread)
        return thread

    def _run_thread(self, thread: SimThread, target: Callable[[], None]) -> None:
        """Be a thread's whole life; the last act hands control to a successor."""
        self.current = thread
        self.tsd = thread.tsd
        successor = None
        try:
            if not self._closing:
                target()
        except Unwind:
            pass  # the simulation is being closed
        except BaseException as error:  # noqa: BLE001 -- it comes out of the main thread
            crash = SimulatedThreadCrashed(thread.name, str(self.schedule()))
            crash.__cause__ = error
            self._fail(crash)
            successor = self.main
        if thread.state == "runnable":
            self._runnable.remove(thread)
        else:
            del self._blocked[thread]
        thread.state = "done"
        self._look_for_choice()
        self.wake(thread)
        if successor is None:
            successor = self.main if self._closing else self._successor()
        thread.taken += self.steps - self._began
        self._began = self.steps
        thread.carrier.finish(successor.carrier)

    def _deadlock_report(self) -> str:
        return "\n".join(
            f"  {thread.name} waits for {thread.waits_for!r} ({thread.waits_for.holders()}){self._lines_of(thread)}"
            for thread in self.threads
            if thread.waits_for is not None
        )

    def _lines_of(self, thread: SimThread) -> str:
        """The innermost lines of a blocked thread outside the packages that the layer is made of."""
        own_packages = (_PACKAGE, type(self).__module__.rpartition(".")[0])
        frame = sys._getframe() if thread is self.current else thread.carrier.frame()
        lines: list[str] = []
        while frame is not None and len(lines) < _REPORTED_FRAMES:
            if frame.f_globals.get("__package__") not in own_packages:
                code = frame.f_code
                lines.append(f"\n    at {code.co_filename}:{frame.f_lineno} in {code.co_qualname}")
            frame = frame.f_back
        return "".join(lines)


# --- what threads synchronise with; who observes them makes subclasses ---


@final
class _Sleep:
    """What a sleeping thread waits for: nothing but time."""

    __slots__ = ("waiters",)

    def __init__(self) -> None:
        self.waiters: list[SimThread] | tuple[()] = NOBODY

    def __repr__(self) -> str:
        return "time to pass"

    def holders(self) -> str:
        return "ends by itself"


@final
class _WaitForIO:
    """What the poll thread waits for: the outside world."""

    __slots__ = ("poll_set", "ready", "waiters")

    def __init__(self) -> None:
        self.waiters: list[SimThread] | tuple[()] = NOBODY
        self.poll_set: Pollable | None = None
        self.ready: list[tuple[int, int]] = []

    def __repr__(self) -> str:
        return f"file descriptors {self.poll_set!r}"

    def holders(self) -> str:
        return "ends when one is ready"


class SimMutex:
    """A simulated mutex; ``owner`` is the thread that holds it."""

    __slots__ = ("_sim", "name", "owner", "waiters")

    def __init__(self, sim: SimulatedThreads, name: str) -> None:
        self._sim = sim
        self.name = name
        self.owner: SimThread | None = None
        self.waiters: list[SimThread] | tuple[()] = NOBODY

    def __repr__(self) -> str:
        return f"<Mutex {self.name}>"

    def holders(self) -> str:
        return f"held by {self.owner.name}" if self.owner is not None else "free"

    def acquire(self, blocking: bool = True, /) -> bool:
        sim = self._sim
        sim.point("lock" if blocking else "trylock", self)
        while self.owner is not None:
            if not blocking:
                return False
            sim.block(self)
        self.owner = sim.current
        return True

    def release(self) -> None:
        if self.owner is None:
            raise RuntimeError(f"release of unlocked mutex {self.name}")
        self.owner = None
        sim = self._sim
        if self.waiters:
            sim.wake(self)
        sim.point("unlock", self)

    def release_and_block(self, resource: Waitable, deadline: int | None) -> None:
        """Free the mutex and block on *resource* in one step, as a condition variable must."""
        self.owner = None
        self._sim.wake(self)
        self._sim.block(resource, deadline)

    def locked(self) -> bool:
        return self.owner is not None


class SimCondition:
    """A simulated condition variable."""

    __slots__ = ("_mutex", "_sim", "name", "part_of", "waiters")

    def __init__(self, sim: SimulatedThreads, mutex: SimMutex, name: str) -> None:
        self._sim = sim
        self._mutex = mutex
        self.name = name
        self.waiters: list[SimThread] | tuple[()] = NOBODY
        self.part_of: LayeredRWLock | None = None

    def __repr__(self) -> str:
        return f"<Condition {self.name}>" if self.part_of is None else repr(self.part_of)

    def holders(self) -> str:
        return "ends with a signal" if self.part_of is None else self.part_of.holders()

    def wait(self, timeout: int | None = None) -> bool:
        sim = self._sim
        self._mutex.release_and_block(self, None if timeout is None else sim.now + timeout)
        signalled = not sim.current.timed_out
        self._mutex.acquire()
        return signalled

    def signal(self) -> None:
        self._sim.point("signal", self)
        self._sim.wake_one(self)

    def broadcast(self) -> None:
        self._sim.point("broadcast", self)
        self._sim.wake(self)


class SimEvent:
    """A simulated thread event."""

    __slots__ = ("_sim", "name", "on", "waiters")

    def __init__(self, sim: SimulatedThreads, name: str) -> None:
        self._sim = sim
        self.name = name
        self.on = False
        self.waiters: list[SimThread] | tuple[()] = NOBODY

    def __repr__(self) -> str:
        return f"<ThreadEvent {self.name} {'ON' if self.on else 'OFF'}>"

    def holders(self) -> str:
        return "ends when the event is set"

    def set(self) -> None:
        sim = self._sim
        sim.point("set", self)
        self.on = True
        if self.waiters:
            sim.wake(self)

    def reset(self) -> None:
        self._sim.point("reset", self)
        self.on = False

    def spin(self, *owed: ThreadEvent) -> bool:
        for event in owed:
            event.set()
        return False

    def wait(self, timeout: int | None = None) -> None:
        sim = self._sim
        sim.point("wait", self)
        if not self.on:
            sim.block(self, None if timeout is None else sim.now + timeout)


class SimAtomic:
    """A simulated atomic integer: every operation is a step."""

    __slots__ = ("_sim", "value")

    def __init__(self, sim: SimulatedThreads, value: int) -> None:
        self._sim = sim
        self.value = value

    def __repr__(self) -> str:
        return f"<Atomic {self.value}>"

    def read(self) -> int:
        self._sim.point("read", self)
        return self.value

    def set(self, value: int, /) -> None:
        self._sim.point("write", self)
        self.value = value

    def add_read(self, amount: int, /) -> int:
        self._sim.point("add", self)
        self.value += amount
        return self.value

    def read_bor(self, mask: int, /) -> int:
        self._sim.point("or", self)
        old = self.value
        self.value = old | mask
        return old

    def read_band(self, mask: int, /) -> int:
        self._sim.point("and", self)
        old = self.value
        self.value = old & mask
        return old

    def cmpxchg(self, new: int, expected: int, /) -> int:
        self._sim.point("cmpxchg", self)
        old = self.value
        if old == expected:
            self.value = new
        return old


class SimQueue(deque[Any]):
    """A simulated lock-free list: adding to it and taking from it are steps."""

    __slots__ = ("_sim",)

    def __init__(self, sim: SimulatedThreads) -> None:
        self._sim = sim

    def append(self, item: Any, /) -> None:
        self._sim.point("append", self)
        deque.append(self, item)

    def popleft(self) -> Any:
        self._sim.point("popleft", self)
        return deque.popleft(self)
