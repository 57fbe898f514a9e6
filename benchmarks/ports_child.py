"""One measurement of many open ports, in a process of its own: ``python -m benchmarks.ports_child COUNT``.

A fresh process, because an allocator keeps what it once got: in a used one, the growth of the resident set
says little. Prints one line of JSON. With ``--tracemalloc`` only memory is measured, for tracing slows the
rest down.
"""

import argparse
import gc
import json
import sys
import tracemalloc
from collections.abc import Callable
from time import perf_counter

from benchmarks import emulator
from benchmarks.memory import resident_bytes, traced_bytes
from benchmarks.protocols import Machine, Unavailable

#: Ports that are open in the "few ports" half, and that get the commands in both halves.
FEW = 10


def seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def plain(machine: Machine, count: int, commands: int) -> dict[str, float]:
    """Measure times and the growth of the resident set."""
    first = machine.open_ports(FEW)
    machine.command_each(first, commands)
    few = seconds(lambda: machine.command_each(first, commands)) / commands
    figures = {"command at few": few}
    before = _resident()
    start = perf_counter()
    more = machine.open_ports(count - FEW)
    figures["open"] = (perf_counter() - start) / len(more)
    after = _resident()
    if before is not None and after is not None:
        figures["rss"] = (after - before) / len(more)
    machine.command_each(first, commands)
    many = seconds(lambda: machine.command_each(first, commands)) / commands
    figures |= {"command at many": many, "command many/few": many / few}
    figures["command spread"] = seconds(lambda: machine.command_each(more, commands)) / commands
    figures["close"] = seconds(lambda: machine.close_ports(more)) / len(more)
    machine.close_ports(first)
    return figures


def traced(machine: Machine, count: int) -> dict[str, float]:
    """Measure the growth of live Python objects."""
    machine.close_ports(machine.open_ports(FEW))
    before = traced_bytes()
    ports = machine.open_ports(count)
    grown = traced_bytes() - before
    machine.close_ports(ports)
    return {"heap": grown / count}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ports_child")
    parser.add_argument("count", type=int)
    parser.add_argument("--commands", type=int, default=20_000)
    parser.add_argument("--tracemalloc", action="store_true")
    options = parser.parse_args()
    if options.tracemalloc:
        tracemalloc.start()
    machine = emulator.load().boot(max_ports=2 * options.count)
    try:
        if options.tracemalloc:
            figures = traced(machine, options.count)
        else:
            figures = plain(machine, options.count, options.commands)
    finally:
        machine.halt()
    print(json.dumps(figures))
    return 0


def _resident() -> int | None:
    gc.collect()
    try:
        return resident_bytes()
    except Unavailable:
        return None


if __name__ == "__main__":
    sys.exit(main())
