%% Input that nobody looks at waits.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "pipe_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "pipe_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
P(port_control(Port, 0, [])).
port_command(Port, "later").
P(Quiet()).
P(port_control(Port, 1, [])).
P(Next()).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("pipe_drv").
