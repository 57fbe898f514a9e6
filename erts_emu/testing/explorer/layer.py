"""Simulated threads under observation: who has taken how many steps, and what each step touched."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Final, final

from erts_emu.ethread import (
    Schedule,
    SimAtomic,
    SimCondition,
    SimEvent,
    SimMutex,
    SimQueue,
    SimThread,
    SimulatedThreads,
    Strategy,
    Waitable,
)

Key = tuple[str, int, int]
"""A resource's name in every run: its kind, the thread that made it, how many that thread had made before."""
Footprint = dict[Key, bool]
"""What a step touched; True: in a way whose order with reading matters."""

NOT_DECIDING: Final = frozenset({"begin", "spawn", "join", "unlock", "sleep"})
"""Operations that nobody else can see: it does not matter when they come."""


def drivers_see(resource: object) -> bool:
    """Say whether a step on *resource* is one that drivers can see: data they share, locks of theirs."""
    return hasattr(resource, "label") or isinstance(resource, ClockedMutex)


MAY_BLOCK: Final = frozenset({"lock", "join"})
"""Operations of which ``can_go_on`` may be false."""


def can_go_on(thread: SimThread) -> bool:
    """Say whether *thread*, chosen now, does more than to block at once."""
    if thread.operation == "lock":
        return not isinstance(thread.resource, SimMutex) or thread.resource.owner is None
    if thread.operation == "join":
        return not isinstance(thread.resource, SimThread) or thread.resource.state == "done"
    return True


_NO_ORDER: Final = frozenset(
    """async_enq_mtx async_init_mtx driver_list drv_ev_state drv_tsd get_time port_sched_lock port_table proc_status
    reg_tab run_queue thr_progress_leader thr_progress_requests""".split()
)
"""The emulator's own locks. That two threads met at one of them does not order what drivers do."""

Clock = dict[int, int]
"""A vector clock: of each other thread, the last of its moments that is known to be over. Replaced, never changed."""
Told = tuple[int, int, Clock]
"""What one thread lets another know: its number, a moment of its own, and what it knew at that moment."""


class ExploredThreads(SimulatedThreads):
    """Simulated threads that keep vector clocks.

    They order what drivers do: by the hand-over of jobs, by port locks, port data locks and drivers' own locks, and by
    the start and the end of threads. A thread's own time is a number, its *moment*; what others have done is over for
    it as far as its clock says. ``moments`` and ``known``, the clocks, go by thread numbers.

    ``focus`` asks strategies to spend their switches on steps that drivers can see, of which an emulator takes few:
    ``driver_steps`` counts them.
    """

    __slots__ = ("_all", "_handed_over", "driver_steps", "failed_at", "focus", "known", "moments")

    def __init__(self, strategy: Strategy, *, seed: int = 0, step_limit: int | None = None) -> None:
        self.failed_at: Schedule | None = None
        self.focus = False
        self.driver_steps = 0
        self._all: list[SimThread] = []
        self.known: list[Clock] = []
        self.moments: list[int] = []
        self._handed_over: dict[int, Told] = {}
        super().__init__(strategy, seed=seed, step_limit=step_limit)

    def stop_exploring(self) -> None:
        """The run has failed: remember its schedule up to here, and go on in order."""
        if self.failed_at is None:
            self.failed_at = self.schedule()
            self.pause()

    def pause(self) -> None:
        """Go on in order until ``resume``: nothing that is under test happens now."""
        self._preempts = False
        self._look_for_choice()

    def resume(self) -> None:
        """Let the strategy choose again, unless the run has failed."""
        self._preempts = self._strategy.preempts and self.failed_at is None
        self._look_for_choice()

    @property
    def taken(self) -> dict[int, int]:
        """The steps of every thread, by its number."""
        return {thread.number: self.taken_by(thread) for thread in self._all}

    def joined(self, thread: SimThread) -> None:
        """Who has waited for a thread's end comes after all it did."""
        if thread.state == "done":
            self.take_over((thread.number, self.moments[thread.number], self.known[thread.number]))

    def _new_thread(self, name: str, target: Callable[[], None] | None) -> SimThread:
        thread = super()._new_thread(name, target)
        self._all.append(thread)
        self.moments.append(1)
        if target is None:
            self.known.append({})
        else:
            maker, moment, known = self.hand_over()
            self.known.append({**known, maker: moment})
        return thread

    def mutex(self, name: str, ident: object = None) -> SimMutex:
        """Make a mutex; one that drivers can see carries a clock."""
        kind = SimMutex if name in _NO_ORDER or name.startswith("scheduler seat") else ClockedMutex
        return kind(self, name if ident is None else f"{name}:{ident}")

    def queue(self) -> SimQueue:
        """Make a queue that hands clocks over with jobs."""
        return ClockedQueue(self)

    # --- vector clocks ---

    def hand_over(self) -> Told:
        """Return what the running thread can tell, and begin a new moment of it."""
        number = self.current.number
        moment = self.moments[number]
        self.moments[number] = moment + 1
        return number, moment, self.known[number]

    def take_over(self, told: Told) -> None:
        """The running thread learns what another one has told."""
        teller, moment, theirs = told
        me = self.current.number
        mine = self.known[me]
        if teller == me or mine.get(teller, 0) >= moment:
            return  # who knows of that moment knows what was known then
        known = {**mine, teller: moment}
        for number, known_moment in theirs.items():
            if known.get(number, 0) < known_moment:
                known[number] = known_moment
        self.known[me] = known

    def hand_job(self, job: object) -> None:
        """The running thread puts *job* into a queue."""
        self._handed_over[id(job)] = self.hand_over()

    def take_job(self, job: object) -> None:
        """The running thread takes *job* out of a queue."""
        told = self._handed_over.pop(id(job), None)
        if told is not None:
            self.take_over(told)


class ClockedMutex(SimMutex):
    """A mutex whose holder learns what the holders before it knew."""

    __slots__ = ("_told",)

    def __init__(self, sim: ExploredThreads, name: str) -> None:
        SimMutex.__init__(self, sim, name)
        self._told: Told | None = None

    def acquire(self, blocking: bool = True, /) -> bool:
        """Take the lock, and what its last holder knew."""
        sim: Any = self._sim
        sim.driver_steps += 1
        sim.point("lock" if blocking else "trylock", self)
        while self.owner is not None:
            if not blocking:
                return False
            sim.block(self)
        self.owner = sim.current
        if self._told is not None:
            sim.take_over(self._told)
        return True

    def release(self) -> None:
        """Leave what the holder knows, and give the lock back."""
        sim: Any = self._sim
        sim.driver_steps += 1
        self._told = sim.hand_over()
        SimMutex.release(self)

    def release_and_block(self, resource: Waitable, deadline: int | None) -> None:
        """As ``release``."""
        sim: Any = self._sim
        self._told = sim.hand_over()
        super().release_and_block(resource, deadline)


class ClockedQueue(SimQueue):
    """A queue: who takes a job out of it comes after who has put it in."""

    __slots__ = ()

    def append(self, item: Any, /) -> None:
        """Add *item*."""
        sim: Any = self._sim
        if hasattr(item, "async_invoke"):
            sim.hand_job(item)
        sim.point("append", self)
        deque.append(self, item)

    def popleft(self) -> Any:
        """Take the first item."""
        sim: Any = self._sim
        sim.point("popleft", self)
        item = deque.popleft(self)
        if hasattr(item, "async_invoke"):
            sim.take_job(item)
        return item


@final
class Segment:
    """What one thread did between two points: first *operation*, then whatever *touched* tells.

    *seen*: the operation is one that drivers can see.
    """

    __slots__ = ("key", "operation", "seen", "thread", "touched")

    def __init__(self, thread: int, operation: str, key: Key, *, seen: bool) -> None:
        self.thread = thread
        self.operation = operation
        self.key = key
        self.seen = seen
        self.touched: Footprint = {}

    def __repr__(self) -> str:
        return f"<Segment t{self.thread} {self.operation} {self.key}>"


_READING: Final = frozenset({"read", "get", "join", "begin", "wait", "sleep"})


class ObservedThreads(ExploredThreads):
    """Explored threads that also record what every segment touched, hints like ``Atomic.value`` included."""

    __slots__ = ("_kept", "_keys", "_made", "segments")

    def __init__(self, strategy: Strategy, *, seed: int = 0, step_limit: int | None = None) -> None:
        self.segments: list[Segment] = []
        self._keys: dict[int, Key] = {}
        self._kept: list[object] = []  # so that no key is given to a second object at the same address
        self._made: dict[int, int] = {}
        super().__init__(strategy, seed=seed, step_limit=step_limit)

    # --- resources and their keys ---

    def _named(self, kind: str, resource: Any) -> Any:
        maker = self.current.number
        count = self._made[maker] = self._made.get(maker, 0) + 1
        self._keys[id(resource)] = (kind, maker, count)
        self._kept.append(resource)
        return resource

    def key_of(self, resource: object) -> Key:
        """Return the resource's key; things that the layer has not made get one when they are first met."""
        if isinstance(resource, SimThread):
            return ("thread", resource.number, 0)
        key = self._keys.get(id(resource))
        if key is None:
            self._named(getattr(resource, "label", type(resource).__name__), resource)
            key = self._keys[id(resource)]
        return key

    def mutex(self, name: str, ident: object = None) -> SimMutex:
        mutex: SimMutex = self._named("mutex", super().mutex(name, ident))
        return mutex

    def condition(self, mutex: Any, name: str) -> SimCondition:
        condition: SimCondition = self._named("condition", super().condition(mutex, name))
        return condition

    def event(self, name: str) -> SimEvent:
        super().event(name)
        event: SimEvent = self._named("event", _ObservedEvent(self, name))
        return event

    def atomic(self, value: int = 0) -> SimAtomic:
        atomic: SimAtomic = self._named("atomic", _ObservedAtomic(self, value))
        return atomic

    def queue(self) -> SimQueue:
        queue: SimQueue = self._named("queue", _ObservedQueue(self))
        return queue

    # --- segments ---

    def touch(self, resource: object, *, changes: bool) -> None:
        """The running segment touches *resource*."""
        touched = self._running_segment().touched
        key = self.key_of(resource)
        touched[key] = touched.get(key, False) or changes

    def _running_segment(self) -> Segment:
        segments = self.segments
        thread = self.current
        if not segments or segments[-1].thread != thread.number:
            self._begin("begin", thread)
        return segments[-1]

    def _begin(self, operation: str, resource: object) -> None:
        key = self.key_of(resource)
        segment = Segment(self.current.number, operation, key, seen=drivers_see(resource))
        if operation not in ("unlock", "woken"):
            segment.touched[key] = operation not in _READING
        self.segments.append(segment)

    def point(self, operation: str, resource: object) -> None:
        """End the running segment, let the strategy choose, and begin the next one."""
        self._running_segment()
        if operation == "unlock":
            self.touch(resource, changes=True)
        super().point(operation, resource)
        self._begin(operation, resource)

    def block(self, resource: Waitable, deadline: int | None = None) -> bool:
        """End the running segment by blocking."""
        self.touch(resource, changes=not isinstance(resource, SimThread))
        me = self.current
        woken = super().block(resource, deadline)
        self._begin(me.operation, resource)
        self.touch(resource, changes=False)
        return woken

    def wake(self, resource: Waitable) -> None:
        """Note the touch: what is woken comes after this."""
        if resource.waiters or isinstance(resource, SimThread):
            self.touch(resource, changes=True)
        super().wake(resource)

    def wake_one(self, resource: Waitable) -> None:
        """As ``wake``."""
        if resource.waiters:
            self.touch(resource, changes=True)
        super().wake_one(resource)


# --- resources whose hints are seen: reading them is no step, but it is a read ---

_value: Any = vars(SimAtomic)["value"]
_on: Any = vars(SimEvent)["on"]


class _ObservedAtomic(SimAtomic):
    __slots__ = ()

    @property
    def value(self) -> int:
        sim: Any = self._sim
        if sim.segments:
            sim.touch(self, changes=False)
        number: int = _value.__get__(self)
        return number

    @value.setter
    def value(self, number: int) -> None:
        _value.__set__(self, number)


class _ObservedEvent(SimEvent):
    __slots__ = ()

    @property
    def on(self) -> bool:
        sim: Any = self._sim
        if sim.segments:
            sim.touch(self, changes=False)
        is_on: bool = _on.__get__(self)
        return is_on

    @on.setter
    def on(self, is_on: bool) -> None:
        _on.__set__(self, is_on)


class _ObservedQueue(ClockedQueue):
    __slots__ = ()

    def __len__(self) -> int:
        self._seen()
        return super().__len__()

    def __bool__(self) -> bool:
        self._seen()
        return super().__len__() > 0

    def __getitem__(self, index: Any) -> Any:
        self._seen()
        return super().__getitem__(index)

    def _seen(self) -> None:
        sim: Any = self._sim
        sim.touch(self, changes=False)
