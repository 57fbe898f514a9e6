%% Descriptors that are none, unknown ones, modes without meaning, an invalid port.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "select_drv").
P = open_port({spawn_driver, "select_drv"}, []).
C = fun(K, A) -> io:format("~c ~s: ~s~n", [K, A, port_control(P, K, A)]) end.
C($n, "-1 1 1"), C($n, "-1 4 0"), C($n, "100000000 1 1").
C($b, "").
C($p, "0").
C($S, "0 0 0 1"), C($S, "0 0 0 0"), C($S, "0 0 4 1"), C($S, "0 0 1 0"), C($S, "0 0 12 0"), C($t, "").
C($S, "0 0 4 0"), C($t, "").
C($S, "0 1 4 0"), C($t, "").
port_close(P).
