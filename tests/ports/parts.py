"""What the tests of ports share: a driver that reports, and shorthands."""

from __future__ import annotations

from typing import Any

from erts_emu import Atom
from erts_emu.driver import Driver, driver_caller

DATA, EXIT, DOWN, PORT, PROCESS, NORMAL = map(Atom, ("data", "EXIT", "DOWN", "port", "process", "normal"))
COMMAND, CLOSE, CONNECT, CONNECTED, CLOSED = map(Atom, ("command", "close", "connect", "connected", "closed"))
TRUE, FALSE, UNDEFINED, NOPROC, BADSIG, KILLED = map(Atom, ("true", "false", "undefined", "noproc", "badsig", "killed"))


def few(run: Any, n: int = 20) -> dict[str, int]:
    """Options for *run*: not too many random schedules, where a scenario is long."""
    return {"n": n} if run.__name__ == "every_schedule" else {}


def driver(name: str = "test_drv", flags: int = 0, **methods: Any) -> type[Driver]:
    """A throw-away driver class with these methods."""
    return type(name, (Driver,), {"driver_name": name, "driver_flags": flags, **methods})


def opened(me: Any, cls: type[Driver], *settings: Any, arguments: str = "") -> Any:
    """Load *cls* (again) and open a port of it."""
    me.erl_ddll.load(cls, cls.driver_name)
    command = f"{cls.driver_name} {arguments}" if arguments else cls.driver_name
    return me.open_port(("spawn_driver", command), list(settings))


def reporter(log: list[Any], name: str = "test_drv", flags: int = 0, **methods: Any) -> type[Driver]:
    """A driver that notes commands and controls with their callers in *log*; control answers with its data."""

    def output(self: Any, buf: bytes) -> None:
        log.append(("output", driver_caller(self.port), buf))

    def control(self: Any, command: int, buf: bytes) -> bytes:
        log.append(("control", driver_caller(self.port), buf))
        return buf

    return driver(name, flags, **{"output": output, "control": control, **methods})
