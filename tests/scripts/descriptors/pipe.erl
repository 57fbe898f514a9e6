%% A pipe: reading, re-reading what was left, end of file, deselecting with and without stop_select.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "select_drv").
P = open_port({spawn_driver, "select_drv"}, []).
C = fun(K, A) -> io:format("~c ~s: ~s~n", [K, A, port_control(P, K, A)]) end.
Get = fun() -> receive {P, {data, T}} -> io:format("~s~n", [T]) after 2000 -> io:format("nothing~n") end end.
None = fun() -> receive M -> io:format("~p~n", [M]) after 20 -> io:format("nothing~n") end end.
C($p, "0"), C($S, "0 0 5 1"), None().
C($w, "0 1 hello"), Get().
C($l, "3"), C($w, "0 1 abcdefgh"), Get(), Get(), Get(), None(), C($l, "0").
C($S, "0 0 1 0"), C($w, "0 1 unseen"), None(), C($S, "0 0 1 1"), Get().
C($S, "0 0 1 1"), C($S, "0 0 1 1"), C($w, "0 1 once"), Get(), None().
C($m, "n"), C($w, "0 1 later"), Get(), C($q, "").
C($m, "o"), C($w, "0 1 first"), Get(), C($w, "0 1 second"), None(), C($S, "0 0 1 1"), Get().
C($m, "-"), C($S, "0 0 1 1"), C($w, "0 1 last"), C($c, "0 1"), Get(), Get(), C($t, ""), None().
C($p, "1"), C($S, "1 0 5 1"), C($c, "1 1"), Get(), C($t, "").
C($p, "2"), C($S, "2 0 5 1"), C($S, "2 0 13 0"), C($t, ""), C($w, "2 1 x"), None(), C($S, "2 0 1 1"), Get(), C($S, "2 0 4 0"), C($t, "").
port_close(P).
