"""Port tasks: what waits to be done with a port, and who does it (ERTS: ``erl_port_task.c``).

A request of a process runs at once, in the process's own context, if the port is free. Otherwise it becomes a task:
so does everything that no process asks for (I/O readiness, timers). A port with tasks stands in a run
queue, and a scheduler executes up to a budget of them under the port's lock.

A port can be busy in two ways. ``BUSY_PORT``, set by its driver, suspends the senders of commands and holds queued
commands back: they move to a second list, and so does whatever else the same sender has asked for after them.
``BUSY_PORT_Q``, set while more bytes of commands are queued than the port's limits allow, only suspends the senders.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import IntFlag
from typing import TYPE_CHECKING, Final, Literal, final

from erts_emu.driver.constants import ERL_DRV_BUSY_MSGQ_DISABLED, ERL_DRV_FLAG_NO_BUSY_MSGQ
from erts_emu.ethread import Mutex
from erts_emu.process import CONTEXT_REDS

if TYPE_CHECKING:
    from erts_emu.ddll import LoadedDriver
    from erts_emu.process import Process
    from erts_emu.scheduler import RunQueue, Scheduler
    from erts_emu.terms import Pid

START_REDS: Final = CONTEXT_REDS // 4
"""The reductions with which the execution of a port starts."""
VIRTUAL_REDS: Final = CONTEXT_REDS // 20
"""What each task costs on top of its own reductions; taken off again before reductions are booked."""
CALLBACK_REDS: Final = CONTEXT_REDS // 100
CALL_REDS: Final = CONTEXT_REDS // 50
SIGNAL_REDS: Final = CONTEXT_REDS // 200
FREE_REDS: Final = CONTEXT_REDS // 400

BUSY_MSGQ_LOW: Final = 4096
BUSY_MSGQ_HIGH: Final = 8192


class TaskFlags(IntFlag):
    """The task-queue flags of a port (``ERTS_PTS_FLG_*``)."""

    IN_RUNQ = 0x001
    EXEC = 0x002
    HAVE_TASKS = 0x004
    EXIT = 0x008
    BUSY_PORT = 0x010
    BUSY_PORT_Q = 0x020
    CHK_UNSET_BUSY_PORT_Q = 0x040
    HAVE_BUSY_TASKS = 0x080
    HAVE_NS_TASKS = 0x100
    PARALLELISM = 0x200
    FORCE_SCHED = 0x400
    EXITING = 0x800
    EXEC_IMM = 0x1000


IN_RUNQ: Final = int(TaskFlags.IN_RUNQ)
EXEC: Final = int(TaskFlags.EXEC)
HAVE_TASKS: Final = int(TaskFlags.HAVE_TASKS)
EXIT: Final = int(TaskFlags.EXIT)
BUSY_PORT: Final = int(TaskFlags.BUSY_PORT)
BUSY_PORT_Q: Final = int(TaskFlags.BUSY_PORT_Q)
CHK_UNSET_BUSY_PORT_Q: Final = int(TaskFlags.CHK_UNSET_BUSY_PORT_Q)
HAVE_BUSY_TASKS: Final = int(TaskFlags.HAVE_BUSY_TASKS)
HAVE_NS_TASKS: Final = int(TaskFlags.HAVE_NS_TASKS)
PARALLELISM: Final = int(TaskFlags.PARALLELISM)
EXITING: Final = int(TaskFlags.EXITING)

NOT_IMMEDIATE: Final = int(
    TaskFlags.EXIT
    | TaskFlags.HAVE_BUSY_TASKS
    | TaskFlags.HAVE_TASKS
    | TaskFlags.EXEC
    | TaskFlags.EXEC_IMM
    | TaskFlags.FORCE_SCHED
    | TaskFlags.EXITING
)
"""With any of these set, a request is scheduled instead of executed at once."""

BUSY: Final = BUSY_PORT | BUSY_PORT_Q
"""With any of these set, the senders of commands wait."""
_SELECTIVE: Final = BUSY_PORT | HAVE_BUSY_TASKS | CHK_UNSET_BUSY_PORT_Q
"""With none of these set, the next task is the oldest."""


@final
class PortTask:
    """One thing to do with a port. ``run`` is None once the task was aborted or has been executed.

    A process's signal has a ``caller``, whose signals keep their order. A command has the ``size`` of its data, and
    ``waits_while_busy`` or, if its sender would rather not wait, is answered by ``refuse`` when the port gets busy; a
    forced one has neither.
    """

    __slots__ = ("abort", "caller", "kind", "reds", "refuse", "run", "size", "waits_while_busy")

    def __init__(
        self,
        kind: str,
        run: Callable[[], object],
        reds: int = CALLBACK_REDS,
        abort: Callable[[], None] | None = None,
        *,
        caller: Pid | None = None,
        size: int = 0,
        waits_while_busy: bool = False,
        refuse: Callable[[], None] | None = None,
    ) -> None:
        self.kind = kind
        self.run: Callable[[], object] | None = run
        self.reds = reds
        self.abort = abort
        self.caller = caller
        self.size = size
        self.waits_while_busy = waits_while_busy
        self.refuse = refuse

    def __repr__(self) -> str:
        return f"<PortTask {self.kind}{'' if self.run else ' aborted'}>"

    @property
    def is_scheduled(self) -> bool:
        """False once the task was aborted or has been executed."""
        return self.run is not None

    def cancel(self) -> None:
        """Abort the task: it stays in its queue and is dropped when it is reached. The caller holds the port lock."""
        self.run = None


@final
class BusyMessageQueue:
    """How many bytes of commands are queued, and between which limits they make the port busy; both are exclusive."""

    __slots__ = ("high", "low", "size")

    def __init__(self) -> None:
        self.low = BUSY_MSGQ_LOW
        self.high = BUSY_MSGQ_HIGH
        self.size = 0

    def __repr__(self) -> str:
        return f"<BusyMessageQueue {self.size} bytes, limits {self.low} and {self.high}>"


class PortTasks:
    """The task queue of a port, mixed into :class:`erts_emu.port.Port`.

    Needs ``sched_lock`` (class ``port_sched_lock``): ``tflags``, ``_tasks``, ``_held``, ``_msgq``. They are made when
    the first task comes: most ports never have one. Needs ``lock``: ``reds``.
    """

    lock: Mutex
    sched_lock: Mutex
    driver: LoadedDriver
    tflags: int
    runq: RunQueue
    suspended: list[Process] | None
    _tasks: deque[PortTask] | None
    _held: list[PortTask] | None = None
    _msgq: BusyMessageQueue | Literal[False] | None = None
    reds = 0
    """The reductions used so far in the execution of tasks that is under way."""

    def schedule_task(self, task: PortTask) -> bool:
        """Queue *task* and the port with it; False if the port takes no more tasks. Any thread."""
        self.sched_lock.acquire()
        flags = self.tflags
        if flags & EXIT:
            self.sched_lock.release()
            return False
        if task.refuse is not None:
            if flags & BUSY_PORT:
                self.sched_lock.release()
                task.refuse()
                return True
            flags |= HAVE_NS_TASKS
        if self._tasks is None:
            self._tasks = deque()
        self._tasks.append(task)
        if task.size:
            flags |= self._count_queued(task.size)
        enqueue = not flags & (IN_RUNQ | EXEC)
        self.tflags = flags | HAVE_TASKS | (IN_RUNQ if enqueue else 0)
        self.sched_lock.release()
        if enqueue:
            self.runq.enqueue_port(self)  # type: ignore[arg-type]
        return True

    def set_tflags(self, flags: int) -> None:
        """Set task flags."""
        self.sched_lock.acquire()
        self.tflags |= flags
        self.sched_lock.release()

    def clear_tflags(self, flags: int) -> None:
        """Clear task flags."""
        self.sched_lock.acquire()
        self.tflags &= ~flags
        self.sched_lock.release()

    def execute_tasks(self, scheduler: Scheduler) -> None:
        """Execute tasks until there are none or the budget is used up (ERTS: ``erts_port_task_execute``).

        The run queue has just given the port away. Taking the port lock may block: a driver-level lock is
        shared with other ports.
        """
        self.sched_lock.acquire()
        self.tflags = self.tflags & ~IN_RUNQ | EXEC
        self.sched_lock.release()
        self.lock.acquire()
        if (tracepoint := scheduler.emu.trace.port_scheduled) is not None:
            tracepoint(port=self, scheduler=scheduler)
        scheduler.current_port = self  # type: ignore[assignment]
        reds = START_REDS + VIRTUAL_REDS
        virtual = VIRTUAL_REDS
        while reds < CONTEXT_REDS:
            task = self._next_task()
            if task is None:
                break
            run = task.run
            if run is None:
                continue
            task.run = None
            self.reds = reds
            run()
            if task.size:
                self._count_done(task.size)
            self.callback_epilogue()
            reds = self.reds + task.reds + VIRTUAL_REDS
            virtual += VIRTUAL_REDS
        scheduler.current_port = None
        if (tracepoint := scheduler.emu.trace.port_unscheduled) is not None:
            tracepoint(port=self, scheduler=scheduler)
        self.lock.release()
        scheduler.book_reductions(reds - START_REDS - virtual)
        self._end_execution()

    def _next_task(self) -> PortTask | None:
        self.sched_lock.acquire()
        if self.tflags & _SELECTIVE:
            resume = self._unset_busy_queue()
            task = self._select_task()
            if task is None:  # before that, what is held back may still have to be executed
                self.tflags &= ~HAVE_TASKS
        else:
            resume = False
            task = self._tasks.popleft() if self._tasks else None
            if not self._tasks:
                self.tflags &= ~HAVE_TASKS
        self.sched_lock.release()
        if resume:
            self.resume_suspended()
        return task

    def _end_execution(self) -> None:
        """Clear EXEC; if tasks are left or came meanwhile, go back to the end of the run queue.

        Commands that are held back do not count: the port sleeps until something else happens to it.
        """
        self.sched_lock.acquire()
        resume = self._unset_busy_queue()
        again = bool(self.tflags & HAVE_TASKS)
        self.tflags = self.tflags & ~EXEC | (IN_RUNQ if again else 0)
        self.sched_lock.release()
        if resume:
            self.resume_suspended()
        if again:
            self.runq.enqueue_port(self)  # type: ignore[arg-type]

    def abort_tasks(self) -> None:
        """Refuse new tasks, abort the queued ones, oldest first, and let suspended senders go: the port is gone."""
        self.sched_lock.acquire()
        flags = self.tflags
        if not flags and self.suspended is None:  # never had a task, or has been done with the last one
            self.tflags = EXIT
            self.sched_lock.release()
            return
        tasks = [*(self._held or ()), *(self._tasks or ())]
        self._held = self._tasks = None
        self.tflags = flags & ~(HAVE_TASKS | HAVE_BUSY_TASKS | HAVE_NS_TASKS | BUSY) | EXIT
        self.sched_lock.release()
        for task in tasks:
            if task.run is not None and task.abort is not None:
                task.abort()
        self.resume_suspended(in_turn=False)

    # --- busy: commands held back; the caller holds sched_lock ---

    def _select_task(self) -> PortTask | None:
        """Take the next task, if anything is held back or has to be."""
        busy = bool(self.tflags & BUSY_PORT)
        if self._held:
            if not busy:
                return self._take_held()
            self._give_back_followers()
        while self._tasks:
            task = self._tasks.popleft()
            if task.run is None:
                continue
            if busy and task.waits_while_busy:
                self._hold(task)
            elif not (self._held and task.caller is not None and self._hold_behind(task)):
                return task
        return None

    def _take_held(self) -> PortTask:
        assert self._held is not None
        task = self._held.pop(0)
        if not self._held:
            self.tflags &= ~HAVE_BUSY_TASKS
        return task

    def _hold(self, task: PortTask) -> None:
        if self._held is None:
            self._held = []
        self._held.append(task)
        self.tflags |= HAVE_BUSY_TASKS

    def _hold_behind(self, task: PortTask) -> bool:
        """Hold *task* back right behind the last held one of the same sender; False if there is none."""
        held = self._held
        assert held is not None
        for index in range(len(held) - 1, -1, -1):
            if held[index].caller == task.caller:
                held.insert(index + 1, task)
                return True
        return False

    def _give_back_followers(self) -> None:
        """Held tasks whose sender's command has gone wait for nothing: they go first in the queue."""
        held = self._held
        assert held is not None
        while held and not held[0].waits_while_busy:
            followers = []
            while held and not held[0].waits_while_busy:
                followers.append(held.pop(0))
            if self._tasks is None:
                self._tasks = deque()
            self._tasks.extendleft(reversed(followers))
        if not held:
            self.tflags &= ~HAVE_BUSY_TASKS

    # --- busy: requests that would rather be refused ---

    def refuse_tasks(self) -> None:
        """The port has got busy: refuse the queued commands that were sent with ``nosuspend``."""
        self.sched_lock.acquire()
        refused = [task for task in (*(self._held or ()), *(self._tasks or ())) if task.refuse and task.run]
        for task in refused:
            self._withdraw(task)
        self.tflags &= ~HAVE_NS_TASKS
        self.sched_lock.release()
        for task in refused:
            assert task.refuse is not None
            task.refuse()

    def withdraw_if_busy(self, task: PortTask) -> bool:
        """Take back *task*, which was just queued, if the driver has made the port busy meanwhile. Any thread."""
        if not self.tflags & BUSY_PORT:
            return False
        self.sched_lock.acquire()
        withdrawn = bool(self.tflags & BUSY_PORT) and self._withdraw(task)
        self.sched_lock.release()
        return withdrawn

    def _withdraw(self, task: PortTask) -> bool:
        """Take *task* out of the queue; False if it has been taken for execution."""
        for queue in (self._tasks, self._held):
            if queue is not None and task in queue:
                queue.remove(task)
                task.run = None
                msgq = self._msgq
                if task.size and msgq:
                    msgq.size -= task.size
                    if self.tflags & BUSY_PORT_Q and msgq.size < msgq.low:
                        self.tflags |= CHK_UNSET_BUSY_PORT_Q
                return True
        return False

    # --- busy: the message queue's limits ---

    def _message_queue(self) -> BusyMessageQueue | None:
        """The counts of queued bytes; None if they are switched off. The caller holds sched_lock."""
        if self._msgq is None:
            self._msgq = False if self.driver.flags & ERL_DRV_FLAG_NO_BUSY_MSGQ else BusyMessageQueue()
        return self._msgq or None

    def _count_queued(self, size: int) -> int:
        """A command was queued: return the flag to set if there are more bytes now than the high limit."""
        msgq = self._message_queue()
        if msgq is None:
            return 0
        msgq.size += size
        return BUSY_PORT_Q if msgq.size > msgq.high else 0

    def _count_done(self, size: int) -> None:
        """A queued command was executed: below the low limit, let the senders go on."""
        self.sched_lock.acquire()
        resume = False
        if msgq := self._msgq:
            msgq.size -= size
            if self.tflags & BUSY_PORT_Q and msgq.size < msgq.low:
                self.tflags |= CHK_UNSET_BUSY_PORT_Q
                resume = self._unset_busy_queue()
        self.sched_lock.release()
        if resume:
            self.resume_suspended()

    def _unset_busy_queue(self) -> bool:
        """Where that was asked for, look whether the queue still is busy. Say whether senders may go on now."""
        flags = self.tflags
        if not flags & CHK_UNSET_BUSY_PORT_Q:
            return False
        msgq = self._msgq
        if not msgq or msgq.size >= msgq.low:
            self.tflags = flags & ~CHK_UNSET_BUSY_PORT_Q
            return False
        self.tflags = flags & ~(CHK_UNSET_BUSY_PORT_Q | BUSY_PORT_Q)
        return flags & BUSY == BUSY_PORT_Q

    def message_queue_limits(self, low: int, high: int) -> tuple[int, int]:
        """Set the limits, 0 meaning as it is, and return them (``erl_drv_busy_msgq_limits``).

        ``ERL_DRV_BUSY_MSGQ_DISABLED`` for either switches the feature off for good; from then on it is returned.
        """
        self.sched_lock.acquire()
        msgq = self._message_queue()
        if msgq is None:
            self.sched_lock.release()
            return ERL_DRV_BUSY_MSGQ_DISABLED, ERL_DRV_BUSY_MSGQ_DISABLED
        if ERL_DRV_BUSY_MSGQ_DISABLED in (low, high):
            resume = self.tflags & BUSY == BUSY_PORT_Q
            self._msgq = False
            self.tflags &= ~(BUSY_PORT_Q | CHK_UNSET_BUSY_PORT_Q)
            self.sched_lock.release()
            if resume:
                self.resume_suspended()
            return low, high
        if low:
            msgq.low = low
            msgq.high = max(msgq.high, low)
        if high:
            msgq.high = high
            msgq.low = min(msgq.low, high)
        if low or high:
            if msgq.size > msgq.high:
                self.tflags |= BUSY_PORT_Q
            elif msgq.size < msgq.low:
                self.tflags |= CHK_UNSET_BUSY_PORT_Q
        limits = (msgq.low, msgq.high)
        self.sched_lock.release()
        return limits

    # --- what the port adds ---

    def callback_epilogue(self) -> None:
        """What every callback ends with; see :class:`erts_emu.port.Port`."""
        raise NotImplementedError

    def resume_suspended(self, *, in_turn: bool = True) -> None:
        """Let suspended senders go on; see :class:`erts_emu.port.Port`."""
        raise NotImplementedError
