%% Whoever waits can be killed.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "gate_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "gate_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
port_control(Port, 1, []).
{Q, Ref} = spawn_monitor(fun() -> port_command(Port, "never") end).
timer:sleep(10).
exit(Q, kill).
receive {'DOWN', Ref, _, _, R} -> P(R) after 1000 -> P(timeout) end.
port_control(Port, 2, []).
P(Quiet()).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("gate_drv").
