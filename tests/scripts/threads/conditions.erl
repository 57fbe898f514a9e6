%% Threads wait for a condition: signal wakes as many as it is called, broadcast all; stop ends the others.
process_flag(trap_exit, false).
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "thread_drv").
P = open_port({spawn_driver, "thread_drv"}, []).
C = fun(K, A) -> io:format("~s~n", [port_control(P, K, A)]) end.
C($c, "w 6 0").
C($g, "2").
[receive M -> io:format("~p~n", [M]) end || _ <- [1, 2]].
C($b, "3").
[receive M -> io:format("~p~n", [M]) end || _ <- [1, 2, 3]].
io:format("~p~n", [receive M -> M after 10 -> nothing end]).
C($j, "").
receive M2 -> io:format("~p~n", [M2]) end.
C($c, "w 4 0").
port_close(P).
io:format("~p~n", [[receive M -> M after 0 -> nothing end || _ <- [1, 2, 3, 4]]]).
