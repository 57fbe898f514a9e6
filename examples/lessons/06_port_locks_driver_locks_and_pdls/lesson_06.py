"""6. Port locks, driver locks, and the port data lock: the program of the lesson; README.md explains it."""

from typing import Any

from erts_emu import Emulator
from erts_emu.driver import (
    ERL_DRV_FLAG_USE_PORT_LOCKING,
    Driver,
    driver_async,
    driver_deq,
    driver_enq,
    driver_pdl_create,
    driver_pdl_get_refc,
    driver_pdl_lock,
    driver_pdl_unlock,
    driver_peekq,
    erl_drv_sleep,
)
from erts_emu.locks import LockNotHeld


class Slow(Driver):
    """A control call takes 50 ms."""

    driver_name = "slow_drv"

    def control(self, command: int, buf: bytes) -> bytes:
        erl_drv_sleep(50)
        return b""


class SlowWithPortLocks(Slow):
    """The same, with one more flag."""

    driver_name = "slow_port_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING


async def ask(self: Any, port: Any) -> None:
    await self.port_control(port, 1, b"")


for driver in (Slow, SlowWithPortLocks):
    with Emulator(threads="simulated", schedulers=2) as emu, emu.attach() as me:
        me.erl_ddll.load_driver(driver, driver.driver_name)
        ports = [me.open_port(("spawn_driver", driver.driver_name)) for _ in range(2)]
        processes = [emu.spawn(ask, port, scheduler=number) for number, port in enumerate(ports, 1)]
        for process in processes:
            me.wait_for(process)
        taken = emu.layer.monotonic() // 1_000_000
        locks = [name for name in emu.locks.statistics() if name in ("driver_lock", "port_lock")]
        print(f"{driver.driver_name:13} two calls on two schedulers: {taken} ms, with {locks[0]}")


class Journal(Driver):
    """Writes commands into its queue, in jobs. A control call takes out what is there."""

    driver_name = "journal_drv"

    def output(self, buf: bytes) -> None:
        driver_async(self.port, None, self.write, buf, None)

    def write(self, line: bytes) -> None:
        try:
            driver_enq(self.port, line + b"\n")
        except LockNotHeld as error:
            print("refused:", str(error).partition(" at ")[0])

    def control(self, command: int, buf: bytes) -> bytes:
        data = b"".join(driver_peekq(self.port) or [])
        driver_deq(self.port, len(data))
        return data

    def ready_async(self, line: bytes) -> None:
        pass


def journal(driver: type[Driver]) -> None:
    emu = Emulator(threads="simulated", async_threads=2)
    me = emu.attach()
    me.erl_ddll.load_driver(driver, driver.driver_name)
    port = me.open_port(("spawn_driver", driver.driver_name), [])
    for line in (b"one", b"two"):
        me.port_command(port, line)
    me.sleep(0.01)
    print(bytes(me.port_control(port, 1, b"")))
    emu.halt()


journal(Journal)


class SafeJournal(Journal):
    """The same with a port data lock."""

    driver_name = "safe_journal_drv"

    def start(self, command: str) -> None:
        pdl = driver_pdl_create(self.port)
        assert pdl is not None  # it would be if the port had one already
        self.pdl = pdl

    def write(self, line: bytes) -> None:
        driver_pdl_lock(self.pdl)
        driver_enq(self.port, line + b"\n")
        print("references to the lock:", driver_pdl_get_refc(self.pdl))
        driver_pdl_unlock(self.pdl)

    def control(self, command: int, buf: bytes) -> bytes:
        driver_pdl_lock(self.pdl)
        data = super().control(command, buf)
        driver_pdl_unlock(self.pdl)
        return data


journal(SafeJournal)
