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
scheduler are in order; the completion runs on the scheduler that submitted, never migrates, is no port task and
costs no reductions; a job cannot be withdrawn; invoke is called exactly once, then exactly one of ready_async and
free (none of them if the emulator halts first).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, final

from attrs import frozen

from erts_emu.driver.errors import CALLBACK_FAILURES
from erts_emu.driver.handles import Pointer
from erts_emu.ethread import Condition, Mutex, Thread, ThreadEvent
from erts_emu.job_batch import BATCH_AT_MOST, BatchRunner, BundleKeeper, JobBatch, JobBundle
from erts_emu.msacc import Microstate, Microstates, accounted, described
from erts_emu.port_states import INVALID_DRIVER_LOOKUP, NEEDS_EPILOGUE
from erts_emu.scheduler import ASYNC_READY, IDLE_CLEAN_DELAY
from erts_emu.terms import PortId
from erts_emu.thr_progress import ProgressThread
from erts_emu.thr_queue import MARKER, ThrQueue, ThrQueueState, finalize_dequeue

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
TAKEN_AT_MOST: Final = 16
"""Jobs that an async thread takes before it accounts for their cells."""

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

    ``port`` is the identifier and not the port, which may be gone when the job completes; None marks the record that
    ends an async thread. ``ready`` is the ready queue of the scheduler that submitted it. ``q`` counts cells: the one
    reserved for the reply before the job is dequeued, afterwards the spent input-queue cells that it carries home.
    The record has no constructor: there is one for every job, and its maker fills in what the job needs.
    """

    __slots__ = (
        "async_data", "async_free", "async_id", "async_invoke", "failure", "handle", "pdl", "port", "q", "ready",
    )  # fmt: skip

    port: PortId | None
    async_id: int
    async_data: Any
    async_invoke: Invoke
    async_free: Free
    handle: DriverHandle | None
    pdl: ErlDrvPDL | None
    ready: AsyncReadyQ
    failure: BaseException | None
    q: int

    def __repr__(self) -> str:
        return f"<AsyncJob {self.async_id} of {self.port}>"


@final
@frozen
class AsyncThreadStatistics:
    """What one async thread has done: jobs run, and the most jobs that its queue held when one was added.

    ``queued`` jobs wait in its input queue, and ``spent`` cells there are to be reclaimed. ``microstates`` are the
    nanoseconds in each state, and ``state`` the one it is in; without microstate accounting there are none.
    """

    name: str
    jobs: int
    longest_queue: int
    queued: int
    spent: int
    state: Microstate | None
    microstates: dict[Microstate, int]


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

    __slots__ = ("aux_flags", "enq_mtx", "fin_deq", "scheduler", "thr_q")

    def __init__(self, scheduler: Scheduler, emu: Emulator) -> None:
        self.scheduler = scheduler
        self.aux_flags = scheduler.aux_flags
        self.thr_q = ThrQueue(f"ready {scheduler.id}", emu.layer, emu.progress, scheduler.progress, self.notify)
        self.enq_mtx = emu.locks.mutex("async_enq_mtx", scheduler.id)
        self.fin_deq = 0

    def __repr__(self) -> str:
        return f"<AsyncReadyQ {self.thr_q!r}>"

    def notify(self) -> None:
        """Tell the scheduler that a job has come. If it has not cleared the flag yet, it will look after it has."""
        if not self.aux_flags.value & ASYNC_READY:
            self.scheduler.set_aux_work(ASYNC_READY)

    def add_all(self, jobs: list[AsyncJob]) -> None:
        """Add jobs that have been run. Any thread."""
        self.enq_mtx.acquire()
        self.thr_q.enqueue_all(jobs)
        self.enq_mtx.release()

    def clean(self) -> tuple[AsyncReadyState, int | None]:
        """Reclaim cells (ERTS: ``erts_async_ready_clean``); with NEED_THR_PRGR comes the value to wait for."""
        state = self.thr_q.clean()
        self.fin_deq = finalize_dequeue(self.fin_deq)
        if self.fin_deq or state is ThrQueueState.DIRTY:
            return AsyncReadyState.DIRTY, None
        if state is ThrQueueState.NEED_THR_PRGR:
            return AsyncReadyState.NEED_THR_PRGR, self.thr_q.need_thr_progress()
        return AsyncReadyState.CLEAN, None


@final
class AsyncThread:
    """One async thread and its input queue (``ErtsAsyncQ``). The queue is made by the thread itself.

    ``spinning`` is read by schedulers: as long as it is True, the thread will soon look for jobs, woken or not.
    """

    __slots__ = (
        "arrival",
        "hands_over",
        "jobs",
        "longest_queue",
        "msacc",
        "name",
        "number",
        "pool",
        "progress",
        "saved",
        "spinning",
        "thr_q",
        "thread",
        "tse",
        "unannounced",
    )

    def __init__(self, pool: AsyncPool, number: int) -> None:
        self.pool = pool
        self.number = number
        self.name = f"async_{number}"
        self.jobs = 0
        self.longest_queue = 0
        self.saved = 0
        self.arrival = 0
        self.hands_over = pool.emu.layer.spins
        self.spinning = False
        self.unannounced: AsyncReadyQ | None = None
        self.msacc: Microstates | None = None
        self.tse: ThreadEvent
        self.thr_q: ThrQueue
        self.progress: ProgressThread
        self.thread: Thread | None = None

    def __repr__(self) -> str:
        return f"<AsyncThread {self.name} {self.jobs} jobs>"

    def statistics(self) -> AsyncThreadStatistics:
        """Return a snapshot. Any thread, once the pool has been started; takes nothing."""
        queue = self.thr_q.statistics()
        state, microstates = described(self.msacc)
        return AsyncThreadStatistics(
            self.name, self.jobs, self.longest_queue, queue.queued, queue.spent, state, microstates
        )

    def main(self) -> None:
        """Be the async thread (ERTS: ``async_main``, with ``async_reply`` at the end of the loop)."""
        self._init()
        pool = self.pool
        trace = pool.emu.trace
        msacc = self.msacc
        thr_q = self.thr_q
        cells = thr_q.cells
        taken = 0
        while True:
            job: AsyncJob
            if cells and cells[0] is not MARKER and taken < TAKEN_AT_MOST:
                job = cells.popleft()
                taken += 1
            else:
                thr_q.took(taken)
                taken = 0
                job = self._wait_for_job()
                msacc = self.msacc
            # The reserved reply cell leaves the job before the spent cells enter it: both use the same field.
            if thr_q.deferred or self.saved:
                job.q = self.saved + thr_q.get_finalize_dequeue_data()
                self.saved = 0
            else:
                job.q = 0
            if (tracepoint := trace.aio_pool_get) is not None:
                tracepoint(port=job.port, length=thr_q.length_dirty(), job=job, thread=self)
            if job.port is None or pool.abandoned:
                break
            if job.async_invoke is pool.batched and cells and (count := self._run_batch(job)):
                taken += count - 1
                del job
                continue
            if msacc is not None:
                msacc.enter("port")
            if (tracepoint := trace.driver_async_invoke) is not None:
                tracepoint(job=job, thread=self)
            try:
                job.async_invoke(job.async_data)
            except CALLBACK_FAILURES as error:  # C cannot raise here; the port will be failed
                job.failure = error
            if (tracepoint := trace.driver_async_invoke_return) is not None:
                tracepoint(job=job, thread=self)
            if msacc is not None:
                msacc.enter("other")
            self.jobs += 1
            ready = job.ready
            reply_q = ready.thr_q
            ready.enq_mtx.acquire()
            # What reply_q.enqueue_prepared(job, managed=False) does, without its calls.
            entered = reply_q.entered[reply_q.entry]
            entered.append(None)
            reply_q.cells.append(job)
            entered.pop()
            if not ready.aux_flags.value & ASYNC_READY:
                if cells or not self.hands_over:
                    ready.notify()
                elif not ready.aux_flags.read_bor(ASYNC_READY) & ASYNC_READY:
                    self.unannounced = ready
            ready.enq_mtx.release()
            del job, ready, reply_q  # keep nothing of a driver's alive while waiting
        pool.emu.progress.unregister(self.progress)

    def _run_batch(self, first: AsyncJob) -> int:
        """Run *first*, and the jobs behind it, in one batch; return how many were run, 0 if it may not be one."""
        pool = self.pool
        trace = pool.emu.trace
        traced = trace.driver_async_invoke is not None or trace.driver_async_invoke_return is not None
        if traced or trace.aio_pool_get is not None or not first.ready.scheduler.looking:
            return 0
        batched, ready = pool.batched, first.ready
        cells = self.thr_q.cells
        jobs = [first]
        while cells and len(jobs) < BATCH_AT_MOST and (job := cells[0]) is not MARKER:
            if job.async_invoke is not batched or job.ready is not ready:
                break
            job.q = 0
            jobs.append(cells.popleft())
        batch = JobBatch(jobs, pool)
        pool.batches.append(batch)
        # Published first, asked second: a scheduler that stops looking finds the batch.
        count = 0
        if ready.scheduler.looking:
            msacc = self.msacc
            if msacc is not None:
                msacc.enter("port")
            count = batch.run()
            if msacc is not None:
                msacc.enter("other")
        pool.batches.remove(batch)
        cells.extendleft(reversed(jobs[count or 1 :]))
        self.jobs += count
        return count

    def _init(self) -> None:
        pool = self.pool
        emu = pool.emu
        emu.layer.tsd.name = self.name
        self.tse = emu.layer.event(self.name)
        self.progress = emu.progress.register_unmanaged(self.name, self.tse.set)
        self.thr_q = ThrQueue(self.name, emu.layer, emu.progress, self.progress, self.tse.set, auto_finalize=False)
        self.arrival = pool.arrive()
        if emu.msacc_enabled:
            self.account(on=True)

    def account(self, *, on: bool) -> None:
        """Account for microstates, or do so no more. Any thread; this one notices with one of its next jobs."""
        state: Microstate = "other" if self.thr_q.cells else "sleep"
        self.msacc = Microstates(self.pool.emu.layer, "async", self.arrival, state) if on else None

    def _wait_for_job(self) -> AsyncJob:
        """Wait for a job (ERTS: ``async_get``). Before sleeping, clean; after resetting the event, look once more.

        With garbage left ERTS asks to be woken as soon as thread progress allows to reclaim it. Here the thread
        first waits a moment for a job: where jobs come one at a time, that saves a wake-up for each.
        """
        queue = self.thr_q
        patient = True
        while True:
            job: AsyncJob | None = queue.dequeue()
            if job is not None:
                if self.unannounced is not None:
                    self._announce()
                return job
            if not patient and queue.clean() is ThrQueueState.DIRTY:
                continue
            self.tse.reset()
            if queue.has_items() or self._spin():
                continue
            state = queue.inspect(ensure_empty=True)
            if queue.cells:
                continue
            if state is ThrQueueState.CLEAN:
                self._free_saved()
                self._sleep(None)
            elif patient:
                self._sleep(IDLE_CLEAN_DELAY)
                patient = False
            elif state is ThrQueueState.NEED_THR_PRGR:
                self.pool.emu.progress.request_wakeup(self.progress, queue.need_thr_progress())
                self._sleep(None)

    def _announce(self) -> None:
        """Wake the scheduler that waits for the last job, unless it has seen it already."""
        ready, self.unannounced = self.unannounced, None
        if ready is not None and ready.aux_flags.value & ASYNC_READY:
            ready.scheduler.poke()

    def _spin(self) -> bool:
        """Wait a moment for a job; say whether the event came.

        Before that, wake the scheduler that waits for the last job. Both sides leave the other's wake-up to the moment
        in which they have nothing else to do: woken earlier, a thread finds the interpreter lock taken, and sleeps
        again. For a job that comes meanwhile, a scheduler need not hurry: this thread looks once more by itself.
        """
        self.spinning = True
        ready, self.unannounced = self.unannounced, None
        if ready is not None and ready.aux_flags.value & ASYNC_READY:
            came = self.tse.spin(ready.scheduler.sleeper)
        else:
            came = self.tse.spin()
        self.spinning = False
        return came

    def _free_saved(self) -> None:
        """Idle and clean: free here what no job has carried home, 50 cells at a time."""
        self.saved += self.thr_q.get_finalize_dequeue_data()
        while self.saved:
            self.saved = finalize_dequeue(self.saved)

    def _sleep(self, duration: int | None) -> None:
        """Sleep until the event comes, unless there are bundled jobs: then queue them."""
        bundles = self.pool.bundles
        if bundles is not None and not bundles.falls_asleep(self.number - 1):
            self.pool.collect_bundles()
            return
        msacc = self.msacc
        if msacc is not None:
            msacc.enter("sleep")
        self.tse.wait(duration)
        if msacc is not None:
            msacc.enter("other")
        if bundles is not None:
            bundles.is_awake(self.number - 1)


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
        self.ready_queues: list[AsyncReadyQ] = []
        self.batched: Invoke | None = None
        self.batches: list[JobBatch] = []
        self.make_runner: Callable[[list[Any]], BatchRunner]
        self.bundles: BundleKeeper | None = None
        self._bundle_mutex = emu.layer.mutex("job bundles")
        self._initialized = 0
        self._init_mtx: Mutex = emu.locks.mutex("async_init_mtx", None)
        self._init_cnd: Condition | None = None
        self._flushed = False
        self._completing = True
        self.abandoned = False

    def __repr__(self) -> str:
        return f"<AsyncPool {self.size} threads>"

    def statistics(self) -> AsyncPoolStatistics:
        """Return a snapshot."""
        return AsyncPoolStatistics(tuple(thread.statistics() for thread in self.threads), self.ids.value)

    # --- boot ---

    def init_ready_queue(self, scheduler: Scheduler) -> AsyncReadyQ | None:
        """Make *scheduler*'s ready queue; None without async threads. Schedulers come in the order of their ids."""
        if not self.size:
            return None
        ready = AsyncReadyQ(scheduler, self.emu)
        self.ready_queues.append(ready)
        return ready

    def start(self) -> None:
        """Start the threads and wait until each has made its queue (ERTS: the barrier of ``erts_init_async``)."""
        layer = self.emu.layer
        mutex = layer.mutex("async_init_mtx")
        self._init_mtx = mutex
        self._init_cnd = layer.condition(mutex, "async_init_cnd")
        for thread in self.threads:
            thread.thread = self.emu.spawn_thread(thread.name, thread.main)
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

    def submit(
        self, port: Port, key: Pointer[int] | None, invoke: Invoke, data: Any, free: Free, scheduler: Scheduler | None
    ) -> int:
        """Queue a job of *port* and return its id (ERTS: ``driver_async`` and ``async_add``).

        The caller holds the port's lock. On a thread without scheduler the completion goes to scheduler 1. The reply
        cell is reserved first, then the driver referenced, then the job queued: it may run before this returns.
        """
        size = self.size
        if not size:
            return self._run_synchronously(port, key, invoke, data, free)
        async_id = self.ids.add_read(1)
        if not 0 < async_id < _SIGN:
            async_id = self._wrapped_id(async_id)
        if key is None:
            index = async_id % size
        else:
            index = key.value = (key.value & 0xFFFFFFFF) % size
        job = AsyncJob()
        job.port = port.id
        job.async_id = async_id
        job.async_invoke = invoke
        job.async_data = data
        job.async_free = free
        job.failure = None
        job.pdl = pdl = port.pdl
        if pdl is not None:
            pdl.inc_refc()
        job.ready = self.ready_queues[0 if scheduler is None else scheduler.id - 1]
        job.q = 1  # ThrQueue.prepare_enqueue of the ready queue
        job.handle = handle = port.driver.handle
        if handle is not None:
            handle.references.add_read(1)
        thread = self.threads[index]
        trace = self.emu.trace
        if (tracepoint := trace.driver_async) is not None:
            tracepoint(job=job, thread=thread, scheduler=scheduler)
        cells = thread.thr_q.cells
        if scheduler is None:
            thread.thr_q.enqueue(job, False)
        else:  # what enqueue does for a managed thread, without its call
            cells.append(job)
            tse = thread.tse
            if not tse.on:
                if not thread.spinning:
                    tse.set()
                elif tse not in scheduler.owed:
                    scheduler.owed.append(tse)
        if len(cells) > thread.longest_queue:
            thread.longest_queue = len(cells)
        if (tracepoint := trace.aio_pool_put) is not None:
            tracepoint(port=job.port, length=-1, job=job, thread=thread)
        return async_id

    def _wrapped_id(self, raw: int) -> int:
        """Job ids come from a 64-bit counter for the whole emulator: skip 0, fold the sign."""
        raw &= _WORD - 1
        while not raw:
            raw = self.ids.add_read(1) & (_WORD - 1)
        return raw if raw < _SIGN else _WORD - raw

    def _run_synchronously(self, port: Port, key: Pointer[int] | None, invoke: Invoke, data: Any, free: Free) -> int:
        """Do everything here and now: the pool of no threads, which ``+A 0`` meant until OTP 22.

        No references are taken, the id is 0, and ready_async runs inside the caller's callback.
        """
        if key is not None:
            key.value = 0
        run: Any = accounted(self.emu.layer, invoke) if self.emu.msacc_enabled else invoke
        try:
            run(data)
        except CALLBACK_FAILURES as error:  # as on an async thread
            port.async_failed(error)
            self._free(free, data, port)
        else:
            if not port.ready_async(data):
                self._free(free, data, port)
        return 0

    # --- batches ---

    def batch_jobs_of(self, invoke: Invoke, runner: Callable[[list[Any]], BatchRunner]) -> None:
        """From now on run jobs with this *invoke* in batches, where nobody can tell the difference.

        *runner* makes a :class:`BatchRunner` of their data.
        """
        self.make_runner = runner
        self.batched = invoke

    def bundle_jobs_in(self, bundles: BundleKeeper) -> None:
        """From now on let callbacks of compiled drivers bundle the jobs that they queue."""
        bundles.bundle_jobs(self.size)
        self.bundles = bundles

    def open_bundle(self, port: Port, scheduler: Scheduler | None, size: int) -> JobBundle | None:
        """Reserve the numbers of *size* jobs; None if each job has to be seen when it is queued.

        The caller is in a callback of *port*.
        """
        trace = self.emu.trace
        if trace.driver_async is not None or trace.aio_pool_put is not None or not self.ids.value < _SIGN - 2 * size:
            return None
        last = self.ids.add_read(size)
        return JobBundle(self, port, scheduler, last - size + 1, last)

    def close_bundle(self, bundle: JobBundle, unused: int) -> None:
        """Queue the jobs of a bundle, and give the last numbers back unless other jobs have been numbered since."""
        self.collect_bundles()
        self.ids.cmpxchg(bundle.last - unused, bundle.last)

    def collect_bundles(self) -> None:
        """Queue the jobs of all bundles. Any thread. The mutex keeps the jobs of one bundle in order."""
        assert self.bundles is not None
        self._bundle_mutex.acquire()
        try:
            while (taken := self.bundles.take_bundle()) is not None:
                self._submit_all(*taken)
        finally:
            self._bundle_mutex.release()

    def _submit_all(self, bundle: JobBundle, jobs: list[tuple[int, int, Any, Free]]) -> None:
        """Do for many jobs what :meth:`submit` does for one."""
        port, scheduler = bundle.port, bundle.scheduler
        identifier, pdl, handle, invoke = port.id, port.pdl, port.driver.handle, self.batched
        assert invoke is not None
        ready = self.ready_queues[0 if scheduler is None else scheduler.id - 1]
        queues: dict[int, list[AsyncJob]] = {}
        for async_id, index, data, free in jobs:
            job = AsyncJob()
            job.port = identifier
            job.async_id = async_id
            job.async_invoke = invoke
            job.async_data = data
            job.async_free = free
            job.failure = None
            job.pdl = pdl
            if pdl is not None:
                pdl.inc_refc()
            job.ready = ready
            job.q = 1
            job.handle = handle
            queues.setdefault(index, []).append(job)
        if handle is not None:
            handle.references.add_read(len(jobs))
        for index, queue in queues.items():
            thread = self.threads[index]
            thread.thr_q.enqueue_all(queue)
            thread.longest_queue = max(thread.longest_queue, len(thread.thr_q.cells))

    def collect(self) -> None:
        """Put what batches have finished so far into the ready queues. Any thread."""
        for batch in tuple(self.batches):
            batch.post(batch.runner.finished())

    def hurry(self) -> None:
        """The same, and have the batches end after the job that they are in. Any thread."""
        for batch in tuple(self.batches):
            batch.post(batch.runner.hurry())

    # --- completion ---

    def check_async_ready(self, scheduler: Scheduler, ready: AsyncReadyQ) -> bool:
        """Complete up to 20 jobs (ERTS: ``erts_check_async_ready``). True iff 20 were, even the last ones."""
        thr_q = ready.thr_q
        cells = thr_q.cells
        trace = self.emu.trace
        ports = self.emu.ports.table
        done = accounted_for = carried_home = 0
        handle: DriverHandle | None = None
        finished = 0
        while done < MAX_READY_CALLS_IN_SEQ and cells and self._completing:
            item = cells.popleft()
            if item is MARKER:
                thr_q.took(done - accounted_for)
                accounted_for = done
                thr_q.took_marker()
                continue
            job: AsyncJob = item
            done += 1
            carried_home += job.q
            if (tracepoint := trace.aio_ready) is not None:
                tracepoint(job=job, scheduler=scheduler)
            # Give the result to the port; free it if the port has gone, or if its driver has no ready_async.
            port = ports.get(job.port.number)  # type: ignore[union-attr]
            completed = False
            if port is None:
                self._free(job.async_free, job.async_data, job)
            else:
                lock = port.lock
                lock.acquire()
                if port.state & INVALID_DRIVER_LOOKUP:
                    lock.release()
                    self._free(job.async_free, job.async_data, job)
                elif job.failure is not None:
                    port.async_failed(job.failure)
                    self._free(job.async_free, job.async_data, job)
                    lock.release()
                elif (callback := port.driver.ready_async) is None or trace.driver_ready_async is not None:
                    completed = port.ready_async(job.async_data)
                    if not completed:
                        self._free(job.async_free, job.async_data, job)
                    lock.release()
                else:  # what port.ready_async does, without its call
                    try:
                        callback(port.drv_data, job.async_data)
                    except CALLBACK_FAILURES as error:  # a driver's error fails its port, nothing else
                        port.callback_raised("ready_async", error)
                    if port.state & NEEDS_EPILOGUE:
                        port.callback_epilogue()
                    completed = True
                    lock.release()
            if (tracepoint := trace.aio_done) is not None:
                tracepoint(job=job, scheduler=scheduler, completed=completed)
            # Then drop what the job kept alive: the driver handle once for all jobs in a row that are of one driver.
            if job.pdl is not None:
                job.pdl.dec_refc()
            if job.handle is not handle:
                if handle is not None:
                    handle.dereference(finished)
                handle = job.handle
                finished = 0
            finished += 1
        if handle is not None:
            handle.dereference(finished)
        if done > accounted_for:
            thr_q.took(done - accounted_for)
        if not self._completing:
            while thr_q.dequeue() is not None:
                pass  # dropped: neither ready_async nor free is called any more
        ready.fin_deq += carried_home
        if ready.fin_deq:
            ready.fin_deq = finalize_dequeue(ready.fin_deq)
        if done:
            scheduler.ready_batches += 1
            scheduler.ready_jobs += done
            if (tracepoint := trace.aio_ready_batch) is not None:
                tracepoint(scheduler=scheduler, jobs=done)
        return done == MAX_READY_CALLS_IN_SEQ

    def _free(self, free: Free, data: Any, job: AsyncJob | Port) -> None:
        """Call the free function of a job whose result nobody has taken."""
        if free is None:
            return
        emu = self.emu
        trace = emu.trace
        if (tracepoint := trace.driver_async_free) is not None:
            tracepoint(job=job, data=data)
        run: Any = accounted(emu.layer, free) if emu.msacc_enabled else free
        try:
            run(data)
        except CALLBACK_FAILURES as error:  # reported, and the next job goes on
            if isinstance(job, AsyncJob):
                driver, port = "?" if job.handle is None else job.handle.name, job.port
            else:
                driver, port = job.driver.name, job.id
            emu.driver_raised(driver, "async_free", str(port), error)
        if (tracepoint := trace.driver_async_free_return) is not None:
            tracepoint(job=job)

    # --- exit ---

    def stop_completing(self) -> None:
        """From now on drop what jobs bring back: the last port of a halting emulator has gone."""
        self._completing = False

    def flush(self) -> None:
        """End the threads after all queued jobs have run, and join them (ERTS: ``erts_exit_flush_async``).

        Their completions are dropped: nobody calls ready_async or free any more. The caller holds no locks.
        """
        if self._flushed:
            return
        self._flushed = True
        self.stop_completing()
        for thread in self.threads:
            thread.thr_q.enqueue(_termination_record(), False)
        for thread in self.threads:
            assert thread.thread is not None
            thread.thread.join()

    def abandon(self) -> None:
        """Let the threads end after the job they are in, dropping queued ones (``halt`` without flush)."""
        if self._flushed:
            return
        self._flushed = True
        self.stop_completing()
        self.abandoned = True
        self.hurry()
        for thread in self.threads:
            thread.thr_q.enqueue(_termination_record(), False)


def _termination_record() -> AsyncJob:
    """The record that ends a thread: no port, nothing to invoke."""
    job = AsyncJob()
    job.port = None
    job.async_id = 0
    job.async_invoke = AsyncThread.main  # never called, and nobody's
    job.q = 0
    return job
