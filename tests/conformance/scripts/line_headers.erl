%% Headers, of the driver and of the port.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "line_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "line_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
port_control(Port, 0, "abcdef").
P(Next()).
port_control(Port, 1, "xyz").
P(Next()).
port_control(Port, 0, "a").
P(Next()).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("line_drv").
