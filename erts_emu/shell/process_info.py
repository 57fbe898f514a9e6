"""``process_info``: what a process tells about itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from erts_emu.shell.values import FALSE, badarg, boolean
from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import Pid

if TYPE_CHECKING:
    from erts_emu.bifs import ProcessBifs
    from erts_emu.shell.session import Session

_APPLY: Final = (Atom("erlang"), Atom("apply"), 2)
_RECEIVE: Final = (Atom("prim_eval"), Atom("receive"), 2)
_HEAP: Final = 233


def _messages(process: ProcessBifs) -> list[Any]:
    return list(process.messages)


def _status(process: ProcessBifs) -> Atom:
    if process.suspended_on is not None or process.suspenders:
        return Atom("suspended")
    return Atom(process.apparent_state().value)


def _current_function(process: ProcessBifs) -> tuple[Atom, Atom, int]:
    if process.suspended_on is not None:
        module, name, arity = process.suspended_in
        return Atom(module), Atom(name), arity
    return _RECEIVE if process.apparent_state().value == "waiting" else _APPLY


def _monitored(process: ProcessBifs) -> list[Any]:
    found: list[Any] = []
    for target, _tag in process.monitors.values():
        if target is not None:
            found.append((Atom("process" if isinstance(target, Pid) else "port"), target))
    return found


def _suspending(process: ProcessBifs) -> list[Any]:
    alive = process.emu.processes.get
    return [(pid, count, 0) for pid, count in process.suspending.items() if alive(pid) is not None]


def _garbage_collection(_process: ProcessBifs) -> list[tuple[Atom, Any]]:
    values = {
        "max_heap_size": {Atom("error_logger"): Atom("true"), Atom("kill"): Atom("true"), Atom("size"): 0},
        "min_bin_vheap_size": 46422,
        "min_heap_size": _HEAP,
        "fullsweep_after": 65535,
        "minor_gcs": 0,
    }
    return [(Atom(name), value) for name, value in values.items()]


_ITEMS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "registered_name": lambda process, _session: process.name,
    "current_function": lambda process, _session: _current_function(process),
    "initial_call": lambda _process, _session: _APPLY,
    "status": lambda process, _session: _status(process),
    "message_queue_len": lambda process, _session: len(_messages(process)),
    "links": lambda process, _session: [*process.links.values(), *process.port_links.values()],
    "dictionary": lambda process, _session: list(process.dictionary.values()),
    "trap_exit": lambda process, _session: boolean(process.trap_exit),
    "error_handler": lambda _process, _session: Atom("error_handler"),
    "priority": lambda process, _session: Atom(process.priority),
    "group_leader": lambda _process, session: session.group_leader,
    "total_heap_size": lambda _process, _session: _HEAP,
    "heap_size": lambda _process, _session: _HEAP,
    "stack_size": lambda _process, _session: 1,
    "reductions": lambda process, _session: max(0, 4000 - process.fcalls),
    "garbage_collection": lambda process, _session: _garbage_collection(process),
    "suspending": lambda process, _session: _suspending(process),
    "messages": lambda process, _session: _messages(process),
    "monitors": lambda process, _session: _monitored(process),
    "monitored_by": lambda process, _session: [watcher for watcher, _ in reversed(process.monitored_by.values())],
    "memory": lambda _process, _session: 2688,
    "binary": lambda _process, _session: [],
    "current_location": lambda process, session: (*_ITEMS["current_function"](process, session), []),
    "current_stacktrace": lambda process, session: [_ITEMS["current_location"](process, session)],
    "message_queue_data": lambda _process, _session: Atom("on_heap"),
    "sequential_trace_token": lambda _process, _session: [],
    "catchlevel": lambda _process, _session: 0,
    "last_calls": lambda _process, _session: FALSE,
    "min_heap_size": lambda _process, _session: _HEAP,
    "parent": lambda _process, _session: Atom("undefined"),
}
_IN_INFO_1: Final = (
    "registered_name", "current_function", "initial_call", "status", "message_queue_len", "links", "dictionary",
    "trap_exit", "error_handler", "priority", "group_leader", "total_heap_size", "heap_size", "stack_size",
    "reductions", "garbage_collection", "suspending",
)  # fmt: skip


def check_item(item: Any) -> None:
    """Raise ``badarg`` unless *item* is an item or a list of items."""
    for each in item if type(item) is list else [item]:
        if type(each) is not Atom or each.name not in _ITEMS:
            raise badarg()


def one_item(process: ProcessBifs, session: Session, item: Any) -> Any:
    """``process_info/2`` for an item or a list of them."""
    if type(item) is list:
        return [_pair(process, session, each, in_list=True) for each in item]
    return _pair(process, session, item, in_list=False)


def _pair(process: ProcessBifs, session: Session, item: Any, *, in_list: bool) -> Any:
    value = _ITEMS[item.name](process, session)
    if value is None:
        return (item, []) if in_list else []
    return (item, value)


def all_items(process: ProcessBifs, session: Session) -> list[tuple[Atom, Any]]:
    """``process_info/1``."""
    pairs = [(Atom(name), _ITEMS[name](process, session)) for name in _IN_INFO_1]
    return [pair for pair in pairs if pair[1] is not None]
