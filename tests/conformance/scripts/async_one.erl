%% One job at a time, there and back.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "upper_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "upper_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
[begin port_command(Port, T), P(Next()) end || T <- ["abc", "", "x1 y2", [$a, <<"bc">>, ["d"]]]].
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("upper_drv").
