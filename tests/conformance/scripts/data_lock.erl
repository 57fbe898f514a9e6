%% Jobs put bytes into the queue of their port.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "pdl_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "pdl_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
P(port_control(Port, 1, [])).
P(port_control(Port, 3, [])).
port_command(Port, "abcdef").
P([Next() || _ <- lists:seq(1, 6)]).
P(port_control(Port, 2, [])).
P(port_control(Port, 1, [])).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("pdl_drv").
