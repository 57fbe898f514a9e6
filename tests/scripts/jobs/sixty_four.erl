%% flags: +A 64
%% 64 threads wait at a gate at once; the 65th job has to wait for one of them.
D = os:getenv("DRIVERS").
ok = erl_ddll:load_driver(D, "job_drv").
P = open_port({spawn_driver, "job_drv"}, []).
port_control(P, $c, "").
[port_control(P, $k, io_lib:format("w ~w x", [K])) || K <- lists:seq(0, 63)].
io:format("~s~n", [port_control(P, $W, "64")]).
port_control(P, $k, "p 5 last").
io:format("~p~n", [receive M -> M after 20 -> nothing end]).
port_control(P, $o, "").
[receive {P, {data, "ready x"}} -> ok end || _ <- lists:seq(1, 64)].
receive {P, {data, L}} -> io:format("~s~n", [L]) end.
io:format("~p~n", [erlang:system_info(thread_pool_size)]).
port_close(P).
