%% alone
%% In which order monitors are told that a driver has locked itself during a reload.
D = os:getenv("DRIVERS").
ok = erl_ddll:load(D, "mute_drv").
P = open_port({spawn_driver, "mute_drv"}, []).
R1 = erl_ddll:monitor(driver, {"mute_drv", unloaded}).
R2 = erl_ddll:monitor(driver, {"mute_drv", unloaded_only}).
{ok, _, R3} = erl_ddll:try_load(D, "mute_drv", [{reload, pending_driver}, {monitor, pending}]).
R4 = erl_ddll:monitor(driver, {"mute_drv", loaded}).
R5 = erl_ddll:monitor(driver, {"mute_drv", unloaded}).
port_control(P, $l, "").
[io:format("~p~n", [receive {_, R, driver, _, W} -> {case R of R1 -> {1,u}; R2 -> {2,uo}; R3 -> {3,l}; R4 -> {4,l}; R5 -> {5,u} end, W} end]) || _ <- [1,2,3,4,5]].
