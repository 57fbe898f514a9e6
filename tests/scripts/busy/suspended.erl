%% A busy port: who is suspended, who is not, and what happens to them when it is free again, or gone.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "busy").
process_flag(trap_exit, true).
Main = self().
Got = fun() -> receive {P, {data, D}} when is_port(P) -> D after 2000 -> nothing end end.
Suspended = fun S(Pid) -> case process_info(Pid, status) of {status, suspended} -> ok; undefined -> dead; _ -> erlang:yield(), S(Pid) end end.
Sender = fun(F) -> Pid = spawn(fun() -> Main ! {self(), try F() of V -> V catch C:R -> {C, R} end} end), Suspended(Pid), Pid end.
Port = open_port({spawn_driver, "busy"}, []).
port_control(Port, 1, [1]).
io:format("~p ~p~n", [erlang:port_info(Port, queue_size), erlang:port_info(Port, output)]).
[io:format("~p~n", [try F() of Port -> port; V -> V catch C:R -> {C, R} end]) || F <- [fun() -> port_command(Port, "a", [nosuspend]) end, fun() -> port_command(Port, bad, [nosuspend]) end, fun() -> port_command(Port, "a", [force]) end, fun() -> port_command(Port, bad, [force]) end, fun() -> erlang:send(Port, {self(), {command, "a"}}, [nosuspend]) end, fun() -> erlang:send_nosuspend(Port, {self(), {command, "a"}}) end, fun() -> erlang:send_nosuspend(Port, {self(), {command, bad}}) end, fun() -> erlang:send_nosuspend(Port, {nobody, {command, "x"}}) end, fun() -> erlang:send_nosuspend(Port, {self(), {connect, self()}}) end, fun() -> erlang:send_nosuspend(Port, {self(), foo}) end]].
io:format("~p~n", [[receive {Port, M} -> M; {'EXIT', Port, M} -> {exit, M} end || _ <- [1, 2]]]).
S1 = Sender(fun() -> port_command(Port, "one") end).
S2 = Sender(fun() -> Port ! {Main, {command, "two"}}, sent end).
S3 = Sender(fun() -> erlang:send(Port, {Main, {command, "three"}}, []) end).
S4 = Sender(fun() -> port_command(Port, bad) end).
S5 = Sender(fun() -> Port ! {self(), {command, "five"}}, sent end).
[io:format("~p ~p~n", [process_info(S, status), process_info(S, current_function)]) || S <- [S1, S2, S3, S4, S5]].
S6 = Sender(fun() -> port_command(Port, "six") end).
Mon6 = monitor(process, S6).
exit(S6, kill).
receive {'DOWN', Mon6, _, _, Why6} -> io:format("~p~n", [Why6]) end.
port_control(Port, 1, [0]).
io:format("~p~n", [[receive {S, R} -> R end || S <- [S1, S2, S3, S4, S5]]]).
io:format("~p ~p~n", [lists:sort([Got(), Got(), Got()]), receive {'EXIT', Port, B} -> B end]).
%% in which order one after the other goes on
port_control(Port, 1, [1]).
Many = [Sender(fun() -> port_command(Port, [$0 + N]) end) || N <- lists:seq(1, 5)].
port_control(Port, 1, [0]).
[receive {S, true} -> ok end || S <- Many].
io:format("~p~n", [lists:sort([Got() || _ <- Many])]).
%% a command that makes it busy
io:format("~p~n", [port_command(Port, "X")]).
io:format("~p ~p~n", [Got(), port_command(Port, "y", [nosuspend])]).
port_control(Port, 1, [1]), port_control(Port, 1, [1]), port_control(Port, 1, [0]).
io:format("~p ~p~n", [port_command(Port, "y", [nosuspend]), Got()]).
%% each of them makes it busy again
port_control(Port, 1, [1]).
Xs = [Sender(fun() -> port_command(Port, "X") end) || _ <- [1, 2, 3]].
One = fun() -> port_control(Port, 1, [0]), receive {S, true} -> lists:member(S, Xs) end end.
io:format("~p~n", [[{One(), Got()} || _ <- Xs]]).
port_control(Port, 1, [0]).
%% the port goes while they wait
Gone = fun(Close, Link) ->
    P = open_port({spawn_driver, "busy"}, []), port_control(P, 1, [1]),
    Fs = [fun() -> port_command(P, "x") end, fun() -> P ! {Main, {command, "x"}}, sent end, fun() -> erlang:send(P, {Main, {command, "x"}}, []) end],
    Ss = [begin {Pid, Mon} = spawn_monitor(fun() -> process_flag(trap_exit, Link =:= trap), [link(P) || Link =/= none], exit(try F() of V -> {V, receive {'EXIT', P, E} -> E after 0 -> none end} catch C:R -> {C, R, receive {'EXIT', P, E} -> E after 0 -> none end} end) end), Suspended(Pid), Mon end || F <- Fs],
    Close(P),
    io:format("~p ~p~n", [Link, [receive {'DOWN', Mon, _, _, W} -> W end || Mon <- Ss]])
end.
[Gone(Close, Link) || Close <- [fun(P) -> port_close(P) end, fun(P) -> exit(P, boom) end, fun(P) -> port_control(P, 3, "") end, fun(P) -> P ! {Main, close} end], Link <- [none, trap, yes]].
