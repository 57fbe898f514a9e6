"""One async job, station by station: the tracepoints of a port command that is answered from the async pool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from erts_emu import Emulator
from erts_emu.driver import Driver, driver_async, driver_output


class Shout(Driver):
    """Answers in capitals; the work is done on an async thread."""

    driver_name = "shout_drv"

    def output(self, buf: bytes) -> None:
        """Queue a job for the command."""
        number = driver_async(self.port, None, self.work, [buf], None)
        print(f"  driver: output queued job {number}")

    @staticmethod
    def work(job: list[bytes]) -> None:
        """Run on an async thread, holding no lock."""
        job.append(job[0].upper())

    def ready_async(self, job: list[bytes]) -> None:
        """Run on the scheduler that queued the job, holding the port's lock."""
        driver_output(self.port, job[1])


def show(name: str, fields: Mapping[str, Any]) -> None:
    """Print a tracepoint."""
    thread = fields.get("thread")
    print(f"  trace: {name}{f' on {thread.name}' if thread is not None else ''}")


def main() -> None:
    """Send one command and watch it."""
    with Emulator(threads="simulated", async_threads=2) as emu:
        emu.trace.subscribe(
            show,
            "driver_output",
            "aio_pool_put",
            "aio_pool_get",
            "driver_async_invoke",
            "aio_ready",
            "driver_ready_async",
        )
        me = emu.attach()
        me.erl_ddll.load_driver(Shout, "shout_drv")
        port = me.open_port(("spawn_driver", "shout_drv"), ["binary"])
        print("command:")
        me.port_command(port, b"hello")
        print("port_command has returned; receive:")
        print(me.receive(timeout=1.0))


if __name__ == "__main__":
    main()
