%% Jobs send terms: to a process, to the owner, many, to a process that has died, through a port that has closed.
%% flags: +A 1
D = os:getenv("DRIVERS").
ok = erl_ddll:load_driver(D, "job_drv").
P = open_port({spawn_driver, "job_drv"}, []).
port_control(P, $n, "s one").
[receive M -> io:format("~p~n", [M]) end || _ <- lists:seq(1, 3)].
port_control(P, $n, "o two").
[receive M -> io:format("~p~n", [M]) end || _ <- lists:seq(1, 3)].
port_control(P, $n, "m many").
io:format("~p~n", [[receive {term, N} -> list_to_integer(N) end || _ <- lists:seq(1, 50)] =:= lists:seq(0, 49)]).
[receive M -> io:format("~p~n", [M]) end || _ <- lists:seq(1, 2)].
Self = self().
{Pid, Ref} = spawn_monitor(fun() -> receive go -> ok end end).
port_control(P, $c, "").
port_control(P, $n, "w gate").
P ! {self(), {connect, Pid}}.
receive {P, connected} -> ok end.
port_control(P, $n, "s to the dead").
Pid ! go.
receive {'DOWN', Ref, _, _, R} -> ok end.
port_connect(P, self()).
port_control(P, $o, "").
[receive {P, {data, X}} -> io:format("~s~n", [X]) end || _ <- [1, 2, 3]].
io:format("~p~n", [R]).
port_close(P).
