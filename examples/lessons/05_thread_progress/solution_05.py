"""Solution 5: a graveyard, from which things are freed when no thread can look at them any more."""

from collections import deque
from collections.abc import Callable

from erts_emu.thr_progress import ProgressThread, ThrProgress


class Graveyard:
    """The graveyard of one scheduler, whose record is *thread*. Frees a thing by calling ``free(thing)``, once."""

    def __init__(self, progress: ThrProgress, thread: ProgressThread, free: Callable[[str], None]) -> None:
        self.progress = progress
        self.thread = thread
        self.free = free
        self.graves: deque[tuple[int, str]] = deque()

    def bury(self, thing: str) -> None:
        """Take care of a thing that this scheduler has just taken out of a shared list."""
        self.graves.append((self.thread.later(), thing))

    def dig(self) -> None:
        """Free what may be freed by now. Called in each turn of the scheduler."""
        while self.graves and self.progress.has_reached(self.graves[0][0]):
            self.free(self.graves.popleft()[1])
