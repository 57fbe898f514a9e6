%% While a job holds a driver that is to go: opening a port works, loading again cancels the unloading.
%% flags: +A 1
D = os:getenv("DRIVERS").
ok = erl_ddll:load(D, "job_drv").
P = open_port({spawn_driver, "job_drv"}, []).
port_control(P, $c, "").
port_control(P, $n, "w gate").
port_close(P).
{ok, pending_driver, R} = erl_ddll:try_unload("job_drv", [{monitor, pending}]).
P2 = open_port({spawn_driver, "job_drv"}, []).
io:format("~s~n", [port_control(P2, $W, "1")]).
io:format("~p~n", [erl_ddll:try_load(D, "job_drv", [])]).
receive {'UP', R, driver, N, W} -> io:format("~p~n", [{N, W}]) end.
port_control(P2, $o, "").
port_close(P2).
io:format("~p~n", [erl_ddll:info("job_drv", processes) =:= [{self(), 1}]]).
io:format("~p~n", [erl_ddll:unload_driver("job_drv")]).
io:format("~p~n", [erl_ddll:try_unload("job_drv", [])]).
