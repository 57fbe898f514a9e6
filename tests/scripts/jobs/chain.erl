%% Jobs submitted by ready_async, by timeout, by flush and by stop.
%% flags: +A 2
D = os:getenv("DRIVERS").
ok = erl_ddll:load_driver(D, "job_drv").
P = open_port({spawn_driver, "job_drv"}, []).
io:format("~s~n", [port_control(P, $R, "4")]).
port_control(P, $n, "p root").
[receive M -> io:format("~p~n", [M]) end || _ <- lists:seq(1, 5)].
io:format("~s~n", [port_control(P, $t, "")]).
[receive M -> io:format("~p~n", [M]) end || _ <- lists:seq(1, 2)].
io:format("~s~n", [port_control(P, $L, "")]).
W = open_port({spawn_driver, "job_drv"}, []).
io:format("~s~n", [port_control(P, $S, "")]).
true = port_command(P, "queued").
process_flag(trap_exit, true).
P ! {self(), close}.
receive M4 -> io:format("~p~n", [M4]) end.
Until = fun Until(N, Old) -> case Old ++ port_control(W, $L, "") of L when length(L) < N -> receive after 5 -> Until(N, L) end; L -> L end end.
io:format("~s~n", [Until(length("flush port,ready of flush,stop port,job of stop,free of stop,"), "")]).
io:format("~p~n", [receive M5 -> M5 after 0 -> none end]).
port_close(W).
