"""BIFs on the whole system: ``system_info``, ``statistics``, ``memory``, unique integers."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, Final

from erts_emu.shell.lib._arguments import a_list, an_atom, chars
from erts_emu.shell.lib.erlang import LIBRARY
from erts_emu.shell.values import FALSE, TRUE, UNDEFINED, badarg, boolean
from erts_emu.terms.atoms import Atom

_VERSION: Final = "13.1.5"
_RELEASE: Final = "25"


def _count(attribute: str) -> Callable[[Any], int]:
    return lambda machine: len(getattr(machine.process.emu, attribute))


def _schedulers(machine: Any) -> int:
    return len(machine.process.emu.schedulers)


_INFO: Final[dict[str, Callable[[Any], Any]]] = {
    "version": lambda _machine: chars(_VERSION),
    "otp_release": lambda _machine: chars(_RELEASE),
    "system_version": lambda machine: chars(
        f"Erlang/OTP {_RELEASE} [erts-{_VERSION}] [source] [64-bit] "
        f"[smp:{_schedulers(machine)}:{_schedulers(machine)}] "
        f"[ds:{_schedulers(machine)}:{_schedulers(machine)}:10] [async-threads:{_async_threads(machine)}]\n"
    ),
    "driver_version": lambda _machine: chars("3.3"),
    "nif_version": lambda _machine: chars("2.16"),
    "machine": lambda _machine: chars("BEAM"),
    "system_architecture": lambda _machine: chars("x86_64-pc-linux-gnu"),
    "wordsize": lambda _machine: 8,
    "modified_timing_level": lambda _machine: UNDEFINED,
    "message_queue_data": lambda _machine: Atom("on_heap"),
    "scheduler_bind_type": lambda _machine: Atom("unbound"),
    "scheduler_bindings": lambda machine: (Atom("unbound"),) * _schedulers(machine),
    "multi_scheduling_blockers": lambda _machine: [],
    "normal_multi_scheduling_blockers": lambda _machine: [],
    "min_heap_size": lambda _machine: (Atom("min_heap_size"), 233),
    "fullsweep_after": lambda _machine: (Atom("fullsweep_after"), 65535),
    "dynamic_trace": lambda _machine: Atom("none"),
    "end_time": lambda _machine: 8646911283000000000,
    "endian": lambda _machine: Atom(sys.byteorder),
    "schedulers": _schedulers,
    "schedulers_online": lambda machine: machine.process.emu.schedulers_online,
    "scheduler_id": lambda machine: machine.process.emu.current_scheduler().id,
    "logical_processors": lambda _machine: os.cpu_count() or UNDEFINED,
    "logical_processors_available": lambda _machine: os.cpu_count() or UNDEFINED,
    "logical_processors_online": lambda _machine: os.cpu_count() or UNDEFINED,
    "thread_pool_size": lambda machine: len(machine.process.emu.async_pool.threads),
    "threads": lambda _machine: TRUE,
    "smp_support": lambda _machine: TRUE,
    "multi_scheduling": lambda _machine: Atom("enabled"),
    "port_count": _count("ports"),
    "port_limit": lambda machine: machine.process.emu.ports.size,
    "port_parallelism": lambda machine: boolean(machine.process.emu.port_parallelism),
    "process_count": _count("processes"),
    "process_limit": lambda machine: machine.process.emu.processes.limit,
    "atom_limit": lambda _machine: 1048576,
    "atom_count": lambda _machine: _atom_count(),
    "ets_limit": lambda _machine: 8192,
    "ets_count": lambda machine: len(machine.session.tables),
    "dirty_cpu_schedulers": _schedulers,
    "dirty_cpu_schedulers_online": lambda machine: machine.process.emu.schedulers_online,
    "dirty_io_schedulers": lambda _machine: 10,
    "heap_type": lambda _machine: Atom("private"),
    "creation": lambda _machine: 0,
    "tolerant_timeofday": lambda _machine: Atom("enabled"),
    "time_correction": lambda _machine: TRUE,
    "time_warp_mode": lambda _machine: Atom("no_time_warp"),
    "time_offset": lambda _machine: Atom("final"),
    "os_monotonic_time_source": lambda _machine: [],
    "kernel_poll": lambda _machine: TRUE,
    "debug_compiled": lambda _machine: FALSE,
    "lock_checking": lambda machine: boolean(machine.process.emu.locks.checker is not None),
    "lock_counting": lambda _machine: FALSE,
    "build_type": lambda _machine: Atom("opt"),
    "emu_type": lambda _machine: Atom("opt"),
    "emu_flavor": lambda _machine: Atom("emu"),
    "start_time": lambda machine: machine.session.start_time(),
    "taints": lambda machine: list(machine.process.emu.ddll.taints),
    "dist": lambda _machine: [],
    "c_compiler_used": lambda _machine: UNDEFINED,
    "compat_rel": lambda _machine: int(_RELEASE),
    "cpu_quota": lambda _machine: Atom("unknown"),
    "cpu_topology": lambda _machine: UNDEFINED,
    "update_cpu_info": lambda _machine: Atom("unchanged"),
    "alloc_util_allocators": lambda _machine: [],
    "delayed_node_table_gc": lambda _machine: 60,
    "dist_buf_busy_limit": lambda _machine: 1 << 20,
    "dist_ctrl": lambda _machine: [],
    "dynamic_trace_probes": lambda _machine: FALSE,
    "eager_check_io": lambda _machine: TRUE,
    "port_tasks": lambda _machine: TRUE,
    "break_ignored": lambda _machine: FALSE,
    "trace_control_word": lambda _machine: 0,
    "garbage_collection": lambda _machine: [
        (Atom("max_heap_size"), 0),
        (Atom("min_bin_vheap_size"), 46422),
        (Atom("min_heap_size"), 233),
        (Atom("fullsweep_after"), 65535),
    ],
}


def _async_threads(machine: Any) -> int:
    return len(machine.process.emu.async_pool.threads)


def _atom_count() -> int:
    from erts_emu.terms.atoms import _table

    return len(_table)


@LIBRARY.context("system_info")
def _system_info(machine: Any, item: Any) -> Any:
    if item in ((Atom("wordsize"), Atom("internal")), (Atom("wordsize"), Atom("external"))):
        return 8
    getter = _INFO.get(item.name) if type(item) is Atom else None
    if getter is None:
        raise badarg()
    return getter(machine)


@LIBRARY.context("statistics")
def _statistics(machine: Any, item: Any) -> Any:
    name = an_atom(item).name
    emu = machine.process.emu
    if name in ("runtime", "wall_clock"):
        milliseconds = machine.session.running_time() // 1_000_000
        return (milliseconds, machine.session.since(name, milliseconds))
    if name == "reductions":
        total = sum(scheduler.reductions for scheduler in emu.schedulers)
        return (total, machine.session.since(name, total))
    if name == "run_queue" or name == "total_run_queue_lengths":
        return sum(scheduler.runq.length for scheduler in emu.schedulers)
    if name == "context_switches":
        return (sum(scheduler.turns for scheduler in emu.schedulers), 0)
    if name == "garbage_collection":
        return (0, 0, 0)
    if name == "io":
        ports = emu.ports.all()
        totals = (sum(port.bytes_in for port in ports), sum(port.bytes_out for port in ports))
        return ((Atom("input"), totals[0]), (Atom("output"), totals[1]))
    if name == "scheduler_wall_time":
        return UNDEFINED
    raise badarg()


@LIBRARY.context("memory", 0, 1)
def _memory(machine: Any, item: Any = None) -> Any:
    kinds = ("total", "processes", "processes_used", "system", "atom", "atom_used", "binary", "code", "ets")
    used = dict.fromkeys(kinds, 0)
    if item is None:
        return [(Atom(name), size) for name, size in used.items()]
    if type(item) is list:
        return [(each, _memory(machine, each)) for each in item]
    if an_atom(item).name not in used:
        raise badarg()
    return used[item.name]


@LIBRARY.context("unique_integer", 0, 1, needs_process=False)
def _unique_integer(machine: Any, modifiers: Any = None) -> int:
    names = [an_atom(modifier).name for modifier in ([] if modifiers is None else a_list(modifiers))]
    if set(names) - {"positive", "monotonic"}:
        raise badarg()
    number: int = machine.session.unique_integer()
    return number if "positive" in names else number - (1 << 59)


@LIBRARY.plain("nodes", 0, 1)
def _nodes(_which: Any = None) -> list[Any]:
    return []


@LIBRARY.plain("is_alive")
def _is_alive() -> Atom:
    return FALSE


@LIBRARY.plain("get_cookie")
def _get_cookie() -> Atom:
    return Atom("nocookie")


@LIBRARY.context("bump_reductions")
def _bump_reductions(machine: Any, count: Any) -> Atom:
    if type(count) is not int or count < 1:
        raise badarg()
    machine.process.fcalls -= count
    return TRUE


@LIBRARY.context("system_flag")
def _system_flag(_machine: Any, _flag: Any, value: Any) -> Any:
    return value
