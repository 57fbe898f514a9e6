%% A shut gate, asked without waiting.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "gate_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "gate_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
port_control(Port, 1, []).
P(port_command(Port, "x", [nosuspend])).
P(erlang:send(Port, {self(), {command, "x"}}, [nosuspend])).
port_control(Port, 2, []).
P(port_command(Port, "y", [nosuspend])).
P(Next()).
P(port_control(Port, 4, [])).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("gate_drv").
