"""BIFs on processes: spawning, messages, links, monitors, names, exits, flags, the process dictionary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from erts_emu.shell.lib._arguments import a_boolean, a_list, an_atom, natural
from erts_emu.shell.lib.erlang import LIBRARY
from erts_emu.shell.processes import body_of
from erts_emu.shell.traces import Trace
from erts_emu.shell.values import FALSE, OK, TRUE, UNDEFINED, Raised, badarg, boolean
from erts_emu.terms.atoms import Atom
from erts_emu.terms.identifiers import LOCAL_NODE, Pid, PortId, Reference, node_name
from erts_emu.terms.kinds import ExportFun, Fun
from erts_emu.terms.maps import exact_key

_PRIORITIES: Final = ("low", "normal", "high", "max")


@LIBRARY.context("self")
def _self(machine: Any) -> Pid:
    pid: Pid = machine.process.pid
    return pid


@LIBRARY.plain("node", 0, 1)
def _node(term: Any = None) -> Atom:
    if term is not None and not isinstance(term, Pid | PortId | Reference):
        raise badarg()
    return LOCAL_NODE if term is None else node_name(term)


# --- spawning ---


def _spawned(
    machine: Any,
    callee: Any,
    arguments: tuple[Any, ...],
    *,
    link: bool = False,
    priority: str = "normal",
    scheduler: int | None = None,
) -> Pid:
    process = machine.process
    body = body_of(machine.session, callee, arguments)
    linked = process if link else None
    pid: Pid = process.emu.spawn(body, priority=priority, scheduler=scheduler, link=linked).pid
    return pid


def _callee(*given: Any) -> tuple[Any, tuple[Any, ...]]:
    """What a new process is to call: a fun, or a function by name."""
    if len(given) == 1:
        fun = given[0]
        if not isinstance(fun, Fun | ExportFun):
            raise badarg()
        return fun, ()
    module, name, arguments = given
    if type(module) is not Atom or type(name) is not Atom or type(arguments) is not list:
        raise badarg()
    return ExportFun(module, name, len(arguments)), tuple(arguments)


def _local(given: tuple[Any, ...]) -> tuple[Any, ...]:
    """Drop the node of the forms with one: there is no other."""
    if len(given) in (2, 4):
        an_atom(given[0])
        return given[1:]
    return given


@LIBRARY.context("spawn", 1, 2, 3, 4)
def _spawn(machine: Any, *given: Any) -> Pid:
    return _spawned(machine, *_callee(*_local(given)))


@LIBRARY.context("spawn_link", 1, 2, 3, 4)
def _spawn_link(machine: Any, *given: Any) -> Pid:
    return _spawned(machine, *_callee(*_local(given)), link=True)


@LIBRARY.waits("spawn_monitor", 1, 3)
async def _spawn_monitor(machine: Any, *given: Any) -> tuple[Pid, Reference]:
    pid = _spawned(machine, *_callee(*given))
    return (pid, await machine.process.monitor(pid))


@LIBRARY.waits("spawn_opt", 2, 4)
async def _spawn_opt(machine: Any, *given: Any) -> Any:
    *what, options = given
    callee, arguments = _callee(*what)
    link = monitor = False
    tag: Any = Atom("DOWN")
    alias = None
    priority = "normal"
    scheduler: int | None = None
    if type(options) is not list:
        raise badarg("badopt")
    for option in options:
        if option is Atom("link"):
            link = True
        elif option is Atom("monitor"):
            monitor = True
        elif type(option) is tuple and len(option) == 2:
            name, value = option
            if name is Atom("monitor"):
                monitor = True
                tag, alias = _monitor_options(value)
            elif name is Atom("priority"):
                priority = _priority(value)
            elif name is Atom("scheduler"):
                scheduler = _scheduler(machine, value)
            elif type(name) is not Atom or name.name not in _TUNING:
                raise badarg("badopt")
        else:
            raise badarg("badopt")
    pid = _spawned(machine, callee, arguments, link=link, priority=priority, scheduler=scheduler)
    return (pid, await machine.process.monitor(pid, tag=tag, alias=alias)) if monitor else pid


_TUNING: Final = (
    "fullsweep_after", "min_heap_size", "min_bin_vheap_size", "max_heap_size", "message_queue_data", "async_dist",
)  # fmt: skip


def _priority(term: Any) -> str:
    if type(term) is not Atom or term.name not in _PRIORITIES:
        raise badarg()
    return term.name


def _scheduler(machine: Any, term: Any) -> int | None:
    """The scheduler that a process is bound to; 0 stands for none."""
    if type(term) is not int or not 0 <= term <= len(machine.process.emu.schedulers):
        raise badarg()
    return term or None


# --- messages ---

_NOSUSPEND: Final = Atom("nosuspend")


def _place(destination: Any) -> Any:
    """A destination that the emulator knows; None for a name that nobody has at this node."""
    if isinstance(destination, Pid | PortId | Atom | Reference):
        return destination
    if type(destination) is tuple and len(destination) == 2 and type(destination[0]) is type(destination[1]) is Atom:
        return destination
    raise badarg()


async def _send_to(machine: Any, destination: Any, message: Any, *, nosuspend: bool = False, arity: int = 2) -> Any:
    place = _place(destination)
    if type(place) is tuple:
        if place[1] is not LOCAL_NODE or await machine.process.whereis(place[0]) is None:
            return message
        place = place[0]
    return await machine.process.send(place, message, nosuspend=nosuspend, arity=arity)


@LIBRARY.waits("send", 2)
@LIBRARY.waits("!", 2)
async def _send(machine: Any, destination: Any, message: Any) -> Any:
    await _send_to(machine, destination, message)
    return message


def _send_options(options: Any) -> list[Any]:
    if type(options) is not list or any(option not in (_NOSUSPEND, Atom("noconnect")) for option in options):
        raise badarg("badopt")
    return options


@LIBRARY.waits("send", 3)
async def _send_with(machine: Any, destination: Any, message: Any, options: Any) -> Atom:
    nosuspend = _NOSUSPEND in _send_options(options)
    sent = await _send_to(machine, destination, message, nosuspend=nosuspend, arity=3)
    return Atom("nosuspend") if sent is False else OK


@LIBRARY.waits("send_nosuspend", 2, 3)
async def _send_nosuspend(machine: Any, destination: Any, message: Any, options: Any = None) -> Atom:
    if options is not None:
        _send_options(options)
    return boolean(await _send_to(machine, destination, message, nosuspend=True) is not False)


@LIBRARY.waits("yield", 0)
async def _yield(machine: Any) -> Atom:
    await machine.give_way()
    return TRUE


# --- links and monitors ---


def _linkable(term: Any) -> Any:
    if not isinstance(term, Pid | PortId):
        raise badarg()
    return term


@LIBRARY.waits("link")
async def _link(machine: Any, other: Any) -> Atom:
    return boolean(await machine.process.link(_linkable(other)))


@LIBRARY.waits("unlink")
async def _unlink(machine: Any, other: Any) -> Atom:
    return boolean(await machine.process.unlink(_linkable(other)))


_ALIASES: Final = ("explicit_unalias", "demonitor", "reply_demonitor")


def _monitor_options(options: Any) -> tuple[Any, str | None]:
    """The tag of the message, and the kind of alias that the monitor is."""
    tag: Any = Atom("DOWN")
    alias = None
    if type(options) is not list:
        raise badarg("badopt")
    for option in options:
        name, value = option if type(option) is tuple and len(option) == 2 else (None, None)
        if name is Atom("tag"):
            tag = value
        elif name is Atom("alias") and type(value) is Atom and value.name in _ALIASES:
            alias = value.name
        else:
            raise badarg("badopt")
    return tag, alias


@LIBRARY.waits("monitor", 2, 3)
async def _monitor(machine: Any, kind: Any, item: Any, options: Any = None) -> Reference:
    tag, alias = _monitor_options([] if options is None else options)
    if kind not in (Atom("process"), Atom("port")):
        raise badarg("badtype")
    reference: Reference = await machine.process.monitor(item, kind=kind.name, tag=tag, alias=alias)
    return reference


@LIBRARY.waits("alias", 0, 1)
async def _alias(machine: Any, options: Any = None) -> Reference:
    kind = "explicit_unalias"
    for option in [] if options is None else a_list(options):
        if type(option) is not Atom or option.name not in ("explicit_unalias", "reply"):
            raise badarg()
        kind = option.name
    alias: Reference = await machine.process.alias(reply=kind == "reply")
    return alias


@LIBRARY.waits("unalias")
async def _unalias(machine: Any, alias: Any) -> Atom:
    if not isinstance(alias, Reference):
        raise badarg()
    return boolean(await machine.process.unalias(alias))


@LIBRARY.waits("demonitor", 1, 2)
async def _demonitor(machine: Any, reference: Any, options: Any = None) -> Atom:
    names = [option.name if type(option) is Atom else "" for option in ([] if options is None else a_list(options))]
    if not isinstance(reference, Reference) or set(names) - {"flush", "info"}:
        raise badarg()
    return boolean(await machine.process.demonitor(reference, flush="flush" in names, info="info" in names))


# --- names ---


@LIBRARY.waits("register")
async def _register(machine: Any, name: Any, owner: Any) -> Atom:
    if type(name) is not Atom:
        raise badarg("none")
    return boolean(await machine.process.register(name, owner))


@LIBRARY.waits("unregister")
async def _unregister(machine: Any, name: Any) -> Atom:
    return boolean(await machine.process.unregister(an_atom(name)))


@LIBRARY.waits("whereis")
async def _whereis(machine: Any, name: Any) -> Any:
    owner = await machine.process.whereis(an_atom(name))
    return UNDEFINED if owner is None else owner


@LIBRARY.context("registered")
def _registered(machine: Any) -> list[Atom]:
    names: list[Atom] = machine.process.emu.names.all()
    return names


# --- exits and exceptions ---


def _without_frames(error: Raised) -> Raised:
    """The trace of an exception that code raises deliberately begins at its caller."""
    error.deliberate = True
    return error


@LIBRARY.plain("exit", 1)
def _exit(reason: Any) -> Any:
    raise _without_frames(Raised(reason, "exit"))


@LIBRARY.waits("exit", 2)
async def _exit_other(machine: Any, target: Any, reason: Any) -> Atom:
    process = machine.process
    await process.exit_signal(_linkable(target), reason)
    if target == process.pid:  # what others do because of the signal takes its time
        process.fetch()
    return TRUE


@LIBRARY.plain("throw")
def _throw(reason: Any) -> Any:
    raise _without_frames(Raised(reason, "throw"))


@LIBRARY.plain("error", 1, 2, 3)
def _error(reason: Any, _arguments: Any = None, _options: Any = None) -> Any:
    raise _without_frames(Raised(reason))


@LIBRARY.plain("nif_error", 1, 2)
def _nif_error(reason: Any, _arguments: Any = None) -> Any:
    raise _without_frames(Raised(reason))


@LIBRARY.plain("raise")
def _raise(kind: Any, reason: Any, stack: Any) -> Any:
    if kind not in (Atom("error"), Atom("exit"), Atom("throw")) or not _is_stack(stack):
        return Atom("badarg")  # it does not raise that
    error = Raised(reason, kind.name)
    error.stack = Trace()
    error.stack.frames = [(*frame, []) if len(frame) == _called_as(frame) else frame for frame in stack]
    error.stack.complete = True
    raise error


def _is_stack(term: Any) -> bool:
    return type(term) is list and all(map(_is_frame, term))


def _is_frame(term: Any) -> bool:
    """``{Module, Function, ArityOrArguments}`` or ``{Fun, Arguments}``, and perhaps a location."""
    if type(term) is not tuple or len(term) < 2:
        return False
    called = _called_as(term)
    if called == 3 and (type(term[0]) is not Atom or type(term[1]) is not Atom):
        return False
    return len(term) == called or (len(term) == called + 1 and type(term[-1]) is list)


def _called_as(frame: Any) -> int:
    """How many elements say what was called: a fun and its arguments, or module, name and arguments."""
    return 2 if isinstance(frame[0], Fun | ExportFun) else 3


@LIBRARY.waits("halt", 0, 1, 2)
async def _halt(machine: Any, status: Any = 0, options: Any = None) -> Any:
    flush = True
    for option in [] if options is None else a_list(options):
        if type(option) is not tuple or len(option) != 2 or option[0] is not Atom("flush"):
            raise badarg()
        flush = a_boolean(option[1])
    if status is Atom("abort"):
        status, flush = 134, False
    elif type(status) is list:
        machine.session.complain("".join(map(chr, status)))
        status = 1
    await machine.session.halt(machine.process, natural(status) & 0xFF, flush=flush)


# --- information ---


@LIBRARY.context("processes")
def _processes(machine: Any) -> list[Pid]:
    return [process.pid for process in machine.process.emu.processes]


def _local_pid(term: Any) -> Pid:
    if type(term) is not Pid or node_name(term) is not LOCAL_NODE:
        raise badarg()
    return term


@LIBRARY.waits("is_process_alive")
async def _is_process_alive(machine: Any, pid: Any) -> Atom:
    return boolean(await machine.process.is_process_alive(_local_pid(pid)))


@LIBRARY.waits("process_info", 1, 2)
async def _process_info(machine: Any, pid: Any, item: Any = None) -> Any:
    from erts_emu.shell.process_info import all_items, check_item, one_item

    session = machine.session
    if item is not None:
        check_item(item)

    def question(process: Any) -> Any:
        return all_items(process, session) if item is None else one_item(process, session, item)

    return await machine.process.ask(_local_pid(pid), question, UNDEFINED)


# --- suspending others ---


@LIBRARY.waits("suspend_process", 1, 2)
async def _suspend_process(machine: Any, pid: Any, options: Any = None) -> Atom:
    process = machine.process
    notify: Callable[[Atom], None] | None = None
    unless_suspending = False
    for option in [] if options is None else a_list(options):
        if option is Atom("unless_suspending"):
            unless_suspending = True
        elif option is Atom("asynchronous"):
            notify = _tell_nobody
        elif type(option) is tuple and len(option) == 2 and option[0] is Atom("asynchronous"):
            notify = _telling(process, option[1])
        else:
            raise badarg()
    return boolean(await process.suspend_process(_local_pid(pid), unless_suspending=unless_suspending, notify=notify))


def _tell_nobody(_what: Atom) -> None:
    """Whoever has asked for it does not want to know."""


def _telling(process: Any, tag: Any) -> Callable[[Atom], None]:
    return lambda what: process.deliver((tag, what))


@LIBRARY.waits("resume_process")
async def _resume_process(machine: Any, pid: Any) -> Atom:
    return boolean(await machine.process.resume_process(_local_pid(pid)))


@LIBRARY.context("process_flag", 2)
def _process_flag(machine: Any, flag: Any, value: Any) -> Any:
    process = machine.process
    if flag is Atom("trap_exit"):
        old = boolean(process.trap_exit)
        process.trap_exit = a_boolean(value)
        return old
    if flag is Atom("priority"):
        priority = Atom(process.priority)
        process.priority = _priority(value)
        return priority
    default = _FLAGS.get(flag.name) if type(flag) is Atom else None
    if default is None:
        raise badarg("badopt")
    flags = machine.session.flags_of(process)
    former = flags.get(flag.name, default)
    flags[flag.name] = value
    return former


_FLAGS: Final[dict[str, Any]] = {
    "error_handler": Atom("error_handler"),
    "min_heap_size": 233,
    "min_bin_vheap_size": 46422,
    "fullsweep_after": 65535,
    "message_queue_data": Atom("on_heap"),
    "save_calls": 0,
    "sensitive": FALSE,
    "max_heap_size": {Atom("error_logger"): TRUE, Atom("kill"): TRUE, Atom("size"): 0},
}


@LIBRARY.context("group_leader", 0, 2)
def _group_leader(machine: Any, leader: Any = None, pid: Any = None) -> Any:
    if leader is not None:
        if type(leader) is not Pid or type(pid) is not Pid:
            raise badarg()
        return TRUE
    return machine.session.group_leader


@LIBRARY.context("garbage_collect", 0, 1, 2, needs_process=False)
def _garbage_collect(_machine: Any, _pid: Any = None, _options: Any = None) -> Atom:
    return TRUE


# --- the process dictionary ---


@LIBRARY.context("put")
def _put(machine: Any, key: Any, value: Any) -> Any:
    dictionary = machine.process.dictionary
    token = exact_key(key)
    old = dictionary.get(token)
    dictionary[token] = (key, value)
    return UNDEFINED if old is None else old[1]


@LIBRARY.context("get", 0, 1)
def _get(machine: Any, *key: Any) -> Any:
    dictionary = machine.process.dictionary
    if not key:
        return list(dictionary.values())
    found = dictionary.get(exact_key(key[0]))
    return UNDEFINED if found is None else found[1]


@LIBRARY.context("get_keys", 0, 1)
def _get_keys(machine: Any, *value: Any) -> list[Any]:
    from erts_emu.shell.operators import same

    pairs = machine.process.dictionary.values()
    return [key for key, held in pairs if not value or same(held, value[0])]


@LIBRARY.context("erase", 0, 1)
def _erase(machine: Any, *key: Any) -> Any:
    dictionary = machine.process.dictionary
    if not key:
        pairs = list(dictionary.values())
        dictionary.clear()
        return pairs
    found = dictionary.pop(exact_key(key[0]), None)
    return UNDEFINED if found is None else found[1]


@LIBRARY.context("make_ref")
def _make_ref(machine: Any) -> Reference:
    reference: Reference = machine.process.emu.make_ref()
    return reference
