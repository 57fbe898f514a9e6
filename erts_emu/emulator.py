"""The emulator: the parts put together, boot and halt (ERTS: ``erl_init.c``).

An emulator is an object. Many can live in one process; each has its own threads, tables and locks.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, Self, final

from attrs import frozen

from erts_emu.async_pool import DEFAULT_ASYNC_THREADS, MAX_ASYNC_THREADS, AsyncPool, AsyncPoolStatistics
from erts_emu.check_io import CheckIO
from erts_emu.ddll import Ddll
from erts_emu.driver.context import current_emulator
from erts_emu.driver.errors import DriverCallbackError
from erts_emu.driver.world import DriverWorld
from erts_emu.errors import KILLED, EmulatorHalted
from erts_emu.ethread import (
    NANOSECONDS_PER_SECOND,
    RealThreads,
    Replay,
    Schedule,
    SimulatedThreads,
    Strategy,
    Thread,
    ThreadLayer,
)
from erts_emu.locks import LockCounts, Locks
from erts_emu.logs import logger
from erts_emu.msacc import Microstates
from erts_emu.names import NameTable
from erts_emu.native import event_type
from erts_emu.port import PortTable
from erts_emu.process import Priority, Process, ProcessTable
from erts_emu.scheduler import Scheduler, SchedulerStatistics
from erts_emu.terms import Pid, PortId, Reference
from erts_emu.thr_progress import ThrProgress
from erts_emu.trace import Trace

if TYPE_CHECKING:
    from erts_emu import Recorder
    from erts_emu.attached_process import AttachedProcess
    from erts_emu.coroutine_process import CoroutineProcess

ERTS_VERSION: Final = "13.1.5"
OTP_RELEASE: Final = "25"
DEFAULT_PORT_LIMIT: Final = 65536
DEFAULT_PROCESS_LIMIT: Final = 262144
MAX_SCHEDULERS: Final = 1024
_KEPT_DRIVER_ERRORS: Final = 100
_GRACE_AT_HALT: Final = 2 * NANOSECONDS_PER_SECOND

ThreadsChoice = Literal["real", "simulated"]
Body = Callable[..., Coroutine[Any, Any, Any]]


class HaltIncomplete(RuntimeError):
    """``halt`` has waited for ports whose drivers never empty their queues; ``ports`` names them.

    The real emulator would hang for ever. Empty the queue in ``flush`` or after it, or halt with ``flush=False``.
    """

    def __init__(self, ports: list[str]) -> None:
        super().__init__(
            f"halt waits for {', '.join(ports)}, whose I/O queues still hold data: their drivers must empty them after "
            "flush(), or use halt(flush=False)"
        )
        self.ports = ports


@final
@frozen
class EmulatorStatistics:
    """An emulator at one moment."""

    ports: int
    processes: int
    drivers: tuple[str, ...]
    schedulers: tuple[SchedulerStatistics, ...]
    async_pool: AsyncPoolStatistics
    locks: dict[str, LockCounts]


@final
class Emulator:
    """A mini ERTS. Use it as a context manager: leaving it halts.

    *threads* is ``"real"``, ``"simulated"``, or a thread layer of your own; *strategy*, *seed* and *replay* (a schedule
    string) shape simulated threads. *async_threads* is ``+A`` (0: jobs run synchronously, as before OTP 23),
    *schedulers* and *schedulers_online* (default: all) ``+S``, *max_ports* ``+Q``, *max_processes* ``+P``,
    *port_parallelism* ``+spp``. *lock_checker* (default: with simulated threads) checks lock order and API calls;
    *strict* (same default) makes leaving the context manager raise the first error of a driver callback. *isolate*
    runs each compiled driver in a process of its own, so that its crash is an error here; as a number it is the seconds
    after which a callback that has not returned is one too (jobs may take as long as they like).
    """

    def __init__(
        self,
        *,
        threads: ThreadsChoice | ThreadLayer = "real",
        async_threads: int = DEFAULT_ASYNC_THREADS,
        schedulers: int = 1,
        schedulers_online: int | None = None,
        max_ports: int = DEFAULT_PORT_LIMIT,
        max_processes: int = DEFAULT_PROCESS_LIMIT,
        port_parallelism: bool = False,
        strategy: Strategy | None = None,
        seed: int = 0,
        replay: str | None = None,
        lock_checker: bool | None = None,
        lock_counters: bool = False,
        msacc: bool = False,
        work_stealing: bool = True,
        strict: bool | None = None,
        isolate: bool | float = False,
    ) -> None:
        _check_range("async_threads", async_threads, 0, MAX_ASYNC_THREADS)
        _check_range("schedulers", schedulers, 1, MAX_SCHEDULERS)
        _check_range("schedulers_online", schedulers if schedulers_online is None else schedulers_online, 1, schedulers)
        _check_range("max_ports", max_ports, 16, 134217727)
        _check_range("max_processes", max_processes, 1, 134217727)
        self.layer: ThreadLayer = _make_layer(threads, strategy, seed, replay)
        simulated = self.layer.kind == "simulated"
        self.strict = simulated if strict is None else strict
        if isolate and simulated:
            raise ValueError("isolate=True runs compiled drivers in processes, which no simulation can steer")
        if isolate < 0:
            raise ValueError(f"isolate={isolate!r}: it is True, or the seconds that a callback may take")
        self.isolate = isolate
        self.trace = Trace()
        self.locks = Locks(
            self.layer,
            check=simulated if lock_checker is None else lock_checker,
            count=lock_counters,
            trace=self.trace,
        )
        self.msacc_enabled = msacc
        self.work_stealing = work_stealing and schedulers > 1
        self.schedulers_online = schedulers if schedulers_online is None else schedulers_online
        self.port_parallelism = port_parallelism
        self.halted = False
        self.halting = False
        self.abandoned = False
        self.driver_errors: list[DriverCallbackError] = []
        self.crash: Exception | None = None
        self.driver_world = DriverWorld(self.layer, self.locks)
        self._references = itertools.count(1)
        self.progress = ThrProgress(self.layer)
        self.processes = ProcessTable(max_processes)
        self.names = NameTable(self)
        self.aliases: dict[Reference, Process] = {}
        self.ports = PortTable(self, max_ports)
        self.ddll = Ddll(self)
        self.check_io = CheckIO(self)
        self.async_pool = AsyncPool(self, async_threads)
        self.schedulers = [Scheduler(self, number) for number in range(1, schedulers + 1)]
        self._threads: list[Thread] = []
        self._boot()

    def __repr__(self) -> str:
        state = "halted" if self.halted else "running"
        return f"<Emulator {self.layer.kind} {state}, {len(self.ports)} ports, {len(self.processes)} processes>"

    # --- boot and halt ---

    def _boot(self) -> None:
        if self.msacc_enabled:
            for scheduler in self.schedulers:
                scheduler.account(on=True)
        current_emulator.set(self)
        self.async_pool.start()
        for scheduler in self.schedulers:
            self._threads.append(self.spawn_thread(f"{scheduler.id}_scheduler", scheduler.main))

    def spawn_thread(self, name: str, target: Callable[[], None]) -> Thread:
        """Start a thread that belongs to this emulator."""

        def run() -> None:
            current_emulator.set(self)
            try:
                target()
            except Exception as error:
                if self.abandoned:
                    return  # thrown out in the middle of an operation, with a lock taken or not
                self._thread_crashed(name, error)
                raise

        return self.layer.spawn(name, run)

    def _thread_crashed(self, name: str, error: Exception) -> None:
        """A thread of the emulator itself has failed: stop, so that nobody waits for it for ever."""
        self.crash = error
        logger().error("emulator_thread_crashed", thread=name, exc_info=error)
        if self.layer.kind == "real":
            self.halting = self.halted = True
            for scheduler in self.schedulers:
                scheduler.poke()
                scheduler.event.set()

    def halt(self, *, flush: bool = True, patience: float = 10.0) -> None:
        """Stop the emulator (``erlang:halt``).

        With *flush*, every port is closed (``flush``, ``stop``), and all queued async jobs run to their end; their
        ready_async is not called, nor ``finish`` of any driver. Without, nothing more is called. Idempotent.

        Raises ``HaltIncomplete`` after *patience* seconds if ports do not empty their queues.
        """
        if self.halting:
            return
        self.halting = True
        stuck: list[str] = []
        if flush:
            stuck = self._close_ports(patience)
            self.async_pool.flush()
        else:
            self.async_pool.abandon()
        self.halted = True
        for scheduler in self.schedulers:
            scheduler.event.set()
        self.check_io.wake()
        self._join_threads(None if flush else _GRACE_AT_HALT)
        self.check_io.close()
        self.driver_world.close()
        self._end_processes()
        self.layer.close()
        if stuck:
            raise HaltIncomplete(stuck)

    def abandon(self) -> None:
        """Drop a simulation where it stands, whoever holds which lock: its threads are unwound, no driver is called.

        Called by the simulation's main thread. Raises ``TypeError`` with real threads, which cannot be unwound.
        """
        if self.layer.kind == "real":
            raise TypeError("real threads cannot be abandoned: use halt(flush=False)")
        if self.halted:
            return
        self.abandoned = self.halting = self.halted = True
        self.layer.close()
        self.check_io.close()
        self.driver_world.close()
        self._end_processes()

    def _join_threads(self, grace: int | None) -> None:
        """Wait for the schedulers; without flush, leave one behind that is stuck in a driver's callback."""
        for thread in self._threads:
            if not thread.join(grace):
                logger().error("thread_left_behind", thread=thread.name, advice="a callback or process does not return")

    def _close_ports(self, patience: float) -> list[str]:
        """Close every port and let schedulers work until the last has gone. Returns those that stay."""
        from erts_emu.attached_process import AttachedProcess

        if not len(self.ports):
            return []
        janitor = AttachedProcess(self, self.schedulers[0], label="halt", trap_exit=True)
        scheduler = janitor.scheduler
        scheduler.enter()
        for port in self.ports.all():
            port.lock.acquire()
            if not port.gone:
                port.exit(KILLED)
            port.lock.release()
        scheduler.leave()
        deadline = self.layer.monotonic() + int(patience * 1e9)
        while len(self.ports) and self.layer.monotonic() < deadline:
            janitor.let_work(0.01)
        self.processes.remove(janitor.process)
        return [str(port.id) for port in self.ports.all()]

    def _end_processes(self) -> None:
        for process in self.processes:
            process.abandon()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None:
            self._halt_after(error)
            return
        self.halt()
        if self.strict and self.driver_errors:
            raise self.driver_errors[0]

    def _halt_after(self, error: BaseException) -> None:
        """Halt without hiding *error*, which is on its way out."""
        try:
            self.halt(flush=False)
        except Exception as second:  # noqa: BLE001 -- the first error is the one to see
            error.add_note(f"halting the emulator then failed too: {second!r}")

    def set_schedulers_online(self, count: int) -> int:
        """Put the first *count* schedulers online, the others offline; return how many were online before.

        ``erlang:system_flag(schedulers_online, Count)``. A scheduler that is offline runs no processes and no port
        tasks: those move, except for processes that are bound to it, which wait; its async jobs and timers go on.
        Raises ``ValueError`` for a count that is none.
        """
        _check_range("schedulers_online", count, 1, len(self.schedulers))
        before = self.schedulers_online
        self.schedulers_online = count
        for scheduler in self.schedulers:
            scheduler.online = scheduler.id <= count
            scheduler.poke()
            scheduler.event.set()
        return before

    def account_microstates(self, on: bool) -> bool:
        """Account from now on for where threads' time goes, or no more; return how it was before.

        ``erlang:system_flag(microstate_accounting, Bool)``, except that counters begin at zero. Any thread.
        """
        before, self.msacc_enabled = self.msacc_enabled, on
        if before is not on:
            for scheduler in self.schedulers:
                scheduler.account(on=on)
            for thread in self.async_pool.threads:
                thread.account(on=on)
            for driver in self.ddll.drivers.copy():
                driver.wrap_callbacks()
        return before

    # --- processes ---

    def attach(self, *, trap_exit: bool = False, scheduler: int = 1, name: str = "attached") -> AttachedProcess:
        """Make the calling Python thread a process, bound to scheduler number *scheduler*, which has to be online.

        A thread that has no name yet is called *name* in reports and recordings.
        """
        from erts_emu.attached_process import AttachedProcess

        self.check_running()
        _check_range("scheduler", scheduler, 1, self.schedulers_online)
        tsd = self.layer.tsd
        if tsd.name == type(tsd).name:
            tsd.name = name
        return AttachedProcess(self, self.schedulers[scheduler - 1], label=name, trap_exit=trap_exit)

    def spawn(
        self,
        body: Body,
        *args: Any,
        priority: Priority = "normal",
        scheduler: int | None = None,
        trap_exit: bool = False,
        link: Process | None = None,
    ) -> CoroutineProcess:
        """Start a process that runs the coroutine ``body(process, *args)``, on *scheduler* if one is given."""
        from erts_emu.coroutine_process import CoroutineProcess

        self.check_running()
        current = self.layer.tsd.scheduler
        home = self.schedulers[scheduler - 1] if scheduler is not None else current or self.schedulers[0]
        process = CoroutineProcess(self, home, body, args, priority=priority, trap_exit=trap_exit)
        process.bound = scheduler is not None
        if link is not None:
            link.links[process.pid.number] = process.pid
            process.links[link.pid.number] = link.pid
        if (tracepoint := self.trace.process_spawn) is not None:
            tracepoint(process=process)
        home.runq.enqueue_process(process)
        return process

    def run(self, body: Body, *args: Any, scheduler: int = 1, trap_exit: bool = False) -> Any:
        """Run a process to its end and return what its coroutine returned; what it raised is raised here."""
        with self.attach(name="run", trap_exit=True, scheduler=scheduler) as me:
            process = self.spawn(body, *args, scheduler=scheduler, trap_exit=trap_exit)
            me.wait_for(process)
        return process.outcome()

    def check_running(self) -> None:
        """Raise ``EmulatorHalted`` unless the emulator takes work."""
        if self.crash is not None:
            raise EmulatorHalted("a thread of the emulator has crashed: this is a bug of erts_emu") from self.crash
        if self.halting:
            raise EmulatorHalted("the emulator has been halted: make a new one")

    def process_exited(self, process: Process) -> None:
        """Forget what the parts know of a process that has exited. Called in its own context."""
        if process.used_ddll:
            self.ddll.process_died(process)

    def send_signal(self, sender: Pid | PortId, receiver: Pid | PortId, signal: Any) -> None:
        """Deliver a signal; if there is nobody, let it take its course without a receiver."""
        if type(receiver) is PortId:
            port = self.ports.lookup_for_driver(receiver)
            if port is not None:
                port.monitor_fired(signal)
            return
        assert isinstance(receiver, Pid)
        process = self.processes.get(receiver)
        if process is not None:
            process.deliver(signal)
            if process.is_alive:
                return
        signal.after_exit(_Absent(self, receiver))

    # --- services for the parts ---

    def current_scheduler(self) -> Scheduler:
        """The scheduler whose seat the calling thread has; scheduler 1 if it has none."""
        scheduler: Scheduler | None = self.layer.tsd.scheduler
        return self.schedulers[0] if scheduler is None else scheduler

    def schedule_misc_op(self, operation: Callable[[], None]) -> None:
        """Run *operation* on the current scheduler, soon."""
        self.current_scheduler().runq.schedule_misc_op(operation)

    def schedule_later_op(self, operation: Callable[[Any], None], argument: Any) -> None:
        """Run ``operation(argument)`` once no thread can hold what was unlinked before."""
        scheduler: Scheduler | None = self.layer.tsd.scheduler
        if scheduler is None:
            home = self.schedulers[0]
            home.runq.schedule_misc_op(lambda: home.schedule_later_op(operation, argument))
        else:
            scheduler.schedule_later_op(operation, argument)

    def run_aux_misc(self, scheduler: Scheduler) -> None:
        """Serve the aux-work flag MISC."""

    def make_ref(self) -> Reference:
        """Return a reference that this emulator has not made before."""
        number = next(self._references)
        return Reference((number & 0x3FFFF, number >> 18 & 0xFFFFFFFF, number >> 50))

    def driver_raised(self, driver: str, callback: str, port: str, error: BaseException) -> None:
        """Report an exception of a driver's code, once. Any thread."""
        wrapped = DriverCallbackError(driver, callback, port, error)
        wrapped.__cause__ = error
        if len(self.driver_errors) < _KEPT_DRIVER_ERRORS:
            self.driver_errors.append(wrapped)
        logger().error("driver_raised", driver=driver, callback=callback, port=port, exc_info=error)

    # --- looking inside ---

    def statistics(self) -> EmulatorStatistics:
        """Return a snapshot of the whole."""
        return EmulatorStatistics(
            len(self.ports),
            len(self.processes),
            tuple(self.ddll.loaded_drivers()),
            tuple(scheduler.statistics() for scheduler in self.schedulers),
            self.async_pool.statistics(),
            self.locks.statistics(),
        )

    def record(self) -> Recorder:
        """Return a recorder: ``with emu.record() as recording:`` gives the trace of what happens inside."""
        from erts_emu import Recorder  # the front door of the package: the observing face is upstairs

        return Recorder(self)

    def schedule(self) -> Schedule:
        """Return the run so far as a schedule. Raises ``TypeError`` with real threads, which have none."""
        layer: object = self.layer
        if not isinstance(layer, SimulatedThreads):
            raise TypeError("only simulated threads have a schedule: use Emulator(threads='simulated')")
        return layer.schedule()

    def microstates(self) -> list[Microstates]:
        """Return the microstate counters of schedulers and async threads; none without microstate accounting."""
        counters = [scheduler.msacc for scheduler in self.schedulers]
        counters += [thread.msacc for thread in self.async_pool.threads]
        return [each for each in counters if each is not None]


class _Absent:
    """Stands for a process that does not exist, where a signal needs one to answer for."""

    def __init__(self, emu: Emulator, pid: Pid) -> None:
        self.emu = emu
        self.pid = pid


def _make_layer(
    threads: ThreadsChoice | ThreadLayer, strategy: Strategy | None, seed: int, replay: str | None
) -> ThreadLayer:
    if not isinstance(threads, str):
        return threads
    if threads == "real":
        if strategy is not None or replay is not None:
            raise ValueError("strategy and replay shape simulated threads: use threads='simulated'")
        return RealThreads(seed or None, event_type())
    if threads != "simulated":
        raise ValueError(f"threads is 'real', 'simulated' or a thread layer, not {threads!r}")
    if replay is not None:
        schedule = Schedule.parse(replay)
        return SimulatedThreads(Replay(schedule), seed=schedule.seed)
    return SimulatedThreads(strategy, seed=seed)


def _check_range(name: str, value: int, low: int, high: int) -> None:
    if not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"{name} is an integer between {low} and {high}, not {value!r}")
