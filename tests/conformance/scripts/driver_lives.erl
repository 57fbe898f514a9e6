%% init and finish: a driver that is loaded again starts anew.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "counter_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "counter_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
P(port_control(Port, 1, [9])).
port_close(Port).
receive {'EXIT', Port, R} -> P(R) end.
ok = erl_ddll:unload_driver("counter_drv").
P(lists:member("counter_drv", element(2, erl_ddll:loaded_drivers()))).
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "counter_drv").
Again = open_port({spawn_driver, "counter_drv"}, []).
P(port_control(Again, 2, [])).
port_close(Again).
receive {'EXIT', Again, R2} -> P(R2) end.
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("counter_drv").
