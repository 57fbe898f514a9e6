"""4. Ready queues, and the limit of 20: the program of the lesson; README.md explains it."""

from collections.abc import Mapping
from typing import Any

from erts_emu import Emulator
from erts_emu.driver import Driver, driver_async, driver_output, erl_drv_sleep


class Burst(Driver):
    """A command b"50 2" queues 50 jobs, whose ready_async takes 2 ms each. The last one answers."""

    driver_name = "burst_drv"

    def output(self, buf: bytes) -> None:
        self.jobs, self.milliseconds = (int(word) for word in buf.split())
        for number in range(1, self.jobs + 1):
            driver_async(self.port, None, self.work, number, None)
        erl_drv_sleep(10)

    def work(self, number: int) -> None:
        pass

    def ready_async(self, number: int) -> None:
        erl_drv_sleep(self.milliseconds)
        if number == self.jobs:
            driver_output(self.port, b"all")


async def neighbour(self: Any) -> None:
    for _ in range(4):
        tell("a turn of the neighbour")
        await self.let_others_run()


def tell(what: str) -> None:
    print(f"{emu.layer.monotonic() // 1_000_000:4} ms  {what}")


def on_pass(name: str, fields: Mapping[str, Any]) -> None:
    tell(f"{fields['jobs']} jobs completed in one pass")


async def main(self: Any, command: bytes) -> None:
    await self.erl_ddll.load_driver(Burst, "burst_drv")
    port = await self.open_port(("spawn_driver", "burst_drv"), ["binary"])
    await self.spawn(neighbour)
    await self.port_command(port, command)
    await self.receive()
    tell("the last answer is here")


emu = Emulator(threads="simulated")
emu.trace.subscribe(on_pass, "aio_ready_batch")
emu.run(main, b"50 0")
emu.halt()

emu = Emulator(threads="simulated")
emu.trace.subscribe(on_pass, "aio_ready_batch")
emu.run(main, b"50 2")
emu.halt()
