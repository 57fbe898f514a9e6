"""Many async jobs through one emulator: ``python -m benchmarks.soak --jobs 10000000``.

Prints the resident set after every tenth of the jobs, and checks at the end that every reference count is back where it
began and that memory has not grown. Exit status 1 if not.
"""

import argparse
import gc
import sys
from time import perf_counter

from benchmarks.emulator import EmulatorMachine
from benchmarks.memory import resident_bytes
from erts_emu import Emulator

BATCH = 100_000
PARTS = 10
ALLOWED_GROWTH = 4 << 20


def counts(emulator: Emulator) -> dict[str, int]:
    """What must be the same before and after: ports, references, cells, waiting operations."""
    driver = emulator.ddll.find("bench_drv")
    assert driver is not None
    assert driver.handle is not None
    queues = [thread.thr_q.statistics() for thread in emulator.async_pool.threads]
    ready = [queue.thr_q.statistics() for queue in emulator.async_pool.ready_queues]
    return {
        "ports": len(emulator.ports),
        "processes": len(emulator.processes),
        "driver references": driver.handle.refc,
        "driver ports": driver.handle.port_count,
        "queued": sum(each.queued for each in queues + ready),
        "spent": sum(each.spent for each in queues + ready),
        "deferred": sum(each.deferred for each in queues + ready),
        "later operations": sum(len(scheduler.later_ops) for scheduler in emulator.schedulers),
    }


def soak(jobs: int, threads: int) -> bool:
    """Run so many jobs; say whether everything is as before."""
    machine = EmulatorMachine(Emulator(async_threads=threads, lock_checker=False))
    emulator = machine.emulator
    machine.window(BATCH, 256)
    machine.me.sleep(0.1)
    before = counts(emulator)
    resident: list[int] = []
    start = perf_counter()
    for part in range(PARTS):
        left = jobs // PARTS
        while left > 0:
            left -= machine.window(min(BATCH, left), 256)
        gc.collect()
        resident.append(resident_bytes())
        print(f"{(part + 1) * jobs // PARTS:12,} jobs  {resident[-1] / 1e6:7.2f} MB  {perf_counter() - start:6.1f} s")
    machine.me.sleep(0.1)
    after = counts(emulator)
    machine.halt()
    print("before:", before)
    print("after: ", after)
    growth = resident[-1] - resident[0]
    print(f"resident set grew by {growth / 1024:.0f} KiB from the first tenth to the last")
    return before == after and growth < ALLOWED_GROWTH


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--jobs", type=int, default=10_000_000)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    return 0 if soak(options.jobs, options.threads) else 1


if __name__ == "__main__":
    sys.exit(main())
