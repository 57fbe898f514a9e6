%% Closing waits until the queue is empty.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "queue_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "queue_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
port_control(Port, 5, [2]).
port_command(Port, "abcdef").
P(port_close(Port)).
P(receive {'EXIT', Port, R} -> R after 5000 -> timeout end).
P(Quiet()).
P(erlang:port_info(Port)).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("queue_drv").
