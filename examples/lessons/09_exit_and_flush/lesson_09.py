"""9. Exit and flush: the program of the lesson; README.md explains it."""

from erts_emu import Emulator
from erts_emu.driver import (
    Driver,
    driver_async,
    driver_deq,
    driver_enq,
    driver_peekq,
    driver_set_timer,
    driver_sizeq,
    erl_drv_sleep,
)


class Tape(Driver):
    """A slow tape: four bytes in 100 ms."""

    driver_name = "tape_drv"

    def output(self, buf: bytes) -> None:
        if driver_sizeq(self.port) == 0:
            driver_set_timer(self.port, 100)
        driver_enq(self.port, buf)

    def timeout(self) -> None:
        data = b"".join(driver_peekq(self.port) or [])[:4]
        driver_deq(self.port, len(data))
        left = driver_sizeq(self.port)
        tell(f"on the tape: {data.decode()!r}, {left} bytes left")
        if left:
            driver_set_timer(self.port, 100)

    def flush(self) -> None:
        tell(f"flush: {driver_sizeq(self.port)} bytes are still to be written")

    def stop(self) -> None:
        tell("stop")


def tell(what: str) -> None:
    print(f"{emu.layer.monotonic() // 1_000_000:4} ms  {what}")


emu = Emulator(threads="simulated")
me = emu.attach(trap_exit=True)
me.erl_ddll.load(Tape, "tape_drv")
port = me.open_port(("spawn_driver", "tape_drv"), ["binary"])
me.port_command(port, b"hello world")
me.port_close(port)
tell("port_close has returned")
print(me.receive())
print("ports:", me.ports())

me.sleep(0.5)
print("ports:", me.ports())
emu.halt()


class Slow(Driver):
    """A command is a job of 100 ms."""

    driver_name = "slow_drv"

    def output(self, buf: bytes) -> None:
        driver_async(self.port, None, self.work, buf, self.free)

    def work(self, job: bytes) -> None:
        erl_drv_sleep(100)
        tell(f"job {job.decode()} has run")

    def ready_async(self, job: bytes) -> None:
        tell(f"ready_async of job {job.decode()}")

    @staticmethod
    def free(job: bytes) -> None:
        tell(f"async_free of job {job.decode()}")

    def stop(self) -> None:
        tell("stop")


for flush in (True, False):
    print(f"halt with flush={flush}")
    emu = Emulator(threads="simulated")
    me = emu.attach()
    me.erl_ddll.load(Slow, "slow_drv")
    port = me.open_port(("spawn_driver", "slow_drv"), ["binary"])
    me.port_command(port, b"1")
    me.port_command(port, b"2")
    me.sleep(0.05)
    tell("halt")
    emu.halt(flush=flush)
    tell("the machine has stopped")
