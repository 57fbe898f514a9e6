"""The async thread pool of linked-in drivers (ERTS: ``erl_async.c``).

The life of one job::

    driver_async()          scheduler s, port lock held
      job -> input queue of ONE async thread, chosen by key or round robin; threads never share a queue
      before that: a cell is reserved in s's ready queue, the driver handle and the port data lock are referenced
    async thread            no lock held: invoke(data)
      job -> ready queue of s, under its enqueue mutex; s is poked
    scheduler s             aux work, at most 20 jobs a pass
      port alive            port lock: ready_async(drv_data, data), or free(data) if the driver has no ready_async
      port gone             no lock:   free(data)
      then the port-data-lock and driver-handle references are dropped

Guarantees: jobs of one async thread run in the order of their submission; completions of one async thread on one
scheduler are in order; the completion runs on the scheduler that submitted, never migrates, and is neither a port task nor
costs reductions; a job cannot be withdrawn; invoke is called exactly once, then exactly one of
ready_async and free (none of them if the emulator halts first).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, final

from attrs import frozen

from erts_emu.driver.handles import Pointer
from erts_emu.ethread import Condition, Mutex, Thread, ThreadEvent
from erts_emu.msacc import Microstates
from erts_emu.scheduler import ASYNC_READY
from erts_emu.terms import PortId
from erts_emu.thr_progress import ProgressThread
from erts_emu.thr_queue import Cell, ThrQueue, ThrQueueState, finalize_dequeue

if TYPE_CHECKING:
    from erts_emu.ddll import DriverHandle
    from erts_emu.driver.pdl import ErlDrvPDL
    from erts_emu.emulator import Emulator
    from erts_emu.port import Port
    from erts_emu.scheduler import Scheduler

MAX_ASYNC_THREADS: Final = 1024
DEFAULT_ASYNC_THREADS: Final = 1
MIN_STACK_KILOWORDS: Final = 16
MAX_STACK_KILOWORDS: Final = 8192
MAX_READY_CALLS_IN_SEQ: Final = 20

_WORD: Final = 2**64
_SIGN: Final = 2**63


class AsyncReadyState(IntEnum):
    """What is left to clean in a ready queue. Numbered other than :class:`ThrQueueState`, as in ERTS."""

    CLEAN = 0
    DIRTY = 1
    NEED_THR_PRGR = 2


Invoke = Callable[[Any], object]
Free = Callable[[Any], object] | None


@final
class AsyncJob:
    """The job record (``ErtsAsync``). Owned by one queue or thread at a time.

    ``port`` is the identifier and not the port, which may be gone when the job completes; None marks the record that ends
    an async thread. ``queued`` is the reserved reply cell before the job is dequeued, and the list of spent
    input-queue cells it carries home afterwards.
    """

    __slots__ = ("async_id", "data", "failure", "free", "handle", "invoke", "pdl", "port", "queued", "sched_id")

    def __init__(
        self, port: PortId | None, async_id: int, sched_id: int, invoke: Invoke, data: Any, free: Free
    ) -> None:
        self.port = port
        self.async_id = async_id
        self.sched_id = sched_id
        self.invoke = invoke
        self.data = data
        self.free = free
        self.handle: DriverHandle | None = None
        self.pdl: ErlDrvPDL | None = None
        self.failure: BaseException | None = None
        self.queued: Any = None

    def __repr__(self) -> str:
        return f"<AsyncJob {self.async_id} of {self.port}>"


@final
@frozen
class AsyncThreadStatistics:
    """What one async thread has done: jobs run, and the most jobs that its queue held when one was added."""

    name: str
    jobs: int
    longest_queue: int


@final
@frozen
class AsyncPoolStatistics:
    """The pool at one moment."""

    threads: tuple[AsyncThreadStatistics, ...]
    jobs_submitted: int


@final
class AsyncReadyQ:
    """One scheduler's ready queue (``ErtsAsyncReadyQ``).

    ``enq_mtx`` lets the losers of many simultaneous completions sleep instead of retrying; it guards nothing that the
    queue does not guard itself. ``fin_deq`` is private to the scheduler.
    """

    __slots__ = ("enq_mtx", "fin_deq", "thr_q")

    def __init__(self, thr_q: ThrQueue, enq_mtx: Mutex) -> None:
        self.thr_q = thr_q
        self.enq_mtx = enq_mtx
        self.fin_deq: list[Cell] = []

    def __repr__(self) -> str:
        return f"<AsyncReadyQ {self.thr_q!r}>"

    def clean(self) -> tuple[AsyncReadyState, int | None]:
        """Reclaim cells (ERTS: ``erts_async_ready_clean``); with NEED_THR_PRGR comes the value to wait for."""
        state = self.thr_q.clean()
        if finalize_dequeue(self.fin_deq) or state is ThrQueueState.DIRTY:
            return AsyncReadyState.DIRTY, None
        if state is ThrQueueState.NEED_THR_PRGR:
            return AsyncReadyState.NEED_THR_PRGR, self.thr_q.need_thr_progress()
        return AsyncReadyState.CLEAN, None


@final
class AsyncThread:
    """One async thread and its input queue (``ErtsAsyncQ``). The queue is made by the thread itself."""

    __slots__ = (
        "jobs",
        "longest_queue",
        "msacc",
        "name",
        "number",
        "pool",
        "progress",
        "saved",
        "thr_q",
        "thread",
        "tse",
    )

    def __init__(self, pool: AsyncPool, number: int) -> None:
        self.pool = pool
        self.number = number
        self.name = f"async_{number}"
        self.jobs = 0
        self.longest_queue = 0
        self.saved: list[Cell] = []
        self.msacc: Microstates | None = None
        self.tse: ThreadEvent
        self.thr_q: ThrQueue
        self.progress: ProgressThread
        self.thread: Thread | None = None

    def __repr__(self) -> str:
        return f"<AsyncThread {self.name} {self.jobs} jobs>"

    def main(self) -> None:
        """Be the async thread (ERTS: ``async_main``)."""
        self._init()
        pool = self.pool
        trace = pool.emu.trace
        while True:
            job, reply_cell = self._get()
            if job.port is None or pool.abandoned:
                break
            msacc = self.msacc
            if msacc is not None:
                msacc.enter("port")
            if trace.driver_async_invoke is not None:
                trace.driver_async_invoke(job=job, thread=self)
            try:
                job.invoke(job.data)
            except Exception as error:  # noqa: BLE001 -- C cannot raise here; the port will be failed
                job.failure = error
            if msacc is not None:
                msacc.enter("other")
            self.jobs += 1
            pool.reply(job, reply_cell)
            del job, reply_cell
        pool.emu.progress.unregister(self.progress)

    def _init(self) -> None:
        pool = self.pool
        emu = pool.emu
        emu.layer.tsd.name = self.name
        self.tse = emu.layer.event(self.name)
        self.progress = emu.progress.register_unmanaged(self.name, self.tse.set)
        self.thr_q = ThrQueue(self.name, emu.layer, emu.progress, self.progress, self.tse.set, auto_finalize=False)
        arrival = pool.arrive()
        if emu.msacc_enabled:
            self.msacc = Microstates(emu.layer, "async", arrival, "other")

    def _get(self) -> tuple[AsyncJob, Cell]:
        """Wait for a job (ERTS: ``async_get``). Before sleeping, clean; after resetting the event, look once more."""
        queue = self.thr_q
        dequeue = queue.dequeue
        while True:
            job: AsyncJob | None = dequeue()
            if job is not None:
                return self._take(job)
            if queue.clean() is ThrQueueState.DIRTY:
                continue
            self.tse.reset()
            if queue.has_deferred:
                self.saved.extend(queue.get_finalize_dequeue_data())
            state = queue.inspect(ensure_empty=True)
            if state is ThrQueueState.DIRTY:
                continue
            if state is ThrQueueState.NEED_THR_PRGR:
                self.pool.emu.progress.request_wakeup(self.progress, queue.need_thr_progress())
            else:
                self._free_saved()
            self._sleep()

    def _take(self, job: AsyncJob) -> tuple[AsyncJob, Cell]:
        """The reply cell leaves the job before the spent cells enter it: both use the same field."""
        reply_cell = job.queued
        queue = self.thr_q
        cells = queue.get_finalize_dequeue_data()
        if self.saved:
            cells = self.saved + cells
            self.saved = []
        job.queued = cells
        if (tracepoint := self.pool.emu.trace.aio_pool_get) is not None:
            tracepoint(port=job.port, length=queue.length_dirty(), job=job, thread=self)
        return job, reply_cell

    def _free_saved(self) -> None:
        while finalize_dequeue(self.saved) or self.thr_q.has_deferred:
            self.saved.extend(self.thr_q.get_finalize_dequeue_data())

    def _sleep(self) -> None:
        msacc = self.msacc
        if msacc is not None:
            msacc.enter("sleep")
        self.tse.wait()
        if msacc is not None:
            msacc.enter("other")


@final
class AsyncPool:
    """The pool of one emulator (``ErtsAsyncData``).

    ``threads`` never changes after boot. ``_initialized`` needs ``_init_mtx``. The id counter is atomic.
    """

    def __init__(self, emu: Emulator, size: int) -> None:
        self.emu = emu
        self.size = size
        self.threads = tuple(AsyncThread(self, number) for number in range(1, size + 1))
        self.ids = emu.layer.atomic()
        self._ready_queues: list[AsyncReadyQ | None] = [None]
        self._initialized = 0
        self._init_mtx: Mutex = emu.locks.mutex("async_init_mtx")
        self._init_cnd: Condition | None = None
        self._flushed = False
        self.abandoned = False

    def __repr__(self) -> str:
        return f"<AsyncPool {self.size} threads>"

    def statistics(self) -> AsyncPoolStatistics:
        """Return a snapshot."""
        return AsyncPoolStatistics(
            tuple(AsyncThreadStatistics(t.name, t.jobs, t.longest_queue) for t in self.threads), self.ids.read()
        )

    # --- boot ---

    def init_ready_queue(self, scheduler: Scheduler) -> AsyncReadyQ | None:
        """Make *scheduler*'s ready queue; None without async threads. Schedulers come in the order of their ids."""
        if not self.size:
            return None
        emu = self.emu

        def notify() -> None:
            scheduler.set_aux_work(ASYNC_READY)

        queue = ThrQueue(f"ready {scheduler.id}", emu.layer, emu.progress, scheduler.progress, notify)
        ready = AsyncReadyQ(queue, emu.locks.mutex("async_enq_mtx", scheduler.id))
        self._ready_queues.append(ready)
        return ready

    def start(self) -> None:
        """Start the threads and wait until each has made its queue (ERTS: the barrier of ``erts_init_async``)."""
        layer = self.emu.layer
        mutex = layer.mutex("async_init_mtx")
        self._init_mtx = mutex
        self._init_cnd = layer.condition(mutex, "async_init_cnd")
        for thread in self.threads:
            thread.thread = layer.spawn(thread.name, thread.main)
        mutex.acquire()
        while self._initialized < self.size:
            self._init_cnd.wait()
        mutex.release()

    def arrive(self) -> int:
        """Reach the barrier; return how many threads were there before. The microstate id is this number."""
        assert self._init_cnd is not None
        self._init_mtx.acquire()
        arrival = self._initialized
        self._initialized += 1
        self._init_cnd.signal()
        self._init_mtx.release()
        return arrival

    # --- submission ---

    def next_id(self) -> int:
        """Return the next job id: a 64-bit counter for the whole emulator, skipping 0, its sign folded."""
        while True:
            raw = self.ids.add_read(1) & (_WORD - 1)
            if raw:
                return raw if raw < _SIGN else _WORD - raw

    def submit(
        self, port: Port, key: Pointer[int] | None, invoke: Invoke, data: Any, free: Free, scheduler: Scheduler | None
    ) -> int:
        """Queue a job of *port* (ERTS: ``driver_async`` from its step 4 on). Returns the job's id.

        The caller holds the port's lock. On a thread without scheduler the completion goes to scheduler 1.
        """
        size = self.size
        if not size:
            return self._run_synchronously(port, key, invoke, data, free)
        async_id = self.next_id()
        if key is None:
            index = async_id % size
        else:
            index = key.value = (key.value & 0xFFFFFFFF) % size
        job = AsyncJob(port.id, async_id, 1 if scheduler is None else scheduler.id, invoke, data, free)
        pdl = port.pdl
        if pdl is not None:
            job.pdl = pdl
            pdl.inc_refc()
        self._add(job, self.threads[index], port.driver.handle, managed=scheduler is not None)
        return async_id

    def _add(self, job: AsyncJob, thread: AsyncThread, handle: DriverHandle | None, *, managed: bool) -> None:
        """Reserve the reply cell, reference the driver, enqueue (ERTS: ``async_add``). The job may run at once."""
        ready = self._ready_queues[job.sched_id]
        assert ready is not None
        job.queued = ready.thr_q.prepare_enqueue()
        if handle is not None:
            job.handle = handle
            handle.reference_referenced()
        queue = thread.thr_q
        queue.enqueue(job, managed=managed)
        length = queue.length_dirty_fast()
        if length > thread.longest_queue:
            thread.longest_queue = length
        if (tracepoint := self.emu.trace.aio_pool_put) is not None:
            tracepoint(port=job.port, length=-1, job=job, thread=thread)

    def _run_synchronously(self, port: Port, key: Pointer[int] | None, invoke: Invoke, data: Any, free: Free) -> int:
        """Do everything here and now: the pool of no threads, which ``+A 0`` meant until OTP 22.

        No references are taken, the id is 0, and ready_async runs inside the caller's callback.
        """
        if key is not None:
            key.value = 0
        job = AsyncJob(port.id, 0, 1, invoke, data, free)
        try:
            invoke(data)
        except Exception as error:  # noqa: BLE001 -- as on an async thread
            job.failure = error
        self._deliver(job, port)
        return 0

    # --- the async thread's end ---

    def reply(self, job: AsyncJob, cell: Cell) -> None:
        """Put a finished job into the ready queue of its scheduler (ERTS: ``async_reply``)."""
        ready = self._ready_queues[job.sched_id]
        assert ready is not None
        enq_mtx = ready.enq_mtx
        enq_mtx.acquire()
        ready.thr_q.enqueue_prepared(job, cell, managed=False)
        enq_mtx.release()

    # --- completion ---

    def check_async_ready(self, scheduler: Scheduler, ready: AsyncReadyQ) -> bool:
        """Complete up to 20 jobs (ERTS: ``erts_check_async_ready``). True iff 20 were, even the last ones."""
        dequeue = ready.thr_q.dequeue
        trace = self.emu.trace
        fin_deq = ready.fin_deq
        done = 0
        while done < MAX_READY_CALLS_IN_SEQ:
            job: AsyncJob | None = dequeue()
            if job is None:
                break
            done += 1
            if job.queued:
                fin_deq.extend(job.queued)
            if trace.aio_ready is not None:
                trace.aio_ready(job=job, scheduler=scheduler)
            self._call_async_ready(job)
        if fin_deq:
            finalize_dequeue(fin_deq)
        if done:
            scheduler.ready_batches += 1
            scheduler.ready_jobs += done
            if trace.aio_ready_batch is not None:
                trace.aio_ready_batch(scheduler=scheduler, jobs=done)
        return done == MAX_READY_CALLS_IN_SEQ

    def _call_async_ready(self, job: AsyncJob) -> None:
        """Give the result to the port, or free it; then drop what the job kept alive."""
        assert job.port is not None
        port = self.emu.ports.lookup_for_driver(job.port)
        if port is None:
            self._free(job)
        else:
            lock = port.lock
            lock.acquire()
            if port.gone:  # it went while this thread waited for the lock
                lock.release()
                self._free(job)
            else:
                self._deliver(job, port)
                lock.release()
        if job.pdl is not None:
            job.pdl.dec_refc()
        if job.handle is not None:
            job.handle.dereference()

    def _deliver(self, job: AsyncJob, port: Port) -> None:
        """Call ready_async, or free if the driver has none; the callback epilogue comes before the free."""
        if job.failure is not None:
            port.async_failed(job.failure)
        elif port.ready_async(job.data):
            return
        self._free(job)

    def _free(self, job: AsyncJob) -> None:
        free = job.free
        if free is None:
            return
        emu = self.emu
        if (tracepoint := emu.trace.driver_async_free) is not None:
            tracepoint(job=job)
        try:
            free(job.data)
        except Exception as error:  # noqa: BLE001 -- reported, and the next job goes on
            emu.driver_raised("?" if job.handle is None else job.handle.name, "async_free", str(job.port), error)

    # --- exit ---

    def flush(self) -> None:
        """End the threads after all queued jobs have run, and join them (ERTS: ``erts_exit_flush_async``).

        Their completions are dropped: nobody calls ready_async or free any more. The caller holds no locks.
        """
        if self._flushed:
            return
        self._flushed = True
        for thread in self.threads:
            thread.thr_q.enqueue(AsyncJob(None, 0, 1, _nothing, None, None), managed=False)
        for thread in self.threads:
            assert thread.thread is not None
            thread.thread.join()

    def abandon(self) -> None:
        """Let the threads end after the job they are in, dropping queued ones (``halt`` without flush)."""
        if self._flushed:
            return
        self._flushed = True
        self.abandoned = True
        for thread in self.threads:
            thread.thr_q.enqueue(AsyncJob(None, 0, 1, _nothing, None, None), managed=False)


def _nothing(data: object) -> None:
    """The invoke function of the record that ends a thread, which is never called."""
