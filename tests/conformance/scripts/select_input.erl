%% What is written comes back through the pipe.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "pipe_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "pipe_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
port_command(Port, "hello").
P(Next()).
port_command(Port, "twelve bytes").
P([Next(), Next()]).
P(Quiet()).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("pipe_drv").
