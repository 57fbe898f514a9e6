%% Every function of the I/O queue.
ok = erl_ddll:load_driver(os:getenv("DRIVERS"), "queues").
Port = open_port({spawn_driver, "queues"}, []).
Do = fun(R) -> io:format("~s -> ~s~n", [R, port_control(Port, 0, R)]) end.
Look = fun() -> io:format("  ~s | ~s | ~s~n", [port_control(Port, 0, R) || R <- ["s", "p", "q"]]) end.
Clear = fun() -> port_control(Port, 0, ["d" | port_control(Port, 0, "s")]) end.
Look().
[begin Do(R), Look() end || R <- ["e", "E", "eabc", "Exyz", "e1", "E2", "d0", "d1", "d2", "d100", "d4", "d-1", "d3"]].
Clear().
[begin Do(R), Look() end || R <- ["b0 3 abc", "b1 2 defg", "B2 1 hij", "b0 0 klm", "B3 0 nop", "d2", "b0 5 qrstu", "d4"]].
Clear().
[begin Do(R), Look() end || R <- ["v0 abc", "v1 abc,def", "v3 abc,def", "v4 abc,def", "v6 abc,def", "v7 abc,def", "v0 ,abc,,def,", "v0 ", "v0 ,,", "V0 abc", "V2 ghi,jkl", "V0 ,m,,n,", "V9 x", "c0 copied,too", "c2 copied,,too", "d3", "d7"]].
Clear().
Look().
[Do(R) || R <- ["eabc", "v0 def,ghi", "t0", "t5", "t9", "t20"]].
Do("o"), receive {Port, {data, D1}} -> io:format("~p~n", [D1]) end.
Do("oh"), receive {Port, {data, D2}} -> io:format("~p~n", [D2]) end.
Look().
io:format("~p~n", [erlang:port_info(Port, queue_size)]).
Clear().
%% many
[port_control(Port, 0, ["e", integer_to_list(N), ","]) || N <- lists:seq(1, 100)].
Do("s").
[Do(R) || R <- ["d100", "s", "t50", "d192", "s", "p"]].
Clear().
io:format("~s~n", [port_control(Port, 0, ["e", lists:duplicate(2000, $z)])]).
io:format("~s~n", [port_control(Port, 0, "d1990")]).
Look().
Bin = open_port({spawn_driver, "queues"}, [binary]).
[port_control(Bin, 0, R) || R <- ["eabc", "v0 def,ghi", "o"]].
receive {Bin, {data, D3}} -> io:format("~p~n", [D3]) end.
port_control(Bin, 0, "oh").
receive {Bin, {data, D4}} -> io:format("~p~n", [D4]) end.
port_control(Bin, 0, "d9").
port_control(Bin, 0, "o").
receive {Bin, {data, D5}} -> io:format("~p~n", [D5]) end.
[port_control(P, 0, "d" ++ port_control(P, 0, "s")) || P <- [Port, Bin]].
