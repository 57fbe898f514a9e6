%% A port that closes waits for its queue: flush, then a timer, as many bytes a time as the driver drops.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "queues").
process_flag(trap_exit, true).
Gone = fun Gone(P) -> case erlang:port_info(P, name) of undefined -> ok; _ -> timer:sleep(1), Gone(P) end end.
All = fun All() -> receive {P, M} when is_port(P) -> [M | All()]; {P, A, B} when is_port(P) -> [{A, B} | All()]; {'EXIT', P, R} when is_port(P) -> [{exit, R} | All()]; {'DOWN', _, T, _, R} -> [{down, T, R} | All()] after 0 -> [] end end.
Try = fun(Requests, Close) ->
    P = open_port({spawn_driver, "queues"}, []),
    monitor(port, P),
    [port_control(P, 0, R) || R <- Requests],
    Said = Close(P),
    Gone(P),
    io:format("~p: ~p ~p~n", [Requests, Said, All()])
end.
[Try(R, C) || R <- [[], ["f3"], ["f3", "eabc"], ["f2", "eabc"], ["f1", "v0 ab,cd,ef"], ["f100", "b0 3 abc"]], C <- [fun(P) -> port_close(P) end, fun(P) -> P ! {self(), close}, ok end, fun(P) -> exit(P, boom) end, fun(P) -> exit(P, kill) end]].
