"""What exercise 5 has to obey."""

import random
from types import ModuleType

from erts_emu.ethread import SimulatedThreads
from erts_emu.thr_progress import ProgressThread, ThrProgress

_LAST = 2**64 - 2


class _World:
    """Two schedulers, and what each of them may still look at."""

    def __init__(self, exercise: ModuleType, first_value: int) -> None:
        self.progress = ThrProgress(SimulatedThreads())
        self.progress.current = first_value
        self.threads = [self.progress.register_managed(f"scheduler {n}", lambda: None) for n in (1, 2)]
        self.graveyard = exercise.Graveyard(self.progress, self.threads[0], self.free)
        self.lookers: dict[str, set[ProgressThread]] = {}
        self.freed: list[str] = []

    def bury(self, thing: str) -> None:
        """Scheduler 1 takes a thing out of a list; scheduler 2 has just read that list."""
        self.lookers[thing] = {self.threads[1]}
        self.graveyard.bury(thing)

    def free(self, thing: str) -> None:
        assert thing not in self.freed, f"{thing} is freed twice"
        assert not self.lookers[thing], f"{thing} is freed, and scheduler 2 may still look at it"
        self.freed.append(thing)

    def turn(self, number: int) -> None:
        """Let a scheduler make a turn. It looks at nothing then."""
        thread = self.threads[number]
        for lookers in self.lookers.values():
            lookers.discard(thread)
        self.progress.update(thread)
        if number == 0:
            self.graveyard.dig()


def nothing_is_freed_too_early(exercise: ModuleType) -> None:
    """Nothing is freed while somebody may look at it."""
    for seed in range(50):
        chance = random.Random(seed)
        world = _World(exercise, 0)
        for step in range(60):
            if chance.random() < 0.3:
                world.bury(f"thing {step}")
            world.turn(chance.randrange(2))


def everything_is_freed(exercise: ModuleType) -> None:
    """Everything is freed after a few turns, and no later than it may be."""
    world = _World(exercise, 0)
    for number in range(10):
        world.bury(f"thing {number}")
    for _ in range(4):
        world.turn(1)
        world.turn(0)
    assert len(world.freed) == 10, f"after four turns of both schedulers {len(world.freed)} of 10 things are freed"
    world.bury("the last thing")
    value = world.threads[0].later()
    for _ in range(10):
        world.turn(1)
        world.turn(0)
        if world.progress.has_reached(value):
            break
    assert "the last thing" in world.freed, "progress is where it has to be, and the thing is not freed"


def the_counter_may_wrap(exercise: ModuleType) -> None:
    """Nothing goes wrong when the counter, a 64-bit number, starts again at 0."""
    for first in range(_LAST - 4, _LAST + 1):
        world = _World(exercise, first)
        for number in range(8):
            world.bury(f"thing {number}")
            world.turn(number % 2)
        for _ in range(4):
            world.turn(1)
            world.turn(0)
        assert len(world.freed) == 8, f"the counter has wrapped, and {8 - len(world.freed)} things are never freed"
