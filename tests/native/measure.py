"""What crossing into C costs: ``python -m tests.native.measure [--cpu] [ROUNDS]``.

Side by side, in interleaved rounds of one run: the same compiled driver in the emulator and in the real ``erl``, and a
driver written in Python that does the same. Medians; compare ratios only. ``--cpu`` counts the processor time of the
emulator's sides, which a busy machine does not change much; ``erl``'s is always wall time.
"""

from __future__ import annotations

import glob
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.erl_node import ErlNode, build
from erts_emu import Emulator
from erts_emu.driver import Driver, driver_async, driver_output

from .building import HERE, bridge_problem, compile_driver

CALLS, JOBS, QUERIES = 20_000, 50_000, 2000


class PythonBench(Driver):
    """What ``bench_drv.c`` does, in Python."""

    driver_name = "py_drv"
    unsent = unfinished = 0

    def output(self, buf: bytes) -> None:
        if buf[:1] == b"a":
            self.unsent = self.unfinished = 1
            self.queue_one()
        else:
            driver_output(self.port, buf)

    def control(self, command: int, buf: bytes) -> bytes:
        if command == 2:
            self.unsent = self.unfinished = int.from_bytes(buf[:4])
            for _ in range(min(self.unsent, int.from_bytes(buf[4:]))):
                self.queue_one()
            return b""
        return buf

    def queue_one(self) -> None:
        self.unsent -= 1
        driver_async(self.port, None, id, self, None)

    def ready_async(self, _result: Any) -> None:
        if self.unsent:
            self.queue_one()
        self.unfinished -= 1
        if not self.unfinished:
            driver_output(self.port, b"done")


def nanoseconds(work: Callable[[], object]) -> int:
    clock = time.process_time_ns if "--cpu" in sys.argv else time.perf_counter_ns
    start = clock()
    work()
    return clock() - start


def emulator_cases(me: Any, port: Any) -> dict[str, Callable[[], int]]:
    def commands(data: bytes, count: int) -> None:
        for _ in range(count):
            me.port_command(port, data)
            me.receive()

    def controls() -> None:
        for _ in range(CALLS):
            me.port_control(port, 1, b"abcd")

    def jobs() -> None:
        me.port_control(port, 2, JOBS.to_bytes(4) + JOBS.to_bytes(4))
        me.receive()

    return {
        "control": lambda: nanoseconds(controls) // CALLS,
        "echo": lambda: nanoseconds(lambda: commands(b"echo", CALLS)) // CALLS,
        "job, batch": lambda: nanoseconds(jobs) // JOBS,
        "job, one at a time": lambda: nanoseconds(lambda: commands(b"a", CALLS // 4)) // (CALLS // 4),
    }


def erl_cases(node: ErlNode) -> dict[str, Callable[[], int]]:
    return {
        "control": lambda: node.ask("control", CALLS, 0)[0] // CALLS,
        "echo": lambda: node.ask("echo", CALLS)[0] // CALLS,
        "job, batch": lambda: node.ask("jobs", JOBS, JOBS)[0] // JOBS,
        "job, one at a time": lambda: node.ask("one", CALLS // 4)[0] // (CALLS // 4),
    }


# --- sqlite ---


def sqlite_folder() -> str | None:
    found = glob.glob("/usr/lib/erlang/lib/p1_sqlite3-*/priv")
    return found[0] if found else None


def sqlite_in_erl() -> int:
    """Nanoseconds of one ``select 1`` round trip in ``erl``, asked by a compiled module."""
    source = f"""-module(lite). -export([main/0]).
main() -> ok = erl_ddll:load_driver("{sqlite_folder()}", sqlite3_drv),
  P = open_port({{spawn, "sqlite3_drv :memory:"}}, [binary]), receive {{P, ok}} -> ok end, loop(P, 500),
  T = erlang:monotonic_time(nanosecond), loop(P, {QUERIES}),
  io:format("~p", [(erlang:monotonic_time(nanosecond) - T) div {QUERIES}]), halt().
loop(_, 0) -> ok; loop(P, N) -> port_control(P, 2, "select 1;"), receive {{P, _}} -> loop(P, N - 1) end.
"""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "lite.erl").write_text(source)
        subprocess.run(["erlc", "-o", folder, f"{folder}/lite.erl"], check=True)
        command = ["erl", "-noshell", "+S", "1:1", "+A", "1", "-pa", folder, "-run", "lite", "main"]
        return int(subprocess.run(command, check=True, capture_output=True).stdout)


def sqlite_case(me: Any) -> Callable[[], int]:
    me.erl_ddll.load_driver(sqlite_folder(), "sqlite3_drv")
    port = me.open_port(("spawn", "sqlite3_drv :memory:"), ["binary"])
    me.receive()

    def queries() -> None:
        for _ in range(QUERIES):
            me.port_control(port, 2, b"select 1;")
            me.receive()

    return lambda: nanoseconds(queries) // QUERIES


def main(rounds: int) -> None:
    """Measure and print."""
    problem = bridge_problem()
    if problem is not None:
        sys.exit(problem)
    folder = str(compile_driver(HERE.parents[1] / "benchmarks" / "erl" / "bench_drv.c", "-O2"))
    build()
    taken: dict[str, dict[str, list[int]]] = {}
    with Emulator() as emu, ErlNode() as node:
        me = emu.attach()
        me.erl_ddll.load_driver(folder, "bench_drv")
        me.erl_ddll.load(PythonBench, "py_drv")
        sides = {
            "C driver": emulator_cases(me, me.open_port(("spawn_driver", "bench_drv"), ["binary"])),
            "Python driver": emulator_cases(me, me.open_port(("spawn_driver", "py_drv"), ["binary"])),
            "erl": erl_cases(node),
        }
        if sqlite_folder() is not None:
            sides["C driver"]["sqlite select 1"] = sqlite_case(me)
            sides["erl"]["sqlite select 1"] = sqlite_in_erl
        for _ in range(rounds):
            for side, cases in sides.items():
                for name, run in cases.items():
                    taken.setdefault(name, {}).setdefault(side, []).append(run())
    print(f"{'ns each, median':20}" + "".join(f"{side:>15}" for side in sides))
    for name, by_side in taken.items():
        cells = (f"{statistics.median(by_side[side]):15,.0f}" if side in by_side else f"{'-':>15}" for side in sides)
        print(f"{name:20}" + "".join(cells))
    print(f"{rounds} rounds, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    rounds = [int(argument) for argument in sys.argv[1:] if argument.isdigit()]
    main(rounds[0] if rounds else 5)
