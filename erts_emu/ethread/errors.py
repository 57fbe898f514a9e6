"""What can go wrong with threads: few errors, one for each thing a reader should do about it."""

from __future__ import annotations

from collections.abc import Sequence


class ThreadLayerError(RuntimeError):
    """The base of the thread layer's errors."""


class SimulationOver(BaseException):
    """The base of what ends a simulation: no ``Exception``, so that no code under test takes it for its own failure."""


class DeadlockError(SimulationOver):
    """No simulated thread can run, no timer is set and no file descriptor is watched.

    ``report`` names every thread, what it waits for, who holds that, and the source line; ``schedule``
    is the string that replays the run.
    """

    def __init__(self, report: str, schedule: str) -> None:
        super().__init__(f"deadlock: no thread can run\n{report}\nto see it again, replay the schedule {schedule!r}")
        self.report = report
        self.schedule = schedule


class ReplayDivergence(SimulationOver):
    """A replayed run did something else than the recorded one: it chose behind the simulation's back."""

    def __init__(self, step: int, number: int, runnable: Sequence[str]) -> None:
        super().__init__(
            f"the schedule wants thread {number} at step {step}, but only {', '.join(runnable)} can run: "
            "the program under test differs from the recorded one, or takes time, random numbers or "
            "threads from outside the emulator's thread layer"
        )
        self.step = step


class StepLimitExceeded(SimulationOver):
    """A simulation took more steps than it was allowed: a livelock, or a limit that is too small."""

    def __init__(self, limit: int, schedule: str) -> None:
        super().__init__(
            f"the simulation took more than {limit} steps: threads run for ever without blocking, or "
            f"the run needs a larger step_limit; replay the schedule {schedule!r}"
        )


class SimulatedThreadCrashed(SimulationOver):
    """A simulated thread ended with an exception, which is this one's ``__cause__``."""

    def __init__(self, name: str, schedule: str) -> None:
        super().__init__(f"thread {name} ended with an exception; replay the schedule {schedule!r}")


class WrongOSThread(ThreadLayerError):
    """A simulated emulator was used on another OS thread than the one that made it."""

    def __init__(self) -> None:
        super().__init__(
            "a simulated emulator belongs to the OS thread that made it: use threads='real' to share "
            "one between OS threads"
        )
