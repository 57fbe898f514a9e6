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
    from erts_emu.async_pool import AsyncThread
    from erts_emu.bifs import ProcessBifs
    from erts_emu.ddll import LoadedDriver
    from erts_emu.emulator import Emulator
    from erts_emu.port import Port
    from erts_emu.process import Process
    from erts_emu.scheduler import Scheduler
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
    links = [*map(str, process.links.values()), *map(str, process.port_links.values())]
    state = "suspended" if process.suspended_on is not None else process.state.value
    waits = f"busy {process.suspended_on.id}" if process.suspended_on is not None else ""  # type: ignore[attr-defined]
    if shell.world.is_shell_process(process):
        state = "waiting" if not waits else state
    name = "" if process.name is None else atom_text(process.name, shell.console.encoding)
    messages = len(process.messages) + len(tuple(process.inq))
    label = {"init": "shell"}.get(process.label, process.label)
    return (process.pid, name, label, state, waits, messages, " ".join(links), f"scheduler {process.runq.scheduler.id}")


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
            port.id, port.driver.name, port.connected, _port_state(port), queue_size(port), _tasks(port),
            port.bytes_in, port.bytes_out, " ".join(str(process.pid) for process in port.suspended or ()),
        )
        for port in shell.emulator.ports.all()
    ]  # fmt: skip
    heads = ("Port", "Driver", "Owner", "State", "I/O queue", "Tasks", "In", "Out", "Suspended senders")
    shell.write(table(heads, rows))
    return OK


def queue_size(port: Port) -> int:
    """The bytes in a port's I/O queue, without its lock."""
    return 0 if port.ioq is None else port.ioq.size


def _tasks(port: Port) -> int:
    return len([task for task in tuple(port._tasks or ()) if task.is_scheduled]) + len(port._held or ())


def _port_state(port: Port) -> str:
    from erts_emu.port_states import CLOSING, EXITING, SOFT_EOF
    from erts_emu.port_task import BUSY_PORT, BUSY_PORT_Q

    words = [
        word for word, flag in (("busy", port.tflags & BUSY_PORT), ("busy-queue", port.tflags & BUSY_PORT_Q)) if flag
    ]
    words += [
        word for word, flag in (("closing", CLOSING), ("exiting", EXITING), ("eof", SOFT_EOF)) if port.state & flag
    ]
    return " ".join(words) or "open"


@INSPECTION.add("port(P)", "all about one port", needs_process=False)
def _port(shell: Shell, _machine: Any, identifier: Any) -> Atom:
    from erts_emu.port_states import PortState
    from erts_emu.port_task import TaskFlags

    port = _the_port(shell.emulator, identifier)
    links = [str(pid) for pid in (port.links or {}).values()]
    watchers = [str(pid) for pid, _ in (port.monitored_by or {}).values()]
    monitors = [str(pid) for pid, _ in (port.driver_monitors or {}).values()]
    tasks = [task.kind for task in tuple(port._tasks or ()) if task.is_scheduled]
    shell.write(
        pairs(
            [
                ("port", port.id),
                ("name", port.name),
                ("driver", port.driver.name),
                ("registered name", port.registered_name or "none"),
                ("owner", port.connected),
                ("state flags", _flags(PortState(port.state))),
                ("task flags", _flags(TaskFlags(port.tflags))),
                ("lock", f"{port.lock!r}, {'taken' if port.lock.locked() else 'free'}"),
                ("links", _listed(links)),
                ("monitored by", _listed(watchers)),
                ("driver monitors", _listed(monitors)),
                ("suspended senders", _listed(str(process.pid) for process in port.suspended or ())),
                ("queued tasks", _listed(tasks)),
                ("held commands", len(port._held or ())),
                ("queued command bytes", port._msgq.size if port._msgq else 0),
                ("I/O queue", f"{queue_size(port)} bytes"),
                ("port data lock", "none" if port.pdl is None else repr(port.pdl)),
                ("timer", _due(shell.emulator, port.timer)),
                ("bytes in, out", f"{port.bytes_in}, {port.bytes_out}"),
                ("descriptors", _listed(map(str, _descriptors(shell.emulator, port)))),
                ("jobs under way", _listed(str(job.number) for job in shell.jobs.all() if job.port == str(port.id))),
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


def _flags(flags: Any) -> str:
    return " ".join(flag.name.lower() for flag in type(flags) if flag & flags) or "none"


def _listed(words: Iterable[str]) -> str:
    return " ".join(words) or "none"


def _descriptors(emulator: Emulator, port: Port) -> list[int]:
    return [fd for fd, users in emulator.check_io.selected().items() if str(port.id) in users]


def _due(emulator: Emulator, timer: Any) -> str:
    if timer is None or timer.action is None:
        return "none"
    return f"in {(timer.deadline - emulator.layer.monotonic()) / 1e6:.1f} ms"


@INSPECTION.add("drivers()", "the drivers that are loaded", needs_process=False)
def _drivers(shell: Shell, _machine: Any) -> Atom:
    heads = ("Driver", "Status", "Ports", "References", "Users", "Locking", "From")
    shell.write(table(heads, [_driver_row(driver) for driver in shell.emulator.ddll.drivers]))
    return OK


def _driver_row(driver: LoadedDriver) -> tuple[object, ...]:
    handle = driver.handle
    locking = "driver" if driver.lock is not None else "port"
    if handle is None:
        return (driver.name, "static", "", "", "", locking, "")
    users = " ".join(str(entry.process.pid) for entry in handle.users())
    status = handle.status.name.lower().replace("_", " ")
    return (
        driver.name, status, handle.ports.value, handle.references.value, users, locking, handle.path,
    )  # fmt: skip


@INSPECTION.add("driver(Name)", "all about one driver", needs_process=False)
def _driver(shell: Shell, _machine: Any, name: Any) -> Atom:
    from erts_emu.driver.constants import ERL_DRV_FLAG_SOFT_BUSY

    wanted = name.name if type(name) is Atom else "".join(map(chr, name))
    driver = shell.emulator.ddll.find(wanted)
    if driver is None:
        raise badarg()
    callbacks = [
        each
        for each in (
            "start", "stop", "output", "outputv", "control", "call", "ready_input", "ready_output", "ready_async",
            "timeout", "flush", "process_exit", "stop_select", "emergency_close",
        )
        if getattr(driver, each) is not None
    ]  # fmt: skip
    heads = ("driver", "status", "open ports", "references", "users", "locking", "loaded from")
    busy = "soft" if driver.flags & ERL_DRV_FLAG_SOFT_BUSY else "hard"
    rest = [("callbacks", " ".join(callbacks)), ("flags", f"{driver.flags:#x}"), ("busy ports", busy)]
    shell.write(pairs([*zip(heads, _driver_row(driver), strict=True), *rest]))
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
    shell.write(table(heads, [_scheduler_row(scheduler) for scheduler in shell.emulator.schedulers]))
    return OK


def _scheduler_row(scheduler: Scheduler) -> tuple[object, ...]:
    from erts_emu.scheduler import AuxWork

    queue = scheduler.runq
    ready = scheduler.ready_queue
    running: Any = scheduler.current_process
    return (
        scheduler.id, queue.process_count, len(queue.ports), len(queue.misc),
        0 if ready is None else ready.thr_q.length_dirty(), len(scheduler.timers.heap),
        _flags(AuxWork(scheduler.aux_flags.value)), "nothing" if running is None else running.pid,
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
    shell.write(table(heads, [_async_row(shell, thread) for thread in shell.emulator.async_pool.threads]))
    return OK


def _async_row(shell: Shell, thread: AsyncThread) -> tuple[object, ...]:
    job = shell.jobs.running_on(thread.name)
    if job is None:
        doing = "nothing"
    else:
        doing = f"job {job.number} of {job.port}{'' if job.station == INVOKED else ', just taken'}"
    queue = thread.thr_q
    return (thread.name, doing, queue.length_dirty(), thread.longest_queue, thread.jobs, queue.statistics().spent)


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
            for lock in thread.tsd.held or ()
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
