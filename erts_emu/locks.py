"""Named locks with an order, the lock checker and the lock counters (ERTS: ``erl_lock_check.c``, ``erl_lock_count.c``).

ERTS numbers its lock classes: a thread takes lower ones first, and within a class the lower instance id first.
Without checker and counters a lock is the thread layer's own, and this module costs nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable
from types import CodeType, FrameType
from typing import Any, Final, Literal, NamedTuple, final

from attrs import frozen

from erts_emu.ethread import Condition, Mutex, RWLock, ThreadLayer
from erts_emu.trace import Trace

LOCK_ORDER: Final = tuple(
    """driver_lock port_lock port_data_lock reg_tab proc_main old_code nif_call_tab nodes_monitors meta_name_tab
    db_tab db_tab_fix db_hash_slot erl_db_catree_base_node erl_db_catree_route_node resource_monitors driver_list
    dist_entry proc_msgq proc_btm dist_entry_links update_persistent_term_permission
    persistent_term_delete_permission code_write_permission purge_state proc_status proc_trace node_table dist_table
    sys_tracers export_tab fun_tab environ release_literal_areas drv_ev_state_grow drv_ev_state safe_hash
    state_prealloc schdlr_sspnd migration_info_update run_queue dirty_run_queue_sleep_list dirty_gc_info
    dirty_break_point_index process_table cpu_info pollset block_poll_thread alcu_init_atoms mseg_init_atoms
    mmap_init_atoms drv_tsd async_enq_mtx msacc_list_mutex msacc_unmanaged_mutex atom_tab dist_entry_out_queue
    port_sched_lock sys_msg_q tracer_mtx port_table magic_ref_table pid_ref_table instr_x instr dyn_lock_check
    nif_load alcu_allocator mseg get_time get_corrected_time runtime pix_lock sched_stat async_init_mtx
    os_monotonic_time erts_alloc_hard_debug hard_dbg_mseg perf jit_debug_descriptor erts_mmap
    proc_sig_queue_buffer""".split()
)
"""The lock classes of OTP 25 in the order in which they may be taken."""

_POSITION: Final = {name: position for position, name in enumerate(LOCK_ORDER, 1)}

LockType = Literal["mutex", "rw_mutex"]
Mode = Literal["none", "r", "rw"]


class LockError(RuntimeError):
    """The base of what the lock checker reports. ``lock`` is the lock in question, printed as ERTS does."""

    def __init__(self, message: str, lock: str) -> None:
        super().__init__(message)
        self.lock = lock


class LockOrderViolation(LockError):
    """A lock was taken although a later one in the lock order is held."""


class SelfDeadlock(LockError):
    """A thread takes a lock that it holds already; it would wait for itself for ever."""


class NotLockOwner(LockError):
    """A lock was given back by a thread that does not hold it, or in another mode than it was taken."""


class LockNotHeld(LockError):
    """Something was done that ERTS allows only while a certain lock is held."""


@final
class _Held(NamedTuple):
    """One lock that a thread holds, and where it was taken: the instruction of the caller's code."""

    lock: ObservedLock
    mode: Mode
    code: CodeType
    instruction: int

    @property
    def where(self) -> str:
        """FILE:LINE of where it was taken: worked out when somebody asks."""
        return place_of(self.code, self.instruction)

    def __str__(self) -> str:
        return f"'{self.lock.label}[{self.lock.type}]({self.where})'({self.mode})"


@final
@frozen
class LockCounts:
    """How often locks of one class were tried, and how often somebody else held them."""

    tries: int
    collisions: int


@final
@frozen
class LockStatistics:
    """One lock at one moment. ``held`` is None for a readers-writer lock, which cannot be asked without taking it."""

    name: str
    ident: str
    type: LockType
    tries: int
    collisions: int
    held: bool | None


class ObservedLock:
    """What a checked or counted lock has in common: identity, order, counts."""

    __slots__ = ("_checker", "_trace", "collisions", "ident", "name", "order", "tries", "type")

    def __init__(self, locks: Locks, name: str, ident: Hashable, lock_type: LockType) -> None:
        self._checker = locks.checker
        self._trace = locks.trace
        self.name = name
        self.ident = ident
        self.type = lock_type
        self.order = _POSITION.get(name, 0)
        self.tries = 0
        self.collisions = 0

    def give_back(self, mode: Mode) -> None:
        """Give the lock back, whatever kind it is."""
        raise NotImplementedError

    def locked(self) -> bool | None:
        """Say whether somebody holds the lock; None where only taking it would tell."""
        return None

    def statistics(self) -> LockStatistics:
        """Return a snapshot. Takes nothing, and is no step."""
        ident = "" if self.ident is None else str(self.ident)
        return LockStatistics(self.name, ident, self.type, self.tries, self.collisions, self.locked())

    @property
    def label(self) -> str:
        """``NAME:ID``, as ERTS prints a lock."""
        return self.name if self.ident is None else f"{self.name}:{self.ident}"

    def __repr__(self) -> str:
        return f"<{self.type} {self.label}>"


@final
class ObservedMutex(ObservedLock):
    """A mutex that is checked and counted."""

    __slots__ = ("_mutex",)

    def __init__(self, locks: Locks, mutex: Mutex, name: str, ident: Hashable) -> None:
        ObservedLock.__init__(self, locks, name, ident, "mutex")
        self._mutex = mutex

    def acquire(self, blocking: bool = True, /) -> bool:
        held = None
        if (checker := self._checker) is not None:
            held = checker.layer.tsd.held
            if held:
                checker.check(self, held, trying=not blocking)
        trace = self._trace
        self.tries += 1
        if not self._mutex.acquire(False):
            self.collisions += 1
            if (tracepoint := trace.lock_contended) is not None:
                tracepoint(lock=self)
            if not blocking:
                return False
            self._mutex.acquire()
        if held is not None:
            frame = sys._getframe(1)
            # What _Held() makes, without a call of Python code: there is one for each lock that is taken.
            held.append(tuple.__new__(_Held, (self, "none", frame.f_code, frame.f_lasti)))
        if (tracepoint := trace.lock_acquire) is not None:
            tracepoint(lock=self)
        return True

    def release(self) -> None:
        if (checker := self._checker) is not None:
            held = checker.layer.tsd.held
            if held and held[-1][0] is self:
                held.pop()
            else:
                checker.given_back(self, "none")
        if (tracepoint := self._trace.lock_release) is not None:
            tracepoint(lock=self)
        self._mutex.release()

    def give_back(self, mode: Mode) -> None:
        self.release()

    def locked(self) -> bool:
        return self._mutex.locked()


@final
class ObservedRWLock(ObservedLock):
    """A readers-writer lock that is checked and counted."""

    __slots__ = ("_rwlock",)

    def __init__(self, locks: Locks, rwlock: RWLock, name: str, ident: Hashable) -> None:
        super().__init__(locks, name, ident, "rw_mutex")
        self._rwlock = rwlock

    def _take(self, mode: Mode, try_it: Callable[[], bool], block: Callable[[], None] | None = None) -> bool:
        """Take the lock, by *block* if *try_it* does not get it; without *block*, say whether it did."""
        held = None
        if (checker := self._checker) is not None:
            held = checker.layer.tsd.held
            checker.check(self, held, trying=block is None)
        trace = self._trace
        self.tries += 1
        if not try_it():
            self.collisions += 1
            if (tracepoint := trace.lock_contended) is not None:
                tracepoint(lock=self)
            if block is None:
                return False
            block()
        if held is not None:
            frame = sys._getframe(2)
            held.append(_Held(self, mode, frame.f_code, frame.f_lasti))
        if (tracepoint := trace.lock_acquire) is not None:
            tracepoint(lock=self)
        return True

    def _give_back(self, mode: Mode, unlock: Callable[[], None]) -> None:
        if (checker := self._checker) is not None:
            checker.given_back(self, mode)
        if (tracepoint := self._trace.lock_release) is not None:
            tracepoint(lock=self)
        unlock()

    def rlock(self) -> None:
        self._take("r", self._rwlock.tryrlock, self._rwlock.rlock)

    def tryrlock(self) -> bool:
        return self._take("r", self._rwlock.tryrlock)

    def runlock(self) -> None:
        self._give_back("r", self._rwlock.runlock)

    def rwlock(self) -> None:
        self._take("rw", self._rwlock.tryrwlock, self._rwlock.rwlock)

    def tryrwlock(self) -> bool:
        return self._take("rw", self._rwlock.tryrwlock)

    def rwunlock(self) -> None:
        self._give_back("rw", self._rwlock.rwunlock)

    def give_back(self, mode: Mode) -> None:
        if mode == "r":
            self.runlock()
        else:
            self.rwunlock()


@final
class LockChecker:
    """Watches every checked lock of one emulator. What a thread holds is in its thread-specific data."""

    def __init__(self, layer: ThreadLayer) -> None:
        self.layer = layer
        self._after: dict[str, dict[str, str]] = {}

    def held(self) -> list[_Held]:
        """The calling thread's locks, in the order in which they were taken."""
        return self.layer.tsd.held.copy()

    def check(self, lock: ObservedLock, held: list[_Held], *, trying: bool) -> None:
        """Raise if a thread that holds *held* must not take *lock* now. A try cannot deadlock: its order is free."""
        for item in held:
            if item.lock is lock:
                if trying:
                    return
                raise SelfDeadlock(
                    f"{self._who()} takes {lock.label}[{lock.type}] at {_caller()}, which it holds already: "
                    f"{item}. Locks are not recursive",
                    lock.label,
                )
        if not trying:
            self._check_order(lock, held)

    def _check_order(self, lock: ObservedLock, held: list[_Held]) -> None:
        order = lock.order
        for item in held:
            other = item.lock
            if not order or not other.order:
                if order == other.order:
                    self._check_names(lock, item, held)
            elif other.order > order or (other.order == order and _order_of(lock) <= _order_of(other)):
                worst = max((item for item in held if item.lock.order), key=_order)
                self._violation(lock, held, f"{worst} comes later in the lock order")

    def _check_names(self, lock: ObservedLock, item: _Held, held: list[_Held]) -> None:
        """Driver's own locks have no fixed order: the order of names seen so far must stay acyclic."""
        earlier, later = item.lock.name, lock.name
        if earlier == later:
            return
        if self._reachable(later, earlier):
            self._violation(lock, held, f"{later} has been taken before {earlier} elsewhere")
        self._after.setdefault(earlier, {}).setdefault(later, _caller())

    def _reachable(self, start: str, goal: str) -> bool:
        seen: set[str] = set()
        todo = [start]
        while todo:
            name = todo.pop()
            if name == goal:
                return True
            if name not in seen:
                seen.add(name)
                todo.extend(self._after.get(name, ()))
        return False

    def _violation(self, lock: ObservedLock, held: list[_Held], why: str) -> None:
        raise LockOrderViolation(
            f"{self._who()} takes {lock.label}[{lock.type}] at {_caller()}, but {why}. "
            f"It holds: {', '.join(map(str, held))}. Take lower positions of the lock order first, and of one "
            "class the lower instance",
            lock.label,
        )

    def given_back(self, lock: ObservedLock, mode: Mode) -> None:
        """Note that the calling thread gives *lock* back. Raises ``NotLockOwner`` if it cannot."""
        held = self.layer.tsd.held
        for index in range(len(held) - 1, -1, -1):
            if held[index].lock is lock:
                if held[index].mode != mode:
                    raise NotLockOwner(
                        f"{self._who()} gives {lock.label} back in mode {mode} at {_caller()}, but took it as "
                        f"{held[index]}",
                        lock.label,
                    )
                del held[index]
                return
        raise NotLockOwner(
            f"{self._who()} gives {lock.label}[{lock.type}] back at {_caller()}, which it does not hold",
            lock.label,
        )

    def holds(self, lock: object) -> bool:
        """Say whether the calling thread holds *lock*."""
        return any(item.lock is lock for item in self.layer.tsd.held)

    def require(self, lock: object, what: str) -> None:
        """Raise ``LockNotHeld`` unless the calling thread holds *lock*, without which *what* is not allowed."""
        for item in self.layer.tsd.held:
            if item.lock is lock:
                return
        label = lock.label if isinstance(lock, ObservedLock) else repr(lock)
        held = ", ".join(map(str, self.layer.tsd.held)) or "no lock"
        raise LockNotHeld(
            f"{what} needs {label} held by the calling thread; {self._who()} holds {held} at {_caller()}",
            label,
        )

    def guarded(self, callback: Callable[..., Any] | None, name: str) -> Callable[..., Any] | None:
        """Wrap a driver's callback: it has to return with the locks that it was called with.

        What it has kept is given back, so that the emulator can go on, and reported as a ``LockError``.
        """
        if callback is None:
            return None
        function = callback

        def run(*args: Any) -> Any:
            held = self.layer.tsd.held
            before = held.copy()
            try:
                result = function(*args)
            except BaseException:
                self._give_back_all_but(before)
                raise
            if held != before and (kept := self._give_back_all_but(before)):
                raise LockError(
                    f"{self._who()} returned from {name} still holding {', '.join(map(str, kept))}: give back what a "
                    "callback has taken",
                    kept[0].lock.label,
                )
            return result

        return run

    def _give_back_all_but(self, before: list[_Held]) -> list[_Held]:
        # The lock of a port that the callback has made is the emulator's business: see driver_create_port.
        kept = [item for item in self.held() if item not in before and item.lock.name != "port_lock"]
        for item in kept:
            item.lock.give_back(item.mode)
        return kept

    def require_none(self, what: str) -> None:
        """Raise ``LockError`` if the calling thread still holds a lock, which *what* does not allow."""
        if held := self.layer.tsd.held:
            raise LockError(f"{self._who()} holds {', '.join(map(str, held))} at {what}", held[0].lock.label)

    def _who(self) -> str:
        return self.layer.tsd.name


@final
class Locks:
    """The lock maker of one emulator. With ``check`` or ``count`` its locks are observed ones.

    ``mutex(name, ident)`` makes a mutex of lock class *name*; *ident* tells the instances of a class apart and
    orders them. Unobserved, it is the thread layer's own function.
    """

    mutex: Callable[[str, Hashable], Mutex]

    def __init__(
        self, layer: ThreadLayer, *, check: bool = False, count: bool = False, trace: Trace | None = None
    ) -> None:
        self._layer = layer
        self.trace = Trace() if trace is None else trace
        self.checker = LockChecker(layer) if check else None
        self._observe = check or count
        self._observed: dict[ObservedLock, None] = {}
        self._forgotten: dict[str, LockCounts] = {}
        self.mutex = self._observed_mutex if self._observe else layer.mutex

    def _observed_mutex(self, name: str, ident: Hashable) -> Mutex:
        lock = ObservedMutex(self, self._layer.mutex(name, ident), name, ident)
        self._observed[lock] = None
        return lock

    def rwlock(self, name: str, ident: Hashable = None) -> RWLock:
        """Make a readers-writer lock of lock class *name*."""
        if not self._observe:
            return self._layer.rwlock(name)
        lock = ObservedRWLock(self, self._layer.rwlock(_label(name, ident)), name, ident)
        self._observed[lock] = None
        return lock

    def condition(self, mutex: Mutex, name: str) -> Condition:
        """Make a condition for *mutex*, one of these locks. To the checker, who waits has the mutex all the time."""
        return self._layer.condition(mutex._mutex if isinstance(mutex, ObservedMutex) else mutex, name)

    @staticmethod
    def own_name(name: str) -> str:
        """Return the lock class of a lock of a driver's own: never one of the emulator's."""
        return f"driver's {name}" if name in _POSITION else name

    def forget(self, lock: object) -> None:
        """A lock is destroyed: of what was counted, only the sums of its class remain."""
        if isinstance(lock, ObservedLock) and lock in self._observed:
            del self._observed[lock]
            _add(self._forgotten, lock)

    @property
    def observes(self) -> bool:
        """True if locks are checked or counted, and pass tracepoints."""
        return self._observe

    def observed_count(self) -> int:
        """Return the number of locks that exist, as far as they are checked or counted."""
        return len(self._observed)

    def instances(self) -> list[LockStatistics]:
        """Return a snapshot of every lock that exists. Empty unless locks are checked or counted."""
        return [lock.statistics() for lock in self._observed.copy()]

    def statistics(self) -> dict[str, LockCounts]:
        """Return the counts of each lock class. Empty unless locks are checked or counted."""
        totals = dict(self._forgotten)
        for lock in self._observed.copy():
            _add(totals, lock)
        return totals


def _add(totals: dict[str, LockCounts], lock: ObservedLock) -> None:
    before = totals.get(lock.name, LockCounts(0, 0))
    totals[lock.name] = LockCounts(before.tries + lock.tries, before.collisions + lock.collisions)


def _label(name: str, ident: Hashable) -> str:
    return name if ident is None else f"{name}:{ident}"


def _order_of(lock: ObservedLock) -> tuple[int, int, str]:
    ident = lock.ident
    number = ident if isinstance(ident, int) else getattr(ident, "number", 0)
    return (lock.order, number, "" if number else str(ident or ""))


def _order(item: _Held) -> tuple[int, int, str]:
    return _order_of(item.lock)


def place_of(code: CodeType, instruction: int) -> str:
    """Return FILE:LINE of an instruction, as frames give it in ``f_lasti``."""
    lines = (line for start, end, line in code.co_lines() if start <= instruction < end)
    return f"{code.co_filename}:{next(lines, None)}"


def _caller() -> str:
    """FILE:LINE of the innermost frame outside this module."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    return "?" if frame is None else f"{frame.f_code.co_filename}:{frame.f_lineno}"
