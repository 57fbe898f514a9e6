"""Schedulers: run queues, the scheduler loop, aux work, sleeping and waking (ERTS: ``erl_process.c``).

A scheduler is a **seat**, and whoever sits in it runs its turns. Usually that is the scheduler's own thread; a Python
thread that attached itself as a process sits down while it works with the emulator, and while it waits for a message
it runs the turns itself, so that no thread has to be woken for its sake. Everything that ERTS does "on
scheduler N" happens in seat N.

One turn, in ERTS's order: thread progress, timers, one aux-work pass, at most 5 misc operations, one port, one process.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import IntFlag
from typing import TYPE_CHECKING, Any, Final, final

from attrs import frozen

from erts_emu.ethread import NANOSECONDS_PER_MILLISECOND, ThreadEvent
from erts_emu.msacc import Microstate, Microstates, described
from erts_emu.process import CONTEXT_REDS, Process
from erts_emu.timers import TimerWheel

if TYPE_CHECKING:
    from erts_emu.emulator import Emulator
    from erts_emu.port import Port
    from erts_emu.terms import Pid

MAX_MISC_OPS: Final = 5
LOW_PRIORITY_SKIPS: Final = 7
"""A low-priority process is passed over this often before it runs."""
CHECK_IO_REDS: Final = 2 * CONTEXT_REDS
IDLE_CLEAN_DELAY: Final = 2 * NANOSECONDS_PER_MILLISECOND
"""How long an idle thread waits for more work before it cleans its queue."""
MIN_SLICE_REDS: Final = 400
WAKE_OTHER_LIMIT: Final = 10 * CONTEXT_REDS
WAKE_OTHER_INCREMENT: Final = CONTEXT_REDS // 10


class AuxWork(IntFlag):
    """The aux-work flags. Bits in order of expected frequency, served in bit order."""

    DELAYED_AW_WAKEUP = 1 << 0
    DD = 1 << 1
    DD_THR_PRGR = 1 << 2
    FIX_ALLOC_DEALLOC = 1 << 3
    FIX_ALLOC_LOWER_LIM = 1 << 4
    THR_PRGR_LATER_OP = 1 << 5
    CNCLD_TMRS = 1 << 6
    CNCLD_TMRS_THR_PRGR = 1 << 7
    ASYNC_READY = 1 << 8
    ASYNC_READY_CLEAN = 1 << 9
    MISC_THR_PRGR = 1 << 10
    MISC = 1 << 11
    SET_TMO = 1 << 12
    MSEG_CACHE_CHECK = 1 << 13
    YIELD = 1 << 14
    REAP_PORTS = 1 << 15
    DEBUG_WAIT_COMPLETED = 1 << 16


# Plain integers for the paths that run for every job: an IntFlag's operators are methods.
THR_PRGR_LATER_OP: Final = int(AuxWork.THR_PRGR_LATER_OP)
ASYNC_READY: Final = int(AuxWork.ASYNC_READY)
ASYNC_READY_CLEAN: Final = int(AuxWork.ASYNC_READY_CLEAN)
MISC: Final = int(AuxWork.MISC)
_DOES_NOT_WAIT: Final = ~(THR_PRGR_LATER_OP | ASYNC_READY_CLEAN)
"""The flags whose work is there as soon as they are raised; the other two wait for thread progress."""


@final
@frozen
class SchedulerStatistics:
    """What a scheduler has done so far, and what it has before it.

    ``processes``, ``ports`` and ``misc`` stand in its run queue, ``ready_queue`` counts finished async jobs, ``timers``
    those that are set, ``aux_work`` names the flags that are raised, ``running`` is who has its turn.
    ``microstates`` are the nanoseconds in each state, and ``state`` the one it is in; without microstate accounting
    there are none.
    """

    id: int
    online: bool
    turns: int
    reductions: int
    sleeps: int
    ready_batches: int
    ready_jobs: int
    stolen: int
    processes: int
    ports: int
    misc: int
    ready_queue: int
    timers: int
    aux_work: tuple[str, ...]
    running: Pid | None
    state: Microstate | None
    microstates: dict[Microstate, int]


@final
class RunQueue:
    """What is ready to run on one scheduler. Everything needs ``lock`` (class ``run_queue``)."""

    __slots__ = (
        "_trace", "high", "length", "lock", "low_skips", "max", "max_ports", "misc", "normal", "ports", "scheduler",
    )  # fmt: skip

    def __init__(self, emu: Emulator, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self._trace = emu.trace
        self.lock = emu.locks.mutex("run_queue", scheduler.id)
        self.max: deque[Process] = deque()
        self.high: deque[Process] = deque()
        self.normal: deque[Process] = deque()
        self.ports: deque[Port] = deque()
        self.misc: deque[Callable[[], None]] = deque()
        self.low_skips: dict[Process, int] = {}
        self.length = 0
        self.max_ports = 0

    def __repr__(self) -> str:
        return f"<RunQueue {self.scheduler.id}: {self.process_count} processes, {len(self.ports)} ports>"

    @property
    def process_count(self) -> int:
        """The number of processes that wait for their turn."""
        return len(self.max) + len(self.high) + len(self.normal)

    def enqueue_process(self, process: Process) -> None:
        """Add a runnable process and wake the scheduler. Any thread."""
        self.lock.acquire()
        priority = process.priority
        queue = self.max if priority == "max" else self.high if priority == "high" else self.normal
        queue.append(process)
        self.length += 1
        if (tracepoint := self._trace.run_queue_length) is not None:
            tracepoint(scheduler=self.scheduler, length=self.length)
        self.lock.release()
        self.scheduler.poke()

    def enqueue_port(self, port: Port) -> None:
        """Add a port that has tasks and wake the scheduler. Any thread."""
        self.lock.acquire()
        self.ports.append(port)
        self.length += 1
        if (tracepoint := self._trace.run_queue_length) is not None:
            tracepoint(scheduler=self.scheduler, length=self.length)
        if len(self.ports) > self.max_ports:
            self.max_ports = len(self.ports)
        self.lock.release()
        self.scheduler.poke()

    def schedule_misc_op(self, operation: Callable[[], None]) -> None:
        """Run *operation* on this scheduler, soon; at most five a turn (ERTS: ``erts_schedule_misc_op``)."""
        self.lock.acquire()
        self.misc.append(operation)
        self.length += 1
        if (tracepoint := self._trace.run_queue_length) is not None:
            tracepoint(scheduler=self.scheduler, length=self.length)
        self.lock.release()
        self.scheduler.poke()

    def take_process(self) -> Process | None:
        """Take the next process by priority. Low-priority ones let others pass seven times out of eight."""
        self.lock.acquire()
        process = None
        if self.max:
            process = self.max.popleft()
        elif self.high:
            process = self.high.popleft()
        elif self.normal:
            process = self.normal.popleft()
            if process.priority == "low":
                process = self._pass_low_over(process)
        if process is not None:
            self.length -= 1
            if (tracepoint := self._trace.run_queue_length) is not None:
                tracepoint(scheduler=self.scheduler, length=self.length)
        self.lock.release()
        return process

    def _pass_low_over(self, process: Process) -> Process:
        for _ in range(len(self.normal)):
            skips = self.low_skips.get(process, 0)
            if skips >= LOW_PRIORITY_SKIPS:
                break
            self.low_skips[process] = skips + 1
            self.normal.append(process)
            process = self.normal.popleft()
            if process.priority != "low":
                return process
        self.low_skips.pop(process, None)
        return process

    def take_port(self) -> Port | None:
        """Take the next port."""
        self.lock.acquire()
        port = None
        if self.ports:
            port = self.ports.popleft()
            self.length -= 1
            if (tracepoint := self._trace.run_queue_length) is not None:
                tracepoint(scheduler=self.scheduler, length=self.length)
        self.lock.release()
        return port

    def take_misc_op(self) -> Callable[[], None] | None:
        """Take the next misc operation."""
        self.lock.acquire()
        operation = None
        if self.misc:
            operation = self.misc.popleft()
            self.length -= 1
            if (tracepoint := self._trace.run_queue_length) is not None:
                tracepoint(scheduler=self.scheduler, length=self.length)
        self.lock.release()
        return operation

    def has_movable(self) -> bool:
        """Say whether the queue holds anything that may move to another scheduler."""
        self.lock.acquire()
        bound = sum(process.bound for queue in (self.max, self.high, self.normal) for process in queue)
        movable = self.length > bound
        self.lock.release()
        return movable

    def steal_from(self, *, wait: bool = False) -> Process | Port | None:
        """Give one thing away to another scheduler: a process if there is one that may move, else a port.

        None if there is nothing or, unless *wait*, if somebody else is at the queue.
        """
        if not self.lock.acquire(wait):
            return None
        loot: Process | Port | None = None
        for queue in (self.max, self.high, self.normal):
            for process in queue:
                if not process.bound:
                    loot = process
                    break
            if isinstance(loot, Process):
                queue.remove(loot)
                self.low_skips.pop(loot, None)
                break
        if loot is None and self.ports:
            loot = self.ports.popleft()
        if loot is not None:
            self.length -= 1
            if (tracepoint := self._trace.run_queue_length) is not None:
                tracepoint(scheduler=self.scheduler, length=self.length)
        self.lock.release()
        return loot


@final
class Scheduler:
    """One scheduler: its seat, its run queue, and what only the thread in the seat touches.

    Any thread: ``poke``, ``runq``, ``aux_flags``. Private to the seat, even from those who sleep: everything else.
    ``looking`` is read by async threads: as long as it is True, the seat's thread will look at their batches once more
    before it sleeps. ``owed`` are events of async threads that spin, to be set when this one has nothing else to do.
    """

    # Slots: an instance of more than thirty attributes has slow ones otherwise.
    __slots__ = (
        "__weakref__", "_batches", "_clean_value", "_cleaning", "_may_steal", "_measured_reds", "_monotonic",
        "_sleeping_until", "_wake_other", "aux_flags", "current_port", "current_process", "emu", "event", "id",
        "later_ops", "looking", "msacc", "name", "online", "owed", "progress", "ready_batches", "ready_jobs",
        "ready_queue", "reds_since_poll", "reductions", "runq", "seat", "sleeper", "sleeps", "stolen", "timers",
        "turns", "visitors",
    )  # fmt: skip

    def __init__(self, emu: Emulator, number: int) -> None:
        layer = emu.layer
        self.emu = emu
        self.id = number
        self.name = f"scheduler {number}"
        self.runq = RunQueue(emu, self)
        self.aux_flags = layer.atomic()
        self.timers = TimerWheel()
        self.later_ops: deque[tuple[int, Callable[[Any], None], Any]] = deque()
        self.event = layer.event(f"{number}_scheduler")
        self.sleeper: ThreadEvent = self.event
        self.seat = layer.mutex(f"scheduler seat {number}")
        self.visitors: deque[None] = deque()
        self.progress = emu.progress.register_managed(self.name, self._wakeup)
        self.ready_queue = emu.async_pool.init_ready_queue(self)
        self.msacc: Microstates | None = None
        self.current_process: Process | None = None
        self.current_port: Port | None = None
        self.online = number <= emu.schedulers_online
        self._may_steal = emu.work_stealing
        self._measured_reds = 0
        self._wake_other = 0
        self.reductions = 0
        self.reds_since_poll = 0
        self.turns = 0
        self.sleeps = 0
        self.ready_batches = 0
        self.ready_jobs = 0
        self.stolen = 0
        self._sleeping_until: int | None = None
        self._cleaning = False
        self._clean_value: int | None = None
        self._batches = emu.async_pool.batches
        self.looking = False
        self.owed: list[ThreadEvent] = []
        self._monotonic = layer.monotonic

    def __repr__(self) -> str:
        return f"<Scheduler {self.id} {self.runq!r}>"

    def account(self, *, on: bool) -> None:
        """Account for microstates, or do so no more. Any thread."""
        state: Microstate = "other" if self.seat.locked() else "sleep"
        self.msacc = Microstates(self.emu.layer, "scheduler", self.id, state) if on else None

    def statistics(self) -> SchedulerStatistics:
        """Return a snapshot. Any thread; takes nothing, and is no step."""
        ready, running = self.ready_queue, self.current_process
        flags = self.aux_flags.value
        state, microstates = described(self.msacc)
        return SchedulerStatistics(
            id=self.id,
            online=self.online,
            turns=self.turns,
            reductions=self.reductions,
            sleeps=self.sleeps,
            ready_batches=self.ready_batches,
            ready_jobs=self.ready_jobs,
            stolen=self.stolen,
            processes=self.runq.process_count,
            ports=len(self.runq.ports),
            misc=len(self.runq.misc),
            ready_queue=0 if ready is None else ready.thr_q.length_dirty(),
            timers=len(self.timers.heap),
            aux_work=tuple(str(flag.name).lower() for flag in AuxWork if flag & flags) if flags else (),
            running=None if running is None else running.pid,
            state=state,
            microstates=microstates,
        )

    # --- the scheduler's own thread ---

    def main(self) -> None:
        """Be the scheduler's thread: run turns until the emulator halts."""
        tsd = self.emu.layer.tsd
        tsd.name = self.name
        self._sit_down()
        while not self.emu.halted:
            if self.visitors:
                self._let_visitors_sit()
            elif not self.turn():
                self.wait(self.event)
        self._stand_up()

    def _sit_down(self) -> None:
        self.seat.acquire()
        self.looking = True
        if (msacc := self.msacc) is not None:
            msacc.enter("other")
        emu = self.emu
        emu.layer.tsd.scheduler = self
        if (tracepoint := emu.trace.seat_taken) is not None:
            tracepoint(scheduler=self)
        emu.progress.finalize_wait(self.progress)

    def _stand_up(self) -> None:
        emu = self.emu
        emu.progress.prepare_wait(self.progress)
        emu.layer.tsd.scheduler = None
        if (tracepoint := emu.trace.seat_left) is not None:
            tracepoint(scheduler=self)
        if (msacc := self.msacc) is not None:
            msacc.enter("sleep")
        self.seat.release()

    def _let_visitors_sit(self) -> None:
        """Somebody wants the seat: sleep until they have left it with work to do.

        Standing up may set the event, to keep thread progress going: reset it after that, or this thread takes the
        seat again before they come. What else the reset hides, the visitor who still waits will see in leaving.
        """
        self._sleeping_until = None
        self._stand_up()
        self.event.reset()
        if self.visitors:
            self.event.wait()
        self._sit_down()

    # --- a visitor's thread ---

    def enter(self) -> None:
        """Sit down as a visitor (an attached process). Blocks while the scheduler's thread is inside a turn."""
        self.visitors.append(None)
        self._sit_down()
        self.visitors.pop()

    def leave(self) -> None:
        """Stand up; the scheduler's own thread takes over whatever there is to do."""
        self.sleeper = self.event  # who adds work from now on wakes the scheduler's own thread
        needed = self.has_work() or (bool(self.timers.heap) and self._earlier_timer())
        self._stand_up()
        if needed and not self.event.on:
            self.event.set()

    def _earlier_timer(self) -> bool:
        deadline = self.timers.next_deadline()
        until = self._sleeping_until
        return deadline is not None and (until is None or deadline < until)

    # --- one turn ---

    def turn(self) -> bool:
        """Do a bit of everything there is to do; False if it is time to :meth:`wait`, which looks once more.

        Called in the seat.

        The order is ERTS's. Aux work comes before the run queue, and one pass of it is bounded, so that finished
        async jobs neither wait for processes nor starve them.
        """
        emu = self.emu
        worked = False
        self.turns += 1
        self.looking = True
        if self._batches:
            emu.async_pool.collect()
        emu.progress.update(self.progress)
        if self.timers.heap:
            worked = self._bump_timers()
        flags = self.aux_flags.value
        if flags and self.handle_aux_work(flags):
            worked = True
        if self.reds_since_poll > CHECK_IO_REDS:
            worked = self._check_io() or worked
        if not self.online:
            return self._evacuate() or worked
        runq = self.runq
        if not runq.length and not (self._may_steal and self._steal()):
            return worked
        if runq.misc:
            self._run_misc_ops()
        if runq.ports:
            port = runq.take_port()
            if port is not None:
                port.execute_tasks(self)
        process = runq.take_process() if runq.length else None
        if process is not None:
            self._run_process(process)
        if self._may_steal:
            self._wake_another()
        return runq.length > 0 or (self._may_steal and self._steal())

    def _bump_timers(self) -> bool:
        deadline = self.timers.next_deadline()
        now = self._monotonic()
        return deadline is not None and deadline <= now and self.timers.bump(now) > 0

    def _run_process(self, process: Process) -> None:
        trace = self.emu.trace
        if (tracepoint := trace.process_scheduled) is not None:
            tracepoint(process=process, scheduler=self)
        self.current_process = process
        if (msacc := self.msacc) is None:
            process.run_slice(self)
        else:
            old = msacc.enter("emulator")
            process.run_slice(self)
            msacc.enter(old)
        self.current_process = None
        if (tracepoint := trace.process_unscheduled) is not None:
            tracepoint(process=process, scheduler=self)
        used = CONTEXT_REDS - process.fcalls
        if used < MIN_SLICE_REDS:
            used = MIN_SLICE_REDS
        self.reductions += used
        self.reds_since_poll += used

    def book_reductions(self, reductions: int) -> None:
        """Count work done."""
        self.reductions += reductions
        self.reds_since_poll += reductions

    def _run_misc_ops(self) -> None:
        runq = self.runq
        for _ in range(MAX_MISC_OPS):
            operation = runq.take_misc_op() if runq.misc else None
            if operation is None:
                return
            operation()

    def _check_io(self) -> bool:
        self.reds_since_poll = 0
        if (msacc := self.msacc) is None:
            return self.emu.check_io.poll()
        old = msacc.enter("check_io")
        found = self.emu.check_io.poll()
        msacc.enter(old)
        return found

    def _steal(self) -> bool:
        """Take something from another scheduler's run queue; processes first, upward from the next number."""
        schedulers = self.emu.schedulers
        for offset in range(1, len(schedulers)):
            victim = schedulers[(self.id - 1 + offset) % len(schedulers)]
            if victim.runq.length:
                loot = victim.runq.steal_from()
                if loot is not None:
                    self.stolen += 1
                    self._hand_over(loot, self)
                    return True
        return False

    def _evacuate(self) -> bool:
        """Offline: move what the run queue holds to a scheduler that is online. Bound processes stay, and wait.

        Aux work and timers stay too, and go on: a scheduler that is offline completes its async jobs.
        """
        schedulers = self.emu.schedulers
        target = schedulers[(self.id - 1) % self.emu.schedulers_online]
        moved = False
        while target is not self and (operation := self.runq.take_misc_op()) is not None:
            target.runq.schedule_misc_op(operation)
            moved = True
        while target is not self and (loot := self.runq.steal_from(wait=True)) is not None:
            self._hand_over(loot, target)
            moved = True
        return moved

    @staticmethod
    def _hand_over(loot: Process | Port, target: Scheduler) -> None:
        loot.runq = target.runq
        if isinstance(loot, Process):
            target.runq.enqueue_process(loot)
        else:
            target.runq.enqueue_port(loot)

    def _wake_another(self) -> None:
        """Wake a scheduler that has nothing to do if much waits here: it will come and steal.

        ERTS's measure: reductions done, times what else waits; downwards from the own number.
        """
        done = self.reductions - self._measured_reds
        if not done:
            return
        self._measured_reds = self.reductions
        waiting = self.runq.length - 1
        if waiting < 1:
            self._wake_other = max(0, self._wake_other - done)
            return
        self._wake_other += waiting * done + WAKE_OTHER_INCREMENT
        if self._wake_other > WAKE_OTHER_LIMIT:
            self._wake_other = 0
            schedulers = self.emu.schedulers
            for offset in range(1, len(schedulers)):
                other = schedulers[self.id - 1 - offset]
                if other.online and not other.runq.length:
                    other.poke()
                    return

    # --- sleeping and waking ---

    def wait(self, event: ThreadEvent) -> None:
        """Sleep on *event* until there is work or a timer is due. The seat is free meanwhile.

        Reset first, then look for work, then wait: whoever adds work sets the event afterwards.
        """
        event.reset()
        self.sleeper = event
        if self.has_work() or self._spin(event) or self.emu.halted:
            return
        self.sleeps += 1
        # A ready queue that is to be cleaned ends the first sleep early.
        clean = not self._cleaning and bool(self.aux_flags.value & ASYNC_READY_CLEAN)
        duration = self._time_to_sleep()
        if clean and (duration is None or duration > IDLE_CLEAN_DELAY):
            duration = IDLE_CLEAN_DELAY
        progress = self.emu.progress
        progress.prepare_wait(self.progress)
        if (msacc := self.msacc) is not None:
            msacc.enter("sleep")
        self.seat.release()
        try:
            event.wait(duration)
        finally:  # also when a KeyboardInterrupt ends the sleep
            visitor = event is not self.event
            if visitor:
                self.visitors.append(None)
            self.seat.acquire()
            if visitor:
                self.visitors.pop()
            if (msacc := self.msacc) is not None:
                msacc.enter("other")
            progress.finalize_wait(self.progress)
        if clean and not self.has_work():
            self._cleaning = True

    def _spin(self, event: ThreadEvent) -> bool:
        """Wait a moment, and set what is owed to async threads; whether *event* came."""
        owed = self.owed
        if not owed:
            return event.spin()
        came = event.spin(*owed)
        owed.clear()
        return came

    def _time_to_sleep(self) -> int | None:
        """The nanoseconds until the next timer is due; None if there is none."""
        deadline = self.timers.next_deadline() if self.timers.heap else None
        self._sleeping_until = deadline
        return None if deadline is None else max(0, deadline - self._monotonic())

    def has_work(self) -> bool:
        """Say whether a turn would find something to do now. Called in the seat, last before it sleeps."""
        self.looking = False
        if self._batches:
            self.emu.async_pool.hurry()
        if self.runq.length and (self.online or self.runq.has_movable()):
            return True
        flags = self.aux_flags.value
        if not flags:
            return False
        if flags & _DOES_NOT_WAIT:
            return True
        if flags & THR_PRGR_LATER_OP and self.later_ops and self.emu.progress.has_reached(self.later_ops[0][0]):
            return True
        if not self._cleaning or not flags & ASYNC_READY_CLEAN:
            return False
        return self._clean_value is None or self.emu.progress.has_reached(self._clean_value)

    def poke(self) -> None:
        """Wake whoever sleeps in this seat. Any thread; called after adding work.

        Whose event is on already has not looked for work since.
        """
        sleeper = self.sleeper
        if not sleeper.on:
            sleeper.set()

    _wakeup = poke

    # --- aux work ---

    def set_aux_work(self, flag: int) -> None:
        """Raise an aux-work flag and wake the scheduler. Any thread."""
        if not self.aux_flags.read_bor(flag) & flag:
            self.poke()

    def handle_aux_work(self, flags: int) -> bool:
        """Make one pass over the raised flags, in bit order; say whether another pass would find more."""
        msacc = self.msacc
        old = msacc.enter("aux") if msacc is not None else None
        more = False
        if flags & THR_PRGR_LATER_OP:
            more = self._run_later_ops()
        if flags & ASYNC_READY:
            # Clear first, look second: a job that is added in between raises the flag anew.
            self.aux_flags.read_band(~ASYNC_READY)
            self._cleaning = False
            self._clean_value = None
            assert self.ready_queue is not None
            if self.emu.async_pool.check_async_ready(self, self.ready_queue):
                self.aux_flags.read_bor(ASYNC_READY)
                self.aux_flags.read_band(~ASYNC_READY_CLEAN)
                more = True
            elif not flags & ASYNC_READY_CLEAN:
                self.aux_flags.read_bor(ASYNC_READY_CLEAN)
        if flags & ASYNC_READY_CLEAN and self._cleaning:
            more = self._clean_async_ready() or more
        if flags & MISC:
            self.aux_flags.read_band(~MISC)
            self.emu.run_aux_misc(self)
            more = True
        if msacc is not None and old is not None:
            msacc.enter(old)
        return more

    def _clean_async_ready(self) -> bool:
        """Reclaim cells of the ready queue. Waiting for thread progress keeps the flag but is no work.

        ERTS cleans in the pass that found the queue empty. Here a scheduler cleans when it has been idle for a moment:
        where jobs come one at a time, each would pay for it, and dequeuing reclaims in passing anyway.
        """
        progress = self.emu.progress
        if self._clean_value is not None and not progress.has_reached(self._clean_value):
            return False
        self._clean_value = None
        assert self.ready_queue is not None
        state, value = self.ready_queue.clean()
        if state == 0:
            self.aux_flags.read_band(~ASYNC_READY_CLEAN)
            return False
        if value is None:
            # A job that stands there unannounced is none of this: its thread is about to raise ASYNC_READY.
            return not self.ready_queue.thr_q.has_items()
        self._clean_value = value
        progress.request_wakeup(self.progress, value)
        return False

    def schedule_later_op(self, operation: Callable[[Any], None], argument: Any) -> None:
        """Run ``operation(argument)`` here once no thread can hold what was unlinked before this call."""
        value = self.progress.later()
        if not self.later_ops:
            self.aux_flags.read_bor(THR_PRGR_LATER_OP)
            self.emu.progress.request_wakeup(self.progress, value)
        self.later_ops.append((value, operation, argument))

    def _run_later_ops(self) -> bool:
        """Run what is due, at most 50 and an eighth of the list a pass."""
        later = self.later_ops
        has_reached = self.emu.progress.has_reached
        reached = None
        for _ in range(50 + len(later) // 8):
            if not later:
                break
            value = later[0][0]
            if value != reached:
                if not has_reached(value):
                    break
                reached = value
            _, operation, argument = later.popleft()
            operation(argument)
        if not later:
            self.aux_flags.read_band(~THR_PRGR_LATER_OP)
            return False
        if has_reached(later[0][0]):
            return True
        self.emu.progress.request_wakeup(self.progress, later[0][0])
        return False
