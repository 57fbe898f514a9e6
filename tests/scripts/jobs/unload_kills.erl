%% unload_driver with ports and a job in flight: the port dies at once, the driver when the job is done.
%% flags: +A 1
process_flag(trap_exit, true).
D = os:getenv("DRIVERS").
ok = erl_ddll:load_driver(D, "job_drv").
P = open_port({spawn_driver, "job_drv"}, []).
port_control(P, $c, "").
port_control(P, $n, "z slow").
{ok, pending_driver, R} = erl_ddll:try_unload("job_drv", [kill_ports, {monitor, pending_driver}]).
receive M -> io:format("~p~n", [M]) end.
io:format("~p~n", [catch open_port({spawn_driver, "job_drv"}, [])]).
io:format("~p~n", [erl_ddll:info("job_drv", port_count)]).
receive {'DOWN', R, driver, N, W} -> io:format("~p~n", [{N, W}]) end.
io:format("~p~n", [erl_ddll:try_unload("job_drv", [])]).
