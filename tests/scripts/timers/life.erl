%% A port's timer: set, read, cancel, replace, zero, set again in timeout, invalid ports, values that look negative.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "timer_drv").
P = open_port({spawn_driver, "timer_drv"}, []).
C = fun(K, A) -> io:format("~c ~s: ~s~n", [K, A, port_control(P, K, A)]) end.
Get = fun() -> receive {P, {data, T}} -> io:format("~s~n", [T]) after 2000 -> io:format("nothing~n") end end.
None = fun(T) -> receive M -> io:format("~p~n", [M]) after T -> io:format("nothing~n") end end.
C($r, "").
C($c, "").
C($s, "0"), Get().
C($s, "10"), Get().
C($r, "").
C($s, "100000"), C($R, "100000"), C($c, ""), C($r, ""), C($c, "").
C($x, "0"), None(30).
C($x, "5"), None(30).
C($y, "1"), Get(), None(30).
C($y, "5000"), C($R, "5000"), C($c, "").
C($s, "5000"), C($s, "1"), Get(), None(20).
C($v, ""), Get(), None(10).
C($n, "3"), C($a, "0"), C($s, "0"), [Get() || _ <- [1, 2, 3, 4]], None(20).
C($n, "2"), C($a, "3"), C($s, "1"), [Get() || _ <- [1, 2, 3]], None(20).
C($b, "").
C($q, "").
port_close(P).
