%% flags: +A 4
%% Many jobs of many ports: each comes back once, to its own port.
D = os:getenv("DRIVERS").
ok = erl_ddll:load_driver(D, "job_drv").
Self = self().
Work = fun() ->
    P = open_port({spawn_driver, "job_drv"}, []),
    port_control(P, $M, "p 100"),
    Got = [receive {P, {data, "ready " ++ N}} -> list_to_integer(N) end || _ <- lists:seq(1, 100)],
    Self ! {done, lists:sort(Got) =:= lists:seq(1, 100)},
    port_close(P)
end.
[spawn_link(Work) || _ <- lists:seq(1, 8)].
io:format("~p~n", [[receive {done, R} -> R end || _ <- lists:seq(1, 8)]]).
