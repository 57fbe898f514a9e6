"""What the sides of a comparison have to offer.

`Pool` is what every asynchronous side can do, the thread pools of `pools.py` included. `Machine` is the
emulator's side: a pool and a port machine in one. `System` makes machines. The frame does the timing: a
method does the work it is asked for, returns when the last result has arrived, and reports how much it did.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

Argument = TypeVar("Argument")
Result = TypeVar("Result")


class Unavailable(Exception):
    """A side cannot take part here; the message says why, and what to install."""


class Pool(Protocol):
    """Something that runs jobs on threads and hands back their results."""

    def batch(self, jobs: int) -> int:
        """Queue `jobs` no-op jobs at once, wait for all results, return how many came."""

    def window(self, jobs: int, window: int) -> int:
        """Run `jobs` no-op jobs with at most `window` in flight, return how many results came."""

    def one_by_one(self, jobs: int) -> int:
        """Run `jobs` no-op jobs, each queued after the result of the one before; return how many came."""

    def map(self, function: Callable[[Argument], Result], arguments: Sequence[Argument]) -> list[Result]:
        """Call `function` once per argument, one job each, all queued at once; results in argument order."""


class Machine(Pool, Protocol):
    """One running emulator with the benchmark driver loaded, used by the thread that booted it.

    The driver does what `erl/bench_drv.c` does: a command comes back through ``driver_output``, or after one
    no-op job through ``driver_async``, ``ready_async`` and ``driver_output``; a control call gives its bytes
    back. Ports are opened with the ``binary`` option. As with ``erl``, a batch or a window is started by one
    control call, the driver counts results in ``ready_async``, and one message says that all are in; in
    `one_by_one` each job goes the whole way from ``port_command`` to the received message.
    """

    def echo(self, commands: int) -> int:
        """``port_command`` 4 bytes to one open port and receive them back, `commands` times."""

    def control(self, calls: int, *, binary: bool) -> int:
        """``port_control`` with 4 bytes in and 4 bytes out, as a binary or as a list, `calls` times."""

    def open_close(self, times: int) -> int:
        """Open a port and close it, `times` times."""

    def open_ports(self, count: int) -> Sequence[Any]:
        """Open `count` ports and leave them open; the sequence is all that the caller holds of them."""

    def command_each(self, ports: Sequence[Any], commands: int) -> int:
        """Like `echo`, `commands` times in all, going round `ports`."""

    def close_ports(self, ports: Sequence[Any]) -> None:
        """Close them all."""

    def run_steps(self, steps: int) -> int:
        """Run about `steps` steps of simulated threads; return the exact number. Simulated machines only."""

    def record(self, *, compiled: bool) -> AbstractContextManager[object]:
        """Record inside the context all that the machine does, with probes in C (if there are any) or in Python."""

    def halt(self) -> None:
        """Stop the emulator and its threads; the machine is of no use afterwards."""


class System(Protocol):
    """A way to boot emulators."""

    def boot(self, *, async_threads: int = 1, max_ports: int = 65536, simulated: bool = False) -> Machine:
        """Boot with ``+A async_threads +Q max_ports +S 1``, on real or simulated threads, driver loaded."""
