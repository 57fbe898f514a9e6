%% flags: +A 1
%% Jobs of a port that closes: those done later are freed, after stop.
process_flag(trap_exit, false).
D = os:getenv("DRIVERS").
ok = erl_ddll:load_driver(D, "job_drv").
Watch = open_port({spawn_driver, "job_drv"}, []).
P = open_port({spawn_driver, "job_drv"}, []).
port_control(P, $c, "").
port_control(P, $n, "w first").
port_control(P, $n, "p second").
port_control(P, $N, "p third, without free").
io:format("~s~n", [port_control(P, $W, "1")]).
io:format("~p~n", [port_close(P)]).
io:format("~s~n", [port_control(Watch, $L, "")]).
port_control(Watch, $o, "").
io:format("~s~n", [port_control(Watch, $I, "3")]).
Until = fun Until(Old) -> case Old ++ port_control(Watch, $L, "") of L when length(L) < length("free first,free second,") -> receive after 5 -> Until(L) end; L -> L end end.
io:format("~s~n", [Until("")]).
port_control(Watch, $n, "p afterwards").
receive {Watch, _} = M -> io:format("~p~n", [M]) end.
io:format("~s~n", [port_control(Watch, $L, "")]).
io:format("~p~n", [erl_ddll:info(job_drv, port_count)]).
port_close(Watch).
