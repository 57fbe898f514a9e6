%% A gate that is shut by a command, and opened by a timer.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "gate_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "gate_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
port_control(Port, 3, [2]).
P([port_command(Port, [$a + N], [nosuspend]) || N <- lists:seq(0, 3)]).
port_control(Port, 5, [5]).
P(port_command(Port, "z")).
P([Next() || _ <- [1, 2, 3]]).
P(Quiet()).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("gate_drv").
