"""3. Why per-thread queues, and keys: the program of the lesson; README.md explains it."""

from erts_emu import Emulator
from erts_emu.driver import Driver, Pointer, driver_async, driver_async_port_key, driver_output, erl_drv_sleep


class Worker(Driver):
    """Takes commands such as b"5 100 name": a job with key 5, of 100 ms, that then says its name. Key - is none."""

    driver_name = "worker_drv"

    def output(self, buf: bytes) -> None:
        key, milliseconds, name = buf.split()
        pointer = None if key == b"-" else Pointer(int(key))
        driver_async(self.port, pointer, self.work, (int(milliseconds), name), None)

    def work(self, job: tuple[int, bytes]) -> None:
        erl_drv_sleep(job[0])

    def ready_async(self, job: tuple[int, bytes]) -> None:
        driver_output(self.port, job[1])


emu = Emulator(threads="simulated", async_threads=4)
me = emu.attach()
me.erl_ddll.load_driver(Worker, "worker_drv")
port = me.open_port(("spawn_driver", "worker_drv"), ["binary"])


def run(*commands: bytes) -> None:
    begun = emu.layer.monotonic()
    for command in commands:
        me.port_command(port, command)
    for _ in commands:
        name = me.receive()[1][1].decode()
        print(f"{(emu.layer.monotonic() - begun) // 1_000_000:4} ms  {name}")


run(b"- 100 slow", b"- 10 fast", b"- 10 fast-too", b"- 20 medium")

run(b"7 100 slow", b"7 10 fast", b"7 10 fast-too", b"7 20 medium")

run(b"0 100 slow-on-0", b"0 10 fast-on-0", b"1 10 fast-on-1", b"1 20 medium-on-1")

run(b"1 50 slow-on-1", b"5 10 fast-on-5")
key = Pointer(7)
print("before:", key.value)


class Tells(Driver):
    """Says what became of the key 7."""

    driver_name = "tells_drv"

    def control(self, command: int, buf: bytes) -> bytes:
        driver_async(self.port, key, bytes, b"", None)
        return b"%d" % driver_async_port_key(self.port)


me.erl_ddll.load_driver(Tells, "tells_drv")
other = me.open_port(("spawn_driver", "tells_drv"))
answer = bytes(me.port_control(other, 0, b""))
print("after:", key.value)
print("key of", other, "is", answer.decode())
emu.halt()
