%% flags: +A 4
%% A job that waits delays only the jobs of its own key.
D = os:getenv("DRIVERS").
ok = erl_ddll:load_driver(D, "job_drv").
P = open_port({spawn_driver, "job_drv"}, []).
port_control(P, $c, "").
port_control(P, $k, "w 0 slow").
io:format("~s~n", [port_control(P, $W, "1")]).
port_control(P, $k, "p 0 behind").
port_control(P, $k, "p 1 elsewhere").
receive M1 -> io:format("~p~n", [M1]) end.
port_control(P, $o, "").
receive M2 -> io:format("~p~n", [M2]) end.
receive M3 -> io:format("~p~n", [M3]) end.
port_close(P).
