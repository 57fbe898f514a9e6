%% A port changes hands, by message and by port_connect: who is linked, who is told, who gets the data.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "echo").
process_flag(trap_exit, true).
Main = self().
Helper = fun() -> spawn(fun() -> process_flag(trap_exit, true),
    (fun Loop() -> receive {do, F} -> Main ! {self(), F()}, Loop(); {exit, R} -> exit(R); M -> Main ! {helper, M}, Loop() end end)() end) end.
Do = fun(Pid, F) -> Pid ! {do, F}, receive {Pid, R} -> R end end.
Get = fun() -> receive {helper, {P, M}} when is_port(P) -> {helper, M}; {helper, {'EXIT', _, R}} -> {helper, 'EXIT', R}; {P, M} when is_port(P) -> {main, M}; {'EXIT', P, R} when is_port(P) -> {main, 'EXIT', R} after 2000 -> nothing end end.
None = fun() -> receive M -> {unexpected, M} after 0 -> none end end.
Links = fun(P) -> {links, L} = erlang:port_info(P, links), lists:sort([case X of Main -> main; _ -> other end || X <- L]) end.
A = Helper().
P1 = open_port({spawn_driver, "echo"}, []).
io:format("~p~n", [begin P1 ! {self(), {connect, A}}, Get() end]).
io:format("~p ~p~n", [Links(P1), erlang:port_info(P1, connected) =:= {connected, A}]).
io:format("~p ~p~n", [port_command(P1, "to the new owner"), Get()]).
io:format("~p~n", [begin P1 ! {self(), {command, "no owner any more"}}, Get() end]).
io:format("~p~n", [begin P1 ! {A, {command, "in its name"}}, Get() end]).
io:format("~p~n", [Do(A, fun() -> P1 ! {self(), {command, "by itself"}}, ok end)]).
io:format("~p~n", [Get()]).
io:format("~p~n", [begin P1 ! {A, {connect, self()}}, Get() end]).
io:format("~p ~p~n", [Links(P1), erlang:port_info(P1, connected) =:= {connected, self()}]).
io:format("~p~n", [port_connect(P1, A)]).
io:format("~p ~p~n", [Links(P1), port_command(P1, "again")]).
io:format("~p~n", [Get()]).
io:format("~p~n", [begin P1 ! {A, close}, lists:sort([Get(), Get(), Get()]) end]).
io:format("~p~n", [None()]).
%% the new owner dies
Try = fun(Name, Connect, Reason) ->
    B = Helper(), P = open_port({spawn_driver, "echo"}, []), Mon = monitor(process, B),
    Connect(P, B),
    B ! {exit, Reason}, receive {'DOWN', Mon, _, _, R} -> io:format("~p ~p ~p: ", [Name, Reason, R]) end,
    case Name of
        message -> receive {P, connected} -> ok end, io:format("~p ~p ~p~n", [erlang:port_info(P, name), Links(P), port_command(P, "x")]), port_close(P), receive {'EXIT', P, R2} -> ok end, io:format("   ~p~n", [R2]);
        _ -> receive {'EXIT', P, R2} -> io:format("~p ~p~n", [R2, erlang:port_info(P, name)]) end
    end,
    io:format("   ~p~n", [None()])
end.
[Try(message, fun(P, B) -> P ! {self(), {connect, B}} end, R) || R <- [normal, boom, kill]].
[Try(bif, fun(P, B) -> port_connect(P, B) end, R) || R <- [normal, boom, kill, {a, "b"}]].
P2 = open_port({spawn_driver, "echo"}, []).
Bad = fun(X) -> try port_connect(P2, X) catch C:R:S -> {C, R, element(4, hd(S))} end end.
Dead = spawn(fun() -> ok end).
WaitDead = fun W() -> case is_process_alive(Dead) of true -> erlang:yield(), W(); false -> ok end end.
WaitDead().
[io:format("~p~n", [Bad(X)]) || X <- [Dead, foo, P2, 17, make_ref, {a, b}, "x", []]].
io:format("~p ~p~n", [port_connect(P2, self()), Links(P2)]).
unlink(P2).
io:format("~p ~p ~p~n", [Links(P2), port_connect(P2, self()), Links(P2)]).
io:format("~p~n", [begin P2 ! {self(), {connect, Dead}}, Get() end]).
io:format("~p ~p~n", [port_command(P2, "to the dead"), None()]).
io:format("~p~n", [begin P2 ! foo, P2 ! {self(), {command, "x"}}, {erlang:port_info(P2, output), None()} end]).
io:format("~p~n", [begin P2 ! {Dead, {command, "dead"}}, {erlang:port_info(P2, output), None()} end]).
io:format("~p ~p~n", [port_connect(P2, self()), port_command(P2, "back")]).
io:format("~p~n", [Get()]).
io:format("~p~n", [begin P2 ! {self(), {connect, Dead}}, Get() end]).
io:format("~p~n", [begin P2 ! {Dead, close}, Get() end]).
io:format("~p ~p~n", [None(), erlang:port_info(P2)]).
