%% Many ports, each with its timer: all expire, in the order of their times where these are far apart.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "timer_drv").
Ports = [open_port({spawn_driver, "timer_drv"}, []) || _ <- lists:seq(1, 60)].
[port_control(P, $s, integer_to_list(N rem 7)) || {N, P} <- lists:zip(lists:seq(1, 60), Ports)].
Got = [receive {P, {data, "timeout 1, read 0 0"}} -> P end || P <- Ports].
io:format("~p~n", [lists:sort(Got) =:= lists:sort(Ports)]).
[port_close(P) || P <- Ports].
[A, B, C] = [open_port({spawn_driver, "timer_drv"}, []) || _ <- [1, 2, 3]].
port_control(A, $s, "300").
port_control(B, $s, "150").
port_control(C, $s, "0").
io:format("~p~n", [[receive {P, {data, _}} -> P end || _ <- [1, 2, 3]] =:= [C, B, A]]).
[port_close(P) || P <- [A, B, C]].
