%% The real erl's half of the benchmarks: reads one request a line, answers `ok N ...` or `error Reason`.
%% Times are nanoseconds, taken here, so that the pipe to the benchmark program is never part of them.
-module(bench).
-export([main/1]).

-define(OP_MODE, 0).
-define(OP_ECHO, 1).
-define(OP_JOBS, 2).
-define(OP_SLEEP, 3).
-define(OP_COMPUTE, 4).

%% A driver belongs to the process that loaded it, so the loop loads its own.
main([Dir]) ->
    spawn(fun() -> serve(Dir) end).

serve(Dir) ->
    ok = erl_ddll:load_driver(Dir, "bench_drv"),
    answer({ok, []}),
    loop().

loop() ->
    case io:get_line("") of
        Line when is_list(Line) ->
            answer(isolated(string:lexemes(Line, " \n"))),
            loop();
        _ ->
            halt(0)
    end.

answer({ok, Numbers}) ->
    io:put_chars(["ok", [[$\s, integer_to_list(N)] || N <- Numbers], $\n]);
answer({error, Reason}) ->
    io:format("error ~0p~n", [Reason]).

%% Each request gets a process of its own: no heap, message queue or port is left over from the one before.
isolated([Name | Arguments]) ->
    Work = fun() -> exit({result, request(Name, [list_to_integer(A) || A <- Arguments])}) end,
    {Pid, Monitor} = spawn_monitor(Work),
    receive
        {'DOWN', Monitor, process, Pid, {result, Numbers}} -> {ok, Numbers};
        {'DOWN', Monitor, process, Pid, Reason} -> {error, Reason}
    end.

request("jobs", [Count, Window]) ->
    with_port(fun(P) -> timed(fun() -> run(P, ?OP_JOBS, <<Count:32, Window:32>>) end) end);
request("sleep", [Count, Microseconds]) ->
    with_port(fun(P) -> timed(fun() -> run(P, ?OP_SLEEP, <<Count:32, Microseconds:32>>) end) end);
request("compute", [Count, Steps]) ->
    with_port(fun(P) -> timed(fun() -> run(P, ?OP_COMPUTE, <<Count:32, Steps:32>>) end) end);
request("sqlite", [Count]) ->
    ok = erl_ddll:load_driver(code:priv_dir(p1_sqlite3), "sqlite3_drv"),
    Port = open_port({spawn, "sqlite3_drv :memory:"}, [binary]),
    receive {Port, ok} -> ok end,
    Result = timed(fun() -> selects(Port, Count) end),
    port_close(Port),
    Result;
request("one", [Count]) ->
    with_port(fun(P) -> timed(fun() -> commands(P, <<"asyn">>, Count) end) end);
request("echo", [Count]) ->
    with_port(fun(P) -> timed(fun() -> commands(P, <<"echo">>, Count) end) end);
request("control", [Count, Mode]) ->
    with_port(fun(P) ->
        erlang:port_control(P, ?OP_MODE, [Mode]),
        timed(fun() -> controls(P, Count) end)
    end);
request("open_close", [Count]) ->
    timed(fun() -> open_close(Count) end);
request("ports", [Count, Few, Commands]) ->
    ports(Count, Few, Commands).

with_port(Fun) ->
    Port = open(),
    Result = Fun(Port),
    port_close(Port),
    Result.

open() ->
    open_port({spawn_driver, "bench_drv"}, [binary]).

timed(Fun) ->
    Start = erlang:monotonic_time(nanosecond),
    Fun(),
    [erlang:monotonic_time(nanosecond) - Start].

run(Port, Op, Arguments) ->
    erlang:port_control(Port, Op, Arguments),
    receive {Port, {data, <<"done">>}} -> ok end.

commands(_Port, _Data, 0) ->
    ok;
commands(Port, Data, N) ->
    port_command(Port, Data),
    receive {Port, {data, _}} -> ok end,
    commands(Port, Data, N - 1).

controls(_Port, 0) ->
    ok;
controls(Port, N) ->
    erlang:port_control(Port, ?OP_ECHO, <<"ctrl">>),
    controls(Port, N - 1).

selects(_Port, 0) ->
    ok;
selects(Port, N) ->
    erlang:port_control(Port, 2, "select 1;"),
    receive {Port, _} -> ok end,
    selects(Port, N - 1).

open_close(0) ->
    ok;
open_close(N) ->
    port_close(open()),
    open_close(N - 1).

%% A run of commands to Few ports, then up to Count ports, then the same run again on the same ports, and one
%% spread over all the others. Each of the first two runs follows one that is not measured. Memory counts the
%% ports added in between. They belong to another process, whose large heap would slow its own commands.
ports(Count, Few, Commands) ->
    First = [open() || _ <- lists:seq(1, Few)],
    Run = fun() -> each(First, First, Commands) end,
    Run(),
    [Before] = timed(Run),
    {Memory0, Pages0} = memory(),
    Self = self(),
    Holder = spawn_link(fun() -> hold(Self, Count - Few, Commands) end),
    {Opened, {Memory1, Pages1}} = receive {opened, Report} -> Report end,
    Run(),
    [After] = timed(Run),
    Holder ! go_on,
    {Spread, Closed} = receive {closed, Last} -> Last end,
    lists:foreach(fun port_close/1, First),
    [Opened, Memory1 - Memory0, Pages1 - Pages0, Before, After, Spread, Closed].

hold(Parent, Count, Commands) ->
    Start = erlang:monotonic_time(nanosecond),
    Ports = [open() || _ <- lists:seq(1, Count)],
    Opened = erlang:monotonic_time(nanosecond) - Start,
    Parent ! {opened, {Opened, memory()}},
    receive go_on -> ok end,
    [Spread] = timed(fun() -> each(Ports, Ports, Commands) end),
    [Closed] = timed(fun() -> lists:foreach(fun port_close/1, Ports) end),
    Parent ! {closed, {Spread, Closed}}.

each(_Ports, _All, 0) ->
    ok;
each([], All, N) ->
    each(All, All, N);
each([Port | Ports], All, N) ->
    port_command(Port, <<"echo">>),
    receive {Port, {data, _}} -> ok end,
    each(Ports, All, N - 1).

memory() ->
    erlang:garbage_collect(),
    {erlang:memory(total), resident_pages()}.

resident_pages() ->
    case file:read_file("/proc/self/statm") of
        {ok, Text} -> list_to_integer(lists:nth(2, string:lexemes(binary_to_list(Text), " ")));
        {error, _} -> 0
    end.
