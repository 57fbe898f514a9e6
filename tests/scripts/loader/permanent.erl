%% alone
%% A driver that locks itself: monitors are told, nothing can be loaded or unloaded any more.
process_flag(trap_exit, false).
D = os:getenv("DRIVERS").
ok = erl_ddll:load(D, "job_drv").
P = open_port({spawn_driver, "job_drv"}, []).
{ok, pending_driver, R1} = erl_ddll:try_unload("job_drv", [{monitor, pending}]).
R2 = erl_ddll:monitor(driver, {"job_drv", unloaded_only}).
io:format("~s~n", [port_control(P, $l, "")]).
[io:format("~p~n", [receive {K, R, driver, N, W} -> {K, N, W, case R of R1 -> 1; R2 -> 2 end} end]) || _ <- [1, 2]].
io:format("~s~n", [port_control(P, $l, "")]).
io:format("~p~n", [erl_ddll:info("job_drv")]).
[io:format("~p~n", [X]) || X <- [erl_ddll:try_load(D, job_drv, []), erl_ddll:try_unload(job_drv, []), erl_ddll:load(D, job_drv), erl_ddll:unload(job_drv), erl_ddll:unload_driver(job_drv), erl_ddll:reload(D, job_drv), erl_ddll:try_load(D, job_drv, [{reload, pending}])]].
[begin erl_ddll:monitor(driver, {job_drv, K}), io:format("~p~n", [receive {U, _, driver, N, W} -> {K, U, N, W} end]) end || K <- [loaded, unloaded, unloaded_only]].
port_close(P).
Q = open_port({spawn_driver, "job_drv"}, []).
port_control(Q, $n, "p still there").
io:format("~p~n", [receive {Q, X} -> X end]).
{ok, L} = erl_ddll:loaded_drivers().
io:format("~p~n", [lists:member("job_drv", L)]).
