%% Pushing, dropping, looking.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "queue_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "queue_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
P(port_control(Port, 3, "world")).
P(port_control(Port, 3, "hello ")).
P(port_control(Port, 1, [])).
P(port_control(Port, 2, [])).
P(port_control(Port, 4, [6])).
P(port_control(Port, 1, [])).
P(port_control(Port, 2, [])).
P(port_control(Port, 4, [9])).
P(port_control(Port, 4, [5])).
P(port_control(Port, 1, [])).
P(erlang:port_info(Port, queue_size)).
P(try port_control(Port, 9, []) catch error:E9 -> E9 end).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("queue_drv").
