%% flags: +A 2
%% A port data lock: created once, counted, locked; jobs hold a reference, until they are done.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "pdl_drv").
P = open_port({spawn_driver, "pdl_drv"}, []).
C = fun(K, A) -> io:format("~s~n", [port_control(P, K, A)]) end.
C($b, ""), C($p, ""), C($p, ""), C($g, ""), C($r, ""), C($l, "").
C($f, "20").
receive M1 -> io:format("~p~n", [M1]) end.
C($g, ""), C($q, ""), C($d, "").
[port_control(P, $h, "") || _ <- [1, 2]].
C($w, "2"), C($g, ""), C($o, "").
receive M2 -> io:format("~p~n", [M2]) end.
receive M3 -> io:format("~p~n", [M3]) end.
C($g, "").
port_close(P).
