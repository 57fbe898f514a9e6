%% The ways in which opening fails.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "fail_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "fail_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
[P(try open_port({spawn_driver, "fail_drv " ++ How}, []) of _ -> opened catch error:E -> E end) || How <- ["general", "badarg", "errno"]].
P(Quiet()).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("fail_drv").
