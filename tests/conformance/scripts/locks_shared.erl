%% A counter that ports share.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "counter_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "counter_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
Other = open_port({spawn_driver, "counter_drv"}, []).
P(port_control(Port, 1, [5])).
P(port_control(Other, 1, [7])).
P(port_control(Port, 2, [])).
port_close(Other).
receive {'EXIT', Other, R} -> P(R) end.
P(port_control(Port, 2, [])).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("counter_drv").
