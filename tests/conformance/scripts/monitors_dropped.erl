%% Nobody is told of what is not watched any more.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "watch_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "watch_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
{Q, _} = spawn_monitor(fun() -> port_command(Port, "x"), receive stop -> ok end end).
Wait = fun W() -> case port_control(Port, 3, []) of "1" -> ok; _ -> timer:sleep(1), W() end end.
Wait().
P(port_control(Port, 1, [0])).
P(port_control(Port, 1, [0])).
Q ! stop.
receive {'DOWN', _, _, Q, R} -> P(R) end.
P(Quiet()).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("watch_drv").
