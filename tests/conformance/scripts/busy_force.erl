%% A soft-busy driver can be forced.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "gate_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "gate_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
port_control(Port, 1, []).
P(port_command(Port, "forced", [force])).
P(Next()).
P(port_command(Port, "no", [nosuspend])).
port_control(Port, 2, []).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("gate_drv").
