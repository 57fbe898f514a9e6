"""Thread progress: when can no thread still hold what it read before? (ERTS: ``erl_thr_progress.c``).

A global counter, *current*, moves from v to v+1 when every managed thread has said "I have been in a known
state since v". Whoever unlinked something at v may free it at v+2: v+1 may have been confirmed by
threads before they could see the unlinking.

* **Managed** threads (schedulers) confirm on every turn of their loop. A sleeping one publishes ``WAITING``:
  it holds nothing, and agrees to anything. One active managed thread is the leader: it alone moves
  *current*. Leadership is a mutex that its owner holds until it goes inactive.
* **Unmanaged** threads (async threads) confirm nothing and never hold progress up, however long they run, except
  between ``unmanaged_delay`` and ``unmanaged_continue``: two counters, of which the leader drains one
  while new delays enter the other, so that each holds up at most the step after the next.

Values are 64-bit words that wrap; ``WAITING`` is skipped. The words of single threads are read and written
without a lock: each has one writer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, final

from erts_emu.ethread import ThreadLayer

WAITING: Final = 2**64 - 1
_LAST: Final = WAITING - 1
_HALF: Final = 2**63
_MASK: Final = 2**64 - 1
_NEAR: Final = 2**29


def progress_after(value: int, steps: int) -> int:
    """Return the value *steps* (at most a few) after *value*, skipping ``WAITING``."""
    later = value + steps
    return later if later < WAITING else (later - WAITING) & _MASK


@final
class ProgressThread:
    """One registered thread's record. Only its own thread writes it."""

    __slots__ = ("_progress", "active", "confirmed", "leader", "managed", "name", "wakeup")

    def __init__(
        self, progress: ThrProgress, name: str, wakeup: Callable[[], None], *, managed: bool, confirmed: int
    ) -> None:
        self._progress = progress
        self.name = name
        self.wakeup: Callable[[], None] | None = wakeup
        self.managed = managed
        self.confirmed = confirmed
        self.active = managed
        self.leader = False

    def __repr__(self) -> str:
        state = "leader" if self.leader else "active" if self.active else "waiting"
        return f"<ProgressThread {self.name} {'managed ' + state if self.managed else 'unmanaged'}>"

    def later(self) -> int:
        """The value at which everything this thread has unlinked by now is unreachable for the others."""
        confirmed = self.confirmed
        if confirmed < _LAST - 2:
            return confirmed + 2
        return progress_after(self._progress.current if confirmed == WAITING else confirmed, 2)


@final
class ThrProgress:
    """The thread progress of one emulator.

    ``current`` is written by the leader. ``_requests`` needs ``_requests_lock``. ``_managed`` is complete before
    the first thread runs: where it is only one, leadership is its own and needs no lock.
    """

    def __init__(self, layer: ThreadLayer) -> None:
        self.current = 0
        self._managed: list[ProgressThread] = []
        self._leadership = layer.mutex("thr_progress_leader")
        self._contended = False
        self._requests_lock = layer.mutex("thr_progress_requests")
        self._requests: dict[int, list[ProgressThread]] = {}
        self._delays = (layer.atomic(), layer.atomic())
        self._delay_index = 0
        self._draining: int | None = None

    def __repr__(self) -> str:
        return f"<ThrProgress {self.current} {self._managed}>"

    # --- threads come and go ---

    def register_managed(self, name: str, wakeup: Callable[[], None]) -> ProgressThread:
        """Add a managed thread. *wakeup* is called on any thread and must not block."""
        thread = ProgressThread(self, name, wakeup, managed=True, confirmed=self.current)
        self._contended = bool(self._managed)
        self._managed.append(thread)
        return thread

    def register_unmanaged(self, name: str, wakeup: Callable[[], None]) -> ProgressThread:
        """Add an unmanaged thread, so that it can ask to be woken."""
        return ProgressThread(self, name, wakeup, managed=False, confirmed=WAITING)

    def unregister(self, thread: ProgressThread) -> None:
        """Forget a thread: a wake-up that is still under way then does nothing."""
        thread.wakeup = None
        if thread.managed:
            self.prepare_wait(thread)
            self._managed.remove(thread)

    # --- managed threads ---

    def update(self, thread: ProgressThread) -> None:
        """Say "I am in a known state". Called by *thread* itself, without locks, every turn of its loop."""
        current = self.current
        if thread.confirmed == current:
            thread.confirmed = current + 1 if current < _LAST else 0
        if thread.leader:
            self._leader_update(current)
        elif not self._contended or self._leadership.acquire(False):
            thread.leader = True
            self._leader_update(current)

    def prepare_wait(self, thread: ProgressThread) -> None:
        """Say "I am going to sleep": agree to anything, give leadership up.

        Progress must go on although everybody sleeps, if somebody asked to be woken: then the thread that
        would be the last one to sleep wakes itself and comes round once more.
        """
        thread.confirmed = WAITING
        thread.active = False
        if thread.leader:
            thread.leader = False
            if self._contended:
                self._leadership.release()
        if self._requests and thread.wakeup is not None:
            for other in self._managed:
                if other.active:
                    return
            thread.wakeup()

    def finalize_wait(self, thread: ProgressThread) -> None:
        """Say "I am awake": confirm anew before touching anything shared."""
        thread.active = True
        while True:
            current = self.current
            thread.confirmed = current + 1 if current < _LAST else 0
            if self.current == current:
                return

    def _leader_update(self, current: int) -> None:
        """Move on if every managed thread has confirmed the next value or sleeps."""
        following = current + 1 if current < _LAST else 0
        for other in self._managed:
            confirmed = other.confirmed
            if confirmed != following and confirmed != WAITING:
                return
        if (self._draining is not None or self._delays[self._delay_index].value) and self._unmanaged_delays():
            return
        self.current = following
        if self._requests:
            for value in self._requests.copy():
                if self.has_reached(value):
                    self._serve_requests()
                    break

    def _unmanaged_delays(self) -> bool:
        """Say whether an unmanaged thread holds this step up; start draining its counter if so."""
        draining = self._draining
        if draining is not None:
            if self._delays[draining].read():
                return True
            self._draining = None
        entering = self._delay_index
        if self._delays[entering].read():
            self._draining = entering
            self._delay_index = 1 - entering
        return False  # this step is still allowed, the next one waits

    # --- unmanaged threads ---

    def unmanaged_delay(self) -> int:
        """Hold progress up until ``unmanaged_continue`` is given the returned index."""
        while True:
            index = self._delay_index
            self._delays[index].add_read(1)
            if index == self._delay_index:
                return index
            self._delays[index].add_read(-1)

    def unmanaged_continue(self, index: int) -> None:
        """End a delay."""
        self._delays[index].add_read(-1)

    # --- waiting for a value ---

    def has_reached(self, value: int) -> bool:
        """Say whether *current* is at *value* or past it (wrap-aware)."""
        lead = self.current - value
        if -_NEAR < lead < _NEAR:  # always, but where values wrap; words of 64 bits are large numbers in Python
            return lead >= 0
        return lead & _MASK < _HALF

    def request_wakeup(self, thread: ProgressThread, value: int) -> None:
        """Call ``thread.wakeup`` once *value* is reached; at once if it is."""
        if not self.has_reached(value):
            self._requests_lock.acquire()
            waiting = self._requests.setdefault(value, [])
            if thread not in waiting:
                waiting.append(thread)
            self._requests_lock.release()
            if not self.has_reached(value):
                self._wake_somebody()
                return
        if thread.wakeup is not None:
            thread.wakeup()

    def _wake_somebody(self) -> None:
        """Everybody may be asleep already: then one managed thread has to come round and move progress on."""
        for other in self._managed:
            if other.active:
                return
        if self._managed and (wakeup := self._managed[0].wakeup) is not None:
            wakeup()

    def _serve_requests(self) -> None:
        self._requests_lock.acquire()
        reached = [value for value in self._requests if self.has_reached(value)]
        woken = [thread for value in reached for thread in self._requests.pop(value)]
        self._requests_lock.release()
        for thread in woken:
            if (wakeup := thread.wakeup) is not None:
                wakeup()
