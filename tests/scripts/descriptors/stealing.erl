%% A second port that selects a descriptor takes it over.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "select_drv").
[P, Q] = [open_port({spawn_driver, "select_drv"}, []) || _ <- [1, 2]].
C = fun(X, K, A) -> io:format("~s: ~s~n", [A, port_control(X, K, A)]) end.
Get = fun() -> receive {X, {data, T}} -> io:format("~s ~s~n", [case X of P -> "P"; Q -> "Q" end, T]) after 300 -> io:format("nothing~n") end end.
C(P, $s, "0"), C(P, $S, "0 0 5 1"), C(P, $w, "0 1 one"), Get().
C(Q, $S, "0 0 5 1"), C(P, $w, "0 1 two"), Get().
C(P, $S, "0 0 1 0"), C(P, $w, "0 1 three"), Get().
C(P, $S, "0 0 2 1"), Get().
C(P, $w, "0 1 four"), C(P, $S, "0 0 5 1"), Get().
C(Q, $S, "0 0 4 0"), C(Q, $t, "").
C(P, $S, "0 0 4 0"), C(Q, $t, "").
C(P, $c, "0 1").
[port_close(X) || X <- [P, Q]].
