"""The commands that look into the emulator. They take no locks and no steps: what they show may be a moment old."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from erts_emu.shell.repl.commands import Commands
from erts_emu.shell.repl.jobs import INVOKED
from erts_emu.shell.repl.tables import described, pairs, table
from erts_emu.shell.values import OK, badarg
from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import Pid, PortId
from erts_emu.terms.spelling import atom_text

if TYPE_CHECKING:
    from erts_emu.async_pool import AsyncThreadStatistics
    from erts_emu.bifs import ProcessBifs
    from erts_emu.ddll import DriverStatistics
    from erts_emu.emulator import Emulator
    from erts_emu.port import Port, PortStatistics
    from erts_emu.process import Process
    from erts_emu.scheduler import SchedulerStatistics
    from erts_emu.shell.repl.shell import Shell

INSPECTION: Final = Commands("looking into the emulator")


# --- processes and names ---


@INSPECTION.add("i()", "the processes", needs_process=False)
def _processes(shell: Shell, _machine: Any) -> Atom:
    shell.write(processes_text(shell))
    return OK


def processes_text(shell: Shell) -> str:
    """A table of the processes."""
    return table(
        ("Pid", "Name", "Initial call", "State", "Waits for", "Msgs", "Links", "Runs on"),
        [_process_row(shell, process) for process in shell.emulator.processes],
    )


def _process_row(shell: Shell, process: ProcessBifs) -> tuple[object, ...]:
    view = process.statistics()
    state = "waiting" if view.state != "suspended" and shell.world.is_shell_process(process) else view.state
    waits = "" if view.waits_for is None else f"busy {view.waits_for}"
    name = "" if process.name is None else atom_text(process.name, shell.console.encoding)
    label = {"init": "shell"}.get(view.label, view.label)
    links = " ".join(map(str, view.links))
    return (view.pid, name, label, state, waits, view.messages, links, f"scheduler {view.scheduler}")


@INSPECTION.add("i(X, Y, Z)", "what process_info/1 says of <X.Y.Z>", needs_process=False)
def _process(shell: Shell, _machine: Any, node: Any, number: Any, serial: Any) -> Any:
    from erts_emu.shell.process_info import all_items

    if node != 0 or type(number) is not int or type(serial) is not int:
        raise badarg()
    process = shell.emulator.processes.get(Pid(number, serial))
    return Atom("undefined") if process is None else all_items(process, shell.world.session)  # type: ignore[arg-type]


@INSPECTION.add("regs()", "the registered names", needs_process=False)
def _names(shell: Shell, _machine: Any) -> Atom:
    names = shell.emulator.names
    rows = []
    for name in sorted(names.all(), key=lambda atom: atom.name):
        owner = names.whereis(name)
        if owner is not None:
            rows.append((atom_text(name, shell.console.encoding), *_owner(owner)))
    shell.write(table(("Name", "Pid or port", "What"), rows))
    return OK


def _owner(owner: Process | Port) -> tuple[object, str]:
    from erts_emu.port import Port

    return (owner.id, owner.name) if isinstance(owner, Port) else (owner.pid, owner.label)


# --- ports and drivers ---


@INSPECTION.add("ports()", "the ports", needs_process=False)
def _ports(shell: Shell, _machine: Any) -> Atom:
    rows = [
        (
            port.id, port.driver, port.owner, _port_state(port), port.queue_bytes, _tasks(port),
            port.bytes_in, port.bytes_out, " ".join(map(str, port.suspended)),
        )
        for port in (port.statistics() for port in shell.emulator.ports.all())
    ]  # fmt: skip
    heads = ("Port", "Driver", "Owner", "State", "I/O queue", "Tasks", "In", "Out", "Suspended senders")
    shell.write(table(heads, rows))
    return OK


def _tasks(port: PortStatistics) -> int:
    return len(port.tasks) + port.held_commands


def _port_state(port: PortStatistics) -> str:
    return " ".join(port.states) or "open"


@INSPECTION.add("port(P)", "all about one port", needs_process=False)
def _port(shell: Shell, _machine: Any, identifier: Any) -> Atom:
    port = _the_port(shell.emulator, identifier)
    view = port.statistics()
    shell.write(
        pairs(
            [
                ("port", view.id),
                ("name", view.name),
                ("driver", view.driver),
                ("registered name", port.registered_name or "none"),
                ("owner", view.owner),
                ("state flags", _listed(view.flags)),
                ("task flags", _listed(view.task_flags)),
                ("lock", f"{port.lock!r}, {'taken' if view.locked else 'free'}"),
                ("links", _listed(view.links)),
                ("monitored by", _listed(view.monitored_by)),
                ("driver monitors", _listed(view.driver_monitors)),
                ("suspended senders", _listed(view.suspended)),
                ("queued tasks", _listed(view.tasks)),
                ("held commands", view.held_commands),
                ("queued command bytes", view.command_bytes),
                ("I/O queue", f"{view.queue_bytes} bytes"),
                ("port data lock", "none" if port.pdl is None else repr(port.pdl)),
                ("timer", _due(shell.emulator, view.timer_due)),
                ("bytes in, out", f"{view.bytes_in}, {view.bytes_out}"),
                ("descriptors", _listed(_descriptors(shell.emulator, port))),
                ("jobs under way", _listed(job.number for job in shell.jobs.all() if job.port == str(port.id))),
                ("driver data", described(port.drv_data, 200)),
            ]
        )
    )
    return OK


def _the_port(emulator: Emulator, identifier: Any) -> Port:
    if type(identifier) is Atom:
        found: Any = emulator.names.whereis(identifier)
        identifier = getattr(found, "id", identifier)
    if type(identifier) is PortId:
        for port in emulator.ports.all():
            if port.id == identifier:
                return port
    raise badarg()


def _listed(things: Iterable[object]) -> str:
    return " ".join(map(str, things)) or "none"


def _descriptors(emulator: Emulator, port: Port) -> list[int]:
    return [fd for fd, users in emulator.check_io.selected().items() if str(port.id) in users]


def _due(emulator: Emulator, deadline: int | None) -> str:
    if deadline is None:
        return "none"
    return f"in {(deadline - emulator.layer.monotonic()) / 1e6:.1f} ms"


@INSPECTION.add("drivers()", "the drivers that are loaded", needs_process=False)
def _drivers(shell: Shell, _machine: Any) -> Atom:
    heads = ("Driver", "Status", "Ports", "References", "Users", "Locking", "From")
    shell.write(table(heads, [_driver_row(driver) for driver in shell.emulator.ddll.statistics()]))
    return OK


def _driver_row(driver: DriverStatistics) -> tuple[object, ...]:
    if driver.status == "static":
        return (driver.name, driver.status, "", "", "", driver.locking, "")
    users = " ".join(map(str, driver.users))
    return (driver.name, driver.status, driver.ports, driver.references, users, driver.locking, driver.path)


@INSPECTION.add("driver(Name)", "all about one driver", needs_process=False)
def _driver(shell: Shell, _machine: Any, name: Any) -> Atom:
    from erts_emu.driver.constants import ERL_DRV_FLAG_SOFT_BUSY

    wanted = name.name if type(name) is Atom else "".join(map(chr, name))
    driver = shell.emulator.ddll.find(wanted)
    if driver is None:
        raise badarg()
    heads = ("driver", "status", "open ports", "references", "users", "locking", "loaded from")
    busy = "soft" if driver.flags & ERL_DRV_FLAG_SOFT_BUSY else "hard"
    view = driver.statistics()
    rest = [("callbacks", " ".join(view.callbacks)), ("flags", f"{driver.flags:#x}"), ("busy ports", busy)]
    shell.write(pairs([*zip(heads, _driver_row(view), strict=True), *rest]))
    return OK


@INSPECTION.add("bundled()", "the folder of the drivers that come with erts_emu", needs_process=False)
def _bundled(_shell: Shell, _machine: Any) -> list[int]:
    from erts_emu.bundled import bundled_drivers

    return [*map(ord, bundled_drivers())]


# --- schedulers, async threads, jobs ---


@INSPECTION.add("schedulers()", "the schedulers and their run queues", needs_process=False)
def _schedulers(shell: Shell, _machine: Any) -> Atom:
    heads = (
        "Scheduler", "Processes", "Ports", "Misc", "Ready jobs", "Timers", "Aux work", "Runs", "Turns", "Reductions",
        "Sleeps", "Stolen",
    )  # fmt: skip
    shell.write(table(heads, [_scheduler_row(scheduler.statistics()) for scheduler in shell.emulator.schedulers]))
    return OK


def _scheduler_row(scheduler: SchedulerStatistics) -> tuple[object, ...]:
    return (
        scheduler.id, scheduler.processes, scheduler.ports, scheduler.misc, scheduler.ready_queue, scheduler.timers,
        _listed(scheduler.aux_work), scheduler.running or "nothing",
        scheduler.turns, scheduler.reductions, scheduler.sleeps, scheduler.stolen,
    )  # fmt: skip


@INSPECTION.add("runq()", "who stands in which run queue", needs_process=False)
def _run_queues(shell: Shell, _machine: Any) -> Atom:
    rows: list[tuple[object, ...]] = []
    for scheduler in shell.emulator.schedulers:
        queue = scheduler.runq
        for name, waiting in (("max", queue.max), ("high", queue.high), ("normal", queue.normal)):
            rows += [(scheduler.id, name, process.pid, process.label) for process in tuple(waiting)]
        rows += [(scheduler.id, "port", port.id, port.name) for port in tuple(queue.ports)]
        rows += [(scheduler.id, "misc", _name_of(operation), "") for operation in tuple(queue.misc)]
    shell.write(table(("Scheduler", "Queue", "Who", "What"), rows))
    return OK


def _name_of(function: Callable[..., Any]) -> str:
    return getattr(function, "__qualname__", repr(function))


@INSPECTION.add("async()", "the async threads and their queues", needs_process=False)
def _async(shell: Shell, _machine: Any) -> Atom:
    heads = ("Thread", "Doing", "Queued", "Longest", "Jobs done", "Spent cells")
    shell.write(table(heads, [_async_row(shell, thread) for thread in shell.emulator.async_pool.statistics().threads]))
    return OK


def _async_row(shell: Shell, thread: AsyncThreadStatistics) -> tuple[object, ...]:
    job = shell.jobs.running_on(thread.name)
    if job is None:
        doing = "nothing"
    else:
        doing = f"job {job.number} of {job.port}{'' if job.station == INVOKED else ', just taken'}"
    return (thread.name, doing, thread.queued, thread.longest_queue, thread.jobs, thread.spent)


@INSPECTION.add("jobs()", "the async jobs, and where each is", needs_process=False)
def _jobs(shell: Shell, _machine: Any) -> Atom:
    rows = []
    ready = _in_ready_queues(shell.emulator)
    for job in shell.jobs.all():
        station = ready.get(job.number) or job.station
        rows.append((job.number, job.port, job.thread, station))
    shell.write(table(("Job", "Port", "Thread", "Station"), rows))
    return OK


def _in_ready_queues(emulator: Emulator) -> dict[int, str]:
    """Which jobs stand in a ready queue."""
    from erts_emu.async_pool import AsyncJob

    return {
        item.async_id: f"in the ready queue of scheduler {scheduler.id}"
        for scheduler in emulator.schedulers
        if scheduler.ready_queue is not None
        for item in tuple(scheduler.ready_queue.thr_q.cells)
        if isinstance(item, AsyncJob)
    }


@INSPECTION.add("timers()", "the timers that are set", needs_process=False)
def _timers(shell: Shell, _machine: Any) -> Atom:
    now = shell.emulator.layer.monotonic()
    rows = [
        (scheduler.id, f"{(deadline - now) / 1e6:.3f}", _name_of(timer.action))
        for scheduler in shell.emulator.schedulers
        for deadline, _, timer in sorted(scheduler.timers.heap, key=lambda entry: entry[:2])
        if timer.action is not None
    ]
    shell.write(table(("Scheduler", "Due in ms", "What"), rows))
    return OK


# --- threads and locks ---


@INSPECTION.add("threads()", "the threads, and what each waits for", needs_process=False)
def _threads(shell: Shell, _machine: Any) -> Atom:
    simulated = shell.simulated_layer
    if simulated is None:
        import threading

        rows: list[tuple[object, ...]] = [
            (thread.name, "alive" if thread.is_alive() else "ended") for thread in threading.enumerate()
        ]
        shell.write(table(("Thread", "State"), rows))
        return OK
    rows = []
    for thread in simulated.threads:
        waits = "" if thread.waits_for is None else repr(thread.waits_for)
        deadline = "" if thread.deadline is None else f"{(thread.deadline - simulated.now) / 1e6:.3f}"
        state = "you" if thread is simulated.main else thread.state
        rows.append((thread.number, thread.name, state, waits or shell.steering.position(thread), deadline))
    shell.write(table(("Number", "Thread", "State", "At", "Until, in ms"), rows))
    return OK


@INSPECTION.add("locks()", "the locks: who holds which, and how often they were tried", needs_process=False)
def _locks(shell: Shell, _machine: Any) -> Atom:
    simulated = shell.simulated_layer
    if simulated is not None:
        held = [
            (thread.name, lock.lock.label, lock.mode, os.path.basename(lock.where))
            for thread in simulated.threads
            for lock in thread.tsd.held
        ]
        shell.write(table(("Thread", "Holds", "Mode", "Taken at"), held))
        waiting = [
            (thread.name, repr(thread.waits_for), thread.waits_for.holders())
            for thread in simulated.threads
            if type(thread.waits_for).__name__ == "SimMutex" and thread.waits_for is not None
        ]
        if waiting:
            shell.write(table(("Thread", "Waits for", "Which is"), waiting))
    counts = shell.emulator.locks.statistics()
    rows = [(name, count.tries, count.collisions) for name, count in sorted(counts.items()) if count.tries]
    shell.write(table(("Lock class", "Tries", "Collisions"), rows))
    return OK
