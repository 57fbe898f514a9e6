%% A port that is closed with jobs under way gives no answers, and its driver waits for them.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "upper_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "upper_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
[port_command(Port, "abc") || _ <- lists:seq(1, 10)].
P(port_close(Port)).
receive {'EXIT', Port, Why} -> P(Why) after 1000 -> P(timeout) end.
Left = fun L() -> receive {Port, {data, _}} -> L() after 0 -> ok end end.
Left().
P(Quiet()).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("upper_drv").
