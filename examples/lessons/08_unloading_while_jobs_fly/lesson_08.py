"""8. Unloading a driver while its jobs fly: the program of the lesson; README.md explains it."""

from erts_emu import Emulator
from erts_emu.driver import Driver, driver_async, erl_drv_sleep


class Slow(Driver):
    """A command is a job of 100 ms."""

    driver_name = "slow_drv"

    def output(self, buf: bytes) -> None:
        driver_async(self.port, None, self.work, buf, self.free)

    @staticmethod
    def work(job: bytes) -> None:
        erl_drv_sleep(100)
        tell(f"job {job.decode()} has run")

    def ready_async(self, job: bytes) -> None:
        tell(f"ready_async of job {job.decode()}")

    @staticmethod
    def free(job: bytes) -> None:
        tell(f"async_free of job {job.decode()}")

    def stop(self) -> None:
        tell("stop")

    @staticmethod
    def finish() -> None:
        tell("finish")


def tell(what: str) -> None:
    print(f"{emu.layer.monotonic() // 1_000_000:4} ms  {what}")


emu = Emulator(threads="simulated")
me = emu.attach(trap_exit=True)
me.erl_ddll.load(Slow, "slow_drv")
port = me.open_port(("spawn_driver", "slow_drv"), ["binary"])
me.port_command(port, b"1")
me.port_command(port, b"2")

handle = emu.ddll.drivers[0].handle
assert handle is not None
tell(f"{handle.refc} references: me, the port, and two jobs")
me.port_close(port)
tell("port_close has returned")

answer = me.erl_ddll.try_unload("slow_drv", [("monitor", "pending_driver")])
print(answer)
tell(f"loaded: {me.erl_ddll.loaded_drivers()}, open ports: {me.erl_ddll.info('slow_drv', 'port_count')}")

print(me.receive())
print(me.receive())
tell(f"loaded: {me.erl_ddll.loaded_drivers()}")
emu.halt()
