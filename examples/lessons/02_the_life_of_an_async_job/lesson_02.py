"""2. The life of one async job: the program of the lesson; README.md explains it."""

from collections.abc import Mapping
from typing import Any

from erts_emu import Emulator
from erts_emu.driver import Driver, driver_async, driver_output, erl_drv_sleep


class Shout(Driver):
    """Answers in capitals, after a hard think."""

    driver_name = "shout_drv"

    def output(self, buf: bytes) -> None:
        driver_async(self.port, None, self.work, [buf], None)

    def work(self, job: list[bytes]) -> None:
        erl_drv_sleep(100)
        job.append(job[0].upper())

    def ready_async(self, job: list[bytes]) -> None:
        driver_output(self.port, job[1])


emu = Emulator(threads="simulated", async_threads=4)


def show(station: str, fields: Mapping[str, Any]) -> None:
    scheduler = emu.layer.tsd.scheduler
    thread = scheduler.name if scheduler else emu.layer.tsd.name
    print(f"{emu.layer.monotonic() // 1_000_000:4} ms  {thread:12} {station}")


emu.trace.subscribe(show, "driver_output", "aio_pool_put", "aio_pool_get", "driver_async_invoke")
emu.trace.subscribe(show, "aio_ready", "driver_ready_async")

me = emu.attach()
me.erl_ddll.load_driver(Shout, "shout_drv")
port = me.open_port(("spawn_driver", "shout_drv"), ["binary"])

print(me.port_command(port, b"hello"))

for thread in emu.async_pool.threads:
    print(thread.name, "has", thread.thr_q.statistics().queued, "jobs")

print(me.receive())

emu.trace.unsubscribe(show)
for word in (b"one", b"two", b"three", b"four"):
    me.port_command(port, word)
before = emu.layer.monotonic()
print(sorted(me.receive()[1][1] for _ in range(4)))
print("four jobs of 100 ms took", (emu.layer.monotonic() - before) // 1_000_000, "ms")
emu.halt()
