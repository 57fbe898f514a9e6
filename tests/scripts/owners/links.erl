%% Links between processes and ports: exit signals in both directions, unlinking, many links, normal exits.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "echo").
Main = self().
Open = fun() -> open_port({spawn_driver, "echo"}, []) end.
%% what a linked process gets when the port goes
Watch = fun(Trap, Close) ->
    P = Open(),
    {Pid, Mon} = spawn_monitor(fun() -> process_flag(trap_exit, Trap), link(P), link(P), Main ! linked, receive {'EXIT', P, R} -> exit({got, R}); stop -> exit(stopped) end end),
    receive linked -> ok end,
    unlink(P),
    Said = Close(P),
    [Pid ! stop || erlang:port_info(P, name) =/= undefined],
    W = case Said of survives -> timer:sleep(0), Pid ! stop; _ -> ok end,
    receive {'DOWN', Mon, _, _, Why} -> io:format("~p ~p ~p~n", [Trap, Said, Why]) after 300 -> Pid ! stop, receive {'DOWN', Mon, _, _, Why} -> io:format("~p ~p ~p~n", [Trap, Said, Why]) end end,
    catch port_close(P), W
end.
[Watch(Trap, F) || Trap <- [true, false], F <- [fun(P) -> port_close(P) end, fun(P) -> exit(P, normal) end, fun(P) -> exit(P, boom) end, fun(P) -> exit(P, kill) end, fun(P) -> exit(P, killed) end, fun(P) -> exit(P, {some, [term]}) end, fun(P) -> P ! {Main, close}, closed end]].
%% what a port does when a linked process goes
Goes = fun(Owner, Reason) ->
    {Pid, Mon} = case Owner of
        true -> spawn_monitor(fun() -> P = Open(), Main ! {port, P}, receive go -> exit(Reason) end end);
        false -> P0 = Open(), Main ! {port, P0}, spawn_monitor(fun() -> link(P0), Main ! linked, receive go -> exit(Reason) end end)
    end,
    receive {port, P} -> ok end,
    case Owner of false -> receive linked -> ok end; true -> ok end,
    PMon = monitor(port, P),
    Trap = process_flag(trap_exit, true),
    Pid ! go,
    receive {'DOWN', Mon, _, _, Why} -> ok end,
    Port = receive {'DOWN', PMon, T, _, PWhy} -> {T, PWhy} after case Reason of normal when not Owner -> 50; _ -> 5000 end -> alive end,
    Exit = receive {'EXIT', P, E} -> E after 0 -> none end,
    io:format("owner ~p ~p ~p: ~p ~p~n", [Owner, Reason, Why, Port, Exit]),
    catch port_close(P), receive {'EXIT', P, _} -> ok after 0 -> ok end,
    process_flag(trap_exit, Trap)
end.
[Goes(Owner, R) || Owner <- [true, false], R <- [normal, boom, kill, killed, {a, "b"}, "string", 1 bsl 70, 17]].
%% an unlinked owner
{U, UMon} = spawn_monitor(fun() -> P = Open(), unlink(P), Main ! {port, P} end).
receive {port, UP} -> ok end, receive {'DOWN', UMon, _, _, _} -> ok end.
io:format("~p ~p ~p~n", [erlang:port_info(UP, links), erlang:port_info(UP, connected) =:= {connected, U}, port_command(UP, "x")]).
io:format("~p~n", [begin UP ! {U, close}, erlang:port_info(UP) end]).
%% many links
P3 = Open().
Many = [spawn_monitor(fun() -> link(P3), Main ! linked, receive stop -> ok end end) || _ <- lists:seq(1, 50)].
[receive linked -> ok end || _ <- Many].
{links, L3} = erlang:port_info(P3, links).
io:format("~p~n", [length(L3)]).
unlink(P3).
exit(P3, finished).
io:format("~p~n", [lists:usort([receive {'DOWN', M, _, Pid, R} -> R end || {Pid, M} <- Many])]).
io:format("~p~n", [[is_port(X) || {links, Ls} <- [process_info(self(), links)], X <- Ls, is_port(X)]]).
