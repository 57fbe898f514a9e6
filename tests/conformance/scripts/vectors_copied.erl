%% Sizes, copies, parts of binaries, the queue.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "vector_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "vector_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
port_control(Port, 2, []).
port_command(Port, ["abc", <<"def">>]).
P(Next()).
port_control(Port, 3, []).
port_command(Port, ["abc", <<"def">>]).
P(Next()).
port_control(Port, 4, []).
port_command(Port, ["abc", <<"def">>]).
P(Next()).
port_control(Port, 5, []).
port_command(Port, ["abc", <<"def">>]).
P(Next()).
P(erlang:port_info(Port, queue_size)).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("vector_drv").
