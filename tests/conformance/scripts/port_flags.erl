%% Flags of a port that was opened with binary and line.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "system_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "system_drv"}, [binary]).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
P(port_control(Port, 6, [])).
Q = open_port({spawn_driver, "system_drv"}, [{line, 10}]).
P(port_control(Q, 6, [])).
port_close(Q).
receive {'EXIT', Q, R} -> P(R) end.
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("system_drv").
