%% Threads end by returning and by erl_drv_thread_exit; a thread makes threads; names; options; joining oneself.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "thread_drv").
P = open_port({spawn_driver, "thread_drv"}, []).
C = fun(K, A) -> io:format("~s~n", [port_control(P, K, A)]) end.
C($c, "x 3 0"), C($j, "").
C($c, "n 1 0"), receive M -> io:format("~p~n", [M]) end, C($j, "").
C($o, "x 2 0"), C($j, "").
C($c, "i 2 3"), C($j, "").
io:format("~p~n", [lists:sort([receive {thread, T} -> T after 1000 -> none end || _ <- lists:seq(1, 6)])]).
Self = port_control(P, $s, "").
io:format("~s~n", [lists:nthtail(length(Self) - 9, Self)]).
C($c, "t 0 0"), C($j, "").
port_close(P).
