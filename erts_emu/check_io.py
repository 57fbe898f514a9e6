"""Check I/O: which port is told when a file descriptor is ready (ERTS: ``erl_check_io.c``).

A poll thread waits for all selected descriptors. A ready one becomes a port task and stays disarmed until
the task has run; then it is armed again if it is still selected: events are level-triggered.
The poll thread starts with the first ``driver_select``.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final, final

from erts_emu.driver.constants import ERL_DRV_READ, ERL_DRV_USE, ERL_DRV_USE_NO_CALLBACK, ERL_DRV_WRITE
from erts_emu.driver.errors import CALLBACK_FAILURES
from erts_emu.logs import logger
from erts_emu.poll_set import READABLE, WRITABLE, PollSet
from erts_emu.port_task import PortTask

if TYPE_CHECKING:
    from erts_emu.ddll import LoadedDriver
    from erts_emu.emulator import Emulator
    from erts_emu.ethread import Thread
    from erts_emu.port import Port

_NO_CALLBACK: Final = ERL_DRV_USE_NO_CALLBACK & ~ERL_DRV_USE
_DIRECTIONS: Final = ((ERL_DRV_WRITE, WRITABLE, "ready_output"), (ERL_DRV_READ, READABLE, "ready_input"))
"""In the order in which both directions of one descriptor are delivered."""


@final
class _Direction:
    """One direction of a descriptor: the port that is told, and the task that tells it."""

    __slots__ = ("port", "task")

    def __init__(self, port: Port) -> None:
        self.port = port
        self.task: PortTask | None = None


@final
class _Descriptor:
    """What is known of a selected file descriptor."""

    __slots__ = ("directions", "fd", "used_by")

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.directions: dict[int, _Direction] = {}
        self.used_by: LoadedDriver | None = None

    def armed(self) -> int:
        """The events to wait for: selected, and no task under way."""
        return sum(
            event for mode, event, _ in _DIRECTIONS if mode in self.directions and self.directions[mode].task is None
        )


@final
class CheckIO:
    """The selected descriptors of one emulator. ``_table`` needs ``_lock`` (class ``drv_ev_state``)."""

    def __init__(self, emu: Emulator) -> None:
        self.emu = emu
        self._lock = emu.locks.mutex("drv_ev_state", None)
        self._table: dict[int, _Descriptor] = {}
        self._poll_set: PollSet | None = None
        self._limit = sys.maxsize if sys.platform == "win32" else os.sysconf("SC_OPEN_MAX")
        self._thread: Thread | None = None

    def __repr__(self) -> str:
        return f"<CheckIO {sorted(self._table)}>"

    def selected(self) -> dict[int, list[str]]:
        """Return the selected descriptors with the ports they belong to."""
        return {
            fd: sorted({str(direction.port.id) for direction in descriptor.directions.values()})
            for fd, descriptor in sorted(self._table.items())
        }

    def drivers_of(self, fd: int) -> list[str]:
        """Return the names of the drivers whose ports have selected *fd*."""
        return sorted({direction.port.driver.name for direction in self._table[fd].directions.values()})

    # --- driver_select; the caller holds the port's lock ---

    def select(self, port: Port, fd: int, mode: int, *, on: bool) -> int:
        """Start or stop telling *port* about *fd* (ERTS: ``driver_select``). Returns 0, or -1 for a bad descriptor."""
        if fd < 0:
            return -1
        if fd >= self._limit:
            logger().error("bad_descriptor", fd=fd, ports=[str(port.id)], error=f"the largest is {self._limit - 1}")
            return -1
        if on:
            self._select_on(port, fd, mode)
            return 0
        stop = bool(mode & ERL_DRV_USE)
        callback = stop and not mode & _NO_CALLBACK
        if callback:
            mode |= ERL_DRV_READ | ERL_DRV_WRITE
        self._select_off(fd, mode)
        if callback:
            self._stop_select(port, fd)
        return 0

    def _select_on(self, port: Port, fd: int, mode: int) -> None:
        self._start()
        stolen: list[tuple[str, Port]] = []
        self._lock.acquire()
        descriptor = self._table.get(fd)
        if descriptor is None:
            descriptor = _Descriptor(fd)
        for bit, _, callback in _DIRECTIONS:
            if mode & bit:
                old = descriptor.directions.get(bit)
                if old is None or old.port is not port:
                    if old is not None:
                        stolen.append((callback, old.port))
                        self._abort(old)
                    descriptor.directions[bit] = _Direction(port)
        if descriptor.directions:
            self._table[fd] = descriptor
            if mode & ERL_DRV_USE:
                descriptor.used_by = port.driver
            self._arm(descriptor)
        self._lock.release()
        for callback, victim in stolen:
            logger().error(
                "descriptor_stolen", fd=fd, callback=callback, by=str(port.id), driver=port.driver.name,
                from_port=str(victim.id), from_driver=victim.driver.name,
            )  # fmt: skip

    def _select_off(self, fd: int, mode: int) -> None:
        self._lock.acquire()
        descriptor = self._table.get(fd)
        if descriptor is not None:
            for bit, _, _ in _DIRECTIONS:
                if mode & bit and bit in descriptor.directions:
                    self._remove(descriptor, bit)
        self._lock.release()

    def _remove(self, descriptor: _Descriptor, bit: int) -> None:
        """Stop one direction. The caller holds ``_lock``."""
        self._abort(descriptor.directions.pop(bit))
        if not descriptor.directions:
            self._table.pop(descriptor.fd, None)
        self._arm(descriptor)

    @staticmethod
    def _abort(direction: _Direction) -> None:
        if direction.task is not None:
            direction.task.cancel()
            direction.task = None

    def _stop_select(self, port: Port, fd: int) -> None:
        driver = port.driver
        if driver.stop_select is None:
            logger().error("no_stop_select", fd=fd, driver=driver.name, advice="the descriptor stays open")
            return
        if (tracepoint := self.emu.trace.driver_stop_select) is not None:
            tracepoint(driver=driver, fd=fd)
        try:
            driver.stop_select(fd, None)
        except CALLBACK_FAILURES as error:  # reported as a driver's error
            port.callback_raised("stop_select", error)
        if (tracepoint := self.emu.trace.driver_return) is not None:
            tracepoint(driver=driver, callback="stop_select", port=None)

    def _arm(self, descriptor: _Descriptor) -> None:
        assert self._poll_set is not None
        try:
            self._poll_set.update(descriptor.fd, descriptor.armed())
        except OSError as error:
            self._bad_descriptor(descriptor, error)

    def _bad_descriptor(self, descriptor: _Descriptor, error: OSError) -> None:
        self._table.pop(descriptor.fd, None)
        ports = [str(direction.port.id) for direction in descriptor.directions.values()]
        descriptor.directions.clear()
        logger().error("bad_descriptor", fd=descriptor.fd, ports=ports, error=str(error))

    # --- polling ---

    def _start(self) -> None:
        if self._poll_set is None:
            self._poll_set = PollSet()
            self._thread = self.emu.spawn_thread("0_poller", self._main)

    def _main(self) -> None:
        """Be the poll thread."""
        emu = self.emu
        emu.layer.tsd.name = "poll_thread"
        poll_set = self._poll_set
        assert poll_set is not None
        while not emu.halted:
            self._deliver(emu.layer.wait_for_io(poll_set))

    def poll(self) -> bool:
        """Look for ready descriptors without waiting; a busy simulation has no idle moment to do so."""
        if self._poll_set is None or self.emu.layer.kind == "real":
            return False
        ready = self._poll_set.poll(0)
        self._deliver(ready)
        return bool(ready)

    def _deliver(self, ready: list[tuple[int, int]]) -> None:
        for fd, events in ready:
            for bit, event, callback in _DIRECTIONS:
                if events & event:
                    self._schedule(fd, bit, callback)
            self._lock.acquire()
            descriptor = self._table.get(fd)
            if descriptor is not None:
                self._arm(descriptor)  # one direction may still wait while the other is under way
            self._lock.release()

    def _schedule(self, fd: int, bit: int, callback: str) -> None:
        self._lock.acquire()
        descriptor = self._table.get(fd)
        direction = descriptor.directions.get(bit) if descriptor is not None else None
        if direction is None or direction.task is not None:
            self._lock.release()
            return
        port = direction.port
        task = direction.task = PortTask(callback, lambda: self._run(port, fd, bit, direction, callback))
        self._lock.release()
        if not port.schedule_task(task):
            logger().error("driver_gone_without_deselecting", fd=fd, port=str(port.id), driver=port.driver.name)
            self._drop(fd, bit, direction)

    def _drop(self, fd: int, bit: int, direction: _Direction) -> None:
        """Stop one direction, unless another port has taken it over meanwhile."""
        self._lock.acquire()
        descriptor = self._table.get(fd)
        if descriptor is not None and descriptor.directions.get(bit) is direction:
            self._remove(descriptor, bit)
        self._lock.release()

    def _run(self, port: Port, fd: int, bit: int, direction: _Direction, callback: str) -> None:
        """The task: tell the port, then arm the descriptor again. Runs under the port's lock."""
        if getattr(port.driver, callback) is None:
            logger().error("no_ready_callback", callback=callback, fd=fd, driver=port.driver.name, port=str(port.id))
            self._drop(fd, bit, direction)
            return
        if not port.gone:
            port.call_back(callback, fd)
        self._lock.acquire()
        direction.task = None
        descriptor = self._table.get(fd)
        if descriptor is not None and descriptor.directions.get(bit) is direction:
            self._arm(descriptor)
        self._lock.release()

    def wake(self) -> None:
        """Let the poll thread see that the emulator has halted."""
        if self._poll_set is not None:
            self._poll_set.wake()
            self.emu.layer.wake_io()

    def close(self) -> None:
        """Join the poll thread and close the poll set. Called once, after ``wake``."""
        if self._thread is not None:
            self._thread.join()
        if self._poll_set is not None:
            self._poll_set.close()
