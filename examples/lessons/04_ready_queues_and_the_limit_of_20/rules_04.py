"""What exercise 4 has to obey: the truth."""

import itertools
from collections.abc import Callable
from types import ModuleType
from typing import Any

from erts_emu import Emulator
from erts_emu.driver import Driver, driver_async, driver_output, erl_drv_sleep


class _Burst(Driver):
    driver_name = "burst_drv"

    def output(self, buf: bytes) -> None:
        self.jobs, self.milliseconds = (int(word) for word in buf.split())
        for number in range(1, self.jobs + 1):
            driver_async(self.port, None, bool, number, None)
        erl_drv_sleep(10)
        if not self.jobs:
            driver_output(self.port, b"all")

    def ready_async(self, number: int) -> None:
        erl_drv_sleep(self.milliseconds)
        if number == self.jobs:
            driver_output(self.port, b"all")


def _run(jobs: int, milliseconds: int) -> tuple[list[int], int]:
    """What happens: the passes, and the longest wait of a process that is always ready to run."""
    seen: list[int] = []
    turns: list[int] = []
    emu = Emulator(threads="simulated")
    emu.trace.subscribe(lambda name, fields: seen.append(fields["jobs"]), "aio_ready_batch")

    async def neighbour(self: Any) -> None:
        for _ in range(jobs // 10 + 5):
            turns.append(emu.layer.monotonic() // 1_000_000)
            await self.let_others_run()

    async def main(self: Any) -> None:
        await self.erl_ddll.load_driver(_Burst, "burst_drv")
        port = await self.open_port(("spawn_driver", "burst_drv"), ["binary"])
        await self.port_command(port, b"%d %d" % (jobs, milliseconds))
        await self.spawn(neighbour)
        turns.append(emu.layer.monotonic() // 1_000_000)
        await self.receive()

    emu.run(main)
    emu.halt()
    return seen, max(later - earlier for earlier, later in itertools.pairwise(turns))


def _compare(function: Callable[..., Any], truth: Any, *arguments: int) -> None:
    said = function(*arguments)
    call = f"{function.__name__}({', '.join(map(str, arguments))})"
    assert said == truth, f"you say that {call} is {said!r}; it is {truth!r}"


def passes_are_foretold(exercise: ModuleType) -> None:
    """Passes are as foretold."""
    for jobs in (0, 1, 19, 20, 21, 40, 50, 107):
        _compare(exercise.passes, _run(jobs, 0)[0], jobs)


def waits_are_foretold(exercise: ModuleType) -> None:
    """Waits are as foretold."""
    for jobs, milliseconds in ((0, 5), (7, 3), (20, 2), (50, 2), (100, 1)):
        _compare(exercise.longest_wait, _run(jobs, milliseconds)[1], jobs, milliseconds)
