"""What exercise 7 has to obey."""

from types import ModuleType
from typing import Any

from erts_emu.errors import ReceiveTimeout
from erts_emu.testing import Workbench

_ORDERS = 6


def _dinner(bench: Workbench, exercise: ModuleType, guests: int) -> tuple[int, int]:
    """Let guests order, six times each, and go home at the end; return the most jobs under way, and the answers."""
    under_way = most = 0

    def on_change(name: str, fields: Any) -> None:
        nonlocal under_way, most
        under_way += 1 if name == "aio_pool_put" else -1
        most = max(most, under_way)

    bench.emu.trace.subscribe(on_change, "aio_pool_put", "aio_ready")
    port = bench.open_port(exercise.Kitchen)

    async def guest(self: Any) -> None:
        for _ in range(_ORDERS):
            await self.port_command(port.id, b"soup")

    for _ in range(guests):
        bench.emu.spawn(guest)
    bench.me.sleep(2.0)
    served = len([message for message in bench.me.flush() if message[0] == port.id])
    return most, served


def never_more_than_four(exercise: ModuleType) -> None:
    """Never more than four jobs are under way."""
    with Workbench(async_threads=2) as bench:
        most, _ = _dinner(bench, exercise, guests=3)
        assert most <= 4, f"{most} jobs were under way"


def all_orders_are_served(exercise: ModuleType) -> None:
    """All orders are carried out, and nobody is left asleep."""
    with Workbench(async_threads=2) as bench:
        _, served = _dinner(bench, exercise, guests=3)
        assert served == 3 * _ORDERS, f"of {3 * _ORDERS} orders {served} were served: somebody is suspended for ever"


def the_threads_have_work(exercise: ModuleType) -> None:
    """The async threads do not run out of work meanwhile."""
    with Workbench(async_threads=2) as bench:
        port = bench.open_port(exercise.Kitchen)
        before = bench.clock.now
        try:
            for _ in range(16):
                bench.me.port_command(port.id, b"soup")
            for _ in range(16):
                port.receive()
        except ReceiveTimeout as error:
            raise AssertionError("an order was not served") from error
        taken = (bench.clock.now - before) * 1000
        assert taken < 100, f"sixteen orders of 10 ms on two threads have taken {taken:.0f} ms, and not 80"
