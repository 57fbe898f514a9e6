%% Megabytes, thousands of elements, thousands of pieces in a queue, hundreds of ports with timers.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "bulk").
process_flag(trap_exit, true).
P = open_port({spawn_driver, "bulk"}, [binary]).
B = fun(N, C) -> binary:copy(list_to_binary([C]), N) end.
Shape = fun Shape([H | T]) when is_binary(H) -> 1 + Shape(T); Shape([_ | T]) -> Shape(T); Shape([]) -> 0; Shape(_) -> 1 end.
Got = fun() -> receive {_, {data, D}} -> {iolist_size(D), erlang:phash2(iolist_to_binary(D)), Shape(D)} after 2000 -> nothing end end.
Said = fun() -> receive {P, {data, D}} -> binary_to_list(D) after 2000 -> nothing end end.
[begin A = port_control(P, 0, integer_to_list(N)), io:format("~w ~w ~w~n", [N, byte_size(A), erlang:phash2(A)]) end || N <- [0, 1, 63, 64, 65, 4096, 65536, 700000]].
[io:format("~s~n", [port_control(P, 77, D)]) || D <- [B(300000, $x), lists:duplicate(300, [B(100, $a), "bc" | B(3, $d)]), lists:seq(0, 255)]].
[begin T = erlang:port_call(P, 0, X), io:format("~w~n", [T =:= X]) end || X <- [lists:seq(1, 3000), B(200000, $q), lists:foldl(fun(N, Acc) -> {N, Acc} end, [], lists:seq(1, 2000)), maps:from_list([{N, B(N, $m)} || N <- lists:seq(1, 30)])]].
Send = fun(D) -> port_command(P, D), io:format("~s; ~s~n", [Said(), port_control(P, 1, "")]) end.
Send(B(200000, $y)), Send(lists:duplicate(400, B(300, $v))), Send(lists:duplicate(800, B(40, $w))), Send([[B(65, $a), "b", B(255, $c), B(256, $d)] || _ <- lists:seq(1, 100)]).
io:format("~s ~w~n", [port_control(P, 3, "0"), Got()]).
[io:format("~s; ~s~n", [port_control(P, 2, integer_to_list(N)), port_control(P, 1, "")]) || N <- [1, 100, 400, 3000]].
io:format("~s; ~s ~w~n", [port_control(P, 4, "700"), port_control(P, 1, ""), erlang:port_info(P, queue_size)]).
io:format("~s ~w~n", [port_control(P, 3, "0"), Got()]).
io:format("~s~n", [port_control(P, 2, "3000")]).
io:format("~w ~w~n", [erlang:port_info(P, output), erlang:port_info(P, input)]).
Ports = [open_port({spawn_driver, "bulk"}, []) || _ <- lists:seq(1, 100)].
Ports =:= lists:sort(Ports) andalso io:format("in order~n").
[port_control(Q, 5, "60000") || Q <- Ports].
[port_control(Q, 5, integer_to_list(N * 40)) || {N, Q} <- lists:zip(lists:seq(5, 1, -1), lists:sublist(Ports, 5))].
Fired = [receive {fired, N, Q} -> {N, string:str(Ports, [Q])} after 5000 -> nothing end || _ <- lists:seq(1, 5)].
io:format("~w~n", [Fired]).
[port_control(Q, 5, "0") || Q <- Ports].
All = [receive {fired, N, Q} -> {N, string:str(Ports, [Q])} after 5000 -> nothing end || _ <- Ports].
io:format("~w ~w~n", [lists:sort([Q || {_, Q} <- All]) =:= lists:seq(1, 100), lists:sort([N || {N, _} <- All]) =:= lists:seq(6, 105)]).
[port_close(Q) || Q <- Ports].
io:format("~w~n", [length([Q || Q <- Ports, receive {'EXIT', Q, normal} -> true after 2000 -> false end])]).
