%% A port that is closed with jobs under way.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "pdl_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "pdl_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
port_command(Port, "abcdef").
Seen = [Next() || _ <- [1, 2, 3, 4, 5, 6]].
P(length(Seen)).
port_close(Port).
P(receive {'EXIT', Port, R} -> R after 1000 -> timeout end).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("pdl_drv").
