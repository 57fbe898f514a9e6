"""Busy ports and timers: what has to be decided under the port lock."""

from __future__ import annotations

from erts_emu.driver import (
    Driver,
    driver_async,
    driver_cancel_timer,
    driver_output,
    driver_set_timer,
    erl_drv_sleep,
    set_busy_port,
)
from erts_emu.testing import Workbench

from .library import planted

ONLY_BEHAVIOUR = {"allow": ("data-race", "use-after-stop", "null-async-free")}


class BusyLost(Driver):
    """The job decides whether anybody has to be woken: too early."""

    driver_name = "planted"

    def start(self, command: str) -> None:
        """Nothing is under way."""
        self.pending = 0
        self.waiting = False

    def output(self, buf: bytes) -> None:
        """Queue a job; if it is not the only one, make the next sender wait."""
        others = self.pending
        self.pending = others + 1
        driver_async(self.port, None, self.work, [], None)
        if others:
            self.waiting = True
            set_busy_port(self.port, 1)

    def work(self, data: list[bool]) -> None:
        """Look whether anybody waits."""
        data.append(self.waiting)

    def ready_async(self, data: list[bool]) -> None:
        """Wake the sender if the job has seen one."""
        self.pending = self.pending - 1
        if self.must_wake(data):
            self.waiting = False
            set_busy_port(self.port, 0)
        driver_output(self.port, b"done")

    def must_wake(self, data: list[bool]) -> bool:
        """Believe the job."""
        return data[0]


class BusyLostFixed(BusyLost):
    """Decides under the port lock."""

    def must_wake(self, data: list[bool]) -> bool:
        """Look now."""
        return self.waiting


@planted(
    "whether to wake a sender is decided under the port lock", BusyLost, BusyLostFixed, async_threads=2,
    **ONLY_BEHAVIOUR,
)  # fmt: skip
def busy_lost(bench: Workbench, driver: type[Driver]) -> None:
    """The third command can be sent."""
    port = bench.open_port(driver)
    for _ in range(3):
        port.command()
    for _ in range(3):
        port.receive()


class AnswersTwice(Driver):
    """A job and a timer race for the answer, and both may win."""

    driver_name = "planted"

    def output(self, buf: bytes) -> None:
        """Start both."""
        self.answered = False
        driver_set_timer(self.port, 5)
        driver_async(self.port, None, self.work, None, None)

    def work(self, data: None) -> None:
        """Take about as long as the timer."""
        erl_drv_sleep(5)

    def ready_async(self, data: None) -> None:
        """Answer."""
        self.answer(b"done")

    def timeout(self) -> None:
        """Give up."""
        self.answer(b"too late")

    def answer(self, text: bytes) -> None:
        """Send it."""
        driver_output(self.port, text)


class AnswersTwiceFixed(AnswersTwice):
    """The first answer counts."""

    def answer(self, text: bytes) -> None:
        """Send it unless one was sent."""
        if not self.answered:
            self.answered = True
            driver_cancel_timer(self.port)
            driver_output(self.port, text)


@planted("a timer and a job both come, one after the other", AnswersTwice, AnswersTwiceFixed, **ONLY_BEHAVIOUR)
def answers_twice(bench: Workbench, driver: type[Driver]) -> None:
    """There is one answer."""
    port = bench.open_port(driver)
    port.command()
    port.receive()
    bench.clock.advance(1.0)
    assert bench.me.flush() == []
