"""Drivers and a run that tests of recordings share."""

from erts_emu import Emulator
from erts_emu.driver import ERL_DRV_FLAG_USE_PORT_LOCKING, Driver, driver_async, driver_failure_atom, driver_output


class Shout(Driver):
    """Answers in capitals, by way of an async thread."""

    driver_name = "shout_drv"
    driver_flags = ERL_DRV_FLAG_USE_PORT_LOCKING

    def output(self, buf):
        driver_async(self.port, None, self.work, [buf], None)

    @staticmethod
    def work(job):
        job.append(job[0].upper())

    def ready_async(self, job):
        driver_output(self.port, job[1])


class Doomed(Driver):
    """Fails its port when a job is on its way."""

    driver_name = "doomed_drv"

    def output(self, buf):
        driver_async(self.port, None, self.work, buf, self.free)
        driver_failure_atom(self.port, "enough")

    @staticmethod
    def work(job):
        pass

    @staticmethod
    def free(job):
        pass


def record_shouting(threads="simulated", *, ports=2, words=3, async_threads=2):
    """Record a run of some ports, each of which is given some words, and return the recording."""
    with Emulator(threads=threads, async_threads=async_threads) as emu, emu.record() as recording:
        me = emu.attach()
        me.erl_ddll.load_driver(Shout, "shout_drv")
        opened = [me.open_port(("spawn_driver", "shout_drv"), ["binary"]) for _ in range(ports)]
        for port in opened:
            for _ in range(words):
                me.port_command(port, b"word")
        for _ in range(ports * words):
            assert me.receive(timeout=30)[1][1] == b"WORD"
        for port in opened:
            me.port_close(port)
    return recording
