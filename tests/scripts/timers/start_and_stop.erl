%% A timer set in start; one that fails the port; ports that close before their timers expire; after the port's death.
process_flag(trap_exit, true).
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "timer_drv").
P = open_port({spawn_driver, "timer_drv at start"}, []).
receive M1 -> io:format("~p~n", [M1]) end.
port_control(P, $f, "").
port_control(P, $s, "1").
[receive M -> io:format("~p~n", [M]) end || _ <- [1, 2]].
Q = open_port({spawn_driver, "timer_drv"}, []).
port_control(Q, $s, "10").
true = port_close(Q).
io:format("~p~n", [receive M2 -> M2 after 30 -> nothing end]).
io:format("~p~n", [receive M3 -> M3 after 0 -> nothing end]).
Log = lists:concat([case os:getenv("TMPDIR") of false -> "/tmp"; T -> T end, "/log_", os:getpid(), "_", erlang:unique_integer([positive])]).
os:putenv("TELL_LOG", Log).
R = open_port({spawn_driver, "timer_drv"}, []).
io:format("~p~n", [catch port_control(R, $d, "")]).
io:format("~p~n", [receive {R, E} -> E; {'EXIT', R, E} -> E after 100 -> nothing end]).
io:format("~p~n", [file:read_file(Log)]).
file:delete(Log).
os:unsetenv("TELL_LOG").
