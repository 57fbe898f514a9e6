%% The owner of a port dies with jobs in flight.
%% flags: +A 1
D = os:getenv("DRIVERS").
ok = erl_ddll:load_driver(D, "job_drv").
W = open_port({spawn_driver, "job_drv"}, []).
port_control(W, $c, "").
Self = self().
{Pid, Ref} = spawn_monitor(fun() ->
    P = open_port({spawn_driver, "job_drv"}, []),
    port_control(P, $n, "w gate"),
    port_control(P, $n, "p second"),
    Self ! {port, P, erlang:port_info(P, links)},
    exit(over)
end).
P = receive {port, X, {links, L}} -> io:format("~p~n", [L =:= [Pid]]), X end.
receive {'DOWN', Ref, _, _, Why} -> io:format("~p~n", [Why]) end.
Gone = fun Gone() -> case erlang:port_info(P) of undefined -> ok; _ -> receive after 5 -> Gone() end end end.
io:format("~p~n", [Gone()]).
port_control(W, $o, "").
Until = fun Until(N, Old) -> case Old ++ port_control(W, $L, "") of L2 when length(L2) < N -> receive after 5 -> Until(N, L2) end; L2 -> L2 end end.
io:format("~s~n", [Until(length("stop port,free gate,free second,"), "")]).
port_close(W).
