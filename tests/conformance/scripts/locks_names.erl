%% Names of locks, and a mutex that is taken twice.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "counter_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "counter_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
P(port_control(Port, 5, [])).
P(port_control(Port, 4, [])).
P(port_control(Port, 4, [])).
P(try port_control(Port, 6, []) catch error:E6 -> E6 end).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("counter_drv").
