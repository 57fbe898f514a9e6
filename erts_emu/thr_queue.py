"""The thread queue: many producers, one consumer, no lock (ERTS: ``erl_thr_queue.c``).

A queue is a list of cells, known here by their positions, counted from 0 in the order they were added::

    first ........ unref_end ........ head | ........ last
    spent cells: taken by the consumer     | queued cells

The consumer takes cells at ``head``. A spent cell may not be freed at once: a producer that was adding
behind it may still look at it. So the consumer notes how far the list reached (``next_end``) and waits until
every managed thread has passed a known state and no unmanaged producer is inside; then everything before
that end is unreferenced (``unref_end``) and can be reclaimed. The last cell of all cannot be: producers add
behind it. A **marker** cell that belongs to the queue is added behind it, so that an idle queue shrinks to
the marker alone.

Reclaimed cells are freed at once (*auto-finalize*) or collected on a deferred list, which can be handed to another
thread: an async thread gives its input queue's spent cells to the scheduler that allocated them.

Clean states: DIRTY, something can be reclaimed or taken right now; NEED_THR_PRGR, garbage is left but some
thread may still look at it; CLEAN, the marker is the only cell.

Python frees memory by itself; what the states decide here is when the emulator *says* a cell is free, so spent and
deferred cells are only counted. On real threads the list is a ``deque``, whose single operations are atomic, in
place of a compare-and-swap loop.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Any, Final, final

from attrs import frozen

from erts_emu.ethread import ThreadLayer
from erts_emu.thr_progress import ProgressThread, ThrProgress

MAX_SCHED_CLEAN_OPS: Final = 50
MAX_DEQUEUE_CLEAN_OPS: Final = 50
MAX_FINI_DEQ_OPS: Final = 50
DEQUEUE_CLEAN_BATCH: Final = 24
"""A dequeue cleans after this many. ERTS cleans 3 or 50 cells in every dequeue; in bulk it costs less here."""
_SKIPPED_PROGRESS_CHECKS: Final = 99
MARKER: Final = object()
"""What the marker cell holds."""
_SOMEWHERE: Final = -1


class ThrQueueState(IntEnum):
    """What the consumer should do next: sleep, wait for thread progress and then clean, or clean."""

    CLEAN = 0
    NEED_THR_PRGR = 1
    DIRTY = 2


@final
@frozen
class ThrQueueStatistics:
    """A queue at one moment: cells queued (marker excluded), spent and not reclaimed, reclaimed and not freed."""

    queued: int
    spent: int
    deferred: int


@final
class ThrQueue:
    """See the module. *notify* is called by a producer after each cell it added.

    Any thread: ``cells`` (the items in the queued cells), ``entered`` (one mark for each unmanaged producer inside, in
    the half that ``entry`` names). Private to the consumer: everything else.
    """

    __slots__ = (
        "_auto_finalize", "_clean_at", "_consumer", "_first", "_head", "_marker_at", "_next_end", "_next_entry",
        "_next_progress", "_notify", "_progress", "_skipped", "_unref_end", "cells", "deferred", "entered", "entry",
        "name",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        layer: ThreadLayer,
        progress: ThrProgress,
        consumer: ProgressThread,
        notify: Callable[[], None],
        *,
        auto_finalize: bool = True,
    ) -> None:
        self.name = name
        self._progress = progress
        self._consumer = consumer
        self._notify = notify
        self._auto_finalize = auto_finalize
        self.cells: deque[Any] = layer.queue()
        self.deferred = 0
        self.entered: tuple[deque[None], deque[None]] = (deque(), deque())
        self.entry = 0
        self._marker_at: int | None = 0
        self._first = 0
        self._head = 0
        self._unref_end = 0
        self._next_end = 0
        self._next_progress = progress.current
        self._next_entry = 0
        self._skipped = 0
        self._clean_at = DEQUEUE_CLEAN_BATCH

    def __repr__(self) -> str:
        stats = self.statistics()
        return f"<ThrQueue {self.name} queued {stats.queued}, spent {stats.spent}, deferred {stats.deferred}>"

    def statistics(self) -> ThrQueueStatistics:
        """Return a snapshot. Exact when no thread is inside the queue."""
        return ThrQueueStatistics(self.length_dirty(), self._head - self._first, self.deferred)

    def length_dirty(self) -> int:
        """Count the queued cells, the marker excluded; long queues cost no more. May be stale when it returns."""
        return max(0, len(self.cells) - (self._marker_at == _SOMEWHERE))

    # --- producers ---

    def prepare_enqueue(self) -> int:
        """Reserve a cell now, for ``enqueue_prepared`` on this queue later; returns the number of cells: 1.

        Adding then needs no memory. A cell never used leaks in ERTS; here it is no more than the promise.
        """
        return 1

    def enqueue(self, data: Any, managed: bool) -> None:
        """Add *data*; *managed* says whether the calling thread is a managed one."""
        if managed:
            self.cells.append(data)
        else:
            entered = self.entered[self.entry]
            entered.append(None)
            self.cells.append(data)
            entered.pop()
        self._notify()

    enqueue_prepared = enqueue
    """Add *data* in a cell that was reserved before."""

    def enqueue_all(self, items: Iterable[Any]) -> None:
        """Add *items*, in order, and notify once; the calling thread is an unmanaged one."""
        entered = self.entered[self.entry]
        entered.append(None)
        self.cells.extend(items)
        entered.pop()
        self._notify()

    # --- the consumer ---

    def took(self, count: int) -> None:
        """The consumer has taken *count* items out of ``cells`` itself: account for their cells.

        For the two loops that run for every job, where a call of ``dequeue`` would cost more than all it does.
        """
        head = self._head = self._head + count
        if head - self._first > self._clean_at:
            self._reclaim(MAX_DEQUEUE_CLEAN_OPS)
            self._clean_at = head - self._first + DEQUEUE_CLEAN_BATCH

    def took_marker(self) -> None:
        """The consumer has met the marker."""
        self._head += 1
        self._marker_at = self._head

    def dequeue(self) -> Any:
        """Take the oldest item, or None. Reclaims spent cells in passing when there are many."""
        cells = self.cells
        while cells:
            data = cells.popleft()
            if data is MARKER:
                self.took_marker()
            else:
                self.took(1)
                return data
        return None

    def clean(self) -> ThrQueueState:
        """Reclaim up to 50 spent cells and say what is left to do."""
        self._skip_marker()
        return self._reclaim(MAX_SCHED_CLEAN_OPS)

    def inspect(self, *, ensure_empty: bool) -> ThrQueueState:
        """Say what is left to do, changing nothing but to skip a marker."""
        self._skip_marker()
        if ensure_empty and self.cells:
            return ThrQueueState.DIRTY
        return self._state()

    def has_items(self) -> bool:
        """Say whether there is something to dequeue, announced or not."""
        cells = self.cells
        return bool(cells) and cells[0] is not MARKER

    def need_thr_progress(self) -> int:
        """The thread-progress value to wait for in state NEED_THR_PRGR."""
        return self._next_progress

    def _skip_marker(self) -> None:
        cells = self.cells
        if cells and cells[0] is MARKER:
            cells.popleft()
            self.took_marker()

    def _reclaim(self, max_ops: int) -> ThrQueueState:
        """The heart of the queue. Order matters: reclaim what is known to be free, then look for more."""
        first = self._first
        head = self._head
        limit = self._unref_end
        if limit > head:
            limit = head
        if first < limit:
            stop = first + max_ops
            if stop > limit:
                stop = limit
            self._take_spent(first, stop)
            self._first = first = stop
        if first == limit:
            if first != head:
                self._check_thr_progress()
            elif self._skipped < _SKIPPED_PROGRESS_CHECKS:
                self._skipped += 1
            else:
                self._skipped = 0
                self._check_thr_progress()
            if first == head and self._marker_at is None and not self.cells:
                # The last cell of all: put the marker behind it, so that it can be reclaimed one day.
                self._add_marker()
                return ThrQueueState.DIRTY
        return self._state()

    def _add_marker(self) -> None:
        """Producers may be adding at the same time: the marker's position is found when the consumer meets it."""
        self._marker_at = _SOMEWHERE
        self.cells.append(MARKER)

    def _take_spent(self, start: int, stop: int) -> None:
        """Free the cells of some positions, or put them on the deferred list; the marker stays the queue's own."""
        count = stop - start
        marker = self._marker_at
        if marker is not None and start <= marker < stop:
            self._marker_at = None
            count -= 1
        if not self._auto_finalize:
            self.deferred += count

    def _check_thr_progress(self) -> None:
        """Start the next round if the one under way is over: its progress reached, its producers gone."""
        if self.entered[self._next_entry] or not self._progress.has_reached(self._next_progress):
            return
        self._unref_end = self._next_end
        self._next_end = self._head + len(self.cells)
        self._next_progress = self._consumer.later()
        self._next_entry = self.entry
        self.entry = 1 - self.entry

    def _state(self) -> ThrQueueState:
        first = self._first
        if first == self._head:
            return ThrQueueState.CLEAN if self._marker_at == first else ThrQueueState.DIRTY
        if first < self._unref_end:
            return ThrQueueState.DIRTY
        if self.entered[self._next_entry] or not self._progress.has_reached(self._next_progress):
            return ThrQueueState.NEED_THR_PRGR
        return ThrQueueState.DIRTY

    # --- moving the freeing elsewhere ---

    def get_finalize_dequeue_data(self) -> int:
        """Hand out the deferred cells: return their number, and start to count anew."""
        deferred, self.deferred = self.deferred, 0
        return deferred


def finalize_dequeue(cells: int) -> int:
    """Free up to 50 of so many deferred cells; return how many remain."""
    return max(0, cells - MAX_FINI_DEQ_OPS)
