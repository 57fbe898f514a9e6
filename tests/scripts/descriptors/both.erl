%% A socket that can be read and written at once: ready_output comes first.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "select_drv").
P = open_port({spawn_driver, "select_drv"}, []).
C = fun(K, A) -> io:format("~c ~s: ~s~n", [K, A, port_control(P, K, A)]) end.
C($s, "0"), C($w, "0 1 data"), C($S, "0 0 7 1").
[receive {P, {data, T}} -> io:format("~s~n", [T]) after 2000 -> io:format("nothing~n") end || _ <- [1, 2]].
C($c, "0 1").
receive {P, {data, T2}} -> io:format("~s~n", [T2]) end.
C($t, "").
port_close(P).
