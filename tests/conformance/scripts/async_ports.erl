%% Each port has its own key; all answers come.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "upper_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "upper_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
Ports = [open_port({spawn_driver, "upper_drv"}, [binary]) || _ <- lists:seq(1, 5)].
[port_command(Q, [N + 96]) || {Q, N} <- lists:zip(Ports, lists:seq(1, 5))].
P(lists:sort([receive {Q, {data, D}} -> D after 5000 -> timeout end || Q <- Ports])).
[port_close(Q) || Q <- Ports].
P(lists:usort([receive {'EXIT', Q, R} -> R after 1000 -> timeout end || Q <- Ports])).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("upper_drv").
