%% The jobs of one key run in order.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "upper_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "upper_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
[port_command(Port, integer_to_list(N) ++ "x") || N <- lists:seq(1, 30)].
P([Next() || _ <- lists:seq(1, 30)]).
P(port_control(Port, 1, [])).
P(Quiet()).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("upper_drv").
