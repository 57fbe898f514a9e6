%% Mutexes, read-write locks, thread-specific data: names, trying, counting, keys.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "thread_drv").
P = open_port({spawn_driver, "thread_drv"}, []).
C = fun(K, A) -> io:format("~s~n", [port_control(P, K, A)]) end.
C($l, ""), C($n, ""), C($k, "").
C($c, "c 6 500"), C($j, ""), C($q, "").
C($c, "r 6 200"), C($j, ""), C($q, "").
C($c, "d 6 0"), C($j, "").
port_close(P).
