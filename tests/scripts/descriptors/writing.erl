%% Writing: when there is room, and when there is again; both directions of a socket; re-selecting in callbacks.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "select_drv").
P = open_port({spawn_driver, "select_drv"}, []).
C = fun(K, A) -> io:format("~c ~s: ~s~n", [K, A, port_control(P, K, A)]) end.
Get = fun() -> receive {P, {data, T}} -> io:format("~s~n", [T]) after 2000 -> io:format("nothing~n") end end.
None = fun() -> receive M -> io:format("~p~n", [M]) after 20 -> io:format("nothing~n") end end.
C($p, "0"), C($S, "0 1 6 1"), Get(), None().
C($f, "0 1"), C($S, "0 1 2 1"), None(), C($e, "0 0"), Get(), None().
C($m, "r"), C($S, "0 1 2 1"), Get(), Get(), Get(), None(), C($q, "").
C($s, "1"), C($m, "w"), C($S, "1 0 5 1"), C($w, "1 1 ping"), Get(), Get(), None().
C($m, "-"), C($S, "1 1 5 1"), Get(), None().
C($S, "1 0 4 0"), None(), C($t, "").
C($S, "1 1 4 0"), C($t, "").
C($S, "0 1 4 0"), C($c, "0 0"), C($t, "").
port_close(P).
