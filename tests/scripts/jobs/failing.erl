%% ready_async fails its port; the port's other jobs are freed; a job on a port that has just failed is refused.
%% flags: +A 1
process_flag(trap_exit, true).
D = os:getenv("DRIVERS").
ok = erl_ddll:load_driver(D, "job_drv").
W = open_port({spawn_driver, "job_drv"}, []).
Until = fun Until(N, Old) -> case Old ++ port_control(W, $L, "") of L when length(L) < N -> receive after 5 -> Until(N, L) end; L -> L end end.
P = open_port({spawn_driver, "job_drv"}, []).
port_control(P, $c, "").
port_control(P, $n, "w gate").
port_control(P, $n, "x breaks").
port_control(P, $n, "p other").
port_control(P, $o, "").
[receive M -> io:format("~p~n", [M]) end || _ <- lists:seq(1, 3)].
io:format("~s~n", [Until(length("ready gate,ready breaks,stop port,free other,"), "")]).
P2 = open_port({spawn_driver, "job_drv"}, [eof]).
port_control(P2, $n, "e ends").
[receive M -> io:format("~p~n", [M]) end || _ <- lists:seq(1, 2)].
io:format("~p~n", [port_close(P2)]).
receive M2 -> io:format("~p~n", [M2]) after 0 -> io:format("nothing~n") end.
io:format("~s~n", [port_control(W, $L, "")]).
P3 = open_port({spawn_driver, "job_drv"}, []).
io:format("~p~n", [port_control(P3, $d, "")]).
receive M3 -> io:format("~p~n", [M3]) end.
io:format("~s~n", [port_control(W, $L, "")]).
port_close(W).
