"""Why jobs have keys: jobs of one key keep their order and wait for each other; jobs of other keys do not."""

from __future__ import annotations

from erts_emu import Emulator
from erts_emu.driver import Driver, Pointer, driver_async, driver_output, erl_drv_sleep


class Worker(Driver):
    """``b"KEY MILLISECONDS NAME"`` runs a job of so many milliseconds with that key, then says its name."""

    driver_name = "worker_drv"

    def output(self, buf: bytes) -> None:
        """Queue a job."""
        key, milliseconds, name = buf.split()
        driver_async(self.port, Pointer(int(key)), self.work, (int(milliseconds), name), None)

    @staticmethod
    def work(job: tuple[int, bytes]) -> None:
        """Take some time."""
        erl_drv_sleep(job[0])

    def ready_async(self, job: tuple[int, bytes]) -> None:
        """Say that the job is done."""
        driver_output(self.port, job[1])


def main() -> None:
    """Queue a slow and a fast job on one key, and a fast one on another. Time is virtual."""
    with Emulator(threads="simulated", async_threads=4) as emu:
        me = emu.attach()
        me.erl_ddll.load_driver(Worker, "worker_drv")
        port = me.open_port(("spawn_driver", "worker_drv"), ["binary"])
        for command in (b"0 100 slow-on-key-0", b"0 10 fast-on-key-0", b"1 10 fast-on-key-1"):
            me.port_command(port, command)
        for _ in range(3):
            _, (_, name) = me.receive()
            print(f"{emu.layer.monotonic() // 1_000_000:4d} ms: {name.decode()}")


if __name__ == "__main__":
    main()
