"""What a test proves, and a driver that does whatever a test wants done in a callback."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from helpers import open_port

from erts_emu.driver import Driver


def proves(*names: str) -> Callable[[Any], Any]:
    """Say which functions' behaviour, or which of the reference's surprises (``S1`` …), a test proves.

    Nothing happens at run time: ``docs/generate_driver_api.py`` reads these decorators.
    """
    return lambda test: test


class Lab:
    """A port for experiments: ``lab.run(job)`` calls ``job(driver)`` inside control and returns its result.

    *settings* are for open_port, *flags* for the driver; *callbacks* are its other callbacks, ``function(driver, …)``.
    """

    def __init__(self, me: Any, *settings: Any, flags: int = 0, name: str = "lab", **callbacks: Any) -> None:
        lab = self
        self.me = me
        self.drivers: list[Any] = []

        class LabDriver(Driver):
            driver_name = name
            driver_flags = flags

            def start(self, command: str) -> Any:
                lab.drivers.append(self)
                return callbacks["start"](self) if "start" in callbacks else None

            def control(self, command: int, buf: bytes) -> Any:
                lab._answer = lab._job(self)
                return lab.reply

        for callback, function in callbacks.items():
            if callback != "start":
                setattr(LabDriver, callback, function)
        self.driver_class = LabDriver
        self.reply: Any = b""
        self.port = open_port(me, LabDriver, *settings)

    @property
    def driver(self) -> Any:
        """The port's driver instance; its ``port`` is the handle."""
        return self.drivers[0]

    def run(self, job: Callable[[Any], Any], at: Any = None) -> Any:
        """Do something inside control of the port, or of the port *at*."""
        self._job = job
        self._answer = None
        self.me.port_control(self.port if at is None else at, 0, b"")
        return self._answer

    def open(self, *settings: Any) -> Any:
        """Open another port."""
        return self.me.open_port(("spawn_driver", self.driver_class.driver_name), list(settings))


def data_of(me: Any, port: Any, count: int) -> list[Any]:
    """The data of the next *count* messages, all of them from *port*."""
    received = []
    for _ in range(count):
        sender, (_, data) = me.receive()
        assert sender == port
        received.append(data)
    return received
