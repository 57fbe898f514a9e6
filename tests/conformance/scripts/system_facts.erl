%% What the system says of itself.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "system_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "system_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
P(port_control(Port, 3, [])).
P(port_control(Port, 4, [])).
[P(port_control(Port, 5, [N])) || N <- [1, 2, 9, 11, 13, 22, 32, 104, 111]].
P(port_control(Port, 6, [])).
port_control(Port, 7, []).
P(erlang:port_info(Port, os_pid)).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("system_drv").
