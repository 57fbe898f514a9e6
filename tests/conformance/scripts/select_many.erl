%% Many pipes at once.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "pipe_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "pipe_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
Ports = [open_port({spawn_driver, "pipe_drv"}, []) || _ <- lists:seq(1, 8)].
[port_command(Q, [$a + N]) || {N, Q} <- lists:zip(lists:seq(1, 8), Ports)].
P([receive {Q, {data, D}} -> D after 5000 -> timeout end || Q <- lists:reverse(Ports)]).
[port_close(Q) || Q <- Ports].
P(length([receive {'EXIT', Q, normal} -> ok end || Q <- Ports])).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("pipe_drv").
