"""Which CPUs are used. What is set here holds for the calling thread, and for threads and processes it starts."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.protocols import Unavailable


def cpus() -> frozenset[int] | None:
    """Return the CPUs this thread may use, or None where the system does not tell."""
    return frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


def use_cpus(wanted: set[int]) -> None:
    """Stay on the `wanted` CPUs from now on."""
    if not hasattr(os, "sched_setaffinity"):
        raise Unavailable("this system does not let a program choose its CPUs")
    os.sched_setaffinity(0, wanted)


@contextmanager
def one_cpu() -> Iterator[None]:
    """Stay on one CPU inside the block."""
    before = cpus()
    if before is None:
        raise Unavailable("this system does not let a program choose its CPUs")
    use_cpus({min(before)})
    try:
        yield
    finally:
        use_cpus(set(before))
