"""Write docs/pictures/observer*.svg: the observer, as it looks at a small busy emulator.

Run ``python docs/generate_observer_picture.py`` in the top folder, with the extra ``observer`` installed.
"""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from pathlib import Path

from erts_emu import Emulator
from erts_emu.coroutine_process import CoroutineProcess
from erts_emu.driver import Driver, driver_async, driver_enq, driver_output, set_busy_port
from erts_emu.observe.observer.app import ObserverApp
from erts_emu.observe.observer.link import DirectLink
from erts_emu.observe.observer.sampling import Sampler
from erts_emu.observe.observer.subjects import EmulatorSubject

PICTURES = Path(__file__).parent / "pictures"
SIZE = (100, 30)
KEYS = ((["1"], "observer"), (["5"], "observer_schedulers"), (["1", *["down"] * 5, "enter", "f"], "observer_port"))
"""What is pressed before each picture."""
WORK = 20_000
"""The numbers that one job adds up: about half a millisecond."""


def add_up(numbers: list[int]) -> None:
    """What an async thread does: the data of a job takes its result."""
    numbers.append(sum(range(numbers[0])))


class SumDriver(Driver):
    """Adds up on async threads."""

    driver_name = "sum_drv"

    def output(self, data: bytes) -> None:
        """Each command is one job, and some work here."""
        sum(range(WORK // 2))
        driver_async(self.port, None, add_up, [WORK], None)

    def ready_async(self, numbers: list[int]) -> None:
        """Tell the sum."""
        driver_output(self.port, str(numbers[1]).encode())


class LineDriver(Driver):
    """Stands for a slow line: what is sent to it stays in its queue, and makes it busy."""

    driver_name = "line_drv"

    def output(self, data: bytes) -> None:
        """Queue it."""
        driver_enq(self.port, data)
        if data.startswith(b"long"):
            set_busy_port(self.port, 1)


async def send_and_receive(process: CoroutineProcess) -> None:
    """Keep three ports at work, and do some of it alone."""
    await process.erl_ddll.load(SumDriver, "sum_drv")
    ports = [await process.open_port(("spawn_driver", "sum_drv"), ["binary"]) for _ in range(3)]
    while True:
        for port in ports:
            await process.port_command(port, b"go")
        for _ in ports:
            await process.receive()
        sum(range(WORK))


def work(emulator: Emulator, ready: threading.Event, done: threading.Event) -> None:
    """Make some busy ports, and wait until the pictures are *done*."""
    with emulator.attach(name="main") as me:
        me.erl_ddll.load(LineDriver, "line_drv")
        lines = [me.open_port(("spawn_driver", "line_drv"), ["binary"]) for _ in range(3)]
        me.register("uplink", lines[0])
        for number, line in enumerate(lines):
            me.port_command(line, b"long " * (400 * number + 7))
        for scheduler in (1, 2):
            emulator.spawn(send_and_receive, scheduler=scheduler)
        ready.set()
        while not done.is_set():
            me.sleep(0.1)


async def draw(emulator: Emulator) -> None:
    """Look at the emulator, and take pictures."""
    app = ObserverApp(DirectLink(Sampler(EmulatorSubject(emulator, "sums.py"))))
    async with app.run_test(size=SIZE) as pilot:
        for keys, name in KEYS:
            await pilot.press(*keys)
            await pilot.pause(2.5)
            picture = app.export_screenshot(title="erts-emu observer")
            local = re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL)  # pictures fetch nothing
            (PICTURES / f"{name}.svg").write_text(local, encoding="utf-8")


def main() -> int:
    """Draw the pictures."""
    PICTURES.mkdir(exist_ok=True)
    with Emulator(async_threads=4, schedulers=2, msacc=True, lock_counters=True) as emulator:
        ready, done = threading.Event(), threading.Event()
        worker = threading.Thread(target=work, args=(emulator, ready, done))
        worker.start()
        ready.wait()
        asyncio.run(draw(emulator))
        done.set()
        worker.join()
        emulator.halt(flush=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
