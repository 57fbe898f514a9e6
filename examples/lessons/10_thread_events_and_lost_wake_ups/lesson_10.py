"""10. Thread events, and lost wake-ups: the program of the lesson; README.md explains it."""

from erts_emu.ethread import SimulatedThreads, ThreadLayer
from erts_emu.testing import explore_threads

layer = SimulatedThreads()
event = layer.event("me")
print(event)
event.set()
event.set()
print(event)
event.wait()
print("did not have to wait")
event.reset()
print(event)


def careless(layer: ThreadLayer) -> None:
    queue = layer.queue()
    event = layer.event("worker")

    def worker() -> None:
        for _ in range(3):
            while not queue:  # look,
                event.reset()  # get ready to sleep,
                event.wait()  # and sleep
            queue.popleft()

    thread = layer.spawn("worker", worker)
    for job in range(3):
        queue.append(job)
        event.set()
    thread.join()


careless(SimulatedThreads())
print("it works")

result = explore_threads(careless)
assert result.failure is not None
print("run number", result.failure.run + 1, "fails:", type(result.failure.error).__name__)
for line in str(result.failure.error).splitlines():
    if "waits for" in line:
        print(line)


def careful(layer: ThreadLayer) -> None:
    queue = layer.queue()
    event = layer.event("worker")

    def worker() -> None:
        for _ in range(3):
            while True:
                event.reset()  # get ready to sleep,
                if queue:  # look,
                    break
                event.wait()  # and sleep
            queue.popleft()

    thread = layer.spawn("worker", worker)
    for job in range(3):
        queue.append(job)
        event.set()
    thread.join()


result = explore_threads(careful, strategy="exhaustive", schedules=None)
print(result.schedules, "orders, and that is all of them:", result.exhausted)
print("failure:", result.failure)
