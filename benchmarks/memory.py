"""How large this process is."""

import gc
import os
import tracemalloc
from pathlib import Path

from benchmarks.protocols import Unavailable

STATM = Path("/proc/self/statm")


def page_size() -> int:
    return os.sysconf("SC_PAGE_SIZE")


def resident_bytes() -> int:
    """Return the resident set size."""
    try:
        return int(STATM.read_text().split()[1]) * page_size()
    except OSError as err:
        raise Unavailable("the resident set size needs /proc/self/statm") from err


def traced_bytes() -> int:
    """Return what live Python objects take, by `tracemalloc`, which must be on."""
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
