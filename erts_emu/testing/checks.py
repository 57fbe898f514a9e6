"""What a driver has left behind, and the rules it has broken on the way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, final

from erts_emu.testing.findings import Finding

if TYPE_CHECKING:
    from erts_emu import Emulator

_UNKNOWN: Final = "?"


@final
class Checks:
    """The checks of one emulator. They listen to its tracepoints from the start, and look around at the end."""

    def __init__(self, emu: Emulator, *, allow: Collection[str] = ()) -> None:
        self.emu = emu
        self.allowed = frozenset(allow)
        self.found: list[Finding] = []
        self.jobs: dict[int, Any] = {}
        emu.trace.subscribe(self._on_job_queued, "aio_pool_put")
        emu.trace.subscribe(self._on_job_done, "aio_ready")

    def __repr__(self) -> str:
        return f"<Checks {len(self.found)} findings>"

    def note(self, finding: Finding) -> None:
        """Remember what was found while the test ran. The same finding counts once."""
        if finding not in self.found:
            self.found.append(finding)

    def not_allowed(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return those of *findings* that the test does not allow."""
        return [finding for finding in findings if finding.rule not in self.allowed]

    # --- jobs ---

    def _on_job_queued(self, name: str, fields: Mapping[str, Any]) -> None:
        job = fields["job"]
        self.jobs.setdefault(id(job), job)

    def _on_job_done(self, name: str, fields: Mapping[str, Any]) -> None:
        job = fields["job"]
        self.jobs[id(job)] = None  # it may have been faster than the tracepoint that tells of its start
        if job.async_free is None and job.async_data is not None and job.port.number not in self.emu.ports.table:
            self.note(
                Finding(
                    "null-async-free",
                    _UNKNOWN if job.handle is None else job.handle.name,
                    f"job {job.async_id} completed after its port {job.port} had closed, and has no async_free: its "
                    "data leaks",
                    "give driver_async() an async_free that frees what the job owns",
                    _place_of(job.async_invoke),
                )
            )

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
        return Finding(
            "driver-reference",
            name,
            f"it was unloaded, but {handle.refc} references keep it in memory"
            + (f": {', '.join(holders)}" if holders else ", of port structures whose port data lock has references"),
            "drop every driver_pdl_inc_refc() with driver_pdl_dec_refc(), and let jobs end",
        )

    def lingering(self, port: Any) -> Finding:
        """Say why a closed port is still there."""
        return Finding(
            "port-lingers",
            port.driver.name,
            f"{port.id} was closed, but {port.queue_size} bytes in its I/O queue keep it alive",
            "write the queue out after flush(), or drop it with driver_deq()",
        )

    def before_halt(self) -> list[Finding]:
        """Look around once the ports are closed and the drivers unloaded."""
        return [*self.found, *self._descriptors(), *self._memory()]

    def after_halt(self) -> list[Finding]:
        """Look once more after the emulator has halted."""
        return []

    def _descriptors(self) -> Iterable[Finding]:
        for fd, ports in self.emu.check_io.selected().items():
            yield Finding(
                "selected-descriptor",
                _UNKNOWN,
                f"descriptor {fd} is still selected by {', '.join(ports)}, which has closed",
                "call driver_select(port, fd, ERL_DRV_USE, 0) in stop(), and close fd in stop_select()",
            )

    def _memory(self) -> Iterable[Finding]:
        memory = self.emu.driver_world.memory.statistics()
        if memory.blocks:
            yield Finding(
                "memory",
                _UNKNOWN,
                f"{memory.bytes} bytes in {memory.blocks} blocks of driver_alloc() were not freed",
                "call driver_free() in stop(), finish() or async_free",
            )


def _place_of(function: Any) -> str:
    code = getattr(getattr(function, "__func__", function), "__code__", None)
    return "" if code is None else f"{code.co_filename}:{code.co_firstlineno}"
