"""1. What a port is: the program of the lesson; README.md explains it."""

from erts_emu import Emulator
from erts_emu.driver import Driver, driver_output
from erts_emu.errors import Badarg


class Numbers(Driver):
    """Sends back what it gets, with a number in front."""

    driver_name = "numbers_drv"

    def start(self, command: str) -> None:
        self.count = 0
        print(f"  [driver] a port is opened with the command {command!r}")

    def output(self, buf: bytes) -> None:
        self.count += 1
        driver_output(self.port, b"%d: %s" % (self.count, buf))

    def stop(self) -> None:
        print(f"  [driver] the port is closed after {self.count} commands")


emu = Emulator(threads="simulated")  # a small virtual machine, deterministic: your output will be exactly this one
me = emu.attach()  # this Python program becomes an Erlang process
print("I am", me.pid)

me.erl_ddll.load_driver(Numbers, "numbers_drv")
port = me.open_port(("spawn_driver", "numbers_drv for lesson 1"), ["binary"])
print("and this is my port:", port)

print(me.port_command(port, b"hello"))
print(me.port_command(port, [b"a ", b"list ", [b"is fine ", 116, 111, 111]]))

print(me.receive())
print(me.receive())

me.port_close(port)
try:
    me.port_command(port, b"anybody there?")
except Badarg as error:
    print(error)

again = me.open_port(("spawn_driver", "numbers_drv"), ["binary"])
me.port_command(again, b"hello")
print(me.receive())
emu.halt()
