"""What the contestants of one run share: sizes, running ``erl`` nodes, files, and ways to prepare a side."""

import hashlib
import json
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any, Self, TypeVar

from attrs import field, frozen

from benchmarks import emulator
from benchmarks.affinity import cpus
from benchmarks.erl_node import DEFAULT_FLAGS, ErlNode
from benchmarks.model import Contestant, Figures, Measure
from benchmarks.protocols import Machine, System

OURS = "emulator"
ERL = "erl"
MEGABYTE = 1 << 20
CHILD_TIMEOUT = 600.0

Side = TypeVar("Side")


@frozen
class Sizes:
    """How much each contestant does in one round."""

    batch: int = 200_000
    window_jobs: int = 100_000
    window: int = 256
    one_by_one: int = 10_000
    asyncio: int = 20_000
    commands: int = 200_000
    open_close: int = 20_000
    files: int = 64
    file_bytes: int = 4 * MEGABYTE
    sleepers: int = 64
    sleep: float = 0.010
    ports: int = 100_000
    port_commands: int = 20_000
    boots: int = 50
    real_boots: int = 10
    steps: int = 200_000
    selects: int = 10_000
    computing: int = 400
    schedules: int = 1_000
    walks: int = 100
    kit_tests: int = 300


FULL = Sizes()
QUICK = Sizes(
    batch=20_000,
    window_jobs=20_000,
    one_by_one=2_000,
    asyncio=4_000,
    commands=20_000,
    open_close=2_000,
    files=16,
    ports=10_000,
    port_commands=5_000,
    boots=10,
    real_boots=3,
    steps=20_000,
    selects=1_000,
    computing=60,
    schedules=100,
    walks=20,
    kit_tests=50,
)


@frozen(eq=False)
class Workbench:
    """Owner of everything that outlives one contestant; closes it all at the end."""

    sizes: Sizes = FULL
    load: Callable[[], System] = emulator.load
    _nodes: dict[object, ErlNode] = field(factory=dict, init=False)
    _closing: ExitStack = field(factory=ExitStack, init=False)
    _files: list[Path] = field(factory=list, init=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: object, tb: TracebackType | None) -> None:
        self._closing.close()

    def node(self, *flags: str) -> ErlNode:
        """Return the node with these flags and this thread's choice of CPUs; start it at the first call."""
        key = (flags or DEFAULT_FLAGS, cpus())
        if key not in self._nodes:
            self._nodes[key] = self._closing.enter_context(ErlNode(*flags))
        return self._nodes[key]

    def folder(self) -> Path:
        """Make a folder that lasts as long as this."""
        return Path(self._closing.enter_context(tempfile.TemporaryDirectory(prefix="erts_emu-bench-")))

    def files(self) -> list[Path]:
        """Return files full of noise, the same noise in every run."""
        if not self._files:
            home = self.folder()
            noise = random.Random(0)
            for number in range(self.sizes.files):
                path = home / f"{number:03}.bin"
                path.write_bytes(noise.randbytes(self.sizes.file_bytes))
                self._files.append(path)
        return self._files

    @contextmanager
    def machine(self, *, async_threads: int = 1, simulated: bool = False) -> Iterator[Machine]:
        """Boot the emulator for the time of a case."""
        machine = self.load().boot(async_threads=async_threads, simulated=simulated)
        try:
            yield machine
        finally:
            machine.halt()


def side(name: str, make: Callable[[], AbstractContextManager[Side]], run: Callable[[Side], Figures]) -> Contestant:
    """Make a contestant that is set up by `make` and measured, once a round, by `run`."""

    @contextmanager
    def prepare() -> Iterator[Measure]:
        with make() as made:
            yield lambda: run(made)

    return Contestant(name, prepare)


def fresh(name: str, run: Callable[[], Figures], check: Callable[[], object] = lambda: None) -> Contestant:
    """Make a contestant without anything to keep between rounds; `check` raises if it cannot take part."""

    @contextmanager
    def prepare() -> Iterator[Measure]:
        check()
        yield run

    return Contestant(name, prepare)


def asked(bench: Workbench, run: Callable[[ErlNode], Figures], *flags: str, name: str = ERL) -> Contestant:
    """Make a contestant that asks a running ``erl``."""

    @contextmanager
    def prepare() -> Iterator[Measure]:
        node = bench.node(*flags)
        yield lambda: run(node)

    return Contestant(name, prepare)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that `work` took, and its result."""
    start = perf_counter()
    result = work()
    return perf_counter() - start, result


def rate(work: Callable[[], int], expected: int) -> Figures:
    """Return how many results a second `work` gives, once it has given all of them."""
    elapsed, done = timed(work)
    if done != expected:
        raise RuntimeError(f"{done} results came back where {expected} were expected")
    return {"rate": done / elapsed}


def erl_rate(node: ErlNode, count: int, request: str, *numbers: int) -> Figures:
    """Return how many a second ``erl`` did, by its own clock."""
    [nanoseconds] = node.ask(request, *numbers)
    return {"rate": count * 1e9 / nanoseconds}


def sha256_of(path: Path) -> bytes:
    """Return the digest of a file. Reading and hashing both leave the interpreter lock to others."""
    return hashlib.sha256(path.read_bytes()).digest()


def python_seconds(*arguments: str) -> float:
    """Return how long a fresh Python takes, from start to exit."""
    command = [sys.executable, *arguments]
    elapsed, _ = timed(lambda: subprocess.run(command, check=True, timeout=CHILD_TIMEOUT))
    return elapsed


def python_figures(*arguments: str) -> dict[str, float]:
    """Run a fresh Python and return the JSON object that it prints."""
    command = [sys.executable, *arguments]
    done = subprocess.run(command, check=True, timeout=CHILD_TIMEOUT, stdout=subprocess.PIPE, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures
