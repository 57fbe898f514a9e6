"""An emulator on the workbench: a driver under test, its ports, the clock, and the checks at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal, Self, final

from erts_emu import ANY, Emulator
from erts_emu.driver import Driver, DriverEntry
from erts_emu.errors import ErlangError, ReceiveTimeout
from erts_emu.ethread import InOrder, Replay, Schedule, SimulationOver, Strategy, ThreadLayer
from erts_emu.terms import Atom, PortId, Reference
from erts_emu.testing.checks import Checks
from erts_emu.testing.explorer.layer import ExploredThreads
from erts_emu.testing.faults import Faults
from erts_emu.testing.findings import CheckFailed, Finding
from erts_emu.testing.linkage import Linkage
from erts_emu.testing.watch import Watcher, watch_driver

if TYPE_CHECKING:
    from erts_emu.attached_process import AttachedProcess

PATIENCE: Final = 5.0
"""Seconds of the emulator's time that closing a port or unloading a driver may take at the end of a test."""
ThreadsChoice = Literal["real", "simulated"]
_DATA: Final = Atom("data")


@final
class VirtualClock:
    """The emulator's clock, in seconds. Simulated, it moves only while every thread waits, or here."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

    def __repr__(self) -> str:
        return f"<VirtualClock {self.now:.6f} s>"

    @property
    def now(self) -> float:
        """Seconds since the emulator began (real threads: on the system's monotonic clock)."""
        return self._bench.emu.layer.monotonic() / 1e9

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass; what falls due on the way happens in order."""
        self._bench.me.sleep(seconds)


@final
class PortUnderTest:
    """An open port. ``id`` is the term that BIFs take; the shortcuts below use the bench's own process."""

    def __init__(self, bench: Workbench, port_id: PortId) -> None:
        self.bench = bench
        self.id = port_id

    def __repr__(self) -> str:
        return f"<PortUnderTest {self.id}>"

    def command(self, data: Any = b"") -> None:
        """``port_command/2``."""
        self.bench.me.port_command(self.id, data)

    def control(self, operation: int, data: Any = b"") -> Any:
        """``port_control/3``."""
        return self.bench.me.port_control(self.id, operation, data)

    def call(self, operation: int, term: Any) -> Any:
        """``port_call/3``."""
        return self.bench.me.port_call(self.id, operation, term)

    def receive(self, timeout: float = PATIENCE) -> Any:
        """Return the data of the port's next ``{Port, {data, Data}}``. Raises ``ReceiveTimeout``."""
        return self.bench.me.receive((self.id, (_DATA, ANY)), timeout=timeout)[1][1]

    def close(self) -> None:
        """``port_close/1``."""
        self.bench.me.port_close(self.id)

    @property
    def is_open(self) -> bool:
        """False once the port takes no commands any more."""
        return self.bench.emu.ports.lookup(self.id) is not None


@final
class DriverUnderTest:
    """A loaded driver."""

    def __init__(self, bench: Workbench, name: str) -> None:
        self.bench = bench
        self.name = name

    def __repr__(self) -> str:
        return f"<DriverUnderTest {self.name}>"

    def open(self, *settings: Any, command: str = "", binary: bool = True) -> PortUnderTest:
        """Open a port of the driver, with ``binary`` unless told otherwise, and further *settings*."""
        name = f"{self.name} {command}" if command else self.name
        port = self.bench.me.open_port(("spawn_driver", name), [*(["binary"] if binary else []), *settings])
        return PortUnderTest(self.bench, port)

    def unload(self) -> None:
        """Unload the driver, killing its ports, and wait until it is gone. Raises ``CheckFailed`` if it stays."""
        self.bench.unload(self.name)


@final
class Workbench:
    """An emulator with the process, the drivers and the ports of one test.

    As a context manager it ends with :meth:`finish`, or with :meth:`abandon` if the body raised. *options* are the
    emulator's, with simulated threads unless said otherwise. *allow* names rules that may be broken;
    ``checks=False`` looks for nothing but exceptions in callbacks. *longest_callback* are the seconds that a callback
    may keep its scheduler: a millisecond of virtual time, or a second on real threads, unless given. *watch* makes
    accesses to the attributes of ports' *drv_data* steps of the simulation, and checks them.
    """

    def __init__(
        self,
        *,
        threads: ThreadsChoice | ThreadLayer = "simulated",
        checks: bool = True,
        watch: bool = True,
        allow: Collection[str] = (),
        longest_callback: float | None = None,
        strategy: Strategy | None = None,
        seed: int = 0,
        replay: str | None = None,
        **options: Any,
    ) -> None:
        if threads == "simulated":
            threads, strategy, seed, replay = _explored(strategy, seed, replay), None, 0, None
        self.emu = Emulator(threads=threads, strategy=strategy, seed=seed, replay=replay, **options)
        self.checks = Checks(self.emu, allow=allow, longest_callback=longest_callback) if checks else None
        layer = self.emu.layer
        self.linkage = Linkage(self)
        self.faults = Faults(self.emu, self.linkage)
        self.watcher: Watcher | None = None
        self.emu.trace.attach("driver_init", self._on_driver_init)
        if isinstance(layer, ExploredThreads):
            self.emu.trace.attach("driver_async_invoke", self._on_job_start)
        if watch and isinstance(layer, ExploredThreads):
            self.watcher = Watcher(layer, self.checks)
            self.emu.trace.attach("port_terminate", self._on_port_terminate)
        self.clock = VirtualClock(self)
        self._me: AttachedProcess | None = None
        self._drivers: list[str] = []
        self._at_end: list[Callable[[], None]] = []
        self.ended = False

    def __repr__(self) -> str:
        return f"<Workbench {self.emu!r} {self._drivers}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        __tracebackhide__ = True
        if error is not None:
            self.abandon(error)
            return
        try:
            self.finish()
        except BaseException as failure:
            self.abandon(failure)
            raise

    @property
    def me(self) -> AttachedProcess:
        """The test as a process, attached when it is first asked for. It traps exits, so that no port takes it down."""
        if self._me is None:
            self._me = self.emu.attach(name="test", trap_exit=True)
        return self._me

    def _on_driver_init(self, *, driver: Any, **_: Any) -> None:
        self.linkage.link_driver(driver)
        self.faults.on_load(driver)
        if self.checks is not None:
            self.checks.on_load(driver)
        if self.watcher is not None:
            watch_driver(driver, self.watcher)

    def _on_job_start(self, *, job: Any, **_: Any) -> None:
        self._start_of(f"job {job.async_id}")

    def _start_of(self, what: str) -> None:
        """Make the start of a job or a thread a step: to drivers it matters when that comes."""
        layer: Any = self.emu.layer
        layer.driver_steps += 1
        layer.point("start", _Start(what))

    def _starting(self, function: Any) -> Any:
        def run(arg: Any) -> Any:
            if self.emu.layer.kind == "simulated":
                self._start_of("driver's thread")
            return function(arg)

        return run

    def _on_port_terminate(self, *, port: Any, **_: Any) -> None:
        assert self.watcher is not None
        self.watcher.stopped(port.drv_data, str(port.id))

    def api_called(self, name: str, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Make a driver's call of the API: let it fail if that was ordered, and keep the accounts."""
        if name in self.faults.calls:
            failed, result = self.faults.result_of(name)
            if failed:
                return result
        if name == "driver_async" and len(args) == 5 and not kwargs:
            port, _, invoke, data, free = args
            self.linkage.link_function(invoke)
            if free is not None:
                self.linkage.link_function(free)
            watcher = None if data is None else self.watcher
            if watcher is not None and (owner := getattr(port._port, "driver", None)) is not None:
                watcher.watch(data, owner.name)
        elif name == "erl_drv_thread_create" and len(args) > 2:
            self.linkage.link_function(args[2])
            if callable(args[2]):
                args = (*args[:2], self._starting(args[2]), *args[3:])
        if self.checks is None:
            return function(*args, **kwargs)
        return self.checks.on_call(name, function, args, kwargs)

    # --- what a test does ---

    def driver(self, driver: Any, name: str | None = None) -> DriverUnderTest:
        """Load a driver: a ``Driver`` class, a ``DriverEntry``, a plugin with *name*, or a folder with *name* in it.

        Raises ``DriverLoadError``.
        """
        if name is None:
            name = _name_of(driver)
        path = os.fspath(driver) if isinstance(driver, os.PathLike) else driver
        self.me.erl_ddll.load(path, name)
        self._drivers.append(name)
        return DriverUnderTest(self, name)

    def open_port(self, driver: Any, *settings: Any, command: str = "", binary: bool = True) -> PortUnderTest:
        """Open a port of *driver*: one that :meth:`driver` returned, or anything it takes without a name."""
        if not isinstance(driver, DriverUnderTest):
            name = _name_of(driver)
            loaded = name in self._drivers
            driver = DriverUnderTest(self, name) if loaded else self.driver(driver)
        port: PortUnderTest = driver.open(*settings, command=command, binary=binary)
        return port

    def unload(self, name: str) -> None:
        """Unload a driver and wait until it is gone. Raises ``CheckFailed`` if something holds it."""
        result = self.me.erl_ddll.try_unload(name, [("monitor", "pending_driver"), "kill_ports"])
        if name in self._drivers:
            self._drivers.remove(name)
        if isinstance(result[-1], Reference):
            try:
                self.me.receive((ANY, result[-1], ANY, ANY, ANY), timeout=PATIENCE)
            except ReceiveTimeout:
                if self.checks is not None and (finding := self.checks.held(name)) is not None:
                    raise CheckFailed([finding]) from None

    def at_end(self, function: Callable[[], None]) -> None:
        """Have *function* called when the bench ends, last one first, also if the test failed."""
        self._at_end.append(function)

    # --- the end ---

    def finish(self) -> None:
        """Close ports, unload drivers, halt, and look what is left behind.

        Raises the first error of a driver's callback, then ``CheckFailed``, then whatever halting raised. If it raises,
        :meth:`abandon` is still to be called. Idempotent.
        """
        __tracebackhide__ = True
        if self.ended:
            return
        self._finish()
        self.ended = True
        self._run_at_end()

    def _finish(self) -> None:
        __tracebackhide__ = True
        self._raise_driver_error()
        checks = self.checks
        findings: list[Finding] = []
        self.faults.release()
        if not self.emu.halting:
            findings += self._close_ports()
            self._raise_driver_error()
            findings += self._unload_drivers()
        self._raise_driver_error()
        if checks is not None:
            findings += checks.before_halt()
        layer = self.emu.layer
        if isinstance(layer, ExploredThreads):
            layer.pause()  # all has happened that is under test
        self.emu.halt(flush=not findings)
        self._raise_driver_error()
        if checks is not None:
            checks.warn()
            if findings := checks.not_allowed(findings):
                raise CheckFailed(findings)

    def _raise_driver_error(self) -> None:
        __tracebackhide__ = True
        if self.emu.driver_errors:
            raise self.emu.driver_errors[0]

    def _close_ports(self) -> Sequence[Finding]:
        """Close what the test left open, and give flush time to write what is queued."""
        ports = self.emu.ports
        if not len(ports):
            return []
        for port in ports.all():
            try:
                self.me.port_close(port.id)
            except ErlangError:
                continue  # it has closed by itself meanwhile
        deadline = self.clock.now + PATIENCE
        moment = 0.001
        while len(ports) and self.clock.now < deadline:
            self.me.sleep(moment)
            moment *= 2
        return [] if self.checks is None else [self.checks.lingering(port) for port in ports.all()]

    def _unload_drivers(self) -> Sequence[Finding]:
        findings: list[Finding] = []
        for name in reversed(self._drivers.copy()):
            try:
                self.unload(name)
            except CheckFailed as failed:
                findings += failed.findings
        return findings

    def abandon(self, error: BaseException | None = None) -> None:
        """Halt at once, after a failed test; what callbacks raised is noted on *error*. Idempotent."""
        if self.ended:
            return
        self.ended = True
        self.faults.release()
        if error is not None:
            for driver_error in self.emu.driver_errors:
                if driver_error is not error:
                    error.add_note(f"before that, {driver_error}")
        self._halt_after(error)
        self._run_at_end()

    def _halt_after(self, error: BaseException | None) -> None:
        try:
            self.emu.halt(flush=False)
        except (Exception, SimulationOver) as second:
            if error is None:
                raise
            error.add_note(f"halting the emulator then failed too: {second!r}")

    def _run_at_end(self) -> None:
        self.linkage.undo()
        self.faults.close()
        if self.watcher is not None:
            self.watcher.close()
        while self._at_end:
            self._at_end.pop()()


@final
class _Start:
    """What a thread is about to run, as the resource of a step."""

    def __init__(self, label: str) -> None:
        self.label = label

    def __repr__(self) -> str:
        return f"<{self.label}>"


def _explored(strategy: Strategy | None, seed: int, replay: str | None) -> ExploredThreads:
    if replay is not None:
        schedule = Schedule.parse(replay)
        return ExploredThreads(Replay(schedule), seed=schedule.seed)
    return ExploredThreads(InOrder() if strategy is None else strategy, seed=seed)


def _name_of(driver: Any) -> str:
    if isinstance(driver, DriverEntry) or (isinstance(driver, type) and issubclass(driver, Driver)):
        return driver.driver_name
    raise TypeError(f"{driver!r} does not tell the driver's name: give it as second argument")
