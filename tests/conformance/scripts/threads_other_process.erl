%% The answer goes to the sender.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "thread_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "thread_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
Me = self().
[spawn(fun() -> port_command(Port, [N, N]), receive {sum, S} -> Me ! {N, S} end end) || N <- [5, 6, 7]].
P([receive {N, S} -> {N, S} after 5000 -> timeout end || N <- [5, 6, 7]]).
P(Quiet()).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("thread_drv").
