%% Each command is added up by a thread.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "thread_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "thread_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
port_command(Port, [1, 2, 3]).
P(receive {sum, S} -> S after 5000 -> timeout end).
[port_command(Port, lists:seq(1, N)) || N <- lists:seq(1, 10)].
P(lists:sort([receive {sum, T} -> T after 5000 -> timeout end || _ <- lists:seq(1, 10)])).
P(port_control(Port, 1, [])).
P(port_control(Port, 1, [])).
catch port_close(Port).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("thread_drv").
