%% flags: +A 4
%% Many processes load, open, work, close, and unload at once; nobody loses a job.
Dir = os:getenv("DRIVERS").
Self = self().
Work = fun(N) ->
    Name = lists:nth(N rem 3 + 1, ["job_drv", "apart_drv", "pdl_drv"]),
    [begin
        ok = erl_ddll:load(Dir, Name),
        P = open_port({spawn_driver, Name}, []),
        case Name of
            "pdl_drv" -> port_control(P, $p, ""), port_control(P, $f, "5"), receive {P, {data, _}} -> ok end, port_control(P, $d, "");
            _ -> port_control(P, $M, "p 5"), [receive {P, {data, "ready" ++ _}} -> ok end || _ <- [1, 2, 3, 4, 5]], port_control(P, $M, "p 3")
        end,
        port_close(P),
        ok = erl_ddll:unload(Name)
    end || _ <- lists:seq(1, 8)],
    Self ! {done, N}
end.
[spawn_link(fun() -> Work(N) end) || N <- lists:seq(1, 12)].
io:format("~p~n", [lists:sum([receive {done, N} -> N end || _ <- lists:seq(1, 12)])]).
