%% Ports that close or fail with descriptors selected.
process_flag(trap_exit, true).
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "select_drv").
W = open_port({spawn_driver, "select_drv"}, []).
C = fun(X, K, A) -> io:format("~s: ~s~n", [A, port_control(X, K, A)]) end.
Get = fun() -> receive {'EXIT', _, R} -> io:format("~p~n", [R]); {_, {data, T}} -> io:format("~s~n", [T]) after 2000 -> io:format("nothing~n") end end.
P = open_port({spawn_driver, "select_drv"}, []).
C(P, $p, "0"), C(P, $S, "0 0 5 1"), C(P, $m, "d").
port_close(P), Get(), C(W, $t, ""), C(W, $c, "0 1").
Q = open_port({spawn_driver, "select_drv"}, []).
C(Q, $p, "1"), C(Q, $S, "1 0 5 1"), C(Q, $m, "f"), C(Q, $w, "1 1 text"), Get(), Get().
C(W, $w, "1 1 more").
C(W, $t, ""), C(W, $S, "1 0 5 1"), Get(), C(W, $S, "1 0 4 0"), C(W, $t, ""), C(W, $c, "1 1").
R = open_port({spawn_driver, "select_drv"}, [eof]).
C(R, $p, "2"), C(R, $S, "2 0 5 1"), C(R, $m, "e"), C(R, $c, "2 1"), Get().
receive {R, eof} -> io:format("eof~n") end.
C(W, $t, ""), port_close(R), Get().
port_close(W).
