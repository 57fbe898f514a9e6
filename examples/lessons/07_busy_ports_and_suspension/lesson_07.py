"""7. Busy ports, and suspension: the program of the lesson; README.md explains it."""

from typing import Any

from erts_emu import Emulator
from erts_emu.driver import Driver, driver_set_timer, set_busy_port


class Printer(Driver):
    """Prints a page in 100 ms; two pages may wait."""

    driver_name = "printer_drv"

    def start(self, command: str) -> None:
        self.pages: list[bytes] = []

    def output(self, buf: bytes) -> None:
        self.pages.append(buf)
        if len(self.pages) == 1:
            driver_set_timer(self.port, 100)
        if len(self.pages) == 2:
            set_busy_port(self.port, True)

    def timeout(self) -> None:
        tell(f"                    printed: {self.pages.pop(0).decode()}")
        if len(self.pages) == 1:
            set_busy_port(self.port, False)
        if self.pages:
            driver_set_timer(self.port, 100)


async def writer(self: Any, name: str, port: Any) -> None:
    for page in (1, 2):
        tell(f"{name} sends page {page}")
        await self.port_command(port, f"{name}, page {page}")
    tell(f"{name} is through")


def tell(what: str) -> None:
    print(f"{emu.layer.monotonic() // 1_000_000:4} ms  {what}")


emu = Emulator(threads="simulated")
me = emu.attach()
me.erl_ddll.load_driver(Printer, "printer_drv")
port = me.open_port(("spawn_driver", "printer_drv"), ["binary"])
writers = [emu.spawn(writer, name, port) for name in ("Ann", "Bob")]
for process in writers:
    me.wait_for(process)

print(me.port_command(port, b"mine, page 1", nosuspend=True))
print(me.port_command(port, b"mine, page 2", nosuspend=True))
me.sleep(0.5)

for page in (b"last page but one", b"last page"):
    me.port_command(port, page)
print(me.port_info(port, "output"), "bytes were sent to the port")
me.port_close(port)
tell("closed")
emu.halt()
