%% The owner is told when a sender ends.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "watch_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "watch_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
Pids = [element(1, spawn_monitor(fun() -> port_command(Port, "x"), receive stop -> ok end end)) || _ <- [1, 2, 3]].
Wait = fun W() -> case port_control(Port, 3, []) of "3" -> ok; _ -> timer:sleep(1), W() end end.
Wait().
[P(port_control(Port, 2, [N])) || N <- [0, 1, 2]].
[begin Q ! stop, receive {'DOWN', _, _, Q, R} -> P(R) end, P(re) end || Q <- Pids].
P(lists:sort([Next() || _ <- Pids])).
[P(port_control(Port, 2, [N])) || N <- [0, 1, 2]].
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("watch_drv").
