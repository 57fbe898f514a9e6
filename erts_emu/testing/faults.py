"""Fault injection: an API function that fails, a job that comes late or never ends, a driver that cannot be loaded.

Every fault is one call. Faults are counted from the moment they are ordered, and come at the same call on every
schedule that makes the same calls; an exploration orders them anew for each run, in the scenario.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, final

import attrs

import erts_emu.driver as api
from erts_emu.driver import INVALID_PORT
from erts_emu.native import bridge

if TYPE_CHECKING:
    from erts_emu import Emulator
    from erts_emu.testing.linkage import Linkage

_NULL: Final = (
    "driver_alloc driver_realloc driver_alloc_binary driver_realloc_binary driver_pdl_create driver_dl_open "
    "driver_dl_sym erl_drv_mutex_create erl_drv_cond_create erl_drv_rwlock_create erl_drv_thread_opts_create"
).split()
_MINUS_ONE: Final = (
    "driver_async driver_output driver_output2 driver_output_binary driver_outputv driver_output_term "
    "erl_drv_output_term driver_send_term erl_drv_send_term driver_select driver_set_timer driver_cancel_timer "
    "driver_read_timer driver_enq driver_enqv driver_enq_bin driver_pushq driver_pushqv driver_pushq_bin "
    "driver_monitor_process driver_get_now erl_drv_putenv erl_drv_getenv"
).split()
_ERRNO: Final = {"erl_drv_thread_create": errno.EAGAIN, "erl_drv_tsd_key_create": errno.ENOMEM}
_SEND: Final = ("driver_send_term", "erl_drv_send_term")

RESULTS: Final[dict[str, Any]] = {
    **dict.fromkeys(_NULL),
    **dict.fromkeys(_MINUS_ONE, -1),
    **_ERRNO,
    "driver_create_port": INVALID_PORT,
}
"""What each function returns when it fails. Others cannot."""

_NEVER: Final = 10**9


@final
class _Ordered:
    """A fault that waits for its call: the *nth* from now on, and the next *times* - 1."""

    __slots__ = ("nth", "result", "seen", "times")

    def __init__(self, nth: int, times: int, result: Any) -> None:
        if nth < 1 or times < 1:
            raise ValueError(f"nth and times count from 1, not {nth!r} and {times!r}")
        self.nth = nth
        self.times = times
        self.result = result
        self.seen = 0

    def due(self) -> bool:
        """Count a call; say whether it is one that fails."""
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times


@final
class Faults:
    """The faults of one bench. ``made`` lists those that have come true."""

    def __init__(self, emu: Emulator, linkage: Linkage) -> None:
        self._emu = emu
        self._linkage = linkage
        self.calls: dict[str, list[_Ordered]] = {}
        self._jobs: list[_Ordered] = []
        self._loads: set[str] = set()
        self._hung: list[Any] = []
        self._meddles = False
        self._killed: set[str] = set()
        self._system: dict[str, list[_Ordered]] = {}
        self._released = False
        self._made: list[str] = []
        self._for_compiled: list[tuple[str, int, int]] = []
        self._context: Any = None

    def __repr__(self) -> str:
        return f"<Faults {self.made}>"

    @property
    def made(self) -> list[str]:
        """The faults that have come true so far: those of compiled drivers last."""
        return self._made + self._made_in_c()

    # --- orders ---

    def fail(self, function: Any, *, nth: int = 1, times: int = 1, result: Any = _NEVER) -> None:
        """Make the *nth* call of an API function fail, without doing anything, and *times* in all.

        *function* is the function or its name; *result* what it returns, by default what it returns when it fails. In
        a compiled driver it is always that, and calls count from when the driver has been loaded; those of each
        isolated driver count for themselves.

        Raises ``ValueError`` for a function that cannot fail.
        """
        name = function if isinstance(function, str) else getattr(function, "__name__", repr(function))
        if result is _NEVER:
            if name not in RESULTS:
                known = "cannot fail" if name in api.__all__ else "is no function of the driver API"
                raise ValueError(f"{name} {known}: give a result, or choose from {', '.join(sorted(RESULTS))}")
            result = RESULTS[name]
        self.calls.setdefault(name, []).append(_Ordered(nth, times, result))
        if name in RESULTS:
            self._for_compiled.append((name, nth, times))
            self._order_in_c()

    def delay_job(self, seconds: float, *, nth: int = 1, times: int = 1) -> None:
        """Let the *nth* job that is queued from now on start late: its async thread sleeps first.

        Raises ``ValueError`` unless *seconds* are more than 0.
        """
        if not seconds > 0:
            raise ValueError(f"a job can be delayed by more than 0 seconds, not {seconds!r}")
        self._meddle_with_jobs()
        self._jobs.append(_Ordered(nth, times, seconds))

    def hang_job(self, *, nth: int = 1) -> None:
        """Let the *nth* job that is queued hence not return before the test ends: its thread is lost till then."""
        self._meddle_with_jobs()
        self._jobs.append(_Ordered(nth, 1, None))

    def kill_thread(self, number: int) -> None:
        """Let async thread *number* run nothing any more: jobs that are queued to it from now on stand still.

        The pool does not notice, as in OTP. At the end of the test the thread comes back, so that drivers get their
        data back. Raises ``ValueError`` if there is no such thread.
        """
        size = self._emu.async_pool.size
        if not 1 <= number <= size:
            raise ValueError(f"the async threads are numbered from 1 to {size}: there is no thread {number!r}")
        self._meddle_with_jobs()
        self._killed.add(f"async_{number}")

    def fail_load(self, name: str) -> None:
        """Let the next load of driver *name* fail: its ``init`` returns an error (``driver_init_failed``)."""
        self._loads.add(name)

    def fail_os(self, function: str, error: int, *, nth: int = 1, times: int = 1) -> None:
        """Let the *nth* call of ``os.FUNCTION`` in the drivers that are loaded raise ``OSError(error)``.

        ``fail_os("write", errno.ENOSPC)`` is a full disk, ``fail_os("open", errno.EMFILE)`` one file too many. It
        holds for drivers that use the module by its name ``os``. Raises ``ValueError`` if there is none, and for a
        function or an error that does not exist.
        """
        _check_system("os", os, function, error)
        self._system.setdefault(f"os.{function}", []).append(_Ordered(nth, times, error))
        self._stand_in("os", os, lambda: _System(self))

    def fail_socket(self, method: str, error: int, *, nth: int = 1, times: int = 1) -> None:
        """Let the *nth* call of a method of the sockets that drivers make from now on raise ``OSError(error)``.

        ``fail_socket("recv", errno.ECONNRESET)`` is a connection that breaks. It holds for drivers that use the
        module by its name ``socket``, for what their listening sockets ``accept`` too.
        """
        _check_system("socket", socket.socket, method, error)
        self._system.setdefault(f"socket.{method}", []).append(_Ordered(nth, times, error))
        self._stand_in("socket", socket, lambda: _SocketModule(self))

    def _stand_in(self, name: str, module: object, make: Callable[[], object]) -> None:
        found = False
        for namespace in self._linkage.namespaces():
            if namespace.get(name) is module:
                self._linkage.replace(namespace, name, make())
            found = found or isinstance(namespace.get(name), _System | _SocketModule)
        if not found:
            raise ValueError(f"no loaded driver uses the module {name} by that name: load the driver first")

    # --- what the bench asks ---

    def result_of(self, name: str) -> tuple[bool, Any]:
        """Say whether this call of an API function fails, and with which result."""
        for ordered in self.calls.get(name, ()):
            if ordered.due():
                self._made.append(f"{name} failed")
                return True, ordered.result
        return False, None

    def _meddle_with_jobs(self) -> None:
        """From now on look at every job that is queued, by a Python driver or a compiled one."""
        if self._meddles:
            return
        self._meddles = True
        pool: Any = self._emu.async_pool
        submit = pool.submit

        def submit_another(port: Any, key: Any, invoke: Any, data: Any, free: Any, scheduler: Any) -> Any:
            return submit(port, key, self._on_job(invoke), data, free, scheduler)

        pool.submit = submit_another
        pool.open_bundle = lambda *_: None  # compiled drivers' jobs too come one by one

    def _on_job(self, invoke: Callable[[Any], object]) -> Callable[[Any], object]:
        """Return what is to be invoked in the place of *invoke*."""
        for ordered in self._jobs:
            if ordered.due():
                invoke = self._late(invoke, ordered.result)
                break
        return self._unless_killed(invoke) if self._killed else invoke

    def on_load(self, driver: Any) -> None:
        """Let a load fail that is to fail."""
        self._order_in_c()
        if driver.name in self._loads:
            self._loads.discard(driver.name)
            self._made.append(f"load of {driver.name} failed")
            driver.entry = attrs.evolve(driver.entry, init=lambda: -1)

    def on_system(self, function: str) -> None:
        """Raise the ``OSError`` that was ordered for this call."""
        for ordered in self._system.get(function, ()):
            if ordered.due():
                self._made.append(f"{function} failed")
                raise OSError(ordered.result, os.strerror(ordered.result))

    def release(self) -> None:
        """Let jobs that hang return: the test ends."""
        self._released = True
        for event in self._hung:
            event.set()
        self._hung.clear()

    def close(self) -> None:
        """The bench has ended: compiled drivers of other emulators are none of its business."""
        if self._context is not None:
            self._made += [f"{name} failed" for name in bridge().faults_made(self._context)]
            bridge().forget_faults(self._context)
            self._context = None

    def _order_in_c(self) -> None:
        """Pass orders on to the bridge, once a compiled driver has been loaded."""
        for library in self._emu.driver_world.isolated:
            library.order_faults(self._for_compiled)
        self._context = self._emu.driver_world.native
        if self._context is not None:
            while self._for_compiled:
                bridge().order_fault(self._context, *self._for_compiled.pop(0))

    def _made_in_c(self) -> list[str]:
        names = [] if self._context is None else list(bridge().faults_made(self._context))
        for library in self._emu.driver_world.isolated:
            names += library.faults_made()
        return [f"{name} failed" for name in names]

    def _late(self, invoke: Callable[[Any], object], seconds: float | None) -> Callable[[Any], object]:
        layer = self._emu.layer

        def late(data: Any) -> object:
            if seconds is not None:
                self._made.append(f"a job came {seconds} s late")
                layer.sleep(int(seconds * 1e9))
            elif not self._released:
                self._made.append("a job hung")
                self._hang("a job that hangs")
            return invoke(data)

        return late

    def _unless_killed(self, invoke: Callable[[Any], object]) -> Callable[[Any], object]:
        layer = self._emu.layer

        def run(data: Any) -> object:
            if layer.tsd.name in self._killed and not self._released:
                self._made.append(f"{layer.tsd.name} was dead")
                self._hang("a dead thread")
            return invoke(data)

        return run

    def _hang(self, what: str) -> None:
        """Let the running thread wait for the end of the test."""
        event = self._emu.layer.event(what)
        self._hung.append(event)
        while not self._released:
            event.wait()


def _check_system(name: str, home: object, function: str, error: int) -> None:
    if not hasattr(home, function):
        raise ValueError(f"there is no function {name}.{function}")
    if error not in errno.errorcode:
        raise ValueError(f"{error!r} is no error of the system: give one of the module errno, as errno.ENOSPC")


@final
class _System:
    """The module ``os`` for a driver, with functions that fail on request."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        return _failing(self._faults, f"os.{name}", getattr(os, name))


@final
class _SocketModule:
    """The module ``socket`` for a driver, whose sockets fail on request."""

    def __init__(self, faults: Faults) -> None:
        class Socket(socket.socket):
            def __getattribute__(self, name: str) -> Any:
                return _failing(faults, f"socket.{name}", super().__getattribute__(name))

            def accept(self) -> tuple[socket.socket, Any]:
                accepted, address = super().accept()
                with accepted:  # which has no descriptor any more, when this ends
                    fd = accepted.detach()
                return Socket(self.family, self.type, self.proto, fileno=fd), address

        self.socket = Socket

    def __getattr__(self, name: str) -> Any:
        return getattr(socket, name)


def _failing(faults: Faults, name: str, value: Any) -> Any:
    if name not in faults._system:
        return value

    def call(*args: Any, **kwargs: Any) -> Any:
        faults.on_system(name)
        return value(*args, **kwargs)

    return call
