"""What a driver has left behind, and the rules it has broken on the way."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.driver import ERL_DRV_USE, ErlDrvBinary
from erts_emu.ethread import NANOSECONDS_PER_MILLISECOND, NANOSECONDS_PER_SECOND
from erts_emu.testing.findings import DriverWarning, Finding
from erts_emu.testing.ledger import Ledger
from erts_emu.testing.watch import place

if TYPE_CHECKING:
    from erts_emu import Emulator

_UNKNOWN: Final = "?"
LONGEST_CALLBACK: Final = {"simulated": 0.001, "real": 1.0}
"""Seconds that a callback may take. Virtual time passes only if the callback lets it: there it is what OTP's manual
asks for. The clock of real threads counts what else the machine does: there it is what no callback needs on any.
"""
_TIMED: Final = (
    "start", "stop", "output", "outputv", "control", "call", "ready_input", "ready_output", "ready_async", "timeout",
    "flush", "process_exit",
)  # fmt: skip
_MAKING: Final = frozenset(
    """driver_alloc driver_realloc driver_alloc_binary driver_realloc_binary driver_pdl_create erl_drv_mutex_create
    erl_drv_rwlock_create erl_drv_cond_create""".split()
)
_COUNTING: Final = {"driver_binary_inc_refc": 1, "driver_binary_dec_refc": -1, "driver_free_binary": -1}
_NOTED: Final = _MAKING | _COUNTING.keys() | {"erl_drv_thread_create", "driver_select"}

_DESTROY: Final = "call erl_drv_%s_destroy() in stop() or finish()"
_OBJECTS: Final = {
    "mutex": ("lock", "mutex %r was not destroyed", _DESTROY % "mutex"),
    "rwlock": ("lock", "readers-writer lock %r was not destroyed", _DESTROY % "rwlock"),
    "condition": ("lock", "condition %r was not destroyed", _DESTROY % "cond"),
    "thread": (
        "thread",
        "thread %r was not joined",
        "have it end, and call erl_drv_thread_join() in stop() or finish()",
    ),
}
"""Of compiled drivers: what a kind of object is called by rule, what to say, and what to do."""


@final
class Checks:
    """The checks of one emulator. They listen to its tracepoints from the start, and look around at the end.

    *longest_callback* are the seconds that a callback may keep its scheduler; :data:`LONGEST_CALLBACK` unless given.
    """

    def __init__(self, emu: Emulator, *, allow: Collection[str] = (), longest_callback: float | None = None) -> None:
        self.emu = emu
        self.allowed = frozenset(allow)
        if longest_callback is None:
            longest_callback = LONGEST_CALLBACK[emu.layer.kind]
        self._longest = int(longest_callback * NANOSECONDS_PER_SECOND)
        self._long: dict[tuple[str, str], tuple[int, Any]] = {}
        """Driver and callback; nanoseconds that it took, and the function."""
        self._frees: dict[int, int] = {}
        """Jobs whose free function is running, since when."""
        self.found: list[Finding] = []
        self.jobs: dict[int, Any] = {}
        self._farewells: set[int] = set()
        self._unfreed: list[Any] = []
        self.ledger = Ledger()
        self._keys: dict[str, dict[str, int]] = {}
        emu.trace.attach("aio_pool_put", self._on_job_queued)
        emu.trace.attach("aio_ready", self._on_job_done)
        emu.trace.attach("driver_async_free", self._on_free)
        emu.trace.attach("driver_async_free_return", self._on_free_return)
        emu.trace.attach("driver_finish", self._on_driver_finish)

    def __repr__(self) -> str:
        return f"<Checks {len(self.found)} findings>"

    def note(self, finding: Finding) -> None:
        """Remember what was found while the test ran. The same finding counts once."""
        if finding not in self.found:
            self.found.append(finding)

    def not_allowed(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return those of *findings* that the test does not allow."""
        return [finding for finding in findings if finding.rule not in self.allowed]

    # --- calls ---

    def on_load(self, driver: Any) -> None:
        """Have the driver's callbacks timed, and of a compiled driver's calls seen what matters here."""
        if driver.compiled:
            self._see_compiled()
        for name in _TIMED:
            callback = getattr(driver, name)
            if callback is not None:
                setattr(driver, name, self._timed(callback, name, driver))

    def _timed(self, callback: Callable[..., Any], name: str, driver: Any) -> Callable[..., Any]:
        moment = self.emu.layer.monotonic
        longest = self._longest

        def timed(*args: Any) -> Any:
            begun = moment()
            try:
                return callback(*args)
            finally:
                if (took := moment() - begun) > longest:
                    self._note_long(took, name, driver.name, getattr(driver.entry, name))

        return timed

    def _on_free(self, *, job: Any, **_: Any) -> None:
        """``async_free`` keeps a scheduler too, though it is no callback of the driver entry.

        Without async threads it runs inside the callback that queued the job, in whose time it is: *job* is a port.
        """
        if hasattr(job, "async_id"):
            self._frees[job.async_id] = self.emu.layer.monotonic()

    def _on_free_return(self, *, job: Any, **_: Any) -> None:
        if not hasattr(job, "async_id"):
            return
        took = self.emu.layer.monotonic() - self._frees.pop(job.async_id)
        if took > self._longest:
            self._note_long(took, "async_free", _driver_of_job(job), job.async_free)

    def _note_long(self, took: int, callback: str, driver: str, function: Any) -> None:
        """Remember the longest of each callback."""
        if took > self._long.get((driver, callback), (0, None))[0]:
            self._long[driver, callback] = (took, function)

    def _long_callbacks(self) -> Iterable[Finding]:
        limit = f"{self._longest / NANOSECONDS_PER_MILLISECOND:g} ms"
        for (driver, callback), (took, function) in self._long.items():
            yield Finding(
                "long-callback",
                driver,
                f"{callback} kept its scheduler for {took / NANOSECONDS_PER_MILLISECOND:g} ms: nothing else ran there",
                f"return within {limit}; leave long work to driver_async(), waiting to a timer",
                _place_of(function),
            )

    def on_call(self, name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Make a driver's call of the API, and write down what it made or gave back."""
        if name == "driver_async" and len(args) > 1:
            self._note_key(args[0], args[1])
        result = function(*args, **kwargs)
        if name in _NOTED:
            self._note_call(name, args, result)
        return result

    def _note_call(self, name: str, args: tuple[Any, ...], result: Any) -> None:
        if name in _MAKING:
            self.ledger.made(result, self._driver_of(args))
        elif name in _COUNTING and args and isinstance(args[0], ErlDrvBinary):
            self.ledger.counted(args[0], _COUNTING[name], self._driver_of(args))
        elif name == "erl_drv_thread_create" and result == 0:
            self.ledger.made(args[1].value, self._driver_of(args))
        elif name == "driver_select" and len(args) == 4:
            port, event, mode, on = args
            self._note_select(port._port, event, mode, place(), on=on)

    def _driver_of(self, args: tuple[Any, ...]) -> str:
        port = getattr(args[0], "_port", None) if args else None
        driver = getattr(port, "driver", None)
        if driver is not None:
            return str(driver.name)
        names = [driver.name for driver in self.emu.ddll.drivers]
        return names[0] if len(names) == 1 else _UNKNOWN

    def _note_key(self, port: Any, key: Any) -> None:
        if key is not None:
            driver = self._driver_of((port,))
            self._keys.setdefault(driver, {}).setdefault(repr(port), key.value)

    def _note_select(self, port: Any, event: int, mode: int, where: str, *, on: int) -> None:
        driver = getattr(port, "driver", None)
        if on and mode & ERL_DRV_USE and driver is not None and driver.stop_select is None:
            self.note(
                Finding(
                    "no-stop-select",
                    driver.name,
                    f"descriptor {event} was selected with ERL_DRV_USE, but the driver has no stop_select: nobody can "
                    "say when it may be closed",
                    "define stop_select(event, reserved), and close the descriptor there",
                    where,
                )
            )

    def _see_compiled(self) -> None:
        """See the keys of jobs and what is selected where every driver's calls come by: nobody wraps those from C."""
        pool: Any = self.emu.async_pool
        check_io: Any = self.emu.check_io
        if "select" in vars(check_io):
            return
        submit, select = pool.submit, check_io.select

        def submit_noted(port: Any, key: Any, *more: Any) -> Any:
            self._note_key(port.handle, key)
            return submit(port, key, *more)

        def select_noted(port: Any, fd: int, mode: int, *, on: bool) -> Any:
            if port.driver.compiled:
                self._note_select(port, fd, mode, "", on=on)
            return select(port, fd, mode, on=on)

        pool.submit, check_io.select = submit_noted, select_noted

    def warn(self) -> None:
        """Warn of what is no error, but hardly intended."""
        for driver, keys in self._keys.items():
            if len(keys) > 1 and len(set(keys.values())) == 1 and self.emu.async_pool.size > 1:
                warnings.warn(
                    f"driver {driver!r} queues the jobs of {len(keys)} ports with the same key "
                    f"{next(iter(keys.values()))}: one async thread runs them all. Take driver_async_port_key(port), "
                    "or no key",
                    DriverWarning,
                    stacklevel=2,
                )

    # --- jobs ---

    def _on_job_queued(self, *, job: Any, **_: Any) -> None:
        self.jobs.setdefault(job.async_id, job)
        if self.emu.ports.lookup(job.port) is None:
            self._farewells.add(job.async_id)

    def _on_job_done(self, *, job: Any, **_: Any) -> None:
        self.jobs[job.async_id] = None  # it may have been faster than the tracepoint that tells of its start
        if job.async_free is None and job.async_data is not None and job.port.number not in self.emu.ports.table:
            self._unfreed.append(job)

    def _late_jobs(self) -> Iterable[Finding]:
        """Jobs that nobody freed. What stop itself queues cannot count on ready_async: such a job frees its own."""
        for job in self._unfreed:
            if job.async_id not in self._farewells:
                yield Finding(
                    "null-async-free",
                    _driver_of_job(job),
                    f"job {job.async_id} completed after its port {job.port} had closed, and has no async_free: its "
                    "data leaks",
                    "give driver_async() an async_free that frees what the job owns",
                    _place_of(job.async_invoke),
                )

    # --- compiled drivers ---

    def _on_driver_finish(self, *, driver: Any, **_: Any) -> None:
        """Have the memory of a compiled driver counted between ``finish`` and the end of its library."""
        library: Any = getattr(driver.handle, "library", None)
        memory = getattr(library, "memory", None)
        if memory is None:
            return
        close = library.close

        def count_and_close() -> None:
            for (callback, kind), sizes in _grouped(memory()).items():
                rule, function = ("binary", "driver_free_binary") if kind == "binary" else ("memory", "driver_free")
                what = f"{len(sizes)} x {kind}, {sum(sizes)} bytes in all, allocated in {callback}, were not freed"
                self.note(Finding(rule, driver.name, what, f"call {function}() in stop(), finish() or async_free"))
            for callback, kind, name in library.objects():
                rule, wrong, advice = _OBJECTS[kind]
                self.note(Finding(rule, driver.name, f"{wrong % name}; it was made in {callback}", advice))
            close()

        library.close = count_and_close

    # --- at the end ---

    def held(self, name: str) -> Finding | None:
        """Say what keeps an unloaded driver in memory; None if nothing does."""
        driver = next((driver for driver in self.emu.ddll.drivers if driver.name == name), None)
        if driver is None or driver.handle is None:
            return None
        handle = driver.handle
        if handle.status.name == "PERMANENT":
            return None
        jobs = sum(job is not None and job.handle is handle for job in self.jobs.values())
        holders = [f"{handle.port_count} open ports"] if handle.port_count else []
        holders += [f"{jobs} jobs in flight"] if jobs else []
        holders += self.ledger.pdls_left()
        return Finding(
            "driver-reference",
            name,
            f"unloaded, but {handle.refc} references keep it in memory: {', '.join(holders) or 'of unknown origin'}",
            "drop every driver_pdl_inc_refc() with driver_pdl_dec_refc(), and let jobs end",
        )

    def lingering(self, port: Any) -> Finding:
        """Say why a closed port is still there, and what it has that would go with it."""
        seen = port.statistics()
        also = [] if seen.timer_due is None else [f"its timer, set to {seen.timer_due / 1e9:g} s"]
        also += [f"its monitor of {pid}" for pid in seen.driver_monitors]
        also += [] if seen.pdl_references is None else [f"its port data lock with {seen.pdl_references} references"]
        return Finding(
            "port-lingers",
            port.driver.name,
            f"{port.id} was closed, but {port.queue_size} bytes in its I/O queue keep it alive"
            + (f", and with it {', '.join(also)}" if also else ""),
            "write the queue out after flush(), or drop it with driver_deq()",
        )

    def before_halt(self) -> list[Finding]:
        """Look around once the ports are closed and the drivers unloaded.

        A driver that is loaded still, because the bench has not loaded it, may still give back what it has.
        """
        loaded = {driver.name for driver in self.emu.ddll.drivers if driver.handle is None or driver.handle.users()}
        left = [finding for finding in self.ledger.left() if finding.driver not in loaded]
        during = [*self.found, *self._long_callbacks()]
        return [*during, *self._late_jobs(), *self._descriptors(), *left, *self._memory()]

    def _descriptors(self) -> Iterable[Finding]:
        for fd, ports in self.emu.check_io.selected().items():
            yield Finding(
                "selected-descriptor",
                ", ".join(self.emu.check_io.drivers_of(fd)),
                f"descriptor {fd} is still selected by {', '.join(ports)}, which has closed",
                "call driver_select(port, fd, ERL_DRV_USE, 0) in stop(), and close fd in stop_select()",
            )

    def _memory(self) -> Iterable[Finding]:
        memory = self.emu.driver_world.memory.statistics()
        if memory.blocks > self.ledger.blocks_left():
            yield Finding(
                "memory",
                _UNKNOWN,
                f"{memory.blocks} blocks of driver_alloc() were not freed, {memory.bytes} bytes in all",
                "call driver_free() in stop(), finish() or async_free",
            )


def _grouped(blocks: Iterable[tuple[str, str, int]]) -> dict[tuple[str, str], list[int]]:
    groups: dict[tuple[str, str], list[int]] = {}
    for callback, kind, size in blocks:
        groups.setdefault((callback, kind), []).append(size)
    return groups


def _driver_of_job(job: Any) -> str:
    return _UNKNOWN if job.handle is None else str(job.handle.name)


def _place_of(function: Any) -> str:
    """Where a Python driver's function is; nothing for what stands for a compiled one's."""
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    own = str(getattr(function, "__module__", "")).startswith("erts_emu.")
    return "" if code is None or own else f"{code.co_filename}:{code.co_firstlineno}"
