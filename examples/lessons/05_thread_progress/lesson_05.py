"""5. Thread progress, and deferred deallocation: the program of the lesson; README.md explains it."""

from erts_emu.ethread import SimulatedThreads
from erts_emu.thr_progress import ProgressThread, ThrProgress

progress = ThrProgress(SimulatedThreads())
one = progress.register_managed("scheduler 1", wakeup=lambda: None)
two = progress.register_managed("scheduler 2", wakeup=lambda: None)


def turn(thread: ProgressThread) -> None:
    progress.update(thread)
    print(f"{thread.name} makes a turn and confirms {thread.confirmed}; progress is {progress.current}")


turn(two)

print("to be freed at", one.later())

for thread in (one, two, one, two):
    turn(thread)
print("may it be freed?", progress.has_reached(2))

progress.prepare_wait(two)
for _ in range(2):
    turn(one)

delay = progress.unmanaged_delay()
for _ in range(3):
    turn(one)
print("the async thread has looked")
progress.unmanaged_continue(delay)
turn(one)
