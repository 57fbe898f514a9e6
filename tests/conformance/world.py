"""One scenario, two worlds: written once in Python, run by the real ``erl`` as a script, and by the emulator.

A scenario is a function of a :class:`World`. Each step is an :class:`Action`, done by the main process or by a helper
process, and prints one line with what came out. :class:`ErlWorld` writes the steps down as a file of Erlang
expressions; :class:`EmulatorWorld` does them. Scenarios are straight: no step depends on another's result.

Both print the same lines if both behave the same. Processes, ports and references are printed by their names in the
scenario, a reference that has none as ``ref1``, ``ref2``, … in the order of their appearance.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from erts_emu import Atom, Emulator, Pid, PortId, Reference
from erts_emu.bifs import ProcessBifs
from erts_emu.errors import DriverLoadError, ErlangError, ReceiveTimeout
from erts_emu.match import ANY
from erts_emu.terms import Fun, ImproperList, format_p, format_w

PATIENCE = 5.0
"""Seconds to wait for what has to come."""
SILENCE = 0.03
"""Seconds to wait for what should not come."""
A = Atom


@frozen
class The:
    """Inside a term of a scenario: the process, port or reference of that name."""

    name: str


@frozen
class Folder:
    """Inside a call of the loader: the folder of that name, with the drivers built for this world."""

    name: str


Run = Callable[[ProcessBifs, Callable[[Any], Any]], Awaitable[Any]]
"""What an action does in the emulator: ``run(process, value_of)``, the latter giving a scenario's term its values."""


@frozen
class Action:
    """One thing that a process does: its *label* in the output, Erlang source for it, and Python for it."""

    label: str
    source: str
    run: Run


def source(term: Any) -> str:
    """Erlang source for a term of a scenario."""
    if isinstance(term, The):
        return f"G({term.name})"
    if isinstance(term, Folder):
        return f'Dir ++ "/{term.name}"'
    if isinstance(term, str):
        return '"' + term.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    if isinstance(term, tuple):
        return "{" + ",".join(map(source, term)) + "}"
    if isinstance(term, list):
        return "[" + ",".join(map(source, term)) + "]"
    if isinstance(term, ImproperList):
        return "[" + ",".join(map(source, term.elements)) + "|" + source(term.tail) + "]"
    if isinstance(term, bytes) and term:
        return f"B({format_w(term)})"
    return format_w(term)


def call(function: str, *arguments: Any) -> str:
    return f"{function}({', '.join(map(source, arguments))})"


class World:
    """What scenarios use. Every step takes *at*, the process that does it, and *keep*, a name for its result."""

    def do(self, action: Action, at: str = "main", keep: str | None = None) -> None:
        """Do *action* now and print its result."""
        raise NotImplementedError

    def begin(self, action: Action, at: str) -> None:
        """Let a helper start *action*; ``result`` tells what has become of it."""
        raise NotImplementedError

    def result(self, at: str) -> None:
        """Print what a begun action has given, or that the helper still waits."""
        raise NotImplementedError

    def result_if_waiting(self, at: str) -> None:
        """Like ``result``, if the last one said that the helper still waits."""
        raise NotImplementedError

    def helper(self, name: str, *, trap_exit: bool = True) -> None:
        """Make a helper process."""
        raise NotImplementedError

    def end(self, name: str, reason: Any) -> None:
        """Let a helper exit with *reason*, and wait until it is gone."""
        raise NotImplementedError

    def mailbox(self, count: int = 0, at: str = "main") -> None:
        """Wait for *count* messages, then print them and all others that are there."""
        raise NotImplementedError

    def log(self, count: int = 0) -> None:
        """Wait for *count* more lines of the driver's log, then print the new ones."""
        raise NotImplementedError

    def settle(self, milliseconds: int = 30) -> None:
        """Let time pass."""
        raise NotImplementedError

    def note(self, text: str) -> None:
        """Print *text*."""
        raise NotImplementedError

    # --- the loader ---

    def _ddll(self, function: str, *arguments: Any, at: str = "main", keep: str | None = None) -> None:
        self.do(self._ddll_action(function, *arguments), at, keep)

    def ddll_action(self, function: str, folder: str, name: Any) -> Action:
        return self._ddll_action(function, Folder(folder), _name(name))

    def _ddll_action(self, function: str, *arguments: Any) -> Action:
        async def run(process: ProcessBifs, value_of: Any) -> Any:
            module = process.erl_ddll
            try:
                result = getattr(module, function)(*map(value_of, arguments))
                if isinstance(result, Awaitable):
                    result = await result
            except DriverLoadError as error:
                return (A("error"), error.reason)
            return A("ok") if result is None else result

        shown = [argument for argument in arguments if not isinstance(argument, Folder)]
        label = " ".join([function, *(a.name for a in arguments if isinstance(a, Folder)), *map(_show, shown)])
        return Action(label, call(f"erl_ddll:{function}", *arguments), run)

    def try_load(self, folder: str, name: Any, options: Sequence[Any] = (), **where: Any) -> None:
        self._ddll("try_load", Folder(folder), _name(name), list(options), **where)

    def try_unload(self, name: Any, options: Sequence[Any] = (), **where: Any) -> None:
        self._ddll("try_unload", _name(name), list(options), **where)

    def load(self, folder: str, name: Any = "probe", function: str = "load", **where: Any) -> None:
        """``load``, ``load_driver``, ``reload`` or ``reload_driver``."""
        self._ddll(function, Folder(folder), _name(name), **where)

    def unload(self, name: Any = "probe", function: str = "unload", **where: Any) -> None:
        self._ddll(function, _name(name), **where)

    def driver_monitor(self, name: Any, when: str, keep: str | None = None, at: str = "main") -> None:
        async def run(process: ProcessBifs, value_of: Any) -> Any:
            return process.erl_ddll.monitor(value_of(_name(name)), A(when))

        text = f"erl_ddll:monitor(driver, {{{source(_name(name))}, {when}}})"
        self.do(Action(f"monitor driver {_show(_name(name))} {when}", text, run), at, keep)

    def driver_demonitor(self, reference: str, at: str = "main") -> None:
        self._ddll("demonitor", The(reference), at=at)

    def info(self, name: Any = "probe", item: str | None = None, at: str = "main") -> None:
        arguments = (_name(name),) if item is None else (_name(name), A(item))
        self._ddll("info", *arguments, at=at)

    def loaded(self, at: str = "main") -> None:
        """Print the drivers that are loaded, but for the static ones."""

        async def run(process: ProcessBifs, value_of: Any) -> Any:
            return [list(map(ord, name)) for name in process.erl_ddll.loaded_drivers()]

        text = "element(2, erl_ddll:loaded_drivers()) -- Static"
        self.do(Action("loaded_drivers", text, run), at)

    def format_error(self, reason: Any) -> None:
        async def run(process: ProcessBifs, value_of: Any) -> Any:
            return list(map(ord, process.erl_ddll.format_error(value_of(reason))))

        self.do(Action(f"format_error {_show(reason)}", call("erl_ddll:format_error", reason), run))

    # --- ports ---

    def open(
        self,
        keep: str | None,
        command: Any,
        options: Sequence[Any] = (),
        *,
        at: str = "main",
        form: str = "spawn_driver",
    ) -> None:
        """Open a port, and keep it under a name."""
        self.open_any(keep, (A(form), command), list(options), at=at)

    def open_apart(self, keep: str, command: str, options: Sequence[Any] = ()) -> None:
        """Open a port for main whose tasks are run by a scheduler of their own."""
        self.helper("opener")
        self.open(keep, command, options, at="opener")
        self.connect(keep, "main")
        self.unlink(keep, at="opener")

    def hold(self, port: str, program: str) -> None:
        """Keep a port executing: it runs *program*, which sleeps, in a task of its own."""
        self.on(port, "timeout", program)
        self.control(port, "timer 0")
        self.held()

    def held(self) -> None:
        """Let a moment pass in which a port starts to sleep."""
        raise NotImplementedError

    def open_any(self, keep: str | None, name: Any, options: Any, at: str = "main") -> None:
        self.do(self.bif("open_port", name, options), at, keep)

    def open_action(self, command: str, options: Sequence[Any] = ()) -> Action:
        return self.bif("open_port", (A("spawn_driver"), command), list(options))

    def command(self, port: Any, data: Any, options: Sequence[str] = (), at: str = "main") -> None:
        self.do(self.command_action(port, data, options), at)

    def command_action(self, port: Any, data: Any, options: Sequence[str] = ()) -> Action:
        async def run(process: ProcessBifs, value_of: Any) -> Any:
            force, nosuspend = "force" in options, "nosuspend" in options
            return await process.port_command(value_of(_port(port)), value_of(data), force=force, nosuspend=nosuspend)

        arguments = (_port(port), data, [A(option) for option in options]) if options else (_port(port), data)
        label = " ".join(["port_command", _show(port), _show(data), *options])
        return Action(label, call("port_command", *arguments), run)

    def control(self, port: Any, program: Any, operation: Any = 0, at: str = "main") -> None:
        self.do(self.control_action(port, program, operation), at)

    def control_from(self, at: str, port: Any, program: str) -> None:
        self.control(port, program, at=at)

    def control_action(self, port: Any, program: Any, operation: Any = 0) -> Action:
        async def run(process: ProcessBifs, value_of: Any) -> Any:
            return await process.port_control(value_of(_port(port)), operation, value_of(program))

        label = f"port_control {_show(port)} {_show(program)}" + (f" op {operation}" if operation != 0 else "")
        return Action(label, call("port_control", _port(port), operation, program), run)

    def on(self, port: Any, callback: str, program: str, at: str = "main") -> None:
        """Let the driver run *program* in each *callback*."""
        from .twin import CALLBACKS, SET_PROGRAM

        operation = SET_PROGRAM + CALLBACKS.index(callback)
        action = self.control_action(port, program, operation)
        self.do(Action(f"on {_show(port)} {callback} {program}", action.source, action.run), at)

    def call(self, port: Any, operation: int, term: Any, at: str = "main") -> None:
        async def run(process: ProcessBifs, value_of: Any) -> Any:
            return await process.port_call(value_of(_port(port)), operation, value_of(term))

        label = f"port_call {_show(port)} {operation} {_show(term)}"
        self.do(Action(label, call("erlang:port_call", _port(port), operation, term), run), at)

    def _port_bif(
        self, function: str, *arguments: Any, prefix: str = "", at: str = "main", keep: str | None = None
    ) -> None:
        self.do(self.bif(function, *arguments, prefix=prefix), at, keep)

    def bif(self, function: str, *arguments: Any, prefix: str = "", method: str = "") -> Action:
        """A BIF that is called alike in Erlang and Python."""

        async def run(process: ProcessBifs, value_of: Any) -> Any:
            if function == "monitor":
                return await process.monitor(value_of(arguments[1]), kind=arguments[0].name)
            return await getattr(process, method or function)(*map(value_of, arguments))

        return Action(" ".join([function, *map(_show, arguments)]), call(prefix + function, *arguments), run)

    def close(self, port: Any, at: str = "main") -> None:
        self._port_bif("port_close", _port(port), at=at)

    def connect(self, port: Any, pid: Any, at: str = "main") -> None:
        self._port_bif("port_connect", _port(port), _port(pid), at=at)

    def port_info(self, port: Any, item: Any = None, at: str = "main") -> None:
        arguments = (_port(port),) if item is None else (_port(port), A(item))
        self._port_bif("port_info", *arguments, prefix="erlang:", at=at)

    def set_data(self, port: Any, term: Any, at: str = "main") -> None:
        self._port_bif("port_set_data", _port(port), term, prefix="erlang:", at=at)

    def get_data(self, port: Any, at: str = "main") -> None:
        self._port_bif("port_get_data", _port(port), prefix="erlang:", at=at)

    def is_open(self, port: str, at: str = "main") -> None:
        """Print whether ``erlang:ports/0`` lists the port."""

        async def run(process: ProcessBifs, value_of: Any) -> Any:
            return A("true" if value_of(The(port)) in await process.ports() else "false")

        self.do(Action(f"listed {port}", f"lists:member(G({port}), erlang:ports())", run), at)

    def send(self, destination: Any, message: Any, at: str = "main", options: Sequence[str] = ()) -> None:
        self.do(self.send_action(destination, message, options), at)

    def send_action(self, destination: Any, message: Any, options: Sequence[str] = ()) -> Action:
        """``Dest ! Message``, or ``erlang:send/3``; says ``sent``, or ``nosuspend``."""

        async def run(process: ProcessBifs, value_of: Any) -> Any:
            sent = await process.send(value_of(_port(destination)), value_of(message), nosuspend="nosuspend" in options)
            return A("nosuspend" if sent is False else "sent")

        text = f"begin {source(_port(destination))} ! {source(message)}, sent end"
        if options:
            arguments = (_port(destination), message, [A(option) for option in options])
            text = f"case {call('erlang:send', *arguments)} of ok -> sent; Other -> Other end"
        label = " ".join([_show(destination), "!", _show(message), *options])
        return Action(label, text, run)

    def exit_signal(self, target: Any, reason: Any, at: str = "main") -> None:
        async def run(process: ProcessBifs, value_of: Any) -> Any:
            return await process.exit_signal(value_of(_port(target)), value_of(reason))

        self.do(Action(f"exit {_show(target)} {_show(reason)}", call("exit", _port(target), reason), run), at)

    def link(self, port: Any, at: str = "main") -> None:
        self._port_bif("link", _port(port), at=at)

    def unlink(self, port: Any, at: str = "main") -> None:
        self._port_bif("unlink", _port(port), at=at)

    def monitor(self, item: Any, keep: str | None = None, at: str = "main", kind: str = "port") -> None:
        async def run(process: ProcessBifs, value_of: Any) -> Any:
            return await process.monitor(value_of(item), kind=kind)

        item = _port(item)
        self.do(Action(f"monitor {kind} {_show(item)}", call("monitor", A(kind), item), run), at, keep)

    def demonitor(self, reference: str, options: Sequence[str] = (), at: str = "main") -> None:
        async def run(process: ProcessBifs, value_of: Any) -> Any:
            flush, info = "flush" in options, "info" in options
            return await process.demonitor(value_of(The(reference)), flush=flush, info=info)

        arguments = (The(reference), [A(option) for option in options])
        label = " ".join(["demonitor", reference, *options])
        self.do(Action(label, call("demonitor", *arguments), run), at)

    def register(self, name: str, owner: Any, at: str = "main") -> None:
        self._port_bif("register", A(name), _port(owner), at=at)

    def unregister(self, name: str, at: str = "main") -> None:
        self._port_bif("unregister", A(name), at=at)

    def is_alive(self, helper: str) -> None:
        """Print whether a helper lives."""

        async def run(process: ProcessBifs, value_of: Any) -> Any:
            return process.emu.processes.get(value_of(The(helper))) is not None

        self.do(Action(f"alive {helper}", f"is_process_alive(G({helper}))", run))

    def whereis(self, name: str, at: str = "main") -> None:
        async def run(process: ProcessBifs, value_of: Any) -> Any:
            owner = await process.whereis(A(name))
            return A("undefined") if owner is None else owner

        self.do(Action(f"whereis {name}", call("whereis", A(name)), run), at)


def _name(name: Any) -> Any:
    """A driver's name: a plain ``str`` in a scenario means an atom."""
    return A(name) if isinstance(name, str) else name


def _port(port: Any) -> Any:
    """A port or process: a plain ``str`` in a scenario is the name under which it was kept."""
    return The(port) if isinstance(port, str) else port


def _show(term: Any) -> str:
    """A term in a label."""
    if isinstance(term, str):
        return term if len(term) <= 60 else f"({len(term)} characters)"
    text = _shown(term)
    return text if len(text) <= 80 else f"({len(text)} characters)"


def _shown(term: Any) -> str:
    if isinstance(term, The):
        return term.name
    if isinstance(term, tuple):
        return "{" + ",".join(map(_shown, term)) + "}"
    if isinstance(term, list):
        return "[" + ",".join(map(_shown, term)) + "]"
    if isinstance(term, ImproperList):
        return "[" + ",".join(map(_shown, term.elements)) + "|" + _shown(term.tail) + "]"
    return format_w(term) if isinstance(term, bytes) else source(term)


# --- the real erl ---

PRELUDE = """\
%% Written by tests.conformance. Evaluate with file:eval/1; the environment names PROBE_DIR and PROBE_LOG.
%% Loading a module waits for every scheduler, and a driver that sleeps blocks one: load them now.
lists:foreach(fun code:ensure_loaded/1, [
    timer, io, io_lib, io_lib_format, io_lib_pretty, string, unicode_util, unicode, erl_ddll, file, erl_eval,
    erl_internal,
    erl_lint, erl_scan, erl_parse, erl_anno, lists, maps, orddict, ordsets, sets, binary, filename, prim_eval,
    error_handler
]).
Dir = os:getenv("PROBE_DIR").
LogFile = os:getenv("PROBE_LOG").
{ok, Static} = erl_ddll:loaded_drivers().
G = fun(Name) -> get(Name) end.
%% What the evaluator builds lies in a larger binary; a decoded one is on the heap if it has at most 64 bytes.
B = fun(Binary) -> binary_to_term(term_to_binary(Binary)) end.
Norm = fun
    N(T) when is_pid(T); is_port(T); is_reference(T) ->
        case get({name, T}) of
            undefined when is_pid(T) -> '<pid>';
            undefined when is_port(T) -> '<port>';
            undefined ->
                K = get(refs) + 1,
                Name = list_to_atom("ref" ++ integer_to_list(K)),
                put(refs, K), put({name, T}, Name), Name;
            Name -> Name
        end;
    N({open_error, I}) when is_integer(I) -> {open_error, 'N'};
    N({id, I}) when is_integer(I) -> {id, 'N'};
    N([H | T]) -> [N(H) | N(T)];
    N(T) when is_tuple(T) -> list_to_tuple([N(E) || E <- tuple_to_list(T)]);
    N(T) -> T
end.
Out = fun(Format, Values) -> put(lines, [io_lib:format(Format, Values) | get(lines)]) end.
Say = fun(Text, V) -> Out("~s: ~0p~n", [Text, Norm(V)]) end.
Try = fun(F) -> try F() catch C:R -> {raised, C, R} end end.
Keep = fun
    (none, _) -> ok;
    (Name, V) when is_pid(V); is_port(V); is_reference(V) -> put(Name, V), put({name, V}, Name);
    (_, _) -> ok
end.
Loop = fun L() ->
    receive
        {'$do', From, F} -> R = Try(F), From ! {'$done', self(), R}, L();
        {'$exit', Reason} -> exit(Reason)
    end
end.
Await = fun(P, Patience) ->
    receive
        {'$done', P, R} -> R;
        {'DOWN', _, process, P, Reason} -> {died, Reason}
    after Patience -> waiting
    end
end.
%% A label and an action arrive as a fun of the names' values, so that helpers need no dictionary of main's.
Do = fun
    (main, Name, Text, F) -> R = Try(F), Keep(Name, R), Say(["main ", Text], R);
    (At, Name, Text, F) ->
        P = get(At),
        P ! {'$do', self(), F},
        R = case is_process_alive(P) of true -> Await(P, 5000); false -> Await(P, 100) end,
        Keep(Name, R),
        Say([atom_to_list(At), " ", Text], R)
end.
Begin = fun(At, Text, F) -> put({begun, At}, Text), get(At) ! {'$do', self(), F} end.
%% A driver that sleeps blocks whichever scheduler runs its port. If that is main's or the helpers', what they do comes
%% late, and the scenario is tried again.
Now = fun() -> erlang:monotonic_time(millisecond) end.
InTime = fun(Start, Most) ->
    case Now() - Start > Most of true -> exit(blocked); false -> ok end
end.
%% An idle scheduler steals what another is to do. While main's and the helpers' spin, one of the rest takes it.
%% It gives way at first, or the timer that starts the driver would be served when it has done spinning.
Spin = fun L(Until) -> case Now() < Until of true -> L(Until); false -> ok end end.
Yield = fun L(Until) -> erlang:yield(), case Now() < Until of true -> L(Until); false -> ok end end.
Held = fun() ->
    Start = Now(),
    spawn_opt(fun() -> Spin(Start + 12) end, [{scheduler, 3}]),
    Yield(Start + 3),
    Spin(Start + 12),
    timer:sleep(8),
    Main = self(),
    spawn_opt(fun() -> Main ! '$pong' end, [{scheduler, 3}]),
    receive '$pong' -> ok end,
    InTime(Start, 45)
end.
Result = fun(At) ->
    Start = Now(),
    R = Await(get(At), 60),
    InTime(Start, 85),
    put({waiting, At}, R =:= waiting),
    Say([atom_to_list(At), " ", get({begun, At})], R)
end.
%% A driver that sleeps blocks a scheduler. The one that runs the tasks of ports opened by "opener" is nobody else's.
Helper = fun(Name, Trap) ->
    Scheduler = case Name of opener -> 4; _ -> 3 end,
    {P, _} = spawn_opt(fun() -> process_flag(trap_exit, Trap), Loop() end, [monitor, {scheduler, Scheduler}]),
    Keep(Name, P)
end.
End = fun(Name, Reason) ->
    P = get(Name),
    P ! {'$exit', Reason},
    receive {'DOWN', _, process, P, _} -> ok after 5000 -> Out("~p does not end~n", [Name]) end
end.
Internal = fun
    ({'$done', _, _}) -> true;
    ({'$do', _, _}) -> true;
    ({'$exit', _}) -> true;
    ({'DOWN', _, process, P, _}) when is_pid(P) -> get({name, P}) =/= undefined;
    (_) -> false
end.
Collect = fun
    C(N, Kept, Got) ->
        receive
            M ->
                case Internal(M) of
                    true -> C(N, [M | Kept], Got);
                    false -> C(max(0, N - 1), Kept, [M | Got])
                end
        after if N > 0 -> 5000; true -> 30 end ->
            [self() ! M || M <- lists:reverse(Kept)],
            lists:reverse(Got)
        end
end.
Print = fun(At, Ms) -> [Out("~s got: ~0p~n", [At, Norm(M)]) || M <- Ms] end.
Mailbox = fun
    (main, N) -> Print(main, Collect(N, [], []));
    (At, N) ->
        P = get(At),
        P ! {'$do', self(), fun() -> Collect(N, [], []) end},
        case Await(P, 20000) of
            Ms when is_list(Ms) -> Print(At, Ms);
            Other -> Say([atom_to_list(At), " mailbox"], Other)
        end
end.
Lines = fun() ->
    case file:read_file(LogFile) of
        {ok, Bin} -> string:lexemes(binary_to_list(Bin), "\\n");
        _ -> []
    end
end.
Log = fun W(N, Tries) ->
    Seen = get(seen),
    case length(Lines()) of
        L when L < Seen + N, Tries > 0 -> timer:sleep(5), W(N, Tries - 1);
        _ ->
            timer:sleep(30),
            New = lists:nthtail(Seen, Lines()),
            put(seen, Seen + length(New)),
            [Out("log: ~s~n", [Line]) || Line <- New]
    end
end.
Gone = fun W(0) -> gave_up; W(Tries) ->
    case element(2, erl_ddll:loaded_drivers()) -- Static of
        [] -> ok;
        _ -> timer:sleep(5), W(Tries - 1)
    end
end.
Run = fun Again(Name, F, Tries) ->
    file:delete(LogFile),
    Director = self(),
    {P, R} = spawn_opt(fun() ->
        put(refs, 0), put(seen, 0), put(lines, []), put(main, self()), put({name, self()}, main),
        process_flag(trap_exit, true),
        Ended = try F(), ok catch exit:blocked -> blocked end,
        [exit(H, kill) || {{name, H}, _} <- get(), is_pid(H), H =/= self()],
        Director ! {Ended, get(lines)}
    end, [monitor, {scheduler, 1}]),
    Outcome = receive
        {'DOWN', R, process, P, Why} when Why =/= normal -> {ok, [io_lib:format("crashed: ~p~n", [Why])]};
        {_, Printed} = Reply when is_list(Printed) -> Reply
    end,
    erlang:demonitor(R, [flush]),
    Gone(100),
    case Outcome of
        {blocked, _} when Tries > 0 -> Again(Name, F, Tries - 1);
        {_, Said} -> io:format("== ~s~n~s", [Name, lists:reverse(Said)])
    end
end.
"""


class ErlWorld(World):
    """Writes a scenario down as Erlang expressions."""

    def __init__(self) -> None:
        self._steps: list[str] = []

    def script(self, name: str) -> str:
        """Return the expression that runs the scenario."""
        return f'Run("{name}", fun() ->\n    ' + ",\n    ".join(self._steps or ["ok"]) + "\nend, 50).\n"

    def _with_names(self, action: Action, template: str) -> None:
        """Add a step with a fun for *action*; the values of its names are looked up by the main process."""
        names = sorted({part.split(")", 1)[0] for part in action.source.split("G(")[1:]})
        text = action.source
        for name in names:
            text = text.replace(f"G({name})", f"V_{name}")
        step = template.replace("@FUN@", f"fun() -> {text} end")
        if names:
            variables = ", ".join(f"V_{name}" for name in names)
            values = ", ".join(f"G({name})" for name in names)
            step = f"(fun({variables}) -> {step} end)({values})"
        self._steps.append(step)

    def do(self, action: Action, at: str = "main", keep: str | None = None) -> None:
        self._with_names(action, f"Do({at}, {keep or 'none'}, {source(action.label)}, @FUN@)")

    def begin(self, action: Action, at: str) -> None:
        self._with_names(action, f"Begin({at}, {source(action.label)}, @FUN@)")

    def result(self, at: str) -> None:
        self._steps.append(f"Result({at})")

    def result_if_waiting(self, at: str) -> None:
        self._steps.append(f"case get({{waiting, {at}}}) of true -> Result({at}); false -> ok end")

    def helper(self, name: str, *, trap_exit: bool = True) -> None:
        self._steps.append(f"Helper({name}, {str(trap_exit).lower()})")

    def end(self, name: str, reason: Any) -> None:
        self._steps.append(f"End({name}, {source(reason)})")

    def mailbox(self, count: int = 0, at: str = "main") -> None:
        self._steps.append(f"Mailbox({at}, {count})")

    def log(self, count: int = 0) -> None:
        self._steps.append(f"Log({count}, 1000)")

    def settle(self, milliseconds: int = 30) -> None:
        self._steps.append(f"timer:sleep({milliseconds})")

    def held(self) -> None:
        self._steps.append("Held()")

    def note(self, text: str) -> None:
        self._steps.append(f'Out("-- ~s~n", [{source(text)}])')


# --- the emulator ---

DO, DONE, EXIT, DOWN = A("$do"), A("$done"), A("$exit"), A("DOWN")


class EmulatorWorld(World):
    """Does a scenario in a running emulator."""

    def __init__(self, emu: Emulator, folder: Path, log: Path) -> None:
        self.lines: list[str] = []
        self._emu = emu
        self._folder = folder
        self._log = log
        self._seen = 0
        self._me = emu.attach(name="main", trap_exit=True)
        self._values: dict[str, Any] = {"main": self._me.pid}
        self._names: dict[Any, str] = {self._me.pid: "main"}
        self._references = 0
        self._begun: dict[str, str] = {}
        self._waiting: dict[str, bool] = {}

    def finish(self) -> None:
        """End the scenario's processes."""
        for value, name in self._names.items():
            if isinstance(value, Pid) and name != "main":
                self._me.exit_signal(value, A("kill"))
        self._me.detach()

    # --- terms ---

    def _value_of(self, term: Any) -> Any:
        if isinstance(term, The):
            return self._values.get(term.name, A("undefined"))
        if isinstance(term, Folder):
            return str(self._folder / term.name)
        if isinstance(term, str):
            return list(map(ord, term))
        if isinstance(term, tuple):
            return tuple(map(self._value_of, term))
        if isinstance(term, list):
            return list(map(self._value_of, term))
        return term

    def _normal(self, term: Any) -> Any:
        if isinstance(term, Pid | PortId | Reference):
            name = self._names.get(term)
            if name is None and isinstance(term, Reference):
                self._references += 1
                name = self._names[term] = f"ref{self._references}"
            return A(name or ("<pid>" if isinstance(term, Pid) else "<port>"))
        if isinstance(term, tuple):
            if len(term) == 2 and term[0] in (A("open_error"), A("id")) and isinstance(term[1], int):
                return (term[0], A("N"))
            return tuple(map(self._normal, term))
        if isinstance(term, list):
            return list(map(self._normal, term))
        if isinstance(term, ImproperList):
            return ImproperList(tuple(map(self._normal, term.elements)), self._normal(term.tail))
        if isinstance(term, str | Fun):
            raise TypeError(f"{term!r} should have been a term")
        return term

    def _say(self, label: str, value: Any) -> None:
        self.lines.append(f"{label}: {format_p(self._normal(value), width=0)}")

    def _keep(self, name: str | None, value: Any) -> None:
        if name is not None and isinstance(value, Pid | PortId | Reference):
            self._values[name] = value
            self._names[value] = name

    # --- steps ---

    def do(self, action: Action, at: str = "main", keep: str | None = None) -> None:
        if at == "main":
            value = self._me.drive(_attempt(action, self._me.process, self._value_of))
        else:
            pid = self._values[at]
            self._me.send(pid, (DO, self._me.pid, action, self._value_of))
            value = self._await(at, PATIENCE if self._emu.processes.get(pid) is not None else 0.1)
        self._keep(keep, value)
        self._say(f"{at} {action.label}", value)

    def _await(self, at: str, patience: float) -> Any:
        pid = self._values[at]

        def wanted(message: Any) -> bool:
            if not isinstance(message, tuple):
                return False
            return (message[0] is DONE and message[1] == pid) or (message[0] is DOWN and message[3] == pid)

        try:
            message = self._me.receive(wanted, timeout=patience)
        except ReceiveTimeout:
            return A("waiting")
        return message[2] if message[0] is DONE else (A("died"), message[4])

    def begin(self, action: Action, at: str) -> None:
        self._begun[at] = action.label
        self._me.send(self._values[at], (DO, self._me.pid, action, self._value_of))

    def result(self, at: str) -> None:
        value = self._await(at, 0.06)
        self._waiting[at] = value is A("waiting")
        self._say(f"{at} {self._begun[at]}", value)

    def result_if_waiting(self, at: str) -> None:
        if self._waiting[at]:
            self.result(at)

    def helper(self, name: str, *, trap_exit: bool = True) -> None:
        schedulers = len(self._emu.schedulers)
        process = self._emu.spawn(_loop, trap_exit=trap_exit, scheduler=min(schedulers, 4 if name == "opener" else 3))
        self._me.monitor(process.pid)
        self._keep(name, process.pid)

    def end(self, name: str, reason: Any) -> None:
        pid = self._values[name]
        self._me.send(pid, (EXIT, self._value_of(reason)))
        self._me.receive((DOWN, ANY, A("process"), pid, ANY), timeout=PATIENCE)

    def mailbox(self, count: int = 0, at: str = "main") -> None:
        if at == "main":
            messages = self._me.drive(_collect(self._me.process, count, self._is_internal))
        else:

            async def run(process: ProcessBifs, value_of: Any) -> Any:
                return await _collect(process, count, self._is_internal)

            self._me.send(self._values[at], (DO, self._me.pid, Action("", "", run), self._value_of))
            messages = self._await(at, 4 * PATIENCE)
            if not isinstance(messages, list):
                self._say(f"{at} mailbox", messages)
                return
        for message in messages:
            self._say(f"{at} got", message)

    def _is_internal(self, message: Any) -> bool:
        if not isinstance(message, tuple) or not message:
            return False
        if message[0] in (DO, DONE, EXIT):
            return True
        return message[0] is DOWN and len(message) == 5 and isinstance(message[3], Pid) and message[3] in self._names

    def log(self, count: int = 0) -> None:
        for _ in range(1000):
            if len(self._log_lines()) >= self._seen + count:
                break
            self._me.sleep(0.005)
        self._me.sleep(SILENCE)
        new = self._log_lines()[self._seen :]
        self._seen += len(new)
        self.lines.extend(f"log: {line}" for line in new)

    def _log_lines(self) -> list[str]:
        return self._log.read_text().splitlines() if self._log.exists() else []

    def settle(self, milliseconds: int = 30) -> None:
        self._me.sleep(milliseconds / 1000)

    def held(self) -> None:
        self.settle(20)

    def note(self, text: str) -> None:
        self.lines.append(f"-- {text}")


async def _loop(process: ProcessBifs) -> None:
    """What a helper does."""

    def for_me(message: Any) -> bool:
        return isinstance(message, tuple) and len(message) > 0 and (message[0] is DO or message[0] is EXIT)

    while True:
        message = await process.receive(for_me)
        if message[0] is EXIT:
            process.exit_now(message[1])
        _, director, action, value_of = message
        result = await _attempt(action, process, value_of)
        await process.send(director, (DONE, process.pid, result))


async def _attempt(action: Action, process: ProcessBifs, value_of: Callable[[Any], Any]) -> Any:
    try:
        result = await action.run(process, value_of)
    except ErlangError as error:
        return (A("raised"), A(error.kind), error.reason)
    return A(str(result).lower()) if isinstance(result, bool) else result


async def _collect(process: ProcessBifs, count: int, is_internal: Callable[[Any], bool]) -> list[Any]:
    received: list[Any] = []
    while True:
        patience = PATIENCE if len(received) < count else SILENCE
        try:
            received.append(await process.receive(lambda message: not is_internal(message), timeout=patience))
        except ReceiveTimeout:
            return received
