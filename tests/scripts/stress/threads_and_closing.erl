%% Threads send terms while ports close and owners die.
%% flags: +A 2
process_flag(trap_exit, true).
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "thread_drv").
Owner = fun() -> P = open_port({spawn_driver, "thread_drv"}, []), port_control(P, $c, "t 4 30"), exit(enough) end.
Pids = [spawn_link(Owner) || _ <- lists:seq(1, 15)].
[receive {'EXIT', Pid, enough} -> ok end || Pid <- Pids].
io:format("~p~n", [erl_ddll:unload_driver("thread_drv")]).
