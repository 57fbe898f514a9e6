%% Closing waits for the threads.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "thread_drv").
P = fun(T) -> io:format("~0p~n", [T]) end.
Port = open_port({spawn_driver, "thread_drv"}, []).
Next = fun() -> receive {Port, {data, D}} -> D; M -> M after 5000 -> timeout end end.
Quiet = fun() -> receive M -> M after 20 -> quiet end end.
[port_command(Port, lists:duplicate(N, 1)) || N <- lists:seq(1, 16)].
port_close(Port).
receive {'EXIT', Port, R} -> P(R) end.
P(length(lists:usort([receive {sum, N} -> N after 50 -> none end || _ <- lists:seq(1, 16)])) > 0).
receive {'EXIT', Port, normal} -> ok after 0 -> ok end.
ok = erl_ddll:unload_driver("thread_drv").
