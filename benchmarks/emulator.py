"""The emulator's side of the benchmarks: with `compiled` and `kit` the one module here that knows `erts_emu`."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from benchmarks.protocols import Argument, Machine, Result, System
from erts_emu import Emulator, PortId, Recorder
from erts_emu.attached_process import AttachedProcess
from erts_emu.coroutine_process import CoroutineProcess
from erts_emu.driver import (
    PORT_CONTROL_FLAG_BINARY,
    Driver,
    driver_async,
    driver_output,
    set_port_control_flags,
)
from erts_emu.ethread import SimulatedThreads

ECHO, ASYNC, ECHO_BINARY, JOBS = 0, 1, 2, 3


def nothing(data: object) -> None:
    """The no-op job."""


class BenchDriver(Driver):
    """The twin of `erl/bench_drv.c`: command and control come back; batches and windows are counted here."""

    driver_name = "bench_drv"
    mode = ECHO
    waiting = 0
    results = 0

    def output(self, buf: bytes) -> None:
        if self.mode == ASYNC:
            driver_async(self.port, None, nothing, buf, None)
        else:
            driver_output(self.port, buf)

    def control(self, command: int, buf: bytes) -> bytes:
        if command == JOBS:
            self.queue_jobs(int.from_bytes(buf[:4]), int.from_bytes(buf[4:]))
        elif command != ECHO:
            self.mode = ASYNC if command == ASYNC else ECHO
            if command == ECHO_BINARY:
                set_port_control_flags(self.port, PORT_CONTROL_FLAG_BINARY)
        return buf

    def queue_jobs(self, jobs: int, window: int) -> None:
        """Have `jobs` jobs done, at most `window` of them in flight."""
        port = self.port
        self.results = jobs
        self.waiting = jobs - window
        for _ in range(min(jobs, window)):
            driver_async(port, None, nothing, None, None)

    def ready_async(self, thread_data: Any) -> None:
        results = self.results
        if not results:
            driver_output(self.port, thread_data)
            return
        self.results = results - 1
        if self.waiting > 0:
            self.waiting -= 1
            driver_async(self.port, None, nothing, None, None)
        elif results == 1:
            driver_output(self.port, b"done")


class MapDriver(Driver):
    """Runs Python functions as jobs: `calls` is what to do, set by the machine before the command comes."""

    driver_name = "map_drv"
    calls: Sequence[Callable[[], Any]] = ()

    def output(self, buf: bytes) -> None:
        self.missing = len(MapDriver.calls)
        for index, call in enumerate(MapDriver.calls):
            driver_async(self.port, None, _run_cell, [index, call, None], None)

    def ready_async(self, thread_data: list[Any]) -> None:
        self.missing -= 1
        MapDriver.results[thread_data[0]] = thread_data[2]
        if not self.missing:
            driver_output(self.port, b"done")

    results: dict[int, Any]


def _run_cell(cell: list[Any]) -> None:
    cell[2] = cell[1]()


class EmulatorMachine:
    """One emulator with the benchmark drivers, used by the thread that booted it."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.me: AttachedProcess = emulator.attach()
        self.me.erl_ddll.load(BenchDriver, "bench_drv")
        self.me.erl_ddll.load(MapDriver, "map_drv")
        self.worker = self.me.spawn(_worker)

    def _run(self, body: Callable[..., Any], *args: Any) -> Any:
        """Have the worker process do something, and wait for its result."""
        self.me.send(self.worker, (body, args, self.me.pid))
        return self.me.receive()

    def batch(self, jobs: int) -> int:
        return int(self._run(_jobs, jobs, jobs))

    def window(self, jobs: int, window: int) -> int:
        return int(self._run(_jobs, jobs, window))

    def one_by_one(self, jobs: int) -> int:
        return int(self._run(_commands, jobs, ASYNC))

    def map(self, function: Callable[[Argument], Result], arguments: Sequence[Argument]) -> list[Result]:
        MapDriver.calls = [partial(function, argument) for argument in arguments]
        MapDriver.results = {}
        me = self.me
        port = me.open_port(("spawn_driver", "map_drv"), ["binary"])
        me.port_command(port, b"go")
        me.receive()
        me.port_close(port)
        return [MapDriver.results[index] for index in range(len(arguments))]

    def echo(self, commands: int) -> int:
        return int(self._run(_commands, commands, ECHO))

    def control(self, calls: int, *, binary: bool) -> int:
        return int(self._run(_controls, calls, binary))

    def open_close(self, times: int) -> int:
        return int(self._run(_open_close, times))

    def open_ports(self, count: int) -> Sequence[PortId]:
        ports: list[PortId] = self._run(_open, count)
        return ports

    def command_each(self, ports: Sequence[Any], commands: int) -> int:
        return int(self._run(_command_each, ports, commands))

    def close_ports(self, ports: Sequence[Any]) -> None:
        self._run(_close, ports)

    def run_steps(self, steps: int) -> int:
        layer = self.emulator.layer
        assert isinstance(layer, SimulatedThreads)
        start = layer.steps
        while layer.steps - start < steps:
            self.one_by_one(20)
        return layer.steps - start

    def record(self, *, compiled: bool) -> AbstractContextManager[object]:
        return Recorder(self.emulator, compiled=compiled)

    def halt(self) -> None:
        self.emulator.halt()


class EmulatorSystem:
    """Boots emulators with the lock checker off, as `erl` is."""

    def boot(self, *, async_threads: int = 1, max_ports: int = 65536, simulated: bool = False) -> Machine:
        return EmulatorMachine(
            Emulator(
                threads="simulated" if simulated else "real",
                async_threads=async_threads,
                max_ports=max_ports,
                lock_checker=False,
            )
        )


def load() -> System:
    """Return the system to measure."""
    return EmulatorSystem()


# The processes that do the work.


async def _worker(process: CoroutineProcess) -> None:
    """Do what the machine asks for, one thing after another, and own the ports that are opened meanwhile."""
    while True:
        body, args, asker = await process.receive()
        await process.send(asker, await body(process, *args))


async def _open_bench(process: CoroutineProcess) -> PortId:
    return await process.open_port(("spawn_driver", "bench_drv"), ["binary"])


async def _jobs(process: CoroutineProcess, jobs: int, window: int) -> int:
    port = await _open_bench(process)
    await process.port_control(port, JOBS, jobs.to_bytes(4) + window.to_bytes(4))
    await process.receive()
    await process.port_close(port)
    return jobs


async def _commands(process: CoroutineProcess, commands: int, mode: int) -> int:
    port = await _open_bench(process)
    if mode == ASYNC:
        await process.port_control(port, ASYNC, b"")
    for _ in range(commands):
        await process.port_command(port, b"ping")
        await process.receive()
    await process.port_close(port)
    return commands


async def _controls(process: CoroutineProcess, calls: int, binary: bool) -> int:
    port = await _open_bench(process)
    if binary:
        await process.port_control(port, ECHO_BINARY, b"")
    for _ in range(calls):
        await process.port_control(port, ECHO, b"ping")
    await process.port_close(port)
    return calls


async def _open_close(process: CoroutineProcess, times: int) -> int:
    for _ in range(times):
        port = await _open_bench(process)
        await process.port_close(port)
    return times


async def _open(process: CoroutineProcess, count: int) -> list[PortId]:
    return [await _open_bench(process) for _ in range(count)]


async def _command_each(process: CoroutineProcess, ports: Sequence[PortId], commands: int) -> int:
    done = 0
    while done < commands:
        for port in ports[: commands - done]:
            await process.port_command(port, b"ping")
            await process.receive()
        done += len(ports)
    return commands


async def _close(process: CoroutineProcess, ports: Sequence[PortId]) -> int:
    for port in ports:
        await process.port_close(port)
    return len(ports)
