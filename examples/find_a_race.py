"""A driver with a race, found by trying schedules, and seen again by replaying the one that shows it.

The job and the callback both change the same counter, the job without any lock: read, then write. Between the two the
scheduler may come in, and then one of the changes is lost.
"""

from __future__ import annotations

from erts_emu import Emulator
from erts_emu.driver import Driver, driver_async, erl_drv_sleep
from erts_emu.ethread import SeededRandom


class Racy(Driver):
    """Counts commands and jobs in one counter."""

    driver_name = "racy_drv"

    def start(self, command: str) -> None:
        """Begin to count."""
        self.count = 0

    def output(self, buf: bytes) -> None:
        """Count a command, and queue a job that counts too."""
        self.count += 1
        driver_async(self.port, None, self.work, None, None)

    def work(self, job: None) -> None:
        """Count a job: the read and the write are two steps."""
        count = self.count
        erl_drv_sleep(0)
        self.count = count + 1

    def ready_async(self, job: None) -> None:
        """Nothing is left to do."""

    def control(self, command: int, buf: bytes) -> bytes:
        """Tell the count."""
        return bytes([self.count])


def run(emu: Emulator) -> int:
    """Send two commands; the count should be 4."""
    with emu, emu.attach() as me:
        me.erl_ddll.load_driver(Racy, "racy_drv")
        port = me.open_port(("spawn_driver", "racy_drv"))
        me.port_command(port, b"")
        me.port_command(port, b"")
        me.sleep(1.0)
        count: int = me.port_control(port, 0, b"")[0]
        return count


def main() -> None:
    """Try seeds until one shows the race, then replay it."""
    for seed in range(1000):
        emu = Emulator(threads="simulated", strategy=SeededRandom(seed), seed=seed)
        count = run(emu)
        if count != 4:
            print(f"counted {count} instead of 4")
            again = run(Emulator(threads="simulated", replay=str(emu.schedule())))
            print(f"replayed: counted {again} again")
            return
    print("no schedule showed the race")


if __name__ == "__main__":
    main()
