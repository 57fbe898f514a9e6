"""Locks taken in the wrong order, kept, forgotten; wake-ups that nobody hears."""

from __future__ import annotations

from functools import partial

from erts_emu.driver import (
    Driver,
    ErlDrvCond,
    ErlDrvMutex,
    ErlDrvPDL,
    Pointer,
    driver_async,
    driver_output,
    driver_pdl_create,
    driver_pdl_lock,
    driver_pdl_unlock,
    erl_drv_cond_broadcast,
    erl_drv_cond_create,
    erl_drv_cond_destroy,
    erl_drv_cond_signal,
    erl_drv_cond_wait,
    erl_drv_mutex_create,
    erl_drv_mutex_destroy,
    erl_drv_mutex_lock,
    erl_drv_mutex_unlock,
)
from erts_emu.testing import Workbench

from .library import planted

UNCHECKED = {"lock_checker": False, "allow": ("data-race", "use-after-stop", "lock")}
"""The lock checker would name most of these on the first schedule: here the explorer has to run into them."""


class Locks(Driver):
    """A driver whose ports have three mutexes and a condition."""

    driver_name = "planted"

    def start(self, command: str) -> None:
        """Make them."""
        self.locks = [erl_drv_mutex_create(f"lock {number}") for number in range(3)]
        self.cond = erl_drv_cond_create("changed")
        self.begin()

    def begin(self) -> None:
        """Set what the port starts with."""

    def stop(self) -> None:
        """Destroy them."""
        for lock in self.locks:
            erl_drv_mutex_destroy(lock)
        erl_drv_cond_destroy(self.cond)

    def ready_async(self, data: object) -> None:
        """Tell that a job is done."""
        driver_output(self.port, b"done")

    @property
    def lock(self) -> ErlDrvMutex:
        """The mutex, where one is enough."""
        return self.locks[0]

    def hold(self, pair: tuple[int, int], data: None) -> None:
        """Hold two of the locks for a moment: a job."""
        first, second = pair
        erl_drv_mutex_lock(self.locks[first])
        erl_drv_mutex_lock(self.locks[second])
        erl_drv_mutex_unlock(self.locks[second])
        erl_drv_mutex_unlock(self.locks[first])


def two_answers(bench: Workbench, driver: type[Driver]) -> None:
    """One command; two jobs complete."""
    port = bench.open_port(driver)
    port.command()
    port.receive()
    port.receive()


# --- ABBA ---


class ABBA(Locks):
    """Two jobs take the same two locks, each in its own order."""

    def output(self, buf: bytes) -> None:
        """Queue both."""
        driver_async(self.port, None, partial(self.hold, (0, 1)), None, None)
        driver_async(self.port, None, partial(self.hold, self.second), None, None)

    second = (1, 0)


class ABBAFixed(ABBA):
    """Takes them in one order."""

    second = (0, 1)


@planted("two locks need one order", ABBA, ABBAFixed, async_threads=2, **UNCHECKED)
def abba(bench: Workbench, driver: type[Driver]) -> None:
    """Both jobs complete."""
    two_answers(bench, driver)


class ABBA3(Locks):
    """Three jobs in a ring: each holds what the one before it wants."""

    def output(self, buf: bytes) -> None:
        """Queue all three."""
        for pair in self.ring:
            driver_async(self.port, None, partial(self.hold, pair), None, None)

    ring = ((0, 1), (1, 2), (2, 0))


class ABBA3Fixed(ABBA3):
    """The last one takes the lower lock first."""

    ring = ((0, 1), (1, 2), (0, 2))


@planted("a ring of three is a deadlock too: number the locks", ABBA3, ABBA3Fixed, async_threads=3, **UNCHECKED)
def abba_three(bench: Workbench, driver: type[Driver]) -> None:
    """All three jobs complete."""
    port = bench.open_port(driver)
    port.command()
    for _ in range(3):
        port.receive()


# --- port data lock and port lock ---


class PDLInversion(Locks):
    """A callback takes the mutex and then the port data lock, a job the other way round."""

    pdl: ErlDrvPDL

    def begin(self) -> None:
        """Make the port data lock."""
        pdl = driver_pdl_create(self.port)
        assert pdl is not None
        self.pdl = pdl

    def output(self, buf: bytes) -> None:
        """Queue the job, then use both."""
        driver_async(self.port, None, self.work, None, None)
        erl_drv_mutex_lock(self.lock)
        driver_pdl_lock(self.pdl)
        driver_pdl_unlock(self.pdl)
        erl_drv_mutex_unlock(self.lock)

    def work(self, data: None) -> None:
        """Use both."""
        driver_pdl_lock(self.pdl)
        erl_drv_mutex_lock(self.lock)
        erl_drv_mutex_unlock(self.lock)
        driver_pdl_unlock(self.pdl)


class PDLInversionFixed(PDLInversion):
    """Takes the mutex first everywhere."""

    def work(self, data: None) -> None:
        """Use both."""
        erl_drv_mutex_lock(self.lock)
        driver_pdl_lock(self.pdl)
        driver_pdl_unlock(self.pdl)
        erl_drv_mutex_unlock(self.lock)


@planted("the port data lock has its place in the order too", PDLInversion, PDLInversionFixed, **UNCHECKED)
def pdl_inversion(bench: Workbench, driver: type[Driver]) -> None:
    """The command and its job both come to an end."""
    port = bench.open_port(driver)
    port.command()
    port.receive()


class JobWantsPort(Locks):
    """A callback waits under the port lock for a job, whose completion needs the port lock."""

    def begin(self) -> None:
        """Nothing is done."""
        self.done = False

    def output(self, buf: bytes) -> None:
        """Queue a job."""
        driver_async(self.port, None, self.work, None, None)

    def work(self, data: None) -> None:
        """Take no time."""

    def ready_async(self, data: object) -> None:
        """Note that the job is done, and wake whoever waits."""
        erl_drv_mutex_lock(self.lock)
        self.done = True
        erl_drv_cond_broadcast(self.cond)
        erl_drv_mutex_unlock(self.lock)

    def control(self, command: int, buf: bytes) -> bytes:
        """Wait for the job."""
        erl_drv_mutex_lock(self.lock)
        while not self.done and self.patient:
            erl_drv_cond_wait(self.cond, self.lock)
        erl_drv_mutex_unlock(self.lock)
        return b"done" if self.done else b"not yet"

    patient = True


class JobWantsPortFixed(JobWantsPort):
    """Says that it is not done yet."""

    patient = False


@planted("a callback that waits for ready_async waits for itself", JobWantsPort, JobWantsPortFixed, **UNCHECKED)
def job_wants_port(bench: Workbench, driver: type[Driver]) -> None:
    """Control answers, whether the job is done or not."""
    port = bench.open_port(driver)
    port.command()
    assert bytes(port.control(1)) in (b"done", b"not yet")


# --- wake-ups ---


class LostWakeUp(Locks):
    """One job waits for a signal of another without looking whether it has been given."""

    def begin(self) -> None:
        """Nothing has happened."""
        self.happened = False

    def output(self, buf: bytes) -> None:
        """Queue the one that waits, and the one that signals."""
        driver_async(self.port, None, self.wait, None, None)
        driver_async(self.port, None, self.signal, None, None)

    def wait(self, data: None) -> None:
        """Wait."""
        erl_drv_mutex_lock(self.lock)
        erl_drv_cond_wait(self.cond, self.lock)
        erl_drv_mutex_unlock(self.lock)

    def signal(self, data: None) -> None:
        """Signal."""
        erl_drv_mutex_lock(self.lock)
        self.happened = True
        erl_drv_cond_signal(self.cond)
        erl_drv_mutex_unlock(self.lock)


class LostWakeUpFixed(LostWakeUp):
    """Looks first."""

    def wait(self, data: None) -> None:
        """Wait unless it has happened."""
        erl_drv_mutex_lock(self.lock)
        while not self.happened:
            erl_drv_cond_wait(self.cond, self.lock)
        erl_drv_mutex_unlock(self.lock)


@planted("a condition remembers no signal: wait in a loop over what it means", LostWakeUp, LostWakeUpFixed,
         async_threads=2, **UNCHECKED)  # fmt: skip
def lost_wake_up(bench: Workbench, driver: type[Driver]) -> None:
    """Both jobs complete."""
    two_answers(bench, driver)


class IfNotWhile(Locks):
    """Two takers wait for one thing each; whoever wakes believes that there is one."""

    def begin(self) -> None:
        """An empty box."""
        self.box: list[int] = []

    def output(self, buf: bytes) -> None:
        """Queue two takers and one giver of two things."""
        for job in (self.take, self.take, self.give):
            driver_async(self.port, None, job, None, None)

    def take(self, data: None) -> None:
        """Wait for a thing, and take it."""
        erl_drv_mutex_lock(self.lock)
        if not self.box:
            erl_drv_cond_wait(self.cond, self.lock)
        self.box.pop()
        erl_drv_mutex_unlock(self.lock)

    def give(self, data: None) -> None:
        """Put things in one by one."""
        for thing in range(2):
            erl_drv_mutex_lock(self.lock)
            self.box.append(thing)
            erl_drv_cond_broadcast(self.cond)
            erl_drv_mutex_unlock(self.lock)


class IfNotWhileFixed(IfNotWhile):
    """Looks again after each wake-up."""

    def take(self, data: None) -> None:
        """Wait for a thing, and take it."""
        erl_drv_mutex_lock(self.lock)
        while not self.box:
            erl_drv_cond_wait(self.cond, self.lock)
        self.box.pop()
        erl_drv_mutex_unlock(self.lock)


@planted("being woken proves nothing: look again", IfNotWhile, IfNotWhileFixed, async_threads=3, **UNCHECKED)
def if_not_while(bench: Workbench, driver: type[Driver]) -> None:
    """All three jobs complete."""
    port = bench.open_port(driver)
    port.command()
    for _ in range(3):
        port.receive()


class OneSignal(Locks):
    """Two jobs wait for a door, and whoever opens it wakes one of them."""

    def begin(self) -> None:
        """The door is shut."""
        self.is_open = False

    def output(self, buf: bytes) -> None:
        """Queue two that wait and one that opens."""
        for job in (self.wait, self.wait, self.open_door):
            driver_async(self.port, None, job, None, None)

    def wait(self, data: None) -> None:
        """Wait at the door."""
        erl_drv_mutex_lock(self.lock)
        while not self.is_open:
            erl_drv_cond_wait(self.cond, self.lock)
        erl_drv_mutex_unlock(self.lock)

    def open_door(self, data: None) -> None:
        """Open the door."""
        erl_drv_mutex_lock(self.lock)
        self.is_open = True
        self.tell(self.cond)
        erl_drv_mutex_unlock(self.lock)

    def tell(self, cond: ErlDrvCond) -> None:
        """Wake one."""
        erl_drv_cond_signal(cond)


class OneSignalFixed(OneSignal):
    """Wakes all."""

    def tell(self, cond: ErlDrvCond) -> None:
        """Wake all."""
        erl_drv_cond_broadcast(cond)


@planted("what all wait for is broadcast", OneSignal, OneSignalFixed, async_threads=3, **UNCHECKED)
def one_signal(bench: Workbench, driver: type[Driver]) -> None:
    """All three jobs complete."""
    port = bench.open_port(driver)
    port.command()
    for _ in range(3):
        port.receive()


# --- forgotten ---


class ForgottenUnlock(Locks):
    """Returns early, and keeps the lock."""

    def begin(self) -> None:
        """Nobody was here."""
        self.visited = False

    def output(self, buf: bytes) -> None:
        """Queue two visitors, and count from the callback."""
        driver_async(self.port, None, self.visit, None, None)
        driver_async(self.port, None, self.visit, None, None)

    def visit(self, data: None) -> None:
        """The second visitor goes at once."""
        erl_drv_mutex_lock(self.lock)
        if self.visited:
            self.leave()
            return
        self.visited = True
        erl_drv_mutex_unlock(self.lock)

    def leave(self) -> None:
        """Go."""

    def control(self, command: int, buf: bytes) -> bytes:
        """Look, under the lock."""
        erl_drv_mutex_lock(self.lock)
        visited = self.visited
        erl_drv_mutex_unlock(self.lock)
        return bytes([visited])


class ForgottenUnlockFixed(ForgottenUnlock):
    """Gives it back."""

    def leave(self) -> None:
        """Give the lock back, and go."""
        erl_drv_mutex_unlock(self.lock)


@planted("every way out gives the lock back", ForgottenUnlock, ForgottenUnlockFixed, **UNCHECKED)
def forgotten_unlock(bench: Workbench, driver: type[Driver]) -> None:
    """The lock can be taken after both visits."""
    port = bench.open_port(driver)
    port.command()
    port.receive()
    port.receive()
    assert port.control(1) == [1]


# --- all threads of the pool wait ---


class PoolExhausted(Locks):
    """A job waits for a later job; with one key both stand in one queue."""

    def begin(self) -> None:
        """Nothing has happened."""
        self.happened = False
        self.key = Pointer(1)

    def output(self, buf: bytes) -> None:
        """Queue the one that waits, and the one it waits for."""
        driver_async(self.port, self.key, self.wait, None, None)
        driver_async(self.port, self.key, self.happen, None, None)

    def wait(self, data: None) -> None:
        """Wait for the other job."""
        erl_drv_mutex_lock(self.lock)
        while not self.happened:
            erl_drv_cond_wait(self.cond, self.lock)
        erl_drv_mutex_unlock(self.lock)

    def happen(self, data: None) -> None:
        """Let it happen."""
        erl_drv_mutex_lock(self.lock)
        self.happened = True
        erl_drv_cond_signal(self.cond)
        erl_drv_mutex_unlock(self.lock)


class PoolExhaustedFixed(PoolExhausted):
    """Lets each go to a thread of its own."""

    def output(self, buf: bytes) -> None:
        """Queue the one that waits, and the one it waits for."""
        driver_async(self.port, None, self.wait, None, None)
        driver_async(self.port, None, self.happen, None, None)


@planted("a job that waits for a job behind it in the queue waits for ever", PoolExhausted, PoolExhaustedFixed,
         async_threads=2, **UNCHECKED)  # fmt: skip
def pool_exhausted(bench: Workbench, driver: type[Driver]) -> None:
    """Both jobs complete."""
    two_answers(bench, driver)


# --- stop forgets who waits ---


class StopWakesNobody(Locks):
    """A job waits for commands; closing the port does not wake it."""

    def begin(self) -> None:
        """Nothing to do."""
        self.commands = 0
        self.closed = False

    def output(self, buf: bytes) -> None:
        """The first command starts the job, the second is for it."""
        erl_drv_mutex_lock(self.lock)
        self.commands += 1
        if self.commands == 1:
            driver_async(self.port, None, self.serve, None, None)
        erl_drv_cond_signal(self.cond)
        erl_drv_mutex_unlock(self.lock)

    def serve(self, data: None) -> None:
        """Wait for the second command."""
        erl_drv_mutex_lock(self.lock)
        while self.commands < 2 and not self.closed:
            erl_drv_cond_wait(self.cond, self.lock)
        erl_drv_mutex_unlock(self.lock)

    def stop(self) -> None:
        """The port is closed. The locks stay for the job."""
        self.end()

    def end(self) -> None:
        """Note it."""
        self.closed = True


class StopWakesNobodyFixed(StopWakesNobody):
    """Wakes the job."""

    def end(self) -> None:
        """Note it, and wake the job."""
        erl_drv_mutex_lock(self.lock)
        self.closed = True
        erl_drv_cond_broadcast(self.cond)
        erl_drv_mutex_unlock(self.lock)


@planted("who waits has to be told of the end too", StopWakesNobody, StopWakesNobodyFixed, **UNCHECKED)
def stop_wakes_nobody(bench: Workbench, driver: type[Driver]) -> None:
    """The driver can be unloaded while its job waits for a second command."""
    port = bench.open_port(driver)
    port.command()
    port.close()
