"""Runs that the timeline's tests and the pictures of the documents show: 4 async threads, 3 ports, busy ones too."""

from erts_emu import Emulator
from erts_emu.driver import (
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    Driver,
    driver_async,
    driver_output,
    driver_pdl_create,
    erl_drv_sleep,
    set_busy_port,
)

ASYNC_THREADS = 4
PORTS = 3
DURATIONS = (3, 0, 1, 2, 4, 1, 0, 2)
"""Milliseconds that jobs take, in turn: virtual ones on simulated threads."""
MOST_AT_ONCE = 5


class Worker(Driver):
    """A command is a job that takes so many milliseconds; the port is busy while it has too many of them."""

    driver_name = "worker_drv"

    def start(self, command):
        driver_pdl_create(self.port)
        self.flying = 0

    def stop(self):
        self.flying = 0

    def output(self, buf):
        self.flying += 1
        if self.flying == MOST_AT_ONCE:
            set_busy_port(self.port, 1)
        driver_async(self.port, None, self.work, int(buf), None)

    def work(self, milliseconds):
        erl_drv_sleep(milliseconds)

    def ready_async(self, milliseconds):
        self.flying -= 1
        if self.flying == MOST_AT_ONCE - 2:
            set_busy_port(self.port, 0)
        driver_output(self.port, b"%d" % milliseconds)


class PortLockedWorker(Worker):
    """The same; each port has its own lock."""

    driver_name = "port_worker_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING


async def client(self, driver, jobs, durations):
    port = await self.open_port(("spawn_driver", driver), ["binary"])
    for number in range(jobs):
        await self.port_command(port, b"%d" % durations[number % len(durations)])
    for _ in range(jobs):
        await self.receive()
    await self.port_close(port)


def emulator(threads="simulated", **settings):
    return Emulator(threads=threads, async_threads=ASYNC_THREADS, schedulers=2, **settings)


def work(emu, jobs=10, driver=PortLockedWorker, durations=DURATIONS):
    """Have each of three processes run that many jobs through a port of its own, and wait for all of them."""
    me = emu.attach()
    me.erl_ddll.load_driver(driver, driver.driver_name)
    for process in [emu.spawn(client, driver.driver_name, jobs, durations) for _ in range(PORTS)]:
        me.monitor(process.pid)
    for _ in range(PORTS):
        me.receive(timeout=60)


def recorded(jobs=10, driver=PortLockedWorker, threads="simulated", durations=DURATIONS, **settings):
    with emulator(threads, **settings) as emu, emu.record() as recording:
        work(emu, jobs, driver, durations)
    return recording
