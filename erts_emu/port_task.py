"""Port tasks: what waits to be done with a port, and who does it (ERTS: ``erl_port_task.c``).

A request of a process runs at once, in the process's own context, if the port is free. Otherwise it becomes a task:
so does everything that no process asks for (I/O readiness, timers). A port with tasks stands in a run
queue, and a scheduler executes up to a budget of them under the port's lock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import IntFlag
from typing import TYPE_CHECKING, Final, final

from erts_emu.ethread import Mutex
from erts_emu.process import CONTEXT_REDS

if TYPE_CHECKING:
    from erts_emu.scheduler import RunQueue, Scheduler

START_REDS: Final = CONTEXT_REDS // 4
"""The reductions with which the execution of a port starts."""
VIRTUAL_REDS: Final = CONTEXT_REDS // 20
"""What each task costs on top of its own reductions; taken off again before reductions are booked."""
CALLBACK_REDS: Final = CONTEXT_REDS // 100
CALL_REDS: Final = CONTEXT_REDS // 50
SIGNAL_REDS: Final = CONTEXT_REDS // 200
FREE_REDS: Final = CONTEXT_REDS // 400


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


@final
class PortTask:
    """One thing to do with a port. ``run`` is None once the task was aborted or has been executed."""

    __slots__ = ("abort", "kind", "reds", "run")

    def __init__(
        self, kind: str, run: Callable[[], None], reds: int = CALLBACK_REDS, abort: Callable[[], None] | None = None
    ) -> None:
        self.kind = kind
        self.run: Callable[[], None] | None = run
        self.reds = reds
        self.abort = abort

    def __repr__(self) -> str:
        return f"<PortTask {self.kind}{'' if self.run else ' aborted'}>"

    @property
    def is_scheduled(self) -> bool:
        """False once the task was aborted or has been executed."""
        return self.run is not None

    def cancel(self) -> None:
        """Abort the task: it stays in its queue and is dropped when it is reached. The caller holds the port lock."""
        self.run = None


class PortTasks:
    """The task queue of a port, mixed into :class:`erts_emu.port.Port`.

    Needs ``sched_lock`` (class ``port_sched_lock``): ``tflags``, ``_tasks``. The deque is made when the first task
    comes: most ports never have one.
    """

    lock: Mutex
    sched_lock: Mutex
    tflags: int
    runq: RunQueue
    _tasks: deque[PortTask] | None

    def schedule_task(self, task: PortTask) -> bool:
        """Queue *task* and the port with it; False if the port takes no more tasks. Any thread."""
        self.sched_lock.acquire()
        flags = self.tflags
        if flags & EXIT:
            self.sched_lock.release()
            return False
        if self._tasks is None:
            self._tasks = deque()
        self._tasks.append(task)
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
        scheduler.current_port = self  # type: ignore[assignment]
        reds = START_REDS
        virtual = 0
        while reds < CONTEXT_REDS:
            task = self._next_task()
            if task is None:
                break
            run = task.run
            if run is None:
                continue
            task.run = None
            run()
            self.callback_epilogue()
            reds += task.reds + VIRTUAL_REDS
            virtual += VIRTUAL_REDS
        scheduler.current_port = None
        self.lock.release()
        scheduler.book_reductions(reds - START_REDS - virtual)
        self._end_execution()

    def _next_task(self) -> PortTask | None:
        self.sched_lock.acquire()
        task = self._tasks.popleft() if self._tasks else None
        if not self._tasks:
            self.tflags &= ~HAVE_TASKS
        self.sched_lock.release()
        return task

    def _end_execution(self) -> None:
        """Clear EXEC; if tasks are left or came meanwhile, go back to the end of the run queue."""
        self.sched_lock.acquire()
        again = bool(self.tflags & HAVE_TASKS)
        self.tflags = self.tflags & ~EXEC | (IN_RUNQ if again else 0)
        self.sched_lock.release()
        if again:
            self.runq.enqueue_port(self)  # type: ignore[arg-type]

    def abort_tasks(self) -> None:
        """Refuse new tasks and abort the queued ones, oldest first: the port is gone."""
        self.sched_lock.acquire()
        self.tflags |= EXIT
        tasks, self._tasks = self._tasks, None
        self.tflags &= ~HAVE_TASKS
        self.sched_lock.release()
        for task in tasks or ():
            if task.run is not None and task.abort is not None:
                task.abort()

    def callback_epilogue(self) -> None:
        """What every callback ends with; see :class:`erts_emu.port.Port`."""
        raise NotImplementedError
