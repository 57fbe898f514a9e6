%% Without ready_async each job's free function is called, and nothing else.
D = os:getenv("DRIVERS").
ok = erl_ddll:load_driver(D, "mute_drv").
P = open_port({spawn_driver, "mute_drv"}, []).
port_control(P, $n, "r one").
port_control(P, $k, "r 5 two").
port_control(P, $N, "r three").
io:format("~s~n", [port_control(P, $I, "3")]).
Until = fun Until(N, Old) -> case Old ++ port_control(P, $L, "") of L when length(L) < N -> receive after 5 -> Until(N, L) end; L -> L end end.
io:format("~p~n", [lists:sort(string:lexemes(Until(length("free one,free two,job one,job two,job three,"), ""), ","))]).
io:format("~p~n", [receive M -> M after 0 -> none end]).
port_close(P).
