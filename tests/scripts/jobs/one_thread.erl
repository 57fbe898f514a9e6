%% flags: +A 1
%% One thread: jobs run in order, whatever their keys.
D = os:getenv("DRIVERS").
ok = erl_ddll:load_driver(D, "job_drv").
P = open_port({spawn_driver, "job_drv"}, [binary]).
io:format("~s~n", [port_control(P, $i, "")]).
[io:format("~s ", [port_control(P, $k, io_lib:format("p ~w key ~w", [K, K]))]) || K <- [3, 1, 2, 9]].
[port_control(P, $n, ["p none ", integer_to_list(K)]) || K <- lists:seq(1, 5)].
All = fun All(0) -> []; All(N) -> receive {P, {data, B}} -> [B | All(N - 1)] end end.
io:format("~n~p~n", [All(11)]).
io:format("~p~n", [process_info(self(), messages)]).
io:format("~p~n", [port_close(P)]).
