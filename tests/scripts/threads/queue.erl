%% Threads put data into the port's queue under the port data lock.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "thread_drv").
P = open_port({spawn_driver, "thread_drv"}, []).
C = fun(K, A) -> io:format("~s~n", [port_control(P, K, A)]) end.
C($c, "q 5 100"), C($j, ""), C($q, ""), io:format("~p~n", [erlang:port_info(P, queue_size)]).
C($Q, "").
port_close(P).
