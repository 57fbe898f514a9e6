"""The cases: what is measured, against whom, and what is wanted of it."""

import itertools
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import partial

from greenlet import getcurrent, greenlet

from benchmarks.compiled import c_cases
from benchmarks.erl_node import ErlNode, build, need, start_and_halt
from benchmarks.kit import kit_cases
from benchmarks.memory import page_size
from benchmarks.model import TIMES, Case, Contestant, Figures, Metric, Target
from benchmarks.pools import AsyncioPool, ExecutorPool, MultiprocessingPool
from benchmarks.ports_child import FEW
from benchmarks.protocols import Machine, Pool
from benchmarks.workbench import (
    ERL,
    OURS,
    Workbench,
    asked,
    erl_rate,
    fresh,
    python_figures,
    python_seconds,
    rate,
    sha256_of,
    side,
    timed,
)

EXECUTOR = "ThreadPoolExecutor(1)"
MULTIPROCESSING = "multiprocessing ThreadPool(1)"
ASYNCIO = "asyncio.to_thread, 1 thread"

PoolWork = Callable[[Pool, int], int]


def all_cases(bench: Workbench) -> list[Case]:
    """Return the cases in the order in which they are run and printed."""
    return [
        async_batch(bench),
        async_window(bench),
        async_one(bench, "async_one"),
        async_one(bench, "async_one_cpu", one_cpu=True),
        echo(bench),
        control(bench, "control_binary", binary=True),
        control(bench, "control_list", binary=False),
        open_close(bench),
        digest(bench),
        sleep(bench),
        ports(bench),
        boot(bench),
        steps(bench),
        recording(bench),
        *c_cases(bench),
        *kit_cases(bench),
    ]


# Asynchronous jobs


def async_batch(bench: Workbench) -> Case:
    jobs = bench.sizes.batch
    return Case(
        "async_batch",
        f"{jobs:,} no-op jobs queued at once, until the last result is in",
        (Metric("rate", "jobs/s", "more"),),
        (
            *_pool_sides(bench, lambda pool, n: pool.batch(n), jobs),
            _erl_side(bench, jobs, "jobs", jobs, jobs),
        ),
        (Target("rate", 4, "at least", EXECUTOR), Target("rate", 0.2, "at least", ERL)),
    )


def async_window(bench: Workbench) -> Case:
    jobs, window = bench.sizes.window_jobs, bench.sizes.window
    return Case(
        "async_window",
        f"{jobs:,} no-op jobs, {window} in flight",
        (Metric("rate", "jobs/s", "more"),),
        (
            *_pool_sides(bench, lambda pool, n: pool.window(n, window), jobs),
            _erl_side(bench, jobs, "jobs", jobs, window),
        ),
        (Target("rate", 3, "at least", EXECUTOR),),
    )


def async_one(bench: Workbench, name: str, *, one_cpu: bool = False) -> Case:
    jobs = bench.sizes.one_by_one
    return Case(
        name,
        "one no-op job at a time, there and back" + (", all threads on one CPU" if one_cpu else ""),
        (Metric("rate", "round trips/s", "more"),),
        (*_pool_sides(bench, lambda pool, n: pool.one_by_one(n), jobs), _erl_side(bench, jobs, "one", jobs)),
        (Target("rate", 1, "at least", EXECUTOR),),
        one_cpu=one_cpu,
    )


def digest(bench: Workbench) -> Case:
    def hashed(pool: Pool) -> Figures:
        files = bench.files()
        elapsed, digests = timed(lambda: pool.map(sha256_of, files))
        if len(set(digests)) != len(files):
            raise RuntimeError("digests are missing or mixed up")
        return {"rate": sum(path.stat().st_size for path in files) / elapsed / 1e6}

    sizes = bench.sizes
    one = f"{OURS}, 1 thread"
    return Case(
        "digest",
        f"sha256 of {sizes.files} files of {sizes.file_bytes >> 20} MiB, one job per file",
        (Metric("rate", "MB/s", "more"),),
        (
            side(f"{OURS}, 2 threads", partial(bench.machine, async_threads=2), hashed),
            side(one, partial(bench.machine, async_threads=1), hashed),
            side("ThreadPoolExecutor(2)", partial(ExecutorPool, 2), hashed),
            side("ThreadPoolExecutor(1)", partial(ExecutorPool, 1), hashed),
        ),
        (Target("rate", 1.7, "at least", one),),
    )


def sleep(bench: Workbench) -> Case:
    count, span = bench.sizes.sleepers, bench.sizes.sleep
    once = "one time.sleep"

    def slept(pool: Pool) -> Figures:
        return {"time": timed(lambda: pool.map(time.sleep, [span] * count))[0] * 1e3}

    def erl_slept(node: ErlNode) -> Figures:
        return {"time": node.ask("sleep", count, round(span * 1e6))[0] / 1e6}

    return Case(
        "sleep",
        f"{count} jobs that sleep {span * 1e3:g} ms, on {count} threads",
        (Metric("time", "ms", "less"),),
        (
            side(OURS, partial(bench.machine, async_threads=count), slept),
            fresh(once, lambda: {"time": timed(lambda: time.sleep(span))[0] * 1e3}),
            side(f"ThreadPoolExecutor({count})", partial(ExecutorPool, count), slept),
            asked(bench, erl_slept, "+S", "1:1", "+A", str(count), name=f"erl +A {count}"),
        ),
        (Target("time", 2.5, "at most", once),),
    )


def _pool_sides(bench: Workbench, work: PoolWork, jobs: int) -> list[Contestant]:
    """Make the emulator and the Python pools, all with one thread; the slow asyncio gets fewer jobs."""

    def contestant(name: str, make: Callable[[], AbstractContextManager[Pool]], count: int) -> Contestant:
        return side(name, make, lambda pool: rate(lambda: work(pool, count), count))

    return [
        contestant(OURS, bench.machine, jobs),
        contestant(EXECUTOR, ExecutorPool, jobs),
        contestant(MULTIPROCESSING, MultiprocessingPool, jobs),
        contestant(ASYNCIO, AsyncioPool, min(jobs, bench.sizes.asyncio)),
    ]


# Ports


def echo(bench: Workbench) -> Case:
    count = bench.sizes.commands
    return _port_case(
        "echo",
        "port_command, 4 bytes, echoed by driver_output",
        0.1,
        side(OURS, bench.machine, lambda machine: rate(lambda: machine.echo(count), count)),
        _erl_side(bench, count, "echo", count),
    )


def control(bench: Workbench, name: str, *, binary: bool) -> Case:
    count = bench.sizes.commands
    return _port_case(
        name,
        f"port_control, 4 bytes in and out, {'binary' if binary else 'list'} mode",
        0.1,
        side(OURS, bench.machine, lambda machine: rate(lambda: machine.control(count, binary=binary), count)),
        _erl_side(bench, count, "control", count, int(binary)),
    )


def open_close(bench: Workbench) -> Case:
    count = bench.sizes.open_close
    return _port_case(
        "open_close",
        "open_port and port_close",
        0.5,
        side(OURS, bench.machine, lambda machine: rate(lambda: machine.open_close(count), count)),
        _erl_side(bench, count, "open_close", count),
    )


def ports(bench: Workbench) -> Case:
    count, commands = bench.sizes.ports, bench.sizes.port_commands
    child = ("-m", "benchmarks.ports_child", str(count), "--commands", str(commands))

    def ours() -> Figures:
        return _in_units(python_figures(*child)) | python_figures(*child, "--tracemalloc")

    return Case(
        "ports",
        f"{count:,} open ports, each round in a fresh process",
        (
            Metric("open", "µs/port", "less"),
            Metric("close", "µs/port", "less"),
            Metric("rss", "bytes/port", "less"),
            Metric("heap", "bytes/port", "less"),
            Metric("command at few", "µs", "less"),
            Metric("command at many", "µs", "less"),
            Metric("command spread", "µs", "less"),
            Metric("command many/few", TIMES, "less"),
        ),
        (fresh(OURS, ours, bench.load), fresh(ERL, lambda: _in_units(_erl_ports(count, commands)), build)),
        (Target("command many/few", 1.2, "at most"),),
        warmup=0,
    )


def _erl_ports(count: int, commands: int) -> dict[str, float]:
    """Take the figures of `ports_child`, in seconds and bytes, from an ``erl`` started for them."""
    with ErlNode("+S", "1:1", "+A", "1", "+Q", str(2 * count)) as node:
        opened, memory, pages, few, many, spread, closed = node.ask("ports", count, FEW, commands)
    more = count - FEW
    figures = {
        "open": opened / more / 1e9,
        "close": closed / more / 1e9,
        "heap": memory / more,
        "command at few": few / commands / 1e9,
        "command at many": many / commands / 1e9,
        "command spread": spread / commands / 1e9,
        "command many/few": many / few,
    }
    return figures | ({"rss": pages * page_size() / more} if pages else {})


def _in_units(figures: Figures) -> dict[str, float]:
    """Turn seconds into microseconds; leave bytes and ratios as they are."""
    plain = ("rss", "heap", "command many/few")
    return {name: value if name in plain else value * 1e6 for name, value in figures.items()}


def _erl_side(bench: Workbench, count: int, request: str, *numbers: int) -> Contestant:
    return asked(bench, lambda node: erl_rate(node, count, request, *numbers))


def _port_case(name: str, title: str, bound: float, *contestants: Contestant) -> Case:
    metric = Metric("rate", "ops/s", "more")
    return Case(name, title, (metric,), contestants, (Target("rate", bound, "at least", ERL),))


# The whole emulator


def boot(bench: Workbench) -> Case:
    def booted(times: int, *, simulated: bool) -> Figures:
        system = bench.load()

        def work() -> None:
            for _ in range(times):
                system.boot(simulated=simulated).halt()

        return {"time": timed(work)[0] / times * 1e3}

    def process(run: Callable[[], float]) -> Figures:
        return {"time": run() * 1e3}

    program = "from benchmarks import emulator; emulator.load().boot().halt()"
    return Case(
        "boot",
        "boot and halt",
        (Metric("time", "ms", "less"),),
        (
            fresh(f"{OURS}, simulated", lambda: booted(bench.sizes.boots, simulated=True), bench.load),
            fresh(f"{OURS}, real threads", lambda: booted(bench.sizes.real_boots, simulated=False), bench.load),
            fresh(
                f"{OURS}, in a new process",
                lambda: process(lambda: python_seconds("-c", program)),
                bench.load,
            ),
            fresh("python -c pass", lambda: process(lambda: python_seconds("-c", "pass"))),
            fresh(ERL, lambda: process(lambda: timed(start_and_halt)[0]), lambda: need("erl")),
        ),
        (Target("time", 2, "at most"),),
    )


def steps(bench: Workbench) -> Case:
    count = bench.sizes.steps

    def stepped(machine: Machine) -> Figures:
        elapsed, done = timed(lambda: machine.run_steps(count))
        return {"rate": done / elapsed}

    return Case(
        "steps",
        "steps of simulated threads",
        (Metric("rate", "steps/s", "more"),),
        (
            side(OURS, partial(bench.machine, simulated=True), stepped),
            side(
                "bare greenlet switches",
                nullcontext,
                lambda _: rate(lambda: _greenlet_switches(count), count),
            ),
        ),
    )


def recording(bench: Workbench) -> Case:
    jobs, commands = bench.sizes.batch, bench.sizes.commands

    def worked(machine: Machine) -> Figures:
        return {
            "jobs": rate(lambda: machine.batch(jobs), jobs)["rate"],
            "commands": rate(lambda: machine.echo(commands), commands)["rate"],
        }

    def recorded(machine: Machine, *, compiled: bool) -> Figures:
        with machine.record(compiled=compiled):
            return worked(machine)

    plain = "the same, not recorded"
    return Case(
        "recording",
        f"{jobs:,} no-op jobs queued at once, then {commands:,} commands echoed, while all that happens is recorded",
        (Metric("jobs", "jobs/s", "more"), Metric("commands", "ops/s", "more")),
        (
            side("recorded", bench.machine, partial(recorded, compiled=True)),
            side(plain, bench.machine, worked),
            side("recorded in Python", bench.machine, partial(recorded, compiled=False)),
        ),
        (Target("jobs", 0.77, "at least", plain), Target("commands", 0.77, "at least", plain)),
    )


def _greenlet_switches(count: int) -> int:
    """Switch to a greenlet that does nothing, and back: two switches a turn."""

    def bounce() -> None:
        back = getcurrent().parent
        assert back is not None
        switch = back.switch
        for _ in itertools.repeat(None):
            switch()

    switch = greenlet(bounce).switch
    for _ in range(count // 2):
        switch()
    return count


def chosen(cases: Iterable[Case], names: Iterable[str]) -> list[Case]:
    """Return the cases called `names`, in the suite's order; all of them if there are no names."""
    cases, names = list(cases), set(names)
    unknown = sorted(names - {case.name for case in cases})
    if unknown:
        known = ", ".join(case.name for case in cases)
        raise ValueError(f"no case called {', '.join(unknown)}; there are {known}")
    return [case for case in cases if not names or case.name in names]
