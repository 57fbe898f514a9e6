"""Drivers in each state of the loader, and how to get one there."""

from __future__ import annotations

from typing import Any

from helpers import Gate
from ports.parts import driver

from erts_emu import Atom
from erts_emu.driver import DriverEntry, add_driver_entry, driver_async, driver_lock_driver
from erts_emu.errors import ErlangError

A = Atom
KILL = (A("driver_options"), [A("kill_ports")])
RELOAD = (A("reload"), A("pending_driver"))
RELOAD_PENDING = (A("reload"), A("pending"))
MONITOR = (A("monitor"), A("pending"))
NOWHERE = "/there/is/no/such/folder"
NAME = "test_drv"
STATES = ("absent", "OK", "UNLOAD", "FORCE_UNLOAD", "RELOAD", "FORCE_RELOAD", "PERMANENT", "static")
FORCED = ("FORCE_UNLOAD", "FORCE_RELOAD")


class Bench:
    """A driver called ``test_drv`` in a state of one's choice.

    A port keeps it in UNLOAD and RELOAD, and a job of a port that was killed in the FORCE states, until
    :meth:`release`. ``first`` and ``second`` are its two images; their control answers with their number.
    """

    def __init__(self, emu: Any, me: Any, other: Any) -> None:
        self.emu, self.me, self.other = emu, me, other
        self.mine, self.others = me.erl_ddll, other.erl_ddll
        self.log: list[Any] = []
        self.gate = Gate(emu)
        self.first, self.second = self._image(1), self._image(2)
        self.port: Any = None

    def _image(self, number: int) -> Any:
        log, gate = self.log, self.gate

        def control(driver: Any, command: int, buf: bytes) -> bytes:
            if command == 1:
                driver_async(driver.port, None, gate.wait, None, None)
            elif command == 2:
                return bytes([driver_lock_driver(driver.port) & 0xFF])
            return bytes([number])

        def init() -> int:
            log.append(f"init {number}")
            return 0

        return driver(
            NAME,
            control=control,
            init=staticmethod(init),
            finish=staticmethod(lambda: log.append(f"finish {number}")),
            stop=lambda driver: log.append("stop"),
        )

    def bring_to(self, state: str, *, trap: bool = True) -> Bench:
        """Load the driver and get it into *state*."""
        self.me.trap_exit = trap
        if state == "static":
            self._add_static()
        elif state != "absent":
            self.load_options = [KILL] if state in FORCED else []
            self.mine.try_load(self.first, NAME, self.load_options)
            if state != "OK":
                self.port = self.me.open_port(("spawn_driver", NAME))
                self._leave_ok(state)
        if state not in ("absent", "static"):
            assert self.state() == state
        self.me.flush()
        return self

    def _leave_ok(self, state: str) -> None:
        if state in FORCED:
            self.me.port_control(self.port, 1, b"")
        if state == "PERMANENT":
            self.me.port_control(self.port, 2, b"")
        elif state.endswith("UNLOAD"):
            self.mine.try_unload(NAME)
        else:
            self.mine.try_load(self.second, NAME, [RELOAD, *self.load_options])

    def _add_static(self) -> None:
        entry = DriverEntry(driver_name=NAME)
        helper = driver("helper_drv", control=lambda self, c, b: add_driver_entry(entry))
        self.mine.load(helper, "helper_drv")
        self.me.port_control(self.me.open_port(("spawn_driver", "helper_drv")), 0, b"")

    # --- looking ---

    def state(self) -> str:
        """The state's name."""
        driver = self.emu.ddll.find(NAME)
        if driver is None:
            return "absent"
        return "static" if driver.handle is None else str(driver.handle.status.name)

    def image(self) -> int:
        """Which image runs."""
        port = self.other.open_port(("spawn_driver", NAME))
        number = self.other.port_control(port, 0, b"")[0]
        self.other.port_close(port)
        return int(number)

    # --- events ---

    def release(self) -> None:
        """Let go of what holds the driver: its port, or the job of the port that was killed."""
        if self.port in self.me.ports():
            self.me.port_close(self.port)
        self.gate.open()
        self.settle()

    def settle(self) -> None:
        """Let the emulator work."""
        self.me.sleep(0.01)

    def equal(self) -> tuple[Any, list[Any]]:
        """Path and options with which a load fits what is loaded, or what is to be loaded."""
        return (self.second if self.state().endswith("RELOAD") else self.first), self.load_options

    load_options: list[Any] = []  # noqa: RUF012 -- replaced, never changed


def words(answer: Any) -> str:
    """``{error, Reason}`` as ``"error reason"``; the reference of a third element as ``"ref"``."""
    first, second, *rest = answer
    reason = second.name if isinstance(second, Atom) else second[0].name
    return " ".join([first.name, reason, *["ref" for _ in rest]])


def opens(attached: Any, form: str = "spawn_driver") -> str:
    """Open a port: ``"ok"``, or the name of the error."""
    try:
        attached.open_port((form, NAME))
    except ErlangError as error:
        return str(error.reason.name)
    return "ok"
