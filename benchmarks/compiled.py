"""The emulator with a compiled driver, and with the same driver written in Python, as sides of a comparison."""

import glob
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks.erl_node import ErlNode
from benchmarks.model import Case, Contestant, Figures, Metric, Target
from benchmarks.protocols import Unavailable
from benchmarks.workbench import ERL, Workbench, asked, erl_rate, side
from erts_emu import Emulator
from erts_emu.attached_process import AttachedProcess
from erts_emu.coroutine_process import CoroutineProcess
from erts_emu.driver import Driver, driver_async, driver_output
from erts_emu.native import is_available
from erts_emu.native.build import HEADERS, CannotBuild, find_compiler

IN_C: Final = "C driver"
IN_PYTHON: Final = "Python driver"
BY_THREAD: Final = "C driver, asked by a thread"
SOURCE: Final = Path(__file__).with_name("erl") / "bench_drv.c"
ECHO, JOBS, COMPUTE = 1, 2, 4
SQL: Final = 2
"""What its Erlang module asks `sqlite3_drv` for by this number is to run a statement."""
JOB_ITERATIONS: Final = 400_000
"""About a millisecond."""
RATE: Final = (Metric("rate", "ops/s", "more"), Metric("cpu", "ns/op", "less"))


class BenchDriver(Driver):
    """What `erl/bench_drv.c` does with commands, controls and no-op jobs, call for call."""

    driver_name = "py_drv"
    unsent = unfinished = 0

    def output(self, buf: bytes) -> None:
        if buf[:1] == b"a":
            self.unsent = self.unfinished = 1
            self.queue_one()
        else:
            driver_output(self.port, buf)

    def control(self, command: int, buf: bytes) -> bytes:
        if command == JOBS:
            self.unsent = self.unfinished = int.from_bytes(buf[:4])
            for _ in range(min(self.unsent, int.from_bytes(buf[4:]))):
                self.queue_one()
            return b""
        return buf

    def queue_one(self) -> None:
        self.unsent -= 1
        driver_async(self.port, None, id, self, None)

    def ready_async(self, thread_data: Any) -> None:
        if self.unsent:
            self.queue_one()
        self.unfinished -= 1
        if not self.unfinished:
            driver_output(self.port, b"done")


def compiled_into(folder: Path) -> Path:
    """Compile the benchmark driver with the package's own header; return *folder*."""
    if not is_available():
        raise Unavailable("the native bridge is not installed: see erts-emu doctor")
    try:
        command = [*find_compiler(), "-O2", "-shared", "-fPIC", f"-I{HEADERS}", str(SOURCE)]
    except CannotBuild as err:
        raise Unavailable(str(err)) from None
    subprocess.run([*command, "-o", str(folder / "bench_drv.so")], check=True)
    return folder


def sqlite_folder() -> str:
    """Return where Debian's sqlite driver is."""
    found = glob.glob("/usr/lib/erlang/lib/p1_sqlite3-*/priv/sqlite3_drv.so")
    if not found:
        raise Unavailable("no sqlite3_drv.so (Debian: install erlang-p1-sqlite3)")
    return str(Path(found[0]).parent)


class Bench:
    """A process that owns an open port and does what the thread that made it asks for."""

    def __init__(self, me: AttachedProcess, port: Any) -> None:
        self.me = me
        self.port = port
        self.worker = me.spawn(_worker)
        me.port_connect(port, self.worker)

    def run(self, body: Callable[..., Any], *args: Any) -> None:
        """Have the process do something with the port, and wait until it has."""
        self.me.send(self.worker, (body, self.port, args, self.me.pid))
        self.me.receive()

    def batches(self, batches: int, batch: int) -> None:
        for _ in range(batches):
            self.run(_answered, JOBS, batch.to_bytes(4) + batch.to_bytes(4), 1)

    def compute(self, count: int) -> None:
        self.run(_answered, COMPUTE, count.to_bytes(4) + JOB_ITERATIONS.to_bytes(4), 1)

    def commands(self, data: bytes, count: int) -> None:
        self.run(_commands, data, count)

    def controls(self, count: int) -> None:
        self.run(_controls, count)

    def selects(self, count: int) -> None:
        self.run(_answered, SQL, b"select 1;", count)

    def selects_of_the_thread(self, count: int) -> None:
        """Have the calling thread, which is a process too, ask for itself."""
        me, port = self.me, self.port
        self.run(_connect, me.pid)
        for _ in range(count):
            me.port_control(port, SQL, b"select 1;")
            me.receive()
        me.port_connect(port, self.worker)


async def _worker(process: CoroutineProcess) -> None:
    while True:
        body, port, args, asker = await process.receive()
        await body(process, port, *args)
        await process.send(asker, "done")


async def _answered(process: CoroutineProcess, port: Any, operation: int, data: bytes, count: int) -> None:
    for _ in range(count):
        await process.port_control(port, operation, data)
        await process.receive()


async def _commands(process: CoroutineProcess, port: Any, data: bytes, count: int) -> None:
    for _ in range(count):
        await process.port_command(port, data)
        await process.receive()


async def _controls(process: CoroutineProcess, port: Any, count: int) -> None:
    for _ in range(count):
        await process.port_control(port, ECHO, b"ping")


async def _connect(process: CoroutineProcess, port: Any, owner: Any) -> None:
    await process.port_connect(port, owner)


@contextmanager
def in_c(bench: Workbench, async_threads: int = 1) -> Iterator[Bench]:
    folder = compiled_into(bench.folder())
    with Emulator(async_threads=async_threads, lock_checker=False) as emu, emu.attach() as me:
        me.erl_ddll.load_driver(str(folder), "bench_drv")
        yield Bench(me, me.open_port(("spawn_driver", "bench_drv"), ["binary"]))


@contextmanager
def in_python() -> Iterator[Bench]:
    with Emulator(lock_checker=False) as emu, emu.attach() as me:
        me.erl_ddll.load(BenchDriver, "py_drv")
        yield Bench(me, me.open_port(("spawn_driver", "py_drv"), ["binary"]))


@contextmanager
def sqlite() -> Iterator[Bench]:
    if not is_available():
        raise Unavailable("the native bridge is not installed: see erts-emu doctor")
    folder = sqlite_folder()
    with Emulator(lock_checker=False) as emu, emu.attach() as me:
        me.erl_ddll.load_driver(folder, "sqlite3_drv")
        port = me.open_port(("spawn", "sqlite3_drv :memory:"), ["binary"])
        me.receive()
        yield Bench(me, port)


def figures(work: Callable[[], object], count: int) -> Figures:
    """Return how many a second, by the clock, and the processor time of one, which a busy machine changes less."""
    start, cpu = time.perf_counter(), time.process_time()
    work()
    return {"rate": count / (time.perf_counter() - start), "cpu": (time.process_time() - cpu) * 1e9 / count}


def c_cases(bench: Workbench) -> list[Case]:
    """Return the cases about compiled drivers."""
    return [c_jobs(bench), c_echo(bench), c_control(bench), sqlite_select(bench), c_scaling(bench)]


def c_jobs(bench: Workbench) -> Case:
    batch, batches = bench.sizes.batch, 5
    count = batch * batches

    def run(made: Bench) -> Figures:
        return figures(lambda: made.batches(batches, batch), count)

    def erl(node: ErlNode) -> Figures:
        return {"rate": count * 1e9 / sum(node.ask("jobs", batch, batch)[0] for _ in range(batches))}

    return Case(
        "c_jobs",
        f"{count:,} no-op jobs of a compiled driver, queued {batch:,} at a time",
        RATE,
        (side(IN_C, partial(in_c, bench), run), side(IN_PYTHON, in_python, run), asked(bench, erl)),
        (Target("rate", 0.3, "at least", ERL),),
    )


def c_echo(bench: Workbench) -> Case:
    count = bench.sizes.commands // 4

    def run(made: Bench) -> Figures:
        return figures(lambda: made.commands(b"echo", count), count)

    return _beside_python(bench, "c_echo", "port_command, 4 bytes, echoed by a compiled driver", run, "echo", count)


def c_control(bench: Workbench) -> Case:
    count = bench.sizes.commands // 4

    def run(made: Bench) -> Figures:
        return figures(lambda: made.controls(count), count)

    title = "port_control, 4 bytes in and out, answered by a compiled driver"
    return _beside_python(bench, "c_control", title, run, "control", count, 0)


def _beside_python(
    bench: Workbench, name: str, title: str, run: Callable[[Bench], Figures], request: str, count: int, *more: int
) -> Case:
    return Case(
        name,
        title,
        RATE,
        (
            side(IN_C, partial(in_c, bench), run),
            side(IN_PYTHON, in_python, run),
            asked(bench, lambda node: erl_rate(node, count, request, count, *more)),
        ),
        (Target("rate", 1, "at least", IN_PYTHON), Target("cpu", 1, "at most", IN_PYTHON)),
    )


def sqlite_select(bench: Workbench) -> Case:
    count = bench.sizes.selects

    def ask(node: ErlNode) -> Figures:
        sqlite_folder()
        return erl_rate(node, count, "sqlite", count)

    return Case(
        "sqlite_select",
        "select 1 by Debian's sqlite3_drv.so, asked and answered before the next",
        RATE,
        (
            side(IN_C, sqlite, lambda made: figures(lambda: made.selects(count), count)),
            asked(bench, ask),
            side(BY_THREAD, sqlite, lambda made: figures(lambda: made.selects_of_the_thread(count), count)),
        ),
        (Target("rate", 0.5, "at least", ERL),),
    )


def c_scaling(bench: Workbench) -> Case:
    count = bench.sizes.computing

    def threads(number: int) -> Contestant:
        name = f"{IN_C}, {number} thread{'s' * (number > 1)}"
        return side(name, partial(in_c, bench, number), lambda made: figures(lambda: made.compute(count), count))

    def erl(number: int) -> Contestant:
        return asked(
            bench, lambda node: erl_rate(node, count, "compute", count, JOB_ITERATIONS), "+S", "1:1", "+A", str(number),
            name=f"erl +A {number}",
        )  # fmt: skip

    one = threads(1)
    return Case(
        "c_scaling",
        f"{count} jobs of a compiled driver that compute for about a millisecond",
        RATE,
        (threads(2), one, erl(2), erl(1)),
        (Target("rate", 1.8, "at least", one.name),),
    )
